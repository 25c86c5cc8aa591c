/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* features.h: what a guest's machine has or has not, besides devices. */
#pragma once

#include "xml/types.h"

#define HYPERV_MODE_LIST(X) X (HYPERV_MODE_CUSTOM, "custom") X (HYPERV_MODE_PASSTHROUGH, "passthrough")
XML_ENUM_DECLARE (DomainHypervMode, HYPERV_MODE_, hyperv_mode, HYPERV_MODE_LIST)

#define IOAPIC_DRIVER_LIST(X) X (IOAPIC_DRIVER_QEMU, "qemu") X (IOAPIC_DRIVER_KVM, "kvm")
XML_ENUM_DECLARE (DomainIoapicDriver, IOAPIC_DRIVER_, ioapic_driver, IOAPIC_DRIVER_LIST)

#define GIC_VERSION_LIST(X) X (GIC_VERSION_HOST, "host") X (GIC_VERSION_2, "2") X (GIC_VERSION_3, "3")
XML_ENUM_DECLARE (DomainGicVersion, GIC_VERSION_, gic_version, GIC_VERSION_LIST)

#define HPT_RESIZING_LIST(X) X (HPT_RESIZING_ENABLED, "enabled") X (HPT_RESIZING_DISABLED, "disabled") \
  X (HPT_RESIZING_REQUIRED, "required")
XML_ENUM_DECLARE (DomainHptResizing, HPT_RESIZING_, hpt_resizing, HPT_RESIZING_LIST)

#define MSRS_UNKNOWN_LIST(X) X (MSRS_UNKNOWN_IGNORE, "ignore") X (MSRS_UNKNOWN_FAULT, "fault")
XML_ENUM_DECLARE (DomainMsrsUnknown, MSRS_UNKNOWN_, msrs_unknown, MSRS_UNKNOWN_LIST)

/* Of CFPC and SBBC. */
#define MITIGATION_LIST(X) X (MITIGATION_BROKEN, "broken") X (MITIGATION_WORKAROUND, "workaround") X (MITIGATION_FIXED, "fixed")
XML_ENUM_DECLARE (DomainMitigation, MITIGATION_, mitigation, MITIGATION_LIST)

#define IBS_LIST(X) X (IBS_BROKEN, "broken") X (IBS_WORKAROUND, "workaround") X (IBS_FIXED_IBS, "fixed-ibs") \
  X (IBS_FIXED_CCD, "fixed-ccd") X (IBS_FIXED_NA, "fixed-na")
XML_ENUM_DECLARE (DomainIbs, IBS_, ibs, IBS_LIST)

#define AIA_LIST(X) X (AIA_NONE, "none") X (AIA_APLIC, "aplic") X (AIA_APLIC_IMSIC, "aplic-imsic")
XML_ENUM_DECLARE (DomainAia, AIA_, aia, AIA_LIST)

#define XEN_PASSTHROUGH_LIST(X) X (XEN_PASSTHROUGH_SYNC_PT, "sync_pt") X (XEN_PASSTHROUGH_SHARE_PT, "share_pt")
XML_ENUM_DECLARE (DomainXenPassthrough, XEN_PASSTHROUGH_, xen_passthrough, XEN_PASSTHROUGH_LIST)

#define CAPABILITY_POLICY_LIST(X) X (CAPABILITY_POLICY_DEFAULT, "default") X (CAPABILITY_POLICY_ALLOW, "allow") \
  X (CAPABILITY_POLICY_DENY, "deny")
XML_ENUM_DECLARE (DomainCapabilityPolicy, CAPABILITY_POLICY_, capability_policy, CAPABILITY_POLICY_LIST)

/* Those of a container's processes. */
#define CAPABILITY_LIST(X) X (CAPABILITY_AUDIT_CONTROL, "audit_control") X (CAPABILITY_AUDIT_WRITE, "audit_write") \
  X (CAPABILITY_BLOCK_SUSPEND, "block_suspend") X (CAPABILITY_CHOWN, "chown") X (CAPABILITY_DAC_OVERRIDE, "dac_override") \
  X (CAPABILITY_DAC_READ_SEARCH, "dac_read_search") X (CAPABILITY_FOWNER, "fowner") X (CAPABILITY_FSETID, "fsetid") \
  X (CAPABILITY_IPC_LOCK, "ipc_lock") X (CAPABILITY_IPC_OWNER, "ipc_owner") X (CAPABILITY_KILL, "kill") \
  X (CAPABILITY_LEASE, "lease") X (CAPABILITY_LINUX_IMMUTABLE, "linux_immutable") X (CAPABILITY_MAC_ADMIN, "mac_admin") \
  X (CAPABILITY_MAC_OVERRIDE, "mac_override") X (CAPABILITY_MKNOD, "mknod") X (CAPABILITY_NET_ADMIN, "net_admin") \
  X (CAPABILITY_NET_BIND_SERVICE, "net_bind_service") X (CAPABILITY_NET_BROADCAST, "net_broadcast") \
  X (CAPABILITY_NET_RAW, "net_raw") X (CAPABILITY_SETGID, "setgid") X (CAPABILITY_SETFCAP, "setfcap") \
  X (CAPABILITY_SETPCAP, "setpcap") X (CAPABILITY_SETUID, "setuid") X (CAPABILITY_SYS_ADMIN, "sys_admin") \
  X (CAPABILITY_SYS_BOOT, "sys_boot") X (CAPABILITY_SYS_CHROOT, "sys_chroot") X (CAPABILITY_SYS_MODULE, "sys_module") \
  X (CAPABILITY_SYS_NICE, "sys_nice") X (CAPABILITY_SYS_PACCT, "sys_pacct") X (CAPABILITY_SYS_PTRACE, "sys_ptrace") \
  X (CAPABILITY_SYS_RAWIO, "sys_rawio") X (CAPABILITY_SYS_RESOURCE, "sys_resource") X (CAPABILITY_SYS_TIME, "sys_time") \
  X (CAPABILITY_SYS_TTY_CONFIG, "sys_tty_config") X (CAPABILITY_SYSLOG, "syslog") X (CAPABILITY_WAKE_ALARM, "wake_alarm")
XML_ENUM_DECLARE (DomainCapability, CAPABILITY_, capability, CAPABILITY_LIST)

/* Tristates here are state='on' and state='off'. */
typedef struct
{
  DomainHypervMode mode;
  Tristate relaxed, vapic, spinlocks, vpindex, runtime, synic, stimer, stimer_direct, reset, vendor_id,
           frequencies, reenlightenment, tlbflush, tlbflush_direct, tlbflush_extended, ipi, evmcs, avic, emsr_bitmap,
           xmm_input;
  unsigned int spinlocks_retries;   /* 0: absent */
  char *vendor_id_value;
} DomainHyperv;

typedef struct
{
  Tristate hidden, hint_dedicated, poll_control, pv_ipi, dirty_ring;
  unsigned int dirty_ring_size;     /* 0: absent */
} DomainKvm;

typedef struct
{
  Tristate e820_host, passthrough;
  DomainXenPassthrough passthrough_mode;
} DomainXen;

typedef struct { DomainCapability name; Tristate state; } DomainCapabilityState;

typedef struct
{
  DomainCapabilityPolicy policy;
  XML_LIST (DomainCapabilityState) states;      /* in the order of DomainCapability, each once */
} DomainCapabilities;

typedef struct
{
  bool acpi, apic, pae, viridian, privnet, gic, hpt;
  Tristate apic_eoi, hap, pvspinlock, pmu, vmport, smm, vmcoreinfo, htm, nested_hv, ccf_assist, async_teardown, ras, ps2;
  DomainHyperv *hyperv;
  DomainKvm *kvm;
  DomainXen *xen;
  DomainCapabilities *capabilities;
  DomainIoapicDriver ioapic;
  DomainGicVersion gic_version;
  DomainHptResizing hpt_resizing;
  DomainMsrsUnknown msrs_unknown;
  DomainMitigation cfpc, sbbc;
  DomainIbs ibs;
  DomainAia aia;
  uint64_t hpt_max_page_size;   /* KiB; 0: absent */
  uint64_t smm_tseg;            /* bytes; UINT64_MAX: absent */
  uint64_t tb_cache;            /* KiB; 0: absent */
} DomainFeatures;
