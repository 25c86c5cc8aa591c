/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guests.c: which guest has which MAC address on a bridge, for libnss-libvirt-guest, in the form of stock daemons. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "dnsmasq/private.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/json.h"
#include "util/state-file.h"
#include "util/worker.h"

typedef struct
{
  const char *folder, *path, *domain;
  char mac[18];
  bool present;
} Work;

static size_t
find_guest (const json_t *array, const char *domain)
{
  size_t i;

  for (i = 0; i < json_array_size (array); i++)
    if (g_strcmp0 (json_get_string (json_array_get (array, i), "domain", NULL), domain) == 0)
      break;
  return i;
}

static size_t
find_mac (const json_t *macs, const char *mac)
{
  size_t i;

  for (i = 0; i < json_array_size (macs); i++)
    {
      const char *has = json_string_value (json_array_get (macs, i));

      if (has != NULL && g_ascii_strcasecmp (has, mac) == 0)
        break;
    }
  return i;
}

static bool
add (json_t *array, const char *domain, const char *mac)
{
  size_t at = find_guest (array, domain);
  json_t *macs;

  if (at == json_array_size (array))
    json_array_append_new (array, json_pack ("{s:s,s:[]}", "domain", domain, "macs"));
  macs = json_object_get (json_array_get (array, at), "macs");
  return find_mac (macs, mac) == json_array_size (macs) && json_array_append_new (macs, json_string (mac)) == 0;
}

static bool
take (json_t *array, const char *domain, const char *mac)
{
  size_t at = find_guest (array, domain);
  json_t *macs = json_object_get (json_array_get (array, at), "macs");

  if (json_array_remove (macs, find_mac (macs, mac)) < 0)
    return false;
  if (json_array_size (macs) == 0)
    json_array_remove (array, at);
  return true;
}

/* --- the usual changes, in the text as it is: a list of a thousand is not read and written anew for each guest ------------ */

#define LIST_HEAD "[\n"
#define LIST_TAIL "\n]\n"
#define SEPARATOR ",\n"

/* The one line of @domain in a list. Caller frees. */
static char *
line_of (const char *domain)
{
  g_autoptr (json_t) name = json_string (domain);
  g_autofree char *text = json_dumps (name, JSON_ENCODE_ANY);

  return g_strdup_printf ("\n    \"domain\": %s,\n", text);
}

/* What a guest with one address is in a list. Caller frees. */
static char *
entry_of (const char *domain, const char *mac)
{
  g_autoptr (json_t) array = json_pack ("[{s:s,s:[s]}]", "domain", domain, "macs", mac);
  g_autofree char *text = json_dumps (array, JSON_INDENT (2));

  return g_strndup (text + strlen (LIST_HEAD), strlen (text) - strlen (LIST_HEAD) - strlen ("\n]"));
}

/* NULL: it is not that easy. */
static char *
add_to_text (const char *text, const char *domain, const char *mac)
{
  g_autofree char *line = line_of (domain), *entry = entry_of (domain, mac);

  if (!g_str_has_prefix (text, LIST_HEAD "  {\n") || !g_str_has_suffix (text, "\n  }" LIST_TAIL) || strstr (text, line) != NULL)
    return NULL;
  return g_strdup_printf ("%.*s" SEPARATOR "%s" LIST_TAIL, (int) (strlen (text) - strlen (LIST_TAIL)), text, entry);
}

static char *
take_from_text (const char *text, const char *domain, const char *mac)
{
  g_autofree char *entry = entry_of (domain, mac);
  const char *found = strstr (text, entry);
  const char *rest = found != NULL ? found + strlen (entry) : NULL;

  if (found == NULL || !g_str_has_prefix (text, LIST_HEAD))
    return NULL;
  if (g_str_has_prefix (rest, SEPARATOR))
    return g_strdup_printf ("%.*s%s", (int) (found - text), text, rest + strlen (SEPARATOR));
  /* The last of several. */
  if (strcmp (rest, LIST_TAIL) != 0 || found == text + strlen (LIST_HEAD))
    return NULL;
  return g_strdup_printf ("%.*s%s", (int) (found - text - strlen (SEPARATOR)), text, rest);
}

char *
dnsmasq_change_guests (const char *text, const char *domain, const char *mac, bool present)
{
  g_autoptr (json_t) array = NULL;
  g_autofree char *body = NULL;
  char *changed = present ? add_to_text (text, domain, mac) : take_from_text (text, domain, mac);

  if (changed != NULL)
    return changed;
  array = json_loads (text, 0, NULL);

  /* What nobody can read is of no use to anybody. */
  if (!json_is_array (array))
    {
      g_clear_pointer (&array, json_decref);
      array = json_array ();
    }
  if (!(present ? add (array, domain, mac) : take (array, domain, mac)))
    return NULL;
  if (json_array_size (array) == 0)
    return g_strdup ("[\n\n]\n");
  body = json_dumps (array, JSON_INDENT (2));
  return g_strconcat (body, "\n", NULL);
}

static bool
change (void *args, GError **error)
{
  Work *work = args;
  g_autofree char *text = NULL, *changed = NULL;
  g_autoptr (GError) local = NULL;
  fd_auto int folder = -1;

  if (!state_dir_make_now (work->folder, 0755, error))
    return false;
  /* Workers for other guests of the network, and the lease helper. */
  folder = open (work->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0 || flock (folder, LOCK_EX) < 0)
    return fail_errno (error, VIR_FROM_NETWORK, errno, "cannot lock '%s'", work->folder);
  if (!state_file_read_now (work->path, DNSMASQ_LIST_MAX, &text, NULL, &local) && !state_error_is_missing (local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  changed = dnsmasq_change_guests (text != NULL ? text : "", work->domain, work->mac, work->present);
  return changed == NULL || dnsmasq_put_now (work->path, changed, 0644, error);
}

bool
dnsmasq_note_guest (const char *bridge, const char *domain, const uint8_t mac[6], bool present, GError **error)
{
  g_autofree char *folder = dnsmasq_folder (), *path = g_strdup_printf ("%s/%s.macs", folder, bridge);
  Work work = { .folder = folder, .path = path, .domain = domain, .present = present };

  if (domain == NULL)
    return true;
  g_snprintf (work.mac, sizeof work.mac, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
  return worker_run ("note a guest's address", change, &work, error);
}

/* The bridge's lists: everything about it but its network's dnsmasq. */
static bool
forget (void *args, GError **error)
{
  const char *stem = args;
  static const char *const suffixes[] = { ".status", ".status.corrupt", ".macs" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat (stem, suffixes[i], NULL);

      unlink (path);
    }
  return true;
}

void
dnsmasq_forget (const char *bridge)
{
  g_autofree char *folder = dnsmasq_folder (), *stem = g_strdup_printf ("%s/%s", folder, bridge);

  worker_run ("forget leases", forget, stem, NULL);
}
