/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "util/error.h"

#define REQUEST_SIZE 1024
#define BUFFER_SIZE 32768

struct Rtnl
{
  struct mnl_socket *socket;
  unsigned int port, serial;
};

Rtnl *
rtnl_open (GError **error)
{
  g_autoptr (Rtnl) rtnl = g_new0 (Rtnl, 1);
  int on = 1;

  rtnl->socket = mnl_socket_open2 (NETLINK_ROUTE, SOCK_CLOEXEC);
  if (rtnl->socket == NULL || mnl_socket_bind (rtnl->socket, 0, MNL_SOCKET_AUTOPID) < 0)
    return fail_errno_null (error, VIR_FROM_NONE, errno, "cannot talk to the kernel about network devices");
  mnl_socket_setsockopt (rtnl->socket, NETLINK_EXT_ACK, &on, sizeof (on));
  rtnl->port = mnl_socket_get_portid (rtnl->socket);
  return g_steal_pointer (&rtnl);
}

void
rtnl_close (Rtnl *rtnl)
{
  if (rtnl == NULL)
    return;
  if (rtnl->socket != NULL)
    mnl_socket_close (rtnl->socket);
  g_free (rtnl);
}

/* --- requests ----------------------------------------------------------------------------- */

typedef struct
{
  union { struct nlmsghdr header; char room[REQUEST_SIZE]; };
} Request;

static struct nlmsghdr *
request_begin (Rtnl *rtnl, Request *request, uint16_t type, uint16_t flags)
{
  struct nlmsghdr *header = mnl_nlmsg_put_header (request->room);

  header->nlmsg_type = type;
  header->nlmsg_flags = (uint16_t) (NLM_F_REQUEST | NLM_F_ACK | flags);
  header->nlmsg_seq = ++rtnl->serial;
  return header;
}

static struct ifinfomsg *
link_begin (Rtnl *rtnl, Request *request, uint16_t type, uint16_t flags, unsigned char family, int index)
{
  struct ifinfomsg *info = mnl_nlmsg_put_extra_header (request_begin (rtnl, request, type, flags), sizeof (*info));

  info->ifi_family = family;
  info->ifi_index = index;
  return info;
}

/* The kernel's own words in a refusal, NULL if there are none. */
static const char *
refusal_text (const struct nlmsghdr *header)
{
  const struct nlmsgerr *refusal = mnl_nlmsg_get_payload (header);
  size_t skip = sizeof (*refusal);
  const struct nlattr *attribute;

  if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
    return NULL;
  if (!(header->nlmsg_flags & NLM_F_CAPPED))
    skip += mnl_nlmsg_get_payload_len (&refusal->msg);
  mnl_attr_for_each (attribute, header, skip)
    if (mnl_attr_get_type (attribute) == NLMSGERR_ATTR_MSG && mnl_attr_validate (attribute, MNL_TYPE_NUL_STRING) >= 0)
      return mnl_attr_get_str (attribute);
  return NULL;
}

typedef struct
{
  Rtnl *rtnl;
  mnl_cb_t take;
  void *data;
  int errnum;                   /* of the kernel's refusal; 0: none */
  char *text;
} Reply;

static int
on_refusal (const struct nlmsghdr *header, void *data)
{
  Reply *reply = data;
  const struct nlmsgerr *refusal = mnl_nlmsg_get_payload (header);

  if (refusal->error == 0)
    return MNL_CB_STOP;
  reply->errnum = -refusal->error;
  reply->text = g_strdup (refusal_text (header));
  return MNL_CB_STOP;
}

static int
on_message (const struct nlmsghdr *header, void *data)
{
  Reply *reply = data;

  return reply->take != NULL ? reply->take (header, reply->data) : MNL_CB_OK;
}

/* Sends @request and reads until it is acknowledged or, for a dump, done; 0, or an errno with its words in @ret_text. */
static int
talk (Rtnl *rtnl, const struct nlmsghdr *request, mnl_cb_t take, void *data, char **ret_text)
{
  mnl_cb_t control[NLMSG_ERROR + 1] = { [NLMSG_ERROR] = on_refusal };
  g_autofree char *buffer = g_malloc (BUFFER_SIZE);
  Reply reply = { .rtnl = rtnl, .take = take, .data = data };
  int more = MNL_CB_OK;

  if (mnl_socket_sendto (rtnl->socket, request, request->nlmsg_len) < 0)
    return errno;
  while (more > MNL_CB_STOP)
    {
      ssize_t n = mnl_socket_recvfrom (rtnl->socket, buffer, BUFFER_SIZE);

      if (n < 0 && errno != EINTR)
        return errno;
      if (n <= 0)
        continue;
      more = mnl_cb_run2 (buffer, (size_t) n, rtnl->serial, rtnl->port, on_message, &reply, control, G_N_ELEMENTS (control));
      if (more < 0)
        return errno;
    }
  *ret_text = reply.text;
  return reply.errnum;
}

/* Like talk(), with an error that says what was tried. */
G_GNUC_PRINTF (4, 5) static bool
ask (Rtnl *rtnl, const struct nlmsghdr *request, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL, *what = NULL;
  int errnum = talk (rtnl, request, NULL, NULL, &text);
  va_list values;

  if (errnum == 0)
    return true;
  va_start (values, format);
  what = g_strdup_vprintf (format, values);
  va_end (values);
  if (text != NULL && *text != '\0')
    return fail_errno (error, VIR_FROM_NONE, errnum, "%s: the kernel says '%s'", what, text);
  return fail_errno (error, VIR_FROM_NONE, errnum, "%s", what);
}

/* The index of @name, 0 with @error if there is no such device. */
static int
index_of (const char *name, GError **error)
{
  unsigned int index = strlen (name) < IFNAMSIZ ? if_nametoindex (name) : 0;

  if (index == 0)
    fail_errno (error, VIR_FROM_NONE, ENODEV, "there is no network device '%s'", name);
  return (int) index;
}

/* --- devices ------------------------------------------------------------------------------- */

static void
take_kind (const struct nlattr *info, RtnlLink *link)
{
  const struct nlattr *attribute;

  mnl_attr_for_each_nested (attribute, info)
    if (mnl_attr_get_type (attribute) == IFLA_INFO_KIND && mnl_attr_validate (attribute, MNL_TYPE_STRING) >= 0)
      g_strlcpy (link->kind, mnl_attr_get_str (attribute), MIN (sizeof (link->kind), mnl_attr_get_payload_len (attribute) + 1u));
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
  Request request = { 0 };
  g_autofree char *text = NULL;
  int index = index_of (name, error), errnum;

  *ret = (RtnlLink) { 0 };
  if (index == 0)
    return false;
  link_begin (rtnl, &request, RTM_GETLINK, 0, AF_UNSPEC, index);
  errnum = talk (rtnl, &request.header, take_link, ret, &text);
  return errnum == 0 || fail_errno (error, VIR_FROM_NONE, errnum, "cannot read what network device '%s' is", name);
}

bool
rtnl_change (Rtnl *rtnl, const char *name, const RtnlChange *change, GError **error)
{
  Request request = { 0 };
  int index = index_of (name, error);
  struct ifinfomsg *info;

  if (index == 0)
    return false;
  info = link_begin (rtnl, &request, RTM_NEWLINK, 0, AF_UNSPEC, index);
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
  return ask (rtnl, &request.header, error, "cannot change network device '%s'", name);
}

bool
rtnl_add_macvtap (Rtnl *rtnl, const char *name, const char *lower, unsigned int mode, const uint8_t mac[6], GError **error)
{
  Request request = { 0 };
  int index = index_of (lower, error);
  struct nlattr *info, *data;

  if (index == 0)
    return false;
  link_begin (rtnl, &request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, AF_UNSPEC, 0);
  mnl_attr_put_u32 (&request.header, IFLA_LINK, (uint32_t) index);
  mnl_attr_put_strz (&request.header, IFLA_IFNAME, name);
  mnl_attr_put (&request.header, IFLA_ADDRESS, 6, mac);
  info = mnl_attr_nest_start (&request.header, IFLA_LINKINFO);
  mnl_attr_put_strz (&request.header, IFLA_INFO_KIND, "macvtap");
  data = mnl_attr_nest_start (&request.header, IFLA_INFO_DATA);
  mnl_attr_put_u32 (&request.header, IFLA_MACVLAN_MODE, mode);
  mnl_attr_nest_end (&request.header, data);
  mnl_attr_nest_end (&request.header, info);
  return ask (rtnl, &request.header, error, "cannot make the macvtap '%s' on '%s'", name, lower);
}

bool
rtnl_remove (Rtnl *rtnl, const char *name, GError **error)
{
  Request request = { 0 };
  int index = index_of (name, NULL);

  if (index == 0)
    return true;
  link_begin (rtnl, &request, RTM_DELLINK, 0, AF_UNSPEC, index);
  return ask (rtnl, &request.header, error, "cannot remove network device '%s'", name);
}

bool
rtnl_set_noqueue (Rtnl *rtnl, const char *name, GError **error)
{
  Request request = { 0 };
  int index = index_of (name, error);
  struct tcmsg *queue;

  if (index == 0)
    return false;
  queue = mnl_nlmsg_put_extra_header (request_begin (rtnl, &request, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE),
                                      sizeof (*queue));
  queue->tcm_ifindex = index;
  queue->tcm_parent = TC_H_ROOT;
  mnl_attr_put_strz (&request.header, TCA_KIND, "noqueue");
  return ask (rtnl, &request.header, error, "cannot take the queue off network device '%s'", name);
}

/* --- bridges ----------------------------------------------------------------------------------- */

bool
rtnl_set_port (Rtnl *rtnl, const char *name, const RtnlPort *port, GError **error)
{
  const struct { uint16_t type; int value; } settings[] = {
    { IFLA_BRPORT_ISOLATED, port->isolated }, { IFLA_BRPORT_LEARNING, port->learning },
    { IFLA_BRPORT_UNICAST_FLOOD, port->unicast_flood },
  };
  Request request = { 0 };
  int index = index_of (name, error);
  struct nlattr *nest;

  if (index == 0)
    return false;
  link_begin (rtnl, &request, RTM_SETLINK, 0, PF_BRIDGE, index);
  nest = mnl_attr_nest_start (&request.header, IFLA_PROTINFO);
  for (unsigned int i = 0; i < G_N_ELEMENTS (settings); i++)
    if (settings[i].value >= 0)
      mnl_attr_put_u8 (&request.header, settings[i].type, settings[i].value > 0);
  mnl_attr_nest_end (&request.header, nest);
  return ask (rtnl, &request.header, error, "cannot set up the bridge's port '%s'", name);
}

bool
rtnl_set_fdb (Rtnl *rtnl, const char *name, const uint8_t mac[6], bool present, GError **error)
{
  Request request = { 0 };
  int index = index_of (name, error);
  struct ndmsg *entry;

  if (index == 0)
    return false;
  entry = mnl_nlmsg_put_extra_header (request_begin (rtnl, &request, present ? RTM_NEWNEIGH : RTM_DELNEIGH,
                                                     present ? NLM_F_CREATE | NLM_F_REPLACE : 0), sizeof (*entry));
  entry->ndm_family = PF_BRIDGE;
  entry->ndm_ifindex = index;
  entry->ndm_state = NUD_NOARP;
  entry->ndm_flags = NTF_MASTER;
  mnl_attr_put (&request.header, NDA_LLADDR, 6, mac);
  return ask (rtnl, &request.header, error, "cannot tell the bridge what is behind its port '%s'", name);
}

/* --- virtual functions --------------------------------------------------------------------------- */

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
  Request request = { 0 };
  VfAnswer answer = { .number = number };
  g_autofree char *text = NULL;
  int index = index_of (name, error), errnum;

  if (index == 0)
    return false;
  link_begin (rtnl, &request, RTM_GETLINK, 0, AF_UNSPEC, index);
  mnl_attr_put_u32 (&request.header, IFLA_EXT_MASK, RTEXT_FILTER_VF);
  errnum = talk (rtnl, &request.header, take_vfs, &answer, &text);
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
  Request request = { 0 };
  int index = index_of (name, error);
  struct nlattr *list, *function;

  if (index == 0)
    return false;
  memcpy (card.mac, mac, 6);
  link_begin (rtnl, &request, RTM_SETLINK, 0, AF_UNSPEC, index);
  list = mnl_attr_nest_start (&request.header, IFLA_VFINFO_LIST);
  function = mnl_attr_nest_start (&request.header, IFLA_VF_INFO);
  mnl_attr_put (&request.header, IFLA_VF_MAC, sizeof (card), &card);
  mnl_attr_put (&request.header, IFLA_VF_VLAN, sizeof (tag), &tag);
  mnl_attr_nest_end (&request.header, function);
  mnl_attr_nest_end (&request.header, list);
  return ask (rtnl, &request.header, error, "cannot set up the virtual function %u of network device '%s'", number, name);
}

/* --- addresses -------------------------------------------------------------------------------- */

static void
put_address (Request *request, uint16_t type, const IpAddress *address)
{
  mnl_attr_put (&request->header, type, ip_address_bits (address) / 8, address->bytes);
}

bool
rtnl_add_address (Rtnl *rtnl, const char *name, const IpAddress *address, const IpAddress *peer, unsigned int prefix,
                  GError **error)
{
  g_autofree char *text = ip_address_text (address);
  Request request = { 0 };
  int index = index_of (name, error);
  struct ifaddrmsg *info;

  if (index == 0)
    return false;
  info = mnl_nlmsg_put_extra_header (request_begin (rtnl, &request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL), sizeof (*info));
  info->ifa_family = address->family;
  info->ifa_prefixlen = (uint8_t) prefix;
  info->ifa_index = (uint32_t) index;
  put_address (&request, IFA_LOCAL, address);
  put_address (&request, IFA_ADDRESS, peer != NULL ? peer : address);
  if (peer == NULL && address->family == AF_INET && prefix < 31)
    {
      IpAddress broadcast = *address;

      for (unsigned int bit = prefix; bit < 32; bit++)
        broadcast.bytes[bit / 8] |= (uint8_t) (0x80u >> bit % 8);
      put_address (&request, IFA_BROADCAST, &broadcast);
    }
  return ask (rtnl, &request.header, error, "cannot give network device '%s' the address %s", name, text);
}

bool
rtnl_add_route (Rtnl *rtnl, const char *name, const IpAddress *network, unsigned int prefix, const IpAddress *gateway,
                unsigned int metric, GError **error)
{
  g_autofree char *text = ip_address_text (network);
  Request request = { 0 };
  int index = index_of (name, error);
  struct rtmsg *route;

  if (index == 0)
    return false;
  route = mnl_nlmsg_put_extra_header (request_begin (rtnl, &request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL), sizeof (*route));
  route->rtm_family = network->family;
  route->rtm_dst_len = (uint8_t) prefix;
  route->rtm_table = RT_TABLE_MAIN;
  route->rtm_protocol = RTPROT_STATIC;
  route->rtm_scope = gateway != NULL ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  route->rtm_type = RTN_UNICAST;
  if (prefix > 0)
    put_address (&request, RTA_DST, network);
  if (gateway != NULL)
    put_address (&request, RTA_GATEWAY, gateway);
  mnl_attr_put_u32 (&request.header, RTA_OIF, (uint32_t) index);
  if (metric != 0)
    mnl_attr_put_u32 (&request.header, RTA_PRIORITY, metric);
  return ask (rtnl, &request.header, error, "cannot make the route to %s/%u by network device '%s'", text, prefix, name);
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
  g_autofree char *text = NULL;
  Request request = { 0 };
  struct ndmsg *entry;
  int errnum;

  entry = mnl_nlmsg_put_extra_header (request_begin (rtnl, &request, RTM_GETNEIGH, NLM_F_DUMP), sizeof (*entry));
  entry->ndm_family = AF_UNSPEC;
  errnum = talk (rtnl, &request.header, take_neighbour, found, &text);
  if (errnum != 0)
    return fail_errno_null (error, VIR_FROM_NONE, errnum, "cannot read the neighbours of the host");
  return g_steal_pointer (&found);
}
