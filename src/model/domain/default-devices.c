/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* default-devices.c: the devices that a guest has without asking, and what a
 * device leaves open about itself. */
#include "model/domain/machine.h"
#include "model/domain/rules.h"
#include "model/domain/tables.h"
#include "util/uuid.h"

DomainController *
domain_find_controller (const Domain *domain, DomainControllerType type, int index)
{
  for (unsigned int i = 0; i < domain->controllers.n; i++)
    if (domain->controllers.items[i]->type == type && domain->controllers.items[i]->index == index)
      return domain->controllers.items[i];
  return NULL;
}

static void
add_controller (Domain *domain, DomainControllerType type, int index, DomainControllerModel model)
{
  xml_list_append (&domain->controllers, domain_controller_new (type, index, model));
}

void
domain_need_controller (Domain *domain, DomainControllerType type, int index)
{
  if (index >= 0 && index <= DOMAIN_CONTROLLER_INDEX_MAX && domain_find_controller (domain, type, index) == NULL)
    add_controller (domain, type, index, CONTROLLER_MODEL_ABSENT);
}

/* Whether there is a first USB controller, or there shall be none. */
static bool
has_first_usb (const Domain *domain)
{
  for (unsigned int i = 0; i < domain->controllers.n; i++)
    if (domain->controllers.items[i]->type == CONTROLLER_TYPE_USB
        && (domain->controllers.items[i]->index == 0 || domain->controllers.items[i]->model == CONTROLLER_MODEL_NONE))
      return true;
  return false;
}

bool
domain_is_x86 (const Domain *domain)
{
  return strcmp (domain->os.arch, "x86_64") == 0 || strcmp (domain->os.arch, "i686") == 0;
}

bool
domain_has_pcie (const Domain *domain)
{
  return domain_machine (domain)->root == CONTROLLER_MODEL_PCIE_ROOT;
}

bool
domain_has_pci (const Domain *domain)
{
  return domain_machine (domain)->root != CONTROLLER_MODEL_ABSENT;
}

/* Q35 has USB 3 if QEMU can, else USB 2 with its companions, else none. */
static void
add_q35_usb (Domain *domain, const DomainPlatform *platform)
{
  if (domain_has_device (domain, platform, "qemu-xhci"))
    add_controller (domain, CONTROLLER_TYPE_USB, 0, CONTROLLER_MODEL_QEMU_XHCI);
  else if (domain_has_device (domain, platform, "ich9-usb-ehci1"))
    for (unsigned int model = CONTROLLER_MODEL_ICH9_EHCI1; model <= CONTROLLER_MODEL_ICH9_UHCI3; model++)
      add_controller (domain, CONTROLLER_TYPE_USB, 0, model);
}

/* The controllers of the machine itself. */
static void
add_machine_controllers (Domain *domain, const DomainPlatform *platform)
{
  const DomainMachine *machine = domain_machine (domain);
  bool has_usb = has_first_usb (domain);

  if (machine->kind == MACHINE_Q35 && !has_usb)
    add_q35_usb (domain, platform);
  else if (machine->adds_usb && !has_usb)
    add_controller (domain, CONTROLLER_TYPE_USB, 0, CONTROLLER_MODEL_ABSENT);
  if (machine->kind == MACHINE_Q35)
    domain_need_controller (domain, CONTROLLER_TYPE_SATA, 0);
  if (machine->root != CONTROLLER_MODEL_ABSENT && domain_find_controller (domain, CONTROLLER_TYPE_PCI, 0) == NULL
      && (machine->root_needs == NULL || domain_has_device (domain, platform, machine->root_needs)))
    add_controller (domain, CONTROLLER_TYPE_PCI, 0, machine->root);
}

static bool
is_companion (const DomainController *controller)
{
  return controller->model >= CONTROLLER_MODEL_ICH9_UHCI1 && controller->model <= CONTROLLER_MODEL_ICH9_UHCI3;
}

/* The number of the USB 2 controller that @companion, at @position, belongs to: the last one before
 * it. -1 if there is none. */
static int
master_index (const Domain *domain, unsigned int position)
{
  for (unsigned int i = position; i > 0; i--)
    if (domain->controllers.items[i - 1]->model == CONTROLLER_MODEL_ICH9_EHCI1)
      return domain->controllers.items[i - 1]->index;
  return -1;
}

/* Gives numbers to controllers that came without. */
static void
number_controllers (Domain *domain)
{
  int next[CONTROLLER_TYPE_LAST] = { 0 };       /* all below them are taken */

  for (unsigned int i = 0; i < domain->controllers.n; i++)
    {
      DomainController *controller = domain->controllers.items[i];
      int *index = &next[controller->type];

      if (controller->index >= 0)
        continue;
      if (is_companion (controller))
        controller->index = master_index (domain, i);
      if (controller->index >= 0)
        continue;
      while (domain_find_controller (domain, controller->type, *index) != NULL)
        (*index)++;
      controller->index = *index;
    }
}

static DomainControllerModel
default_model (const Domain *domain, const DomainPlatform *platform, const DomainController *controller)
{
  DomainControllerType type = controller->type;
  const DomainMachine *machine = domain_machine (domain);
  DomainControllerModel model = CONTROLLER_MODEL_ABSENT;

  if (type == CONTROLLER_TYPE_SCSI)
    return domain_first_model (domain, platform, machine->scsi);
  /* s390 has no USB, but older documents placed a controller there. */
  if (type != CONTROLLER_TYPE_USB || (machine->kind == MACHINE_S390_CCW && controller->info.address.type != ADDRESS_TYPE_ABSENT))
    return model;
  if (platform->is_new_guest)
    model = domain_first_model (domain, platform, machine->new_usb);
  return model != CONTROLLER_MODEL_ABSENT ? model : domain_first_model (domain, platform, machine->usb);
}

static void
complete_pci_controller (DomainController *controller, const Domain *domain, const DomainPlatform *platform)
{
  bool is_spapr = domain_machine (domain)->has_many_roots && controller->model == CONTROLLER_MODEL_PCI_ROOT;

  if (controller->pci.model_name == PCI_MODEL_NAME_ABSENT)
    controller->pci.model_name
      = is_spapr ? PCI_MODEL_NAME_SPAPR_PCI_HOST_BRIDGE : domain_pci_model_name (domain, platform, controller->model);
}

static void
complete_controllers (Domain *domain, const DomainPlatform *platform)
{
  for (unsigned int i = 0; i < domain->controllers.n; i++)
    {
      DomainController *controller = domain->controllers.items[i];

      if (controller->model == CONTROLLER_MODEL_ABSENT
          || (controller->type == CONTROLLER_TYPE_SCSI && controller->model == CONTROLLER_MODEL_AUTO))
        controller->model = default_model (domain, platform, controller);
      if (controller->type == CONTROLLER_TYPE_USB && controller->model == CONTROLLER_MODEL_NONE)
        controller->info.address = (DomainAddress) { 0 };
      if (is_companion (controller) && controller->master_startport < 0)
        controller->master_startport = 2 * (int) (controller->model - CONTROLLER_MODEL_ICH9_UHCI1);
      if (controller->type == CONTROLLER_TYPE_PCI)
        complete_pci_controller (controller, domain, platform);
    }
}

/* Random, in the range that QEMU's guests have. */
static void
complete_interfaces (Domain *domain, const DomainPlatform *platform)
{
  static const uint8_t zero[DOMAIN_MAC_LENGTH];

  for (unsigned int i = 0; i < domain->interfaces.n; i++)
    {
      DomainInterface *interface = domain->interfaces.items[i];
      uint8_t random[UUID_SIZE];

      if (memcmp (interface->mac, zero, sizeof (zero)) == 0)
        {
          uuid_generate (random);
          memcpy (interface->mac, (uint8_t[]) { 0x52, 0x54, 0x00, random[0], random[1], random[2] }, DOMAIN_MAC_LENGTH);
        }
      if (interface->model == NULL && interface->type == INTERFACE_TYPE_VDPA)
        interface->model = g_strdup ("virtio");
      else if (interface->model == NULL && interface->type != INTERFACE_TYPE_HOSTDEV)
        interface->model = g_strdup (domain_default_nic (domain, platform));
    }
}

/* A serial port's kind follows from where it sits. */
static void
complete_serial (DomainChardev *serial, const Domain *domain)
{
  static const struct { DomainChardevTarget target; DomainSerialModel model; } models[] = {
    { CHARDEV_TARGET_ISA_SERIAL, SERIAL_MODEL_ISA_SERIAL }, { CHARDEV_TARGET_SPAPR_VIO_SERIAL, SERIAL_MODEL_SPAPR_VTY },
    { CHARDEV_TARGET_SCLP_SERIAL, SERIAL_MODEL_SCLPCONSOLE }, { CHARDEV_TARGET_USB_SERIAL, SERIAL_MODEL_USB_SERIAL },
    { CHARDEV_TARGET_PCI_SERIAL, SERIAL_MODEL_PCI_SERIAL }, { CHARDEV_TARGET_ISA_DEBUG, SERIAL_MODEL_ISA_DEBUGCON },
  };

  const DomainMachine *machine = domain_machine (domain);
  bool is_x86 = machine->serial == CHARDEV_TARGET_ISA_SERIAL;

  /* Older documents call the serial port of any machine an ISA one. */
  if (serial->target == CHARDEV_TARGET_ISA_SERIAL && serial->model == SERIAL_MODEL_ABSENT && !is_x86)
    serial->target = CHARDEV_TARGET_ABSENT;
  if (serial->target == CHARDEV_TARGET_ABSENT && !is_x86)
    serial->target = serial->info.address.type == ADDRESS_TYPE_USB   ? CHARDEV_TARGET_USB_SERIAL
                     : serial->info.address.type == ADDRESS_TYPE_PCI ? CHARDEV_TARGET_PCI_SERIAL
                                                                     : machine->serial;
  if (serial->target == CHARDEV_TARGET_ABSENT)
    serial->target = machine->serial;
  if (serial->model == SERIAL_MODEL_ABSENT && serial->target == machine->serial)
    serial->model = machine->serial_model;
  for (unsigned int i = 0; serial->model == SERIAL_MODEL_ABSENT && i < G_N_ELEMENTS (models); i++)
    if (models[i].target == serial->target)
      serial->model = models[i].model;
}

/* The port after the highest of those before @n that have one. */
static int
next_port (const ChardevList *list, unsigned int n)
{
  int highest = -1;

  for (unsigned int i = 0; i < n; i++)
    highest = MAX (highest, list->items[i]->port);
  return highest + 1;
}

/* ISA has few ports: those that ask for one come first. */
static void
number_ports (ChardevList *list, bool is_serial)
{
  for (unsigned int i = 0; i < list->n; i++)
    if (list->items[i]->port < 0 && (!is_serial || list->items[i]->target == CHARDEV_TARGET_ISA_SERIAL))
      list->items[i]->port = next_port (list, i);
  for (unsigned int i = 0; i < list->n; i++)
    if (list->items[i]->port < 0)
      list->items[i]->port = next_port (list, list->n);
}

static DomainChardev *
chardev_with_source (const DomainChardev *other)
{
  DomainChardev *chardev = xml_copy (&domain_serial_schema, other);
  DomainDeviceInfo *info = &chardev->info;

  g_clear_pointer (&info->alias, g_free);
  g_clear_pointer (&info->rom_file, g_free);
  *info = (DomainDeviceInfo) { 0 };
  chardev->port = -1;
  chardev->target = CHARDEV_TARGET_ABSENT;
  chardev->model = SERIAL_MODEL_ABSENT;
  return chardev;
}

/* Ports that are plugged in are no consoles by themselves. */
static bool
is_plugged (const DomainChardev *serial)
{
  return serial->target == CHARDEV_TARGET_ISA_DEBUG || serial->target == CHARDEV_TARGET_USB_SERIAL
         || serial->target == CHARDEV_TARGET_PCI_SERIAL || serial->info.address.type == ADDRESS_TYPE_USB
         || serial->info.address.type == ADDRESS_TYPE_PCI;
}

/* The first serial console and the first serial port are the same thing, seen
 * from two sides: each makes the other. Returns whether there are such. */
static bool
pair_console (Domain *domain)
{
  DomainChardev *console = domain->consoles.n > 0 ? domain->consoles.items[0] : NULL;
  DomainChardev *made;

  if (console != NULL && console->target != CHARDEV_TARGET_SERIAL && console->target != CHARDEV_TARGET_ABSENT)
    console = NULL;
  if (console == NULL && (domain->serials.n == 0 || is_plugged (domain->serials.items[0])))
    return false;
  if (domain->serials.n == 0)
    {
      DomainChardev *serial = chardev_with_source (console);

      serial->info.address = console->info.address;
      console->info.address = (DomainAddress) { 0 };
      xml_list_append (&domain->serials, serial);
    }
  made = chardev_with_source (domain->serials.items[0]);
  made->target = CHARDEV_TARGET_SERIAL;
  if (console != NULL)
    {
      made->info = console->info;
      console->info = (DomainDeviceInfo) { 0 };
      xml_free (&domain_console_schema, console);
      domain->consoles.items[0] = made;
    }
  else
    xml_list_insert (&domain->consoles, 0, made);
  return true;
}

/* @is_qemu: serial ports are of a kind that the machine has. */
static void
complete_chardevs (Domain *domain, bool is_qemu)
{
  bool is_paired;

  for (unsigned int i = 0; i < domain->consoles.n; i++)
    if (domain->consoles.items[i]->port < 0)
      domain->consoles.items[i]->port = (int) i;
  is_paired = pair_console (domain);
  number_ports ((ChardevList *) &domain->serials, true);
  for (unsigned int i = 0; is_qemu && i < domain->serials.n; i++)
    complete_serial (domain->serials.items[i], domain);
  for (unsigned int i = 0; i < domain->consoles.n; i++)
    if (domain->consoles.items[i]->target == CHARDEV_TARGET_ABSENT)
      domain->consoles.items[i]->target = CHARDEV_TARGET_SERIAL;
  if (is_paired)
    domain->consoles.items[0]->port = domain->serials.items[0]->port;
  number_ports ((ChardevList *) &domain->parallels, false);
}

static DomainInputBus
default_input_bus (const Domain *domain, DomainInputType type)
{
  if (domain->os.type == OS_TYPE_XEN || domain->os.type == OS_TYPE_XENPVH)
    return INPUT_BUS_XEN;
  if (domain->os.type != OS_TYPE_HVM)
    return domain->type == VIRT_TYPE_VZ || domain->type == VIRT_TYPE_PARALLELS ? INPUT_BUS_PARALLELS : INPUT_BUS_ABSENT;
  return type == INPUT_TYPE_TABLET && domain_machine (domain)->input == INPUT_BUS_PS2 ? INPUT_BUS_USB
                                                                                      : domain_machine (domain)->input;
}

void
domain_default_inputs (Domain *domain)
{
  for (unsigned int i = 0; i < domain->inputs.n; i++)
    if (domain->inputs.items[i]->bus == INPUT_BUS_ABSENT)
      domain->inputs.items[i]->bus = default_input_bus (domain, domain->inputs.items[i]->type);
}

/* A tablet on USB serves as a mouse. */
static void
add_input (Domain *domain, DomainInputType type, DomainInputBus bus)
{
  for (unsigned int i = 0; i < domain->inputs.n; i++)
    {
      const DomainInput *input = domain->inputs.items[i];
      bool is_pointer = input->type == INPUT_TYPE_TABLET && type == INPUT_TYPE_MOUSE && bus == INPUT_BUS_USB;

      if ((input->type == type || is_pointer) && input->bus == bus)
        return;
    }
  xml_list_append (&domain->inputs, domain_input_new (type, bus));
}

static void
complete_inputs (Domain *domain)
{
  const DomainMachine *machine = domain_machine (domain);

  domain_default_inputs (domain);
  if (machine->adds_ps2)
    {
      add_input (domain, INPUT_TYPE_MOUSE, INPUT_BUS_PS2);
      add_input (domain, INPUT_TYPE_KEYBOARD, INPUT_BUS_PS2);
    }
  if (machine->adds_usb_input && domain->graphics.n > 0)
    {
      add_input (domain, INPUT_TYPE_KEYBOARD, INPUT_BUS_USB);
      add_input (domain, INPUT_TYPE_MOUSE, INPUT_BUS_USB);
    }
}

static unsigned int
round_up_to_power (unsigned int number)
{
  unsigned int power = 1;

  while (power < number && power < 1u << 31)
    power <<= 1;
  return number == 0 ? 0 : power;
}

/* QEMU takes sizes of video memory that are powers of two. */
static void
complete_video (DomainVideo *video)
{
  static const struct { DomainVideoType type; unsigned int ram, vram, vgamem; } defaults[] = {
    { VIDEO_TYPE_VGA, 0, 16384, 0 }, { VIDEO_TYPE_CIRRUS, 0, 16384, 0 }, { VIDEO_TYPE_VMVGA, 0, 16384, 0 },
    { VIDEO_TYPE_BOCHS, 0, 16384, 0 }, { VIDEO_TYPE_QXL, 65536, 65536, 16384 },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (defaults[i].type == video->type)
      {
        video->ram = video->ram != 0 ? video->ram : defaults[i].ram;
        video->vram = video->vram != 0 ? video->vram : defaults[i].vram;
        video->vgamem = video->vgamem != 0 ? video->vgamem : defaults[i].vgamem;
      }
  video->ram = round_up_to_power (video->ram);
  video->vram = round_up_to_power (video->vram);
  if (video->heads == UINT_MAX)
    video->heads = 1;
  if (video->type == VIDEO_TYPE_NONE)
    {
      video->ram = video->vram = video->vram64 = video->vgamem = video->heads = 0;
      video->primary = TRI_NO;
      video->info.address.type = ADDRESS_TYPE_ABSENT;
    }
}

static bool
has_primary_video (const Domain *domain)
{
  for (unsigned int i = 0; i < domain->videos.n; i++)
    if (domain->videos.items[i]->primary == TRI_YES)
      return true;
  return false;
}

/* Puts the primary card first. */
static void
sort_videos (Domain *domain)
{
  for (unsigned int i = 1; i < domain->videos.n; i++)
    if (domain->videos.items[i]->primary == TRI_YES)
      {
        DomainVideo *primary = xml_list_steal (&domain->videos, i);

        xml_list_insert (&domain->videos, 0, primary);
      }
}

/* @platform: NULL for what any hypervisor has. */
static void
complete_videos (Domain *domain, const DomainPlatform *platform)
{
  if (domain->graphics.n > 0 && domain->videos.n == 0)
    xml_list_append (&domain->videos, domain_video_new ());
  for (unsigned int i = 0; i < domain->videos.n; i++)
    {
      DomainVideo *video = domain->videos.items[i];
      bool has_vgamem = video->vgamem != 0;

      if (video->type == VIDEO_TYPE_DEFAULT)
        video->type = platform != NULL ? domain_default_video (domain, platform) : VIDEO_TYPE_CIRRUS;
      complete_video (video);
      if (platform == NULL && !has_vgamem)
        video->vgamem = 0;
    }
  if (domain->videos.n > 0 && !has_primary_video (domain) && domain->videos.items[0]->type != VIDEO_TYPE_NONE)
    domain->videos.items[0]->primary = TRI_YES;
  sort_videos (domain);
}

static void
add_balloon (Domain *domain)
{
  DomainBalloonModel model = domain_machine (domain)->adds_balloon;

  if (domain->memballoon == NULL && model != BALLOON_MODEL_ABSENT)
    {
      domain->memballoon = domain_memballoon_new ();
      domain->memballoon->model = model;
    }
}

static void
complete_rngs (Domain *domain)
{
  for (unsigned int i = 0; i < domain->rngs.n; i++)
    if (domain->rngs.items[i]->backend == RNG_BACKEND_RANDOM && domain->rngs.items[i]->path == NULL)
      domain->rngs.items[i]->path = g_strdup ("/dev/random");
}

static void
complete_panics (Domain *domain)
{
  const DomainMachine *machine = domain_machine (domain);
  bool has_own = machine->adds_panic == PANIC_MODEL_ABSENT;

  for (unsigned int i = 0; i < domain->panics.n; i++)
    {
      DomainPanic *panic = domain->panics.items[i];

      if (panic->model == PANIC_MODEL_ABSENT || panic->model == PANIC_MODEL_DEFAULT)
        panic->model = machine->panic;
      has_own = has_own || panic->model == machine->adds_panic;
    }
  if (!has_own)
    {
      DomainPanic *panic = xml_new (&domain_panic_schema);

      panic->model = machine->adds_panic;
      xml_list_append (&domain->panics, panic);
    }
}

static void
complete_graphics (Domain *domain)
{
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    {
      DomainGraphics *graphics = domain->graphics.items[i];
      DomainListen *first = graphics->listens.n > 0 ? graphics->listens.items[0] : NULL;

      if (graphics->type == GRAPHICS_TYPE_VNC && graphics->autoport == TRI_ABSENT && graphics->port > 0)
        graphics->autoport = TRI_NO;
      if (graphics->type != GRAPHICS_TYPE_SPICE)
        continue;
      if (graphics->autoport == TRI_ABSENT && (graphics->port != 0 || graphics->tls_port != 0))
        graphics->autoport = TRI_NO;
      if (first == NULL || graphics->port != 0 || graphics->tls_port != 0 || graphics->autoport == TRI_YES)
        continue;
      /* Without a port nothing is listened on. */
      if (first->type == LISTEN_TYPE_NETWORK)
        graphics->autoport = TRI_NO;
      else if (first->type == LISTEN_TYPE_ADDRESS)
        {
          g_clear_pointer (&first->address, g_free);
          first->type = LISTEN_TYPE_NONE;
        }
    }
}

/* The controllers on which disks sit, by the disks' names. */
static void
add_disk_controllers (Domain *domain)
{
  static const struct { DomainControllerType type; DomainDiskBus bus; } buses[] = {
    { CONTROLLER_TYPE_SCSI, DISK_BUS_SCSI }, { CONTROLLER_TYPE_FDC, DISK_BUS_FDC }, { CONTROLLER_TYPE_IDE, DISK_BUS_IDE },
    { CONTROLLER_TYPE_SATA, DISK_BUS_SATA },
  };

  for (unsigned int b = 0; b < G_N_ELEMENTS (buses); b++)
    {
      int64_t highest = -1;

      for (unsigned int i = 0; i < domain->disks.n; i++)
        if (domain->disks.items[i]->target.bus == buses[b].bus
            && domain->disks.items[i]->info.address.type == ADDRESS_TYPE_DRIVE)
          highest = MAX (highest, (int64_t) domain->disks.items[i]->info.address.drive.controller);
      for (int index = 0; index <= MIN (highest, DOMAIN_CONTROLLER_INDEX_MAX); index++)
        domain_need_controller (domain, buses[b].type, index);
    }
}

/* Virtio channels and consoles need the controller they name, or the first. */
static void
add_serial_controllers (Domain *domain, const ChardevList *list)
{
  for (unsigned int i = 0; i < list->n; i++)
    {
      const DomainAddress *address = &list->items[i]->info.address;

      if (list->items[i]->target != CHARDEV_TARGET_VIRTIO)
        continue;
      if (address->type == ADDRESS_TYPE_VIRTIO_SERIAL)
        domain_need_controller (domain, CONTROLLER_TYPE_VIRTIO_SERIAL, (int) address->virtio_serial.controller);
      else
        domain_need_controller (domain, CONTROLLER_TYPE_VIRTIO_SERIAL, 0);
    }
}

void
domain_add_common_devices (Domain *domain)
{
  domain_assign_drives (domain);
  domain_add_scsi_controllers (domain);
  domain_assign_scsi_hostdevs (domain);
  domain_assign_smartcards (domain);
  number_controllers (domain);
  complete_chardevs (domain, false);
  if (domain->consoles.n > 0 && domain->consoles.items[0]->port < 0)
    domain->consoles.items[0]->port = 0;
  domain_default_inputs (domain);
  complete_graphics (domain);
  complete_videos (domain, NULL);
  add_disk_controllers (domain);
  add_serial_controllers (domain, (const ChardevList *) &domain->channels);
  add_serial_controllers (domain, (const ChardevList *) &domain->consoles);
  domain_add_smartcard_readers (domain);
  domain_add_scsi_controllers (domain);
}

void
domain_add_default_devices (Domain *domain, const DomainPlatform *platform)
{
  domain_assign_drives (domain);
  domain_add_scsi_controllers (domain);
  domain_assign_scsi_hostdevs (domain);
  domain_assign_smartcards (domain);
  number_controllers (domain);
  add_machine_controllers (domain, platform);
  domain_complete_disks (domain);
  complete_interfaces (domain, platform);
  domain_complete_hostdevs (domain, platform);
  complete_chardevs (domain, true);
  complete_inputs (domain);
  complete_graphics (domain);
  complete_videos (domain, platform);
  domain_add_default_audio (domain, platform);
  add_balloon (domain);
  complete_panics (domain);
  add_disk_controllers (domain);
  add_serial_controllers (domain, (const ChardevList *) &domain->channels);
  add_serial_controllers (domain, (const ChardevList *) &domain->consoles);
  domain_add_smartcard_readers (domain);
  domain_add_scsi_controllers (domain);
  complete_rngs (domain);
  domain_complete_small_devices (domain);
  complete_controllers (domain, platform);
}
