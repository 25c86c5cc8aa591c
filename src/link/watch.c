/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/watch.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "util/error.h"
#include "util/loop.h"

#define BUFFER_SIZE 32768
/* How many reads one dispatch does at most. */
#define READS_MAX 16

struct LinkWatch
{
  struct mnl_socket *socket;
  IoWatch *io;
  GHashTable *names;            /* index -> name, owned */
  GHashTable *seen;             /* index: what a dump has told so far; NULL: none runs */
  bool begun, again;            /* it has told something; what it tells is not all */
  bool quiet;                   /* the first dump tells nothing */
  LinkFunc func;
  void *data;
};

static void
tell (LinkWatch *watch, LinkEvent event, const char *name, int index)
{
  if (!watch->quiet)
    watch->func (event, name, index, watch->data);
}

static void
forget (LinkWatch *watch, int index)
{
  g_autofree char *name = NULL;

  if (!g_hash_table_steal_extended (watch->names, GINT_TO_POINTER (index), NULL, (void **) &name))
    return;
  tell (watch, LINK_WENT, name, index);
}

static void
learn (LinkWatch *watch, int index, const char *name)
{
  const char *known = g_hash_table_lookup (watch->names, GINT_TO_POINTER (index));

  if (watch->begun)
    g_hash_table_add (watch->seen, GINT_TO_POINTER (index));
  if (known != NULL && strcmp (known, name) == 0)
    {
      tell (watch, LINK_CHANGED, name, index);
      return;
    }
  forget (watch, index);
  g_hash_table_insert (watch->names, GINT_TO_POINTER (index), g_strdup (name));
  tell (watch, LINK_CAME, name, index);
}

static void
on_link (LinkWatch *watch, const struct nlmsghdr *header)
{
  const struct ifinfomsg *info = mnl_nlmsg_get_payload (header);
  const struct nlattr *attribute;

  /* Bridges tell of their ports in messages of their own family. */
  if (info->ifi_family != AF_UNSPEC)
    return;
  if (header->nlmsg_type == RTM_DELLINK)
    {
      forget (watch, info->ifi_index);
      return;
    }
  mnl_attr_for_each (attribute, header, sizeof (*info))
    if (mnl_attr_get_type (attribute) == IFLA_IFNAME && mnl_attr_validate (attribute, MNL_TYPE_NUL_STRING) >= 0)
      learn (watch, info->ifi_index, mnl_attr_get_str (attribute));
}

/* Asks for all devices; a dump that runs is followed by another. */
static bool
ask_for_all (LinkWatch *watch)
{
  char room[256] = { 0 };
  struct nlmsghdr *header = mnl_nlmsg_put_header (room);
  struct ifinfomsg *info;

  watch->again = watch->seen != NULL;
  if (watch->again)
    return true;
  header->nlmsg_type = RTM_GETLINK;
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  header->nlmsg_seq = 1;
  info = mnl_nlmsg_put_extra_header (header, sizeof (*info));
  info->ifi_family = AF_UNSPEC;
  watch->seen = g_hash_table_new (NULL, NULL);
  watch->begun = false;
  return mnl_socket_sendto (watch->socket, header, header->nlmsg_len) >= 0;
}

/* What neither the dump told of nor came meanwhile is not there. */
static void
end_dump (LinkWatch *watch)
{
  g_autoptr (GHashTable) seen = g_steal_pointer (&watch->seen);
  g_autoptr (GList) known = g_hash_table_get_keys (watch->names);

  watch->begun = false;
  if (seen == NULL)
    return;
  if (watch->again)
    {
      ask_for_all (watch);
      return;
    }
  for (GList *item = known; item != NULL; item = item->next)
    if (!g_hash_table_contains (seen, item->data))
      forget (watch, GPOINTER_TO_INT (item->data));
}

/* Reads once; false: there is no more now. */
static bool
take_some (LinkWatch *watch, int flags)
{
  g_autofree char *buffer = g_malloc (BUFFER_SIZE);
  ssize_t n = recv (mnl_socket_get_fd (watch->socket), buffer, BUFFER_SIZE, flags);
  int left = (int) n;

  /* More came than the socket could hold: what is lost is asked for. */
  if (n < 0 && errno == ENOBUFS)
    return ask_for_all (watch);
  for (const struct nlmsghdr *header = (const void *) buffer; n > 0 && mnl_nlmsg_ok (header, left);
       header = mnl_nlmsg_next (header, &left))
    {
      watch->again |= (header->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      /* What came before it is older. */
      watch->begun |= watch->seen != NULL && (header->nlmsg_flags & NLM_F_MULTI) != 0;
      if (header->nlmsg_type == RTM_NEWLINK || header->nlmsg_type == RTM_DELLINK)
        on_link (watch, header);
      else if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
        end_dump (watch);
    }
  return n > 0 || (n < 0 && errno == EINTR);
}

static void
on_readable (uint32_t events, void *data)
{
  for (int i = 0; i < READS_MAX && take_some (data, MSG_DONTWAIT); i++)
    continue;
}

LinkWatch *
link_watch_new (LinkFunc func, void *data, GError **error)
{
  g_autoptr (LinkWatch) watch = g_new0 (LinkWatch, 1);

  watch->names = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  watch->func = func;
  watch->data = data;
  watch->quiet = true;
  watch->socket = mnl_socket_open2 (NETLINK_ROUTE, SOCK_CLOEXEC);
  if (watch->socket == NULL || mnl_socket_bind (watch->socket, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0 || !ask_for_all (watch))
    return fail_errno_null (error, VIR_FROM_NONE, errno, "cannot watch the host's network devices");
  while (watch->seen != NULL && take_some (watch, 0))
    continue;
  watch->quiet = false;
  watch->io = io_watch_new (mnl_socket_get_fd (watch->socket), EPOLLIN, "network devices", on_readable, watch);
  if (watch->io == NULL)
    return fail_errno_null (error, VIR_FROM_NONE, errno, "cannot watch the host's network devices");
  return g_steal_pointer (&watch);
}

void
link_watch_free (LinkWatch *watch)
{
  if (watch == NULL)
    return;
  io_watch_free (watch->io);
  if (watch->socket != NULL)
    mnl_socket_close (watch->socket);
  g_clear_pointer (&watch->names, g_hash_table_unref);
  g_clear_pointer (&watch->seen, g_hash_table_unref);
  g_free (watch);
}
