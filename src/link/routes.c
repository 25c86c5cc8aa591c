/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Routes. */
#include "link/rtnl-private.h"

#include <sys/socket.h>

#include "util/error.h"

bool
rtnl_add_route (Rtnl *rtnl, const char *name, const IpAddress *network, unsigned int prefix, const IpAddress *gateway,
                unsigned int metric, GError **error)
{
  g_autofree char *text = ip_address_text (network);
  RtnlRequest request = { 0 };
  int index = rtnl_index (name, error);
  struct rtmsg *route;

  if (index == 0)
    return false;
  route = mnl_nlmsg_put_extra_header (rtnl_begin (rtnl, &request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL), sizeof (*route));
  route->rtm_family = network->family;
  route->rtm_dst_len = (uint8_t) prefix;
  route->rtm_table = RT_TABLE_MAIN;
  route->rtm_protocol = RTPROT_STATIC;
  route->rtm_scope = gateway != NULL ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  route->rtm_type = RTN_UNICAST;
  if (prefix > 0)
    rtnl_put_address (&request, RTA_DST, network);
  if (gateway != NULL)
    rtnl_put_address (&request, RTA_GATEWAY, gateway);
  mnl_attr_put_u32 (&request.header, RTA_OIF, (uint32_t) index);
  if (metric != 0)
    mnl_attr_put_u32 (&request.header, RTA_PRIORITY, metric);
  return rtnl_ask (rtnl, &request.header, error, "cannot make the route to %s/%u by network device '%s'", text, prefix, name);
}
