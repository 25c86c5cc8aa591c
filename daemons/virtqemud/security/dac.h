/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security/dac.h: labels of users and groups. */
#pragma once

#include <sys/types.h>

#include "security/security.h"

/* "+107:+107", "107:107", "qemu:qemu": looks up names. VIR_ERR_INVALID_ARG. Blocks. */
bool security_dac_parse (const char *label, uid_t *ret_uid, gid_t *ret_gid, GError **error);
