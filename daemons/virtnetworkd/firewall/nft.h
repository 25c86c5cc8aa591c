/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall/nft.h: commands given to the kernel's nftables through libnftables. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Runs @commands as one transaction: all of them or none. @ret_output (may be NULL; caller frees) gets what they print, as
 * JSON. VIR_ERR_INTERNAL_ERROR of VIR_FROM_FIREWALL with nftables' words. Awaits. */
bool nft_run (const char *commands, char **ret_output, GError **error);

/* What the kernel calls the author of this daemon's transactions when it reports them: at most 15 characters, of this
 * process only; static. */
const char *nft_author (void);
