/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-cpu.c: a guest's CPU and its NUMA cells. */
#include "model/common/values.h"
#include "model/domain/tables.h"

XML_ENUM_DEFINE (cpu_mode, CPU_MODE_LIST)
XML_ENUM_DEFINE (cpu_match, CPU_MATCH_LIST)
XML_ENUM_DEFINE (cpu_check, CPU_CHECK_LIST)
XML_ENUM_DEFINE (cpu_fallback, CPU_FALLBACK_LIST)
XML_ENUM_DEFINE (cpu_policy, CPU_POLICY_LIST)
XML_ENUM_DEFINE (cpu_cache_mode, CPU_CACHE_MODE_LIST)
XML_ENUM_DEFINE (cpu_address_mode, CPU_ADDRESS_MODE_LIST)
XML_ENUM_DEFINE (numa_access, NUMA_ACCESS_LIST)
XML_ENUM_DEFINE (numa_cache_kind, NUMA_CACHE_KIND_LIST)
XML_ENUM_DEFINE (numa_cache_policy, NUMA_CACHE_POLICY_LIST)
XML_ENUM_DEFINE (numa_link_kind, NUMA_LINK_KIND_LIST)
XML_ENUM_DEFINE (numa_link_type, NUMA_LINK_TYPE_LIST)

/* The distance of a cell to itself, and the largest. */
#define LOCAL_DISTANCE 10
#define REMOTE_DISTANCE_MAX 255

static const XmlField cpu_feature_rows[] = {
  XML_ENUM (DomainCpuFeature, policy, "@policy", cpu_policy, .absent = CPU_POLICY_REQUIRE, .flags = XML_ALWAYS | XML_ABI,
            XML_BAD (CPU, CONFIG_UNSUPPORTED)),
  XML_STRING (DomainCpuFeature, name, "@name", .flags = XML_ABI, XML_MISSING (CPU, XML_ERROR)),
  XML_END
};
static const XmlSchema cpu_feature_schema = XML_SCHEMA (DomainCpuFeature, "feature", cpu_feature_rows);

static const XmlField distance_rows[] = {
  XML_UINT (DomainNumaDistance, id, "@id", .absent = -1, .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_UINT (DomainNumaDistance, value, "@value", .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};
const XmlSchema domain_numa_distance_schema = XML_SCHEMA (DomainNumaDistance, "sibling", distance_rows);

static const XmlField cache_rows[] = {
  XML_UINT (DomainNumaCache, level, "@level", .flags = XML_POSITIVE | XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_ENUM (DomainNumaCache, associativity, "@associativity", numa_cache_kind, .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_ENUM (DomainNumaCache, policy, "@policy", numa_cache_policy, .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_KIB (DomainNumaCache, size, "size/@value", .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_VALUE (DomainNumaCache, line, "line/@value", xml_type_bytes_b, .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};
const XmlSchema domain_numa_cache_schema = XML_SCHEMA (DomainNumaCache, "cache", cache_rows);

static const XmlField cell_rows[] = {
  XML_UINT (DomainNumaCell, id, "@id", .absent = -1, .flags = XML_ABI),
  XML_BITMAP (DomainNumaCell, cpus, "@cpus", .flags = XML_ABI),
  XML_KIB (DomainNumaCell, memory, "@memory", .flags = XML_ABI, XML_MISSING (XML, XML_ERROR)),
  XML_ENUM (DomainNumaCell, access, "@memAccess", numa_access),
  XML_YES_NO (DomainNumaCell, discard, "@discard"),
  XML_ITEMS (DomainNumaCell, distances, "distances/sibling", domain_numa_distance_schema, .flags = XML_ABI),
  XML_ITEMS (DomainNumaCell, caches, "cache", domain_numa_cache_schema, .flags = XML_ABI),
  XML_END
};
static bool
has_member (const XmlBitmap *bitmap)
{
  for (unsigned int bit = 0; bit < bitmap->n_bits; bit++)
    if (xml_bitmap_has (bitmap, bit))
      return true;
  return false;
}

static bool
cell_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainNumaCell *cell = object;

  if (cell->distances.n == 0 && domain_node_below (node, "distances") != node)
    return xml_fail (domain_node_below (node, "distances"), VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "there are no siblings");
  if (cell->cpus != NULL && !has_member (cell->cpus))
    g_clear_pointer (&cell->cpus, g_free);
  return true;
}

static const XmlSchema cell_schema = XML_SCHEMA (DomainNumaCell, "cell", cell_rows, .finish = cell_finish);

static const XmlField latency_rows[] = {
  XML_UINT64 (DomainNumaLink, value, "@value", .absent = -1, .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};
static const XmlField bandwidth_rows[] = {
  XML_KIB (DomainNumaLink, value, "@value", .absent = -1, .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};
static const XmlField *const link_kind_rows[] = {
  [NUMA_LINK_KIND_LATENCY] = latency_rows, [NUMA_LINK_KIND_BANDWIDTH] = bandwidth_rows,
};
static const XmlCases link_cases = XML_CASES_OF (DomainNumaLink, kind, numa_link_kind, link_kind_rows);

static const XmlField link_rows[] = {
  XML_ENUM (DomainNumaLink, kind, "%", numa_link_kind, .flags = XML_ABI),
  XML_UINT (DomainNumaLink, initiator, "@initiator", .absent = -1, .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_UINT (DomainNumaLink, target, "@target", .absent = -1, .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_UINT (DomainNumaLink, cache, "@cache", .flags = XML_ABI),
  XML_ENUM (DomainNumaLink, type, "@type", numa_link_type, .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_CASES (link_cases),
  XML_END
};
const XmlSchema domain_numa_link_schema = XML_SCHEMA (DomainNumaLink, "", link_rows);

static const XmlField numa_rows[] = {
  XML_ITEMS (DomainNuma, cells, "cell", cell_schema, .flags = XML_ABI),
  XML_ANY (DomainNuma, links, "interconnects/*", domain_numa_link_schema, .flags = XML_ABI),
  XML_END
};

/* Gives each cell the place that its number says, those without a number the
 * place they have. */
static bool
number_cells (xmlNode *node, DomainNuma *numa, GError **error)
{
  g_autofree DomainNumaCell **places = g_new0 (DomainNumaCell *, numa->cells.n + 1);

  for (unsigned int i = 0; i < numa->cells.n; i++)
    {
      DomainNumaCell *cell = numa->cells.items[i];
      unsigned int id = cell->id != UINT_MAX ? cell->id : i;

      if (id >= numa->cells.n || places[id] != NULL)
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error,
                         "cell %u is there twice or out of turn: cells are numbered from 0 without gaps", id);
      cell->id = id;
      places[id] = cell;
    }
  for (unsigned int i = 0; i < numa->cells.n; i++)
    numa->cells.items[i] = places[i];
  return true;
}

/* Says that @to is so far from @from, in order, unless that is said already. */
static void
set_distance (DomainNumaCell *from, unsigned int to, unsigned int value)
{
  DomainNumaDistance *distance;
  unsigned int at = 0;

  while (at < from->distances.n && from->distances.items[at]->id < to)
    at++;
  if (at < from->distances.n && from->distances.items[at]->id == to)
    return;
  distance = xml_new (&domain_numa_distance_schema);
  *distance = (DomainNumaDistance) { .id = to, .value = value };
  xml_list_insert (&from->distances, at, distance);
}

static bool
check_distance (xmlNode *node, const DomainNuma *numa, const DomainNumaCell *cell, const DomainNumaDistance *distance,
                GError **error)
{
  if (distance->id >= numa->cells.n)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "cell %u has a distance to cell %u, of %u cells", cell->id,
                     distance->id, numa->cells.n);
  if (distance->value < LOCAL_DISTANCE || distance->value > REMOTE_DISTANCE_MAX)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "the distance %u of cell %u to cell %u is not within %d to %d",
                     distance->value, cell->id, distance->id, LOCAL_DISTANCE, REMOTE_DISTANCE_MAX);
  if (distance->id == cell->id && distance->value != LOCAL_DISTANCE)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "the distance of cell %u to itself is not %d", cell->id,
                     LOCAL_DISTANCE);
  return true;
}

/* The way back is as long, unless it says something else. */
static bool
complete_distances (xmlNode *node, DomainNuma *numa, GError **error)
{
  for (unsigned int i = 0; i < numa->cells.n; i++)
    {
      DomainNumaCell *cell = numa->cells.items[i];

      for (unsigned int j = 0; j < cell->distances.n; j++)
        if (!check_distance (node, numa, cell, cell->distances.items[j], error))
          return false;
    }
  for (unsigned int i = 0; i < numa->cells.n; i++)
    {
      DomainNumaCell *cell = numa->cells.items[i];

      for (unsigned int j = 0; j < cell->distances.n; j++)
        {
          const DomainNumaDistance *distance = cell->distances.items[j];
          DomainNumaCell *other = numa->cells.items[distance->id];

          set_distance (other, i, distance->value);
          set_distance (other, distance->id, LOCAL_DISTANCE);
        }
      if (cell->distances.n > 0)
        set_distance (cell, i, LOCAL_DISTANCE);
    }
  return true;
}

static bool
is_same_link (const DomainNumaLink *a, const DomainNumaLink *b)
{
  return a->kind == b->kind && a->initiator == b->initiator && a->target == b->target && a->cache == b->cache && a->type == b->type;
}

/* Whether links name cells and caches that are there. */
static bool
check_links (xmlNode *node, const DomainNuma *numa, GError **error)
{
  for (unsigned int i = 0; i < numa->links.n; i++)
    {
      const DomainNumaLink *link = numa->links.items[i];
      const DomainNumaCell *target = link->target < numa->cells.n ? numa->cells.items[link->target] : NULL;
      bool has_cache = link->cache == 0;

      if (link->initiator >= numa->cells.n || target == NULL)
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "an interconnect of cell %u to cell %u, of %u cells",
                         link->initiator, link->target, numa->cells.n);
      if (numa->cells.items[link->initiator]->cpus == NULL)
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "cell %u begins an interconnect, but has no CPUs",
                         link->initiator);
      for (unsigned int j = 0; j < target->caches.n; j++)
        has_cache = has_cache || target->caches.items[j]->level == link->cache;
      if (!has_cache)
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "an interconnect to cache %u of cell %u, which has no such",
                         link->cache, link->target);
      for (unsigned int j = 0; j < i; j++)
        if (is_same_link (numa->links.items[j], link))
          return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "an interconnect of cell %u to cell %u is there twice",
                           link->initiator, link->target);
    }
  return true;
}

/* Whether no CPU is in two cells. */
static bool
check_cpus (xmlNode *node, const DomainNuma *numa, GError **error)
{
  for (unsigned int i = 0; i < numa->cells.n; i++)
    for (unsigned int j = 0; j < i; j++)
      {
        const XmlBitmap *a = numa->cells.items[i]->cpus, *b = numa->cells.items[j]->cpus;

        for (unsigned int word = 0; a != NULL && b != NULL && word < (MIN (a->n_bits, b->n_bits) + 63) / 64; word++)
          if (a->words[word] & b->words[word])
            return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "cells %u and %u have the same CPUs", j, i);
      }
  return true;
}

static bool
numa_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainNuma *numa = object;

  if (numa->cells.n == 0)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "there are no cells");
  return number_cells (node, numa, error) && complete_distances (node, numa, error) && check_cpus (node, numa, error)
         && check_links (node, numa, error);
}

static const XmlSchema numa_schema = XML_SCHEMA (DomainNuma, "numa", numa_rows, .finish = numa_finish);

static bool
has_model (const void *object, unsigned int format_flags)
{
  return ((const DomainCpu *) object)->model != NULL;
}

const XmlField domain_cpu_head_rows[] = {
  XML_ENUM (DomainCpu, mode, "@mode", cpu_mode, .flags = XML_ABI, XML_BAD (CPU, CONFIG_UNSUPPORTED)),
  XML_ENUM (DomainCpu, match, "@match", cpu_match, .flags = XML_ABI),
  XML_ENUM (DomainCpu, check, "@check", cpu_check),
  XML_ON_OFF (DomainCpu, migratable, "@migratable", .flags = XML_ABI),
  XML_ENUM (DomainCpu, fallback, "model/@fallback", cpu_fallback, XML_BAD (CPU, CONFIG_UNSUPPORTED), .when = has_model),
  XML_STRING (DomainCpu, vendor_id, "model/@vendor_id", .flags = XML_ABI),
  XML_STRING (DomainCpu, model, "model", .flags = XML_ABI),
  XML_STRING (DomainCpu, vendor, "vendor", .flags = XML_ABI),
  XML_END
};

const XmlField domain_cpu_tail_rows[] = {
  XML_UINT (DomainCpu, topology.sockets, "topology/@sockets", .flags = XML_ABI),
  XML_UINT (DomainCpu, topology.dies, "topology/@dies", .flags = XML_ABI),
  XML_UINT (DomainCpu, topology.clusters, "topology/@clusters", .flags = XML_ABI | XML_LATER),
  XML_UINT (DomainCpu, topology.cores, "topology/@cores", .flags = XML_ABI),
  XML_UINT (DomainCpu, topology.threads, "topology/@threads", .flags = XML_ABI),
  XML_INT (DomainCpu, cache_level, "cache/@level", .absent = -1, .flags = XML_ABI),
  XML_ENUM (DomainCpu, cache_mode, "cache/@mode", cpu_cache_mode, .flags = XML_ABI),
  XML_ENUM (DomainCpu, address_mode, "maxphysaddr/@mode", cpu_address_mode, .flags = XML_ABI),
  XML_UINT (DomainCpu, address_bits, "maxphysaddr/@bits", .flags = XML_ABI),
  XML_UINT (DomainCpu, address_limit, "maxphysaddr/@limit", .flags = XML_ABI | XML_LATER),
  XML_ITEMS (DomainCpu, features, "feature", cpu_feature_schema, .flags = XML_ABI),
  XML_CHILD (DomainCpu, numa, "numa", numa_schema, .flags = XML_ABI | XML_LATER),
  XML_END
};

static const XmlField cpu_rows[] = {
  XML_PART ("", domain_cpu_head_rows),
  XML_PART ("", domain_cpu_tail_rows),
  XML_END
};

#define FAIL(node_, from_, code_, ...) return xml_fail (node_, VIR_FROM_##from_, VIR_ERR_##code_, error, __VA_ARGS__)
#define VENDOR_ID_LENGTH 12
#define CACHE_LEVEL_MAX 3

/* Whether the children say all that they must. */
static bool
check_children (xmlNode *node, const DomainCpu *cpu, GError **error)
{
  static const char *const needed[][2] = {
    { "topology", "sockets" }, { "topology", "cores" }, { "topology", "threads" }, { "cache", "mode" }, { "maxphysaddr", "mode" },
  };
  static const char *const positive[] = { "sockets", "dies", "clusters", "cores", "threads" };

  for (xmlNode *child = node->children; child != NULL; child = child->next)
    {
      if (child->type != XML_ELEMENT_NODE)
        continue;
      for (unsigned int i = 0; i < G_N_ELEMENTS (needed); i++)
        if (strcmp ((const char *) child->name, needed[i][0]) == 0 && xml_attribute (child, needed[i][1]) == NULL)
          FAIL (child, XML, XML_ERROR, "'@%s' is missing", needed[i][1]);
      for (unsigned int i = 0; strcmp ((const char *) child->name, "topology") == 0 && i < G_N_ELEMENTS (positive); i++)
        if (g_strcmp0 (xml_attribute (child, positive[i]), "0") == 0)
          FAIL (child, XML, XML_ERROR, "attribute '%s' is 0", positive[i]);
      if (strcmp ((const char *) child->name, "cache") == 0 && cpu->cache_level != -1
          && (cpu->cache_level < 1 || cpu->cache_level > CACHE_LEVEL_MAX))
        FAIL (child, CPU, XML_ERROR, "the level of the cache is not within 1 to %d", CACHE_LEVEL_MAX);
    }
  return true;
}

static bool
check_vendor_id (xmlNode *node, const char *vendor_id, GError **error)
{
  if (vendor_id == NULL)
    return true;
  if (strlen (vendor_id) != VENDOR_ID_LENGTH)
    FAIL (node, CPU, XML_ERROR, "'model' has vendor_id='%s', not of %d characters", vendor_id, VENDOR_ID_LENGTH);
  if (strchr (vendor_id, ',') != NULL)
    FAIL (node, CPU, XML_ERROR, "'model' has vendor_id='%s', with a comma", vendor_id);
  return true;
}

/* Forgets what says nothing in the CPU's mode. */
static bool
finish_mode (xmlNode *node, DomainCpu *cpu, GError **error)
{
  if (cpu->mode == CPU_MODE_ABSENT)
    cpu->mode = CPU_MODE_CUSTOM;
  if (cpu->migratable != TRI_ABSENT && cpu->mode != CPU_MODE_HOST_PASSTHROUGH && cpu->mode != CPU_MODE_MAXIMUM)
    FAIL (node, CPU, CONFIG_UNSUPPORTED, "'migratable' is for the modes host-passthrough and maximum");
  if (cpu->vendor != NULL && cpu->model == NULL)
    FAIL (node, CPU, XML_ERROR, "'vendor' without a model");
  if (cpu->mode == CPU_MODE_HOST_PASSTHROUGH || cpu->mode == CPU_MODE_MAXIMUM)
    {
      g_clear_pointer (&cpu->model, g_free);
      g_clear_pointer (&cpu->vendor, g_free);
    }
  if (cpu->model == NULL && cpu->mode != CPU_MODE_HOST_MODEL)
    cpu->fallback = CPU_FALLBACK_ABSENT;
  else if (cpu->fallback == CPU_FALLBACK_ABSENT)
    cpu->fallback = CPU_FALLBACK_ALLOW;
  if (cpu->mode == CPU_MODE_CUSTOM && cpu->model == NULL)
    {
      if (cpu->features.n > 0)
        FAIL (node, CPU, XML_ERROR, "features without a model");
      cpu->mode = CPU_MODE_ABSENT;
    }
  if (cpu->mode != CPU_MODE_CUSTOM)
    cpu->match = CPU_MATCH_ABSENT;
  else if (cpu->match == CPU_MATCH_ABSENT)
    cpu->match = CPU_MATCH_EXACT;
  return true;
}

static bool
cpu_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainCpu *cpu = object;

  if (!check_children (node, cpu, error) || !check_vendor_id (node, cpu->vendor_id, error) || !finish_mode (node, cpu, error))
    return false;
  if (cpu->topology.sockets != 0 && cpu->topology.dies == 0)
    cpu->topology.dies = 1;
  for (unsigned int i = 0; i < cpu->features.n; i++)
    {
      if (*cpu->features.items[i]->name == '\0')
        FAIL (node, CPU, XML_ERROR, "a feature has no name");
      for (unsigned int j = 0; j < i; j++)
        if (strcmp (cpu->features.items[i]->name, cpu->features.items[j]->name) == 0)
          FAIL (node, CPU, XML_ERROR, "feature '%s' is there twice", cpu->features.items[i]->name);
    }
  return true;
}

const XmlSchema domain_cpu_schema = XML_SCHEMA (DomainCpu, "cpu", cpu_rows, .finish = cpu_finish, .from = VIR_FROM_CPU);

DomainCpu *
domain_cpu_new (void)
{
  return xml_new (&domain_cpu_schema);
}

uint64_t
domain_numa_memory (const DomainCpu *cpu)
{
  uint64_t memory = 0;

  for (unsigned int i = 0; cpu != NULL && cpu->numa != NULL && i < cpu->numa->cells.n; i++)
    memory += cpu->numa->cells.items[i]->memory;
  return memory;
}
