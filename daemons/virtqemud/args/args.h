/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* args/args.h: a guest as QEMU's arguments.
 *
 * Every part of a guest is first an object in its QMP shape: what device_add,
 * blockdev-add, netdev_add, object-add or chardev-add take. The command line is
 * one reader of these objects, hotplug the other. Building reads the document and
 * changes nothing: aliases (domain_assign_aliases), addresses, ports, node numbers and backing
 * chains are there before. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <time.h>

#include "model/domain/domain.h"
#include "qemu/caps.h"
#include "qemu/config.h"
#include "qemu/memory-files.h"
#include "util/cleanup.h"

typedef enum
{
  QEMU_OBJECT,      /* -object / object-add */
  QEMU_CHARDEV,     /* -chardev / chardev-add */
  QEMU_NETDEV,      /* -netdev / netdev_add */
  QEMU_BLOCKDEV,    /* -blockdev / blockdev-add */
  QEMU_AUDIODEV,    /* -audiodev */
  QEMU_DEVICE,      /* -device / device_add */
  QEMU_FDSET,       /* -add-fd / add-fd: {"fdset-id", "opaque"}; `text` is the descriptor's name */
  QEMU_PLAIN,       /* an option with a text; no QMP form */
} QemuPartKind;

typedef struct
{
  QemuPartKind kind;
  const char *option;   /* QEMU_PLAIN: "-machine"...; static */
  char *text;           /* QEMU_PLAIN: NULL: an option without a value; QEMU_FDSET */
  json_t *json;         /* the others */
} QemuPart;

/* Where a descriptor is needed, the builder asks for it by purpose; the caller opens it and answers what QEMU is to
 * call it: its number in the child, or the name that it was given with getfd. */
typedef enum
{
  QEMU_FD_MONITOR,      /* listening socket of the monitor */
  QEMU_FD_LISTEN,       /* listening UNIX socket @path for a channel or serial */
  QEMU_FD_LOG,          /* to append to the log file @path, by virtlogd */
  QEMU_FD_LOG_TRUNCATE, /* the same, emptied first */
  QEMU_FD_TAP,          /* a queue of the tap or macvtap of the interface @device */
  QEMU_FD_VHOST_NET,    /* vhost-net for such a queue; NULL without an error: QEMU goes without */
  QEMU_FD_VDPA,         /* the vDPA device @path */
  QEMU_FD_VSOCK,        /* the kernel's virtual socket with the guest's address set; chooses one if there is none */
  QEMU_FD_VHOST_SCSI,   /* the kernel's SCSI target */
  QEMU_FD_TPM,          /* the host's TPM @path */
  QEMU_FD_TPM_CANCEL,   /* the file that ends the command that it works on */
  QEMU_FD_GROUP,        /* the @index-th that the client gave under the name @path; NULL without an error: there are no more */
  QEMU_FD_VHOST_USER,   /* the socket to the program that serves @device */
  QEMU_FD_PASST,        /* the socket to the passt of the interface @device */
} QemuFdKind;

/* A secret that QEMU is to get. */
typedef struct
{
  SecretUsage usage;            /* what it is for */
  const SecretRef *ref;         /* by its UUID or its usage; NULL: it is `text` */
  const char *text;
  const char *what;             /* who needs it: "disk 'vda'", for errors */
} QemuSecretUse;

/* What the builder needs besides the document. */
typedef struct
{
  const QemuConfig *config;
  const QemuCaps *caps;
  int id;
  const char *lib_dir;          /* of the guest */
  const char *channel_dir;      /* for UNIX channels without a path; NULL: below PATH_LIB as stock */
  bool sandbox;                 /* set -sandbox if QEMU can */
  bool shown;                   /* nobody runs it: as stock shows it, each interface is a plain tap */
  /* Returns what QEMU is to call the descriptor of @kind for @path or @device (either may be NULL), the @index-th of
   * several; the builder frees it. NULL with @error. May await. No function: QEMU is to open things itself, by their
   * paths (a command line that is only shown). */
  char *(*fd) (QemuFdKind kind, const char *path, const DomainDeviceInfo *device, unsigned int index, void *user,
               GError **error);
  /* Adds to @object, a "secret" of QEMU's, the value sealed with the guest's master key: "data", "keyid", "iv", "format".
   * False with @error. May await. No function: it is left out (a command line that is only shown). */
  bool (*secret) (const QemuSecretUse *use, json_t *object, void *user, GError **error);
  /* Whether @path is a CD drive of the host; no function: it is looked at. */
  bool (*is_host_cdrom) (const char *path, void *user);
  void *user;
  unsigned int first_fdset;     /* number of the first set of descriptors that is free */

  /* What the host has; absent: nothing of the kind. */
  const QemuHugepages *hugepages;
  unsigned int n_hugepages;
  const XmlBitmap *host_nodes;          /* NUMA nodes that can be used; NULL: any */
  const XmlBitmap *auto_nodes;          /* those chosen for a guest that leaves it to the host */
  const DomainSysinfo *host_sysinfo;
  struct { unsigned int cbitpos, reduced_phys_bits; } sev;
  time_t now;                           /* 0: the present */
} QemuArgsContext;

typedef struct QemuArgs QemuArgs;

/* The whole command line of @domain, whose addresses, aliases, ports and paths are set. Errors:
 * VIR_ERR_CONFIG_UNSUPPORTED naming what the binary or this version cannot do. */
QemuArgs *qemu_args_build (const Domain *domain, const QemuArgsContext *context, GError **error);
/* The parts of one @device of @domain alone, in the order in which a running QEMU takes them. */
QemuArgs *qemu_args_build_device (const Domain *domain, const DomainDevice *device, const QemuArgsContext *context,
                                  GError **error);
void qemu_args_free (QemuArgs *args);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuArgs, qemu_args_free)

/* argv with the binary first; caller frees with g_strfreev. */
char **qemu_args_to_argv (const QemuArgs *args);
/* As a shell would take it, an option a line: for the log. Caller frees. */
char *qemu_args_to_text (const QemuArgs *args);
/* The parts in order, borrowed. */
const QemuPart *qemu_args_parts (const QemuArgs *args, unsigned int *ret_n);

/* Writes into the records of the disks' layers that have none yet how their nodes and objects are called. */
void qemu_args_record_nodes (Domain *domain, const QemuConfig *config);

/* "domain-5-name", with the name cut to 20 characters and made safe. Caller frees. */
char *qemu_short_name (int id, const char *name);
