/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/walk.h"

#include <string.h>

#include "firewall/rules.h"
#include "util/json.h"

/* The kernel allows fewer jumps. */
#define DEPTH_MAX 32

struct Ruleset
{
  GHashTable *chains;           /* "family table chain" -> GPtrArray of rules */
  GHashTable *sets;             /* "family table name" -> elements */
  GPtrArray *bases;             /* chains that have a hook */
  json_t *empty;                /* the elements of a set that has none */
};

/* A packet on its way from one base chain. */
typedef struct
{
  Ruleset *ruleset;
  const Packet *packet;
  json_t *base;
  const char *family, *table;
  bool is_sure;
  WalkFound found;
  void *user;
} Walk;

typedef enum
{
  WALK_ON,
  WALK_ENDED,
} WalkResult;

static WalkResult walk_chain (Walk *walk, const char *name, unsigned int depth);

static char *
key_of (const char *family, const char *table, const char *name)
{
  return g_strdup_printf ("%s %s %s", family, table, name);
}

static char *
object_key (json_t *object, const char *name)
{
  return key_of (json_get_string (object, "family", ""), json_get_string (object, "table", ""),
                 json_get_string (object, name, ""));
}

static bool
is_ours (json_t *object)
{
  return strcmp (json_get_string (object, "table", ""), FIREWALL_TABLE) == 0
         && strcmp (json_get_string (object, "family", ""), "inet") == 0;
}

static void
add_chain (Ruleset *ruleset, json_t *chain)
{
  g_hash_table_insert (ruleset->chains, object_key (chain, "name"), g_ptr_array_new ());
  if (strcmp (json_get_string (chain, "type", ""), "filter") == 0)
    g_ptr_array_add (ruleset->bases, chain);
}

static void
add_rule (Ruleset *ruleset, json_t *rule)
{
  g_autofree char *key = object_key (rule, "chain");
  GPtrArray *rules = g_hash_table_lookup (ruleset->chains, key);

  if (rules != NULL)
    g_ptr_array_add (rules, rule);
}

static void
add_set (Ruleset *ruleset, json_t *set)
{
  json_t *elements = json_object_get (set, "elem");

  g_hash_table_insert (ruleset->sets, object_key (set, "name"), elements != NULL ? elements : ruleset->empty);
}

Ruleset *
ruleset_new (json_t *objects)
{
  static const struct { const char *kind; void (*add) (Ruleset *ruleset, json_t *object); } kinds[] = {
    { "chain", add_chain }, { "rule", add_rule }, { "set", add_set }, { "map", add_set },
  };
  Ruleset *ruleset = g_new0 (Ruleset, 1);
  json_t *item;
  size_t i;

  ruleset->chains = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  ruleset->sets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  ruleset->bases = g_ptr_array_new ();
  ruleset->empty = json_array ();
  json_array_foreach (objects, i, item)
    for (unsigned int kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
      {
        json_t *object = json_object_get (item, kinds[kind].kind);

        if (object != NULL && !is_ours (object))
          kinds[kind].add (ruleset, object);
      }
  return ruleset;
}

void
ruleset_free (Ruleset *ruleset)
{
  if (ruleset == NULL)
    return;
  g_hash_table_unref (ruleset->chains);
  g_hash_table_unref (ruleset->sets);
  g_ptr_array_unref (ruleset->bases);
  json_decref (ruleset->empty);
  g_free (ruleset);
}

static json_t *
find_set (const char *name, void *user)
{
  const Walk *walk = user;
  g_autofree char *key = key_of (walk->family, walk->table, name);

  return g_hash_table_lookup (walk->ruleset->sets, key);
}

/* What a statement is to a packet. */
typedef enum
{
  STATEMENT_PASSES,     /* nothing */
  STATEMENT_ASKS,       /* whether the rule goes on */
  STATEMENT_JUDGES,     /* a verdict */
  STATEMENT_DROPS,
  STATEMENT_OBSCURE,    /* it may end the packet's way, or not */
} StatementKind;

static const struct { const char *name; StatementKind kind; } statements[] = {
  { "match", STATEMENT_ASKS }, { "limit", STATEMENT_ASKS }, { "quota", STATEMENT_ASKS }, { "ct count", STATEMENT_ASKS },
  { "accept", STATEMENT_JUDGES }, { "return", STATEMENT_JUDGES }, { "jump", STATEMENT_JUDGES }, { "goto", STATEMENT_JUDGES },
  { "vmap", STATEMENT_JUDGES }, { "drop", STATEMENT_DROPS }, { "reject", STATEMENT_DROPS }, { "counter", STATEMENT_PASSES },
  { "log", STATEMENT_PASSES }, { "mangle", STATEMENT_PASSES }, { "notrack", STATEMENT_PASSES }, { "flow", STATEMENT_PASSES },
  { "set", STATEMENT_PASSES }, { "map", STATEMENT_PASSES }, { "ct helper", STATEMENT_PASSES }, { "dup", STATEMENT_PASSES },
  { "ct timeout", STATEMENT_PASSES }, { "ct expectation", STATEMENT_PASSES }, { "comment", STATEMENT_PASSES },
  { "continue", STATEMENT_PASSES },
};

/* Of iptables, whose parameters nft does not tell. */
static const struct { const char *name; StatementKind kind; } extensions[] = {
  { "comment", STATEMENT_PASSES }, { "LOG", STATEMENT_PASSES }, { "NFLOG", STATEMENT_PASSES }, { "CHECKSUM", STATEMENT_PASSES },
  { "MARK", STATEMENT_PASSES }, { "CONNMARK", STATEMENT_PASSES }, { "TCPMSS", STATEMENT_PASSES }, { "TRACE", STATEMENT_PASSES },
  { "CT", STATEMENT_PASSES }, { "AUDIT", STATEMENT_PASSES }, { "SET", STATEMENT_PASSES }, { "REJECT", STATEMENT_DROPS },
  { "DROP", STATEMENT_DROPS },
};

static StatementKind
kind_of (const char *name, json_t *body)
{
  const char *extension = json_get_string (body, "name", "");

  if (strcmp (name, "xt") == 0)
    {
      for (unsigned int i = 0; i < G_N_ELEMENTS (extensions); i++)
        if (strcmp (extensions[i].name, extension) == 0)
          return extensions[i].kind;
      return strcmp (json_get_string (body, "type", ""), "match") == 0 ? STATEMENT_ASKS : STATEMENT_OBSCURE;
    }
  for (unsigned int i = 0; i < G_N_ELEMENTS (statements); i++)
    if (strcmp (statements[i].name, name) == 0)
      return statements[i].kind;
  return STATEMENT_OBSCURE;
}

/* What a rule does to the packet: its verdict and whether it comes to it. */
typedef struct
{
  Answer answer;
  json_t *verdict;              /* NULL: none */
  bool drops;
} Effect;

/* The first entry of a verdict map that fits. */
static Effect
look_up (Walk *walk, json_t *vmap)
{
  json_t *data = json_object_get (vmap, "data"), *key = json_object_get (vmap, "key"), *entry;
  json_t *entries = json_is_string (data) ? find_set (json_string_value (data) + 1, walk) : json_object_get (data, "set");
  Effect effect = { ANSWER_NO };
  size_t i;

  json_array_foreach (entries, i, entry)
    {
      Answer answer = packet_has (walk->packet, key, json_array_get (entry, 0), find_set, walk);

      if (answer == ANSWER_YES || (answer == ANSWER_MAYBE && effect.answer == ANSWER_NO))
        effect = (Effect) { answer, json_array_get (entry, 1), json_object_get (json_array_get (entry, 1), "drop") != NULL };
      if (answer == ANSWER_YES)
        break;
    }
  return effect;
}

static Effect
effect_of (Walk *walk, json_t *rule)
{
  Effect effect = { ANSWER_YES };
  json_t *statement, *body;
  const char *name;
  size_t i;

  json_array_foreach (json_object_get (rule, "expr"), i, statement)
    json_object_foreach (statement, name, body)
      {
        StatementKind kind = kind_of (name, body);
        Answer answer = ANSWER_YES;

        if (kind == STATEMENT_ASKS)
          answer = strcmp (name, "match") == 0 ? packet_matches (walk->packet, body, find_set, walk) : ANSWER_MAYBE;
        else if (strcmp (name, "vmap") == 0)
          {
            Effect found = look_up (walk, body);

            answer = found.answer;
            effect.verdict = found.verdict;
            effect.drops = found.drops;
          }
        else if (kind == STATEMENT_JUDGES)
          effect.verdict = statement;
        else if (kind == STATEMENT_DROPS)
          effect.drops = true;
        else if (kind == STATEMENT_OBSCURE)
          {
            effect.verdict = statement;
            answer = ANSWER_MAYBE;
          }
        if (answer == ANSWER_NO)
          return (Effect) { ANSWER_NO };
        if (answer == ANSWER_MAYBE)
          effect.answer = ANSWER_MAYBE;
      }
  return effect;
}

static void
report (Walk *walk, const char *chain, int64_t handle)
{
  WalkEnd end = {
    .family = walk->family, .table = walk->table, .chain = chain, .base = json_get_string (walk->base, "name", ""),
    .handle = handle, .is_sure = walk->is_sure,
  };

  walk->found (walk->packet, &end, walk->user);
}

/* Follows one rule; *@ret_left: the rest of the chain is left out. */
static WalkResult
walk_rule (Walk *walk, const char *chain, json_t *rule, unsigned int depth, bool *ret_left)
{
  Effect effect = effect_of (walk, rule);
  const char *target;
  json_t *go;

  *ret_left = false;
  if (effect.answer == ANSWER_NO || (effect.verdict == NULL && !effect.drops))
    return WALK_ON;
  if (effect.answer == ANSWER_MAYBE)
    {
      /* What may drop is left to those who made it so; what may let through makes all that follows unsure. */
      walk->is_sure = walk->is_sure && effect.drops;
      return WALK_ON;
    }
  if (effect.drops)
    {
      report (walk, chain, json_get_int (rule, "handle", 0));
      return WALK_ENDED;
    }
  if (json_object_get (effect.verdict, "accept") != NULL)
    return WALK_ENDED;
  go = json_object_get (effect.verdict, "goto");
  *ret_left = go != NULL || json_object_get (effect.verdict, "return") != NULL;
  target = json_get_string (go != NULL ? go : json_object_get (effect.verdict, "jump"), "target", NULL);
  return target != NULL ? walk_chain (walk, target, depth + 1) : WALK_ON;
}

static WalkResult
walk_chain (Walk *walk, const char *name, unsigned int depth)
{
  g_autofree char *key = key_of (walk->family, walk->table, name);
  GPtrArray *rules = g_hash_table_lookup (walk->ruleset->chains, key);
  bool left = false;

  for (unsigned int i = 0; rules != NULL && i < rules->len && !left && depth < DEPTH_MAX; i++)
    if (walk_rule (walk, name, rules->pdata[i], depth, &left) == WALK_ENDED)
      return WALK_ENDED;
  return WALK_ON;
}

static bool
sees (json_t *base, const Packet *packet)
{
  const char *family = json_get_string (base, "family", "");

  return strcmp (json_get_string (base, "hook", ""), packet->hook) == 0
         && (strcmp (family, "inet") == 0 || strcmp (family, packet->is_v6 ? "ip6" : "ip") == 0);
}

void
ruleset_walk (Ruleset *ruleset, const Packet *packet, WalkFound found, void *user)
{
  for (unsigned int i = 0; i < ruleset->bases->len; i++)
    {
      json_t *base = ruleset->bases->pdata[i];
      const char *name = json_get_string (base, "name", "");
      Walk walk = {
        .ruleset = ruleset, .packet = packet, .base = base, .family = json_get_string (base, "family", ""),
        .table = json_get_string (base, "table", ""), .is_sure = true, .found = found, .user = user,
      };

      if (sees (base, packet) && walk_chain (&walk, name, 0) == WALK_ON
          && strcmp (json_get_string (base, "policy", "accept"), "drop") == 0)
        report (&walk, name, 0);
    }
}
