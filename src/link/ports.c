/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports of bridges. */
#include "link/rtnl-private.h"

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>

bool
rtnl_set_port (Rtnl *rtnl, const char *name, const RtnlPort *port, GError **error)
{
  const struct { uint16_t type; int value; } settings[] = {
    { IFLA_BRPORT_ISOLATED, port->isolated }, { IFLA_BRPORT_LEARNING, port->learning },
    { IFLA_BRPORT_UNICAST_FLOOD, port->unicast_flood },
  };
  RtnlRequest request = { 0 };
  int index = rtnl_index (rtnl, name, error);
  struct nlattr *nest;

  if (index == 0)
    return false;
  rtnl_begin_link (rtnl, &request, RTM_SETLINK, 0, PF_BRIDGE, index);
  nest = mnl_attr_nest_start (&request.header, IFLA_PROTINFO);
  for (unsigned int i = 0; i < G_N_ELEMENTS (settings); i++)
    if (settings[i].value >= 0)
      mnl_attr_put_u8 (&request.header, settings[i].type, settings[i].value > 0);
  mnl_attr_nest_end (&request.header, nest);
  return rtnl_ask (rtnl, &request.header, error, "cannot set up the bridge's port '%s'", name);
}

bool
rtnl_set_fdb (Rtnl *rtnl, const char *name, const uint8_t mac[6], bool present, GError **error)
{
  RtnlRequest request = { 0 };
  int index = rtnl_index (rtnl, name, error);
  struct ndmsg *entry;

  if (index == 0)
    return false;
  entry = mnl_nlmsg_put_extra_header (rtnl_begin (rtnl, &request, present ? RTM_NEWNEIGH : RTM_DELNEIGH,
                                                     present ? NLM_F_CREATE | NLM_F_REPLACE : 0), sizeof (*entry));
  entry->ndm_family = PF_BRIDGE;
  entry->ndm_ifindex = index;
  entry->ndm_state = NUD_NOARP;
  entry->ndm_flags = NTF_MASTER;
  mnl_attr_put (&request.header, NDA_LLADDR, 6, mac);
  return rtnl_ask (rtnl, &request.header, error, "cannot tell the bridge what is behind its port '%s'", name);
}
