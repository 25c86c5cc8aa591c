/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Virtual functions of cards. */
#include "link/rtnl-private.h"

#include <errno.h>
#include <limits.h>
#include <linux/if_link.h>
#include <string.h>

#include "util/error.h"

typedef struct
{
  unsigned int number, vlan;
  uint8_t mac[6];
  bool found;
} VfAnswer;

static void
take_vf (const struct nlattr *function, VfAnswer *answer)
{
  const struct nlattr *attribute;
  VfAnswer read = { .number = UINT_MAX };

  mnl_attr_for_each_nested (attribute, function)
    {
      const void *payload = mnl_attr_get_payload (attribute);
      uint16_t type = mnl_attr_get_type (attribute), length = mnl_attr_get_payload_len (attribute);

      if (type == IFLA_VF_MAC && length >= sizeof (struct ifla_vf_mac))
        {
          read.number = ((const struct ifla_vf_mac *) payload)->vf;
          memcpy (read.mac, ((const struct ifla_vf_mac *) payload)->mac, sizeof (read.mac));
        }
      if (type == IFLA_VF_VLAN && length >= sizeof (struct ifla_vf_vlan))
        read.vlan = ((const struct ifla_vf_vlan *) payload)->vlan;
    }
  if (read.number != answer->number)
    return;
  *answer = read;
  answer->found = true;
}

static int
take_vfs (const struct nlmsghdr *header, void *data)
{
  const struct nlattr *attribute, *function;

  mnl_attr_for_each (attribute, header, sizeof (struct ifinfomsg))
    if (mnl_attr_get_type (attribute) == IFLA_VFINFO_LIST)
      mnl_attr_for_each_nested (function, attribute)
        take_vf (function, data);
  return MNL_CB_OK;
}

bool
rtnl_get_vf (Rtnl *rtnl, const char *name, unsigned int number, uint8_t ret_mac[6], unsigned int *ret_vlan, GError **error)
{
  RtnlRequest request = { 0 };
  VfAnswer answer = { .number = number };
  int index = rtnl_index (rtnl, name, error), errnum;

  if (index == 0)
    return false;
  rtnl_begin_link (rtnl, &request, RTM_GETLINK, 0, AF_UNSPEC, index);
  mnl_attr_put_u32 (&request.header, IFLA_EXT_MASK, RTEXT_FILTER_VF);
  errnum = rtnl_talk (rtnl, &request.header, take_vfs, &answer);
  if (errnum != 0 || !answer.found)
    return fail_errno (error, VIR_FROM_NONE, errnum != 0 ? errnum : ENODEV, "network device '%s' has no virtual function %u",
                       name, number);
  memcpy (ret_mac, answer.mac, sizeof (answer.mac));
  *ret_vlan = answer.vlan;
  return true;
}

bool
rtnl_set_vf (Rtnl *rtnl, const char *name, unsigned int number, const uint8_t mac[6], unsigned int vlan, GError **error)
{
  struct ifla_vf_mac card = { .vf = number };
  struct ifla_vf_vlan tag = { .vf = number, .vlan = vlan };
  RtnlRequest request = { 0 };
  int index = rtnl_index (rtnl, name, error);
  struct nlattr *list, *function;

  if (index == 0)
    return false;
  memcpy (card.mac, mac, 6);
  rtnl_begin_link (rtnl, &request, RTM_SETLINK, 0, AF_UNSPEC, index);
  list = mnl_attr_nest_start (&request.header, IFLA_VFINFO_LIST);
  function = mnl_attr_nest_start (&request.header, IFLA_VF_INFO);
  mnl_attr_put (&request.header, IFLA_VF_MAC, sizeof (card), &card);
  mnl_attr_put (&request.header, IFLA_VF_VLAN, sizeof (tag), &tag);
  mnl_attr_nest_end (&request.header, function);
  mnl_attr_nest_end (&request.header, list);
  return rtnl_ask (rtnl, &request.header, error, "cannot set up the virtual function %u of network device '%s'", number, name);
}
