/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The descriptor store. */
#include "store.h"

#include <linux/kcmp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/loop.h"

static void
stored_fd_free (void *data)
{
  StoredFd *stored = data;

  sd_event_source_disable_unref (stored->hangup);
  close (stored->fd);
  g_free (stored->name);
  g_free (stored);
}

void
store_init (FdStore *store, unsigned int limit)
{
  store->entries = g_ptr_array_new_with_free_func (stored_fd_free);
  store->limit = limit;
}

void
store_clear (FdStore *store)
{
  g_clear_pointer (&store->entries, g_ptr_array_unref);
}

static bool
same_file (int first, int second)
{
  return syscall (SYS_kcmp, getpid (), getpid (), KCMP_FILE, first, second) == 0;
}

static int
on_hangup (sd_event_source *source, int fd, uint32_t events, void *data)
{
  FdStore *store = data;

  for (unsigned int i = 0; i < store->entries->len; i++)
    {
      StoredFd *stored = g_ptr_array_index (store->entries, i);

      if (stored->fd == fd)
        {
          g_ptr_array_remove_index (store->entries, i);
          break;
        }
    }
  return 0;
}

void
store_add (FdStore *store, const char *name, int fd, bool poll)
{
  StoredFd *stored;

  for (unsigned int i = 0; i < store->entries->len; i++)
    if (same_file (((StoredFd *) g_ptr_array_index (store->entries, i))->fd, fd))
      {
        close (fd);
        return;
      }
  if (store->entries->len >= store->limit)
    {
      close (fd);
      return;
    }
  stored = g_new0 (StoredFd, 1);
  stored->name = g_strdup (name);
  stored->fd = fd;
  stored->poll = poll;
  g_ptr_array_add (store->entries, stored);
  /* Files cannot be polled, which is no error: they never hang up. */
  if (poll && sd_event_add_io (loop_event (), &stored->hangup, fd, 0, on_hangup, store) >= 0)
    sd_event_source_set_description (stored->hangup, "stored descriptor");
}

void
store_remove (FdStore *store, const char *name)
{
  for (unsigned int i = store->entries->len; i > 0; i--)
    if (strcmp (((StoredFd *) g_ptr_array_index (store->entries, i - 1))->name, name) == 0)
      g_ptr_array_remove_index (store->entries, i - 1);
}
