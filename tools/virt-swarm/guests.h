/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guests.h: the guests of a root. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Ends every guest whose status file is below @root: SIGTERM, which QEMU takes as pulling the
 * plug with its disks flushed, and SIGKILL where that does not help. Blocks until they are gone. */
bool guests_end (const char *root, GError **error);
