/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Routes. */
#include "link/rtnl-private.h"

#include <string.h>
#include <sys/socket.h>

#include "util/error.h"

/* Of routes in documents that say none. */
#define USUAL_METRIC 1

bool
rtnl_add_route (Rtnl *rtnl, const char *name, const RtnlRoute *route, GError **error)
{
  g_autofree char *text = ip_address_text (&route->network);
  RtnlRequest request = { 0 };
  int index = rtnl_index (rtnl, name, error);
  struct rtmsg *message;

  if (index == 0)
    return false;
  message = mnl_nlmsg_put_extra_header (rtnl_begin (rtnl, &request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL), sizeof (*message));
  message->rtm_family = route->network.family;
  message->rtm_dst_len = (uint8_t) route->prefix;
  message->rtm_table = RT_TABLE_MAIN;
  message->rtm_protocol = RTPROT_STATIC;
  message->rtm_scope = route->gateway != NULL ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  message->rtm_type = RTN_UNICAST;
  if (route->prefix > 0)
    rtnl_put_address (&request, RTA_DST, &route->network);
  if (route->gateway != NULL)
    rtnl_put_address (&request, RTA_GATEWAY, route->gateway);
  mnl_attr_put_u32 (&request.header, RTA_OIF, (uint32_t) index);
  if (route->metric != 0)
    mnl_attr_put_u32 (&request.header, RTA_PRIORITY, route->metric);
  return rtnl_ask (rtnl, &request.header, error, "cannot make the route to %s/%u by network device '%s'", text, route->prefix,
                   name);
}

bool
rtnl_add_network_route (Rtnl *rtnl, const char *name, const NetworkRoute *route, GError **error)
{
  int prefix = network_route_prefix (route);
  RtnlRoute wanted = { .network = route->address, .prefix = (unsigned int) prefix,
                       .gateway = route->gateway.family != 0 ? &route->gateway : NULL,
                       .metric = route->metric != 0 ? route->metric : USUAL_METRIC };

  if (prefix < 0)
    return fail (error, VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, "the netmask of a route by '%s' has holes", name);
  return rtnl_add_route (rtnl, name, &wanted, error);
}

/* --- reading them ---------------------------------------------------------------------------------- */

typedef struct
{
  RtnlRouteFunc each;
  void *data;
  bool done;
} Walk;

static void
take_address (const struct nlattr *attribute, uint8_t family, IpAddress *ret)
{
  *ret = (IpAddress) { .family = family };
  memcpy (ret->bytes, mnl_attr_get_payload (attribute), MIN (sizeof (ret->bytes), mnl_attr_get_payload_len (attribute)));
}

/* The device of the first way of a route that has several. */
static int
first_way (const struct nlattr *attribute)
{
  const struct rtnexthop *way = mnl_attr_get_payload (attribute);

  return mnl_attr_get_payload_len (attribute) >= sizeof (*way) ? way->rtnh_ifindex : 0;
}

static int
take_route (const struct nlmsghdr *header, void *data)
{
  const struct rtmsg *message = mnl_nlmsg_get_payload (header);
  Walk *walk = data;
  RtnlRoute route = { .network = { .family = message->rtm_family }, .prefix = message->rtm_dst_len };
  const struct nlattr *attribute;
  uint32_t table = message->rtm_table;
  IpAddress gateway;
  int index = 0;

  mnl_attr_for_each (attribute, header, sizeof (*message))
    switch (mnl_attr_get_type (attribute))
      {
      case RTA_TABLE: table = mnl_attr_get_u32 (attribute); break;
      case RTA_DST: take_address (attribute, message->rtm_family, &route.network); break;
      case RTA_OIF: index = (int) mnl_attr_get_u32 (attribute); break;
      case RTA_MULTIPATH: index = first_way (attribute); break;
      case RTA_PRIORITY: route.metric = mnl_attr_get_u32 (attribute); break;
      case RTA_GATEWAY:
        take_address (attribute, message->rtm_family, &gateway);
        route.gateway = &gateway;
        break;
      default: break;
      }
  if (table == RT_TABLE_MAIN && !(message->rtm_flags & RTM_F_CLONED) && !walk->done)
    walk->done = !walk->each (&route, index, walk->data);
  return MNL_CB_OK;
}

bool
rtnl_each_route (Rtnl *rtnl, int family, RtnlRouteFunc each, void *data, GError **error)
{
  Walk walk = { .each = each, .data = data };

  return rtnl_dump (rtnl, RTM_GETROUTE, (unsigned char) family, sizeof (struct rtmsg), take_route, &walk, "routes", error);
}
