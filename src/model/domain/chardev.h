/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* chardev.h: serial and parallel ports, consoles and channels. */
#pragma once

#include "model/domain/graphics.h"

#define CHARDEV_TYPE_LIST(X) X (CHARDEV_TYPE_NULL, "null") X (CHARDEV_TYPE_VC, "vc") X (CHARDEV_TYPE_PTY, "pty") \
  X (CHARDEV_TYPE_DEV, "dev") X (CHARDEV_TYPE_FILE, "file") X (CHARDEV_TYPE_PIPE, "pipe") \
  X (CHARDEV_TYPE_STDIO, "stdio") X (CHARDEV_TYPE_UDP, "udp") X (CHARDEV_TYPE_TCP, "tcp") X (CHARDEV_TYPE_UNIX, "unix") \
  X (CHARDEV_TYPE_SPICEVMC, "spicevmc") X (CHARDEV_TYPE_SPICEPORT, "spiceport") X (CHARDEV_TYPE_NMDM, "nmdm") \
  X (CHARDEV_TYPE_QEMU_VDAGENT, "qemu-vdagent") X (CHARDEV_TYPE_DBUS, "dbus")
XML_ENUM_DECLARE (DomainChardevType, CHARDEV_TYPE_, chardev_type, CHARDEV_TYPE_LIST)

#define CHARDEV_MODE_LIST(X) X (CHARDEV_MODE_BIND, "bind") X (CHARDEV_MODE_CONNECT, "connect")
XML_ENUM_DECLARE (DomainChardevMode, CHARDEV_MODE_, chardev_mode, CHARDEV_MODE_LIST)

#define CHARDEV_PROTOCOL_LIST(X) X (CHARDEV_PROTOCOL_RAW, "raw") X (CHARDEV_PROTOCOL_TELNET, "telnet") \
  X (CHARDEV_PROTOCOL_TELNETS, "telnets") X (CHARDEV_PROTOCOL_TLS, "tls")
XML_ENUM_DECLARE (DomainChardevProtocol, CHARDEV_PROTOCOL_, chardev_protocol, CHARDEV_PROTOCOL_LIST)

/* Where the guest sees a character device; which fit which class of device is
 * a rule of domain_validate(). */
#define CHARDEV_TARGET_LIST(X) X (CHARDEV_TARGET_ISA_SERIAL, "isa-serial") X (CHARDEV_TARGET_USB_SERIAL, "usb-serial") \
  X (CHARDEV_TARGET_PCI_SERIAL, "pci-serial") X (CHARDEV_TARGET_SPAPR_VIO_SERIAL, "spapr-vio-serial") \
  X (CHARDEV_TARGET_SYSTEM_SERIAL, "system-serial") X (CHARDEV_TARGET_SCLP_SERIAL, "sclp-serial") \
  X (CHARDEV_TARGET_ISA_DEBUG, "isa-debug") \
  X (CHARDEV_TARGET_SERIAL, "serial") X (CHARDEV_TARGET_XEN, "xen") X (CHARDEV_TARGET_UML, "uml") \
  X (CHARDEV_TARGET_VIRTIO, "virtio") X (CHARDEV_TARGET_LXC, "lxc") X (CHARDEV_TARGET_OPENVZ, "openvz") \
  X (CHARDEV_TARGET_SCLP, "sclp") X (CHARDEV_TARGET_SCLPLM, "sclplm") X (CHARDEV_TARGET_GUESTFWD, "guestfwd")
XML_ENUM_DECLARE (DomainChardevTarget, CHARDEV_TARGET_, chardev_target, CHARDEV_TARGET_LIST)

#define SERIAL_MODEL_LIST(X) X (SERIAL_MODEL_ISA_SERIAL, "isa-serial") X (SERIAL_MODEL_USB_SERIAL, "usb-serial") \
  X (SERIAL_MODEL_PCI_SERIAL, "pci-serial") X (SERIAL_MODEL_SPAPR_VTY, "spapr-vty") X (SERIAL_MODEL_PL011, "pl011") \
  X (SERIAL_MODEL_SCLPCONSOLE, "sclpconsole") X (SERIAL_MODEL_SCLPLMCONSOLE, "sclplmconsole") \
  X (SERIAL_MODEL_16550A, "16550a") X (SERIAL_MODEL_ISA_DEBUGCON, "isa-debugcon")
XML_ENUM_DECLARE (DomainSerialModel, SERIAL_MODEL_, serial_model, SERIAL_MODEL_LIST)

#define CHANNEL_STATE_LIST(X) X (CHANNEL_STATE_CONNECTED, "connected") X (CHANNEL_STATE_DISCONNECTED, "disconnected")
XML_ENUM_DECLARE (DomainChannelState, CHANNEL_STATE_, channel_state, CHANNEL_STATE_LIST)

/* The host's end of a character device; `type` says which members count. */
typedef struct
{
  DomainChardevType type;
  char *path;                   /* dev, file, pipe, unix; live: pty */
  char *master, *slave;         /* nmdm */
  Tristate append;              /* file */
  DomainChardevMode mode;       /* unix, tcp */
  char *host, *service;         /* tcp; udp: where to send */
  char *bind_host, *bind_service;   /* udp: where to receive */
  DomainChardevProtocol protocol;
  Tristate tls;
  char *channel;                /* spiceport, dbus */
  Tristate reconnect;
  unsigned int reconnect_timeout;   /* seconds; UINT_MAX: absent */
  Tristate clipboard;           /* qemu-vdagent */
  DomainMouseMode mouse;        /* qemu-vdagent */
  XML_LIST (DomainDeviceSeclabel) seclabels;
  char *log_file;
  Tristate log_append;
} DomainChardevSource;

/* A serial port, parallel port, console or channel, by the list it is in. */
typedef struct
{
  DomainDeviceInfo info;
  DomainChardevSource source;
  int port;                     /* -1: to be chosen */
  DomainChardevTarget target;
  DomainSerialModel model;
  char *name;                   /* virtio channel */
  DomainChannelState state;     /* virtio channel, live */
  char *address;                /* guestfwd, dotted */
} DomainChardev;
