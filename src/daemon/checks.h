/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* daemon/checks.h: what handlers ask of the flags of a call.
 *
 * All fail with VIR_ERR_INVALID_ARG of @from; @api is the public function, "virNetworkCreateXMLFlags". */
#pragma once

#include <stdbool.h>

#include "util/error.h"

/* Fails if @flags has others than @allowed. */
bool call_check_flags (unsigned int flags, unsigned int allowed, virErrorDomain from, const char *api, GError **error);

/* Fails if @flags has all of @exclusive, which @names names: "VIR_X and VIR_Y". */
bool call_check_exclusive (unsigned int flags, unsigned int exclusive, virErrorDomain from, const char *names,
                           const char *api, GError **error);
