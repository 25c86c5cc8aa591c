/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device.h: the devices of a domain, as structs that the tables in
 * devices.c describe. See types.h for what the members may be; an enumeration
 * that is 0 and a string that is NULL are absent from the document. Every
 * device struct starts with its DomainDeviceInfo. */
#pragma once

#include "model/domain/enums.h"

#define DOMAIN_MAC_LENGTH 6
#define DOMAIN_USB_PORT_DEPTH 4

/* Where a device sits on its bus. `type` says which part is meant. */
typedef struct
{
  DomainAddressType type;
  union
  {
    struct { unsigned int domain, bus, slot, function; Tristate multifunction; } pci;
    struct { unsigned int controller, bus, target, unit; } drive;
    struct { unsigned int controller, bus, port; } virtio_serial;
    struct { unsigned int controller, slot; } ccid;
    struct { unsigned int bus; uint8_t port[DOMAIN_USB_PORT_DEPTH]; } usb;   /* port 1.2 is {1, 2, 0, 0}; {0} is none yet */
    struct { unsigned int iobase, irq; } isa;                                /* UINT_MAX: absent */
  };
} DomainAddress;

/* What all devices have. */
typedef struct
{
  char *alias;
  DomainAddress address;
  unsigned int boot_order;      /* 0: absent */
  Tristate rom_bar;
  Tristate rom_enabled;
  char *rom_file;
  unsigned int acpi_index;      /* 0: absent */
} DomainDeviceInfo;

typedef struct
{
  Tristate iommu, ats, packed, page_per_vq;
} DomainVirtioOptions;

/* A layer of a disk's image. A chain ends with NULL (unknown) or with a source
 * whose type is STORAGE_TYPE_ABSENT (known to have no backing file). */
typedef struct DomainStorageSource DomainStorageSource;
struct DomainStorageSource
{
  DomainStorageType type;
  DomainStorageFormat format;
  char *path;                   /* file= or dev=, by type; NULL: no medium */
  DomainDiskStartupPolicy startup_policy;
  unsigned int index;           /* live: node number, 0: absent */
  DomainStorageSource *backing;
};

typedef struct
{
  DomainDeviceInfo info;
  DomainDiskDevice device;
  DomainVirtioModel model;
  Tristate rawio;
  DomainDiskSnapshot snapshot;
  DomainStorageSource source;
  struct
  {
    char *name;                 /* "qemu" */
    DomainDiskCache cache;
    DomainDiskErrorPolicy error_policy, rerror_policy;
    DomainDiskIo io;
    Tristate ioeventfd, event_idx, copy_on_read;
    DomainDiskDiscard discard;
    DomainDiskDetectZeroes detect_zeroes;
    unsigned int iothread;      /* 0: absent */
    unsigned int queues, queue_size;
    DomainVirtioOptions virtio;
  } driver;
  struct { unsigned int cylinders, heads, sectors; DomainDiskTrans trans; } geometry;
  struct { unsigned int logical_block_size, physical_block_size; } blockio;   /* bytes */
  struct
  {
    char *dev;                  /* "vda" */
    DomainDiskBus bus;
    DomainDiskTray tray;
    Tristate removable;
    unsigned int rotation_rate;
  } target;
  bool readonly, shareable;
  char *serial, *wwn, *vendor, *product;
} DomainDisk;

typedef struct
{
  DomainDeviceInfo info;
  DomainControllerType type;
  int index;                    /* -1: to be chosen */
  DomainControllerModel model;
  int ports, vectors;           /* virtio-serial, usb; -1: absent */
  int master_startport;         /* usb companion; -1: absent */
  struct
  {
    unsigned int queues, cmd_per_lun, max_sectors, iothread;
    Tristate ioeventfd;
    DomainVirtioOptions virtio;
  } driver;
  struct
  {
    DomainPciModelName model_name;
    int chassis_nr, chassis, bus_nr, node, target_index;   /* -1: absent */
    unsigned int port;          /* UINT_MAX: absent */
    Tristate hotplug;
    uint64_t hole64;            /* KiB; UINT64_MAX: absent */
  } pci;
} DomainController;

typedef struct
{
  DomainDeviceInfo info;
  DomainInterfaceType type;
  uint8_t mac[DOMAIN_MAC_LENGTH];   /* all zero: to be generated */
  DomainMacType mac_type;
  Tristate mac_check;
  char *model;                  /* "virtio", "e1000", ...; NULL: default */
  char *bridge;                 /* INTERFACE_TYPE_BRIDGE: the host's bridge */
  char *network, *portgroup;    /* INTERFACE_TYPE_NETWORK; portgroup may be NULL */
  char *target_dev;
  DomainLinkState link;
  unsigned int mtu;             /* 0: absent */
} DomainInterface;

/* The host's end of a character device; `type` says which members count. */
typedef struct
{
  DomainChardevType type;
  char *path;                   /* dev, file, pipe, unix; live: pty */
  Tristate append;              /* file */
  DomainChardevMode mode;       /* unix, tcp */
  char *host, *service;         /* tcp; udp: where to send */
  char *bind_host, *bind_service;   /* udp: where to receive */
  DomainChardevProtocol protocol;
  Tristate tls;
  char *channel;                /* spiceport, dbus */
  Tristate reconnect;
  unsigned int reconnect_timeout;   /* seconds */
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

typedef struct
{
  DomainListenType type;
  char *address, *network, *socket;
} DomainListen;

typedef struct
{
  DomainSpiceChannelName name;
  DomainSpiceMode mode;
} DomainSpiceChannel;

typedef struct
{
  DomainDeviceInfo info;        /* nothing of it is in the document */
  DomainGraphicsType type;
  int port;                     /* -1 with autoport: to be allocated; 0: absent */
  int tls_port;                 /* spice; as port */
  Tristate autoport;
  int websocket;                /* vnc; 0: absent, -1: allocate */
  char *keymap;
  char *password;               /* a secret */
  char *password_valid_to;      /* UTC, "2011-04-09T15:51:00" */
  DomainPasswordConnected connected;
  DomainVncShare share;
  Tristate power_control;
  XML_LIST (DomainListen) listens;
  unsigned int audio_id;        /* vnc; 0: absent */
  struct
  {
    XML_LIST (DomainSpiceChannel) channels;
    DomainSpiceMode default_mode;
    DomainSpiceImage image;
    DomainSpiceWan jpeg, zlib;
    Tristate playback;
    DomainSpiceStreaming streaming;
    DomainMouseMode mouse;
    Tristate clipboard, filetransfer, gl;
    char *gl_rendernode;
  } spice;
  char *display, *xauth;        /* sdl */
  Tristate fullscreen, sdl_gl;  /* sdl */
} DomainGraphics;

typedef struct
{
  DomainDeviceInfo info;
  DomainVideoType type;
  unsigned int ram, vram, vram64, vgamem;   /* KiB; 0: absent */
  unsigned int heads;           /* 0: absent */
  Tristate primary, blob;
  bool has_acceleration;
  Tristate accel2d, accel3d;
  char *rendernode;
  unsigned int resolution_x, resolution_y;  /* 0: absent */
  DomainVideoBackend backend;
  DomainVirtioOptions virtio;
} DomainVideo;

typedef struct
{
  DomainDeviceInfo info;
  DomainInputType type;
  DomainInputBus bus;
  DomainVirtioModel model;
} DomainInput;

typedef struct
{
  DomainSoundCodecType type;
} DomainSoundCodec;

typedef struct
{
  DomainDeviceInfo info;
  DomainSoundModel model;
  XML_LIST (DomainSoundCodec) codecs;
  unsigned int audio_id;        /* 0: absent */
} DomainSound;

/* A sound backend of the host. */
typedef struct
{
  DomainDeviceInfo info;        /* nothing of it is in the document */
  unsigned int id;
  DomainAudioType type;
} DomainAudio;

typedef struct
{
  DomainDeviceInfo info;
  DomainBalloonModel model;
  Tristate autodeflate, free_page_reporting;
  int stats_period;             /* seconds; -1: absent */
  DomainVirtioOptions virtio;
} DomainMemballoon;

typedef struct
{
  DomainDeviceInfo info;
  DomainVirtioModel model;
  unsigned int rate_bytes, rate_period;   /* bytes, milliseconds; 0: absent */
  DomainRngBackend backend;
  char *path;                   /* random */
  DomainChardevSource source;   /* egd */
  DomainVirtioOptions virtio;
} DomainRng;

typedef struct
{
  DomainDeviceInfo info;
  DomainWatchdogModel model;
  DomainWatchdogAction action;
} DomainWatchdog;

typedef struct
{
  DomainDeviceInfo info;
  DomainPanicModel model;
} DomainPanic;
