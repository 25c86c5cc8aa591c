/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Controllers, interfaces and the smaller devices. */
#include "args/private.h"

#include <string.h>

#include "util/error.h"

/* --- controllers -------------------------------------------------------------------- */

static const struct { DomainControllerModel model; const char *driver; } usb_drivers[] = {
  { CONTROLLER_MODEL_PIIX3_UHCI, "piix3-usb-uhci" }, { CONTROLLER_MODEL_PIIX4_UHCI, "piix4-usb-uhci" },
  { CONTROLLER_MODEL_EHCI, "usb-ehci" }, { CONTROLLER_MODEL_ICH9_EHCI1, "ich9-usb-ehci1" },
  { CONTROLLER_MODEL_ICH9_UHCI1, "ich9-usb-uhci1" }, { CONTROLLER_MODEL_ICH9_UHCI2, "ich9-usb-uhci2" },
  { CONTROLLER_MODEL_ICH9_UHCI3, "ich9-usb-uhci3" }, { CONTROLLER_MODEL_VT82C686B_UHCI, "vt82c686b-usb-uhci" },
  { CONTROLLER_MODEL_PCI_OHCI, "pci-ohci" }, { CONTROLLER_MODEL_NEC_XHCI, "nec-usb-xhci" },
  { CONTROLLER_MODEL_QEMU_XHCI, "qemu-xhci" },
}, scsi_drivers[] = {
  { CONTROLLER_MODEL_LSILOGIC, "lsi" }, { CONTROLLER_MODEL_LSISAS1068, "mptsas1068" },
  { CONTROLLER_MODEL_LSISAS1078, "megasas" }, { CONTROLLER_MODEL_VMPVSCSI, "pvscsi" },
  { CONTROLLER_MODEL_AM53C974, "am53c974" }, { CONTROLLER_MODEL_DC390, "dc390" },
  { CONTROLLER_MODEL_NCR53C90, NULL },
};

static const char *
usb_driver (DomainControllerModel model)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (usb_drivers); i++)
    if (usb_drivers[i].model == model)
      return usb_drivers[i].driver;
  return "piix3-usb-uhci";
}

static json_t *
usb_controller (const Builder *b, const DomainController *controller, GError **error)
{
  const char *driver = usb_driver (controller->model);
  g_autoptr (json_t) device = device_new (driver);

  if (!need_type (b, driver, controller->info.alias, error))
    return NULL;
  if (controller->ports >= 0)
    {
      if (controller->model != CONTROLLER_MODEL_NEC_XHCI && controller->model != CONTROLLER_MODEL_QEMU_XHCI)
        {
          unsupported (error, "USB controller '%s' cannot have a number of ports", controller->info.alias);
          return NULL;
        }
      set_int (device, "p2", controller->ports);
      set_int (device, "p3", controller->ports);
    }
  if (controller->master_startport >= 0)
    {
      const char *master = controller_alias (b, CONTROLLER_TYPE_USB, (unsigned int) controller->index);

      set_format (device, "masterbus", "%s.0", master);
      set_int (device, "firstport", controller->master_startport);
    }
  else
    set_string (device, "id", controller->info.alias);
  return g_steal_pointer (&device);
}

static json_t *
scsi_controller (const Builder *b, const DomainController *controller, GError **error)
{
  g_autofree char *virtio = NULL;
  const char *driver = NULL;
  json_t *device;
  bool transitional = controller->model == CONTROLLER_MODEL_VIRTIO_TRANSITIONAL;
  bool modern = controller->model == CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL;

  for (unsigned int i = 0; i < G_N_ELEMENTS (scsi_drivers); i++)
    if (scsi_drivers[i].model == controller->model)
      driver = scsi_drivers[i].driver;
  if (controller->model == CONTROLLER_MODEL_VIRTIO_SCSI || transitional || modern)
    {
      driver = virtio = virtio_driver (b, "scsi", &controller->info, transitional, modern, error);
      if (driver == NULL)
        return NULL;
    }
  if (driver == NULL)
    {
      unsupported (error, "SCSI controller '%s' of model '%s' is not supported", controller->info.alias,
                   xml_enum_name (&controller_model_names, controller->model) ?: "default");
      return NULL;
    }
  if (!need_type (b, driver, controller->info.alias, error))
    return NULL;
  device = device_new (driver);
  set_virtio (device, &controller->driver.virtio);
  if (controller->driver.iothread != 0)
    set_format (device, "iothread", "iothread%u", controller->driver.iothread);
  set_string (device, "id", controller->info.alias);
  set_uint (device, "num_queues", controller->driver.queues);
  set_uint (device, "cmd_per_lun", controller->driver.cmd_per_lun);
  set_uint (device, "max_sectors", controller->driver.max_sectors);
  set_tristate (device, "ioeventfd", controller->driver.ioeventfd);
  return device;
}

/* The bridges that hang on another bus than the first. */
static json_t *
pci_controller (const Builder *b, const DomainController *controller, GError **error)
{
  const char *driver = xml_enum_name (&pci_model_name_names, controller->pci.model_name);
  json_t *device;

  if (driver == NULL)
    {
      unsupported (error, "PCI controller %d has no QEMU device model", controller->index);
      return NULL;
    }
  if (!need_type (b, driver, controller->info.alias, error))
    return NULL;
  device = device_new (driver);
  set_known (device, "port", (int) controller->pci.port);
  set_known (device, "chassis_nr", controller->pci.chassis_nr);
  set_known (device, "chassis", controller->pci.chassis);
  set_known (device, "bus_nr", controller->pci.bus_nr);
  set_string (device, "id", controller->info.alias);
  set_known (device, "numa_node", controller->pci.node);
  set_tristate (device, "hotplug", controller->pci.hotplug);
  return device;
}

static json_t *
virtio_serial_controller (const Builder *b, const DomainController *controller, GError **error)
{
  g_autofree char *driver
    = virtio_driver (b, "serial", &controller->info, controller->model == CONTROLLER_MODEL_VIRTIO_TRANSITIONAL,
                     controller->model == CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL, error);
  json_t *device;

  if (driver == NULL)
    return NULL;
  device = device_new (driver);
  set_virtio (device, &controller->driver.virtio);
  set_string (device, "id", controller->info.alias);
  set_known (device, "max_ports", controller->ports);
  set_known (device, "vectors", controller->vectors);
  return device;
}

/* What the machine brings along, and what has no device of its own. */
static bool
controller_is_implied (const Builder *b, const DomainController *controller)
{
  switch (controller->type)
    {
    case CONTROLLER_TYPE_IDE:
    case CONTROLLER_TYPE_FDC:
      return controller->index == 0;
    case CONTROLLER_TYPE_SATA:
      return controller->index == 0 && domain_is_q35 (b->domain);
    case CONTROLLER_TYPE_PCI:
      return controller->model == CONTROLLER_MODEL_PCI_ROOT || controller->model == CONTROLLER_MODEL_PCIE_ROOT;
    case CONTROLLER_TYPE_USB:
      return controller->model == CONTROLLER_MODEL_NONE;
    default:
      return false;
    }
}

static json_t *
controller_device (const Builder *b, const DomainController *controller, GError **error)
{
  json_t *device;

  switch (controller->type)
    {
    case CONTROLLER_TYPE_USB: return usb_controller (b, controller, error);
    case CONTROLLER_TYPE_SCSI: return scsi_controller (b, controller, error);
    case CONTROLLER_TYPE_PCI: return pci_controller (b, controller, error);
    case CONTROLLER_TYPE_VIRTIO_SERIAL: return virtio_serial_controller (b, controller, error);
    case CONTROLLER_TYPE_SATA:
    case CONTROLLER_TYPE_CCID:
      device = device_new (controller->type == CONTROLLER_TYPE_SATA ? "ahci" : "usb-ccid");
      set_string (device, "id", controller->info.alias);
      return device;
    default:
      unsupported (error, "a further controller of type '%s' is not supported",
                   xml_enum_name (&controller_type_names, controller->type));
      return NULL;
    }
}

/* PCI bridges come first, in the order of their indexes, then the rest by kind: what a device hangs on
 * must be there before it. */
static const DomainControllerType controller_order[] = {
  CONTROLLER_TYPE_PCI, CONTROLLER_TYPE_USB, CONTROLLER_TYPE_SCSI, CONTROLLER_TYPE_IDE, CONTROLLER_TYPE_SATA,
  CONTROLLER_TYPE_VIRTIO_SERIAL, CONTROLLER_TYPE_CCID, CONTROLLER_TYPE_NVME,
};

static bool
build_controller (Builder *b, const DomainController *controller, GError **error)
{
  json_t *device;

  if (controller->type == CONTROLLER_TYPE_PCI && controller->pci.hole64 != UINT64_MAX
      && controller_is_implied (b, controller))
    add_option (b, "-global", "%s.pci-hole64-size=%" G_GUINT64_FORMAT "K",
                controller->model == CONTROLLER_MODEL_PCIE_ROOT ? "q35-pcihost" : "i440FX-pcihost",
                controller->pci.hole64);
  if (controller->model == CONTROLLER_MODEL_PCI_ROOT && controller->pci.hotplug != TRI_ABSENT)
    add_option (b, "-global", "PIIX4_PM.acpi-root-pci-hotplug=%s", controller->pci.hotplug == TRI_YES ? "on" : "off");
  if (controller_is_implied (b, controller))
    return true;
  device = controller_device (b, controller, error);
  if (device == NULL)
    return false;
  if (!set_address (b, device, &controller->info, error))
    {
      json_decref (device);
      return false;
    }
  add_part (b, QEMU_DEVICE, device);
  return true;
}

/* The floppy controller is part of an i440fx machine, a device of its own on q35. */
static void
build_floppy_controller (Builder *b)
{
  unsigned int by_kind = b->boot_floppy;
  bool any = false, q35 = domain_is_q35 (b->domain);
  json_t *device = device_new ("isa-fdc");

  for (unsigned int i = 0; i < b->domain->disks.n; i++)
    {
      const DomainDisk *disk = b->domain->disks.items[i];
      char letter = disk->info.address.drive.unit == 0 ? 'A' : 'B';
      char key[] = "bootindexA";
      unsigned int index;

      if (disk->target.bus != DISK_BUS_FDC)
        continue;
      any = true;
      index = boot_index (&disk->info, &by_kind);
      key[strlen (key) - 1] = letter;
      if (q35)
        set_uint (device, key, index);
      else if (index != 0)
        add_option (b, "-global", "isa-fdc.%s=%u", key, index);
    }
  if (any && q35)
    add_part (b, QEMU_DEVICE, device);
  else
    json_decref (device);
}

bool
build_controllers (Builder *b, GError **error)
{
  for (unsigned int k = 0; k < G_N_ELEMENTS (controller_order); k++)
    for (unsigned int i = 0; i < b->domain->controllers.n; i++)
      {
        const DomainController *controller = b->domain->controllers.items[i];

        if (controller->type == controller_order[k] && !build_controller (b, controller, error))
          return false;
      }
  build_floppy_controller (b);
  return true;
}

/* --- interfaces ------------------------------------------------------------------------- */

/* The model of the document and QEMU's driver; others are QEMU's names already. */
static json_t *
interface_device (Builder *b, const DomainInterface *interface, GError **error)
{
  const char *model = interface->model ?: "rtl8139";
  const uint8_t *mac = interface->mac;
  g_autofree char *virtio = NULL;
  g_autoptr (json_t) device = NULL;

  if (g_str_has_prefix (model, "virtio"))
    {
      virtio = virtio_driver (b, "net", &interface->info, g_str_equal (model, "virtio-transitional"),
                              g_str_equal (model, "virtio-non-transitional"), error);
      model = virtio;
    }
  else if (!need_type (b, model, interface->info.alias, error))
    return NULL;
  if (model == NULL)
    return NULL;
  device = device_new (model);
  set_format (device, "netdev", "host%s", interface->info.alias);
  set_string (device, "id", interface->info.alias);
  set_format (device, "mac", "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
  set_uint (device, "host_mtu", virtio != NULL ? interface->mtu : 0);
  set_uint (device, "bootindex", boot_index (&interface->info, &b->boot_network));
  if (!set_address (b, device, &interface->info, error))
    return NULL;
  set_rom (device, &interface->info);
  return g_steal_pointer (&device);
}

bool
build_interfaces (Builder *b, GError **error)
{
  for (unsigned int i = 0; i < b->domain->interfaces.n; i++)
    {
      const DomainInterface *interface = b->domain->interfaces.items[i];
      json_t *netdev, *device;

      if (interface->type != INTERFACE_TYPE_USER)
        return unsupported (error, "interface '%s' of type '%s' is not supported", interface->info.alias,
                            xml_enum_name (&interface_type_names, interface->type));
      device = interface_device (b, interface, error);
      if (device == NULL)
        return false;
      netdev = json_object ();
      set_string (netdev, "type", "user");
      set_format (netdev, "id", "host%s", interface->info.alias);
      add_part (b, QEMU_NETDEV, netdev);
      add_part (b, QEMU_DEVICE, device);
    }
  return true;
}

/* --- input -------------------------------------------------------------------------------- */

static bool
build_input (Builder *b, const DomainInput *input, GError **error)
{
  static const char *const usb[] = {
    [INPUT_TYPE_MOUSE] = "usb-mouse", [INPUT_TYPE_TABLET] = "usb-tablet", [INPUT_TYPE_KEYBOARD] = "usb-kbd",
    [INPUT_TYPE_LAST] = NULL,
  };
  static const char *const virtio[] = {
    [INPUT_TYPE_MOUSE] = "mouse", [INPUT_TYPE_TABLET] = "tablet", [INPUT_TYPE_KEYBOARD] = "keyboard",
    [INPUT_TYPE_LAST] = NULL,
  };
  g_autofree char *driver = NULL;
  g_autoptr (json_t) device = NULL;

  if (input->bus == INPUT_BUS_PS2)
    return true;                /* part of the machine */
  if (input->bus == INPUT_BUS_USB)
    driver = g_strdup (usb[input->type]);
  else if (input->bus == INPUT_BUS_VIRTIO && virtio[input->type] != NULL)
    {
      driver = virtio_driver (b, virtio[input->type], &input->info, input->model == VIRTIO_MODEL_TRANSITIONAL,
                              input->model == VIRTIO_MODEL_NON_TRANSITIONAL, error);
      if (driver == NULL)
        return false;
    }
  if (driver == NULL)
    return unsupported (error, "input device '%s' of type '%s' on bus '%s' is not supported", input->info.alias,
                        xml_enum_name (&input_type_names, input->type),
                        xml_enum_name (&input_bus_names, input->bus));
  device = device_new (driver);
  set_virtio (device, &input->virtio);
  set_string (device, "id", input->info.alias);
  if (!need_type (b, driver, input->info.alias, error) || !set_address (b, device, &input->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}

bool
build_inputs (Builder *b, GError **error)
{
  for (unsigned int i = 0; i < b->domain->inputs.n; i++)
    if (!build_input (b, b->domain->inputs.items[i], error))
      return false;
  return true;
}

/* --- sound ---------------------------------------------------------------------------------- */

static void
build_codec (Builder *b, const DomainSound *sound, const char *kind, unsigned int index, const char *audiodev)
{
  json_t *codec = json_object ();

  set_format (codec, "driver", "hda-%s", kind);
  set_format (codec, "id", "%s-codec%u", sound->info.alias, index);
  set_format (codec, "bus", "%s.0", sound->info.alias);
  set_int (codec, "cad", index);
  set_string (codec, "audiodev", audiodev);
  add_part (b, QEMU_DEVICE, codec);
}

static bool
build_sound (Builder *b, const DomainSound *sound, GError **error)
{
  static const char *const drivers[] = {
    [SOUND_MODEL_SB16] = "sb16", [SOUND_MODEL_ES1370] = "ES1370", [SOUND_MODEL_AC97] = "AC97",
    [SOUND_MODEL_ICH6] = "intel-hda", [SOUND_MODEL_ICH9] = "ich9-intel-hda", [SOUND_MODEL_USB] = "usb-audio",
    [SOUND_MODEL_LAST] = NULL,
  };
  unsigned int audio_id = sound->audio_id ?: (b->domain->audios.n > 0 ? b->domain->audios.items[0]->id : 1);
  g_autofree char *audiodev = g_strdup_printf ("audio%u", audio_id);
  bool hda = sound->model == SOUND_MODEL_ICH6 || sound->model == SOUND_MODEL_ICH9;
  g_autoptr (json_t) device = NULL;

  if (drivers[sound->model] == NULL)
    return unsupported (error, "sound card '%s' of model '%s' is not supported", sound->info.alias,
                        xml_enum_name (&sound_model_names, sound->model));
  if (!need_type (b, drivers[sound->model], sound->info.alias, error))
    return false;
  device = device_new (drivers[sound->model]);
  set_string (device, "id", sound->info.alias);
  set_string (device, "audiodev", hda ? NULL : audiodev);
  if (!set_address (b, device, &sound->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  for (unsigned int i = 0; hda && i < sound->codecs.n; i++)
    build_codec (b, sound, xml_enum_name (&sound_codec_names, sound->codecs.items[i]->type), i, audiodev);
  if (hda && sound->codecs.n == 0)
    build_codec (b, sound, "duplex", 0, audiodev);
  return true;
}

bool
build_sounds (Builder *b, GError **error)
{
  for (unsigned int i = 0; i < b->domain->sounds.n; i++)
    if (!build_sound (b, b->domain->sounds.items[i], error))
      return false;
  return true;
}

/* --- watchdog, balloon, random numbers, panic -------------------------------------------------- */

static bool
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

static bool
build_watchdogs (Builder *b, GError **error)
{
  DomainWatchdogAction action;

  for (unsigned int i = 0; i < b->domain->watchdogs.n; i++)
    if (!build_watchdog (b, b->domain->watchdogs.items[i], error))
      return false;
  if (b->domain->watchdogs.n == 0)
    return true;
  action = b->domain->watchdogs.items[0]->action;
  /* A dump is ours to make: QEMU holds the guest still for it. */
  add_option (b, "-watchdog-action", "%s", action == WATCHDOG_ACTION_DUMP ? "pause"
              : xml_enum_name (&watchdog_action_names, action) ?: "reset");
  return true;
}

static bool
build_balloon (Builder *b, GError **error)
{
  const DomainMemballoon *balloon = b->domain->memballoon;
  g_autofree char *driver = NULL;
  g_autoptr (json_t) device = NULL;

  if (balloon == NULL || balloon->model == BALLOON_MODEL_NONE || balloon->model == BALLOON_MODEL_ABSENT)
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
      if (!build_chardev (b, &rng->source, rng->info.alias, error))
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

static bool
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

static bool
build_panic (Builder *b, const DomainPanic *panic, GError **error)
{
  json_t *device;

  if (panic->model == PANIC_MODEL_HYPERV)
    return true;                /* a feature of the processor */
  if (panic->model != PANIC_MODEL_ISA && panic->model != PANIC_MODEL_DEFAULT && panic->model != PANIC_MODEL_ABSENT)
    return unsupported (error, "panic device of model '%s' is not supported",
                        xml_enum_name (&panic_model_names, panic->model));
  if (!need_type (b, "pvpanic", "the panic device", error))
    return false;
  device = device_new ("pvpanic");
  if (panic->info.address.type == ADDRESS_TYPE_ISA && panic->info.address.isa.iobase != UINT_MAX)
    set_int (device, "ioport", panic->info.address.isa.iobase);
  add_part (b, QEMU_DEVICE, device);
  return true;
}

bool
build_other_devices (Builder *b, GError **error)
{
  if (!build_watchdogs (b, error) || !build_balloon (b, error))
    return false;
  for (unsigned int i = 0; i < b->domain->rngs.n; i++)
    if (!build_rng (b, b->domain->rngs.items[i], error))
      return false;
  for (unsigned int i = 0; i < b->domain->panics.n; i++)
    if (!build_panic (b, b->domain->panics.items[i], error))
      return false;
  return true;
}
