/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bridges. */
#include "link/rtnl-private.h"

#include <errno.h>
#include <linux/if_link.h>
#include <string.h>

#include "util/error.h"

static void
put_bridge (RtnlRequest *request, const RtnlBridge *bridge)
{
  struct nlattr *info, *data;

  mnl_attr_put (&request->header, IFLA_ADDRESS, sizeof (bridge->mac), bridge->mac);
  info = mnl_attr_nest_start (&request->header, IFLA_LINKINFO);
  mnl_attr_put_strz (&request->header, IFLA_INFO_KIND, "bridge");
  data = mnl_attr_nest_start (&request->header, IFLA_INFO_DATA);
  mnl_attr_put_u32 (&request->header, IFLA_BR_STP_STATE, bridge->stp);
  mnl_attr_put_u32 (&request->header, IFLA_BR_FORWARD_DELAY, bridge->delay_cs);
  if (bridge->vlan_filtering)
    mnl_attr_put_u8 (&request->header, IFLA_BR_VLAN_FILTERING, 1);
  mnl_attr_nest_end (&request->header, data);
  mnl_attr_nest_end (&request->header, info);
}

/* A kernel without VLAN filtering takes no notice of being asked for it. */
static bool
check_filtering (Rtnl *rtnl, const char *name, const RtnlBridge *bridge, GError **error)
{
  RtnlLink link;

  if (!bridge->vlan_filtering)
    return true;
  if (!rtnl_get (rtnl, name, &link, error))
    return false;
  return link.vlan_filtering
         || fail_errno (error, VIR_FROM_NONE, EOPNOTSUPP, "the kernel cannot filter VLANs on bridge '%s'", name);
}

/* An MTU that came with the device would give way to that of its next port. */
static bool
set_mtu (Rtnl *rtnl, const char *name, unsigned int mtu, GError **error)
{
  RtnlChange change = RTNL_NO_CHANGE;

  change.mtu = mtu;
  return mtu == 0 || rtnl_change (rtnl, name, &change, error);
}

bool
rtnl_add_bridge (Rtnl *rtnl, const char *name, const RtnlBridge *bridge, GError **error)
{
  RtnlRequest request = { 0 };

  rtnl_begin_link (rtnl, &request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, AF_UNSPEC, 0);
  mnl_attr_put_strz (&request.header, IFLA_IFNAME, name);
  put_bridge (&request, bridge);
  if (!rtnl_ask (rtnl, &request.header, error, "cannot make bridge '%s'", name))
    return false;
  if (set_mtu (rtnl, name, bridge->mtu, error) && check_filtering (rtnl, name, bridge, error))
    return true;
  rtnl_remove (rtnl, name, NULL);
  return false;
}

/* STP has limits of its own: a bridge that begins with it gets the nearest delay, one that has it refuses another. */
#define STP_DELAY_MIN_CS 200
#define STP_DELAY_MAX_CS 3000

bool
rtnl_set_bridge (Rtnl *rtnl, const char *name, const RtnlBridge *wanted, GError **error)
{
  RtnlBridge within = *wanted;
  const RtnlBridge *bridge = &within;
  RtnlRequest request = { 0 };
  int index = rtnl_index (rtnl, name, error);

  if (index == 0)
    return false;
  if (wanted->stp)
    within.delay_cs = CLAMP (wanted->delay_cs, STP_DELAY_MIN_CS, STP_DELAY_MAX_CS);
  rtnl_begin_link (rtnl, &request, RTM_NEWLINK, 0, AF_UNSPEC, index);
  put_bridge (&request, bridge);
  return rtnl_ask (rtnl, &request.header, error, "cannot set up bridge '%s'", name)
         && set_mtu (rtnl, name, bridge->mtu, error) && check_filtering (rtnl, name, bridge, error);
}
