/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* namespaces.h: what documents say to one hypervisor past all others. */
#pragma once

#include "xml/types.h"

#define QEMU_PROPERTY_LIST(X) X (QEMU_PROPERTY_STRING, "string") X (QEMU_PROPERTY_SIGNED, "signed") \
  X (QEMU_PROPERTY_UNSIGNED, "unsigned") X (QEMU_PROPERTY_BOOL, "bool") X (QEMU_PROPERTY_REMOVE, "remove")
XML_ENUM_DECLARE (DomainQemuPropertyType, QEMU_PROPERTY_, qemu_property, QEMU_PROPERTY_LIST)

#define LXC_SHARE_LIST(X) X (LXC_SHARE_NAME, "name") X (LXC_SHARE_PID, "pid") X (LXC_SHARE_NETNS, "netns")
XML_ENUM_DECLARE (DomainLxcShareType, LXC_SHARE_, lxc_share, LXC_SHARE_LIST)

typedef struct { char *value; } DomainQemuArg;
typedef struct { char *name, *value; } DomainQemuEnv;

/* The commandline element of QEMU, Xen or bhyve. */
typedef struct
{
  XML_LIST (DomainQemuArg) args;
  XML_LIST (DomainQemuEnv) env;
} DomainQemuCommandline;

/* Names of capabilities, as stock calls them. */
typedef struct { char *name; } DomainQemuCapability;
typedef struct { XML_LIST (DomainQemuCapability) add, del; } DomainQemuCapabilities;

typedef struct
{
  char *name;
  DomainQemuPropertyType type;
  char *value;
} DomainQemuProperty;
typedef struct
{
  char *alias;
  XML_LIST (DomainQemuProperty) properties;
} DomainQemuDevice;
typedef struct { XML_LIST (DomainQemuDevice) devices; } DomainQemuOverride;

/* Whose namespace a container shares. */
typedef struct { DomainLxcShareType type; char *value; } DomainLxcShare;
typedef struct { DomainLxcShare *net, *ipc, *uts; } DomainLxcNamespace;
