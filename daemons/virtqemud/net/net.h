/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/net.h: the host's ends of guests' network interfaces: taps, bridges, macvtaps, ports of virtual networks, helpers.
 *
 * A tap goes away with the QEMU that has it open, and so does a passt. What would stay (a port of a virtual network or
 * of Open vSwitch, a macvtap) is written down below PATH_RUN/qemu/net/ before it is made, a file an interface, so it is
 * removed after any crash. Names that are made up ("vnet7") are never used twice while this host runs. */
#pragma once

#include <stdbool.h>

#include "args/args.h"
#include "model/domain/domain.h"
#include "qemu/config.h"
#include "qemu/qmp.h"

/* Whose interfaces they are; all borrowed. */
typedef struct
{
  int id;
  const char *name;
  const uint8_t *uuid;
  const QemuConfig *config;
  bool is_kvm;
} NetGuest;

/* The guest that runs by @domain, a live document. */
NetGuest net_guest_of (const Domain *domain, const QemuConfig *config);

/* --- making and removing --------------------------------------------------------------- */

/* The descriptors that QEMU is to get, until it has them. */
typedef struct NetLinks NetLinks;

NetLinks *net_links_new (void);
/* Closes all. NULL is fine. The last descriptor of a tap is better closed by net_links_drop: the kernel takes its time. */
void net_links_free (NetLinks *links);
/* Closes all of the interface @alias, or (NULL) of all, off the loop. Awaits. */
void net_links_drop (NetLinks *links, const char *alias);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetLinks, net_links_free)
/* Whether @kind is one of those that links have. */
bool net_is_fd (QemuFdKind kind);
/* The @index-th descriptor of @kind of the interface with
 * @device, compared by its alias; still owned by @links. -1: there is none (QEMU goes without vhost-net then). */
int net_links_get (const NetLinks *links, QemuFdKind kind, const DomainDeviceInfo *device, unsigned int index);

/* Makes the host's end of @interface of the live document and sets what was chosen in it (target_dev, actual, port_id); its
 * alias is set. @links gets what QEMU opens it by. On failure nothing is left, and the document is as before. Errors:
 * VIR_ERR_CONFIG_UNSUPPORTED: this host cannot do it; VIR_ERR_SYSTEM_ERROR, VIR_ERR_INTERNAL_ERROR: the kernel's or a program's
 * refusal; those of the network driver. Awaits. */
bool net_prepare (const NetGuest *guest, DomainInterface *interface, NetLinks *links, GError **error);
/* All of @domain, in their order; all or none. Awaits. */
bool net_prepare_all (const NetGuest *guest, Domain *domain, NetLinks *links, GError **error);

/* Removes the host's end of @interface after QEMU let go of it, whatever there is of it. Failures are logged. Awaits. */
void net_release (const NetGuest *guest, const DomainInterface *interface);
/* All that is written down for the guest. Awaits. */
void net_release_all (int id, const char *name);
/* When the daemon has started: what is written down for guests that do not run (@runs tells, by the id). Awaits. */
void net_sweep (bool (*runs) (int id, void *user), void *user);

/* After a restart of the daemon: puts taps of the running guest back on their bridges, should these have been made
 * anew meanwhile. Failures are logged. Awaits. */
void net_recover (const Domain *live);

/* --- while it runs ---------------------------------------------------------------------- */

/* Whether @wanted may take the place of @live, both complete, in a running guest: the error names what cannot be changed
 * (VIR_ERR_OPERATION_UNSUPPORTED, VIR_ERR_CONFIG_UNSUPPORTED). Never awaits. */
bool net_check_update (const DomainInterface *live, const DomainInterface *wanted, GError **error);

/* Changes the host's end from what @live says to what @wanted says: bridge, link state (through @qmp), bandwidth, VLAN,
 * isolation, coalescing. What was done is taken over into @live; on failure it is as before. Awaits. */
bool net_update (const NetGuest *guest, DomainInterface *live, const DomainInterface *wanted, Qmp *qmp, GError **error);

/* Sets the bandwidth of the host's end; NULL: no limit. The document is the caller's. Awaits. */
bool net_set_bandwidth (const NetGuest *guest, const DomainInterface *interface, const NetworkBandwidth *bandwidth,
                        GError **error);

/* The type that an interface has by what its network made of it. */
DomainInterfaceType net_actual_type (const DomainInterface *interface);
/* What it is limited to by its network or by its own document; NULL: nothing. */
const NetworkBandwidth *net_actual_bandwidth (const DomainInterface *interface);
/* Its own document's limits have changed: so have those that its network notes of it. */
void net_take_actual_bandwidth (DomainInterface *interface);
/* Whether the bandwidth of its type can be limited. */
bool net_can_limit (const DomainInterface *interface);

/* --- figures ---------------------------------------------------------------------------- */

typedef struct { uint64_t bytes, packets, errors, dropped; } NetDirection;
typedef struct { NetDirection received, sent; } NetCounters;

/* The counters of the host's device @name, at most some milliseconds old. False: there is no such device. Never awaits. */
bool net_counters (const char *name, NetCounters *ret);
/* The counters of the guest's card: what its tap sends is what the guest receives. False: nothing counts for it. */
bool net_interface_counters (const DomainInterface *interface, NetCounters *ret);
