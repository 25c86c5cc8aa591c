/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bridge/bridge.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/private.h"
#include "link/rtnl.h"
#include "link/sysctl.h"
#include "util/error.h"
#include "util/worker.h"

/* Seconds of documents, hundredths of the kernel. */
#define DELAY_UNIT 100
#define USUAL_NAME "virbr%d"
#define NUMBER_MAX 1024

/* --- names -------------------------------------------------------------------------------------- */

char *
bridge_choose_name (const char *wanted, bool (*taken) (const char *name, void *user), void *user, GError **error)
{
  const char *pattern = wanted != NULL ? wanted : USUAL_NAME, *number = strstr (pattern, "%d");

  if (number == NULL)
    return g_strdup (pattern);
  for (unsigned int i = 0; i < NUMBER_MAX; i++)
    {
      g_autofree char *name = g_strdup_printf ("%.*s%u%s", (int) (number - pattern), pattern, i, number + strlen ("%d"));

      if (strlen (name) >= IFNAMSIZ)
        break;
      if ((taken == NULL || !taken (name, user)) && if_nametoindex (name) == 0)
        return g_steal_pointer (&name);
    }
  return fail_null (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "no name '%s' for a bridge is free", pattern);
}

bool
bridge_is_there (const char *name)
{
  return if_nametoindex (name) != 0;
}

/* --- settings --------------------------------------------------------------------------------------- */

static RtnlBridge
settings_of (const Network *live)
{
  RtnlBridge bridge = {
    .mtu = live->mtu, .stp = live->bridge.stp != TRI_NO, .delay_cs = live->bridge.delay * DELAY_UNIT,
    .vlan_filtering = live->bridge.mac_table_manager == NETWORK_MAC_TABLE_LIBVIRT,
  };

  memcpy (bridge.mac, live->mac, sizeof (bridge.mac));
  return bridge;
}

/* The host's own IPv6 stack keeps off a bridge on which the network has no IPv6, and nothing that guests say changes it. */
static bool
set_ipv6 (const Network *live, GError **error)
{
  const struct { const char *name; int value; } settings[] = {
    { "disable_ipv6", !bridge_has_family (live, AF_INET6) }, { "accept_ra", 0 }, { "autoconf", 0 },
  };

  if (!bridge_has_family (live, AF_INET6) && access ("/proc/sys/net/ipv6", F_OK) != 0)
    return true;
  for (unsigned int i = 0; i < G_N_ELEMENTS (settings); i++)
    if (!sysctl_set (settings[i].value, error, "net/ipv6/conf/%s/%s", live->bridge.name, settings[i].name))
      return false;
  return true;
}

static bool
let_forward (const Network *live, GError **error)
{
  return !bridge_forwards (live)
         || ((!bridge_has_family (live, AF_INET) || sysctl_set (1, error, "net/ipv4/ip_forward"))
             && (!bridge_has_family (live, AF_INET6) || sysctl_set (1, error, "net/ipv6/conf/all/forwarding")));
}

/* --- what is there already ---------------------------------------------------------------------------- */

typedef struct
{
  const Network *live;
  int index;                    /* of the bridge */
  GArray *addresses;            /* RtnlAddress */
  GArray *has_route;            /* bool, for each of the network's */
} There;

static void
there_clear (There *there)
{
  g_clear_pointer (&there->addresses, g_array_unref);
  g_clear_pointer (&there->has_route, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (There, there_clear)

static bool
note_route (const RtnlRoute *route, int index, void *data)
{
  There *there = data;

  for (unsigned int i = 0; i < there->live->routes.n && index == there->index; i++)
    {
      const NetworkRoute *own = there->live->routes.items[i];

      if ((int) route->prefix == network_route_prefix (own)
          && ip_address_in_subnet (&route->network, &own->address, route->prefix)
          && route->gateway != NULL && ip_address_equal (route->gateway, &own->gateway))
        g_array_index (there->has_route, bool, i) = true;
    }
  return true;
}

/* Reads what the bridge has; with a bridge that was just made there is nothing to read. */
static bool
look (Rtnl *rtnl, const Network *live, bool is_new, There *there, GError **error)
{
  there->live = live;
  there->index = (int) if_nametoindex (live->bridge.name);
  there->has_route = g_array_set_size (g_array_new (FALSE, TRUE, sizeof (bool)), live->routes.n);
  there->addresses = is_new ? g_array_new (FALSE, FALSE, sizeof (RtnlAddress)) : rtnl_addresses (rtnl, there->index, error);
  return there->addresses != NULL
         && (is_new || live->routes.n == 0 || (rtnl_each_route (rtnl, AF_INET, note_route, there, error)
                                               && rtnl_each_route (rtnl, AF_INET6, note_route, there, error)));
}

static bool
has_address (const There *there, const NetworkIp *ip)
{
  for (unsigned int i = 0; i < there->addresses->len; i++)
    {
      const RtnlAddress *found = &g_array_index (there->addresses, RtnlAddress, i);

      if (ip_address_equal (&found->address, &ip->address) && (int) found->prefix == network_ip_prefix (ip))
        return true;
    }
  return false;
}

/* An address of the bridge that is not the network's; the kernel's own link-local ones do not count. */
static const RtnlAddress *
foreign_address (const There *there)
{
  for (unsigned int i = 0; i < there->addresses->len; i++)
    {
      const RtnlAddress *found = &g_array_index (there->addresses, RtnlAddress, i);
      bool own = found->address.family == AF_INET6 && found->address.bytes[0] == 0xfe && (found->address.bytes[1] & 0xc0) == 0x80;

      for (unsigned int j = 0; j < there->live->ips.n; j++)
        own |= ip_address_equal (&there->live->ips.items[j]->address, &found->address);
      if (!own)
        return found;
    }
  return NULL;
}

/* Whether @link, the device of the bridge's name, is the bridge of @live; the reason if it is not. */
static bool
is_own (const Network *live, const RtnlLink *link, char **ret_reason)
{
  if (strcmp (link->kind, "bridge") != 0)
    *ret_reason = g_strdup_printf ("the device '%s' is no bridge", live->bridge.name);
  else if (memcmp (link->mac, live->mac, sizeof (link->mac)) != 0)
    *ret_reason = g_strdup_printf ("the bridge '%s' is not the network's own: it has another MAC address", live->bridge.name);
  return *ret_reason == NULL;
}

/* --- making ------------------------------------------------------------------------------------------ */

/* Adds what @there lacks, addresses first: a route needs a device that is up, with an address that leads to its gateway. */
static bool
add_missing (Rtnl *rtnl, const Network *live, const There *there, GError **error)
{
  RtnlChange up = { .master = -1, .up = 1 };

  for (unsigned int i = 0; i < live->ips.n; i++)
    {
      const NetworkIp *ip = live->ips.items[i];

      if (!has_address (there, ip)
          && !rtnl_add_address (rtnl, live->bridge.name, &ip->address, NULL, (unsigned int) network_ip_prefix (ip), error))
        return false;
    }
  if (!rtnl_change (rtnl, live->bridge.name, &up, error))
    return false;
  for (unsigned int i = 0; i < live->routes.n; i++)
    if (!g_array_index (there->has_route, bool, i)
        && !rtnl_add_network_route (rtnl, live->bridge.name, live->routes.items[i], error))
      return false;
  return true;
}

static bool
complete (Rtnl *rtnl, const Network *live, const There *there, GError **error)
{
  bool asked;

  if (!set_ipv6 (live, error))
    return false;
  rtnl_batch (rtnl);
  asked = add_missing (rtnl, live, there, error);
  return rtnl_batch_end (rtnl, asked ? error : NULL) && asked;
}

static bool
repair (Rtnl *rtnl, const Network *live, bool strict, GError **error)
{
  RtnlBridge settings = settings_of (live);
  g_auto (There) there = { 0 };
  g_autofree char *reason = NULL;
  const RtnlAddress *foreign;
  RtnlLink link;

  if (!rtnl_get (rtnl, live->bridge.name, &link, error))
    return false;
  if (!is_own (live, &link, &reason))
    return fail_errno (error, VIR_FROM_NONE, EEXIST, "%s", reason);
  if (!look (rtnl, live, false, &there, error))
    return false;
  foreign = strict ? foreign_address (&there) : NULL;
  if (foreign != NULL)
    {
      g_autofree char *text = ip_address_text (&foreign->address);

      return fail_errno (error, VIR_FROM_NONE, EEXIST, "the bridge '%s' has an address of others, %s/%u", live->bridge.name, text,
                         foreign->prefix);
    }
  return rtnl_set_bridge (rtnl, live->bridge.name, &settings, error) && complete (rtnl, live, &there, error);
}

/* Makes the bridge or takes it over. @ret_made: it is there by this. */
static bool
make (Rtnl *rtnl, const Network *live, bool *ret_made, GError **error)
{
  RtnlBridge settings = settings_of (live);
  g_auto (There) there = { 0 };
  g_autoptr (GError) refused = NULL;

  *ret_made = rtnl_add_bridge (rtnl, live->bridge.name, &settings, &refused);
  if (*ret_made)
    return look (rtnl, live, true, &there, error) && complete (rtnl, live, &there, error);
  if (virt_error_detail (refused)->int1 == EEXIST)
    return repair (rtnl, live, true, error);
  g_propagate_error (error, g_steal_pointer (&refused));
  return false;
}

static bool
work_make (void *data, GError **error)
{
  const Network *live = data;
  g_autoptr (Rtnl) rtnl = rtnl_open (error);
  bool made = false;

  if (rtnl == NULL)
    return false;
  if (make (rtnl, live, &made, error) && let_forward (live, error))
    return true;
  if (made)
    rtnl_remove (rtnl, live->bridge.name, NULL);
  return false;
}

bool
bridge_make (const Network *live, GError **error)
{
  return worker_run ("make a bridge", work_make, (void *) live, error);
}

static bool
work_repair (void *data, GError **error)
{
  const Network *live = data;
  g_autoptr (Rtnl) rtnl = rtnl_open (error);

  return rtnl != NULL && repair (rtnl, live, false, error) && let_forward (live, error);
}

bool
bridge_repair (const Network *live, GError **error)
{
  return worker_run ("repair a bridge", work_repair, (void *) live, error);
}

/* Versions of libvirt's daemon that were long there gave a bridge a port that held its MAC address. */
static void
remove_holder (Rtnl *rtnl, const char *bridge, int index)
{
  g_autofree char *name = g_strconcat (bridge, "-nic", NULL);
  RtnlLink link;

  if (if_nametoindex (name) != 0 && rtnl_get (rtnl, name, &link, NULL) && link.master == index)
    rtnl_remove (rtnl, name, NULL);
}

static bool
work_remove (void *data, GError **error)
{
  const Network *live = data;
  g_autoptr (Rtnl) rtnl = rtnl_open (error);
  g_autofree char *reason = NULL;
  RtnlLink link;

  if (rtnl == NULL)
    return false;
  if (!rtnl_get (rtnl, live->bridge.name, &link, NULL) || !is_own (live, &link, &reason))
    return true;
  remove_holder (rtnl, live->bridge.name, link.index);
  return rtnl_remove (rtnl, live->bridge.name, error);
}

bool
bridge_remove (const Network *live, GError **error)
{
  return worker_run ("remove a bridge", work_remove, (void *) live, error);
}
