/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/status.h: what is on disk of networks that run, in stock's form.
 *
 *   PATH_RUN/network/NAME.xml              the status: from before anything is made until all is gone
 *   PATH_RUN/network/NAME/ports/UUID.xml   a port
 *   PATH_RUN/network/NAME.update           an update of both documents that is under way */
#pragma once

#include "net/net.h"

/* A path in the folder of running networks. Caller frees. */
char *net_status_path (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Makes the folders. Awaits. */
bool net_status_setup (GError **error);

/* Writes the status of @net with @live as its document. Awaits. */
bool net_status_save (const Net *net, const Network *live, GError **error);
/* Removes all that there is of the network @name: status, ports. Awaits. */
bool net_status_remove (const char *name, GError **error);

/* The numbers of traffic control that the ports of @net have, with those that every network has. Caller frees. */
XmlBitmap *net_class_ids (const Net *net);
/* What ports with a floor are sure of, together: KiB a second. */
uint64_t net_floor_sum (const Net *net);

/* Writes the port of @net. Awaits. */
bool net_port_save (const Net *net, const NetworkPort *port, GError **error);
/* Removes its file. Awaits. */
bool net_port_forget (const Net *net, const uint8_t uuid[16], GError **error);

/* What was there when the daemon started. */
typedef struct
{
  Network *live;
  GPtrArray *ports;     /* NetworkPort */
} NetStatus;
void net_status_clear (NetStatus *status);

/* Reads all; folders of ports without a network are removed, damaged files are put aside with a message, updates that were cut
 * short are finished: an array of NetStatus. Awaits. */
bool net_status_load (GPtrArray **ret_statuses, GError **error);

/* Makes @live and @config the documents of @net on disk, both or, after a crash too, none. Awaits. */
bool net_status_save_both (const Net *net, const Network *live, const Network *config, GError **error);
