/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fibers.h: what a running daemon is doing. */
#pragma once

#include "util/error.h"

/* Prints the fibers of daemon @name below @root, a line each. Runs the loop until the daemon has
 * answered; errors name its admin socket. */
bool fibers_print (const char *root, const char *name, GError **error);
