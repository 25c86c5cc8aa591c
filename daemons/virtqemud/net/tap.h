/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/tap.h: taps and macvtaps, by which the packets of guests come to the host. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/domain/domain.h"

#define TAP_NAME_SIZE 16
#define TAP_QUEUES_MAX 256

/* What is to be made; all texts are borrowed for the time of the call. */
typedef struct
{
  const char *name;             /* NULL: made up ("vnet7"); "foo%d": its number is made up */
  const char *device;           /* "/dev/net/tun" or what the document says */
  unsigned int queues;          /* 1 or more */
  bool vnet_hdr;                /* QEMU's card is virtio */
  bool must_exist;              /* somebody else's tap: nothing of it is changed */
  uint8_t mac[6];               /* of the guest's card: the tap gets one that no guest has */
  unsigned int mtu;             /* 0: the bridge's, or the kernel's */
  const char *mtu_of;           /* device that must be there, whose MTU it has if @mtu is 0; NULL: the bridge */
  bool up;
  const char *bridge;           /* Linux bridge that it becomes a port of; NULL: none */
  bool isolated;                /* from other isolated ports */
  bool known_addresses;         /* the bridge does not learn or flood: it is told the guest's address */
  unsigned int coalesce_frames; /* 0: the kernel's */
  const DomainInterface *addresses;     /* has host_ips and host_routes for it; NULL: none */
} TapSpec;

/* Makes a tap, which goes away when the last of @ret_fds (@spec->queues; CLOEXEC) is closed. @ret_name is its name. On failure
 * nothing is left. Errors: VIR_ERR_OPERATION_INVALID: the name is taken; VIR_ERR_SYSTEM_ERROR. Awaits. */
bool tap_make (const TapSpec *spec, char ret_name[TAP_NAME_SIZE], int *ret_fds, GError **error);

/* The MAC address of the host's end of a card with @mac. */
void tap_host_mac (const uint8_t mac[6], uint8_t ret_mac[6]);

/* What a macvtap is to be like. */
typedef struct
{
  const char *name;             /* NULL: made up ("macvtap0") */
  const char *lower;            /* the device of the host below it */
  DomainInterfaceDirect mode;
  unsigned int queues;
  bool vnet_hdr;
  uint8_t mac[6];
} MacvtapSpec;

/* The name that a macvtap gets, before it is made: nothing has it. */
bool macvtap_choose_name (const char *wanted, char ret_name[TAP_NAME_SIZE], GError **error);
/* Makes it with the name @spec->name, brings it up and opens it. It stays until macvtap_remove. Awaits. */
bool macvtap_make (const MacvtapSpec *spec, int *ret_fds, GError **error);
/* Removes it if it is a macvtap with that address. Failures are logged. Awaits. */
void macvtap_remove (const char *name, const uint8_t mac[6]);

/* --- changes of a tap that runs; all await -------------------------------------------------- */

/* Where a tap belongs, and what the bridge is to know of it there; see TapSpec. */
typedef struct
{
  char *name, *bridge;
  bool isolated, known_addresses;
  uint8_t mac[6];
} TapPlace;
/* Puts each of @places (TapPlace) that is on no bridge where it belongs; neither need be there. Failures are logged. */
void tap_rejoin_all (const GPtrArray *places);
/* Moves @name to @bridge, or off any bridge (NULL). */
bool tap_set_bridge (const char *name, const char *bridge, GError **error);
bool tap_set_isolated (const char *name, bool isolated, GError **error);
bool tap_set_coalesce (const char *name, unsigned int frames, GError **error);
bool tap_set_up (const char *name, bool up, GError **error);
