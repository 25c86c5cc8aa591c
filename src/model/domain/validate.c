/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate.c: rules that bind several elements. They are checked on a
 * completed domain and change nothing. */
#include "model/domain/rules.h"

#include <string.h>

#define REFUSE(code_, ...) return fail (error, VIR_FROM_DOMAIN, VIR_ERR_##code_, __VA_ARGS__)
#define REFUSE_QEMU(code_, ...) return fail (error, VIR_FROM_QEMU, VIR_ERR_##code_, __VA_ARGS__)

static bool
check_general (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  DomainTarget target = domain_target (domain);
  unsigned int max = platform->max_vcpus (platform, &target);

  if (!platform->emulator_serves (platform, &target))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "the emulator '%s' does not serve type '%s' with arch '%s'", domain->emulator,
                 xml_enum_name (&virt_type_names, domain->type), domain->os.arch);
  if (domain->os.type != OS_TYPE_HVM)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "the emulator '%s' does not serve OS type '%s'", domain->emulator,
                 xml_enum_name (&os_type_names, domain->os.type));
  if (domain->vcpus_max == 0)
    REFUSE (INTERNAL_ERROR, "domain/vcpu: a guest has at least one vCPU");
  if (domain->vcpus > domain->vcpus_max)
    REFUSE (CONFIG_UNSUPPORTED, "domain/vcpu: current='%u' is above the maximum %u", domain->vcpus, domain->vcpus_max);
  if (max != 0 && domain->vcpus_max > max)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/vcpu: %u is above the limit %u of machine type '%s'", domain->vcpus_max, max,
                 domain->os.machine);
  if (domain->vcpu_placement == VCPU_PLACEMENT_AUTO)
    REFUSE (CONFIG_UNSUPPORTED, "domain/vcpu: placement='auto' is not supported");
  if ((domain->max_memory == 0) != (domain->memory_slots == 0))
    REFUSE (XML_ERROR, "domain/maxMemory: both a size and slots are needed");
  return true;
}

static bool
check_os (const Domain *domain, GError **error)
{
  int timeout = domain->os.bios_reboot_timeout;

  if (domain->os.boot.n > 0 && domain_has_boot_order (domain))
    REFUSE (CONFIG_UNSUPPORTED, "domain/os/boot and a device's <boot order=> exclude each other");
  if (timeout != -2 && (timeout < -1 || timeout > 65535))
    REFUSE (CONFIG_UNSUPPORTED, "domain/os/bios: rebootTimeout='%d' is not within -1 to 65535", timeout);
  if (domain->os.bootmenu_timeout != UINT_MAX && domain->os.bootmenu_timeout > 65535)
    REFUSE (CONFIG_UNSUPPORTED, "domain/os/bootmenu: timeout='%u' is not within 0 to 65535", domain->os.bootmenu_timeout);
  return true;
}

static bool
check_cpu (const Domain *domain, GError **error)
{
  const DomainCpu *cpu = domain->cpu;
  uint64_t all;

  if (cpu == NULL)
    return true;
  if (cpu->topology.sockets == 0)
    return true;
  all = (uint64_t) cpu->topology.sockets * cpu->topology.dies * cpu->topology.cores * cpu->topology.threads;
  if (all != domain->vcpus_max)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "domain/cpu/topology: %u sockets of %u dies of %u cores of %u threads are not %u vCPUs",
                 cpu->topology.sockets, cpu->topology.dies, cpu->topology.cores, cpu->topology.threads, domain->vcpus_max);
  return true;
}

/* Whether two devices have the same alias or boot order. */
static bool
check_names (const Domain *domain, GError **error)
{
  g_autoptr (GHashTable) aliases = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) orders = g_hash_table_new (NULL, NULL);
  g_autofree DomainDevice *devices = domain_devices (domain);

  for (const DomainDevice *device = devices; device->element != NULL; device++)
    {
      bool is_pair = strcmp (device->element, "console") == 0;
      const char *alias = device->info->alias;

      if (device->info->boot_order > 0 && !g_hash_table_add (orders, GUINT_TO_POINTER (device->info->boot_order)))
        REFUSE (CONFIG_UNSUPPORTED, "boot order %u is given to more than one device", device->info->boot_order);
      if (alias != NULL && g_str_has_prefix (alias, "ua-") && !is_pair && !g_hash_table_add (aliases, (void *) alias))
        REFUSE (CONFIG_UNSUPPORTED, "alias '%s' is given to more than one device", alias);
    }
  return true;
}

static bool
check_disk_bus (const DomainDisk *disk, GError **error)
{
  const char *bus = xml_enum_name (&disk_bus_names, disk->target.bus);
  bool is_floppy_bus = disk->target.bus == DISK_BUS_FDC;

  if ((disk->device == DISK_DEVICE_FLOPPY) != is_floppy_bus)
    REFUSE (INTERNAL_ERROR, "disk '%s': bus '%s' does not fit device '%s'", disk->target.dev, bus,
            xml_enum_name (&disk_device_names, disk->device));
  if (disk->target.bus == DISK_BUS_XEN || disk->target.bus == DISK_BUS_UML || disk->target.bus == DISK_BUS_SD)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': bus '%s' is not supported", disk->target.dev, bus);
  if (disk->target.bus == DISK_BUS_VIRTIO && disk->device == DISK_DEVICE_CDROM)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': a virtio disk has no medium to eject", disk->target.dev);
  if (disk->target.bus == DISK_BUS_VIRTIO && disk->info.address.type == ADDRESS_TYPE_DRIVE)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': a virtio disk has no address of type 'drive'", disk->target.dev);
  if (disk->target.bus != DISK_BUS_SCSI && (disk->vendor != NULL || disk->product != NULL))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': only SCSI disks have a vendor and product", disk->target.dev);
  return true;
}

/* The characters that QEMU takes in a serial number. */
static bool
is_safe_serial (const char *serial)
{
  for (; *serial != '\0'; serial++)
    if (!g_ascii_isalnum (*serial) && strchr (" -_.+()/:", *serial) == NULL)
      return false;
  return true;
}

static bool
is_wwn (const char *wwn)
{
  const char *digits = g_str_has_prefix (wwn, "0x") ? wwn + 2 : wwn;

  return strlen (digits) == 16 && strspn (digits, "0123456789abcdefABCDEF") == 16;
}

static bool
has_iothread (const Domain *domain, unsigned int id)
{
  for (unsigned int i = 0; i < domain->iothread_ids.n; i++)
    if (domain->iothread_ids.items[i]->id == id)
      return true;
  return domain->iothread_ids.n == 0 && id <= domain->iothreads;
}

static bool
check_disk (const Domain *domain, const DomainDisk *disk, GError **error)
{
  const char *dev = disk->target.dev;

  if (disk->target.bus == DISK_BUS_IDE && disk->info.address.type == ADDRESS_TYPE_DRIVE
      && disk->info.address.drive.controller > 0)
    REFUSE_QEMU (INTERNAL_ERROR, "disk '%s' is on IDE controller %u, but there is only controller 0", dev,
                 disk->info.address.drive.controller);
  if (!check_disk_bus (disk, error))
    return false;
  if (disk->driver.name != NULL && strcmp (disk->driver.name, "qemu") != 0)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': there is no driver '%s'", dev, disk->driver.name);
  if (disk->driver.io == DISK_IO_NATIVE && disk->driver.cache != DISK_CACHE_NONE && disk->driver.cache != DISK_CACHE_DIRECTSYNC)
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': io='native' needs cache='none' or 'directsync'", dev);
  if (disk->driver.iothread != 0 && !has_iothread (domain, disk->driver.iothread))
    REFUSE_QEMU (CONFIG_UNSUPPORTED, "disk '%s': there is no iothread %u", dev, disk->driver.iothread);
  if (disk->serial != NULL && !is_safe_serial (disk->serial))
    REFUSE_QEMU (INTERNAL_ERROR, "disk '%s': serial '%s' has characters other than letters, digits, and ' -_.+()/:'", dev,
                 disk->serial);
  if (disk->wwn != NULL && !is_wwn (disk->wwn))
    return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "disk '%s': wwn '%s' is not 16 hexadecimal digits", dev, disk->wwn);
  return true;
}

static bool
check_disks (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    {
      const DomainDisk *disk = domain->disks.items[i];

      if (!check_disk (domain, disk, error))
        return false;
      for (unsigned int j = 0; j < i; j++)
        {
          const DomainDisk *other = domain->disks.items[j];

          if (strcmp (other->target.dev, disk->target.dev) == 0)
            REFUSE (XML_ERROR, "two disks have the target '%s'", disk->target.dev);
          if (disk->info.address.type == ADDRESS_TYPE_DRIVE && other->info.address.type == ADDRESS_TYPE_DRIVE
              && disk->target.bus == other->target.bus
              && memcmp (&disk->info.address.drive, &other->info.address.drive, sizeof (disk->info.address.drive)) == 0)
            REFUSE (CONFIG_UNSUPPORTED, "disks '%s' and '%s' have one drive address", other->target.dev, disk->target.dev);
        }
    }
  return true;
}

/* The models of each controller type are neighbours in the enumeration, but
 * for those that types share. */
static bool
model_fits (const DomainController *controller)
{
  DomainControllerModel model = controller->model;
  bool is_virtio = model == CONTROLLER_MODEL_VIRTIO || model == CONTROLLER_MODEL_VIRTIO_TRANSITIONAL
                   || model == CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL;

  if (model == CONTROLLER_MODEL_ABSENT)
    return true;
  switch (controller->type)
    {
    case CONTROLLER_TYPE_PCI:
      return model <= CONTROLLER_MODEL_PCIE_EXPANDER_BUS;
    case CONTROLLER_TYPE_USB:
      return model >= CONTROLLER_MODEL_PIIX3_UHCI && model <= CONTROLLER_MODEL_NONE;
    case CONTROLLER_TYPE_SCSI:
      return (model >= CONTROLLER_MODEL_AUTO && model <= CONTROLLER_MODEL_AM53C974)
             || (is_virtio && model != CONTROLLER_MODEL_VIRTIO);
    case CONTROLLER_TYPE_VIRTIO_SERIAL:
      return is_virtio;
    case CONTROLLER_TYPE_IDE:
      return model >= CONTROLLER_MODEL_PIIX3 && model <= CONTROLLER_MODEL_ICH6;
    default:
      return false;
    }
}

static bool
is_usb_pair (const DomainController *a, const DomainController *b)
{
  return a->type == CONTROLLER_TYPE_USB && (a->master_startport >= 0 || b->master_startport >= 0);
}

static bool
check_pci_root (const Domain *domain, const DomainController *controller, GError **error)
{
  bool is_root = controller->model == CONTROLLER_MODEL_PCI_ROOT || controller->model == CONTROLLER_MODEL_PCIE_ROOT;
  DomainControllerModel root = domain_has_pcie (domain) ? CONTROLLER_MODEL_PCIE_ROOT : CONTROLLER_MODEL_PCI_ROOT;

  if (controller->model == CONTROLLER_MODEL_ABSENT)
    REFUSE (XML_ERROR, "the PCI controller with index %d has no model", controller->index);
  if (is_root && controller->index != 0)
    REFUSE_QEMU (XML_ERROR, "a controller with model '%s' has index 0, not %d",
                 xml_enum_name (&controller_model_names, controller->model), controller->index);
  if (controller->index == 0 && domain_has_pci (domain) && controller->model != root)
    REFUSE_QEMU (XML_ERROR, "the PCI controller with index 0 of machine type '%s' is a '%s', not a '%s'", domain->os.machine,
                 xml_enum_name (&controller_model_names, root), xml_enum_name (&controller_model_names, controller->model));
  return true;
}

static bool
check_controllers (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->controllers.n; i++)
    {
      const DomainController *controller = domain->controllers.items[i];
      const char *type = xml_enum_name (&controller_type_names, controller->type);

      if (!model_fits (controller))
        REFUSE (CONFIG_UNSUPPORTED, "a controller of type '%s' has no model '%s'", type,
                xml_enum_name (&controller_model_names, controller->model));
      if (controller->type == CONTROLLER_TYPE_PCI && !check_pci_root (domain, controller, error))
        return false;
      if (controller->type == CONTROLLER_TYPE_IDE && domain_is_q35 (domain))
        REFUSE_QEMU (CONFIG_UNSUPPORTED, "machine type '%s' has no IDE controllers", domain->os.machine);
      if (controller->type == CONTROLLER_TYPE_IDE && controller->index > 0)
        REFUSE_QEMU (CONFIG_UNSUPPORTED, "machine type '%s' has a single IDE controller", domain->os.machine);
      for (unsigned int j = 0; j < i; j++)
        {
          const DomainController *other = domain->controllers.items[j];

          if (other->type == controller->type && other->index == controller->index && !is_usb_pair (other, controller))
            REFUSE (XML_ERROR, "there are two controllers of type '%s' with index %d", type, controller->index);
          if (other->type == controller->type && controller->type == CONTROLLER_TYPE_USB
              && (other->model == CONTROLLER_MODEL_NONE) != (controller->model == CONTROLLER_MODEL_NONE))
            REFUSE (XML_DETAIL, "a USB controller beside one with model 'none'");
        }
    }
  return true;
}

static bool
check_inputs (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->inputs.n; i++)
    {
      const DomainInput *input = domain->inputs.items[i];
      const char *type = xml_enum_name (&input_type_names, input->type);

      if (input->bus == INPUT_BUS_PS2 && input->type != INPUT_TYPE_MOUSE && input->type != INPUT_TYPE_KEYBOARD)
        REFUSE (INTERNAL_ERROR, "the bus 'ps2' has no input device '%s'", type);
      if (input->bus != INPUT_BUS_PS2 && input->bus != INPUT_BUS_USB && input->bus != INPUT_BUS_VIRTIO)
        REFUSE_QEMU (CONFIG_UNSUPPORTED, "input device '%s': bus '%s' is not supported", type,
                     xml_enum_name (&input_bus_names, input->bus));
    }
  return true;
}

static bool
check_videos (const Domain *domain, GError **error)
{
  unsigned int primary = 0;

  for (unsigned int i = 0; i < domain->videos.n; i++)
    {
      const DomainVideo *video = domain->videos.items[i];

      primary += video->primary == TRI_YES;
      if (video->type == VIDEO_TYPE_NONE && domain->videos.n > 1)
        REFUSE (CONFIG_UNSUPPORTED, "a video card of type 'none' excludes others");
    }
  if (primary > 1)
    REFUSE (CONFIG_UNSUPPORTED, "%u video cards are primary, one may be", primary);
  return true;
}

static bool
check_panics (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->panics.n; i++)
    {
      DomainPanicModel model = domain->panics.items[i]->model;
      const char *name = xml_enum_name (&panic_model_names, model);

      if (model != PANIC_MODEL_ISA && model != PANIC_MODEL_HYPERV)
        REFUSE_QEMU (CONFIG_UNSUPPORTED, "machine type '%s' has no panic device '%s'", domain->os.machine, name);
      for (unsigned int j = 0; j < i; j++)
        if (domain->panics.items[j]->model == model)
          REFUSE (XML_ERROR, "there are two panic devices '%s'", name);
    }
  return true;
}

/* YYYY-MM-DDTHH:MM:SS */
static bool
is_time (const char *text)
{
  g_autofree char *full = g_strdup_printf ("%sZ", text);
  g_autoptr (GDateTime) time = strlen (text) == strlen ("2011-04-09T15:51:00") ? g_date_time_new_from_iso8601 (full, NULL) : NULL;

  return time != NULL;
}

static bool
check_graphics (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    if (domain->graphics.items[i]->password_valid_to != NULL && !is_time (domain->graphics.items[i]->password_valid_to))
      REFUSE (INTERNAL_ERROR, "passwdValidTo='%s' is not of the form YYYY-MM-DDTHH:MM:SS",
              domain->graphics.items[i]->password_valid_to);
  return true;
}

bool
domain_validate (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  return check_general (domain, platform, error) && check_os (domain, error) && check_cpu (domain, error)
         && check_names (domain, error) && check_disks (domain, error) && check_controllers (domain, error)
         && check_inputs (domain, error) && check_videos (domain, error) && check_panics (domain, error)
         && check_graphics (domain, error);
}
