/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bridge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "support.h"

static char buffer[8192];
static struct mnl_socket *route_socket;
static unsigned int sequence;

/* A message in the buffer, with its family's header of @size behind it. */
static struct nlmsghdr *
begin (uint16_t type, uint16_t flags, size_t size, void **ret_header)
{
  struct nlmsghdr *message = mnl_nlmsg_put_header (buffer);

  message->nlmsg_type = type;
  message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
  message->nlmsg_seq = ++sequence;
  *ret_header = mnl_nlmsg_put_extra_header (message, size);
  return message;
}

static void
finish (struct nlmsghdr *message, const char *what)
{
  ssize_t length;

  if (route_socket == NULL)
    {
      route_socket = mnl_socket_open2 (NETLINK_ROUTE, SOCK_CLOEXEC);
      if (route_socket == NULL || mnl_socket_bind (route_socket, 0, MNL_SOCKET_AUTOPID) < 0)
        die ("netlink: %s", strerror (errno));
    }
  if (mnl_socket_sendto (route_socket, message, message->nlmsg_len) < 0)
    die ("%s: %s", what, strerror (errno));
  length = mnl_socket_recvfrom (route_socket, buffer, sizeof buffer);
  if (length < 0 || mnl_cb_run (buffer, (size_t) length, sequence, mnl_socket_get_portid (route_socket), NULL, NULL) < 0)
    die ("%s: %s", what, strerror (errno));
}

void
bridge_make (const char *name, const char *address)
{
  struct ifinfomsg *link;
  struct ifaddrmsg *ip;
  struct nlattr *info, *data;
  struct nlmsghdr *message = begin (RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *link, (void **) &link);
  static const unsigned char mac[6] = { 0x52, 0x54, 0, 0x77, 0xfe, 1 };

  mnl_attr_put_strz (message, IFLA_IFNAME, name);
  mnl_attr_put (message, IFLA_ADDRESS, sizeof mac, mac);
  info = mnl_attr_nest_start (message, IFLA_LINKINFO);
  mnl_attr_put_strz (message, IFLA_INFO_KIND, "bridge");
  data = mnl_attr_nest_start (message, IFLA_INFO_DATA);
  mnl_attr_put_u32 (message, IFLA_BR_FORWARD_DELAY, 0);
  mnl_attr_put_u32 (message, IFLA_BR_STP_STATE, 0);
  mnl_attr_nest_end (message, data);
  mnl_attr_nest_end (message, info);
  finish (message, name);

  message = begin (RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *ip, (void **) &ip);
  *ip = (struct ifaddrmsg) { .ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = if_nametoindex (name) };
  mnl_attr_put_u32 (message, IFA_LOCAL, inet_addr (address));
  mnl_attr_put_u32 (message, IFA_ADDRESS, inet_addr (address));
  finish (message, address);

  message = begin (RTM_NEWLINK, 0, sizeof *link, (void **) &link);
  link->ifi_index = (int) if_nametoindex (name);
  link->ifi_flags = link->ifi_change = IFF_UP;
  finish (message, name);
}

void
link_delete (const char *name)
{
  struct ifinfomsg *link;
  struct nlmsghdr *message = begin (RTM_DELLINK, 0, sizeof *link, (void **) &link);

  link->ifi_index = (int) if_nametoindex (name);
  finish (message, name);
}

int
tap_make (const char *name, const char *bridge)
{
  struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
  int tap = open ("/dev/net/tun", O_RDWR | O_CLOEXEC);
  struct ifinfomsg *link;
  struct nlmsghdr *message;

  snprintf (request.ifr_name, sizeof request.ifr_name, "%s", name);
  if (tap < 0 || ioctl (tap, TUNSETIFF, &request) < 0)
    die ("%s: %s", name, strerror (errno));
  message = begin (RTM_NEWLINK, 0, sizeof *link, (void **) &link);
  link->ifi_index = (int) if_nametoindex (name);
  link->ifi_flags = link->ifi_change = IFF_UP;
  mnl_attr_put_u32 (message, IFLA_MASTER, if_nametoindex (bridge));
  finish (message, name);
  return tap;
}
