/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/watch.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "firewall/firewall.h"
#include "firewall/firewalld.h"
#include "firewall/nft.h"
#include "firewall/rules.h"
#include "firewall/table.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/log.h"
#include "util/loop.h"

#define LOG_CATEGORY "network.firewall"

/* The kernel packs messages into datagrams of a page or two. */
#define DATAGRAM_SIZE 65536
/* How long one dispatch reads: others have their turn between. */
#define TURN_US 1000
/* What may wait here while a firewall is reloaded; the kernel takes it when it is needed only. */
#define RECEIVE_BUFFER (2 << 20)

/* Those who remove rules often remove more: one answer for all. */
#define SETTLE_MS 50
#define PAUSE_MS 100
/* Somebody who removes our rules again and again is answered less often. */
#define QUARREL_TIMES 10
#define QUARREL_WITHIN_US (10 * G_USEC_PER_SEC)
#define QUARREL_PAUSE_MS 10000

static struct
{
  struct mnl_socket *socket;
  IoWatch *io;
  void (*lost) (void);
  bool touched;                 /* the transaction that is being read has removed something of ours */
  bool pending, answering;
  bool removed;                 /* what is pending is somebody's removal */
  uint64_t answers[QUARREL_TIMES];      /* when the last ones were, in a ring */
  unsigned int n_answers;
} watch;

/* Whether the last answers were in so short a time that somebody must undo them. */
static bool
is_quarrel (void)
{
  uint64_t oldest = watch.answers[watch.n_answers % QUARREL_TIMES];

  return watch.n_answers >= QUARREL_TIMES && loop_now () - oldest < QUARREL_WITHIN_US;
}

static void
answer (void *unused)
{
  bool ok = fiber_sleep (SETTLE_MS, NULL);

  while (ok && watch.pending)
    {
      if (watch.removed)
        watch.answers[watch.n_answers++ % QUARREL_TIMES] = loop_now ();
      watch.pending = watch.removed = false;
      table_forget ();
      watch.lost ();
      if (is_quarrel ())
        log_warning ("somebody keeps removing the table inet " FIREWALL_TABLE " of nftables; it is put back every %u s from now"
                     " on", QUARREL_PAUSE_MS / 1000);
      ok = fiber_sleep (is_quarrel () ? QUARREL_PAUSE_MS : PAUSE_MS, NULL);
    }
  watch.answering = false;
}

static void
call_soon (void)
{
  watch.pending = true;
  if (watch.answering)
    return;
  watch.answering = true;
  fiber_start ("firewall lost", NULL, answer, NULL);
}

void
watch_report_lost (void)
{
  if (watch.lost == NULL)
    return;
  watch.removed = true;
  call_soon ();
}

/* The string in the attribute @wanted of a message of nftables, or "". */
static const char *
string_of (const struct nlmsghdr *message, uint16_t wanted)
{
  const struct nlattr *attribute;

  mnl_attr_for_each (attribute, message, sizeof (struct nfgenmsg))
    if (mnl_attr_get_type (attribute) == wanted && mnl_attr_validate (attribute, MNL_TYPE_NUL_STRING) == 0)
      return mnl_attr_get_str (attribute);
  return "";
}

/* Whether it says that something of our table goes. All kinds of messages have the table's name in their first attribute. */
static bool
takes_ours (const struct nlmsghdr *message)
{
  const struct nfgenmsg *header = mnl_nlmsg_get_payload (message);

  switch (NFNL_MSG_TYPE (message->nlmsg_type))
    {
    case NFT_MSG_DELTABLE: case NFT_MSG_DELCHAIN: case NFT_MSG_DELRULE: case NFT_MSG_DELSET: case NFT_MSG_DELSETELEM:
      return header->nfgen_family == NFPROTO_INET && strcmp (string_of (message, NFTA_TABLE_NAME), FIREWALL_TABLE) == 0;
    default:
      return false;
    }
}

static int
on_message (const struct nlmsghdr *message, void *unused)
{
  if (NFNL_SUBSYS_ID (message->nlmsg_type) != NFNL_SUBSYS_NFTABLES
      || mnl_nlmsg_get_payload_len (message) < sizeof (struct nfgenmsg))
    return MNL_CB_OK;
  watch.touched = watch.touched || takes_ours (message);
  /* The last message of each transaction, with the name of its author. */
  if (NFNL_MSG_TYPE (message->nlmsg_type) == NFT_MSG_NEWGEN)
    {
      if (watch.touched && strcmp (string_of (message, NFTA_GEN_PROC_NAME), nft_author ()) != 0)
        watch_report_lost ();
      watch.touched = false;
    }
  return MNL_CB_OK;
}

static void
on_readable (uint32_t events, void *unused)
{
  static char datagram[DATAGRAM_SIZE];

  uint64_t end = loop_now () + TURN_US;

  do
    {
      ssize_t n = recv (mnl_socket_get_fd (watch.socket), datagram, sizeof datagram, MSG_DONTWAIT | MSG_TRUNC);

      if (n < 0 && errno == ENOBUFS)
        /* More was said than fits, perhaps about us. */
        watch_report_lost ();
      else if (n < 0)
        return;
      else if (n > DATAGRAM_SIZE || mnl_cb_run (datagram, n, 0, 0, on_message, NULL) < 0)
        watch_report_lost ();
    }
  while (loop_now () < end);
}

bool
firewall_watch (void (*lost) (void), GError **error)
{
  struct mnl_socket *socket = mnl_socket_open2 (NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
  int group = NFNLGRP_NFTABLES, size = RECEIVE_BUFFER;

  if (socket == NULL)
    return fail_errno (error, VIR_FROM_FIREWALL, errno, "a socket of netfilter");
  if (mnl_socket_bind (socket, 0, MNL_SOCKET_AUTOPID) < 0
      || mnl_socket_setsockopt (socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0
      || (watch.io = io_watch_new (mnl_socket_get_fd (socket), EPOLLIN, "nftables' changes", on_readable, NULL)) == NULL)
    {
      int errnum = errno;

      mnl_socket_close (socket);
      return fail_errno (error, VIR_FROM_FIREWALL, errnum, "changes of nftables cannot be watched");
    }
  if (setsockopt (mnl_socket_get_fd (socket), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
    log_info ("the buffer for nftables' changes has its usual size: %s", g_strerror (errno));
  watch.socket = socket;
  watch.lost = lost;
  firewalld_watch (call_soon);
  return true;
}
