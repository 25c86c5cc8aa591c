/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The counters of all devices, read at once: statistics of many guests read them once. */
#include <string.h>

#include "net/net.h"

#define FRESH_US 5000
#define FILE_NAME "/proc/self/net/dev"

static GHashTable *
parse (char *text)
{
  GHashTable *found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  char *rest = text;

  for (char *line = strsep (&rest, "\n"); line != NULL; line = strsep (&rest, "\n"))
    {
      char *end = strrchr (line, ':');
      uint64_t fields[16];
      NetCounters *counters;
      unsigned int n = 0;

      if (end == NULL)
        continue;
      *end++ = '\0';
      while (n < G_N_ELEMENTS (fields))
        {
          char *before = end;

          fields[n++] = g_ascii_strtoull (before, &end, 10);
          if (end == before)
            break;
        }
      if (n < G_N_ELEMENTS (fields))
        continue;
      counters = g_new (NetCounters, 1);
      counters->received = (NetDirection) { fields[0], fields[1], fields[2], fields[3] };
      counters->sent = (NetDirection) { fields[8], fields[9], fields[10], fields[11] };
      g_hash_table_insert (found, g_strdup (g_strstrip (line)), counters);
    }
  return found;
}

bool
net_counters (const char *name, NetCounters *ret)
{
  static GHashTable *all;
  static gint64 read_at;
  gint64 now = g_get_monotonic_time ();
  const NetCounters *found;

  if (all == NULL || now - read_at > FRESH_US)
    {
      g_autofree char *text = NULL;

      if (!g_file_get_contents (FILE_NAME, &text, NULL, NULL))
        return false;
      g_clear_pointer (&all, g_hash_table_unref);
      all = parse (text);
      read_at = now;
    }
  found = g_hash_table_lookup (all, name);
  if (found != NULL)
    *ret = *found;
  return found != NULL;
}

bool
net_interface_counters (const DomainInterface *interface, NetCounters *ret)
{
  NetCounters counted;

  if (interface->target_dev == NULL || !net_counters (interface->target_dev, &counted))
    return false;
  *ret = counted;
  /* A macvtap is the guest's own end. */
  if (net_actual_type (interface) != INTERFACE_TYPE_DIRECT)
    *ret = (NetCounters) { .received = counted.sent, .sent = counted.received };
  return true;
}
