/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nodedev.c: what all node devices have. */
#include "model/nodedev/private.h"

static const XmlField link_rows[] = { XML_STRING (NodeLink, path, "."), XML_END };
static const XmlSchema link_schema = XML_SCHEMA (NodeLink, "devnode", link_rows);

#define CAPABILITY(m_) XML_CHILD (NodeDevice, m_, "capability[type=" #m_ "]", node_##m_##_schema)

static const XmlField device_rows[] = {
  XML_STRING (NodeDevice, name, "name"),
  XML_STRING (NodeDevice, path, "path"),
  XML_STRING (NodeDevice, devnode, "devnode[type=dev]"),
  XML_ITEMS (NodeDevice, links, "devnode[type=link]", link_schema),
  XML_STRING (NodeDevice, parent_wwnn, "parent/@wwnn", .flags = XML_READ_ONLY),
  XML_STRING (NodeDevice, parent_wwpn, "parent/@wwpn", .flags = XML_READ_ONLY),
  XML_STRING (NodeDevice, parent_fabric_wwn, "parent/@fabric_wwn", .flags = XML_READ_ONLY),
  XML_STRING (NodeDevice, parent, "parent"),
  XML_STRING (NodeDevice, driver, "driver/name"),
  CAPABILITY (system),
  CAPABILITY (pci),
  CAPABILITY (usb_device),
  CAPABILITY (usb),
  CAPABILITY (net),
  CAPABILITY (scsi_host),
  CAPABILITY (scsi_target),
  CAPABILITY (scsi),
  CAPABILITY (storage),
  CAPABILITY (scsi_generic),
  CAPABILITY (drm),
  CAPABILITY (mdev),
  CAPABILITY (ccw),
  CAPABILITY (ccwgroup),
  CAPABILITY (css),
  CAPABILITY (vdpa),
  CAPABILITY (ap_card),
  CAPABILITY (ap_queue),
  CAPABILITY (ap_matrix),
  XML_END
};

bool
node_check_types (xmlNode *node, const char *element, const char *const *known, GError **error)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    {
      bool is_meant = child->type == XML_ELEMENT_NODE && strcmp ((const char *) child->name, element) == 0;
      const char *type = is_meant ? xml_attribute (child, "type") : NULL;

      if (is_meant && type == NULL)
        return xml_fail (child, VIR_FROM_NODEDEV, VIR_ERR_XML_ERROR, error, "'@type' is missing");
      if (is_meant && !g_strv_contains (known, type))
        {
          g_autofree char *all = g_strjoinv (", ", (char **) known);

          return xml_fail (child, VIR_FROM_NODEDEV, VIR_ERR_XML_ERROR, error, "attribute 'type' is '%s', not one of %s", type, all);
        }
    }
  return true;
}

static bool
has_capability (const xmlNode *node)
{
  for (const xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && strcmp ((const char *) child->name, "capability") == 0)
      return true;
  return false;
}

static bool
device_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  static const char *const devnodes[] = { "dev", "link", NULL };
  static const char *const types[] = {
    "system", "pci", "usb_device", "usb", "net", "scsi_host", "scsi_target", "scsi", "storage", "scsi_generic", "drm", "mdev",
    "ccw", "ccwgroup", "css", "vdpa", "ap_card", "ap_queue", "ap_matrix", NULL
  };
  const NodeDevice *device = object;

  if ((device->parent_wwnn == NULL) != (device->parent_wwpn == NULL))
    return xml_fail (node, VIR_FROM_NODEDEV, VIR_ERR_XML_ERROR, error, "'parent' has both 'wwnn' and 'wwpn' or neither");
  if (!has_capability (node))
    return xml_fail (node, VIR_FROM_NODEDEV, VIR_ERR_INTERNAL_ERROR, error, "'capability' is missing");
  return node_check_types (node, "devnode", devnodes, error) && node_check_types (node, "capability", types, error);
}

const XmlSchema node_device_schema = XML_SCHEMA (NodeDevice, "device", device_rows, .finish = device_finish,
                                                 .from = VIR_FROM_NODEDEV);
