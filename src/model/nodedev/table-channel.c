/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-channel.c: what mainframes have: channel devices, and cryptographic adapters. */
#include "model/nodedev/private.h"

XML_ENUM_DEFINE (node_ccw_state, NODE_CCW_STATE_LIST)

static const XmlHex cssid_hex = { "0x%x", 0xfe };
static const XmlHex ssid_hex = { "0x%x", 3 };
static const XmlHex adapter_hex = { "0x%02x", 0xff };

#define HEX(S_, m_, path_, hex_) \
  XML_HEX (S_, m_, path_, hex_, .absent = -1, XML_BAD (NODEDEV, INTERNAL_ERROR), XML_MISSING (NODEDEV, INTERNAL_ERROR))

static const XmlField address_rows[] = {
  HEX (NodeCcwAddress, cssid, "cssid", cssid_hex),
  HEX (NodeCcwAddress, ssid, "ssid", ssid_hex),
  NODE_ID (NodeCcwAddress, devno, "devno"),
  XML_END
};
static const XmlSchema address_schema = XML_SCHEMA (NodeCcwAddress, "channel_dev_addr", address_rows);

#define STATE(S_) XML_ENUM (S_, state, "state", node_ccw_state, XML_BAD (NODEDEV, XML_ERROR))

static const XmlField ccw_rows[] = {
  STATE (NodeCcw),
  XML_EMBED (NodeCcw, address, "", address_rows),
  XML_STRING (NodeCcw, group, "capability[type=ccwgroup_member]/group_device"),
  XML_END
};
const XmlSchema node_ccw_schema = XML_SCHEMA (NodeCcw, "capability", ccw_rows);

static const XmlField member_rows[] = {
  XML_STRING (NodeCcwMember, role, "@ref"),
  XML_STRING (NodeCcwMember, name, "."),
  XML_END
};
static const XmlSchema member_schema = XML_SCHEMA (NodeCcwMember, "ccw_device", member_rows);

static const XmlField ccwgroup_rows[] = {
  STATE (NodeCcwGroup),
  XML_EMBED (NodeCcwGroup, address, "", address_rows),
  XML_ITEMS (NodeCcwGroup, members, "members/ccw_device", member_schema),
  XML_STRING (NodeCcwGroup, card_type, "capability[type=qeth_generic]/card_type"),
  XML_STRING (NodeCcwGroup, chpid, "capability[type=qeth_generic]/chpid"),
  XML_END
};
const XmlSchema node_ccwgroup_schema = XML_SCHEMA (NodeCcwGroup, "capability", ccwgroup_rows);

static const XmlField css_rows[] = {
  XML_EMBED (NodeCss, address, "", address_rows),
  XML_CHILD (NodeCss, channel, "channel_dev_addr", address_schema),
  NODE_MDEV_TYPES (NodeCss),
  XML_END
};

static bool
mdev_parent_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  static const char *const types[] = { "mdev_types", NULL };

  return node_check_types (node, "capability", types, error);
}
const XmlSchema node_css_schema = XML_SCHEMA (NodeCss, "capability", css_rows, .finish = mdev_parent_finish);

static const XmlField ap_card_rows[] = { HEX (NodeApCard, adapter, "ap-adapter", adapter_hex), XML_END };
const XmlSchema node_ap_card_schema = XML_SCHEMA (NodeApCard, "capability", ap_card_rows);

static const XmlField ap_queue_rows[] = {
  HEX (NodeApQueue, adapter, "ap-adapter", adapter_hex),
  NODE_ID (NodeApQueue, domain, "ap-domain"),
  XML_END
};
const XmlSchema node_ap_queue_schema = XML_SCHEMA (NodeApQueue, "capability", ap_queue_rows);

static const XmlField ap_matrix_rows[] = { NODE_MDEV_TYPES (NodeApMatrix), XML_END };
const XmlSchema node_ap_matrix_schema = XML_SCHEMA (NodeApMatrix, "capability", ap_matrix_rows, .finish = mdev_parent_finish);
