/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/stock.h"

#include <string.h>

#include "firewall/nft.h"
#include "firewall/rules.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"

#define LOG_CATEGORY "network.firewall"
#define PREFIX "LIBVIRT_"

/* Where its chains are. */
static const char *const tables[] = { "ip filter", "ip nat", "ip mangle", "ip6 filter", "ip6 nat", "ip6 mangle" };
/* Each network has a rule in there. */
#define SIGN "ip filter " PREFIX "FWX"

/* Whether the host has such rules; nobody makes new ones while this daemon runs. */
static enum { UNKNOWN, NONE, SOME } presence;

StockNetwork *
stock_network_new (const Network *live)
{
  StockNetwork *network = g_new0 (StockNetwork, 1);

  network->bridge = g_strdup (live->bridge.name);
  network->subnets = g_ptr_array_new_with_free_func (g_free);
  for (unsigned int i = 0; i < live->ips.n; i++)
    g_ptr_array_add (network->subnets, firewall_subnet_text (live->ips.items[i]));
  return network;
}

void
stock_network_free (StockNetwork *network)
{
  if (network == NULL)
    return;
  g_free (network->bridge);
  g_ptr_array_unref (network->subnets);
  g_free (network);
}

/* Whether a match is of the bridge as one of the packet's devices. */
static bool
is_of_bridge (const StockNetwork *network, json_t *match)
{
  const char *key = json_get_string (json_object_get (json_object_get (match, "left"), "meta"), "key", "");

  return (strcmp (key, "iifname") == 0 || strcmp (key, "oifname") == 0)
         && strcmp (json_get_string (match, "right", ""), network->bridge) == 0;
}

/* Whether it is of a source in one of the network's subnets. */
static bool
is_of_subnet (const StockNetwork *network, json_t *match)
{
  const char *field = json_get_string (json_object_get (json_object_get (match, "left"), "payload"), "field", "");
  json_t *prefix = json_object_get (json_object_get (match, "right"), "prefix");
  g_autofree char *subnet
    = g_strdup_printf ("%s/%d", json_get_string (prefix, "addr", ""), (int) json_get_int (prefix, "len", 0));

  return strcmp (field, "saddr") == 0 && g_ptr_array_find_with_equal_func (network->subnets, subnet, g_str_equal, NULL);
}

static bool
is_of_network (const StockNetwork *network, json_t *rule)
{
  bool translates = strcmp (json_get_string (rule, "table", ""), "nat") == 0;
  json_t *statement;
  size_t i;

  json_array_foreach (json_object_get (rule, "expr"), i, statement)
    {
      json_t *match = json_object_get (statement, "match");

      if (match != NULL && (is_of_bridge (network, match) || (translates && is_of_subnet (network, match))))
        return true;
    }
  return false;
}

char *
stock_removal (const StockNetwork *network, json_t *objects)
{
  GString *commands = g_string_new (NULL);
  json_t *object;
  size_t i;

  json_array_foreach (objects, i, object)
    {
      json_t *rule = json_object_get (object, "rule");
      const char *chain = json_get_string (rule, "chain", "");

      if (g_str_has_prefix (chain, PREFIX) && is_of_network (network, rule))
        g_string_append_printf (commands, "delete rule %s %s %s handle %" G_GINT64_FORMAT "\n", json_get_string (rule, "family", ""),
                                json_get_string (rule, "table", ""), chain, json_get_int (rule, "handle", 0));
    }
  return g_string_free (commands, FALSE);
}

/* What nft lists of @what; NULL if there is no such. */
static json_t *
list (const char *what)
{
  g_autofree char *command = g_strdup_printf ("list %s\n", what), *output = NULL;
  g_autoptr (json_t) listing = NULL;

  if (nft_run (command, &output, NULL))
    listing = json_from_text (output, strlen (output), "nftables' rules", NULL);
  return json_incref (json_object_get (listing, "nftables"));
}

static bool
has_rules (json_t *objects)
{
  json_t *object;
  size_t i;

  json_array_foreach (objects, i, object)
    if (json_object_get (object, "rule") != NULL)
      return true;
  return false;
}

static void
look (void)
{
  g_autoptr (json_t) sign = list ("chain " SIGN);

  presence = has_rules (sign) ? SOME : NONE;
}

void
stock_remove (const StockNetwork *network)
{
  g_autoptr (GString) commands = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  if (presence == UNKNOWN)
    look ();
  if (presence == NONE)
    return;
  for (unsigned int i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      g_autofree char *what = g_strdup_printf ("table %s", tables[i]), *removal = NULL;
      g_autoptr (json_t) objects = list (what);

      removal = stock_removal (network, objects);
      g_string_append (commands, removal);
    }
  if (commands->len > 0 && !nft_run (commands->str, NULL, &error))
    log_warning ("what libvirt's own daemon has left of rules for bridge '%s' stays: %s", network->bridge, error->message);
  else if (commands->len > 0)
    log_info ("what libvirt's own daemon has left of rules for bridge '%s' is removed", network->bridge);
  look ();
}
