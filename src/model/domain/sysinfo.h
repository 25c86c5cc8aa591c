/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sysinfo.h: the tables of the firmware that a guest reads. */
#pragma once

#include "xml/types.h"

#define SYSINFO_TYPE_LIST(X) X (SYSINFO_TYPE_SMBIOS, "smbios") X (SYSINFO_TYPE_FWCFG, "fwcfg")
XML_ENUM_DECLARE (DomainSysinfoType, SYSINFO_TYPE_, sysinfo_type, SYSINFO_TYPE_LIST)

typedef struct { char *vendor, *version, *date, *release; } SysinfoBios;
typedef struct { char *manufacturer, *product, *version, *serial, *uuid, *sku, *family; } SysinfoSystem;
typedef struct { char *manufacturer, *product, *version, *serial, *asset, *location; } SysinfoBoard;
typedef struct { char *manufacturer, *version, *serial, *asset, *sku; } SysinfoChassis;
typedef struct { char *value; } SysinfoString;

/* These two a host tells of itself; guests have them from their devices. */
typedef struct
{
  char *socket_destination, *type, *family, *manufacturer, *signature, *version, *external_clock, *max_speed, *status,
       *serial_number, *part_number;
} SysinfoProcessor;
typedef struct
{
  char *size, *form_factor, *locator, *bank_locator, *type, *type_detail, *speed, *manufacturer, *serial_number, *part_number;
} SysinfoMemory;

/* A file of QEMU's firmware configuration: a value or a file of the host. */
typedef struct { char *name, *value, *file; } SysinfoFwcfg;

typedef struct
{
  DomainSysinfoType type;
  SysinfoBios *bios;
  SysinfoSystem *system;
  XML_LIST (SysinfoBoard) boards;
  SysinfoChassis *chassis;
  XML_LIST (SysinfoProcessor) processors;
  XML_LIST (SysinfoMemory) memories;
  XML_LIST (SysinfoString) oem_strings;
  XML_LIST (SysinfoFwcfg) fwcfg;
} DomainSysinfo;
