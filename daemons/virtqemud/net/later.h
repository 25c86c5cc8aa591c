/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/later.h: ports of networks that could not be given back, because their daemon is away or does not answer.
 *
 * The interface's record keeps them; this daemon tries again in the background, the next one when it starts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Tries again to remove the port @uuid of @network, which the record @file says, until it is removed, and then from the
 * record. Never awaits. */
void net_later_remove_port (const char *file, const char *network, const uint8_t uuid[16]);

/* The network daemon has not answered in time lately: who need not wait for it should not. */
bool net_later_is_silent (void);
/* It has not, or it has. */
void net_later_note_silence (bool silent);
