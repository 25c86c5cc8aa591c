/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a network must not take from the host. */
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "bridge/bridge.h"
#include "bridge/private.h"
#include "link/rtnl.h"
#include "link/sysctl.h"
#include "util/error.h"
#include "util/worker.h"

#define ROUTES_FILE "/proc/self/net/ipv6_route"
/* Of the kernel's flags of a route: a router told of it. */
#define LEARNED 0x00040000
/* The value of accept_ra that holds for a host that forwards. */
#define ACCEPT_ALWAYS 2

bool
bridge_has_family (const Network *live, int family)
{
  for (unsigned int i = 0; i < live->ips.n; i++)
    if (live->ips.items[i]->address.family == family)
      return true;
  return false;
}

bool
bridge_forwards (const Network *live)
{
  NetworkForwardMode mode = live->forward.mode;

  return mode == NETWORK_FORWARD_NAT || mode == NETWORK_FORWARD_ROUTE || mode == NETWORK_FORWARD_OPEN;
}

/* --- routes -------------------------------------------------------------------------------------- */

typedef struct
{
  const Network *live;
  int own;                      /* the bridge's index; 0: not there */
  char *what;                   /* of the network's clashes; NULL: nothing does */
  IpAddress network;            /* with what of the host */
  unsigned int prefix;
  int index;
} Clash;

/* The host may have routes to a part of the network, or to more than it: the longer prefix wins. */
static bool
is_same (const RtnlRoute *route, const IpAddress *address, int prefix)
{
  return (int) route->prefix == prefix && ip_address_in_subnet (&route->network, address, route->prefix);
}

static bool
meet_route (const RtnlRoute *route, int index, void *data)
{
  Clash *clash = data;
  const Network *live = clash->live;

  if (index != 0 && index == clash->own)
    return true;
  for (unsigned int i = 0; i < live->ips.n && clash->what == NULL; i++)
    if (is_same (route, &live->ips.items[i]->address, network_ip_prefix (live->ips.items[i])))
      {
        g_autofree char *text = ip_address_text (&live->ips.items[i]->address);

        clash->what = g_strdup_printf ("address %s/%u", text, route->prefix);
      }
  for (unsigned int i = 0; i < live->routes.n && clash->what == NULL; i++)
    if (is_same (route, &live->routes.items[i]->address, network_route_prefix (live->routes.items[i])))
      {
        g_autofree char *text = ip_address_text (&live->routes.items[i]->address);

        clash->what = g_strdup_printf ("route to %s/%u", text, route->prefix);
      }
  clash->network = route->network;
  clash->prefix = route->prefix;
  clash->index = index;
  return clash->what == NULL;
}

static bool
fail_of_clash (const Clash *clash, GError **error)
{
  g_autofree char *text = ip_address_text (&clash->network);
  char name[IF_NAMESIZE];
  const char *device = if_indextoname ((unsigned int) clash->index, name);

  return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR,
               "the %s of network '%s' is in use already: the host has a route to %s/%u %s%s%s", clash->what, clash->live->name,
               text, clash->prefix, device != NULL ? "by interface '" : "that leads nowhere", device != NULL ? device : "",
               device != NULL ? "'" : "");
}

static bool
check_routes (const Network *live, GError **error)
{
  g_autoptr (Rtnl) rtnl = rtnl_open (error);
  g_autofree char *what = NULL;
  Clash clash = { .live = live, .own = (int) if_nametoindex (live->bridge.name) };
  bool read;

  if (rtnl == NULL)
    return false;
  read = rtnl_each_route (rtnl, AF_INET, meet_route, &clash, error);
  what = clash.what;
  return read && (what == NULL || fail_of_clash (&clash, error));
}

/* --- routers ---------------------------------------------------------------------------------------- */

char **
bridge_learned_devices (const char *routes, const char *own)
{
  g_auto (GStrv) lines = g_strsplit (routes, "\n", -1);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);

  for (char **line = lines; *line != NULL; line++)
    {
      char name[IF_NAMESIZE];
      unsigned int flags;

      if (sscanf (*line, "%*s %*s %*s %*s %*s %*s %*s %*s %x %15s", &flags, name) == 2 && (flags & LEARNED)
          && strcmp (name, own) != 0 && !g_ptr_array_find_with_equal_func (found, name, g_str_equal, NULL))
        g_ptr_array_add (found, g_strdup (name));
    }
  g_ptr_array_add (found, NULL);
  return (char **) g_ptr_array_steal (found, NULL);
}

/* A host that begins to forward forgets what routers told it, but on devices that are to listen to them all the same. */
static bool
check_routers (const Network *live, GError **error)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) names = NULL;

  if (!bridge_forwards (live) || !bridge_has_family (live, AF_INET6) || !g_file_get_contents (ROUTES_FILE, &text, NULL, NULL))
    return true;
  names = bridge_learned_devices (text, live->bridge.name);
  for (char **name = names; *name != NULL; name++)
    {
      int accept = ACCEPT_ALWAYS;

      if (sysctl_get (&accept, NULL, "net/ipv6/conf/%s/accept_ra", *name) && accept != ACCEPT_ALWAYS)
        return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR,
                     "network '%s' forwards IPv6, and with that the kernel would forget the routes of interface '%s' that it"
                     " learned from a router: set the sysctl net.ipv6.conf.%s.accept_ra, which is %d, to %d", live->name, *name,
                     *name, accept, ACCEPT_ALWAYS);
    }
  return true;
}

static bool
work_clash (void *data, GError **error)
{
  return check_routes (data, error) && check_routers (data, error);
}

bool
bridge_check_clash (const Network *live, GError **error)
{
  return worker_run ("look for clashes", work_clash, (void *) live, error);
}
