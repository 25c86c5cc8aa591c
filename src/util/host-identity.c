/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's names and what its kernel can do. */
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fiber.h"
#include "util/host-private.h"
#include "util/uuid.h"
#include "util/worker.h"

/* A resolver that does not answer keeps a query no longer than this, and is then
 * left alone for a while. */
#define RESOLVE_MS 2000
#define RETRY_MS 60000

static struct
{
  char *short_name, *full_name;   /* the answer for that short name */
  Deadline retry;                 /* when to ask again; FOREVER: it was answered */

  bool have_uuid;
  uint8_t uuid[UUID_SIZE];
  bool prefer_machine_id;

  char *boot_id;
} identity;

void
host_identity_forget (void)
{
  g_free (identity.short_name);
  g_free (identity.full_name);
  g_free (identity.boot_id);
  memset (&identity, 0, sizeof identity);
}

/* -- Name --------------------------------------------------------------------------------- */

/* The work of a resolving thread. */
typedef struct
{
  char *name;
  char *full;     /* NULL: the resolver knows nothing better */
} Resolve;

static void
resolve_free (void *data)
{
  Resolve *resolve = data;

  g_free (resolve->name);
  g_free (resolve->full);
  g_free (resolve);
}

static bool
resolve_worker (void *args, GError **error)
{
  Resolve *resolve = args;
  struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_flags = AI_CANONNAME };
  struct addrinfo *found = NULL;

  if (getaddrinfo (resolve->name, NULL, &hints, &found) != 0)
    return true;
  if (found->ai_canonname != NULL && !g_str_has_prefix (found->ai_canonname, "localhost"))
    resolve->full = g_strdup (found->ai_canonname);
  freeaddrinfo (found);
  return true;
}

/* Sets full_name from @name, whatever the resolver does. */
static bool
resolve_name (const char *name, GError **error)
{
  Resolve *resolve = g_new0 (Resolve, 1);
  g_autoptr (GError) local = NULL;
  bool abandoned = false;

  resolve->name = g_strdup (name);
  if (!worker_run_until ("resolving the host's name", resolve_worker, resolve, resolve_free,
                         deadline_in_ms (RESOLVE_MS), &abandoned, &local)
      && !virt_error_is (local, VIR_ERR_OPERATION_TIMEOUT))
    {
      if (!abandoned)
        resolve_free (resolve);
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  g_free (identity.full_name);
  g_free (identity.short_name);
  identity.short_name = g_strdup (name);
  identity.full_name = g_strdup (!abandoned && resolve->full != NULL ? resolve->full : name);
  identity.retry = abandoned ? deadline_in_ms (RETRY_MS) : FOREVER;
  if (!abandoned)
    resolve_free (resolve);
  return true;
}

bool
host_name (char **ret_name, GError **error)
{
  char name[256];

  if (gethostname (name, sizeof name) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot get the host's name");
  name[sizeof name - 1] = '\0';
  if (strchr (name, '.') != NULL || g_str_has_prefix (name, "localhost"))
    {
      *ret_name = g_strdup (name);
      return true;
    }
  if ((g_strcmp0 (name, identity.short_name) != 0 || identity.retry < deadline_in_ms (0))
      && !resolve_name (name, error))
    return false;
  *ret_name = g_strdup (identity.full_name);
  return true;
}

/* -- UUID ---------------------------------------------------------------------------------- */

static bool
uuid_from_file (const char *path)
{
  g_autofree char *text = host_read ("%s", path);
  uint8_t uuid[UUID_SIZE];

  if (text == NULL || !uuid_parse (text, uuid) || !uuid_is_valid (uuid))
    return false;
  memcpy (identity.uuid, uuid, UUID_SIZE);
  return true;
}

static void
find_uuid (void)
{
  static const char *const sources[] = {
    "/sys/devices/virtual/dmi/id/product_uuid",
    "/sys/class/dmi/id/product_uuid",
    "/etc/machine-id",
  };

  for (unsigned int i = identity.prefer_machine_id ? 2 : 0; i < G_N_ELEMENTS (sources); i++)
    if (uuid_from_file (sources[i]))
      return;
  uuid_generate (identity.uuid);
}

const uint8_t *
host_uuid (void)
{
  if (!identity.have_uuid)
    {
      find_uuid ();
      identity.have_uuid = true;
    }
  return identity.uuid;
}

bool
host_set_uuid (const char *uuid, const char *source, GError **error)
{
  uint8_t parsed[UUID_SIZE];
  bool machine_id = g_strcmp0 (source, "machine-id") == 0;

  if (source != NULL && !machine_id && strcmp (source, "smbios") != 0)
    return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX,
                 "host_uuid_source is '%s' instead of 'smbios' or 'machine-id'", source);
  if (uuid != NULL && (!uuid_parse (uuid, parsed) || !uuid_is_valid (parsed)))
    return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "host_uuid '%s' is no valid UUID", uuid);
  identity.prefer_machine_id = machine_id;
  identity.have_uuid = uuid != NULL;
  if (uuid != NULL)
    memcpy (identity.uuid, parsed, UUID_SIZE);
  return true;
}

const char *
host_boot_id (void)
{
  if (identity.boot_id == NULL)
    {
      identity.boot_id = host_read ("/proc/sys/kernel/random/boot_id");
      if (identity.boot_id == NULL)
        identity.boot_id = g_strdup ("");
    }
  return identity.boot_id;
}

/* -- Features -------------------------------------------------------------------------------- */

bool
host_has_selinux (void)
{
  g_autofree char *enforce = host_read ("/sys/fs/selinux/enforce");
  g_autofree char *context = host_read ("/proc/self/attr/current");

  /* "kernel" is what everything runs as until a policy is loaded. */
  return enforce != NULL && g_strcmp0 (context, "kernel") != 0;
}

bool
host_has_apparmor (void)
{
  g_autofree char *enabled = host_read ("/sys/module/apparmor/parameters/enabled");

  return g_strcmp0 (enabled, "Y") == 0;
}

bool
host_has_iommu (void)
{
  g_autofree char *path = host_path ("/sys/kernel/iommu_groups");
  g_autoptr (GDir) groups = g_dir_open (path, 0, NULL);

  return groups != NULL && g_dir_read_name (groups) != NULL;
}

static bool
has_word (const char *text, const char *word)
{
  g_auto (GStrv) words = g_strsplit_set (text != NULL ? text : "", " []", -1);

  return g_strv_contains ((const char *const *) words, word);
}

unsigned int
host_suspend_modes (void)
{
  g_autofree char *state = host_read ("/sys/power/state");
  g_autofree char *disk = host_read ("/sys/power/disk");
  bool to_disk = has_word (state, "disk") && disk != NULL && !has_word (disk, "disabled");

  return (has_word (state, "mem") ? HOST_SUSPEND_MEM : 0)
         | (to_disk ? HOST_SUSPEND_DISK : 0)
         | (to_disk && has_word (disk, "suspend") ? HOST_SUSPEND_HYBRID : 0);
}
