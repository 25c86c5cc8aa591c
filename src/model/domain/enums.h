/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* enums.h: the enumerations of domain documents, each said once with the names
 * that the documents use. Every type has X_ABSENT = 0 and a table `x_names`
 * for xml_enum_name() and xml_enum_value(). */
#pragma once

#include "xml/types.h"

#define VIRT_TYPE_LIST(X) X (VIRT_TYPE_QEMU, "qemu") X (VIRT_TYPE_KQEMU, "kqemu") X (VIRT_TYPE_KVM, "kvm") \
  X (VIRT_TYPE_XEN, "xen") X (VIRT_TYPE_LXC, "lxc") X (VIRT_TYPE_UML, "uml") X (VIRT_TYPE_OPENVZ, "openvz") \
  X (VIRT_TYPE_TEST, "test") X (VIRT_TYPE_VMWARE, "vmware") X (VIRT_TYPE_HYPERV, "hyperv") \
  X (VIRT_TYPE_VBOX, "vbox") X (VIRT_TYPE_PHYP, "phyp") X (VIRT_TYPE_PARALLELS, "parallels") \
  X (VIRT_TYPE_BHYVE, "bhyve") X (VIRT_TYPE_VZ, "vz") X (VIRT_TYPE_HVF, "hvf")
XML_ENUM_DECLARE (DomainVirtType, VIRT_TYPE_, virt_type, VIRT_TYPE_LIST)

#define VCPU_PLACEMENT_LIST(X) X (VCPU_PLACEMENT_STATIC, "static") X (VCPU_PLACEMENT_AUTO, "auto")
XML_ENUM_DECLARE (DomainVcpuPlacement, VCPU_PLACEMENT_, vcpu_placement, VCPU_PLACEMENT_LIST)

#define OS_TYPE_LIST(X) X (OS_TYPE_HVM, "hvm") X (OS_TYPE_XEN, "xen") X (OS_TYPE_LINUX, "linux") \
  X (OS_TYPE_EXE, "exe") X (OS_TYPE_UML, "uml") X (OS_TYPE_XENPVH, "xenpvh")
XML_ENUM_DECLARE (DomainOsType, OS_TYPE_, os_type, OS_TYPE_LIST)

#define BOOT_DEV_LIST(X) X (BOOT_DEV_FLOPPY, "fd") X (BOOT_DEV_CDROM, "cdrom") X (BOOT_DEV_DISK, "hd") \
  X (BOOT_DEV_NETWORK, "network")
XML_ENUM_DECLARE (DomainBootDev, BOOT_DEV_, boot_dev, BOOT_DEV_LIST)

#define FIRMWARE_LIST(X) X (FIRMWARE_BIOS, "bios") X (FIRMWARE_EFI, "efi")
XML_ENUM_DECLARE (DomainFirmware, FIRMWARE_, firmware, FIRMWARE_LIST)

#define FIRMWARE_FEATURE_LIST(X) X (FIRMWARE_FEATURE_ENROLLED_KEYS, "enrolled-keys") \
  X (FIRMWARE_FEATURE_SECURE_BOOT, "secure-boot")
XML_ENUM_DECLARE (DomainFirmwareFeatureName, FIRMWARE_FEATURE_, firmware_feature, FIRMWARE_FEATURE_LIST)

#define LOADER_TYPE_LIST(X) X (LOADER_TYPE_ROM, "rom") X (LOADER_TYPE_PFLASH, "pflash")
XML_ENUM_DECLARE (DomainLoaderType, LOADER_TYPE_, loader_type, LOADER_TYPE_LIST)

#define SMBIOS_MODE_LIST(X) X (SMBIOS_MODE_EMULATE, "emulate") X (SMBIOS_MODE_HOST, "host") \
  X (SMBIOS_MODE_SYSINFO, "sysinfo")
XML_ENUM_DECLARE (DomainSmbiosMode, SMBIOS_MODE_, smbios_mode, SMBIOS_MODE_LIST)

#define HYPERV_MODE_LIST(X) X (HYPERV_MODE_CUSTOM, "custom") X (HYPERV_MODE_PASSTHROUGH, "passthrough")
XML_ENUM_DECLARE (DomainHypervMode, HYPERV_MODE_, hyperv_mode, HYPERV_MODE_LIST)

#define IOAPIC_DRIVER_LIST(X) X (IOAPIC_DRIVER_QEMU, "qemu") X (IOAPIC_DRIVER_KVM, "kvm")
XML_ENUM_DECLARE (DomainIoapicDriver, IOAPIC_DRIVER_, ioapic_driver, IOAPIC_DRIVER_LIST)

#define CLOCK_OFFSET_LIST(X) X (CLOCK_OFFSET_UTC, "utc") X (CLOCK_OFFSET_LOCALTIME, "localtime") \
  X (CLOCK_OFFSET_VARIABLE, "variable") X (CLOCK_OFFSET_TIMEZONE, "timezone") X (CLOCK_OFFSET_ABSOLUTE, "absolute")
XML_ENUM_DECLARE (DomainClockOffset, CLOCK_OFFSET_, clock_offset, CLOCK_OFFSET_LIST)

#define CLOCK_BASIS_LIST(X) X (CLOCK_BASIS_UTC, "utc") X (CLOCK_BASIS_LOCALTIME, "localtime")
XML_ENUM_DECLARE (DomainClockBasis, CLOCK_BASIS_, clock_basis, CLOCK_BASIS_LIST)

#define TIMER_NAME_LIST(X) X (TIMER_NAME_PLATFORM, "platform") X (TIMER_NAME_PIT, "pit") X (TIMER_NAME_RTC, "rtc") \
  X (TIMER_NAME_HPET, "hpet") X (TIMER_NAME_TSC, "tsc") X (TIMER_NAME_KVMCLOCK, "kvmclock") \
  X (TIMER_NAME_HYPERVCLOCK, "hypervclock") X (TIMER_NAME_ARMVTIMER, "armvtimer")
XML_ENUM_DECLARE (DomainTimerName, TIMER_NAME_, timer_name, TIMER_NAME_LIST)

#define TIMER_TICK_LIST(X) X (TIMER_TICK_DELAY, "delay") X (TIMER_TICK_CATCHUP, "catchup") \
  X (TIMER_TICK_MERGE, "merge") X (TIMER_TICK_DISCARD, "discard")
XML_ENUM_DECLARE (DomainTimerTick, TIMER_TICK_, timer_tick, TIMER_TICK_LIST)

#define TIMER_TRACK_LIST(X) X (TIMER_TRACK_BOOT, "boot") X (TIMER_TRACK_GUEST, "guest") X (TIMER_TRACK_WALL, "wall") \
  X (TIMER_TRACK_REALTIME, "realtime")
XML_ENUM_DECLARE (DomainTimerTrack, TIMER_TRACK_, timer_track, TIMER_TRACK_LIST)

#define TIMER_MODE_LIST(X) X (TIMER_MODE_AUTO, "auto") X (TIMER_MODE_NATIVE, "native") X (TIMER_MODE_EMULATE, "emulate") \
  X (TIMER_MODE_PARAVIRT, "paravirt") X (TIMER_MODE_SMPSAFE, "smpsafe")
XML_ENUM_DECLARE (DomainTimerMode, TIMER_MODE_, timer_mode, TIMER_MODE_LIST)

#define LIFECYCLE_ACTION_LIST(X) X (LIFECYCLE_ACTION_DESTROY, "destroy") X (LIFECYCLE_ACTION_RESTART, "restart") \
  X (LIFECYCLE_ACTION_RENAME_RESTART, "rename-restart") X (LIFECYCLE_ACTION_PRESERVE, "preserve") \
  X (LIFECYCLE_ACTION_COREDUMP_DESTROY, "coredump-destroy") X (LIFECYCLE_ACTION_COREDUMP_RESTART, "coredump-restart")
XML_ENUM_DECLARE (DomainLifecycleAction, LIFECYCLE_ACTION_, lifecycle_action, LIFECYCLE_ACTION_LIST)

#define LOCK_FAILURE_LIST(X) X (LOCK_FAILURE_POWEROFF, "poweroff") X (LOCK_FAILURE_RESTART, "restart") \
  X (LOCK_FAILURE_PAUSE, "pause") X (LOCK_FAILURE_IGNORE, "ignore")
XML_ENUM_DECLARE (DomainLockFailure, LOCK_FAILURE_, lock_failure, LOCK_FAILURE_LIST)

#define INTERFACE_TYPE_LIST(X) X (INTERFACE_TYPE_USER, "user") X (INTERFACE_TYPE_ETHERNET, "ethernet") \
  X (INTERFACE_TYPE_VHOSTUSER, "vhostuser") X (INTERFACE_TYPE_SERVER, "server") X (INTERFACE_TYPE_CLIENT, "client") \
  X (INTERFACE_TYPE_MCAST, "mcast") X (INTERFACE_TYPE_NETWORK, "network") X (INTERFACE_TYPE_BRIDGE, "bridge") \
  X (INTERFACE_TYPE_INTERNAL, "internal") X (INTERFACE_TYPE_DIRECT, "direct") X (INTERFACE_TYPE_HOSTDEV, "hostdev") \
  X (INTERFACE_TYPE_UDP, "udp") X (INTERFACE_TYPE_VDPA, "vdpa") X (INTERFACE_TYPE_NULL, "null") X (INTERFACE_TYPE_VDS, "vds")
XML_ENUM_DECLARE (DomainInterfaceType, INTERFACE_TYPE_, interface_type, INTERFACE_TYPE_LIST)

#define LINK_STATE_LIST(X) X (LINK_STATE_UP, "up") X (LINK_STATE_DOWN, "down")
XML_ENUM_DECLARE (DomainLinkState, LINK_STATE_, link_state, LINK_STATE_LIST)

#define MAC_TYPE_LIST(X) X (MAC_TYPE_GENERATED, "generated") X (MAC_TYPE_STATIC, "static")
XML_ENUM_DECLARE (DomainMacType, MAC_TYPE_, mac_type, MAC_TYPE_LIST)

#define SECLABEL_TYPE_LIST(X) X (SECLABEL_TYPE_NONE, "none") X (SECLABEL_TYPE_DYNAMIC, "dynamic") X (SECLABEL_TYPE_STATIC, "static")
XML_ENUM_DECLARE (DomainSeclabelType, SECLABEL_TYPE_, seclabel_type, SECLABEL_TYPE_LIST)
