/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* alias.c: the names by which a running guest's devices are known. */
#include "model/domain/rules.h"

#include <string.h>

static void
set_alias (DomainDeviceInfo *info, char *alias)
{
  if (info->alias == NULL)
    info->alias = alias;
  else
    g_free (alias);
}

/* The number of an alias of @prefix, -1 if it is none. */
static int
alias_number (const char *alias, const char *prefix)
{
  size_t length = strlen (prefix);

  if (alias == NULL || strncmp (alias, prefix, length) != 0 || !g_ascii_isdigit (alias[length]))
    return -1;
  return (int) g_ascii_strtoull (alias + length, NULL, 10);
}

/* Names each that has no name after the highest number that is taken. */
static void
alias_in_turn (DomainDeviceInfo *const *infos, unsigned int n, const char *prefix)
{
  int highest = -1;

  for (unsigned int i = 0; i < n; i++)
    highest = MAX (highest, alias_number (infos[i]->alias, prefix));
  for (unsigned int i = 0; i < n; i++)
    if (infos[i]->alias == NULL)
      infos[i]->alias = g_strdup_printf ("%s%d", prefix, ++highest);
}

/* "net0", "net1", ...: by their places, so that a client's name for one does not change the others'; where
 * a running guest gets one more, after the highest. */
static void
number_aliases (XmlList *list, const char *prefix)
{
  for (unsigned int i = 0; i < list->n; i++)
    if (alias_number (((DomainDeviceInfo *) list->items[i])->alias, prefix) >= 0)
      {
        alias_in_turn ((DomainDeviceInfo **) list->items, list->n, prefix);
        return;
      }
  for (unsigned int i = 0; i < list->n; i++)
    set_alias (list->items[i], g_strdup_printf ("%s%u", prefix, i));
}

/* An interface that is a device of the host is counted with those, and before them. */
static void
alias_interfaces (Domain *domain)
{
  g_autoptr (GPtrArray) nets = g_ptr_array_new (), hostdevs = g_ptr_array_new ();

  for (unsigned int i = 0; i < domain->interfaces.n; i++)
    g_ptr_array_add (domain->interfaces.items[i]->type == INTERFACE_TYPE_HOSTDEV ? hostdevs : nets,
                     &domain->interfaces.items[i]->info);
  for (unsigned int i = 0; i < domain->hostdevs.n; i++)
    g_ptr_array_add (hostdevs, &domain->hostdevs.items[i]->info);
  alias_in_turn ((DomainDeviceInfo **) nets->pdata, nets->len, "net");
  alias_in_turn ((DomainDeviceInfo **) hostdevs->pdata, hostdevs->len, "hostdev");
}

static bool
is_machine_ide (const Domain *domain, const DomainController *controller)
{
  if (controller->index != 0)
    return false;
  return controller->type == CONTROLLER_TYPE_IDE ? domain_is_i440fx (domain)
                                                 : controller->type == CONTROLLER_TYPE_SATA && domain_is_q35 (domain);
}

/* The first USB controller and those of the machine have the names of QEMU's
 * own buses. */
static char *
controller_alias (const Domain *domain, const DomainController *controller)
{
  int index = controller->index;

  switch (controller->type)
    {
    case CONTROLLER_TYPE_PCI:
      if (index == 0)
        return g_strdup (controller->model == CONTROLLER_MODEL_PCIE_ROOT ? "pcie.0" : "pci.0");
      return g_strdup_printf ("pci.%d", index);
    case CONTROLLER_TYPE_USB:
      return index == 0 ? g_strdup ("usb") : g_strdup_printf ("usb%d", index);
    case CONTROLLER_TYPE_IDE: case CONTROLLER_TYPE_SATA:
      if (is_machine_ide (domain, controller))
        return g_strdup ("ide");
      break;
    default:
      break;
    }
  return g_strdup_printf ("%s%d", xml_enum_name (&controller_type_names, controller->type), index);
}

static char *
disk_alias (const DomainDisk *disk, const Domain *domain)
{
  const DomainAddress *address = &disk->info.address;
  const char *bus = xml_enum_name (&disk_bus_names, disk->target.bus);

  if (address->type != ADDRESS_TYPE_DRIVE)
    return g_strdup_printf ("%s-disk%d", bus, MAX (domain_disk_number (disk->target.dev), 0));
  if (disk->target.bus == DISK_BUS_SCSI)
    {
      const DomainController *controller
        = domain_find_controller (domain, CONTROLLER_TYPE_SCSI, (int) address->drive.controller);

      if (controller == NULL || controller->model != CONTROLLER_MODEL_LSILOGIC)
        return g_strdup_printf ("%s%u-%u-%u-%u", bus, address->drive.controller, address->drive.bus, address->drive.target,
                                address->drive.unit);
    }
  return g_strdup_printf ("%s%u-%u-%u", bus, address->drive.controller, address->drive.bus, address->drive.unit);
}

/* A console that is a serial port has that port's name. */
static void
alias_consoles (Domain *domain)
{
  for (unsigned int i = 0; i < domain->consoles.n; i++)
    {
      DomainChardev *console = domain->consoles.items[i];

      if (i == 0 && console->target == CHARDEV_TARGET_SERIAL && domain->serials.n > 0)
        set_alias (&console->info, g_strdup (domain->serials.items[0]->info.alias));
      else
        set_alias (&console->info, g_strdup_printf ("console%u", i));
    }
}

static void
alias_single (DomainDeviceInfo *info, const char *name)
{
  if (info != NULL)
    set_alias (info, g_strdup (name));
}

/* The first number from @number on of which no memory is called. */
static unsigned int
free_number (const Domain *domain, const char *prefix, unsigned int number)
{
  for (unsigned int i = 0; i < domain->memories.n; i++)
    if (alias_number (domain->memories.items[i]->info.alias, prefix) == (int) number)
      return free_number (domain, prefix, number + 1);
  return number;
}

/* Memory in slots has the slot's number. */
static void
alias_memories (Domain *domain)
{
  static const char *const prefixes[] = {
    [MEMORY_MODEL_DIMM] = "dimm", [MEMORY_MODEL_NVDIMM] = "nvdimm", [MEMORY_MODEL_VIRTIO_PMEM] = "virtiopmem",
    [MEMORY_MODEL_VIRTIO_MEM] = "virtiomem", [MEMORY_MODEL_SGX_EPC] = "epc",
  };
  unsigned int count[MEMORY_MODEL_LAST] = { 0 };

  for (unsigned int i = 0; i < domain->memories.n; i++)
    {
      DomainMemory *memory = domain->memories.items[i];
      unsigned int number = count[memory->model]++;

      if (memory->info.address.type == ADDRESS_TYPE_DIMM)
        number = memory->info.address.dimm.slot;
      else
        number = free_number (domain, prefixes[memory->model], number);
      set_alias (&memory->info, g_strdup_printf ("%s%u", prefixes[memory->model], number));
    }
}

void
domain_assign_aliases (Domain *domain)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    set_alias (&domain->disks.items[i]->info, disk_alias (domain->disks.items[i], domain));
  for (unsigned int i = 0; i < domain->controllers.n; i++)
    set_alias (&domain->controllers.items[i]->info, controller_alias (domain, domain->controllers.items[i]));
  alias_interfaces (domain);
  number_aliases ((XmlList *) &domain->sounds, "sound");
  number_aliases ((XmlList *) &domain->videos, "video");
  number_aliases ((XmlList *) &domain->parallels, "parallel");
  number_aliases ((XmlList *) &domain->serials, "serial");
  number_aliases ((XmlList *) &domain->channels, "channel");
  alias_consoles (domain);
  number_aliases ((XmlList *) &domain->inputs, "input");
  number_aliases ((XmlList *) &domain->hubs, "hub");
  number_aliases ((XmlList *) &domain->smartcards, "smartcard");
  number_aliases ((XmlList *) &domain->redirdevs, "redir");
  number_aliases ((XmlList *) &domain->watchdogs, "watchdog");
  alias_in_turn ((DomainDeviceInfo **) domain->rngs.items, domain->rngs.n, "rng");
  number_aliases ((XmlList *) &domain->filesystems, "fs");
  number_aliases ((XmlList *) &domain->shmems, "shmem");
  number_aliases ((XmlList *) &domain->tpms, "tpm");
  number_aliases ((XmlList *) &domain->cryptos, "crypto");
  alias_memories (domain);
  alias_single (domain->nvram_device != NULL ? &domain->nvram_device->info : NULL, "nvram");
  alias_single (domain->iommu != NULL ? &domain->iommu->info : NULL, "iommu0");
  alias_single (domain->vsock != NULL ? &domain->vsock->info : NULL, "vsock0");
  alias_single (domain->pstore != NULL ? &domain->pstore->info : NULL, "pstore0");
  if (domain->memballoon != NULL && domain->memballoon->model != BALLOON_MODEL_NONE)
    set_alias (&domain->memballoon->info, g_strdup ("balloon0"));
}
