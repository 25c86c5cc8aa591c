/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security/files.h: which files of the host a guest needs, and which labels they get. */
#pragma once

#include "security/security.h"

typedef enum
{
  SECURITY_FILE_IMAGE,      /* a disk's layer: always taken */
  SECURITY_FILE_BOOT,       /* kernel, initrd, firmware: its owner stays if the guest can read it */
  SECURITY_FILE_DEVICE,     /* a device node, pipe or socket: its owner stays if the guest can use it */
  SECURITY_FILE_FOLDER,     /* a folder that is shared with the guest: no owner changes */
} SecurityFileKind;

struct SecurityFile
{
  SecurityFileKind kind;
  char *path;
  bool write;
  bool shared;              /* other guests write too */
  bool optional;            /* may be missing */
  char *labels[SECURITY_N]; /* by model; NULL: left alone */
};

/* All that @domain, complete and labelled, needs: an array of SecurityFile that frees its elements. Reads links in /sys. */
GPtrArray *security_files_of (const Domain *domain, const QemuConfig *config);
/* The same without those of one device of it, known by its address as in security_take_device. */
GPtrArray *security_files_without (const Domain *domain, const QemuConfig *config, const void *device);

/* Adds a copy of @file. */
void security_files_add (GPtrArray *files, const SecurityFile *file);

/* The same of one device of it. */
GPtrArray *security_files_of_device (const Domain *domain, const QemuConfig *config, SecurityDeviceKind kind,
                                     const void *device);
