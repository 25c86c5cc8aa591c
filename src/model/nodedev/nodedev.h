/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nodedev.h: devices of the host.
 *
 * A device has one capability, which says what it is; the others are NULL.
 * Numbers that are not there are UINT_MAX, unless 0 is said below. */
#pragma once

#include "model/common/values.h"

typedef struct
{
  char *product;
  char *hardware_vendor, *hardware_version, *hardware_serial;
  uint8_t hardware_uuid[16];
  char *firmware_vendor, *firmware_version, *firmware_date;
} NodeSystem;

/* A kind of mediated device that a parent can make. */
typedef struct
{
  char *id;                   /* required */
  char *name;
  char *api;                  /* required: vfio-pci, ... */
  unsigned int available;     /* instances; required */
} NodeMdevType;

typedef struct
{
  unsigned int max_count;     /* 0 if not known */
  XML_LIST (PciAddress) functions;
} NodeVirtFunctions;

/* A field of a device's vital product data: an index of one character, and text. */
typedef struct { char *index, *text; } NodeVpdField;

typedef struct
{
  char *change_level, *manufacture_id, *part_number, *serial_number;
  XML_LIST (NodeVpdField) vendor;
} NodeVpdReadOnly;

typedef struct
{
  char *asset_tag;
  XML_LIST (NodeVpdField) vendor, system;
} NodeVpdReadWrite;

typedef struct
{
  char *name;
  NodeVpdReadOnly *readonly;
  NodeVpdReadWrite *readwrite;
} NodeVpd;

typedef struct
{
  unsigned int number;
  XML_LIST (PciAddress) devices;
} NodeIommuGroup;

#define NODE_LINK_SPEED_LIST(X) X (NODE_LINK_SPEED_2_5, "2.5") X (NODE_LINK_SPEED_5, "5") X (NODE_LINK_SPEED_8, "8") \
  X (NODE_LINK_SPEED_16, "16") X (NODE_LINK_SPEED_32, "32") X (NODE_LINK_SPEED_64, "64")
XML_ENUM_DECLARE (NodeLinkSpeed, NODE_LINK_SPEED_, node_link_speed, NODE_LINK_SPEED_LIST)

/* A PCI Express link: what the device can do, or what it does. */
typedef struct
{
  unsigned int port;          /* of the first only */
  NodeLinkSpeed speed;        /* GT/s */
  unsigned int width;         /* lanes */
} NodePciLink;

typedef struct { NodePciLink *capable, *actual; } NodePciExpress;

typedef struct
{
  unsigned int class;         /* class, subclass and programming interface */
  unsigned int domain, bus, slot, function;
  unsigned int product, vendor;
  char *product_name, *vendor_name;
  PciAddress *physical_function;
  NodeVirtFunctions *virtual_functions;
  bool is_bridge, is_cardbus_bridge;
  XML_LIST (NodeMdevType) mdev_types;
  NodeVpd *vpd;
  NodeIommuGroup *iommu_group;
  int numa_node;              /* -1 if absent */
  NodePciExpress *express;
} NodePci;

typedef struct
{
  unsigned int bus, device;
  unsigned int product, vendor;
  char *product_name, *vendor_name;
} NodeUsbDevice;

typedef struct
{
  unsigned int number, class, subclass, protocol;
  char *description;
} NodeUsbInterface;

#define NODE_LINK_STATE_LIST(X) X (NODE_LINK_STATE_UNKNOWN, "unknown") X (NODE_LINK_STATE_NOT_PRESENT, "notpresent") \
  X (NODE_LINK_STATE_DOWN, "down") X (NODE_LINK_STATE_LOWER_LAYER_DOWN, "lowerlayerdown") \
  X (NODE_LINK_STATE_TESTING, "testing") X (NODE_LINK_STATE_DORMANT, "dormant") X (NODE_LINK_STATE_UP, "up")
XML_ENUM_DECLARE (NodeLinkState, NODE_LINK_STATE_, node_link_state, NODE_LINK_STATE_LIST)

#define NODE_NET_FEATURE_LIST(X) X (NODE_NET_RX, "rx") X (NODE_NET_TX, "tx") X (NODE_NET_SG, "sg") X (NODE_NET_TSO, "tso") \
  X (NODE_NET_UFO, "ufo") X (NODE_NET_GSO, "gso") X (NODE_NET_GRO, "gro") X (NODE_NET_LRO, "lro") \
  X (NODE_NET_RXVLAN, "rxvlan") X (NODE_NET_TXVLAN, "txvlan") X (NODE_NET_NTUPLE, "ntuple") X (NODE_NET_RXHASH, "rxhash") \
  X (NODE_NET_RDMA, "rdma") X (NODE_NET_TXUDPTNL, "txudptnl") X (NODE_NET_SWITCHDEV, "switchdev")
XML_ENUM_DECLARE (NodeNetFeatureName, NODE_NET_, node_net_feature, NODE_NET_FEATURE_LIST)

#define NODE_NET_KIND_LIST(X) X (NODE_NET_KIND_80203, "80203") X (NODE_NET_KIND_80211, "80211")
XML_ENUM_DECLARE (NodeNetKind, NODE_NET_KIND_, node_net_kind, NODE_NET_KIND_LIST)

typedef struct { NodeNetFeatureName name; } NodeNetFeature;

typedef struct
{
  char *interface;            /* required */
  char *address;
  unsigned int link_speed;    /* Mbit/s, 0 if not known */
  NodeLinkState link_state;
  XML_LIST (NodeNetFeature) features;   /* in the order of NodeNetFeatureName */
  NodeNetKind kind;
} NodeNet;

/* World wide names as hexadecimal digits. */
typedef struct { char *wwnn, *wwpn, *fabric_wwn; } NodeFcHost;

/* Never read. */
typedef struct { unsigned int max_vports, vports; } NodeVportOps;

typedef struct
{
  unsigned int host, unique_id;
  NodeFcHost *fc_host;
  NodeVportOps *vport_ops;
} NodeScsiHost;

typedef struct { char *rport, *wwpn; } NodeFcRemotePort;

typedef struct
{
  char *target;               /* required */
  NodeFcRemotePort *remote_port;
} NodeScsiTarget;

typedef struct
{
  unsigned int host, bus, target, lun;
  char *type;
} NodeScsi;

typedef struct
{
  unsigned int available;     /* 1 if there is a medium */
  uint64_t size;              /* bytes */
  char *label;
  uint64_t block_size, blocks;
} NodeMedium;

typedef struct
{
  char *block;                /* its file, required */
  char *bus, *drive_type, *model, *vendor, *serial;
  NodeMedium *removable;
  uint64_t size;              /* bytes, of what is not removable */
  uint64_t block_size, blocks;  /* 0 if absent */
  bool is_hotpluggable;
} NodeStorage;

typedef struct { char *file; } NodeScsiGeneric;

#define NODE_DRM_LIST(X) X (NODE_DRM_PRIMARY, "primary") X (NODE_DRM_CONTROL, "control") X (NODE_DRM_RENDER, "render")
XML_ENUM_DECLARE (NodeDrmType, NODE_DRM_, node_drm, NODE_DRM_LIST)
typedef struct { NodeDrmType type; } NodeDrm;

typedef struct { char *name, *value; } NodeMdevAttribute;

typedef struct
{
  char *type;                 /* required */
  uint8_t uuid[16];
  char *parent_address;
  unsigned int iommu_group;
  XML_LIST (NodeMdevAttribute) attributes;    /* in the order in which they are set */
} NodeMdev;

typedef struct { unsigned int cssid, ssid, devno; } NodeCcwAddress;

#define NODE_CCW_STATE_LIST(X) X (NODE_CCW_ONLINE, "online") X (NODE_CCW_OFFLINE, "offline")
XML_ENUM_DECLARE (NodeCcwState, NODE_CCW_, node_ccw_state, NODE_CCW_STATE_LIST)

typedef struct
{
  NodeCcwState state;
  NodeCcwAddress address;
  char *group;                /* the group device that it is a member of */
} NodeCcw;

typedef struct { char *role, *name; } NodeCcwMember;

/* Several channels that make one network card. */
typedef struct
{
  NodeCcwState state;
  NodeCcwAddress address;
  XML_LIST (NodeCcwMember) members;
  char *card_type, *chpid;
} NodeCcwGroup;

typedef struct
{
  NodeCcwAddress address;
  NodeCcwAddress *channel;    /* the device that is reached through it */
  XML_LIST (NodeMdevType) mdev_types;
} NodeCss;

typedef struct { char *file; } NodeVdpa;
typedef struct { unsigned int adapter; } NodeApCard;
typedef struct { unsigned int adapter, domain; } NodeApQueue;
typedef struct { XML_LIST (NodeMdevType) mdev_types; } NodeApMatrix;

typedef struct { char *path; } NodeLink;

typedef struct
{
  char *name;
  char *path;                 /* below /sys */
  char *devnode;
  XML_LIST (NodeLink) links;
  char *parent;
  char *parent_wwnn, *parent_wwpn, *parent_fabric_wwn;  /* another way to name it, when a device is made */
  char *driver;
  NodeSystem *system;
  NodePci *pci;
  NodeUsbDevice *usb_device;
  NodeUsbInterface *usb;
  NodeNet *net;
  NodeScsiHost *scsi_host;
  NodeScsiTarget *scsi_target;
  NodeScsi *scsi;
  NodeStorage *storage;
  NodeScsiGeneric *scsi_generic;
  NodeDrm *drm;
  NodeMdev *mdev;
  NodeCcw *ccw;
  NodeCcwGroup *ccwgroup;
  NodeCss *css;
  NodeVdpa *vdpa;
  NodeApCard *ap_card;
  NodeApQueue *ap_queue;
  NodeApMatrix *ap_matrix;
} NodeDevice;

extern const XmlSchema node_device_schema;
