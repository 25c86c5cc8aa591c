/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-filter.c: filters, their rules and references, and bindings. */
#include "model/nwfilter/nwfilter.h"

#include "model/common/values.h"
#include "util/uuid.h"

XML_ENUM_DEFINE (nwfilter_action, NWFILTER_ACTIONS)
XML_ENUM_DEFINE (nwfilter_direction, NWFILTER_DIRECTIONS)
XML_ENUM_DEFINE (nwfilter_entry, NWFILTER_ENTRIES)
XML_ENUM_DEFINE (nwfilter_match, NWFILTER_MATCHES)
XML_ENUM_DEFINE (nwfilter_state_match, NWFILTER_STATE_MATCHES)

/* References */

static const XmlField parameter_rows[] = {
  XML_STRING (NwFilterParameter, name, "@name"),
  XML_STRING (NwFilterParameter, value, "@value"),
  XML_END
};
static const XmlSchema parameter_schema = XML_SCHEMA (NwFilterParameter, "parameter", parameter_rows);

static const XmlField ref_rows[] = {
  XML_STRING (NwFilterRef, filter, "@filter"),
  XML_ITEMS (NwFilterRef, parameters, "parameter", parameter_schema),
  XML_END
};

static int
compare_parameters (const void *a, const void *b, void *data)
{
  const NwFilterParameter *const *left = a, *const *right = b;

  return strcmp ((*left)->name, (*right)->name);
}

/* Parameters that no filter could use are dropped; the others go by their names. */
static bool
ref_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  NwFilterRef *reference = object;

  for (unsigned int i = reference->parameters.n; i-- > 0;)
    {
      const NwFilterParameter *parameter = reference->parameters.items[i];

      if (!text_is_made_of (parameter->name, "_") || !text_is_made_of (parameter->value, "_.:"))
        xml_free (&parameter_schema, xml_list_steal (&reference->parameters, i));
    }
  if (reference->parameters.n > 1)
    g_qsort_with_data (reference->parameters.items, (int) reference->parameters.n, sizeof (void *), compare_parameters, NULL);
  return true;
}

/* Where a reference without a filter makes no sense. */
static bool
needed_ref_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  if (((const NwFilterRef *) object)->filter == NULL)
    return xml_fail (node, VIR_FROM_NWFILTER, VIR_ERR_INTERNAL_ERROR, error, "'@filter' is missing");
  return ref_finish (reader, node, object, error);
}

static const XmlSchema needed_ref_schema = XML_SCHEMA (NwFilterRef, "filterref", ref_rows, .finish = needed_ref_finish);
const XmlSchema nwfilter_ref_schema = XML_SCHEMA (NwFilterRef, "filterref", ref_rows, .finish = ref_finish);

/* Conditions */

static const XmlField condition_rows[] = {
  XML_ENUM (NwFilterCondition, protocol, "%", nwfilter_protocol),
  XML_ENUM (NwFilterCondition, match, "@match", nwfilter_match, .flags = XML_LENIENT),
  XML_CASES (nwfilter_condition_cases),
  XML_END
};

static const XmlSchema condition_schema = XML_SCHEMA (NwFilterCondition, "condition", condition_rows);

/* Calls @visit for each attribute of @rows, with its row and its place in @condition. */
typedef void (*VisitValue) (const XmlField *field, char **value, void *data);

static void
visit_values (const XmlField *rows, NwFilterCondition *condition, VisitValue visit, void *data)
{
  for (const XmlField *field = rows; field->kind != XML_KIND_END; field++)
    if (field->kind == XML_KIND_PART)
      visit_values (field->aux, condition, visit, data);
    else
      visit (field, (char **) ((char *) condition + field->offset), data);
}

static void
count_value (const XmlField *field, char **value, void *data)
{
  *(unsigned int *) data += *value != NULL;
}

typedef struct
{
  NwFilterEntry *from, *to;
} Merge;

/* Moves the last that is said about an attribute into @to's last condition, or
 * a new one if it matches the other way. */
static void
merge_value (const XmlField *field, char **unused, void *data)
{
  Merge *merge = data;
  NwFilterCondition *last = NULL, *target = NULL;

  for (unsigned int i = 0; i < merge->from->conditions.n; i++)
    if (*(char **) ((char *) merge->from->conditions.items[i] + field->offset) != NULL)
      last = merge->from->conditions.items[i];
  if (last == NULL)
    return;
  if (merge->to->conditions.n > 0)
    target = merge->to->conditions.items[merge->to->conditions.n - 1];
  if (target == NULL || target->match != last->match)
    {
      target = xml_new (&condition_schema);
      target->protocol = last->protocol;
      target->match = last->match;
      xml_list_append (&merge->to->conditions, target);
    }
  char **from = (char **) ((char *) last + field->offset);
  *(char **) ((char *) target + field->offset) = g_steal_pointer (from);
}

/* A rule is about one protocol, the first; what several elements say of it is
 * one condition for each run of attributes that match or do not match. */
static void
merge_conditions (NwFilterEntry *rule)
{
  NwFilterEntry merged = { 0 };
  Merge merge = { rule, &merged };

  for (unsigned int i = rule->conditions.n; i-- > 1;)
    if (rule->conditions.items[i]->protocol != rule->conditions.items[0]->protocol)
      xml_free (&condition_schema, xml_list_steal (&rule->conditions, i));
  if (rule->conditions.n < 2)
    return;
  visit_values (nwfilter_condition_cases.rows[rule->conditions.items[0]->protocol], rule->conditions.items[0], merge_value, &merge);
  for (unsigned int i = merged.conditions.n > 0 ? 0 : 1; i < rule->conditions.n; i++)
    xml_free (&condition_schema, rule->conditions.items[i]);
  if (merged.conditions.n > 0)
    {
      g_free (rule->conditions.items);
      rule->conditions.items = merged.conditions.items;
      rule->conditions.n = merged.conditions.n;
    }
  else
    rule->conditions.n = 1;
}

/* Rules */

static const XmlField rule_rows[] = {
  XML_ENUM (NwFilterEntry, action, "@action", nwfilter_action, XML_BAD (NWFILTER, CONFIG_UNSUPPORTED),
            XML_MISSING (NWFILTER, INTERNAL_ERROR)),
  XML_ENUM (NwFilterEntry, direction, "@direction", nwfilter_direction, XML_BAD (NWFILTER, CONFIG_UNSUPPORTED),
            XML_MISSING (NWFILTER, INTERNAL_ERROR)),
  XML_INT (NwFilterEntry, priority, "@priority", .absent = NWFILTER_RULE_PRIORITY, .flags = XML_ALWAYS | XML_LENIENT),
  XML_ENUM (NwFilterEntry, state_match, "@statematch", nwfilter_state_match, .flags = XML_LENIENT),
  XML_ANY (NwFilterEntry, conditions, "*", condition_schema),
  XML_END
};

static const XmlField reference_rows[] = { XML_EMBED (NwFilterEntry, reference, "", ref_rows), XML_END };

static const XmlField *const rows_by_kind[] = { [NWFILTER_RULE] = rule_rows, [NWFILTER_REFERENCE] = reference_rows };
static const XmlCases entry_cases = XML_CASES_OF (NwFilterEntry, kind, nwfilter_entry, rows_by_kind);

static const XmlField entry_rows[] = {
  XML_ENUM (NwFilterEntry, kind, "%", nwfilter_entry),
  XML_CASES (entry_cases),
  XML_END
};

/* Whether any condition has a port, and which protocol is said. */
static bool
has_ports (const NwFilterEntry *rule, const char **ret_protocol)
{
  bool has = false;

  for (unsigned int i = 0; i < rule->conditions.n; i++)
    {
      const NwFilterCondition *condition = rule->conditions.items[i];

      has = has || condition->ip.src_port != NULL || condition->ip.src_port_end != NULL || condition->ip.dst_port != NULL
            || condition->ip.dst_port_end != NULL;
      if (condition->ip.protocol != NULL)
        *ret_protocol = condition->ip.protocol;
    }
  return has;
}

/* <ip> and <ipv6> with ports say which protocol they are of. */
static bool
check_ports (xmlNode *node, const NwFilterEntry *rule, GError **error)
{
  static const char *const allowed[] = { "tcp", "udp", "sctp", "33", "0x21", NULL };
  NwFilterProtocol protocol = rule->conditions.n > 0 ? rule->conditions.items[0]->protocol : NWFILTER_PROTOCOL_ABSENT;
  const char *ip_protocol = NULL;

  if ((protocol != NWFILTER_IP && protocol != NWFILTER_IPV6) || !has_ports (rule, &ip_protocol))
    return true;
  return (ip_protocol != NULL && g_strv_contains (allowed, ip_protocol))
         || xml_fail (node, VIR_FROM_NWFILTER, VIR_ERR_INTERNAL_ERROR, error,
                      "ports need the protocol to be one of tcp, udp, sctp and 33 (dccp)");
}

/* A set without flags is one of sources, except where any protocol will do. */
static void
finish_condition (NwFilterCondition *condition)
{
  unsigned int n = 0;

  visit_values (nwfilter_condition_cases.rows[condition->protocol], condition, count_value, &n);
  if (n == 0)
    condition->match = NWFILTER_MATCH_ABSENT;
  if (condition->protocol >= NWFILTER_TCP && condition->protocol != NWFILTER_ALL && condition->protocol != NWFILTER_ALL_IPV6
      && condition->ip.ipset != NULL && condition->ip.ipset_flags == NULL)
    condition->ip.ipset_flags = g_strdup ("src");
}

static bool
entry_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  NwFilterEntry *entry = object;
  const char *state_match;

  if (entry->kind == NWFILTER_REFERENCE)
    return needed_ref_finish (reader, node, &entry->reference, error);
  state_match = xml_attribute (node, "statematch");
  if (state_match != NULL && (strcmp (state_match, "0") == 0 || g_ascii_strcasecmp (state_match, "false") == 0))
    entry->state_match = NWFILTER_STATELESS;
  else
    entry->state_match = NWFILTER_STATE_MATCH_ABSENT;
  if (entry->priority < NWFILTER_PRIORITY_MIN || entry->priority > NWFILTER_PRIORITY_MAX)
    entry->priority = NWFILTER_RULE_PRIORITY;
  merge_conditions (entry);
  for (unsigned int i = 0; i < entry->conditions.n; i++)
    finish_condition (entry->conditions.items[i]);
  return check_ports (node, entry, error);
}

static const XmlSchema entry_schema = XML_SCHEMA (NwFilterEntry, "entry", entry_rows, .finish = entry_finish);

/* Filters */

#define CHAIN_MAX 12

/* What a chain's name begins with, and the priority it has if none is given. */
static const struct { const char *prefix; int priority; } chains[] = {
  { "mac", -800 }, { "vlan", -750 }, { "stp", 0 }, { "arp", -500 }, { "rarp", -400 }, { "ipv4", -700 }, { "ipv6", -600 },
};

static const char *chain_problem (const char *chain, int *ret_priority);

/* 0 goes without saying where it is what the chain has anyway. */
static bool
prints_priority (const void *object, unsigned int format_flags)
{
  const NwFilter *filter = object;
  int usual = 0;

  return filter->priority != 0 || (filter->chain != NULL && chain_problem (filter->chain, &usual) == NULL && usual != 0);
}

static const XmlField filter_rows[] = {
  XML_STRING (NwFilter, name, "@name", XML_MISSING (NWFILTER, INTERNAL_ERROR)),
  XML_STRING (NwFilter, chain, "@chain"),
  XML_INT (NwFilter, priority, "@priority", .absent = INT32_MIN, .when = prints_priority, XML_BAD (NWFILTER, INVALID_ARG)),
  XML_UUID (NwFilter, uuid, "uuid", XML_BAD (NWFILTER, XML_ERROR)),
  XML_ANY (NwFilter, entries, "*", entry_schema),
  XML_END
};

static const char *
chain_problem (const char *chain, int *ret_priority)
{
  if (strlen (chain) > CHAIN_MAX)
    return "a chain's name has at most 12 characters";
  if (!text_is_made_of (chain, "_-.:"))
    return "the chain's name has other characters than letters, digits and '_-.:'";
  if (strcmp (chain, "root") == 0)
    {
      *ret_priority = 0;
      return NULL;
    }
  for (unsigned int i = 0; i < G_N_ELEMENTS (chains); i++)
    if (g_str_has_prefix (chain, chains[i].prefix))
      {
        *ret_priority = chains[i].priority;
        return NULL;
      }
  return "the chain's name is neither 'root' nor begins with mac, vlan, stp, arp, rarp, ipv4 or ipv6";
}

static bool
filter_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  NwFilter *filter = object;
  const char *problem;
  int priority = 0;

  if (*filter->name == '\0')
    return xml_fail (node, VIR_FROM_NWFILTER, VIR_ERR_INTERNAL_ERROR, error, "'name' is empty");
  if (filter->chain == NULL || *filter->chain == '\0')
    {
      g_free (filter->chain);
      filter->chain = g_strdup ("root");
      filter->priority = 0;
    }
  problem = chain_problem (filter->chain, &priority);
  if (problem != NULL)
    return xml_fail (node, VIR_FROM_NWFILTER, VIR_ERR_INVALID_ARG, error, "attribute 'chain' is '%s': %s", filter->chain, problem);
  if (filter->priority == INT32_MIN)
    filter->priority = priority;
  if (filter->priority < NWFILTER_PRIORITY_MIN || filter->priority > NWFILTER_PRIORITY_MAX)
    return xml_fail (node, VIR_FROM_NWFILTER, VIR_ERR_INVALID_ARG, error, "attribute 'priority' is %d, not %d to %d",
                     filter->priority, NWFILTER_PRIORITY_MIN, NWFILTER_PRIORITY_MAX);
  if (!uuid_is_valid (filter->uuid))
    uuid_generate (filter->uuid);
  return true;
}

const XmlSchema nwfilter_schema
  = XML_SCHEMA (NwFilter, "filter", filter_rows, .finish = filter_finish, .from = VIR_FROM_NWFILTER);

/* Bindings */

static const XmlField link_rows[] = { XML_STRING (NwFilterBinding, link_dev, "@name", XML_MISSING (NWFILTER, INTERNAL_ERROR)), XML_END };

static const XmlField binding_rows[] = {
  XML_STRING (NwFilterBinding, owner.name, "owner/name", XML_MISSING (NWFILTER, INTERNAL_ERROR)),
  XML_UUID (NwFilterBinding, owner.uuid, "owner/uuid", XML_BAD (NWFILTER, INTERNAL_ERROR), XML_MISSING (NWFILTER, INTERNAL_ERROR)),
  XML_STRING (NwFilterBinding, port_dev, "portdev/@name", XML_MISSING (NWFILTER, INTERNAL_ERROR)),
  XML_PART ("linkdev", link_rows),
  XML_MAC (NwFilterBinding, mac, "mac/@address", XML_BAD (NWFILTER, INTERNAL_ERROR), XML_MISSING (NWFILTER, INTERNAL_ERROR)),
  XML_CHILD (NwFilterBinding, reference, "filterref", needed_ref_schema, XML_MISSING (NWFILTER, INTERNAL_ERROR)),
  XML_END
};

const XmlSchema nwfilter_binding_schema
  = XML_SCHEMA (NwFilterBinding, "filterbinding", binding_rows, .from = VIR_FROM_NWFILTER);
