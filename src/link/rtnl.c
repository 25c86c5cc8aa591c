/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/rtnl-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "util/error.h"

#define BUFFER_SIZE 32768
/* As many as their answers fit into the socket. */
#define BATCH_MAX 64

/* What was asked and not yet answered. */
typedef struct
{
  unsigned int serial;
  bool forgiving;
  char *what;                   /* for the error */
} Asked;

struct Rtnl
{
  struct mnl_socket *socket;
  unsigned int port, serial;
  bool batching;
  GByteArray *queue;            /* messages of the batch */
  GArray *asked;                /* Asked, in their order */
};

static void
asked_clear (void *data)
{
  g_free (((Asked *) data)->what);
}

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
  rtnl->queue = g_byte_array_new ();
  rtnl->asked = g_array_new (FALSE, FALSE, sizeof (Asked));
  g_array_set_clear_func (rtnl->asked, asked_clear);
  return g_steal_pointer (&rtnl);
}

void
rtnl_close (Rtnl *rtnl)
{
  if (rtnl == NULL)
    return;
  if (rtnl->socket != NULL)
    mnl_socket_close (rtnl->socket);
  g_clear_pointer (&rtnl->queue, g_byte_array_unref);
  g_clear_pointer (&rtnl->asked, g_array_unref);
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

/* --- one that has an answer ------------------------------------------------------------------ */

typedef struct
{
  mnl_cb_t take;
  void *data;
  int errnum;                   /* of the kernel's refusal; 0: none */
} Reply;

static int
on_refusal (const struct nlmsghdr *header, void *data)
{
  ((Reply *) data)->errnum = -((const struct nlmsgerr *) mnl_nlmsg_get_payload (header))->error;
  return MNL_CB_STOP;
}

static int
on_message (const struct nlmsghdr *header, void *data)
{
  Reply *reply = data;

  return reply->take (header, reply->data);
}

int
rtnl_talk (Rtnl *rtnl, const struct nlmsghdr *request, mnl_cb_t take, void *data)
{
  mnl_cb_t control[NLMSG_ERROR + 1] = { [NLMSG_ERROR] = on_refusal };
  g_autofree char *buffer = g_malloc (BUFFER_SIZE);
  Reply reply = { .take = take, .data = data };
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
      more = mnl_cb_run2 (buffer, (size_t) n, request->nlmsg_seq, rtnl->port, on_message, &reply, control,
                          G_N_ELEMENTS (control));
      if (more < 0)
        return errno;
    }
  return reply.errnum;
}

bool
rtnl_dump (Rtnl *rtnl, uint16_t type, unsigned char family, size_t size, mnl_cb_t take, void *data, const char *what,
           GError **error)
{
  RtnlRequest request = { 0 };
  unsigned char *first = mnl_nlmsg_put_extra_header (rtnl_begin (rtnl, &request, type, NLM_F_DUMP), size);
  int errnum;

  *first = family;
  errnum = rtnl_talk (rtnl, &request.header, take, data);
  return errnum == 0 || fail_errno (error, VIR_FROM_NONE, errnum, "cannot read the %s of the host", what);
}

/* --- changes --------------------------------------------------------------------------------- */

static Asked *
asked_of (Rtnl *rtnl, unsigned int serial)
{
  for (unsigned int i = 0; i < rtnl->asked->len; i++)
    {
      Asked *asked = &g_array_index (rtnl->asked, Asked, i);

      if (asked->serial == serial)
        return asked;
    }
  return NULL;
}

/* Tells of the refusal @header in @error, if it is the first that matters. */
static void
take_refusal (const Asked *asked, const struct nlmsghdr *header, GError **error)
{
  int errnum = -((const struct nlmsgerr *) mnl_nlmsg_get_payload (header))->error;
  const char *text = refusal_text (header);

  if (errnum == 0 || asked->forgiving || (error != NULL && *error != NULL))
    return;
  if (text != NULL && *text != '\0')
    fail_errno (error, VIR_FROM_NONE, errnum, "%s: the kernel says '%s'", asked->what, text);
  else
    fail_errno (error, VIR_FROM_NONE, errnum, "%s", asked->what);
}

/* Reads until all that was asked is acknowledged. */
static bool
take_answers (Rtnl *rtnl, GError **error)
{
  g_autofree char *buffer = g_malloc (BUFFER_SIZE);
  g_autoptr (GError) first = NULL;
  unsigned int missing = rtnl->asked->len;

  while (missing > 0)
    {
      ssize_t n = mnl_socket_recvfrom (rtnl->socket, buffer, BUFFER_SIZE);
      int left = (int) n;

      if (n < 0 && errno != EINTR)
        return fail_errno (error, VIR_FROM_NONE, errno, "the kernel does not answer about network devices");
      for (const struct nlmsghdr *header = (const void *) buffer; n > 0 && mnl_nlmsg_ok (header, left);
           header = mnl_nlmsg_next (header, &left))
        {
          const Asked *asked = header->nlmsg_type == NLMSG_ERROR ? asked_of (rtnl, header->nlmsg_seq) : NULL;

          if (asked == NULL)
            continue;
          take_refusal (asked, header, &first);
          missing--;
        }
    }
  if (first == NULL)
    return true;
  g_propagate_error (error, g_steal_pointer (&first));
  return false;
}

bool
rtnl_flush (Rtnl *rtnl, GError **error)
{
  bool ok = true;

  if (rtnl->asked->len > 0 && mnl_socket_sendto (rtnl->socket, rtnl->queue->data, rtnl->queue->len) < 0)
    ok = fail_errno (error, VIR_FROM_NONE, errno, "cannot ask the kernel about network devices");
  else
    ok = take_answers (rtnl, error);
  g_byte_array_set_size (rtnl->queue, 0);
  g_array_set_size (rtnl->asked, 0);
  return ok;
}

static bool
ask (Rtnl *rtnl, const struct nlmsghdr *request, bool forgiving, char *what, GError **error)
{
  Asked asked = { .serial = request->nlmsg_seq, .forgiving = forgiving, .what = what };

  g_byte_array_append (rtnl->queue, (const void *) request, NLMSG_ALIGN (request->nlmsg_len));
  g_array_append_val (rtnl->asked, asked);
  return (rtnl->batching && rtnl->asked->len < BATCH_MAX) || rtnl_flush (rtnl, error);
}

bool
rtnl_ask (Rtnl *rtnl, const struct nlmsghdr *request, GError **error, const char *format, ...)
{
  va_list values;
  char *what;

  va_start (values, format);
  what = g_strdup_vprintf (format, values);
  va_end (values);
  return ask (rtnl, request, false, what, error);
}

bool
rtnl_try (Rtnl *rtnl, const struct nlmsghdr *request, GError **error)
{
  return ask (rtnl, request, true, NULL, error);
}

void
rtnl_batch (Rtnl *rtnl)
{
  rtnl->batching = true;
}

bool
rtnl_batch_end (Rtnl *rtnl, GError **error)
{
  rtnl->batching = false;
  return rtnl_flush (rtnl, error);
}

/* --- names ------------------------------------------------------------------------------------- */

int
rtnl_index (Rtnl *rtnl, const char *name, GError **error)
{
  struct ifreq request = { 0 };

  if (g_strlcpy (request.ifr_name, name, IFNAMSIZ) < IFNAMSIZ
      && ioctl (mnl_socket_get_fd (rtnl->socket), SIOCGIFINDEX, &request) == 0)
    return request.ifr_ifindex;
  fail_errno (error, VIR_FROM_NONE, ENODEV, "there is no network device '%s'", name);
  return 0;
}

void
rtnl_put_address (RtnlRequest *request, uint16_t type, const IpAddress *address)
{
  mnl_attr_put (&request->header, type, ip_address_bits (address) / 8, address->bytes);
}
