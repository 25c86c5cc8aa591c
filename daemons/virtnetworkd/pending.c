/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What other folders do not have yet. Whoever lands the real function takes its line out of here. */
#include "firewall/firewall.h"
char **firewall_obstacles (const Network *live) { return NULL; }
