/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rules.h: what the files with a domain's rules share. */
#pragma once

#include "model/domain/domain.h"
#include "util/error.h"
#include "xml/libxml.h"

typedef XML_LIST (DomainChardev) ChardevList;

/* What to ask the platform about @domain. Borrows from it. */
DomainTarget domain_target (const Domain *domain);

/* The controller of @type and @index, NULL if there is none. */
DomainController *domain_find_controller (const Domain *domain, DomainControllerType type, int index);

/* More than any guest has; a document that asks for more asks for as much work. */
#define DOMAIN_CONTROLLER_INDEX_MAX 1023

/* Appends a controller if there is none of @type and @index yet. An index beyond the
 * maximum is left to domain_validate_controllers to refuse. */
void domain_need_controller (Domain *domain, DomainControllerType type, int index);

/* Brings controllers and disks into the order of documents; what is in it stays. */
void domain_sort_devices (Domain *domain);

/* Fills what a new guest's memory leaves open, and aligns it as the machine needs. */
void domain_default_memory (Domain *domain, const DomainPlatform *platform);

/* Fills what the CPU leaves open. */
void domain_default_cpu (Domain *domain, const DomainPlatform *platform);

/* Adds and numbers the devices that a guest of any hypervisor has without asking. */
void domain_add_common_devices (Domain *domain);

/* Adds the devices that a guest of QEMU has without asking. */
void domain_add_default_devices (Domain *domain, const DomainPlatform *platform);

/* Fills what disks leave open but for their places. */
void domain_complete_disks (Domain *domain);

/* Puts input devices on the bus where they are expected, whatever the hypervisor. */
void domain_default_inputs (Domain *domain);

/* The place that @dev, a name like "sda", means on @bus. False if there is none. */
bool domain_disk_drive (DomainDiskBus bus, const char *dev, DomainAddress *ret_address);

/* Adds the sound backend that the displays suggest, if sound needs one and there is none. */
void domain_add_default_audio (Domain *domain, const DomainPlatform *platform);

/* Fills what memory devices, TPMs, vsocks and shared memory leave open. */
void domain_complete_small_devices (Domain *domain);

/* Gives disks on IDE, SATA, SCSI and floppy buses the places their names mean. */
void domain_assign_drives (Domain *domain);

/* Gives SCSI host devices the places that disks leave, and smartcards slots of the
 * first reader. */
void domain_assign_scsi_hostdevs (Domain *domain);
void domain_assign_smartcards (Domain *domain);

/* Fills what host devices leave open. */
void domain_complete_hostdevs (Domain *domain, const DomainPlatform *platform);

/* Adds SCSI controllers up to the highest that has a host device, and smartcard readers. */
void domain_add_scsi_controllers (Domain *domain);
void domain_add_smartcard_readers (Domain *domain);

/* Rules of network interfaces. */
bool domain_validate_interfaces (const Domain *domain, GError **error);

/* Rules of host devices and what else reaches the guest from outside. */
bool domain_validate_hostdevs (const Domain *domain, GError **error);

/* Rules of the character device source of device number @i (from 0) of those that
 * are called @element. */
bool domain_check_chardev_source (const Domain *domain, const char *element, unsigned int i, const DomainChardevSource *source,
                                  GError **error);

/* Gives PCI addresses; adds bridges and ports. */
bool domain_assign_pci (Domain *domain, const DomainPlatform *platform, GError **error);

/* Gives places on the channel subsystem of s390, or registers of paravirtual
 * devices of pseries, to the devices that are there on such machines. */
bool domain_assign_ccw (Domain *domain, GError **error);
bool domain_assign_spapr_vio (Domain *domain, GError **error);

/* Puts virtio devices without a place on the memory bus, on machines that have
 * no PCI but that. */
bool domain_assign_mmio (Domain *domain, const DomainPlatform *platform, GError **error);

/* Gives PCI devices of s390 the two numbers that they have beside their place. */
bool domain_assign_zpci (Domain *domain, const DomainPlatform *platform, GError **error);

bool domain_is_x86 (const Domain *domain);

/* Gives ports on USB buses unless that is for later; adds hubs. */
bool domain_assign_usb (Domain *domain, const DomainPlatform *platform, GError **error);

/* Whether any device has a boot order. */
bool domain_has_boot_order (const Domain *domain);

/* Whether the devices of @domain are on a bus of this kind of host bridge. */
bool domain_has_pcie (const Domain *domain);
bool domain_has_pci (const Domain *domain);

/* Whether there is an I/O thread @id. */
bool domain_has_iothread (const Domain *domain, unsigned int id);

/* Rules of one controller of type 'pci'. */
bool domain_check_pci_controller (const Domain *domain, const DomainController *controller, GError **error);

/* Whether the emulator has the PCI controllers of @domain, and their options. */
bool domain_validate_pci_emulation (const Domain *domain, const DomainPlatform *platform, GError **error);

/* Device models that only some emulators or machines have. */
bool domain_validate_emulator (const Domain *domain, const DomainPlatform *platform, GError **error);

/* Rules of the controllers, which addresses build on, and of all other devices. */
/* Rules of CPU, features, timers and actions: which machine and emulator have what. */
bool domain_validate_machine (const Domain *domain, const DomainPlatform *platform, GError **error);

bool domain_validate_controllers (const Domain *domain, GError **error);
bool domain_validate_devices (const Domain *domain, const DomainPlatform *platform, GError **error);

/* Rules of disks: between them and with the machine; of one alone, for its finish function. */
bool domain_validate_disks (const Domain *domain, const DomainPlatform *platform, GError **error);
bool domain_disk_check (const DomainDisk *disk, const xmlNode *node, GError **error);

/* Leaves a checking function with an error; the second for what QEMU cannot. */
#define REFUSE(code_, ...) return fail (error, VIR_FROM_DOMAIN, VIR_ERR_##code_, __VA_ARGS__)
#define REFUSE_QEMU(code_, ...) return fail (error, VIR_FROM_QEMU, VIR_ERR_##code_, __VA_ARGS__)

/* Says in front of the error that it is about the device of @info: "domain/devices/disk at line 14: ";
 * nothing if it was not read from a document. False always. */
bool domain_blame (const Domain *domain, const DomainDeviceInfo *info, GError **error);

/* The same of device number @i (from 0) of those that are called @element. */
bool domain_blame_at (const Domain *domain, const char *element, unsigned int i, GError **error);

/* The same about device number @i_ (from 0) of those of `domain` that are called @element_. */
#define REFUSE_AT(element_, i_, code_, ...) \
  return (fail (error, VIR_FROM_DOMAIN, VIR_ERR_##code_, __VA_ARGS__), domain_blame_at (domain, element_, i_, error))
#define REFUSE_QEMU_AT(element_, i_, code_, ...) \
  return (fail (error, VIR_FROM_QEMU, VIR_ERR_##code_, __VA_ARGS__), domain_blame_at (domain, element_, i_, error))

/* The same about the device of @info_, of subsystem @from_: says its line too. */
#define REFUSE_DEVICE(from_, info_, element_, i_, code_, format_, ...) \
  return fail (error, VIR_FROM_##from_, VIR_ERR_##code_, "domain/devices/%s[%u] at line %u: " format_, element_, (i_) + 1, \
               (info_)->line, ##__VA_ARGS__)

/* Rules of groups of devices. */
bool domain_validate_displays (const Domain *domain, GError **error);
bool domain_validate_chardevs (const Domain *domain, GError **error);
bool domain_validate_small_devices (const Domain *domain, const DomainPlatform *platform, GError **error);
bool domain_validate_memories (const Domain *domain, GError **error);

/* Whether other processes can see all of the guest's memory. */
bool domain_has_shared_memory (const Domain *domain);
