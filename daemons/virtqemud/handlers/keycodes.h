/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handlers/keycodes.h: the numbers that keys have in various sets. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* QEMU's number (qnum) of the key @code of @codeset (VIR_KEYCODE_SET_...). Errors:
 * VIR_ERR_INVALID_ARG for an unknown set, VIR_ERR_CONFIG_UNSUPPORTED for one that is not translated
 * here, VIR_ERR_INTERNAL_ERROR for a key that QEMU has not. */
bool keycode_to_qnum (unsigned int codeset, unsigned int code, unsigned int *ret_qnum, GError **error);
