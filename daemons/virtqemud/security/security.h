/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security/security.h: what keeps guests apart from the host and from each other: the user that each runs as, its
 * label, and what it may open.
 *
 * Several drivers do that at once, each with a label of its own in the document's <seclabel>: "dac" (users and groups,
 * always there for root), and "selinux" or "apparmor" where the kernel has them. A guest's label is chosen when it
 * starts and part of its live document; each file that it needs gets the labels that go with it, and gets its own back
 * when the guest that is the last to use it goes (security/owner.h). Besides, a guest sees only the device nodes that it
 * needs: in a /dev of its own (security/namespace.h), and by the device list of its control group
 * (security/device-acl.h). */
#pragma once

#include "model/domain/domain.h"
#include "qemu/config.h"

typedef enum
{
  SECURITY_SELINUX,
  SECURITY_APPARMOR,
  SECURITY_DAC,
  SECURITY_N,
} SecurityModel;

/* How a driver knows labels; all functions are pure but where said. */
typedef struct SecurityFile SecurityFile;     /* security/files.h */
typedef struct
{
  SecurityModel model;
  const char *name, *doi;
  /* Whether it is used here. May read /sys once; does not await. */
  bool (*is_enabled) (const QemuConfig *config);
  /* What guests without KVM or with it get at most, for capabilities; NULL: nothing to say. Caller frees. */
  char *(*base_label) (const QemuConfig *config, bool kvm);
  /* Fills label and imagelabel of a dynamic @label, checks those of a static one: VIR_ERR_XML_ERROR,
   * VIR_ERR_INVALID_ARG, VIR_ERR_CONFIG_UNSUPPORTED. */
  bool (*choose) (const QemuConfig *config, const Domain *domain, DomainSeclabel *label, GError **error);
  /* A running guest has @label: nobody else is to get it, until it is released. NULL: labels need not differ. */
  void (*reserve) (const DomainSeclabel *label);
  void (*release) (const DomainSeclabel *label);
  /* What a file gets where neither the document nor the file says otherwise; NULL: it is left alone. Caller frees. */
  char *(*file_label) (const DomainSeclabel *label, const SecurityFile *file);
} SecurityDriver;

extern const SecurityDriver security_dac, security_selinux, security_apparmor;

/* The drivers in use, in the order in which documents have them, NULL-terminated. */
const SecurityDriver *const *security_drivers (const QemuConfig *config);

/* As if the host had @drivers (NULL-terminated, borrowed for good): to see labels where no kernel knows them. */
void security_use_drivers (const SecurityDriver *const *drivers);

/* Fails with VIR_ERR_CONFIG_UNSUPPORTED if qemu.conf asks for a driver that the kernel does not have. */
bool security_check_config (const QemuConfig *config, GError **error);

/* Gives @domain, about to start, a complete <seclabel> for each driver in use. Fails for labels of models that are not in
 * use, labels that cannot be, and guests that are not confined where qemu.conf wants all to be. What was chosen is reserved
 * on success. Does not await. */
bool security_choose_labels (Domain *domain, const QemuConfig *config, GError **error);

/* The labels of a guest that was found running, so that nobody else gets them; and of one that has ended. */
void security_reserve_labels (const Domain *domain, const QemuConfig *config);
void security_release_labels (const Domain *domain, const QemuConfig *config);

/* Whether the kernel refuses what @driver's policy does not allow, rather than only to say so. Reads one file of /sys. */
bool security_is_enforcing (const SecurityDriver *driver);

/* Whether qemu.conf leaves room for the driver @name. */
bool security_is_wanted (const QemuConfig *config, const char *name);

/* What QEMU's process is to write to its attr/exec before it executes, so that it runs confined; NULL: nothing. Caller
 * frees. */
char *security_exec_label (const Domain *domain, const QemuConfig *config);

/* The SELinux context of sockets that the daemon makes for QEMU to listen on; NULL: none is set. Caller frees. */
char *security_socket_context (const Domain *domain, const QemuConfig *config);

/* The label of a running guest by one model; NULL: none. Borrowed. */
const DomainSeclabel *security_label_of (const Domain *domain, SecurityModel model);

/* --- devices that come and go --------------------------------------------------------------- */

/* The guest that runs; all borrowed. */
typedef struct
{
  int id;
  const char *name;
  const Domain *domain;         /* live */
  const QemuConfig *config;
  pid_t pid;                    /* of QEMU */
  const char *cgroup;           /* of QEMU, or NULL */
} SecurityGuest;

/* What a device is, by its type in the model. */
typedef enum
{
  SECURITY_DISK,                /* DomainDisk, with its whole chain */
  SECURITY_SOURCE,              /* DomainStorageSource, with what is below it; to be written */
  SECURITY_SOURCE_READONLY,     /* the same, only to be read */
  SECURITY_CHARDEV,             /* DomainChardevSource */
  SECURITY_HOSTDEV,             /* DomainHostdev; a USB device has its bus and number */
  SECURITY_RNG,                 /* DomainRng */
  SECURITY_TPM,                 /* DomainTpm */
  SECURITY_INPUT,               /* DomainInput */
  SECURITY_MEMORY,              /* DomainMemory */
  SECURITY_FILESYSTEM,          /* DomainFilesystem */
  SECURITY_SHMEM,               /* DomainShmem */
  SECURITY_GRAPHICS,            /* DomainGraphics */
  SECURITY_DEVICE_N,
} SecurityDeviceKind;

/* Before QEMU opens what @device needs: checks that it is there and can be reached, labels it, makes its nodes appear in
 * the guest's /dev and on its device list. What was done is on disk before, so that it is undone after any crash. On failure
 * nothing is left of it; a missing file is VIR_ERR_SYSTEM_ERROR. The caller has the guest's job. Awaits (worker). */
bool security_take_device (const SecurityGuest *guest, SecurityDeviceKind kind, const void *device, GError **error);

/* After QEMU has closed it, or refused it: the reverse. What another device of the guest needs too is kept.
 * Failures are logged. Awaits (worker). */
void security_give_device (const SecurityGuest *guest, SecurityDeviceKind kind, const void *device);
