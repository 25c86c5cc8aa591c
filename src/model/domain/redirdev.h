/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* redirdev.h: USB devices and smartcards that reach the guest through a
 * connection, the hubs they sit on; and leases of a lock manager. */
#pragma once

#include "model/domain/chardev.h"

#define REDIRDEV_BUS_LIST(X) X (REDIRDEV_BUS_USB, "usb")
XML_ENUM_DECLARE (DomainRedirdevBus, REDIRDEV_BUS_, redirdev_bus, REDIRDEV_BUS_LIST)

typedef struct
{
  DomainDeviceInfo info;
  DomainRedirdevBus bus;
  DomainChardevSource source;
} DomainRedirdev;

/* A rule: which USB devices a client may redirect. -1: any. */
typedef struct
{
  int class, vendor, product;
  int version;                  /* 0x0110 is 1.10 */
  Tristate allow;
} DomainRedirFilterDevice;

typedef struct { XML_LIST (DomainRedirFilterDevice) devices; } DomainRedirFilter;

#define HUB_TYPE_LIST(X) X (HUB_TYPE_USB, "usb")
XML_ENUM_DECLARE (DomainHubType, HUB_TYPE_, hub_type, HUB_TYPE_LIST)

typedef struct
{
  DomainDeviceInfo info;
  DomainHubType type;
} DomainHub;

#define SMARTCARD_MODE_LIST(X) X (SMARTCARD_MODE_HOST, "host") \
  X (SMARTCARD_MODE_HOST_CERTIFICATES, "host-certificates") X (SMARTCARD_MODE_PASSTHROUGH, "passthrough")
XML_ENUM_DECLARE (DomainSmartcardMode, SMARTCARD_MODE_, smartcard_mode, SMARTCARD_MODE_LIST)

#define SMARTCARD_CERTIFICATES 3

typedef struct { char *name; } DomainCertificate;

typedef struct
{
  DomainDeviceInfo info;
  DomainSmartcardMode mode;
  XML_LIST (DomainCertificate) certificates;    /* host-certificates: three */
  char *database;               /* host-certificates: a directory */
  DomainChardevSource source;   /* passthrough */
} DomainSmartcard;

/* Something that a lock manager holds while the guest runs. */
typedef struct
{
  char *lockspace, *key, *path;
  uint64_t offset;              /* bytes; 0: absent */
} DomainLease;
