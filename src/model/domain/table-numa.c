/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-numa.c: the NUMA cells of a guest, how far they are from each other and how fast. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (numa_access, NUMA_ACCESS_LIST)
XML_ENUM_DEFINE (numa_cache_kind, NUMA_CACHE_KIND_LIST)
XML_ENUM_DEFINE (numa_cache_policy, NUMA_CACHE_POLICY_LIST)
XML_ENUM_DEFINE (numa_link_kind, NUMA_LINK_KIND_LIST)
XML_ENUM_DEFINE (numa_link_type, NUMA_LINK_TYPE_LIST)

/* The distance of a cell to itself, and the largest. */
#define LOCAL_DISTANCE 10
#define REMOTE_DISTANCE_MAX 255

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

/* Each is compared with all others; more than a machine of 64 cells needs. */
#define MAX_LINKS 16384

/* Whether links name cells and caches that are there. */
static bool
check_links (xmlNode *node, const DomainNuma *numa, GError **error)
{
  if (numa->links.n > MAX_LINKS)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "there are %u interconnects, more than %d", numa->links.n,
                     MAX_LINKS);
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

const XmlSchema domain_numa_schema = XML_SCHEMA (DomainNuma, "numa", numa_rows, .finish = numa_finish);

uint64_t
domain_numa_memory (const DomainCpu *cpu)
{
  uint64_t memory = 0;

  for (unsigned int i = 0; cpu != NULL && cpu->numa != NULL && i < cpu->numa->cells.n; i++)
    memory += cpu->numa->cells.items[i]->memory;
  return memory;
}
