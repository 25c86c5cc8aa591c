/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* private.h: what the tables of node devices share. */
#pragma once

#include "model/nodedev/nodedev.h"

extern const XmlSchema node_system_schema, node_pci_schema, node_usb_device_schema, node_usb_schema, node_net_schema,
  node_scsi_host_schema, node_scsi_target_schema, node_scsi_schema, node_storage_schema, node_scsi_generic_schema,
  node_drm_schema, node_mdev_schema, node_ccw_schema, node_ccwgroup_schema, node_css_schema, node_vdpa_schema,
  node_ap_card_schema, node_ap_queue_schema, node_ap_matrix_schema;

/* Rows of what can make mediated devices. */
extern const XmlSchema node_mdev_type_schema;
#define NODE_MDEV_TYPES(S_) XML_ITEMS (S_, mdev_types, "capability[type=mdev_types]/type", node_mdev_type_schema)

/* A number that must be there, and an identifier of four hexadecimal digits. */
#define NODE_NUMBER(S_, m_, path_) \
  XML_UINT (S_, m_, path_, .absent = -1, XML_BAD (NODEDEV, INTERNAL_ERROR), XML_MISSING (NODEDEV, INTERNAL_ERROR))
#define NODE_ID(S_, m_, path_) \
  XML_HEX (S_, m_, path_, node_id_hex, .absent = -1, XML_BAD (NODEDEV, INTERNAL_ERROR), XML_MISSING (NODEDEV, INTERNAL_ERROR))
#define NODE_TEXT(S_, m_, path_) XML_STRING (S_, m_, path_, XML_MISSING (NODEDEV, INTERNAL_ERROR))
extern const XmlHex node_id_hex;

/* Fails unless each child @element of @node has a type= of @known, NULL at the end. */
bool node_check_types (xmlNode *node, const char *element, const char *const *known, GError **error);
