/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/networks.h"

#include <string.h>

#include "driver.h"
#include "link/watch.h"
#include "model/domain/tables.h"
#include "net/port.h"
#include "net/rejoin.h"
#include "net/things.h"
#include "util/error.h"
#include "util/log.h"
#include "vm/status.h"

#define LOG_CATEGORY "qemu.net"

/* --- ports ---------------------------------------------------------------------------------------- */

/* The interface that @known is a copy of, in the live document as it is now; NULL: it is gone or plugged elsewhere. */
static DomainInterface *
find (const Vm *vm, const DomainInterface *known)
{
  for (unsigned int i = 0; vm->live != NULL && i < vm->live->interfaces.n; i++)
    {
      DomainInterface *interface = vm->live->interfaces.items[i];

      if (g_strcmp0 (interface->info.alias, known->info.alias) == 0
          && memcmp (interface->port_id, known->port_id, sizeof (known->port_id)) == 0)
        return interface;
    }
  return NULL;
}

/* The document follows, or the port goes if the interface has gone meanwhile. */
static bool
take_port (Vm *vm, DomainInterface *known, GError **error)
{
  DomainInterface *interface = find (vm, known);
  DomainInterfaceActual *before;

  if (interface == NULL)
    {
      net_port_unplug (known->network, known->port_id);
      return true;
    }
  before = interface->actual;
  interface->actual = known->actual;
  known->actual = before;
  return vm_status_save (vm, error);
}

/* @known: a copy. */
static bool
reclaim (Vm *vm, DomainInterface *known, GError **error)
{
  g_auto (JobGuard) guard = { 0 };
  NetGuest owner;

  if (!vm_job (&guard, vm, "reclaiming a network port", error))
    return false;
  if (find (vm, known) == NULL)
    return true;
  owner = net_guest_of (vm->live, driver.config);
  if (!net_port_reclaim (&owner, known, error))
    return false;
  log_info ("domain '%s': network '%s' has the port of interface '%s' again", vm->name, known->network, known->info.alias);
  return take_port (vm, known, error);
}

/* False: there is something left to be done soon. */
static bool
check_interface (Vm *vm, DomainInterface *known)
{
  g_autoptr (GError) error = NULL;
  bool later;

  if (!net_port_is_lost (known, &later))
    return !later;
  if (reclaim (vm, known, &error))
    return true;
  log_warning ("domain '%s': interface '%s' has no port in network '%s': %s", vm->name, known->info.alias, known->network,
               error->message);
  return false;
}

static bool
check_ports (Vm *vm)
{
  g_autoptr (Domain) copy = vm->live != NULL ? domain_copy (vm->live) : NULL;
  bool done = true;

  for (unsigned int i = 0; copy != NULL && i < copy->interfaces.n; i++)
    done = check_interface (vm, copy->interfaces.items[i]) && done;
  return done;
}

/* The bridge comes first: its network is not yet active then, and takes ports a moment later. */
static void
check_fiber (void *data)
{
  static const unsigned int pauses_ms[] = { 100, 200, 400, 800, 1600, 3200 };
  g_autoptr (Vm) vm = data;

  for (unsigned int i = 0; !check_ports (vm) && i < G_N_ELEMENTS (pauses_ms); i++)
    if (!fiber_sleep (pauses_ms[i], NULL))
      return;
}

static void
start_check (Vm *vm)
{
  fiber_start ("check the ports of networks", vm->name, check_fiber, vm_ref (vm));
}

static void
adopt_things (Vm *vm)
{
  g_autoptr (Domain) copy = vm->live != NULL ? domain_copy (vm->live) : NULL;
  g_autoptr (GError) error = NULL;
  NetGuest owner;

  if (copy == NULL)
    return;
  owner = net_guest_of (copy, driver.config);
  for (unsigned int i = 0; i < copy->interfaces.n; i++)
    if (!net_things_adopt (&owner, copy->interfaces.items[i], &error))
      {
        log_error ("domain '%s': %s", vm->name, error->message);
        return;
      }
}

static void
recovery_fiber (void *data)
{
  Vm *vm = data;

  adopt_things (vm);
  check_fiber (vm);
}

void
vm_networks_check (Vm *vm)
{
  if (vm->live->interfaces.n > 0)
    fiber_start ("check the ports of networks", vm->name, recovery_fiber, vm_ref (vm));
}

/* --- bridges ---------------------------------------------------------------------------------------- */

typedef struct
{
  VmList *list;
  char *bridge;
} Appearance;

static bool
is_active (const void *vm, const void *data)
{
  return vm_is_active (vm);
}

static void
rejoin_fiber (void *data)
{
  g_autofree Appearance *appearance = data;
  g_autofree char *bridge = appearance->bridge;
  g_autoptr (GPtrArray) vms = vm_list_all (appearance->list, is_active, NULL);
  g_autoptr (NetTaps) taps = net_taps_new ();

  for (unsigned int i = vms->len; i-- > 0;)
    if (net_taps_add (taps, ((Vm *) vms->pdata[i])->live, bridge) == 0)
      g_ptr_array_remove_index (vms, i);
  net_taps_rejoin (taps);
  for (unsigned int i = 0; i < vms->len; i++)
    start_check (vms->pdata[i]);
}

static void
device_appeared (VmList *list, const char *name)
{
  Appearance *appearance = g_new (Appearance, 1);

  *appearance = (Appearance) { .list = list, .bridge = g_strdup (name) };
  fiber_start ("put taps back on their bridge", name, rejoin_fiber, appearance);
}

static bool
is_named (VmList *list, const char *bridge)
{
  g_autoptr (GPtrArray) vms = vm_list_all (list, is_active, NULL);
  g_autoptr (NetTaps) taps = net_taps_new ();

  for (unsigned int i = 0; i < vms->len; i++)
    if (net_taps_add (taps, ((Vm *) vms->pdata[i])->live, bridge) > 0)
      return true;
  return false;
}

/* The devices that were told of, by name: one that changed may be another one since. */
static GHashTable *indices;

static void
on_device (LinkEvent event, const char *name, int index, void *list)
{
  int known = GPOINTER_TO_INT (g_hash_table_lookup (indices, name));

  if (event == LINK_WENT)
    {
      g_hash_table_remove (indices, name);
      return;
    }
  if (known != index)
    g_hash_table_insert (indices, g_strdup (name), GINT_TO_POINTER (index));
  if ((event == LINK_CAME || known != index) && is_named (list, name))
    device_appeared (list, name);
}

void
vm_networks_setup (VmList *list)
{
  g_autoptr (GError) error = NULL;

  indices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (link_watch_new (on_device, list, &error) == NULL)
    log_warning ("%s", error->message);
}
