/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which guest has which device: a file a device and guest, "DEVICE@OWNER". */
#include "hostdev/private.h"

#include <string.h>
#include <unistd.h>

#include "util/error.h"
#include "util/paths.h"
#include "util/state-file.h"

#define CLAIM_LIMIT 4096

void
hostdev_claim_clear (HostdevClaim *claim)
{
  g_free (claim->device);
  g_free (claim->owner);
  g_free (claim->driver);
  *claim = (HostdevClaim) { 0 };
}

static char *
claims_folder (void)
{
  return path_driver (PATH_RUN, "qemu", "hostdevs");
}

/* The whole folder, as values. A name may have an '@' itself: the device never has. */
static GArray *
load_claims (void)
{
  g_autofree char *folder = claims_folder ();
  g_autoptr (GPtrArray) files = NULL;
  GArray *claims = g_array_new (FALSE, TRUE, sizeof (HostdevClaim));

  g_array_set_clear_func (claims, (GDestroyNotify) hostdev_claim_clear);
  if (!state_dir_load_now (folder, NULL, CLAIM_LIMIT, &files, NULL))
    return claims;
  for (unsigned int i = 0; i < files->len; i++)
    {
      const StateFile *file = files->pdata[i];
      const char *at = strchr (file->name, '@');
      g_auto (GStrv) words = g_strsplit (file->data != NULL ? file->data : "", " ", 3);
      bool whole = g_strv_length (words) == 3;
      HostdevClaim claim = { 0 };

      if (at == NULL)
        continue;
      claim.device = g_strndup (file->name, (size_t) (at - file->name));
      claim.owner = g_strdup (at + 1);
      claim.shared = whole && strcmp (words[0], "shared") == 0;
      claim.managed = whole && strcmp (words[1], "managed") == 0;
      claim.driver = whole && *words[2] != '\0' ? g_strdup (words[2]) : NULL;
      g_array_append_val (claims, claim);
    }
  return claims;
}

static bool
fail_taken (const HostdevClaim *other, GError **error)
{
  const char *name = strchr (*other->owner == '-' ? other->owner + 1 : other->owner, '-');

  return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "device '%s' is in use by domain '%s'", other->device,
               name != NULL ? name + 1 : other->owner);
}

bool
hostdev_claim_now (const HostdevClaim *claim, GError **error)
{
  g_autoptr (GArray) claims = load_claims ();
  g_autofree char *folder = claims_folder ();
  g_autofree char *path = g_strdup_printf ("%s/%s@%s", folder, claim->device, claim->owner);
  g_autofree char *text = g_strdup_printf ("%s %s %s", claim->shared ? "shared" : "alone",
                                           claim->managed ? "managed" : "unmanaged",
                                           claim->driver != NULL ? claim->driver : "");

  for (unsigned int i = 0; i < claims->len; i++)
    {
      const HostdevClaim *other = &g_array_index (claims, HostdevClaim, i);

      if (strcmp (other->device, claim->device) == 0 && strcmp (other->owner, claim->owner) != 0
          && !(claim->shared && other->shared))
        return fail_taken (other, error);
    }
  return state_dir_make_now (folder, 0700, error) && state_file_write_now (path, text, strlen (text), 0600, error);
}

void
hostdev_unclaim_now (const char *device, const char *owner)
{
  g_autofree char *folder = claims_folder ();
  g_autofree char *path = g_strdup_printf ("%s/%s@%s", folder, device, owner);

  unlink (path);
}

bool
hostdev_check_free_now (const char *device, GError **error)
{
  g_autoptr (GArray) claims = load_claims ();

  for (unsigned int i = 0; i < claims->len; i++)
    if (strcmp (g_array_index (claims, HostdevClaim, i).device, device) == 0)
      return fail_taken (&g_array_index (claims, HostdevClaim, i), error);
  return true;
}

GArray *
hostdev_claims_now (const char *owner)
{
  GArray *claims = load_claims ();

  for (unsigned int i = claims->len; i-- > 0;)
    if (strcmp (g_array_index (claims, HostdevClaim, i).owner, owner) != 0)
      g_array_remove_index (claims, i);
  return claims;
}
