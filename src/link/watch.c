/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/watch.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "link/rtnl.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/worker.h"

#define LOG_CATEGORY "link.watch"
#define BUFFER_SIZE 32768
/* For some hundred messages while the loop does something else. */
#define SOCKET_SIZE (1 << 20)
/* How many reads one dispatch does at most. */
#define READS_MAX 16

struct LinkWatch
{
  struct mnl_socket *socket;
  IoWatch *io;
  GHashTable *names;            /* index -> name, owned */
  GHashTable *touched;          /* index: what was told while all are read anew; NULL: they are not */
  bool lost;                    /* something was, since all were read */
  bool drained;                 /* nothing older is in the socket */
  bool freed;                   /* by its owner; the fiber that reads has it still */
  LinkFunc func;
  void *data;
};

/* --- what is known -------------------------------------------------------------------------------- */

static void
forget (LinkWatch *watch, int index)
{
  g_autofree char *name = NULL;

  if (g_hash_table_steal_extended (watch->names, GINT_TO_POINTER (index), NULL, (void **) &name))
    watch->func (LINK_WENT, name, index, watch->data);
}

/* @changed: there is something to tell of a device that is known. */
static void
learn (LinkWatch *watch, int index, const char *name, bool changed)
{
  const char *known = g_hash_table_lookup (watch->names, GINT_TO_POINTER (index));

  if (known != NULL && strcmp (known, name) == 0)
    {
      if (changed)
        watch->func (LINK_CHANGED, name, index, watch->data);
      return;
    }
  forget (watch, index);
  g_hash_table_insert (watch->names, GINT_TO_POINTER (index), g_strdup (name));
  watch->func (LINK_CAME, name, index, watch->data);
}

static void
on_link (LinkWatch *watch, const struct nlmsghdr *header)
{
  const struct ifinfomsg *info = mnl_nlmsg_get_payload (header);
  const struct nlattr *attribute;

  /* Bridges tell of their ports in messages of their own family. */
  if (info->ifi_family != AF_UNSPEC)
    return;
  if (watch->touched != NULL)
    g_hash_table_add (watch->touched, GINT_TO_POINTER (info->ifi_index));
  if (header->nlmsg_type == RTM_DELLINK)
    {
      forget (watch, info->ifi_index);
      return;
    }
  mnl_attr_for_each (attribute, header, sizeof (*info))
    if (mnl_attr_get_type (attribute) == IFLA_IFNAME && mnl_attr_validate (attribute, MNL_TYPE_NUL_STRING) >= 0)
      learn (watch, info->ifi_index, mnl_attr_get_str (attribute), true);
}

/* Reads once; false: there is no more now. */
static bool
take_some (LinkWatch *watch)
{
  g_autofree char *buffer = g_malloc (BUFFER_SIZE);
  ssize_t n = recv (mnl_socket_get_fd (watch->socket), buffer, BUFFER_SIZE, MSG_DONTWAIT);
  int left = (int) n;

  /* More came than the socket could hold. */
  if (n < 0 && errno == ENOBUFS)
    return watch->lost = true;
  for (const struct nlmsghdr *header = (const void *) buffer; n > 0 && mnl_nlmsg_ok (header, left);
       header = mnl_nlmsg_next (header, &left))
    if (header->nlmsg_type == RTM_NEWLINK || header->nlmsg_type == RTM_DELLINK)
      on_link (watch, header);
  return n > 0 || (n < 0 && errno == EINTR);
}

/* --- all of them ------------------------------------------------------------------------------------ */

static bool
work_names (void *data, GError **error)
{
  g_autoptr (Rtnl) rtnl = rtnl_open (error);
  GArray **ret = data;

  *ret = rtnl != NULL ? rtnl_names (rtnl, error) : NULL;
  return *ret != NULL;
}

static void
release (LinkWatch *watch)
{
  g_clear_pointer (&watch->io, io_watch_free);
  if (watch->socket != NULL)
    mnl_socket_close (watch->socket);
  g_clear_pointer (&watch->names, g_hash_table_unref);
  g_clear_pointer (&watch->touched, g_hash_table_unref);
  g_free (watch);
}

/* What was told while @all were read is newer than these. */
static void
compare (LinkWatch *watch, const GArray *all)
{
  g_autoptr (GHashTable) there = g_hash_table_new (NULL, NULL), touched = g_steal_pointer (&watch->touched);
  g_autoptr (GList) known = g_hash_table_get_keys (watch->names);

  for (unsigned int i = 0; i < all->len; i++)
    {
      const RtnlName *name = &g_array_index (all, RtnlName, i);

      g_hash_table_add (there, GINT_TO_POINTER (name->index));
      if (!g_hash_table_contains (touched, GINT_TO_POINTER (name->index)))
        learn (watch, name->index, name->name, false);
    }
  for (GList *item = known; item != NULL; item = item->next)
    if (!g_hash_table_contains (there, item->data) && !g_hash_table_contains (touched, item->data))
      forget (watch, GPOINTER_TO_INT (item->data));
}

static void
read_anew (void *data)
{
  LinkWatch *watch = data;

  do
    {
      g_autoptr (GArray) all = NULL;
      g_autoptr (GError) error = NULL;

      watch->lost = false;
      g_hash_table_remove_all (watch->touched);
      if (!worker_run ("read network devices", work_names, &all, &error))
        log_warning ("%s", error->message);
      if (!watch->freed && !watch->lost && all != NULL)
        compare (watch, all);
    }
  while (!watch->freed && watch->lost && watch->drained);
  g_clear_pointer (&watch->touched, g_hash_table_unref);
  if (watch->freed)
    release (watch);
}

/* --- events -------------------------------------------------------------------------------------------- */

static void
on_readable (uint32_t events, void *data)
{
  LinkWatch *watch = data;

  watch->drained = false;
  for (int i = 0; i < READS_MAX && !watch->drained; i++)
    watch->drained = !take_some (watch);
  if (!watch->lost || !watch->drained || watch->touched != NULL)
    return;
  watch->touched = g_hash_table_new (NULL, NULL);
  fiber_start ("read network devices", "", read_anew, watch);
}

LinkWatch *
link_watch_new (LinkFunc func, void *data, GError **error)
{
  g_autoptr (LinkWatch) watch = g_new0 (LinkWatch, 1);
  g_autoptr (GArray) all = NULL;
  int size = SOCKET_SIZE;

  watch->names = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  watch->func = func;
  watch->data = data;
  watch->socket = mnl_socket_open2 (NETLINK_ROUTE, SOCK_CLOEXEC);
  if (watch->socket == NULL || mnl_socket_bind (watch->socket, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0)
    return fail_errno_null (error, VIR_FROM_NONE, errno, "cannot watch the host's network devices");
  if (setsockopt (mnl_socket_get_fd (watch->socket), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof (size)) != 0)
    setsockopt (mnl_socket_get_fd (watch->socket), SOL_SOCKET, SO_RCVBUF, &size, sizeof (size));
  if (!worker_run ("read network devices", work_names, &all, error))
    return NULL;
  for (unsigned int i = 0; i < all->len; i++)
    g_hash_table_insert (watch->names, GINT_TO_POINTER (g_array_index (all, RtnlName, i).index),
                         g_strdup (g_array_index (all, RtnlName, i).name));
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
  g_clear_pointer (&watch->io, io_watch_free);
  watch->freed = true;
  if (watch->touched == NULL)
    release (watch);
}
