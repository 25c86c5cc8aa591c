/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/vf.h: interfaces that are devices of the host: virtual functions of cards that know SR-IOV. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/domain/domain.h"
#include "net/tap.h"

/* The interface, of actual type hostdev, as the host device that it is: a view, whose texts are the interface's own. */
DomainHostdev vf_hostdev (const DomainInterface *interface);

/* Which virtual function of which device it is: number @ret_number of the network device @ret_parent. Reads sysfs: may
 * block for a moment. VIR_ERR_CONFIG_UNSUPPORTED: it is none. */
bool vf_find (const PciAddress *address, char ret_parent[TAP_NAME_SIZE], unsigned int *ret_number, GError **error);

/* The card's address and VLAN as the parent sets them, so that the guest cannot. */
typedef struct
{
  uint8_t mac[6];
  unsigned int vlan;            /* 0: none */
} VfSettings;
/* Awaits. */
bool vf_get (const char *parent, unsigned int number, VfSettings *ret, GError **error);
bool vf_set (const char *parent, unsigned int number, const VfSettings *settings, GError **error);
