/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/net.h: the networks that this daemon knows.
 *
 * A network has up to two documents: `config`, what the next start uses (NULL: transient), and `live`, what runs now (NULL:
 * inactive). Both are replaced, never changed in place across an await; a change that awaits holds the network's job. */
#pragma once

#include "daemon/definitions.h"
#include "daemon/objects.h"
#include "dnsmasq/dnsmasq.h"
#include "model/network/port.h"

typedef struct
{
  OBJECT_BASE;
  Network *config;
  Network *live;
  const Network *arriving;      /* what is being started or defined: its bridge's name is taken; NULL: nothing */
  int bridge_index;             /* of the device that was made for it; 0: it has none of its own */
  bool autostart;
  bool stopping;                /* its parts are taken away by us */
  char *reason;                 /* why it stopped without having been told to; NULL: it was told */

  Dnsmasq *dnsmasq;             /* NULL: none runs */
  unsigned int dnsmasq_ends;    /* how often it ended by itself since last_end */
  uint64_t last_end;            /* monotonic, microseconds */

  Job telling;                  /* one writer of the list of its guests at a time */
  bool untold;                  /* the list is older than its ports */

  GPtrArray *ports;             /* NetworkPort, in the order in which they came */
  GHashTable *ports_by_uuid;    /* NetworkPort.uuid -> NetworkPort */
} Net;

extern ObjectClass net_class;
extern const DefinitionKind net_definitions;

/* One with a document that was read, in no list: object_list_claim's and recovery's. */
void *net_new (const uint8_t uuid[16], const char *name);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Net, object_unref)

bool net_is_active (const Net *net);
bool net_is_persistent (const Net *net);
/* What runs, else what the next start uses. Borrowed until the next await. */
Network *net_document (const Net *net);

/* Fails with VIR_ERR_OPERATION_INVALID, and why it stopped if that was not asked for, if it does not run. */
bool net_require_active (const Net *net, GError **error);

/* Turns "current" in @flags (VIR_NETWORK_UPDATE_AFFECT_...: the same bits in all calls) into LIVE or CONFIG and checks that
 * the network has what is asked for: VIR_ERR_OPERATION_INVALID. */
bool net_resolve_affect (const Net *net, unsigned int flags, unsigned int *ret_flags, GError **error);

/* Takes the job and checks that the network is still there. Awaits. */
bool net_job (JobGuard *guard, Net *net, const char *what, GError **error);

/* Writes @config as the definition of @net and makes it that. Takes it over, also on failure. Awaits. */
bool net_save_config (Net *net, Network *config, GError **error);

/* Whether @network could be a network of its name: the errors of network_validate(), and VIR_ERR_INTERNAL_ERROR if another
 * network has its bridge. Never awaits. */
bool net_check (const Network *network, GError **error);

/* Completes @network, which is to be a network of its name, after net_check(): the bridge's name and MAC address where it has
 * none. Never awaits. */
bool net_complete (Network *network, GError **error);

/* Whether it has nothing left to do. */
bool net_is_complete (const Network *network);
