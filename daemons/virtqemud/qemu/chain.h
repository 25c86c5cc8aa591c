/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/chain.h: what the images of a guest's disks are based on. */
#pragma once

#include "model/domain/domain.h"

/* Follows the images of all disks of @domain whose chain is not known yet and adds their layers to
 * it, then numbers the block nodes as stock does. A missing or unreadable image is
 * VIR_ERR_SYSTEM_ERROR of VIR_FROM_STORAGE; a backing file whose format its overlay does not say,
 * and which looks like anything but raw, is VIR_ERR_OPERATION_INVALID. Awaits. */
bool qemu_chain_complete (Domain *domain, GError **error);

/* Only numbers the nodes. */
void qemu_chain_number (Domain *domain);
