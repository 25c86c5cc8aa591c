/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/net.h"

#include <string.h>

#include "bridge/bridge.h"
#include "driver.h"
#include "util/uuid.h"

static void
net_free (void *object)
{
  Net *net = object;

  dnsmasq_free (net->dnsmasq);
  network_free (net->config);
  network_free (net->live);
  g_hash_table_unref (net->ports_by_uuid);
  g_ptr_array_unref (net->ports);
  g_free (net->reason);
  g_free (net);
}

ObjectClass net_class = {
  .noun = "network", .domain = VIR_FROM_NETWORK, .missing = VIR_ERR_NO_NETWORK, .free = net_free,
};

void *
net_new (const uint8_t uuid[16], const char *name)
{
  Net *net = g_new0 (Net, 1);

  object_init (&net->object, &net_class, uuid, name);
  net->ports = g_ptr_array_new_with_free_func ((GDestroyNotify) network_port_free);
  net->ports_by_uuid = g_hash_table_new (uuid_hash, uuid_equal);
  return net;
}

/* --- definitions ---------------------------------------------------------------------------- */

static void *
parse_definition (const char *text, size_t length, const char **ret_name, GError **error)
{
  Network *network = xml_parse (&network_schema, text, length, XML_PARSE_INACTIVE, error);

  if (network == NULL)
    return NULL;
  /* The parser makes one up: each time another. */
  if (g_strstr_len (text, (gssize) length, "<uuid") == NULL)
    memset (network->uuid, 0, sizeof (network->uuid));
  *ret_name = network->name;
  return network;
}

const DefinitionKind net_definitions = {
  .folder = "qemu/networks", .noun = "network", .daemon = "virtnetworkd", .edit = "virsh net-edit",
  .max_bytes = NETWORK_MAX_BYTES, .domain = VIR_FROM_NETWORK,
  .parse = parse_definition, .free = (void (*) (void *)) network_free,
};

bool
net_save_config (Net *net, Network *config, GError **error)
{
  g_autoptr (Network) owned = config;
  g_autofree char *text = xml_format (&network_schema, config, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
  bool saved;

  /* Its bridge's name is nobody else's from now on. */
  net->arriving = config;
  saved = definition_save (&net_definitions, net->name, text, error);
  net->arriving = NULL;
  if (!saved)
    return false;
  network_free (net->config);
  net->config = g_steal_pointer (&owned);
  return true;
}

/* --- what it is ------------------------------------------------------------------------------ */

bool
net_is_active (const Net *net)
{
  return net->live != NULL;
}

bool
net_is_persistent (const Net *net)
{
  return net->config != NULL;
}

Network *
net_document (const Net *net)
{
  return net->live != NULL ? net->live : net->config;
}

bool
net_require_active (const Net *net, GError **error)
{
  return net_is_active (net)
         || fail (error, VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID, "network '%s' is not active%s%s", net->name,
                  net->reason != NULL ? ": " : "", net->reason != NULL ? net->reason : "");
}

bool
net_resolve_affect (const Net *net, unsigned int flags, unsigned int *ret_flags, GError **error)
{
  unsigned int affect = flags & (VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG);

  if (affect == 0)
    affect = net_is_active (net) ? VIR_NETWORK_UPDATE_AFFECT_LIVE : VIR_NETWORK_UPDATE_AFFECT_CONFIG;
  if ((affect & VIR_NETWORK_UPDATE_AFFECT_LIVE) && !net_require_active (net, error))
    return false;
  if ((affect & VIR_NETWORK_UPDATE_AFFECT_CONFIG) && !net_is_persistent (net))
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID,
                 "network '%s' is transient: it has no definition for its next start", net->name);
  *ret_flags = affect;
  return true;
}

bool
net_job (JobGuard *guard, Net *net, const char *what, GError **error)
{
  return object_job (guard, &net->object, what, error);
}

/* --- completing -------------------------------------------------------------------------------- */

typedef struct { const char *network, *bridge; } BridgeUse;

/* A bridge that a network finds is as good as one it makes: who makes it owns it. */
static bool
has_bridge (const Network *network, const char *bridge)
{
  return network != NULL && network->bridge.name != NULL && strcmp (network->bridge.name, bridge) == 0;
}

static bool
uses_bridge (const void *object, const void *data)
{
  const Net *net = object;
  const BridgeUse *use = data;

  return strcmp (net->name, use->network) != 0
         && (has_bridge (net->config, use->bridge) || has_bridge (net->live, use->bridge)
             || has_bridge (net->arriving, use->bridge));
}

static bool
is_taken (const char *bridge, void *user)
{
  BridgeUse use = { .network = user, .bridge = bridge };

  return object_list_find (driver.nets, uses_bridge, &use) != NULL;
}

static bool
check_bridge (const Network *network, GError **error)
{
  BridgeUse use = { .network = network->name, .bridge = network->bridge.name };
  const Net *other = object_list_find (driver.nets, uses_bridge, &use);

  return other == NULL
         || fail (error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "bridge '%s' of network '%s' belongs to network '%s'",
                  use.bridge, use.network, other->name);
}

static bool
has_bridge_name (const Network *network)
{
  return network->bridge.name != NULL && strchr (network->bridge.name, '%') == NULL;
}

bool
net_check (const Network *network, GError **error)
{
  return network_validate (network, error)
         && (!network_has_own_bridge (network) || !has_bridge_name (network) || check_bridge (network, error));
}

static bool
has_no_mac (const Network *network)
{
  static const uint8_t none[6];

  return memcmp (network->mac, none, sizeof (none)) == 0;
}

bool
net_is_complete (const Network *network)
{
  return !network_has_own_bridge (network) || (!has_no_mac (network) && has_bridge_name (network));
}

bool
net_complete (Network *network, GError **error)
{
  if (!net_check (network, error))
    return false;
  if (!network_has_own_bridge (network))
    return true;
  if (has_no_mac (network))
    {
      /* The prefix that QEMU's devices have. */
      memcpy (network->mac, (uint8_t[]) { 0x52, 0x54, 0x00 }, 3);
      for (unsigned int i = 3; i < sizeof (network->mac); i++)
        network->mac[i] = (uint8_t) g_random_int ();
    }
  if (!has_bridge_name (network))
    {
      g_autofree char *wanted = g_steal_pointer (&network->bridge.name);

      network->bridge.name = bridge_choose_name (wanted, is_taken, network->name, error);
      return network->bridge.name != NULL;
    }
  return true;
}
