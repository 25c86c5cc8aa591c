/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/config.h"

#include <string.h>

#include "qemu/platform.h"
#include "util/error.h"
#include "vm/store.h"

/* The kinds of devices that come and go in definitions. */
static const struct
{
  const char *element;
  bool can_change;
  bool is_single;               /* no guest has two, though its document has room */
  virErrorNumber missing;       /* what stock says of one that is not there; 0: as where a guest runs */
} kinds[] = {
  { "disk", true, false, 0 }, { "interface", true, false, 0 }, { "memory", true, false, 0 },
  { "rng", false, false, 0 }, { "watchdog", false, true, 0 }, { "controller", false, false, 0 }, { "sound", false, false, 0 },
  { "input", false, false, 0 }, { "shmem", false, false, 0 }, { "filesystem", false, false, 0 },
  { "redirdev", false, false, VIR_ERR_DEVICE_MISSING }, { "lease", false, false, 0 }, { "hostdev", false, false, 0 },
  { "serial", false, false, VIR_ERR_INVALID_ARG }, { "parallel", false, false, VIR_ERR_INVALID_ARG },
  { "console", false, false, VIR_ERR_INVALID_ARG }, { "channel", false, false, VIR_ERR_INVALID_ARG },
  { "vsock", false, true, VIR_ERR_OPERATION_FAILED }, { "crypto", false, false, 0 },
};

static int
find_kind (const char *element)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].element, element) == 0)
      return (int) i;
  return -1;
}

/* @what: "attached to"... A console that is a serial port comes and goes with that. */
static bool
check_kind (const DomainDevice *device, const char *what, virErrorNumber of_console, GError **error)
{
  const DomainChardev *console = (const DomainChardev *) (const void *) device->info;

  if (find_kind (device->element) < 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "a <%s> cannot be %s a definition", device->element, what);
  if (strcmp (device->element, "console") == 0
      && (console->target == CHARDEV_TARGET_ABSENT || console->target == CHARDEV_TARGET_SERIAL))
    return fail (error, VIR_FROM_QEMU, of_console, "a console that is a serial port cannot be %s a definition", what);
  return true;
}

static bool
find (const Domain *config, const DomainDevice *device, virErrorNumber missing, DomainDevice *ret, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (domain_device_find (config, device, ret, &local))
    return true;
  if (virt_error_code (local) == VIR_ERR_OPERATION_FAILED || missing == 0)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  return fail (error, VIR_FROM_QEMU, missing, "%s", local->message);
}

Domain *
vm_config_attach (const Domain *config, DomainDevice *device, GError **error)
{
  g_auto (DomainDevice) owned = *device;
  g_autoptr (Domain) changed = domain_copy (config);
  DomainDevice other;

  *device = (DomainDevice) { 0 };
  if (!check_kind (&owned, "attached to", VIR_ERR_OPERATION_UNSUPPORTED, error)
      || !domain_device_check_new (config, &owned, error))
    return NULL;
  if (kinds[find_kind (owned.element)].is_single && domain_device_nth (config, owned.element, 0, &other))
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "the domain has a %s already", owned.element);
  if (!domain_device_insert (changed, &owned, error) || !qemu_complete_domain (changed, true, error))
    return NULL;
  return g_steal_pointer (&changed);
}

Domain *
vm_config_detach (const Domain *config, DomainDevice *device, GError **error)
{
  g_auto (DomainDevice) owned = *device;
  g_autoptr (Domain) changed = domain_copy (config);
  g_auto (DomainDevice) gone = { 0 };
  DomainDevice found;

  *device = (DomainDevice) { 0 };
  if (!check_kind (&owned, "detached from", VIR_ERR_OPERATION_INVALID, error)
      || !find (changed, &owned, kinds[find_kind (owned.element)].missing, &found, error))
    return NULL;
  gone = domain_device_steal (changed, found.info);
  return qemu_complete_domain (changed, true, error) ? g_steal_pointer (&changed) : NULL;
}

/* What a new version of a device does not say stays: where it sits, and its name. */
static void
keep_place (DomainDeviceInfo *wanted, const DomainDeviceInfo *there)
{
  if (wanted->address.type == ADDRESS_TYPE_ABSENT)
    wanted->address = there->address;
  if (wanted->alias == NULL)
    wanted->alias = g_strdup (there->alias);
}

Domain *
vm_config_update (const Domain *config, DomainDevice *device, GError **error)
{
  g_auto (DomainDevice) owned = *device;
  g_autoptr (Domain) changed = domain_copy (config);
  g_auto (DomainDevice) gone = { 0 };
  bool is_graphics = strcmp (owned.element, "graphics") == 0;
  int kind = find_kind (owned.element);
  DomainDevice found;

  *device = (DomainDevice) { 0 };
  if (!is_graphics && (kind < 0 || !kinds[kind].can_change))
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "a <%s> cannot be changed in a definition",
                      owned.element);
  if (!find (changed, &owned, strcmp (owned.element, "interface") == 0 ? 0 : VIR_ERR_INVALID_ARG, &found, error))
    return NULL;
  keep_place (owned.info, found.info);
  gone = domain_device_steal (changed, found.info);
  if (!domain_device_insert (changed, &owned, error) || !qemu_complete_domain (changed, true, error))
    return NULL;
  return g_steal_pointer (&changed);
}

bool
vm_config_replace (Vm *vm, Domain **config, GError **error)
{
  if (!vm_store_save (*config, error))
    return false;
  domain_free (vm->config);
  vm->config = g_steal_pointer (config);
  return true;
}
