/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/transient.h: disks whose changes are forgotten when their guest ends: it writes to an overlay, IMAGE.TRANSIENT-NAME,
 * which is made before it starts and removed with it. */
#pragma once

#include "model/domain/domain.h"

/* Makes the overlays of @domain's transient disks the tops of their chains, which are known; numbers the nodes anew. Before a file
 * is made, @note (may be NULL) writes down the document that names it. On failure what was made is removed.
 * VIR_ERR_OPERATION_UNSUPPORTED: there is such a file already. Awaits. */
bool qemu_transient_make (Domain *domain, bool (*note) (void *user, GError **error), void *user, GError **error);

/* Removes the overlays of a guest that has ended; those that are not there are fine. Failures are logged. Awaits. */
void qemu_transient_remove (const Domain *domain);
