/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guests.c: which guest has which MAC addresses on a bridge, for libnss-libvirt-guest, in the form of stock daemons. */
#include <string.h>
#include <unistd.h>

#include "dnsmasq/private.h"
#include "util/json.h"
#include "util/state-file.h"
#include "util/worker.h"

static void
guest_free (void *data)
{
  DnsmasqGuest *guest = data;

  g_free (guest->domain);
  g_free (guest);
}

GPtrArray *
dnsmasq_guests_new (void)
{
  return g_ptr_array_new_with_free_func (guest_free);
}

void
dnsmasq_guests_add (GPtrArray *guests, const char *domain, const uint8_t mac[6])
{
  DnsmasqGuest *guest = g_new (DnsmasqGuest, 1);

  guest->domain = g_strdup (domain);
  memcpy (guest->mac, mac, sizeof (guest->mac));
  g_ptr_array_add (guests, guest);
}

char *
dnsmasq_guests_text (const GPtrArray *guests)
{
  g_autoptr (json_t) array = json_array ();
  g_autoptr (GHashTable) by_domain = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) listed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *body = NULL;

  for (unsigned int i = 0; i < guests->len; i++)
    {
      const DnsmasqGuest *guest = guests->pdata[i];
      char *mac = g_strdup_printf ("%02x:%02x:%02x:%02x:%02x:%02x", guest->mac[0], guest->mac[1], guest->mac[2], guest->mac[3],
                                   guest->mac[4], guest->mac[5]);
      json_t *macs = g_hash_table_lookup (by_domain, guest->domain);

      if (macs == NULL)
        {
          macs = json_array ();
          json_array_append_new (array, json_pack ("{s:s, s:o}", "domain", guest->domain, "macs", macs));
          g_hash_table_insert (by_domain, guest->domain, macs);
        }
      /* A guest may have two cards with one address. */
      if (g_hash_table_add (listed, g_strconcat (mac, " ", guest->domain, NULL)))
        json_array_append_new (macs, json_string (mac));
      g_free (mac);
    }
  if (guests->len == 0)
    return g_strdup ("[\n\n]\n");
  body = json_dumps (array, JSON_INDENT (2));
  return g_strconcat (body, "\n", NULL);
}

typedef struct
{
  const char *folder, *bridge;
  const GPtrArray *guests;
} Work;

static bool
put_guests (void *args, GError **error)
{
  const Work *work = args;
  g_autofree char *path = g_strdup_printf ("%s/%s.macs", work->folder, work->bridge);
  g_autofree char *text = dnsmasq_guests_text (work->guests);

  return state_dir_make_now (work->folder, 0755, error) && dnsmasq_put_now (path, text, 0644, error);
}

bool
dnsmasq_put_guests (const char *bridge, const GPtrArray *guests, GError **error)
{
  g_autofree char *folder = dnsmasq_folder (), *name = g_strdup (bridge);
  Work work = { folder, name, guests };

  return worker_run ("list a bridge's guests", put_guests, &work, error);
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
