/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-storage.c: disks and what they hang on. */
#include "model/nodedev/private.h"

static const XmlField fc_host_rows[] = {
  XML_STRING (NodeFcHost, wwnn, "wwnn"),
  XML_STRING (NodeFcHost, wwpn, "wwpn"),
  XML_STRING (NodeFcHost, fabric_wwn, "fabric_wwn"),
  XML_END
};
static const XmlSchema fc_host_schema = XML_SCHEMA (NodeFcHost, "capability", fc_host_rows);

static const XmlField vport_rows[] = {
  XML_UINT (NodeVportOps, max_vports, "max_vports", .flags = XML_ALWAYS | XML_WRITE_ONLY),
  XML_UINT (NodeVportOps, vports, "vports", .flags = XML_ALWAYS | XML_WRITE_ONLY),
  XML_END
};
static const XmlSchema vport_schema = XML_SCHEMA (NodeVportOps, "capability", vport_rows);

static const XmlField scsi_host_rows[] = {
  XML_UINT (NodeScsiHost, host, "host", .absent = -1, XML_BAD (NODEDEV, INTERNAL_ERROR)),
  XML_UINT (NodeScsiHost, unique_id, "unique_id", .absent = -1, XML_BAD (NODEDEV, INTERNAL_ERROR)),
  XML_CHILD (NodeScsiHost, fc_host, "capability[type=fc_host]", fc_host_schema),
  XML_CHILD (NodeScsiHost, vport_ops, "capability[type=vport_ops]", vport_schema),
  XML_END
};

static bool
scsi_host_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  static const char *const types[] = { "fc_host", "vport_ops", NULL };

  return node_check_types (node, "capability", types, error);
}
const XmlSchema node_scsi_host_schema = XML_SCHEMA (NodeScsiHost, "capability", scsi_host_rows, .finish = scsi_host_finish);

static const XmlField remote_port_rows[] = {
  NODE_TEXT (NodeFcRemotePort, rport, "rport"),
  NODE_TEXT (NodeFcRemotePort, wwpn, "wwpn"),
  XML_END
};
static const XmlSchema remote_port_schema = XML_SCHEMA (NodeFcRemotePort, "capability", remote_port_rows);

static const XmlField scsi_target_rows[] = {
  NODE_TEXT (NodeScsiTarget, target, "target"),
  XML_CHILD (NodeScsiTarget, remote_port, "capability[type=fc_remote_port]", remote_port_schema),
  XML_END
};

static bool
scsi_target_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  static const char *const types[] = { "fc_remote_port", NULL };

  return node_check_types (node, "capability", types, error);
}
const XmlSchema node_scsi_target_schema = XML_SCHEMA (NodeScsiTarget, "capability", scsi_target_rows,
                                                      .finish = scsi_target_finish);

static const XmlField scsi_rows[] = {
  NODE_NUMBER (NodeScsi, host, "host"),
  NODE_NUMBER (NodeScsi, bus, "bus"),
  NODE_NUMBER (NodeScsi, target, "target"),
  NODE_NUMBER (NodeScsi, lun, "lun"),
  XML_STRING (NodeScsi, type, "type"),
  XML_END
};
const XmlSchema node_scsi_schema = XML_SCHEMA (NodeScsi, "capability", scsi_rows);

static const XmlField scsi_generic_rows[] = { NODE_TEXT (NodeScsiGeneric, file, "char"), XML_END };
const XmlSchema node_scsi_generic_schema = XML_SCHEMA (NodeScsiGeneric, "capability", scsi_generic_rows);

#define BLOCKS(S_) \
  XML_UINT64 (S_, block_size, "logical_block_size", XML_BAD (NODEDEV, INTERNAL_ERROR)), \
  XML_UINT64 (S_, blocks, "num_blocks", XML_BAD (NODEDEV, INTERNAL_ERROR))

static const XmlField medium_rows[] = {
  XML_UINT (NodeMedium, available, "media_available", .flags = XML_ALWAYS, XML_BAD (NODEDEV, INTERNAL_ERROR)),
  XML_UINT64 (NodeMedium, size, "media_size", .flags = XML_ALWAYS, XML_BAD (NODEDEV, INTERNAL_ERROR)),
  XML_STRING (NodeMedium, label, "media_label"),
  BLOCKS (NodeMedium),
  XML_END
};
static const XmlSchema medium_schema = XML_SCHEMA (NodeMedium, "capability", medium_rows);

/* The size of what is removable is the medium's. */
static bool
is_fixed (const void *object, unsigned int format_flags)
{
  const NodeStorage *storage = object;

  return storage->removable == NULL;
}

static const XmlField fixed_rows[] = {
  XML_UINT64 (NodeStorage, size, "size", .flags = XML_ALWAYS, XML_BAD (NODEDEV, INTERNAL_ERROR)),
  BLOCKS (NodeStorage),
  XML_END
};

static const XmlField storage_rows[] = {
  NODE_TEXT (NodeStorage, block, "block"),
  XML_STRING (NodeStorage, bus, "bus"),
  XML_STRING (NodeStorage, drive_type, "drive_type"),
  XML_STRING (NodeStorage, model, "model"),
  XML_STRING (NodeStorage, vendor, "vendor"),
  XML_STRING (NodeStorage, serial, "serial"),
  XML_CHILD (NodeStorage, removable, "capability[type=removable]", medium_schema),
  XML_PART ("", fixed_rows, .when = is_fixed),
  XML_FLAG (NodeStorage, is_hotpluggable, "capability[type=hotpluggable]"),
  XML_END
};

static bool
storage_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  static const char *const types[] = { "removable", "hotpluggable", NULL };

  return node_check_types (node, "capability", types, error);
}
const XmlSchema node_storage_schema = XML_SCHEMA (NodeStorage, "capability", storage_rows, .finish = storage_finish);
