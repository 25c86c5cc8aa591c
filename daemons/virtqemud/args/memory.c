/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest's memory, and the objects behind it on the host. Sizes are in KiB. */
#include "args/memory.h"

#include <unistd.h>

#include "util/error.h"

static const char *const policies[] = {
  [NUMATUNE_MODE_STRICT] = "bind", [NUMATUNE_MODE_PREFERRED] = "preferred", [NUMATUNE_MODE_INTERLEAVE] = "interleave",
  [NUMATUNE_MODE_RESTRICTIVE] = NULL,   /* by the control group alone */
};

/* --- what the document says of a cell's memory --------------------------------------------- */

/* The entry of <hugepages> for @cell, -1: of a guest without cells. NULL: none. */
static const DomainHugepage *
page_of_cell (const DomainMemoryBacking *backing, int cell)
{
  const DomainHugepage *common = NULL;

  for (unsigned int i = 0; i < backing->pages.n; i++)
    {
      const DomainHugepage *page = backing->pages.items[i];

      if (page->nodeset == NULL)
        common = page;
      else if (xml_bitmap_has (page->nodeset, (unsigned int) MAX (cell, 0)))
        return page;
    }
  return common;
}

static const QemuHugepages *
find_mount (const QemuArgsContext *context, uint64_t size)
{
  for (unsigned int i = 0; i < context->n_hugepages; i++)
    if (size == 0 ? context->hugepages[i].is_default : context->hugepages[i].size == size)
      return &context->hugepages[i];
  return NULL;
}

/* The mount whose pages the memory is made of; NULL: ordinary pages. False: there is no such mount. */
static bool
choose_pages (const Builder *b, const MemoryWish *wish, const QemuHugepages **ret_pages, GError **error)
{
  const DomainMemoryBacking *backing = b->domain->memory_backing;
  const DomainHugepage *page = backing != NULL && backing->hugepages ? page_of_cell (backing, wish->cell) : NULL;
  uint64_t size = wish->page_size != 0 ? wish->page_size : page != NULL ? page->size : 0;
  bool wanted = size != 0 || (backing != NULL && backing->hugepages && backing->pages.n == 0);

  *ret_pages = NULL;
  if (!wanted || wish->path != NULL || size == (uint64_t) sysconf (_SC_PAGESIZE) / 1024)
    return true;
  *ret_pages = find_mount (b->context, size);
  if (*ret_pages != NULL)
    return true;
  return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
               size != 0 ? "no mounted hugetlbfs has pages of %" G_GUINT64_FORMAT " KiB"
                         : "no hugetlbfs is mounted: there are no huge pages of the default size (%" G_GUINT64_FORMAT ")", size);
}

/* Nodes of the host and the policy for @cell's memory; NULL nodes: any. */
static bool
choose_nodes (const Builder *b, const MemoryWish *wish, const XmlBitmap **ret_nodes, DomainNumatuneMode *ret_mode, GError **error)
{
  const DomainNumatune *tune = b->domain->numatune;

  *ret_nodes = wish->nodes;
  *ret_mode = tune != NULL && tune->mode != NUMATUNE_MODE_ABSENT ? tune->mode : NUMATUNE_MODE_STRICT;
  for (unsigned int i = 0; tune != NULL && i < tune->memnodes.n; i++)
    if ((int) tune->memnodes.items[i]->cell == wish->cell)
      {
        *ret_mode = tune->memnodes.items[i]->mode;
        *ret_nodes = wish->nodes != NULL ? wish->nodes : tune->memnodes.items[i]->nodeset;
        return true;
      }
  if (wish->nodes != NULL || tune == NULL)
    return true;
  *ret_nodes = tune->nodeset;
  if (tune->placement != NUMATUNE_PLACEMENT_AUTO)
    return true;
  *ret_nodes = b->context->auto_nodes;
  return *ret_nodes != NULL || unsupported (error, "<numatune>: this host has no program that chooses NUMA nodes by itself");
}

/* --- objects ----------------------------------------------------------------------------------- */

static json_t *
node_array (const XmlBitmap *nodes)
{
  json_t *array = json_array ();

  for (unsigned int i = 0; i < nodes->n_bits; i++)
    if (xml_bitmap_has (nodes, i))
      json_array_append_new (array, json_integer (i));
  return array;
}

static bool
set_nodes (Builder *b, json_t *object, const MemoryWish *wish, GError **error)
{
  const XmlBitmap *nodes, *there = b->context->host_nodes;
  DomainNumatuneMode mode;

  if (!choose_nodes (b, wish, &nodes, &mode, error))
    return false;
  for (unsigned int i = 0; nodes != NULL && there != NULL && i < nodes->n_bits; i++)
    if (xml_bitmap_has (nodes, i) && !xml_bitmap_has (there, i))
      return unsupported (error, "<numatune>: this host has no NUMA node %u", i);
  if (nodes == NULL || policies[mode] == NULL)
    return true;
  json_object_set_new (object, "host-nodes", node_array (nodes));
  set_string (object, "policy", policies[mode]);
  return true;
}

/* The file is named after the part of memory; all of a guest are in a folder of its own. */
static char *
backing_file (const Builder *b, const char *alias)
{
  g_autofree char *folder = qemu_memory_folder (b->context->config, b->context->id, b->domain->name);

  return g_build_filename (folder, alias, NULL);
}

typedef enum { BACKED_RAM, BACKED_FILE, BACKED_MEMFD } Backing;

static const char *const backing_types[] = { "memory-backend-ram", "memory-backend-file", "memory-backend-memfd" };

static Backing
choose_backing (const Builder *b, const MemoryWish *wish, bool huge, DomainNumaAccess access)
{
  DomainMemorySource source = b->domain->memory_backing != NULL ? b->domain->memory_backing->source : MEMORY_SOURCE_ABSENT;

  if (wish->path != NULL)
    return BACKED_FILE;
  if (source == MEMORY_SOURCE_MEMFD)
    return BACKED_MEMFD;
  return huge || access != NUMA_ACCESS_ABSENT || source == MEMORY_SOURCE_FILE ? BACKED_FILE : BACKED_RAM;
}

static void
set_source (Builder *b, json_t *object, Backing backing, const MemoryWish *wish, const QemuHugepages *pages)
{
  g_autofree char *path = NULL;

  if (backing == BACKED_MEMFD && pages != NULL)
    {
      set_bool (object, "hugetlb", true);
      set_int (object, "hugetlbsize", (int64_t) pages->size * 1024);
    }
  if (backing != BACKED_FILE)
    return;
  path = wish->path != NULL ? g_strdup (wish->path)
         : pages != NULL ? qemu_hugepages_folder (pages, b->context->id, b->domain->name) : backing_file (b, wish->alias);
  set_string (object, "mem-path", path);
}

/* Whether all of it is taken before the guest runs. What is to be added later by parts is not. */
static bool
wants_prealloc (const Builder *b, const MemoryWish *wish, Backing backing, bool huge)
{
  const DomainMemoryBacking *all = b->domain->memory_backing;

  if (wish->is_sparse)
    return false;
  return (all != NULL && all->allocation == MEMORY_ALLOCATION_IMMEDIATE) || (huge && backing == BACKED_FILE)
         || wish->is_prealloc;
}

static void
set_prealloc (Builder *b, json_t *object)
{
  const DomainMemoryBacking *all = b->domain->memory_backing;

  set_bool (object, "prealloc", true);
  if (all != NULL && all->allocation_threads > 0)
    set_int (object, "prealloc-threads", all->allocation_threads);
}

static void
set_discard (const Builder *b, json_t *object, Backing backing, const MemoryWish *wish)
{
  bool all = b->domain->memory_backing != NULL && b->domain->memory_backing->discard;
  Tristate discard = wish->discard != TRI_ABSENT ? wish->discard : all ? TRI_YES : TRI_ABSENT;

  if (backing == BACKED_FILE)
    set_tristate (object, "discard-data", discard);
}

json_t *
memory_backend (Builder *b, const MemoryWish *wish, GError **error)
{
  const DomainMemoryBacking *all = b->domain->memory_backing;
  DomainNumaAccess access = wish->access != NUMA_ACCESS_ABSENT ? wish->access : all != NULL ? all->access : NUMA_ACCESS_ABSENT;
  const QemuHugepages *pages;
  g_autoptr (json_t) object = NULL;
  Backing backing;

  if (!choose_pages (b, wish, &pages, error))
    return NULL;
  backing = choose_backing (b, wish, pages != NULL, access);
  if (!need_type (b, backing_types[backing], "the guest's memory", error))
    return NULL;
  object = object_new (backing_types[backing], wish->prefix, wish->alias);
  set_source (b, object, backing, wish, pages);
  set_discard (b, object, backing, wish);
  if (backing != BACKED_RAM && access != NUMA_ACCESS_ABSENT)
    set_bool (object, "share", access == NUMA_ACCESS_SHARED);
  if (wish->is_system && backing != BACKED_RAM
      && qemu_caps_has_prop (b->context->caps, backing_types[backing], "x-use-canonical-path-for-ramblock-id"))
    set_bool (object, "x-use-canonical-path-for-ramblock-id", false);
  if (wish->is_sparse && qemu_caps_has_prop (b->context->caps, backing_types[backing], "reserve"))
    set_bool (object, "reserve", false);
  if (wants_prealloc (b, wish, backing, pages != NULL))
    set_prealloc (b, object);
  set_int (object, "size", (int64_t) wish->size * 1024);
  set_uint (object, "align", wish->align * 1024);
  if (wish->is_pmem)
    set_bool (object, "pmem", true);
  return set_nodes (b, object, wish, error) ? g_steal_pointer (&object) : NULL;
}

void
add_memory_backend (Builder *b, json_t *object)
{
  const char *id = json_string_value (json_object_get (object, "id"));
  const json_t *nodes = json_object_get (object, "host-nodes");

  /* What takes the pages runs where they shall be. */
  if (nodes != NULL && json_is_true (json_object_get (object, "prealloc"))
      && qemu_caps_has_type (b->context->caps, "thread-context"))
    {
      g_autofree char *name = g_strconcat ("tc-", id, NULL);
      json_t *threads = object_new ("thread-context", "", name);

      json_object_set (threads, "node-affinity", (json_t *) nodes);
      add_part (b, QEMU_OBJECT, threads);
      set_string (object, "prealloc-context", name);
    }
  add_part (b, QEMU_OBJECT, object);
}

bool
memory_is_plain (const json_t *object)
{
  return g_strcmp0 (json_string_value (json_object_get (object, "qom-type")), "memory-backend-ram") == 0
         && json_object_get (object, "host-nodes") == NULL;
}

/* --- the machine's memory -------------------------------------------------------------------- */

const char *
machine_ram_id (const Builder *b)
{
  const QemuMachine *machine = qemu_caps_machine (b->context->caps, b->domain->os.machine);

  if (b->domain->cpu != NULL && b->domain->cpu->numa != NULL && b->domain->cpu->numa->cells.n > 0)
    return NULL;                /* the cells' memory is the machine's */
  return machine != NULL ? machine->default_ram_id : NULL;
}

/* What it has at boot, without modules. */
static uint64_t
boot_memory (const Domain *domain)
{
  uint64_t sum = 0, cells = domain_numa_memory (domain->cpu);

  for (unsigned int i = 0; i < domain->memories.n; i++)
    sum += domain->memories.items[i]->size;
  sum = cells != 0 ? cells : domain->memory - MIN (sum, domain->memory);
  return (sum + 1023) / 1024 * 1024;
}

/* Machines that make their own memory are told of files and pages by options of long ago. */
static bool
build_own_memory (Builder *b, const MemoryWish *wish, GError **error)
{
  g_autoptr (json_t) object = memory_backend (b, wish, error);
  const char *path = object != NULL ? json_string_value (json_object_get (object, "mem-path")) : NULL;

  if (object == NULL)
    return false;
  if (json_is_true (json_object_get (object, "prealloc")))
    add_flag (b, "-mem-prealloc");
  if (path != NULL)
    add_option (b, "-mem-path", "%s", path);
  return true;
}

bool
build_memory (Builder *b, GError **error)
{
  const Domain *domain = b->domain;
  const char *id = machine_ram_id (b);
  bool has_cells = domain->cpu != NULL && domain->cpu->numa != NULL && domain->cpu->numa->cells.n > 0;
  MemoryWish wish = { .prefix = "", .alias = id != NULL ? id : "ram", .size = boot_memory (domain), .cell = -1, .is_system = true };
  json_t *object;

  if (domain->max_memory != 0)
    add_option (b, "-m", "size=%" G_GUINT64_FORMAT "k,slots=%u,maxmem=%" G_GUINT64_FORMAT "k", wish.size,
                domain->memory_slots, domain->max_memory);
  else
    add_option (b, "-m", "%" G_GUINT64_FORMAT, wish.size / 1024);
  if (id == NULL)
    return has_cells || build_own_memory (b, &wish, error);
  object = memory_backend (b, &wish, error);
  if (object != NULL)
    add_memory_backend (b, object);
  return object != NULL;
}
