/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* os.h: what a guest boots: firmware, kernel, the program of a container. */
#pragma once

#include "model/domain/storage-source.h"

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

#define ACPI_TABLE_LIST(X) X (ACPI_TABLE_SLIC, "slic") X (ACPI_TABLE_RAW, "raw") X (ACPI_TABLE_RAWSET, "rawset") \
  X (ACPI_TABLE_MSDM, "msdm")
XML_ENUM_DECLARE (DomainAcpiTableType, ACPI_TABLE_, acpi_table, ACPI_TABLE_LIST)

typedef struct { DomainBootDev dev; } DomainBoot;
typedef struct { Tristate enabled; DomainFirmwareFeatureName name; } DomainFirmwareFeature;
typedef struct { DomainAcpiTableType type; char *path; } DomainAcpiTable;
typedef struct { char *value; } DomainInitArg;
typedef struct { char *name, *value; } DomainInitEnv;

/* Where a guest's copy of the firmware's variables is, if it is not just a path. */
typedef struct
{
  DomainStorageSource source;   /* file, block or network */
  char *template_path;
  DomainStorageFormat template_format;
} DomainNvramSource;

/* Where the variables of a firmware that keeps them itself are. */
typedef struct { char *template_path, *path; } DomainVarstore;

typedef struct
{
  DomainOsType type;
  char *arch, *machine;
  DomainFirmware firmware;
  XML_LIST (DomainFirmwareFeature) firmware_features;
  struct
  {
    char *path;
    Tristate readonly, secure, stateless;
    DomainLoaderType type;
    DomainStorageFormat format;
  } loader;
  char *nvram, *nvram_template;     /* a path, or NULL */
  DomainStorageFormat nvram_format, nvram_template_format;
  DomainNvramSource *nvram_source;    /* NULL if it is a path */
  DomainVarstore *varstore;
  char *shim;
  char *kernel, *initrd, *cmdline, *dtb, *root;
  XML_LIST (DomainAcpiTable) acpi_tables;
  XML_LIST (DomainBoot) boot;   /* empty if devices have boot orders */
  Tristate bootmenu;
  unsigned int bootmenu_timeout;    /* ms; UINT_MAX: absent */
  DomainSmbiosMode smbios;
  Tristate bios_useserial;
  int bios_reboot_timeout;      /* ms, -1: do not reboot; INT32_MIN: absent */

  /* Of a container (type exe): its first program. */
  char *init;
  XML_LIST (DomainInitArg) init_args;
  XML_LIST (DomainInitEnv) init_env;
  char *init_dir, *init_user, *init_group;
} DomainOs;

/* Ids of a container's users that are `target` outside. */
typedef struct { unsigned int start, target, count; } DomainIdRange;

typedef struct
{
  XML_LIST (DomainIdRange) uids, gids;      /* by start */
} DomainIdmap;
