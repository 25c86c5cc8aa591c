/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug/private.h: what the files of this folder share. */
#pragma once

#include "args/args.h"
#include "hotplug/hotplug.h"
#include "hotplug/parts.h"
#include "net/net.h"
#include "qemu/home.h"
#include "qemu/qmp.h"
#include "security/security.h"

/* A change of one guest's devices under way. */
typedef struct
{
  Vm *vm;
  const HotplugHost *host;
  Qmp *qmp;                     /* counted */
  Deadline deadline;
  QemuHome home;
  GArray *fds;                  /* PartFd, for the device that is coming */
  NetLinks *links;              /* to the host's ends of interfaces that come */
} Change;

/* Fails with VIR_ERR_OPERATION_FAILED if the monitor is not there. */
bool change_init (Change *change, Vm *vm, const HotplugHost *host, GError **error);
void change_clear (Change *change);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Change, change_clear)

/* The parts of @device, which is a device of @domain. @coming: with descriptors, which are opened (awaits); else only
 * what is needed to name the parts. */
QemuArgs *change_build (Change *change, const Domain *domain, const DomainDevice *device, bool coming, GError **error);

/* What is particular to a kind of device; functions that are NULL do nothing. @device is in its final form but where
 * said. */
typedef struct
{
  const char *element;
  bool can_attach, can_detach;
  const char *event_prefix;     /* of the name by which its coming is told; NULL: none */
  /* Refuses what cannot come to a running guest; @device as the client gave it. */
  bool (*check_attach) (const Vm *vm, const DomainDevice *device, GError **error);
  bool (*check_detach) (const Vm *vm, const DomainDevice *device, GError **error);
  /* Looks at the host before anything is decided: images, and what they are based on. Awaits. */
  bool (*inspect) (Change *change, const DomainDevice *device, GError **error);
  /* Fills what only this run of the guest knows: paths, numbers. Awaits. */
  bool (*resolve) (Change *change, const DomainDevice *device, GError **error);
  /* On the host, before QEMU needs it; undone by release. Awaits. */
  bool (*prepare) (Change *change, const DomainDevice *device, GError **error);
  /* After QEMU has let go of it, or never had it. Awaits. */
  void (*release) (Change *change, const DomainDevice *device);
  /* In QEMU, before the parts and after them. Awaits. */
  bool (*before) (Change *change, const DomainDevice *device, GError **error);
  bool (*after) (Change *change, const DomainDevice *device, const json_t *answer, GError **error);
  /* Once the document has it, and once it has it no more. Await. */
  bool (*joined) (Change *change, const DomainDevice *device, GError **error);
  void (*left) (Change *change, const DomainDevice *device);
  /* Instead of coming: what a client says of a device that is there. *@ret_done false: it is new. Awaits. */
  bool (*instead) (Change *change, DomainDevice *device, bool *ret_done, GError **error);
  /* What stock says of one to be changed that is not there; 0: as elsewhere. */
  virErrorNumber missing;
  /* Changes @device, of the live document, to what @wanted says, which is complete and has its place in @candidate, a copy of the
   * live document. Awaits. */
  bool (*update) (Change *change, const DomainDevice *device, const Domain *candidate, const DomainDevice *wanted, bool force,
                  GError **error);
} DeviceKind;

/* Never NULL: for a kind that nothing is particular to, an empty row that can do nothing. */
const DeviceKind *device_kind (const char *element);

/* Of interfaces (interface.c). */
extern const DeviceKind interface_kind;

/* The host's end of a character device in @device, NULL if it has none. */
DomainChardevSource *device_chardev (const DomainDevice *device);

/* The files of @device made accessible to the guest, and given back (access.c). Await. */
bool access_take (Change *change, const DomainDevice *device, GError **error);
void access_give (Change *change, const DomainDevice *device);

/* The callback of QemuArgsContext: opens what a coming device needs; @user is the Change. Awaits. */
char *change_open_fd (QemuFdKind kind, const char *path, const DomainDeviceInfo *device, unsigned int index, void *user,
                      GError **error);
/* Removes the sockets that were made for @device, and the sets of descriptors that it had. Awaits. */
void change_close_chardev (Change *change, const DomainDevice *device);

/* After QEMU has no such device any more: its other parts go, what it had on the host, and its place in the
 * document; the status is saved and the event sent. @device is of vm->live, and freed. Awaits. */
bool change_finish_removal (Change *change, const DomainDevice *device, GError **error);

/* Numbers the nodes of a disk's images anew, above all that this run of the guest had. */
void change_number_images (Change *change, DomainDisk *disk);

extern const DeviceKind disk_kind, memory_kind, interface_kind;
/* update.c */
bool graphics_update (Change *change, const DomainDevice *device, const Domain *candidate, const DomainDevice *wanted, bool force,
                      GError **error);

/* The guest for security/security.h. Borrowed from @change. */
SecurityGuest change_security_guest (const Change *change);

/* Puts another medium into a drive (media.c). */
bool media_change (Change *change, DomainDisk *disk, const Domain *candidate, DomainDisk *wanted, bool force, GError **error);

/* Brings the media of drives in the document to what QEMU has after a restart, and removes images that no disk has. */
bool media_reconcile (Change *change, GError **error);

/* Told of what a change would change: @path without the element's name. Returns whether it may; fails else. */
typedef bool (*MayChange) (const char *path, const char *wanted, const char *there, void *data);
/* Asks @may about every row in which @wanted says another thing than @there. What it does not say stays. */
bool update_compare (const DomainDevice *there, const DomainDevice *wanted, MayChange may, void *data, GError **error);

/* Changes @there, of the live document, to what @wanted (taken) says, and saves that. Awaits. */
bool hotplug_update_found (Change *change, const DomainDevice *there, DomainDevice *wanted, bool force, GError **error);
