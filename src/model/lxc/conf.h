/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conf.h: containers as the LXC tools configure them, made into domains. Nothing
 * here awaits or looks at the host. */
#pragma once

#include "model/domain/domain.h"

/* The domain that the configuration @text, of LXC's versions 1 to 4, describes; its
 * UUID is made up. What has no counterpart is left out. Errors:
 * VIR_ERR_INTERNAL_ERROR of VIR_FROM_LXC naming the line, VIR_ERR_CONFIG_UNSUPPORTED
 * for what would be lost to harm. */
Domain *lxc_conf_to_domain (const char *text, GError **error);
