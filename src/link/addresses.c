/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses of devices, and neighbours. */
#include "link/rtnl-private.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <string.h>
#include <sys/socket.h>

#include "util/error.h"

bool
rtnl_add_address (Rtnl *rtnl, const char *name, const IpAddress *address, const IpAddress *peer, unsigned int prefix,
                  GError **error)
{
  g_autofree char *text = ip_address_text (address);
  RtnlRequest request = { 0 };
  int index = rtnl_index (rtnl, name, error);
  struct ifaddrmsg *info;

  if (index == 0)
    return false;
  info = mnl_nlmsg_put_extra_header (rtnl_begin (rtnl, &request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL), sizeof (*info));
  info->ifa_family = address->family;
  info->ifa_prefixlen = (uint8_t) prefix;
  info->ifa_index = (uint32_t) index;
  rtnl_put_address (&request, IFA_LOCAL, address);
  rtnl_put_address (&request, IFA_ADDRESS, peer != NULL ? peer : address);
  if (peer == NULL && address->family == AF_INET && prefix < 31)
    {
      IpAddress broadcast = *address;

      for (unsigned int bit = prefix; bit < 32; bit++)
        broadcast.bytes[bit / 8] |= (uint8_t) (0x80u >> bit % 8);
      rtnl_put_address (&request, IFA_BROADCAST, &broadcast);
    }
  return rtnl_ask (rtnl, &request.header, error, "cannot give network device '%s' the address %s", name, text);
}

static int
take_address (const struct nlmsghdr *header, void *data)
{
  const struct ifaddrmsg *info = mnl_nlmsg_get_payload (header);
  RtnlAddress found = { .index = (int) info->ifa_index, .address = { .family = info->ifa_family }, .prefix = info->ifa_prefixlen,
                        .tentative = info->ifa_flags & IFA_F_TENTATIVE };
  const struct nlattr *attribute;
  uint16_t wanted = info->ifa_family == AF_INET ? IFA_LOCAL : IFA_ADDRESS;

  mnl_attr_for_each (attribute, header, sizeof (*info))
    {
      uint16_t type = mnl_attr_get_type (attribute);

      /* An IPv6 address with a peer has both. */
      if ((type == wanted || type == IFA_LOCAL) && mnl_attr_get_payload_len (attribute) <= sizeof (found.address.bytes))
        memcpy (found.address.bytes, mnl_attr_get_payload (attribute), mnl_attr_get_payload_len (attribute));
      if (type == IFA_LOCAL)
        break;
    }
  g_array_append_val ((GArray *) data, found);
  return MNL_CB_OK;
}

GArray *
rtnl_addresses (Rtnl *rtnl, int index, GError **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, TRUE, sizeof (RtnlAddress));

  if (!rtnl_dump (rtnl, RTM_GETADDR, AF_UNSPEC, sizeof (struct ifaddrmsg), take_address, found, "addresses", error))
    return NULL;
  for (unsigned int i = found->len; index != 0 && i-- > 0;)
    if (g_array_index (found, RtnlAddress, i).index != index)
      g_array_remove_index (found, i);
  return g_steal_pointer (&found);
}

static int
take_neighbour (const struct nlmsghdr *header, void *data)
{
  const struct ndmsg *entry = mnl_nlmsg_get_payload (header);
  RtnlNeighbour neighbour = { .address = { .family = entry->ndm_family } };
  const struct nlattr *attribute;
  unsigned int found = 0;

  if (!(entry->ndm_state & (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT)))
    return MNL_CB_OK;
  mnl_attr_for_each (attribute, header, sizeof (*entry))
    {
      uint16_t length = mnl_attr_get_payload_len (attribute);

      if (mnl_attr_get_type (attribute) == NDA_LLADDR && length == sizeof (neighbour.mac))
        found |= 1, memcpy (neighbour.mac, mnl_attr_get_payload (attribute), length);
      if (mnl_attr_get_type (attribute) == NDA_DST && length <= sizeof (neighbour.address.bytes))
        found |= 2, memcpy (neighbour.address.bytes, mnl_attr_get_payload (attribute), length);
    }
  if (found == 3)
    g_array_append_val ((GArray *) data, neighbour);
  return MNL_CB_OK;
}

GArray *
rtnl_neighbours (Rtnl *rtnl, GError **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, TRUE, sizeof (RtnlNeighbour));

  return rtnl_dump (rtnl, RTM_GETNEIGH, AF_UNSPEC, sizeof (struct ndmsg), take_neighbour, found, "neighbours", error)
         ? g_steal_pointer (&found) : NULL;
}
