/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/config.h: PATH_CONF/network.conf. */
#pragma once

#include <stdbool.h>

#include "util/error.h"

typedef struct
{
  unsigned int hook_timeout;    /* seconds that a hook may take; 0: no limit */
} NetConfig;

/* Reads the file; one that is missing leaves the defaults. Errors of conf.h; VIR_ERR_CONFIG_UNSUPPORTED for a firewall
 * backend that this build has not. Awaits. */
bool net_config_load (GError **error);

/* What was read last, the defaults before. Borrowed. */
const NetConfig *net_config (void);
