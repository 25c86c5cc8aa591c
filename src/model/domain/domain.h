/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain.h: a virtual machine as its document describes it.
 *
 * A Domain is a plain tree of structs that owns all it points to. Nothing here
 * awaits, logs or looks at the host: the functions are pure, what they need to
 * know about emulators they ask of a DomainPlatform.
 *
 * A definition's way: domain_parse(), domain_apply_defaults(),
 * domain_assign_addresses(), domain_validate(); at start domain_copy() and
 * domain_assign_aliases(). What an older document has is never changed by
 * these: they fill what is absent. domain_complete() is the first three.
 *
 * Sizes are in KiB unless said otherwise. An enumeration that is 0, a string
 * that is NULL is absent from the document. New structs come from the
 * domain_X_new() functions, so that absent integers have their absent value. */
#pragma once

#include "model/domain/clock.h"
#include "model/domain/cpu.h"
#include "model/domain/device.h"
#include "model/domain/features.h"
#include "model/domain/namespaces.h"
#include "model/domain/os.h"
#include "model/domain/platform.h"
#include "model/domain/security.h"
#include "model/domain/sysinfo.h"
#include "model/domain/tuning.h"

#include "libvirt-constants.h"

#define DOMAIN_UUID_LENGTH 16
#define DOMAIN_MAX_BYTES (4 * 1024 * 1024)     /* of one document */

typedef struct
{
  DomainVirtType type;
  int id;                       /* -1: not running */
  char *name;
  uint8_t uuid[DOMAIN_UUID_LENGTH];
  uint8_t hwuuid[DOMAIN_UUID_LENGTH];       /* what the guest sees; all 0: uuid */
  uint8_t genid[DOMAIN_UUID_LENGTH];        /* of this run of the guest's time; counts only with has_genid */
  bool has_genid;
  char *title, *description;
  XmlForeigns metadata;
  bool has_metadata;            /* the element is there, with or without anything in it */
  bool has_current_memory;      /* the document says current_memory */

  uint64_t memory;              /* at boot */
  Tristate dump_core;
  uint64_t current_memory;
  uint64_t max_memory;          /* 0: absent */
  unsigned int memory_slots;

  unsigned int vcpus_max;
  unsigned int vcpus;           /* at boot, never above vcpus_max; 0: as vcpus_max */
  DomainVcpuPlacement vcpu_placement;
  XmlBitmap *vcpu_cpuset;
  unsigned int iothreads;
  XML_LIST (DomainIothread) iothread_ids;
  DomainDefaultIothread *default_iothread;
  char *partition;              /* resource/partition */
  char *appid;                  /* resource/fibrechannel */
  XML_LIST (DomainVcpu) vcpu_list;          /* empty or all, by id */

  /* NULL where nothing is said. */
  DomainBlkiotune *blkiotune;
  DomainMemtune *memtune;
  DomainMemoryBacking *memory_backing;
  DomainCputune *cputune;
  DomainNumatune *numatune;
  DomainPerf *perf;
  DomainIdmap *idmap;
  XML_LIST (DomainDiskIoTune) throttle_groups;      /* limits that disks share, each with a group */
  DomainKeywrap *keywrap;
  DomainLaunchSecurity *launch_security;
  XML_LIST (DomainSysinfo) sysinfos;
  char *bootloader, *bootloader_args;       /* of Xen */

  DomainOs os;
  DomainFeatures features;
  DomainCpu *cpu;
  DomainClock clock;
  DomainLifecycleAction on_poweroff, on_reboot, on_crash;
  DomainLockFailure on_lockfailure;
  Tristate pm_suspend_to_mem, pm_suspend_to_disk;

  char *emulator;
  XML_LIST (DomainDisk) disks;
  XML_LIST (DomainController) controllers;
  XML_LIST (DomainLease) leases;
  XML_LIST (DomainInterface) interfaces;
  XML_LIST (DomainSmartcard) smartcards;
  XML_LIST (DomainChardev) serials;
  XML_LIST (DomainChardev) parallels;
  XML_LIST (DomainChardev) consoles;
  XML_LIST (DomainChardev) channels;
  XML_LIST (DomainInput) inputs;
  XML_LIST (DomainGraphics) graphics;
  XML_LIST (DomainSound) sounds;
  XML_LIST (DomainAudio) audios;
  XML_LIST (DomainVideo) videos;
  XML_LIST (DomainHostdev) hostdevs;
  XML_LIST (DomainRedirdev) redirdevs;
  DomainRedirFilter *redirfilter;
  XML_LIST (DomainHub) hubs;
  XML_LIST (DomainWatchdog) watchdogs;
  DomainMemballoon *memballoon;
  XML_LIST (DomainRng) rngs;
  XML_LIST (DomainPanic) panics;
  XML_LIST (DomainFilesystem) filesystems;
  XML_LIST (DomainTpm) tpms;
  XML_LIST (DomainShmem) shmems;
  XML_LIST (DomainMemory) memories;
  XML_LIST (DomainCrypto) cryptos;
  DomainIommu *iommu;
  DomainVsock *vsock;
  DomainPstore *pstore;
  DomainNvram *nvram_device;

  XML_LIST (DomainSeclabel) seclabels;

  DomainQemuCommandline *qemu;
  DomainQemuCapabilities *qemu_capabilities;
  DomainQemuOverride *qemu_override;
  char *qemu_deprecation;       /* "omit", "crash", ... */
  DomainLxcNamespace *lxc;
  DomainQemuCommandline *xen_commandline, *bhyve_commandline;
  char *vmware_datacenter;
} Domain;

typedef enum
{
  DOMAIN_PARSE_INACTIVE = 1 << 0,   /* drop what only a running domain has: id, aliases that are not the user's, ... */
  DOMAIN_PARSE_STATUS = 1 << 1,     /* from our own status file: everything is taken as it is */
  DOMAIN_PARSE_VALIDATE = 1 << 2,   /* unknown elements and attributes are errors (XML_INVALID_SCHEMA) */
} DomainParseFlags;

typedef enum
{
  DOMAIN_FORMAT_SECURE = 1 << 0,      /* with passwords */
  DOMAIN_FORMAT_INACTIVE = 1 << 1,    /* without what only a running domain has */
  DOMAIN_FORMAT_MIGRATABLE = 1 << 2,  /* without what an older libvirt would not understand */
  DOMAIN_FORMAT_STATUS = 1 << 3,      /* for our own status file */
} DomainFormatFlags;

/* Reads a document of @length bytes. @flags is DOMAIN_PARSE_*. Generates a
 * UUID if there is none. Errors: VIR_ERR_XML_DETAIL (malformed XML),
 * VIR_ERR_XML_ERROR, VIR_ERR_CONFIG_UNSUPPORTED, ... as stock; the text names
 * the element's path and line. */
Domain *domain_parse (const char *xml, size_t length, DomainParseFlags flags, GError **error);

/* The document, with a newline at the end. Caller frees. */
char *domain_format (const Domain *domain, DomainFormatFlags flags);

/* A deep copy. */
Domain *domain_copy (const Domain *domain);

/* NULL is fine. */
void domain_free (Domain *domain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Domain, domain_free)

/* Whether both mean the same in every member. */
bool domain_equal (const Domain *a, const Domain *b);

/* Whether a guest that runs as @running could go on as @other, after a migration or from a saved
 * image, without seeing another machine: every row that a guest sees has to be equal. Errors:
 * VIR_ERR_CONFIG_UNSUPPORTED with the path and both values. */
bool domain_check_abi (const Domain *running, const Domain *other, GError **error);

/* What differs, a line "PATH: 'A', 'B'" for each value; empty if nothing does. Devices are
 * compared by their places in their lists. Freed with g_strfreev(). */
char **domain_changes (const Domain *a, const Domain *b);

/* Empty structs with absent values in place, to be appended to the lists of a
 * domain, which then owns them. */
Domain *domain_new (void);
DomainDisk *domain_disk_new (void);
DomainController *domain_controller_new (DomainControllerType type, int index, DomainControllerModel model);
DomainInterface *domain_interface_new (void);
DomainChardev *domain_chardev_new (DomainChardevType type);
DomainInput *domain_input_new (DomainInputType type, DomainInputBus bus);
DomainVideo *domain_video_new (void);
DomainMemballoon *domain_memballoon_new (void);

/* Fills what the document of a guest of any hypervisor leaves open: arch (as
 * @host_arch), boot devices, consoles, numbers of controllers. */
void domain_apply_common_defaults (Domain *domain, const char *host_arch);

/* Fills what the document leaves open: arch, machine (canonical), emulator,
 * cpu, clock, actions, controllers, consoles, inputs, balloon, as stock does
 * for QEMU. Errors: the emulator or machine does not exist, ... */
bool domain_apply_defaults (Domain *domain, const DomainPlatform *platform, GError **error);

/* Gives each device without an address one, adding the controllers, bridges and
 * root ports that it takes. What has an address keeps it; two devices at one
 * address are an error. */
bool domain_assign_addresses (Domain *domain, const DomainPlatform *platform, GError **error);

/* The one rule of these about what follows when the guest powers off, reboots or crashes. */
bool domain_check_actions (const Domain *domain, GError **error);

/* Rules across fields; changes nothing. */
bool domain_validate (const Domain *domain, const DomainPlatform *platform, GError **error);

/* Defaults, addresses and validation of a new definition; @domain may be half
 * filled after an error. */
bool domain_complete (Domain *domain, const DomainPlatform *platform, GError **error);

/* Gives each device without an alias the one that stock gives ("net0"). */
void domain_assign_aliases (Domain *domain);

/* What the XML calls a kind of device, and its common part. */
typedef struct
{
  const char *element;          /* "disk", "serial", ... */
  DomainDeviceInfo *info;       /* also the device's address: DomainDisk * for "disk" */
} DomainDevice;

/* Every device of @domain in stock's order; NULL-element terminated array,
 * freed with g_free(); the devices stay the domain's. */
DomainDevice *domain_devices (const Domain *domain);

/* Helpers that many need. */
bool domain_arch_is_known (const char *arch);           /* a name of libvirt's */
bool domain_interface_is_virtio (const DomainInterface *interface);   /* its model is one of the three of virtio */
bool domain_is_q35 (const Domain *domain);
bool domain_is_i440fx (const Domain *domain);
unsigned int domain_vcpus_now (const Domain *domain);    /* vcpus, or vcpus_max if 0 */
DomainChardev *domain_find_console (const Domain *domain, const char *device_name);   /* alias or NULL: first console, serial or parallel */
