/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices: what they are, changes, making and removing. */
#include "link/rtnl-private.h"

#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <string.h>

#include "util/error.h"

static void
take_bridge (const struct nlattr *data, RtnlLink *link)
{
  const struct nlattr *attribute;

  mnl_attr_for_each_nested (attribute, data)
    if (mnl_attr_get_type (attribute) == IFLA_BR_VLAN_FILTERING)
      link->vlan_filtering = mnl_attr_get_u8 (attribute) != 0;
}

static void
take_kind (const struct nlattr *info, RtnlLink *link)
{
  const struct nlattr *attribute;

  mnl_attr_for_each_nested (attribute, info)
    {
      if (mnl_attr_get_type (attribute) == IFLA_INFO_KIND && mnl_attr_validate (attribute, MNL_TYPE_STRING) >= 0)
        g_strlcpy (link->kind, mnl_attr_get_str (attribute),
                   MIN (sizeof (link->kind), mnl_attr_get_payload_len (attribute) + 1u));
      if (mnl_attr_get_type (attribute) == IFLA_INFO_DATA && strcmp (link->kind, "bridge") == 0)
        take_bridge (attribute, link);
    }
}

static int
take_link (const struct nlmsghdr *header, void *data)
{
  const struct ifinfomsg *info = mnl_nlmsg_get_payload (header);
  RtnlLink *link = data;
  const struct nlattr *attribute;

  link->index = info->ifi_index;
  link->flags = info->ifi_flags;
  mnl_attr_for_each (attribute, header, sizeof (*info))
    switch (mnl_attr_get_type (attribute))
      {
      case IFLA_MTU: link->mtu = mnl_attr_get_u32 (attribute); break;
      case IFLA_MASTER: link->master = (int) mnl_attr_get_u32 (attribute); break;
      case IFLA_LINKINFO: take_kind (attribute, link); break;
      case IFLA_ADDRESS:
        if (mnl_attr_get_payload_len (attribute) == sizeof (link->mac))
          memcpy (link->mac, mnl_attr_get_payload (attribute), sizeof (link->mac));
        break;
      default: break;
      }
  return MNL_CB_OK;
}

bool
rtnl_get (Rtnl *rtnl, const char *name, RtnlLink *ret, GError **error)
{
  RtnlRequest request = { 0 };
  int index = rtnl_index (rtnl, name, error), errnum;

  *ret = (RtnlLink) { 0 };
  if (index == 0)
    return false;
  rtnl_begin_link (rtnl, &request, RTM_GETLINK, 0, AF_UNSPEC, index);
  errnum = rtnl_talk (rtnl, &request.header, take_link, ret);
  return errnum == 0 || fail_errno (error, VIR_FROM_NONE, errnum, "cannot read what network device '%s' is", name);
}

static int
take_name (const struct nlmsghdr *header, void *data)
{
  const struct ifinfomsg *info = mnl_nlmsg_get_payload (header);
  const struct nlattr *attribute;
  RtnlName found = { .index = info->ifi_index };

  mnl_attr_for_each (attribute, header, sizeof (*info))
    if (mnl_attr_get_type (attribute) == IFLA_IFNAME && mnl_attr_validate (attribute, MNL_TYPE_NUL_STRING) >= 0)
      g_strlcpy (found.name, mnl_attr_get_str (attribute), sizeof (found.name));
  g_array_append_val ((GArray *) data, found);
  return MNL_CB_OK;
}

GArray *
rtnl_names (Rtnl *rtnl, GError **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, TRUE, sizeof (RtnlName));
  RtnlRequest request = { 0 };
  int errnum;

  rtnl_begin_link (rtnl, &request, RTM_GETLINK, NLM_F_DUMP, AF_UNSPEC, 0);
  errnum = rtnl_talk (rtnl, &request.header, take_name, found);
  if (errnum != 0)
    return fail_errno_null (error, VIR_FROM_NONE, errnum, "cannot read the names of the host's network devices");
  return g_steal_pointer (&found);
}

bool
rtnl_change (Rtnl *rtnl, const char *name, const RtnlChange *change, GError **error)
{
  RtnlRequest request = { 0 };
  int index = rtnl_index (rtnl, name, error);
  struct ifinfomsg *info;

  if (index == 0)
    return false;
  info = rtnl_begin_link (rtnl, &request, RTM_NEWLINK, 0, AF_UNSPEC, index);
  if (change->up >= 0)
    {
      info->ifi_change = IFF_UP;
      info->ifi_flags = change->up > 0 ? IFF_UP : 0;
    }
  if (change->mtu != 0)
    mnl_attr_put_u32 (&request.header, IFLA_MTU, change->mtu);
  if (change->mac != NULL)
    mnl_attr_put (&request.header, IFLA_ADDRESS, 6, change->mac);
  if (change->master >= 0)
    mnl_attr_put_u32 (&request.header, IFLA_MASTER, (uint32_t) change->master);
  return rtnl_ask (rtnl, &request.header, error, "cannot change network device '%s'", name);
}

bool
rtnl_add_macvtap (Rtnl *rtnl, const char *name, const char *lower, unsigned int mode, const uint8_t mac[6], GError **error)
{
  RtnlRequest request = { 0 };
  int index = rtnl_index (rtnl, lower, error);
  struct nlattr *info, *data;

  if (index == 0)
    return false;
  rtnl_begin_link (rtnl, &request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, AF_UNSPEC, 0);
  mnl_attr_put_u32 (&request.header, IFLA_LINK, (uint32_t) index);
  mnl_attr_put_strz (&request.header, IFLA_IFNAME, name);
  mnl_attr_put (&request.header, IFLA_ADDRESS, 6, mac);
  info = mnl_attr_nest_start (&request.header, IFLA_LINKINFO);
  mnl_attr_put_strz (&request.header, IFLA_INFO_KIND, "macvtap");
  data = mnl_attr_nest_start (&request.header, IFLA_INFO_DATA);
  mnl_attr_put_u32 (&request.header, IFLA_MACVLAN_MODE, mode);
  mnl_attr_nest_end (&request.header, data);
  mnl_attr_nest_end (&request.header, info);
  return rtnl_ask (rtnl, &request.header, error, "cannot make the macvtap '%s' on '%s'", name, lower);
}

bool
rtnl_remove (Rtnl *rtnl, const char *name, GError **error)
{
  RtnlRequest request = { 0 };
  int index = rtnl_index (rtnl, name, NULL);

  if (index == 0)
    return true;
  rtnl_begin_link (rtnl, &request, RTM_DELLINK, 0, AF_UNSPEC, index);
  return rtnl_ask (rtnl, &request.header, error, "cannot remove network device '%s'", name);
}

bool
rtnl_set_noqueue (Rtnl *rtnl, const char *name, GError **error)
{
  RtnlRequest request = { 0 };
  int index = rtnl_index (rtnl, name, error);
  struct tcmsg *queue;

  if (index == 0)
    return false;
  queue = mnl_nlmsg_put_extra_header (rtnl_begin (rtnl, &request, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE),
                                      sizeof (*queue));
  queue->tcm_ifindex = index;
  queue->tcm_parent = TC_H_ROOT;
  mnl_attr_put_strz (&request.header, TCA_KIND, "noqueue");
  return rtnl_ask (rtnl, &request.header, error, "cannot take the queue off network device '%s'", name);
}
