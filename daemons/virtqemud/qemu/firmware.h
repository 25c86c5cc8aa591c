/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/firmware.h: which firmware a guest gets, by the descriptors that firmware packages
 * install (QEMU's docs/interop/firmware.json). */
#pragma once

#include <glib.h>
#include <jansson.h>

#include "model/domain/domain.h"
#include "qemu/config.h"

#define FIRMWARE_DEVICE_LIST(X) X (FIRMWARE_DEVICE_FLASH, "flash") X (FIRMWARE_DEVICE_KERNEL, "kernel") \
  X (FIRMWARE_DEVICE_MEMORY, "memory")
XML_ENUM_DECLARE (FirmwareDevice, FIRMWARE_DEVICE_, firmware_device, FIRMWARE_DEVICE_LIST)

#define FIRMWARE_MODE_LIST(X) X (FIRMWARE_MODE_SPLIT, "split") X (FIRMWARE_MODE_COMBINED, "combined") \
  X (FIRMWARE_MODE_STATELESS, "stateless")
XML_ENUM_DECLARE (FirmwareMode, FIRMWARE_MODE_, firmware_mode, FIRMWARE_MODE_LIST)

typedef struct
{
  char *architecture;           /* QEMU's name: "x86_64", "i386" */
  char **machines;              /* patterns: "pc-q35-*" */
} FirmwareTarget;

/* A descriptor. */
typedef struct
{
  char **interfaces;            /* "uefi", "bios" */
  FirmwareDevice device;
  FirmwareMode mode;            /* of flash: where it keeps its variables */
  char *executable, *executable_format;         /* format NULL unless of flash */
  char *nvram_template, *nvram_format;          /* of mode split; else NULL */
  GPtrArray *targets;           /* FirmwareTarget */
  char **features;              /* "secure-boot", "requires-smm" */
} QemuFirmware;

void qemu_firmware_free (QemuFirmware *firmware);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuFirmware, qemu_firmware_free)

/* Reads a descriptor: VIR_ERR_INTERNAL_ERROR if it is none; and writes what was read. */
QemuFirmware *qemu_firmware_from_json (const json_t *json, GError **error);
json_t *qemu_firmware_to_json (const QemuFirmware *firmware);

/* All descriptors of the host, the preferred first: an array of QemuFirmware. Files that are no
 * descriptors are logged. Awaits. */
GPtrArray *qemu_firmware_list (void);
/* Where they are looked for: folders, those of greater precedence last, NULL-terminated and borrowed; NULL: the host's. */
void qemu_firmware_set_folders (const char *const *folders);

/* Whether it is for @machine of @arch, as libvirt names it. */
bool qemu_firmware_fits (const QemuFirmware *firmware, const char *arch, const char *machine);
bool qemu_firmware_has (const QemuFirmware *firmware, const char *feature);
bool qemu_firmware_offers (const QemuFirmware *firmware, DomainFirmware interface);

/* Fills os.loader, os.nvram and what they need for a guest that asks for firmware by kind, and the nvram
 * of one that names its loader. Errors: VIR_ERR_OPERATION_FAILED if nothing fits. Awaits. */
bool qemu_firmware_choose (Domain *domain, const QemuConfig *config, GError **error);

/* Where a guest's variables are, if that is a file: borrowed; NULL: nowhere, or elsewhere. */
const char *qemu_nvram_path (const DomainOs *os);
/* Where they are if the document does not say. Caller frees. */
char *qemu_nvram_default_path (const Domain *domain);
