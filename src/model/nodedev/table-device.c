/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-device.c: the computer itself, USB, network, display and made devices. */
#include "model/nodedev/private.h"

XML_ENUM_DEFINE (node_link_state, NODE_LINK_STATE_LIST)
XML_ENUM_DEFINE (node_net_feature, NODE_NET_FEATURE_LIST)
XML_ENUM_DEFINE (node_net_kind, NODE_NET_KIND_LIST)
XML_ENUM_DEFINE (node_drm, NODE_DRM_LIST)

static const XmlField hardware_rows[] = {
  XML_STRING (NodeSystem, hardware_vendor, "vendor"),
  XML_STRING (NodeSystem, hardware_version, "version"),
  XML_STRING (NodeSystem, hardware_serial, "serial"),
  XML_UUID (NodeSystem, hardware_uuid, "uuid", .flags = XML_ALWAYS, XML_BAD (NODEDEV, INTERNAL_ERROR)),
  XML_END
};

static const XmlField firmware_rows[] = {
  XML_STRING (NodeSystem, firmware_vendor, "vendor"),
  XML_STRING (NodeSystem, firmware_version, "version"),
  XML_STRING (NodeSystem, firmware_date, "release_date"),
  XML_END
};

static const XmlField system_rows[] = {
  XML_STRING (NodeSystem, product, "product"),
  XML_PART ("hardware", hardware_rows),
  XML_PART ("firmware", firmware_rows, .flags = XML_KEEP_EMPTY),
  XML_END
};
const XmlSchema node_system_schema = XML_SCHEMA (NodeSystem, "capability", system_rows);

static const XmlField usb_device_rows[] = {
  NODE_NUMBER (NodeUsbDevice, bus, "bus"),
  NODE_NUMBER (NodeUsbDevice, device, "device"),
  NODE_ID (NodeUsbDevice, product, "product/@id"),
  XML_STRING (NodeUsbDevice, product_name, "product"),
  NODE_ID (NodeUsbDevice, vendor, "vendor/@id"),
  XML_STRING (NodeUsbDevice, vendor_name, "vendor"),
  XML_END
};
const XmlSchema node_usb_device_schema = XML_SCHEMA (NodeUsbDevice, "capability", usb_device_rows);

static const XmlField usb_rows[] = {
  NODE_NUMBER (NodeUsbInterface, number, "number"),
  NODE_NUMBER (NodeUsbInterface, class, "class"),
  NODE_NUMBER (NodeUsbInterface, subclass, "subclass"),
  NODE_NUMBER (NodeUsbInterface, protocol, "protocol"),
  XML_STRING (NodeUsbInterface, description, "description"),
  XML_END
};
const XmlSchema node_usb_schema = XML_SCHEMA (NodeUsbInterface, "capability", usb_rows);

static const XmlField feature_rows[] = {
  XML_ENUM (NodeNetFeature, name, "@name", node_net_feature, XML_BAD (NODEDEV, XML_ERROR), XML_MISSING (NODEDEV, XML_ERROR)),
  XML_END
};
static const XmlSchema feature_schema = XML_SCHEMA (NodeNetFeature, "feature", feature_rows);

static const XmlField net_rows[] = {
  NODE_TEXT (NodeNet, interface, "interface"),
  XML_STRING (NodeNet, address, "address"),
  XML_UINT (NodeNet, link_speed, "link/@speed", XML_BAD (NODEDEV, XML_ERROR)),
  XML_ENUM (NodeNet, link_state, "link/@state", node_link_state, XML_BAD (NODEDEV, XML_ERROR)),
  XML_ITEMS (NodeNet, features, "feature", feature_schema),
  XML_ENUM (NodeNet, kind, "capability/@type", node_net_kind, XML_BAD (NODEDEV, XML_ERROR)),
  XML_END
};

static int
compare_features (const void *a, const void *b)
{
  const NodeNetFeature *const *left = a, *const *right = b;

  return (int) (*left)->name - (int) (*right)->name;
}

/* Features are a set: in order, and each once. */
static bool
net_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  NodeNet *net = object;
  unsigned int n = 0;

  if (net->features.n > 0)
    qsort (net->features.items, net->features.n, sizeof (*net->features.items), compare_features);
  for (unsigned int i = 0; i < net->features.n; i++)
    if (n > 0 && net->features.items[i]->name == net->features.items[n - 1]->name)
      xml_free (&feature_schema, net->features.items[i]);
    else
      net->features.items[n++] = net->features.items[i];
  net->features.n = n;
  return true;
}
const XmlSchema node_net_schema = XML_SCHEMA (NodeNet, "capability", net_rows, .finish = net_finish);

static const XmlField drm_rows[] = {
  XML_ENUM (NodeDrm, type, "type", node_drm, XML_BAD (NODEDEV, INTERNAL_ERROR), XML_MISSING (NODEDEV, INTERNAL_ERROR)),
  XML_END
};
const XmlSchema node_drm_schema = XML_SCHEMA (NodeDrm, "capability", drm_rows);

static const XmlField attribute_rows[] = {
  XML_STRING (NodeMdevAttribute, name, "@name", XML_MISSING (NODEDEV, XML_ERROR)),
  XML_STRING (NodeMdevAttribute, value, "@value", XML_MISSING (NODEDEV, XML_ERROR)),
  XML_END
};
static const XmlSchema attribute_schema = XML_SCHEMA (NodeMdevAttribute, "attr", attribute_rows);

static const XmlField mdev_rows[] = {
  XML_STRING (NodeMdev, type, "type/@id", XML_MISSING (NODEDEV, INTERNAL_ERROR)),
  XML_UUID (NodeMdev, uuid, "uuid", XML_BAD (NODEDEV, INTERNAL_ERROR)),
  XML_STRING (NodeMdev, parent_address, "parent_addr"),
  XML_UINT (NodeMdev, iommu_group, "iommuGroup/@number", .flags = XML_ALWAYS, XML_BAD (NODEDEV, INTERNAL_ERROR)),
  XML_ITEMS (NodeMdev, attributes, "attr", attribute_schema),
  XML_END
};
const XmlSchema node_mdev_schema = XML_SCHEMA (NodeMdev, "capability", mdev_rows);

static const XmlField vdpa_rows[] = { NODE_TEXT (NodeVdpa, file, "chardev"), XML_END };
const XmlSchema node_vdpa_schema = XML_SCHEMA (NodeVdpa, "capability", vdpa_rows);
