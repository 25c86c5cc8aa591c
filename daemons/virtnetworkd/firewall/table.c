/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table.c: the table and what of it belongs to which network. */
#include "firewall/firewall.h"

#include <string.h>

#include "firewall/firewalld.h"
#include "firewall/nft.h"
#include "firewall/rules.h"
#include "firewall/stock.h"
#include "firewall/table.h"
#include "firewall/watch.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/json.h"
#include "util/log.h"

#define LOG_CATEGORY "network.firewall"
#define IN_TABLE "inet " FIREWALL_TABLE " "
#define TURN_MS 60000
#define N_MAPS (FIREWALL_CHAINS + G_N_ELEMENTS (firewall_own_maps))

/* One transaction at a time: what one has read must still be so when it writes. */
static Job job;
/* Whether we have made the table and know of nobody who has changed it. */
static bool is_there;
/* Bridge -> the commands that take its elements of the own maps away; of the table as it is there. */
static GHashTable *known;

void
table_forget (void)
{
  is_there = false;
  g_clear_pointer (&known, g_hash_table_unref);
}

static void
remember (const char *bridge, const char *own)
{
  if (known == NULL)
    known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_replace (known, g_strdup (bridge), g_strdup (own));
}

static void
forget (const char *bridge)
{
  if (known != NULL)
    g_hash_table_remove (known, bridge);
}

static bool
check_names (const Network *live, GError **error)
{
  const char *device = live->forward.interfaces.n > 0 ? live->forward.interfaces.items[0]->dev : NULL;

  if (!firewall_can_name (live->bridge.name))
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED, "rules of nftables cannot name the bridge '%s'",
                 live->bridge.name);
  if (device != NULL && !firewall_can_name (device))
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED, "rules of nftables cannot name the device '%s'", device);
  return true;
}

/* Whether the table, if there is one, has the shape that this program gives it. */
static bool
has_shape (bool *ret_is_there, GError **error)
{
  g_autofree char *output = NULL;
  g_autoptr (json_t) listing = NULL;
  json_t *item;
  size_t i;

  *ret_is_there = false;
  if (!nft_run ("list tables inet\n", &output, error)
      || (listing = json_from_text (output, strlen (output), "nftables' list of tables", error)) == NULL)
    return false;
  json_array_foreach (json_object_get (listing, "nftables"), i, item)
    if (strcmp (json_get_string (json_object_get (item, "table"), "name", ""), FIREWALL_TABLE) == 0)
      *ret_is_there = true;
  return !*ret_is_there || nft_run ("list chain " IN_TABLE FIREWALL_MARK "\n", NULL, error);
}

/* Runs @commands with as little before them as possible: nothing where the table is as we left it, what it lacks, or the
 * whole of it. */
static bool
run_in_table (const char *commands, GError **error)
{
  g_autoptr (GString) whole = g_string_new (NULL);
  g_autoptr (GError) reason = NULL;
  bool was_there;

  if (is_there && nft_run (commands, NULL, NULL))
    return true;
  firewall_add_base (whole);
  g_string_append (whole, commands);
  is_there = has_shape (&was_there, &reason) && nft_run (whole->str, NULL, &reason);
  if (is_there)
    return true;
  /* What is there has another shape, or parts of networks that are no more. */
  log_info ("the table inet " FIREWALL_TABLE " is made anew: %s", reason->message);
  g_string_prepend (whole, "add table inet " FIREWALL_TABLE "\ndelete table inet " FIREWALL_TABLE "\n");
  is_there = nft_run (whole->str, NULL, error);
  if (is_there && was_there)
    watch_report_lost ();
  return is_there;
}

/* In its turn. */
static bool
run_in_turn (const char *commands, const char *what, GError **error)
{
  g_auto (JobGuard) guard = { 0 };

  return job_guard (&guard, &job, what, "the firewall", deadline_in_ms (TURN_MS), error) && run_in_table (commands, error);
}

bool
firewall_apply (const Network *live, GError **error)
{
  ERROR_PREFIX (error, "rules of network '%s'", live->name);
  g_autoptr (GString) commands = g_string_new (NULL), own = g_string_new (NULL);
  g_autoptr (FirewalldMember) member = firewalld_member_new (live);
  g_autoptr (StockNetwork) stock = stock_network_new (live);

  if (!check_names (live, error))
    return false;
  firewall_add_network (commands, live);
  firewall_add_own_removal (own, live);
  if (!run_in_turn (commands->str, "rules of a network", error))
    return false;
  remember (member->bridge, own->str);
  stock_remove (stock);
  return firewalld_join (member, error);
}

bool
firewall_apply_all (const GPtrArray *lives, GError **error)
{
  ERROR_PREFIX (error, "rules of all networks");
  g_autoptr (GString) commands = g_string_new (NULL);
  g_autoptr (GPtrArray) members = g_ptr_array_new_with_free_func ((GDestroyNotify) firewalld_member_free);

  /* The documents are not looked at after this: they may go while it waits. */
  for (unsigned int i = 0; i < lives->len; i++)
    {
      const Network *live = g_ptr_array_index (lives, i);

      if (!firewall_is_needed (live))
        continue;
      if (!check_names (live, error))
        return false;
      firewall_add_network (commands, live);
      g_ptr_array_add (members, firewalld_member_new (live));
    }
  if (members->len > 0 && !run_in_turn (commands->str, "rules of all networks", error))
    return false;
  for (unsigned int i = 0; i < members->len; i++)
    {
      g_autoptr (GError) problem = NULL;

      /* The others are to be in their zones all the same. */
      if (!firewalld_join (members->pdata[i], &problem))
        log_warning ("%s", problem->message);
    }
  return true;
}

/* Called with each map of ours, as nft shows it. */
typedef void (*MapVisit) (json_t *map, void *user);

/* *@ret_found: how many there are. */
static bool
list_maps (MapVisit visit, void *user, unsigned int *ret_found, GError **error)
{
  g_autofree char *output = NULL;
  g_autoptr (json_t) listing = NULL;
  json_t *item;
  size_t i;

  *ret_found = 0;
  if (!nft_run ("list maps inet\n", &output, error))
    return false;
  listing = json_from_text (output, strlen (output), "nftables' list of maps", error);
  json_array_foreach (json_object_get (listing, "nftables"), i, item)
    {
      json_t *map = json_object_get (item, "map");

      if (map == NULL || strcmp (json_get_string (map, "table", ""), FIREWALL_TABLE) != 0)
        continue;
      visit (map, user);
      ++*ret_found;
    }
  return listing != NULL;
}

/* The chain to which a verdict leads, or NULL. */
static const char *
target_of (const json_t *verdict)
{
  json_t *jump = json_object_get (verdict, "jump");

  return json_get_string (jump != NULL ? jump : json_object_get (verdict, "goto"), "target", NULL);
}

/* What has been read of the maps for the removal of a bridge. */
typedef struct
{
  const char *bridge;
  GString *commands;
  unsigned int others;          /* elements of other bridges */
} Removal;

static void
visit_for_removal (json_t *map, void *user)
{
  Removal *removal = user;
  const char *name = json_get_string (map, "name", "");
  bool is_own = strcmp (name, firewall_own_maps[0]) == 0 || strcmp (name, firewall_own_maps[1]) == 0;
  json_t *element;
  size_t i;

  json_array_foreach (json_object_get (map, "elem"), i, element)
    {
      const char *target = target_of (json_array_get (element, 1)), *key = json_string_value (json_array_get (element, 0));

      if (target == NULL || !firewall_is_chain_of (target, removal->bridge))
        removal->others++;
      else if (is_own && key != NULL)
        g_string_append_printf (removal->commands, "delete element " IN_TABLE "%s { %s }\n", name, key);
    }
}

/* Where it is known what there is for the bridge, and that it is not the last one. */
static bool
remove_known (const char *bridge)
{
  const char *own = known != NULL ? g_hash_table_lookup (known, bridge) : NULL;
  g_autoptr (GString) commands = g_string_new (own);

  if (!is_there || own == NULL || g_hash_table_size (known) < 2)
    return false;
  firewall_add_removal (commands, bridge);
  return nft_run (commands->str, NULL, NULL);
}

/* With a look at what there is. */
static bool
remove_found (const char *bridge, GError **error)
{
  g_autoptr (GString) commands = g_string_new (NULL);
  Removal removal = { bridge, commands };
  unsigned int found;

  if (!list_maps (visit_for_removal, &removal, &found, error))
    return false;
  firewall_add_removal (commands, bridge);
  if (found == N_MAPS && removal.others > 0 && nft_run (commands->str, NULL, NULL))
    return true;
  /* The last one takes the table along. One of another shape goes too: what else was in it comes anew. */
  table_forget ();
  if (!nft_run ("add table inet " FIREWALL_TABLE "\ndelete table inet " FIREWALL_TABLE "\n", NULL, error))
    return false;
  if (removal.others > 0)
    watch_report_lost ();
  return true;
}

bool
firewall_remove (const char *name, GError **error)
{
  ERROR_PREFIX (error, "rules for bridge '%s'", name);
  g_autofree char *bridge = g_strdup (name);
  g_auto (JobGuard) guard = { 0 };

  if (!job_guard (&guard, &job, "removal of a network's rules", "the firewall", deadline_in_ms (TURN_MS), error))
    return false;
  if (firewall_can_name (bridge) && !remove_known (bridge) && !remove_found (bridge, error))
    return false;
  forget (bridge);
  return true;
}

static void
visit_for_list (json_t *map, void *user)
{
  GPtrArray *bridges = user;
  json_t *element;
  size_t i;

  if (strcmp (json_get_string (map, "name", ""), firewall_map_name (FIREWALL_ENTERING)) != 0)
    return;
  json_array_foreach (json_object_get (map, "elem"), i, element)
    if (json_is_string (json_array_get (element, 0)))
      g_ptr_array_add (bridges, g_strdup (json_string_value (json_array_get (element, 0))));
}

bool
firewall_list (char ***ret_bridges, GError **error)
{
  ERROR_PREFIX (error, "bridges with rules");
  g_autoptr (GPtrArray) bridges = g_ptr_array_new_with_free_func (g_free);
  unsigned int found;

  if (!list_maps (visit_for_list, bridges, &found, error))
    return false;
  g_ptr_array_add (bridges, NULL);
  *ret_bridges = (char **) g_ptr_array_steal (bridges, NULL);
  return true;
}
