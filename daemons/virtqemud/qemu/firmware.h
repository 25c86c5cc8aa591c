/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/firmware.h: which firmware a guest gets, by the descriptors that firmware packages
 * install (QEMU's docs/interop/firmware.json). */
#pragma once

#include <glib.h>
#include "model/domain/domain.h"
#include "qemu/config.h"

typedef struct
{
  char *executable, *nvram_template;    /* template NULL: it keeps no variables */
  bool uefi, secure_boot, enrolled_keys, requires_smm;
  GPtrArray *targets;                   /* "x86_64 pc-q35-*" */
} QemuFirmware;

/* All descriptors of the host, the preferred first: an array of QemuFirmware. Files that are no
 * descriptors are logged. Awaits. */
GPtrArray *qemu_firmware_list (void);
bool qemu_firmware_fits (const QemuFirmware *firmware, const char *arch, const char *machine);

/* Fills os.loader, os.nvram and what they need for a guest that asks for firmware by kind, and the nvram
 * of one that names its loader. Errors: VIR_ERR_OPERATION_FAILED if nothing fits. Awaits. */
bool qemu_firmware_choose (Domain *domain, const QemuConfig *config, GError **error);
