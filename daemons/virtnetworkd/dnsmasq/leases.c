/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* leases.c: the leases that the helper keeps, read for those who ask. */
#include <string.h>

#include "dnsmasq/private.h"
#include "util/error.h"
#include "util/json.h"
#include "util/state-file.h"
#include "util/worker.h"

static void
lease_free (void *data)
{
  DnsmasqLease *lease = data;

  g_free (lease->mac);
  g_free (lease->ip);
  g_free (lease->hostname);
  g_free (lease->client_id);
  g_free (lease->iaid);
  g_free (lease);
}

/* Whether @lease is of the card @mac; NULL: any. */
static bool
is_of (const DnsmasqLease *lease, const char *mac)
{
  uint8_t wanted[6], has[6];

  if (mac == NULL)
    return true;
  if (lease->mac == NULL)
    return false;
  return g_ascii_strcasecmp (lease->mac, mac) == 0
         || (mac_address_parse (mac, wanted) && mac_address_parse (lease->mac, has) && memcmp (wanted, has, sizeof has) == 0);
}

static DnsmasqLease *
read_lease (const json_t *object)
{
  const char *ip = json_get_string (object, "ip-address", NULL);
  DnsmasqLease *lease = ip != NULL ? g_new0 (DnsmasqLease, 1) : NULL;

  if (lease == NULL)
    return NULL;
  *lease = (DnsmasqLease) {
    .is_v6 = strchr (ip, ':') != NULL,
    .expiry = json_get_int (object, "expiry-time", 0),
    .ip = g_strdup (ip),
    .mac = g_strdup (json_get_string (object, "mac-address", NULL)),
    .hostname = g_strdup (json_get_string (object, "hostname", NULL)),
    .client_id = g_strdup (json_get_string (object, "client-id", NULL)),
    .iaid = g_strdup (json_get_string (object, "iaid", NULL)),
  };
  return lease;
}

GPtrArray *
dnsmasq_read_leases (const char *text, const char *mac, int64_t now, GError **error)
{
  g_autoptr (GPtrArray) leases = g_ptr_array_new_with_free_func (lease_free);
  g_autoptr (json_t) array = *text != '\0' ? json_from_text (text, strlen (text), "list of leases", error) : json_array ();
  json_t *object;
  size_t i;

  if (array == NULL)
    return NULL;
  if (!json_is_array (array))
    return fail_null (error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "list of leases: it is no array");
  json_array_foreach (array, i, object)
    {
      DnsmasqLease *lease = read_lease (object);

      if (lease == NULL)
        continue;
      if (is_of (lease, mac) && (lease->expiry == 0 || lease->expiry >= now))
        g_ptr_array_add (leases, lease);
      else
        lease_free (lease);
    }
  return g_steal_pointer (&leases);
}

typedef struct
{
  const char *path, *mac;
  GPtrArray *leases;
} Work;

static bool
load (void *args, GError **error)
{
  Work *work = args;
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;
  ERROR_PREFIX (error, "'%s'", work->path);

  if (!state_file_read_now (work->path, DNSMASQ_LIST_MAX, &text, NULL, &local) && !state_error_is_missing (local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  work->leases = dnsmasq_read_leases (text != NULL ? text : "", work->mac, g_get_real_time () / G_USEC_PER_SEC, error);
  return work->leases != NULL;
}

GPtrArray *
dnsmasq_leases (const char *name, const char *mac, GError **error)
{
  g_autofree char *folder = dnsmasq_folder (), *path = g_strdup_printf ("%s/%s.status", folder, name);
  Work work = { .path = path, .mac = mac };

  worker_run ("read leases", load, &work, error);
  return work.leases;
}
