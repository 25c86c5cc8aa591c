/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/update.h: changes of what a network's documents say, of a network that may run. */
#pragma once

#include "net/net.h"

/* Makes the change in one document; touches nothing else, is called for each document. */
typedef bool (*NetEdit) (Network *network, void *user, GError **error);

/* Changes the documents that @affect (of net_resolve_affect) names: what runs follows, and then all is on disk. On failure
 * nothing has changed. The caller holds the job. Awaits. */
bool net_edit (Net *net, unsigned int affect, NetEdit edit, void *user, GError **error);

/* One section, as virNetworkUpdate says it. */
typedef struct
{
  unsigned int command, section;
  int parent_index;
  const char *xml;
} NetUpdate;
bool net_update (Net *net, unsigned int affect, const NetUpdate *update, GError **error);
