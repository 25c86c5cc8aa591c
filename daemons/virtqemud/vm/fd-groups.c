/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/fd-groups.h"

#include <fcntl.h>

#include "util/cleanup.h"

typedef struct
{
  char *name;
  uint64_t peer;
  int *fds;
  unsigned int n;
} FdGroup;

/* The guests that a client gave descriptors for. */
typedef struct
{
  uint64_t peer;
  GPtrArray *vms;               /* Vm, counted */
} PeerGroups;

static const char groups_key;

static void
group_free (void *data)
{
  FdGroup *group = data;

  for (unsigned int i = 0; i < group->n; i++)
    fd_clear (&group->fds[i]);
  g_free (group->fds);
  g_free (group->name);
  g_free (group);
}

static void
peer_gone (void *data)
{
  PeerGroups *groups = data;

  for (unsigned int v = 0; v < groups->vms->len; v++)
    {
      Vm *vm = groups->vms->pdata[v];

      for (unsigned int i = vm->fd_groups != NULL ? vm->fd_groups->len : 0; i-- > 0;)
        if (((FdGroup *) vm->fd_groups->pdata[i])->peer == groups->peer)
          g_ptr_array_remove_index_fast (vm->fd_groups, i);
    }
  g_ptr_array_unref (groups->vms);
  g_free (groups);
}

static void
note_peer (Vm *vm, Peer *peer)
{
  PeerGroups *groups = peer_get_data (peer, &groups_key);

  if (groups == NULL)
    {
      groups = g_new (PeerGroups, 1);
      groups->peer = peer_id (peer);
      groups->vms = g_ptr_array_new_with_free_func ((GDestroyNotify) vm_unref);
      peer_set_data (peer, &groups_key, groups, peer_gone);
    }
  g_ptr_array_remove_fast (groups->vms, vm);
  g_ptr_array_add (groups->vms, vm_ref (vm));
}

static FdGroup *
find (const Vm *vm, const char *name)
{
  for (unsigned int i = 0; vm->fd_groups != NULL && i < vm->fd_groups->len; i++)
    if (g_str_equal (((FdGroup *) vm->fd_groups->pdata[i])->name, name))
      return vm->fd_groups->pdata[i];
  return NULL;
}

void
vm_fd_group_set (Vm *vm, Peer *peer, const char *name, const int *fds, unsigned int n)
{
  FdGroup *old = find (vm, name), *group = g_new (FdGroup, 1);

  if (vm->fd_groups == NULL)
    vm->fd_groups = g_ptr_array_new_with_free_func (group_free);
  if (old != NULL)
    g_ptr_array_remove_fast (vm->fd_groups, old);
  *group = (FdGroup) { .name = g_strdup (name), .peer = peer_id (peer), .fds = g_memdup2 (fds, n * sizeof *fds), .n = n };
  g_ptr_array_add (vm->fd_groups, group);
  note_peer (vm, peer);
}

int
vm_fd_group_get (const Vm *vm, const char *name, unsigned int index)
{
  const FdGroup *group = find (vm, name);

  return group != NULL && index < group->n ? group->fds[index] : -1;
}

int
vm_fd_group_dup (const Vm *vm, const char *name, unsigned int index)
{
  int fd = vm_fd_group_get (vm, name, index);

  return fd >= 0 ? fcntl (fd, F_DUPFD_CLOEXEC, 3) : -1;
}
