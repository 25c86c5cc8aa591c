/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/hooks.h"

#include "daemon/hooks.h"
#include "net/config.h"
#include "util/log.h"

#define LOG_CATEGORY "network.hooks"
#define DRIVER "network"

static const struct { const char *operation, *phase; } occasions[] = {
  [NET_HOOK_START] = { "start", "begin" },
  [NET_HOOK_STARTED] = { "started", "begin" },
  [NET_HOOK_STOPPED] = { "stopped", "end" },
  [NET_HOOK_UPDATED] = { "updated", "begin" },
  [NET_HOOK_PORT_CREATED] = { "port-created", "begin" },
  [NET_HOOK_PORT_DELETED] = { "port-deleted", "begin" },
};

/* What the programs read. */
typedef struct
{
  Network *network;
  NetworkPort *port;
} HookData;

static const XmlField rows[] = {
  XML_CHILD (HookData, network, "network", network_schema),
  XML_CHILD (HookData, port, "networkport", network_port_schema),
  XML_END
};
static const XmlSchema hook_data_schema = XML_SCHEMA (HookData, "hookData", rows, .from = VIR_FROM_NETWORK);

bool
net_hook_run (NetHook hook, const Network *network, const NetworkPort *port, GError **error)
{
  const HookData data = { (Network *) network, (NetworkPort *) port };
  g_autofree char *document = NULL, *name = NULL;

  if (!hook_programs_exist (DRIVER))
    return true;
  document = xml_format (&hook_data_schema, &data, 0);
  name = g_strdup (network->name);
  return hook_programs_run (&(HookCall) { DRIVER, name, occasions[hook].operation, occasions[hook].phase, document,
                                          net_config ()->hook_timeout, "hook_timeout in network.conf" }, error);
}

void
net_hook_tell (NetHook hook, const Network *network, const NetworkPort *port)
{
  g_autoptr (GError) error = NULL;

  if (!net_hook_run (hook, network, port, &error))
    log_warning ("%s", error->message);
}
