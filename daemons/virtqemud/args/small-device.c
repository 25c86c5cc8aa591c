/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watchdog, balloon, random numbers, panic. */
#include "args/private.h"

bool
build_watchdog (Builder *b, const DomainWatchdog *watchdog, GError **error)
{
  const char *model = xml_enum_name (&watchdog_model_names, watchdog->model);
  g_autoptr (json_t) device = NULL;

  if (watchdog->model == WATCHDOG_MODEL_ITCO)   /* part of the chipset */
    {
      add_option (b, "-global", "ICH9-LPC.noreboot=off");
      return true;
    }
  if (!need_type (b, model, watchdog->info.alias, error))
    return false;
  device = device_new (model);
  set_string (device, "id", watchdog->info.alias);
  if (!set_address (b, device, &watchdog->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}

bool
build_watchdog_action (Builder *b, GError **error)
{
  DomainWatchdogAction action;

  if (b->domain->watchdogs.n == 0)
    return true;
  action = b->domain->watchdogs.items[0]->action;
  /* A dump is ours to make: QEMU holds the guest still for it. */
  add_option (b, "-watchdog-action", "%s", action == WATCHDOG_ACTION_DUMP ? "pause"
              : xml_enum_name (&watchdog_action_names, action) ?: "reset");
  return true;
}

bool
build_balloon (Builder *b, const DomainMemballoon *balloon, GError **error)
{
  g_autofree char *driver = NULL;
  g_autoptr (json_t) device = NULL;

  if (balloon->model == BALLOON_MODEL_NONE || balloon->model == BALLOON_MODEL_ABSENT)
    return true;
  driver = virtio_driver (b, "balloon", &balloon->info, balloon->model == BALLOON_MODEL_VIRTIO_TRANSITIONAL,
                          balloon->model == BALLOON_MODEL_VIRTIO_NON_TRANSITIONAL, error);
  if (driver == NULL)
    return false;
  device = device_new (driver);
  set_virtio (device, &balloon->virtio);
  set_string (device, "id", balloon->info.alias);
  set_tristate (device, "deflate-on-oom", balloon->autodeflate);
  set_tristate (device, "free-page-reporting", balloon->free_page_reporting);
  if (!set_address (b, device, &balloon->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}

static bool
build_rng_backend (Builder *b, const DomainRng *rng, GError **error)
{
  g_autoptr (json_t) object = NULL;

  switch (rng->backend)
    {
    case RNG_BACKEND_RANDOM:
      object = object_new ("rng-random", "obj", rng->info.alias);
      set_string (object, "filename", rng->path ?: "/dev/urandom");
      break;
    case RNG_BACKEND_BUILTIN:
      object = object_new ("rng-builtin", "obj", rng->info.alias);
      break;
    case RNG_BACKEND_EGD:
      if (!build_chardev (b, &rng->source, &rng->info, error))
        return false;
      object = object_new ("rng-egd", "obj", rng->info.alias);
      set_format (object, "chardev", "char%s", rng->info.alias);
      break;
    default:
      return unsupported (error, "random number device '%s' has no backend", rng->info.alias);
    }
  if (!need_type (b, json_string_value (json_object_get (object, "qom-type")), rng->info.alias, error))
    return false;
  add_part (b, QEMU_OBJECT, g_steal_pointer (&object));
  return true;
}

bool
build_rng (Builder *b, const DomainRng *rng, GError **error)
{
  g_autofree char *driver = virtio_driver (b, "rng", &rng->info, rng->model == VIRTIO_MODEL_TRANSITIONAL,
                                           rng->model == VIRTIO_MODEL_NON_TRANSITIONAL, error);
  g_autoptr (json_t) device = NULL;

  if (driver == NULL || !build_rng_backend (b, rng, error))
    return false;
  device = device_new (driver);
  set_virtio (device, &rng->virtio);
  set_format (device, "rng", "obj%s", rng->info.alias);
  set_string (device, "id", rng->info.alias);
  set_uint (device, "max-bytes", rng->rate_bytes);
  if (rng->rate_bytes != 0)
    set_int (device, "period", rng->rate_period != 0 ? rng->rate_period : 1000);
  if (!set_address (b, device, &rng->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}

bool
build_panic (Builder *b, const DomainPanic *panic, GError **error)
{
  bool on_pci = panic->model == PANIC_MODEL_PVPANIC;
  g_autoptr (json_t) device = NULL;

  switch (panic->model)
    {
    case PANIC_MODEL_HYPERV:    /* a feature of the processor */
    case PANIC_MODEL_PSERIES:   /* of the machine */
    case PANIC_MODEL_S390:
      return true;
    default:
      break;
    }
  if (!need_type (b, on_pci ? "pvpanic-pci" : "pvpanic", "the panic device", error))
    return false;
  device = device_new (on_pci ? "pvpanic-pci" : "pvpanic");
  if (on_pci)
    set_string (device, "id", panic->info.alias);
  if (on_pci && !set_address (b, device, &panic->info, error))
    return false;
  if (panic->info.address.type == ADDRESS_TYPE_ISA)
    set_uint (device, "ioport", panic->info.address.isa.iobase);
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}
