/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/autodestroy.h"

#include "util/error.h"
#include "util/log.h"
#include "vm/lifecycle.h"

#define LOG_CATEGORY "qemu.autodestroy"

/* The guests of one client: kept with the peer, and freed when it goes. */
typedef struct
{
  uint64_t peer;
  GPtrArray *vms;               /* Vm, counted */
} PeerGuests;

static const char guests_key;

static void
destroy (void *data)
{
  g_autoptr (Vm) vm = data;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;

  if (!vm_job (&guard, vm, "autodestroy", &error)
      || (vm_is_active (vm) && vm->autodestroy_peer != 0 && !vm_stop (vm, VM_END_DESTROYED, false, &error)))
    log_warning ("autodestroy of domain '%s': %s", vm->name, error->message);
}

void
vm_autodestroy_begin (Vm *vm)
{
  fiber_start ("autodestroy", vm->name, destroy, vm_ref (vm));
}

static void
peer_gone (void *data)
{
  PeerGuests *guests = data;

  for (unsigned int i = 0; i < guests->vms->len; i++)
    {
      Vm *vm = guests->vms->pdata[i];

      if (vm->autodestroy_peer == guests->peer)
        vm_autodestroy_begin (vm);
    }
  g_ptr_array_unref (guests->vms);
  g_free (guests);
}

void
vm_autodestroy_add (Vm *vm, Peer *peer)
{
  PeerGuests *guests = peer_get_data (peer, &guests_key);

  if (guests == NULL)
    {
      guests = g_new (PeerGuests, 1);
      guests->peer = peer_id (peer);
      guests->vms = g_ptr_array_new_with_free_func ((GDestroyNotify) vm_unref);
      peer_set_data (peer, &guests_key, guests, peer_gone);
    }
  vm->autodestroy_peer = guests->peer;
  g_ptr_array_remove_fast (guests->vms, vm);
  g_ptr_array_add (guests->vms, vm_ref (vm));
}

void
vm_autodestroy_forget (Vm *vm)
{
  vm->autodestroy_peer = 0;
}
