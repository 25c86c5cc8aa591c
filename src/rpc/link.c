/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpc/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/loop.h"

#define WORD 4
#define HEADER_LENGTH (WORD + VIR_NET_MESSAGE_HEADER_MAX)
#define READ_SIZE (64 * 1024)

typedef struct
{
  size_t length, sent;
  unsigned int n_fds, fds_sent;
  int *fds;
  uint8_t bytes[];
} Outgoing;

struct Link
{
  unsigned int refs;
  int fd;
  const LinkOps *ops;
  void *data;
  IoWatch *watch;
  uint32_t events;
  bool paused, delivering;
  size_t max_frame;

  GByteArray *in;          /* read but not delivered; NULL when empty */
  GArray *fds_in;          /* received, not yet part of a frame */
  GQueue out;
  size_t queued;
};

/* What one read brings; kept only if it ends within a frame. */
static uint8_t read_buffer[READ_SIZE];

static void
link_unref (Link *link)
{
  if (--link->refs > 0)
    return;
  g_assert (link->fd < 0);
  g_clear_pointer (&link->in, g_byte_array_unref);
  g_free (link);
}

static void
outgoing_free (Outgoing *outgoing)
{
  for (unsigned int i = outgoing->fds_sent; i < outgoing->n_fds; i++)
    close (outgoing->fds[i]);
  g_free (outgoing->fds);
  g_free (outgoing);
}

static void
close_fds (GArray *fds)
{
  for (unsigned int i = 0; i < fds->len; i++)
    close (g_array_index (fds, int, i));
  g_array_unref (fds);
}

static void
link_shut (Link *link)
{
  g_clear_pointer (&link->watch, io_watch_free);
  fd_clear (&link->fd);
  g_queue_clear_full (&link->out, (GDestroyNotify) outgoing_free);
  link->queued = 0;
  g_clear_pointer (&link->fds_in, close_fds);
}

static void
link_break (Link *link, const GError *reason)
{
  if (link->fd < 0)
    return;
  link_shut (link);
  link->ops->closed (link, reason, link->data);
}

static void
update_events (Link *link)
{
  uint32_t events = (link->paused ? 0 : EPOLLIN) | (link->out.length > 0 ? EPOLLOUT : 0);

  if (link->fd >= 0 && events != link->events)
    {
      link->events = events;
      io_watch_set_events (link->watch, events);
    }
}

/* Sends the next piece of @outgoing. Returns what sendmsg does. */
static ssize_t
send_piece (Link *link, Outgoing *outgoing)
{
  union { struct cmsghdr align; char space[CMSG_SPACE (sizeof (int))]; } control = { 0 };
  struct iovec iov = { outgoing->bytes + outgoing->sent, outgoing->length - outgoing->sent };
  struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
  ssize_t n;

  if (outgoing->sent < outgoing->length)
    {
      n = sendmsg (link->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n > 0)
        {
          outgoing->sent += (size_t) n;
          link->queued -= (size_t) n;
        }
      return n;
    }

  /* Each descriptor travels with one byte of its own behind the frame. */
  iov = (struct iovec) { (char[1]) { 0 }, 1 };
  msg.msg_control = &control;
  msg.msg_controllen = sizeof control;
  *CMSG_FIRSTHDR (&msg) = (struct cmsghdr) { CMSG_LEN (sizeof (int)), SOL_SOCKET, SCM_RIGHTS };
  memcpy (CMSG_DATA (CMSG_FIRSTHDR (&msg)), &outgoing->fds[outgoing->fds_sent], sizeof (int));
  n = sendmsg (link->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n > 0)
    close (outgoing->fds[outgoing->fds_sent++]);
  return n;
}

static void
flush (Link *link)
{
  Outgoing *outgoing;

  while ((outgoing = g_queue_peek_head (&link->out)) != NULL)
    {
      if (outgoing->sent == outgoing->length && outgoing->fds_sent == outgoing->n_fds)
        {
          outgoing_free (g_queue_pop_head (&link->out));
          continue;
        }
      if (send_piece (link, outgoing) < 0)
        {
          if (errno != EAGAIN && errno != EINTR)
            {
              g_queue_clear_full (&link->out, (GDestroyNotify) outgoing_free);
              link->queued = 0;
              /* Ends where every broken connection ends: in a read. */
              shutdown (link->fd, SHUT_RDWR);
            }
          break;
        }
    }
  update_events (link);
}

void
link_send (Link *link, const void *frame, size_t length, const int *fds, unsigned int n_fds)
{
  Outgoing *outgoing;
  size_t sent = 0;

  if (link->fd < 0)
    return;
  if (link->out.length == 0)
    {
      ssize_t n = send (link->fd, frame, length, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n < 0 && errno != EAGAIN && errno != EINTR)
        return;
      sent = n > 0 ? (size_t) n : 0;
      if (sent == length && n_fds == 0)
        return;
    }

  outgoing = g_malloc (sizeof *outgoing + length - sent);
  *outgoing = (Outgoing) { .length = length - sent, .n_fds = n_fds };
  memcpy (outgoing->bytes, (const char *) frame + sent, length - sent);
  outgoing->fds = g_new (int, n_fds);
  for (unsigned int i = 0; i < n_fds; i++)
    outgoing->fds[i] = dup (fds[i]);
  link->queued += outgoing->length;
  g_queue_push_tail (&link->out, outgoing);
  flush (link);
}

/* Descriptors that came with a read wait for their frame. */
static bool
collect_fds (Link *link, struct msghdr *msg, GError **error)
{
  for (struct cmsghdr *c = CMSG_FIRSTHDR (msg); c != NULL; c = CMSG_NXTHDR (msg, c))
    {
      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
        continue;
      if (link->fds_in == NULL)
        link->fds_in = g_array_new (FALSE, FALSE, sizeof (int));
      g_array_append_vals (link->fds_in, CMSG_DATA (c),
                           (unsigned int) ((c->cmsg_len - CMSG_LEN (0)) / sizeof (int)));
    }
  if ((msg->msg_flags & MSG_CTRUNC)
      || (link->fds_in != NULL && link->fds_in->len > VIR_NET_MESSAGE_NUM_FDS_MAX))
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "too many descriptors in one message");
  return true;
}

static uint32_t
get_word (const uint8_t *bytes)
{
  uint32_t word;

  memcpy (&word, bytes, sizeof word);
  return ntohl (word);
}

static bool
carries_fds (const RpcHeader *header)
{
  return header->type == VIR_NET_CALL_WITH_FDS || header->type == VIR_NET_REPLY_WITH_FDS;
}

/* Fills @frame from the @available bytes. Returns how many bytes it takes in all,
 * 0 if it is not there yet, -1 on nonsense. */
static ssize_t
parse (Link *link, const uint8_t *bytes, size_t available, RpcFrame *frame, GError **error)
{
  size_t length, extra = 0;

  if (available < WORD)
    return 0;
  length = get_word (bytes);
  if (length < HEADER_LENGTH || length > link->max_frame)
    {
      fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "a message of %zu bytes is not within %d and %zu",
            length, HEADER_LENGTH, link->max_frame);
      return -1;
    }
  if (available < length)
    return 0;

  *frame = (RpcFrame) { .raw = bytes, .raw_length = length };
  frame->header.prog = get_word (bytes + WORD);
  frame->header.vers = get_word (bytes + 2 * WORD);
  frame->header.proc = (int32_t) get_word (bytes + 3 * WORD);
  frame->header.type = get_word (bytes + 4 * WORD);
  frame->header.serial = get_word (bytes + 5 * WORD);
  frame->header.status = get_word (bytes + 6 * WORD);
  frame->payload = bytes + HEADER_LENGTH;
  frame->payload_length = length - HEADER_LENGTH;
  if (!carries_fds (&frame->header))
    return (ssize_t) length;

  if (frame->payload_length < WORD || get_word (frame->payload) > VIR_NET_MESSAGE_NUM_FDS_MAX)
    {
      fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "a message announces more than %d descriptors",
            VIR_NET_MESSAGE_NUM_FDS_MAX);
      return -1;
    }
  frame->n_fds = extra = get_word (frame->payload);
  frame->payload += WORD;
  frame->payload_length -= WORD;
  return available < length + extra ? 0 : (ssize_t) (length + extra);
}

/* Gives @frame its descriptors, which came with the bytes behind it. */
static bool
attach_fds (Link *link, RpcFrame *frame, GError **error)
{
  unsigned int n = frame->n_fds;

  if (n == 0)
    return true;
  if (link->fds_in == NULL || link->fds_in->len < n)
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "a message announces %u descriptors that did not come", n);
  frame->fds = g_memdup2 (link->fds_in->data, n * sizeof (int));
  g_array_remove_range (link->fds_in, 0, n);
  return true;
}

/* Delivers whole frames of @bytes; returns how many bytes were used. */
static size_t
deliver (Link *link, const uint8_t *bytes, size_t length, GError **error)
{
  size_t used = 0;

  while (!link->paused && link->fd >= 0)
    {
      RpcFrame frame;
      ssize_t n = parse (link, bytes + used, length - used, &frame, error);

      if (n <= 0 || !attach_fds (link, &frame, error))
        break;
      used += (size_t) n;
      link->ops->frame (link, &frame, link->data);
      if (frame.fds != NULL)
        frame_drop_fds (&frame);
    }
  return used;
}

static void
keep (Link *link, const uint8_t *bytes, size_t length)
{
  if (length == 0)
    return;
  if (link->in == NULL)
    link->in = g_byte_array_new ();
  g_byte_array_append (link->in, bytes, (unsigned int) length);
}

/* Delivers what was kept, and keeps the rest. */
static void
deliver_kept (Link *link, GError **error)
{
  g_autoptr (GByteArray) in = g_steal_pointer (&link->in);
  size_t used;

  if (in == NULL)
    return;
  used = deliver (link, in->data, in->len, error);
  if (used == in->len)
    return;
  /* What was fed meanwhile comes behind. */
  g_byte_array_remove_range (in, 0, (unsigned int) used);
  if (link->in != NULL)
    g_byte_array_append (in, link->in->data, link->in->len);
  g_clear_pointer (&link->in, g_byte_array_unref);
  link->in = g_steal_pointer (&in);
}

/* Where the next bytes go: behind an unfinished frame, as many as it lacks. */
static struct iovec
read_target (Link *link)
{
  size_t length, lacking;

  if (link->in == NULL)
    return (struct iovec) { read_buffer, sizeof read_buffer };
  length = link->in->len;
  lacking = length >= WORD && get_word (link->in->data) > length ? get_word (link->in->data) - length : 4096;
  lacking = MIN (lacking, 1024 * 1024);
  g_byte_array_set_size (link->in, (unsigned int) (length + lacking));
  return (struct iovec) { link->in->data + length, lacking };
}

static void
receive (Link *link)
{
  g_autoptr (GError) error = NULL;
  size_t kept = link->in != NULL ? link->in->len : 0;
  union { struct cmsghdr align; char space[CMSG_SPACE (sizeof (int) * VIR_NET_MESSAGE_NUM_FDS_MAX)]; } control;
  struct iovec iov = read_target (link);
  struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
                        .msg_control = &control, .msg_controllen = sizeof control };
  ssize_t n = recvmsg (link->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

  if (link->in != NULL)
    g_byte_array_set_size (link->in, (unsigned int) (kept + (size_t) MAX (n, 0)));
  if (n == 0)
    {
      link_break (link, NULL);
      return;
    }
  if (n < 0)
    {
      if (errno == EAGAIN || errno == EINTR)
        return;
      fail_errno (&error, VIR_FROM_RPC, errno, "cannot read from the connection");
    }
  else if (collect_fds (link, &msg, &error))
    {
      if (link->in != NULL)
        deliver_kept (link, &error);
      else
        {
          size_t used = deliver (link, read_buffer, (size_t) n, &error);

          keep (link, read_buffer + used, (size_t) n - used);
        }
    }
  if (error != NULL)
    link_break (link, error);
}

static void
on_io (uint32_t events, void *data)
{
  Link *link = data;

  link->refs++;
  if ((events & EPOLLOUT) && link->fd >= 0)
    {
      flush (link);
      if (link->out.length == 0 && link->ops->drained != NULL)
        link->ops->drained (link, link->data);
    }
  if (link->fd >= 0)
    {
      if ((events & EPOLLIN) && !link->paused)
        receive (link);
      else if (events & (EPOLLHUP | EPOLLERR))
        link_break (link, NULL);
    }
  link_unref (link);
}

Link *
link_new (int fd, const char *name, const LinkOps *ops, void *data)
{
  Link *link = g_new0 (Link, 1);

  link->refs = 1;
  link->fd = fd;
  link->ops = ops;
  link->data = data;
  link->max_frame = VIR_NET_MESSAGE_MAX + WORD;
  link->events = EPOLLIN;
  g_queue_init (&link->out);
  link->watch = io_watch_new (fd, EPOLLIN, name, on_io, link);
  if (link->watch == NULL)
    g_error ("cannot watch a connection");
  return link;
}

void
link_free (Link *link)
{
  if (link == NULL)
    return;
  link_shut (link);
  link_unref (link);
}

void
link_set_ops (Link *link, const LinkOps *ops, void *data)
{
  link->ops = ops;
  link->data = data;
}

void
link_set_max_frame (Link *link, size_t length)
{
  link->max_frame = length;
}

size_t
link_queued (const Link *link)
{
  return link->queued;
}

int
link_fd (const Link *link)
{
  return link->fd;
}

void
link_pause (Link *link)
{
  link->paused = true;
  update_events (link);
}

static void
deliver_later (void *data)
{
  g_autoptr (GError) error = NULL;
  Link *link = data;

  link->delivering = false;
  if (link->fd >= 0 && !link->paused)
    deliver_kept (link, &error);
  if (error != NULL)
    link_break (link, error);
  link_unref (link);
}

static void
schedule_delivery (Link *link)
{
  if (link->delivering || link->in == NULL)
    return;
  link->delivering = true;
  link->refs++;
  loop_defer (deliver_later, link);
}

void
link_resume (Link *link)
{
  link->paused = false;
  update_events (link);
  schedule_delivery (link);
}

void
link_feed (Link *link, const void *bytes, size_t length)
{
  keep (link, bytes, length);
  schedule_delivery (link);
}

const GByteArray *
link_unread (const Link *link)
{
  return link->in;
}

int
link_release (Link *link, GByteArray **ret_rest)
{
  int fd = fd_steal (&link->fd);

  *ret_rest = link->in != NULL ? g_steal_pointer (&link->in) : g_byte_array_new ();
  link_shut (link);
  return fd;
}
