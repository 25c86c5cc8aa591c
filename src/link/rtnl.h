/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* link/rtnl.h: the kernel's network devices, by rtnetlink.
 *
 * The kernel answers each request before the call returns; it may wait for others who change devices, so these
 * functions are for workers (util/worker.h). They touch nothing but their arguments.
 * Failures are VIR_ERR_SYSTEM_ERROR with the kernel's errno in int1, its words if it has any, and the device's name. */
#pragma once

#include <glib.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/network/common.h"

typedef struct Rtnl Rtnl;

Rtnl *rtnl_open (GError **error);
void rtnl_close (Rtnl *rtnl);           /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rtnl, rtnl_close)

/* Between these two, changes are not made at once but sent together, so that many cost one round trip: a change then fails
 * only for want of its device, and the end tells of the first that the kernel refused. It made the others all the same. */
void rtnl_batch (Rtnl *rtnl);
bool rtnl_batch_end (Rtnl *rtnl, GError **error);

/* --- devices ---------------------------------------------------------------------------------- */

/* What a device is; `kind` is "" for hardware. */
typedef struct
{
  int index;
  unsigned int mtu, flags;      /* IFF_UP... */
  int master;                   /* 0: none */
  uint8_t mac[6];
  char kind[32];                /* "tun", "bridge", "macvtap"... */
  bool vlan_filtering;          /* of a bridge */
} RtnlLink;
bool rtnl_get (Rtnl *rtnl, const char *name, RtnlLink *ret, GError **error);

/* The name of a device. */
typedef struct { int index; char name[IFNAMSIZ]; } RtnlName;
/* Of all devices: RtnlName, freed with g_array_unref. Not in a batch. */
GArray *rtnl_names (Rtnl *rtnl, GError **error);

/* What is to be changed of a device; members that are absent stay. */
typedef struct
{
  unsigned int mtu;             /* 0: stays */
  const uint8_t *mac;           /* NULL: stays */
  int master;                   /* -1: stays, 0: none */
  int up;                       /* -1: stays, 0, 1 */
} RtnlChange;
#define RTNL_NO_CHANGE { .master = -1, .up = -1 }
bool rtnl_change (Rtnl *rtnl, const char *name, const RtnlChange *change, GError **error);

/* Lets packets through without a queue of the kernel: the guest's card has one. */
bool rtnl_set_noqueue (Rtnl *rtnl, const char *name, GError **error);

/* Settings of a bridge's port: -1 stays. */
typedef struct { int isolated, learning, unicast_flood; } RtnlPort;
bool rtnl_set_port (Rtnl *rtnl, const char *name, const RtnlPort *port, GError **error);
/* Adds or removes a static entry of the bridge's table of addresses: @mac is behind port @name. */
bool rtnl_set_fdb (Rtnl *rtnl, const char *name, const uint8_t mac[6], bool present, GError **error);

/* What a bridge is like; all settings are made with it. */
typedef struct
{
  uint8_t mac[6];
  unsigned int mtu;             /* 0: the least of its ports */
  bool stp;
  unsigned int delay_cs;        /* until a new port forwards, in hundredths of a second; the kernel keeps STP's limits */
  bool vlan_filtering;
} RtnlBridge;
/* Makes it, down. Not in a batch. A device of that name: EEXIST. */
bool rtnl_add_bridge (Rtnl *rtnl, const char *name, const RtnlBridge *bridge, GError **error);
/* Sets all that a bridge is to be like of one that is there. Not in a batch. */
bool rtnl_set_bridge (Rtnl *rtnl, const char *name, const RtnlBridge *bridge, GError **error);

/* Makes the macvtap @name on top of @lower. @mode: MACVLAN_MODE_... */
bool rtnl_add_macvtap (Rtnl *rtnl, const char *name, const char *lower, unsigned int mode, const uint8_t mac[6], GError **error);
/* A device that is not there is fine. */
bool rtnl_remove (Rtnl *rtnl, const char *name, GError **error);

/* What the device @name tells the card about its virtual function @number; @vlan 0: none. A card that has no such function is
 * VIR_ERR_SYSTEM_ERROR with ENODEV. */
bool rtnl_get_vf (Rtnl *rtnl, const char *name, unsigned int number, uint8_t ret_mac[6], unsigned int *ret_vlan,
                  GError **error);
bool rtnl_set_vf (Rtnl *rtnl, const char *name, unsigned int number, const uint8_t mac[6], unsigned int vlan, GError **error);

/* --- addresses and routes ---------------------------------------------------------------------- */

/* An address of a device; @peer may be NULL. */
bool rtnl_add_address (Rtnl *rtnl, const char *name, const IpAddress *address, const IpAddress *peer, unsigned int prefix,
                       GError **error);
typedef struct { int index; IpAddress address; unsigned int prefix; bool tentative; } RtnlAddress;
/* All of the device @index (0: of all): RtnlAddress, freed with g_array_unref. Not in a batch. */
GArray *rtnl_addresses (Rtnl *rtnl, int index, GError **error);

/* One route. @gateway NULL: directly. @metric 0: the kernel's. */
typedef struct
{
  IpAddress network;
  unsigned int prefix;
  const IpAddress *gateway;
  unsigned int metric;
} RtnlRoute;
bool rtnl_add_route (Rtnl *rtnl, const char *name, const RtnlRoute *route, GError **error);
/* The route of a document, with the metric that documents mean by none. */
bool rtnl_add_network_route (Rtnl *rtnl, const char *name, const NetworkRoute *route, GError **error);
/* Calls @each for each route of the main table of @family until it returns false; @index is 0 for those that lead nowhere.
 * Not in a batch; @each asks the kernel nothing. */
typedef bool (*RtnlRouteFunc) (const RtnlRoute *route, int index, void *data);
bool rtnl_each_route (Rtnl *rtnl, int family, RtnlRouteFunc each, void *data, GError **error);

/* One neighbour that the kernel knows on any device. */
typedef struct { uint8_t mac[6]; IpAddress address; } RtnlNeighbour;
/* All that are reachable or were: RtnlNeighbour, freed with g_array_unref. Not in a batch. */
GArray *rtnl_neighbours (Rtnl *rtnl, GError **error);
