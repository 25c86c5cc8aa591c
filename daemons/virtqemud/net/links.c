/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/links.h"

#include <string.h>

#include "util/cleanup.h"
#include "util/worker.h"

typedef struct
{
  char *alias;
  QemuFdKind kind;
  int fd;
} NetLink;

struct NetLinks
{
  GArray *items;                /* NetLink */
};

static void
link_clear (void *data)
{
  NetLink *link = data;

  g_free (link->alias);
  fd_clear (&link->fd);
}

NetLinks *
net_links_new (void)
{
  NetLinks *links = g_new0 (NetLinks, 1);

  links->items = g_array_new (FALSE, FALSE, sizeof (NetLink));
  g_array_set_clear_func (links->items, link_clear);
  return links;
}

void
net_links_free (NetLinks *links)
{
  if (links == NULL)
    return;
  g_array_unref (links->items);
  g_free (links);
}

void
net_links_add (NetLinks *links, const char *alias, QemuFdKind kind, int fd)
{
  NetLink link = { .alias = g_strdup (alias), .kind = kind, .fd = fd };

  g_array_append_val (links->items, link);
}

static bool
close_all (void *data, GError **error)
{
  GArray *fds = data;

  for (unsigned int i = 0; i < fds->len; i++)
    fd_clear (&g_array_index (fds, int, i));
  return true;
}

void
net_links_drop (NetLinks *links, const char *alias)
{
  g_autoptr (GArray) fds = g_array_new (FALSE, FALSE, sizeof (int));

  for (unsigned int i = links->items->len; i-- > 0;)
    {
      NetLink *link = &g_array_index (links->items, NetLink, i);

      if (alias != NULL && strcmp (link->alias, alias) != 0)
        continue;
      g_array_append_val (fds, link->fd);
      link->fd = -1;
      g_array_remove_index (links->items, i);
    }
  if (fds->len > 0)
    worker_run ("close taps", close_all, fds, NULL);
}

bool
net_is_fd (QemuFdKind kind)
{
  return kind == QEMU_FD_TAP || kind == QEMU_FD_VHOST_NET || kind == QEMU_FD_VDPA || kind == QEMU_FD_PASST;
}

int
net_links_get (const NetLinks *links, QemuFdKind kind, const DomainDeviceInfo *device, unsigned int index)
{
  for (unsigned int i = 0; links != NULL && device != NULL && i < links->items->len; i++)
    {
      const NetLink *link = &g_array_index (links->items, NetLink, i);

      if (link->kind == kind && strcmp (link->alias, device->alias) == 0 && index-- == 0)
        return link->fd;
    }
  return -1;
}
