/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status.h: the record of a network that runs, in stock's form. */
#pragma once

#include "model/network/network.h"

typedef struct
{
  XmlBitmap *class_ids;         /* of traffic control: those that are taken */
  uint64_t floor_sum;           /* KiB a second that its ports are sure of */
  Network *network;             /* live */
} NetworkStatus;

extern const XmlSchema network_status_schema;

void network_status_free (NetworkStatus *status);       /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetworkStatus, network_status_free)
