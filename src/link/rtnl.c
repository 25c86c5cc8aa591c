/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/rtnl-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "util/error.h"

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

struct nlmsghdr *
rtnl_begin (Rtnl *rtnl, RtnlRequest *request, uint16_t type, uint16_t flags)
{
  struct nlmsghdr *header = mnl_nlmsg_put_header (request->room);

  header->nlmsg_type = type;
  header->nlmsg_flags = (uint16_t) (NLM_F_REQUEST | NLM_F_ACK | flags);
  header->nlmsg_seq = ++rtnl->serial;
  return header;
}

struct ifinfomsg *
rtnl_begin_link (Rtnl *rtnl, RtnlRequest *request, uint16_t type, uint16_t flags, unsigned char family, int index)
{
  struct ifinfomsg *info = mnl_nlmsg_put_extra_header (rtnl_begin (rtnl, request, type, flags), sizeof (*info));

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

int
rtnl_talk (Rtnl *rtnl, const struct nlmsghdr *request, mnl_cb_t take, void *data, char **ret_text)
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

bool
rtnl_ask (Rtnl *rtnl, const struct nlmsghdr *request, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL, *what = NULL;
  int errnum = rtnl_talk (rtnl, request, NULL, NULL, &text);
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

int
rtnl_index (const char *name, GError **error)
{
  unsigned int index = strlen (name) < IFNAMSIZ ? if_nametoindex (name) : 0;

  if (index == 0)
    fail_errno (error, VIR_FROM_NONE, ENODEV, "there is no network device '%s'", name);
  return (int) index;
}

void
rtnl_put_address (RtnlRequest *request, uint16_t type, const IpAddress *address)
{
  mnl_attr_put (&request->header, type, ip_address_bits (address) / 8, address->bytes);
}
