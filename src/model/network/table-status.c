/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/network/status.h"

static const XmlField rows[] = {
  XML_BITMAP (NetworkStatus, class_ids, "class_id/@bitmap"),
  XML_UINT64 (NetworkStatus, floor_sum, "floor/@sum", .flags = XML_ALWAYS),
  XML_CHILD (NetworkStatus, network, "network", network_schema, .flags = XML_REQUIRED),
  XML_END
};

const XmlSchema network_status_schema = XML_SCHEMA (NetworkStatus, "networkstatus", rows, .from = VIR_FROM_NETWORK);

void
network_status_free (NetworkStatus *status)
{
  xml_free (&network_status_schema, status);
}
