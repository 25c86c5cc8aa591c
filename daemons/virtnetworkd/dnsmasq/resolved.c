/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* resolved.c: tells systemd-resolved that a network's dnsmasq knows the names of the network's domain, for <domain
 * register='yes'>. It forgets that with the bridge. */
#include <net/if.h>
#include <systemd/sd-bus.h>

#include "dnsmasq/private.h"
#include "util/bus.h"
#include "util/error.h"
#include "util/worker.h"

#define SERVICE "org.freedesktop.resolve1"
#define PATH "/org/freedesktop/resolve1"
#define INTERFACE "org.freedesktop.resolve1.Manager"
#define PATIENCE_US (5 * G_USEC_PER_SEC)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sd_bus, sd_bus_flush_close_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sd_bus_message, sd_bus_message_unref)

typedef struct
{
  const Network *live;
  int link;                     /* the bridge's index */
} Work;

typedef int (*Append) (sd_bus_message *message, const Work *work);

/* Of all addresses: each has the name server. */
static int
append_servers (sd_bus_message *message, const Work *work)
{
  int r = sd_bus_message_open_container (message, SD_BUS_TYPE_ARRAY, "(iay)");

  for (unsigned int i = 0; r >= 0 && i < work->live->ips.n; i++)
    {
      const IpAddress *address = &work->live->ips.items[i]->address;

      r = sd_bus_message_open_container (message, SD_BUS_TYPE_STRUCT, "iay");
      if (r >= 0)
        r = sd_bus_message_append (message, "i", (int) address->family);
      if (r >= 0)
        r = sd_bus_message_append_array (message, 'y', address->bytes, ip_address_bits (address) / 8);
      if (r >= 0)
        r = sd_bus_message_close_container (message);
    }
  return r < 0 ? r : sd_bus_message_close_container (message);
}

/* The domain is asked for there, but other names are not tried in it. */
static int
append_domain (sd_bus_message *message, const Work *work)
{
  return sd_bus_message_append (message, "a(sb)", 1, work->live->domain.name, 1);
}

static bool
call (sd_bus *bus, const char *method, Append append, const Work *work, GError **error)
{
  g_autoptr (sd_bus_message) message = NULL;
  sd_bus_error reply = SD_BUS_ERROR_NULL;
  int r = sd_bus_message_new_method_call (bus, &message, SERVICE, PATH, INTERFACE, method);

  if (r >= 0)
    r = sd_bus_message_append (message, "i", work->link);
  if (r >= 0)
    r = append (message, work);
  if (r >= 0)
    r = sd_bus_call (bus, message, PATIENCE_US, &reply, NULL);
  if (r < 0)
    fail (error, VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED, "%s", reply.message != NULL ? reply.message : g_strerror (-r));
  sd_bus_error_free (&reply);
  return r >= 0;
}

static bool
tell (void *args, GError **error)
{
  const Work *work = args;
  g_autoptr (sd_bus) bus = NULL;
  int r = bus_open_system (&bus);

  if (r < 0)
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED, "the system's bus cannot be reached: %s", g_strerror (-r));
  return call (bus, "SetLinkDNS", append_servers, work, error) && call (bus, "SetLinkDomains", append_domain, work, error);
}

bool
dnsmasq_register (const Network *live, GError **error)
{
  Work work = { .live = live };
  ERROR_PREFIX (error, "network '%s': <domain register='yes'> needs systemd-resolved", live->name);

  if (live->domain.register_guests != TRI_YES || live->domain.name == NULL || live->dns.enable == TRI_NO)
    return true;
  work.link = (int) if_nametoindex (live->bridge.name != NULL ? live->bridge.name : "");
  if (work.link == 0)
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED, "there is no bridge");
  return worker_run ("register a domain", tell, &work, error);
}
