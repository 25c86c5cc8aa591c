/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* address-virtio.h: which devices go where virtio devices go, on machines where
 * that is not PCI. */
#pragma once

#include "model/domain/rules.h"

/* Gives the address type @type to all virtio devices of @domain without an
 * address; on the channel subsystem to the host's channel devices too. */
void domain_claim_virtio (Domain *domain, DomainAddressType type);
