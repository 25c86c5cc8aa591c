/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest's NUMA cells. */
#include "args/machine.h"

#include "util/error.h"

/* ",cpus=1-27,cpus=29" */
static void
append_cpus (GString *out, const XmlBitmap *cpus)
{
  g_autofree char *text = xml_bitmap_format (cpus);
  g_auto (GStrv) ranges = g_strsplit (text, ",", -1);

  for (unsigned int i = 0; ranges[i] != NULL; i++)
    if (*ranges[i] != '\0')
      g_string_append_printf (out, ",cpus=%s", ranges[i]);
}

static bool
has_cpus (const DomainNumaCell *cell)
{
  for (unsigned int i = 0; cell->cpus != NULL && i < cell->cpus->n_bits; i++)
    if (xml_bitmap_has (cell->cpus, i))
      return true;
  return false;
}

bool
numa_has_speeds (const Domain *domain)
{
  const DomainNuma *numa = domain->cpu != NULL ? domain->cpu->numa : NULL;

  for (unsigned int i = 0; numa != NULL && i < numa->cells.n; i++)
    if (numa->cells.items[i]->caches.n > 0)
      return true;
  return numa != NULL && numa->links.n > 0;
}

/* The cell whose processors reach @cell's memory best: its own, or by latency, else bandwidth, of the memory itself. -1:
 * nobody says. */
static int
best_initiator (const DomainNuma *numa, const DomainNumaCell *cell)
{
  const DomainNumaLink *best = NULL;

  if (has_cpus (cell))
    return (int) cell->id;
  for (DomainNumaLinkKind kind = NUMA_LINK_KIND_LATENCY; best == NULL && kind <= NUMA_LINK_KIND_BANDWIDTH; kind++)
    for (unsigned int i = 0; i < numa->links.n; i++)
      {
        const DomainNumaLink *link = numa->links.items[i];

        if (link->kind != kind || link->target != cell->id || link->cache != 0)
          continue;
        if (best == NULL || (kind == NUMA_LINK_KIND_LATENCY ? link->value < best->value : link->value > best->value))
          best = link;
      }
  if (best != NULL)
    return (int) best->initiator;
  for (unsigned int i = 0; i < numa->cells.n; i++)
    if (has_cpus (numa->cells.items[i]))
      return (int) numa->cells.items[i]->id;
  return -1;
}

static bool
make_backends (Builder *b, const DomainNuma *numa, GPtrArray *objects, bool *ret_plain, GError **error)
{
  *ret_plain = true;
  for (unsigned int i = 0; i < numa->cells.n; i++)
    {
      const DomainNumaCell *cell = numa->cells.items[i];
      g_autofree char *alias = g_strdup_printf ("ram-node%u", cell->id);
      MemoryWish wish = { .prefix = "", .alias = alias, .size = cell->memory, .cell = (int) cell->id, .access = cell->access,
                          .discard = cell->discard };
      json_t *object = memory_backend (b, &wish, error);

      if (object == NULL)
        return false;
      g_ptr_array_add (objects, object);
      *ret_plain &= memory_is_plain (object);
    }
  return true;
}

static void
build_cells (Builder *b, const DomainNuma *numa, const GPtrArray *objects, bool own_memory)
{
  bool speeds = numa_has_speeds (b->domain);

  for (unsigned int i = 0; i < numa->cells.n; i++)
    {
      const DomainNumaCell *cell = numa->cells.items[i];
      g_autoptr (GString) out = g_string_new (NULL);
      int initiator = speeds ? best_initiator (numa, cell) : -1;

      g_string_append_printf (out, "node,nodeid=%u", cell->id);
      if (has_cpus (cell))
        append_cpus (out, cell->cpus);
      if (initiator >= 0)
        g_string_append_printf (out, ",initiator=%d", initiator);
      if (own_memory)
        g_string_append_printf (out, ",mem=%" G_GUINT64_FORMAT, cell->memory / 1024);
      else
        {
          g_string_append_printf (out, ",memdev=ram-node%u", cell->id);
          add_memory_backend (b, json_incref (objects->pdata[i]));
        }
      add_option (b, "-numa", "%s", out->str);
    }
}

/* If one distance is said, all are. */
static void
build_distances (Builder *b, const DomainNuma *numa)
{
  bool any = false;

  for (unsigned int i = 0; i < numa->cells.n; i++)
    any |= numa->cells.items[i]->distances.n > 0;
  for (unsigned int i = 0; any && i < numa->cells.n; i++)
    for (unsigned int k = 0; k < numa->cells.n; k++)
      {
        const DomainNumaCell *from = numa->cells.items[i];
        unsigned int value = i == k ? 10 : 20;

        for (unsigned int d = 0; d < from->distances.n; d++)
          if (from->distances.items[d]->id == numa->cells.items[k]->id)
            value = from->distances.items[d]->value;
        add_option (b, "-numa", "dist,src=%u,dst=%u,val=%u", from->id, numa->cells.items[k]->id, value);
      }
}

static void
build_links (Builder *b, const DomainNuma *numa)
{
  static const char *const levels[] = { "memory", "first-level", "second-level", "third-level" };

  for (unsigned int i = 0; i < numa->links.n; i++)
    {
      const DomainNumaLink *link = numa->links.items[i];
      const char *kind = xml_enum_name (&numa_link_kind_names, link->kind);
      const char *level = levels[MIN (link->cache, G_N_ELEMENTS (levels) - 1)];

      add_option (b, "-numa", "hmat-lb,initiator=%u,target=%u,hierarchy=%s,data-type=%s-%s,%s=%" G_GUINT64_FORMAT "%s",
                  link->initiator, link->target, level, xml_enum_name (&numa_link_type_names, link->type), kind, kind,
                  link->value, link->kind == NUMA_LINK_KIND_BANDWIDTH ? "K" : "");
    }
}

static void
build_caches (Builder *b, const DomainNuma *numa)
{
  static const char *const kinds[] = {
    [NUMA_CACHE_KIND_NONE] = "none", [NUMA_CACHE_KIND_DIRECT] = "direct", [NUMA_CACHE_KIND_FULL] = "complex",
  };
  static const char *const cache_policies[] = {
    [NUMA_CACHE_POLICY_NONE] = "none", [NUMA_CACHE_POLICY_WRITEBACK] = "write-back",
    [NUMA_CACHE_POLICY_WRITETHROUGH] = "write-through",
  };

  for (unsigned int i = 0; i < numa->cells.n; i++)
    for (unsigned int k = 0; k < numa->cells.items[i]->caches.n; k++)
      {
        const DomainNumaCache *cache = numa->cells.items[i]->caches.items[k];

        add_option (b, "-numa", "hmat-cache,node-id=%u,size=%" G_GUINT64_FORMAT "K,level=%u,associativity=%s,policy=%s,line=%"
                    G_GUINT64_FORMAT, numa->cells.items[i]->id, cache->size, cache->level, kinds[cache->associativity],
                    cache_policies[cache->policy], cache->line);
      }
}

bool
build_numa (Builder *b, GError **error)
{
  const DomainNuma *numa = b->domain->cpu != NULL ? b->domain->cpu->numa : NULL;
  const QemuMachine *machine = qemu_caps_machine (b->context->caps, b->domain->os.machine);
  g_autoptr (GPtrArray) objects = g_ptr_array_new_with_free_func ((GDestroyNotify) json_decref);
  bool plain;

  if (numa == NULL || numa->cells.n == 0)
    return true;
  if (!make_backends (b, numa, objects, &plain, error))
    return false;
  plain = plain && machine != NULL && machine->numa_mem;
  if (plain && json_is_true (json_object_get (objects->pdata[0], "prealloc")))
    add_flag (b, "-mem-prealloc");
  build_cells (b, numa, objects, plain);
  build_distances (b, numa);
  build_links (b, numa);
  build_caches (b, numa);
  return true;
}
