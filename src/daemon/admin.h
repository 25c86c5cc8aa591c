/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* admin.h: the admin program, served on every daemon's admin socket.
 *
 * What its figures mean here, where no threads serve calls:
 *
 *   minWorkers, maxWorkers, prioWorkers   as configured or set; kept and shown, but no
 *                                         call waits for a worker, so they limit nothing
 *   nWorkers       fibers that serve calls now, at least minWorkers
 *   freeWorkers    those of them that serve none
 *   jobQueueDepth  calls that were read and have not begun
 *
 * All are 0 for a server without such settings (virtlogd, virtlockd), and can then not be
 * set. The other figures and settings mean what they always meant: limits on clients act
 * on the next connection or authentication. Only processes with the daemon's own uid
 * get as far as this program; the server sees to that. */
#pragma once

#include "protocol/admin.h"

extern const AdminHandlers admin_handlers;
