/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-pci.c: PCI devices. */
#include "model/nodedev/private.h"

XML_ENUM_DEFINE (node_link_speed, NODE_LINK_SPEED_LIST)

const XmlHex node_id_hex = { "0x%04x", 0xffff };
static const XmlHex class_hex = { "0x%06x", 0xffffff };

static const XmlField address_rows[] = { XML_EMBED (PciAddress, domain, "", pci_address_rows), XML_END };
static const XmlSchema address_schema = XML_SCHEMA (PciAddress, "address", address_rows);

static const XmlField virtual_rows[] = {
  XML_UINT (NodeVirtFunctions, max_count, "@maxCount", XML_BAD (NODEDEV, INTERNAL_ERROR)),
  XML_ITEMS (NodeVirtFunctions, functions, "address", address_schema),
  XML_END
};
static const XmlSchema virtual_schema = XML_SCHEMA (NodeVirtFunctions, "capability", virtual_rows);

static const XmlField mdev_type_rows[] = {
  XML_STRING (NodeMdevType, id, "@id", XML_MISSING (NODEDEV, XML_ERROR)),
  XML_STRING (NodeMdevType, name, "name"),
  NODE_TEXT (NodeMdevType, api, "deviceAPI"),
  NODE_NUMBER (NodeMdevType, available, "availableInstances"),
  XML_END
};
const XmlSchema node_mdev_type_schema = XML_SCHEMA (NodeMdevType, "type", mdev_type_rows);

static const XmlField vpd_field_rows[] = {
  XML_STRING (NodeVpdField, index, "@index", XML_MISSING (NODEDEV, XML_ERROR)),
  XML_STRING (NodeVpdField, text, "."),
  XML_END
};
static const XmlSchema vpd_field_schema = XML_SCHEMA (NodeVpdField, "field", vpd_field_rows);

static const XmlField vpd_readonly_rows[] = {
  XML_STRING (NodeVpdReadOnly, change_level, "change_level"),
  XML_STRING (NodeVpdReadOnly, manufacture_id, "manufacture_id"),
  XML_STRING (NodeVpdReadOnly, part_number, "part_number"),
  XML_STRING (NodeVpdReadOnly, serial_number, "serial_number"),
  XML_ITEMS (NodeVpdReadOnly, vendor, "vendor_field", vpd_field_schema),
  XML_END
};
static const XmlSchema vpd_readonly_schema = XML_SCHEMA (NodeVpdReadOnly, "fields", vpd_readonly_rows);

static const XmlField vpd_readwrite_rows[] = {
  XML_STRING (NodeVpdReadWrite, asset_tag, "asset_tag"),
  XML_ITEMS (NodeVpdReadWrite, vendor, "vendor_field", vpd_field_schema),
  XML_ITEMS (NodeVpdReadWrite, system, "system_field", vpd_field_schema),
  XML_END
};
static const XmlSchema vpd_readwrite_schema = XML_SCHEMA (NodeVpdReadWrite, "fields", vpd_readwrite_rows);

static const XmlField vpd_rows[] = {
  XML_STRING (NodeVpd, name, "name"),
  XML_CHILD (NodeVpd, readonly, "fields[access=readonly]", vpd_readonly_schema),
  XML_CHILD (NodeVpd, readwrite, "fields[access=readwrite]", vpd_readwrite_schema),
  XML_END
};
static const XmlSchema vpd_schema = XML_SCHEMA (NodeVpd, "capability", vpd_rows);

static const XmlField iommu_rows[] = {
  NODE_NUMBER (NodeIommuGroup, number, "@number"),
  XML_ITEMS (NodeIommuGroup, devices, "address", address_schema),
  XML_END
};
static const XmlSchema iommu_schema = XML_SCHEMA (NodeIommuGroup, "iommuGroup", iommu_rows);

static const XmlField capable_rows[] = {
  XML_UINT (NodePciLink, port, "@port", .absent = -1, XML_BAD (NODEDEV, XML_ERROR)),
  XML_ENUM (NodePciLink, speed, "@speed", node_link_speed, XML_BAD (NODEDEV, XML_ERROR)),
  XML_UINT (NodePciLink, width, "@width", .absent = -1, XML_BAD (NODEDEV, XML_ERROR), XML_MISSING (NODEDEV, XML_ERROR)),
  XML_END
};
static const XmlSchema capable_schema = XML_SCHEMA (NodePciLink, "link", capable_rows);
static const XmlSchema actual_schema = XML_SCHEMA (NodePciLink, "link", capable_rows + 1);

static const XmlField express_rows[] = {
  XML_CHILD (NodePciExpress, capable, "link[validity=cap]", capable_schema),
  XML_CHILD (NodePciExpress, actual, "link[validity=sta]", actual_schema),
  XML_END
};
static const XmlSchema express_schema = XML_SCHEMA (NodePciExpress, "pci-express", express_rows);

static const XmlField pci_rows[] = {
  XML_HEX (NodePci, class, "class", class_hex, .absent = -1, XML_BAD (NODEDEV, INTERNAL_ERROR)),
  NODE_NUMBER (NodePci, domain, "domain"),
  NODE_NUMBER (NodePci, bus, "bus"),
  NODE_NUMBER (NodePci, slot, "slot"),
  NODE_NUMBER (NodePci, function, "function"),
  NODE_ID (NodePci, product, "product/@id"),
  XML_STRING (NodePci, product_name, "product"),
  NODE_ID (NodePci, vendor, "vendor/@id"),
  XML_STRING (NodePci, vendor_name, "vendor"),
  XML_CHILD (NodePci, physical_function, "capability[type=phys_function]/address", address_schema),
  XML_CHILD (NodePci, virtual_functions, "capability[type=virt_functions]", virtual_schema),
  XML_FLAG (NodePci, is_bridge, "capability[type=pci-bridge]"),
  XML_FLAG (NodePci, is_cardbus_bridge, "capability[type=cardbus-bridge]"),
  NODE_MDEV_TYPES (NodePci),
  XML_CHILD (NodePci, vpd, "capability[type=vpd]", vpd_schema),
  XML_CHILD (NodePci, iommu_group, "iommuGroup", iommu_schema),
  XML_INT (NodePci, numa_node, "numa/@node", .absent = -1, XML_BAD (NODEDEV, INTERNAL_ERROR)),
  XML_CHILD (NodePci, express, "pci-express", express_schema),
  XML_END
};

static bool
pci_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  static const char *const types[] = { "phys_function", "virt_functions", "pci-bridge", "cardbus-bridge", "mdev_types", "vpd", NULL };

  return node_check_types (node, "capability", types, error);
}
const XmlSchema node_pci_schema = XML_SCHEMA (NodePci, "capability", pci_rows, .finish = pci_finish);
