/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* finish-tuning.c: what is said about a guest's threads is brought into one
 * form: an item for each thread, in the order of threads. */
#include "model/domain/rules.h"
#include "model/domain/tables.h"

typedef XML_LIST (DomainPin) PinList;
typedef XML_LIST (DomainSched) SchedList;
typedef XML_LIST (DomainResourceMonitor) MonitorList;

#define PERIOD_MIN 1000
#define PERIOD_MAX 1000000
#define QUOTA_MIN 1000
#define QUOTA_MAX 17592186044415

/* Refuses the element of @path_ below the domain @node. */
#define FAIL(path_, from_, code_, ...) \
  return xml_fail (domain_node_below (node, path_), VIR_FROM_##from_, VIR_ERR_##code_, error, __VA_ARGS__)

static bool
has_thread (const Domain *domain, bool is_vcpu, unsigned int id)
{
  if (is_vcpu)
    return id < domain->vcpus_max;
  if (domain->iothread_ids.n == 0)
    return id > 0 && id <= domain->iothreads;
  for (unsigned int i = 0; i < domain->iothread_ids.n; i++)
    if (domain->iothread_ids.items[i]->id == id)
      return true;
  return false;
}

/* The place of a thread in the output. */
static unsigned int
thread_place (const Domain *domain, bool is_vcpu, unsigned int id)
{
  for (unsigned int i = 0; !is_vcpu && i < domain->iothread_ids.n; i++)
    if (domain->iothread_ids.items[i]->id == id)
      return i;
  return id;
}

static bool
finish_pins (xmlNode *node, const Domain *domain, PinList *pins, bool is_vcpu, GError **error)
{
  const char *path = is_vcpu ? "cputune/vcpupin" : "cputune/iothreadpin";

  for (unsigned int i = 0; i < pins->n;)
    {
      DomainPin *pin = pins->items[i];
      unsigned int at = i;

      if (!has_thread (domain, is_vcpu, pin->thread))
        {
          if (!is_vcpu)
            FAIL (path, DOMAIN, CONFIG_UNSUPPORTED, "there is no I/O thread %u", pin->thread);
          g_free (pin->cpuset);
          g_free (xml_list_steal (pins, i));
          continue;
        }
      for (unsigned int j = 0; j < i; j++)
        if (pins->items[j]->thread == pin->thread)
          FAIL (path, DOMAIN, INTERNAL_ERROR, "thread %u is there twice", pin->thread);
      while (at > 0 && thread_place (domain, is_vcpu, pins->items[at - 1]->thread) > thread_place (domain, is_vcpu, pin->thread))
        at--;
      if (at < i)
        {
          pin = xml_list_steal (pins, i);
          xml_list_insert (pins, at, pin);
        }
      i++;
    }
  return true;
}

static unsigned int
last_bit (const XmlBitmap *bitmap)
{
  unsigned int bit = bitmap->n_bits;

  while (bit > 0 && !xml_bitmap_has (bitmap, bit - 1))
    bit--;
  return bit - 1;
}

static XmlBitmap *
bitmap_of_one (unsigned int bit)
{
  g_autofree char *text = g_strdup_printf ("%u", bit);

  return xml_bitmap_parse (text, bit + 1);
}

/* Adds what @sched says about its threads to @out, which has no thread twice. */
static bool
split_sched (xmlNode *node, const Domain *domain, const DomainSched *sched, SchedList *out, bool is_vcpu, GError **error)
{
  const char *path = is_vcpu ? "cputune/vcpusched" : "cputune/iothreadsched";

  for (unsigned int bit = 0; bit < sched->threads->n_bits; bit++)
    {
      unsigned int at = 0, place = thread_place (domain, is_vcpu, bit);
      DomainSched *one;

      if (!xml_bitmap_has (sched->threads, bit))
        continue;
      if (!has_thread (domain, is_vcpu, bit))
        FAIL (path, DOMAIN, CONFIG_UNSUPPORTED, "there is no thread %u", bit);
      for (unsigned int i = 0; i < out->n; i++)
        if (xml_bitmap_has (out->items[i]->threads, bit))
          FAIL (path, DOMAIN, XML_DETAIL, "thread %u is there twice", bit);
      while (at < out->n && thread_place (domain, is_vcpu, last_bit (out->items[at]->threads)) < place)
        at++;
      one = g_new0 (DomainSched, 1);
      *one = (DomainSched) { .threads = bitmap_of_one (bit), .scheduler = sched->scheduler, .priority = sched->priority };
      xml_list_insert (out, at, one);
    }
  return true;
}

static void
free_scheds (SchedList *scheds)
{
  for (unsigned int i = 0; i < scheds->n; i++)
    {
      g_free (scheds->items[i]->threads);
      g_free (scheds->items[i]);
    }
  g_free (scheds->items);
}

static bool
finish_scheds (xmlNode *node, const Domain *domain, SchedList *scheds, bool is_vcpu, GError **error)
{
  SchedList out = { 0 };
  bool ok = true;

  for (unsigned int i = 0; ok && i < scheds->n; i++)
    ok = split_sched (node, domain, scheds->items[i], &out, is_vcpu, error);
  if (ok)
    {
      free_scheds (scheds);
      *scheds = out;
    }
  else
    free_scheds (&out);
  return ok;
}

/* Takes all bits from @limit on out of @bitmap. Returns whether any are left. */
static bool
clamp (XmlBitmap *bitmap, unsigned int limit)
{
  bool any = false;

  for (unsigned int bit = 0; bit < bitmap->n_bits; bit++)
    if (bit >= limit)
      bitmap->words[bit / 64] &= ~(UINT64_C (1) << (bit % 64));
    else
      any = any || xml_bitmap_has (bitmap, bit);
  return any;
}

static bool
overlap (const XmlBitmap *a, const XmlBitmap *b)
{
  for (unsigned int bit = 0; bit < a->n_bits; bit++)
    if (xml_bitmap_has (a, bit) && xml_bitmap_has (b, bit))
      return true;
  return false;
}

/* Whether all of @part is in @whole. */
static bool
contains (const XmlBitmap *whole, const XmlBitmap *part)
{
  for (unsigned int bit = 0; bit < part->n_bits; bit++)
    if (xml_bitmap_has (part, bit) && !xml_bitmap_has (whole, bit))
      return false;
  return true;
}

static bool
same (const XmlBitmap *a, const XmlBitmap *b)
{
  return contains (a, b) && contains (b, a);
}


/* Monitors watch vCPUs of their group, and each other's only if they are one:
 * of all vCPUs, or of memory and cache. */
static bool
check_monitors (xmlNode *node, const MonitorList *monitors, const MonitorList *others, const XmlBitmap *group, unsigned int n_vcpus,
                const char *path, GError **error)
{
  for (unsigned int i = 0; i < monitors->n; i++)
    {
      const DomainResourceMonitor *monitor = monitors->items[i];

      if (!clamp (monitor->vcpus, n_vcpus))
        FAIL (path, NONE, INVALID_ARG, "a monitor has no vCPU that is there");
      if (!contains (group, monitor->vcpus))
        FAIL (path, NONE, INVALID_ARG, "a monitor has vCPUs that its group has not");
      for (unsigned int j = 0; j < i; j++)
        if (same (monitors->items[j]->vcpus, monitor->vcpus))
          FAIL (path, NONE, INVALID_ARG, "two monitors have the same vCPUs");
        else if (!same (monitor->vcpus, group) && overlap (monitors->items[j]->vcpus, monitor->vcpus))
          FAIL (path, NONE, INVALID_ARG, "two monitors share vCPUs");
      for (unsigned int j = 0; others != NULL && j < others->n; j++)
        if (!same (others->items[j]->vcpus, monitor->vcpus) && !same (monitor->vcpus, group)
            && overlap (others->items[j]->vcpus, monitor->vcpus))
          FAIL (path, NONE, INVALID_ARG, "two monitors share vCPUs");
    }
  return true;
}

static bool
finish_cachetunes (xmlNode *node, const Domain *domain, DomainCputune *tune, GError **error)
{
  for (unsigned int i = 0; i < tune->cachetunes.n;)
    {
      DomainCachetune *cachetune = tune->cachetunes.items[i];

      if (!clamp (cachetune->vcpus, domain->vcpus_max) || (cachetune->caches.n == 0 && cachetune->monitors.n == 0))
        {
          xml_free (&domain_cachetune_schema, xml_list_steal (&tune->cachetunes, i));
          continue;
        }
      for (unsigned int j = 0; j < i; j++)
        if (overlap (tune->cachetunes.items[j]->vcpus, cachetune->vcpus))
          FAIL ("cputune/cachetune", DOMAIN, XML_ERROR, "two share vCPUs");
      for (unsigned int j = 0; j < cachetune->monitors.n; j++)
        if (cachetune->monitors.items[j]->level != 3)
          FAIL ("cputune/cachetune/monitor", DOMAIN, XML_ERROR, "monitors are only for caches of level 3");
      if (!check_monitors (node, (MonitorList *) &cachetune->monitors, NULL, cachetune->vcpus, domain->vcpus_max,
                           "cputune/cachetune/monitor", error))
        return false;
      i++;
    }
  return true;
}

/* Puts the nodes and monitors of @from into @into, and frees it. */
static void
merge_memorytune (DomainMemorytune *into, DomainMemorytune *from)
{
  while (from->nodes.n > 0)
    xml_list_append (&into->nodes, xml_list_steal (&from->nodes, 0));
  while (from->monitors.n > 0)
    xml_list_append (&into->monitors, xml_list_steal (&from->monitors, 0));
  xml_free (&domain_memorytune_schema, from);
}

static bool
finish_memorytunes (xmlNode *node, const Domain *domain, DomainCputune *tune, GError **error)
{
  for (unsigned int i = 0; i < tune->memorytunes.n;)
    {
      DomainMemorytune *memorytune = tune->memorytunes.items[i];
      const DomainCachetune *partner = NULL;
      DomainMemorytune *twin = NULL;

      if (!clamp (memorytune->vcpus, domain->vcpus_max) || (memorytune->nodes.n == 0 && memorytune->monitors.n == 0))
        {
          xml_free (&domain_memorytune_schema, xml_list_steal (&tune->memorytunes, i));
          continue;
        }
      for (unsigned int j = 0; j < i; j++)
        if (same (tune->memorytunes.items[j]->vcpus, memorytune->vcpus))
          twin = tune->memorytunes.items[j];
        else if (overlap (tune->memorytunes.items[j]->vcpus, memorytune->vcpus))
          FAIL ("cputune/memorytune", DOMAIN, XML_ERROR, "two share vCPUs");
      for (unsigned int j = 0; j < tune->cachetunes.n; j++)
        if (same (tune->cachetunes.items[j]->vcpus, memorytune->vcpus))
          partner = tune->cachetunes.items[j];
        else if (overlap (tune->cachetunes.items[j]->vcpus, memorytune->vcpus))
          FAIL ("cputune/memorytune", DOMAIN, XML_ERROR, "'cachetune' has some of the same vCPUs");
      if (!check_monitors (node, (MonitorList *) &memorytune->monitors, partner != NULL ? (MonitorList *) &partner->monitors : NULL,
                           memorytune->vcpus, domain->vcpus_max, "cputune/memorytune/monitor", error))
        return false;
      if (twin != NULL)
        merge_memorytune (twin, xml_list_steal (&tune->memorytunes, i));
      else
        i++;
    }
  return true;
}

static bool
check_times (xmlNode *node, const DomainCputune *tune, GError **error)
{
  const struct { const char *name; uint64_t period; int64_t quota; } times[] = {
    { "", tune->period, tune->quota }, { "global_", tune->global_period, tune->global_quota },
    { "emulator_", tune->emulator_period, tune->emulator_quota }, { "iothread_", tune->iothread_period, tune->iothread_quota },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (times); i++)
    {
      if (times[i].period != 0 && (times[i].period < PERIOD_MIN || times[i].period > PERIOD_MAX))
        FAIL ("cputune", DOMAIN, CONFIG_UNSUPPORTED, "'%speriod' is not within %d to %d", times[i].name, PERIOD_MIN, PERIOD_MAX);
      if (times[i].quota > 0 && (times[i].quota < QUOTA_MIN || times[i].quota > QUOTA_MAX))
        FAIL ("cputune", DOMAIN, CONFIG_UNSUPPORTED, "'%squota' is not within %d to %" G_GINT64_FORMAT, times[i].name, QUOTA_MIN,
              (gint64) QUOTA_MAX);
    }
  return true;
}

static bool
check_emulator_pin (xmlNode *node, const DomainCputune *tune, GError **error)
{
  const xmlNode *parent = domain_node_below (node, "cputune");

  if (tune->emulator_cpuset == NULL && domain_node_below (parent, "emulatorpin") != parent)
    FAIL ("cputune/emulatorpin", DOMAIN, INTERNAL_ERROR, "'@cpuset' is missing");
  return true;
}

static bool
finish_cputune (xmlNode *node, Domain *domain, GError **error)
{
  DomainCputune *tune = domain->cputune;

  return tune == NULL
         || (check_times (node, tune, error) && check_emulator_pin (node, tune, error)
             && finish_pins (node, domain, (PinList *) &tune->vcpu_pins, true, error)
             && finish_pins (node, domain, (PinList *) &tune->iothread_pins, false, error)
             && finish_scheds (node, domain, (SchedList *) &tune->vcpu_scheds, true, error)
             && finish_scheds (node, domain, (SchedList *) &tune->iothread_scheds, false, error)
             && finish_cachetunes (node, domain, tune, error) && finish_memorytunes (node, domain, tune, error));
}

static int
compare_memnodes (const void *a, const void *b)
{
  const DomainMemnode *left = *(DomainMemnode *const *) a, *right = *(DomainMemnode *const *) b;

  return left->cell < right->cell ? -1 : left->cell > right->cell;
}

static bool
check_memnodes (xmlNode *node, const Domain *domain, const DomainNumatune *tune, GError **error)
{
  unsigned int n_cells = domain->cpu != NULL && domain->cpu->numa != NULL ? domain->cpu->numa->cells.n : 0;

  if (tune->memnodes.n > 0 && tune->placement == NUMATUNE_PLACEMENT_AUTO)
    FAIL ("numatune/memnode", DOMAIN, CONFIG_UNSUPPORTED, "this contradicts 'memory' with placement='auto'");
  if (tune->memnodes.n > 0 && n_cells == 0)
    FAIL ("numatune/memnode", DOMAIN, XML_ERROR, "this is for guests with NUMA cells");
  for (unsigned int i = 0; i < tune->memnodes.n; i++)
    {
      const DomainMemnode *memnode = tune->memnodes.items[i];

      if (memnode->cell >= n_cells)
        FAIL ("numatune/memnode", DOMAIN, XML_ERROR, "cell %u is named, of %u cells", memnode->cell, n_cells);
      if (i > 0 && tune->memnodes.items[i - 1]->cell == memnode->cell)
        FAIL ("numatune/memnode", DOMAIN, XML_ERROR, "there are two for cell %u", memnode->cell);
    }
  return true;
}

static bool
has_pins (const Domain *domain)
{
  const DomainCputune *tune = domain->cputune;

  return domain->vcpu_cpuset != NULL
         || (tune != NULL && (tune->vcpu_pins.n > 0 || tune->iothread_pins.n > 0 || tune->emulator_cpuset != NULL));
}

/* Automatic places of threads and of memory follow from each other. */
static bool
finish_numatune (xmlNode *node, Domain *domain, GError **error)
{
  DomainNumatune *tune = domain->numatune;
  const xmlNode *memory = domain_node_below (node, "numatune/memory");
  bool says_static = g_strcmp0 (xml_attribute ((xmlNode *) memory, "placement"), "static") == 0;
  bool has_memory = tune != NULL && (tune->mode != NUMATUNE_MODE_ABSENT || tune->placement == NUMATUNE_PLACEMENT_AUTO
                                     || tune->nodeset != NULL);

  if (!has_memory && !says_static && domain->vcpu_placement == VCPU_PLACEMENT_AUTO)
    {
      if (tune == NULL)
        tune = domain->numatune = xml_new (&domain_numatune_schema);
      tune->placement = NUMATUNE_PLACEMENT_AUTO;
      has_memory = true;
    }
  if (tune == NULL)
    return true;
  if (tune->memnodes.n > 0)
    qsort (tune->memnodes.items, tune->memnodes.n, sizeof (void *), compare_memnodes);
  if (has_memory && tune->mode == NUMATUNE_MODE_ABSENT)
    tune->mode = NUMATUNE_MODE_STRICT;
  if (has_memory && tune->nodeset == NULL && domain->vcpu_placement == VCPU_PLACEMENT_AUTO && !says_static)
    tune->placement = NUMATUNE_PLACEMENT_AUTO;
  if ((has_memory || says_static) && tune->nodeset == NULL && tune->placement != NUMATUNE_PLACEMENT_AUTO)
    FAIL ("numatune/memory", DOMAIN, CONFIG_UNSUPPORTED, "this needs nodeset= or placement='auto'");
  if (tune->placement == NUMATUNE_PLACEMENT_AUTO)
    {
      g_clear_pointer (&tune->nodeset, g_free);
      if (!has_pins (domain))
        domain->vcpu_placement = VCPU_PLACEMENT_AUTO;
    }
  if (domain->vcpu_placement == VCPU_PLACEMENT_AUTO)
    g_clear_pointer (&domain->vcpu_cpuset, g_free);
  return check_memnodes (node, domain, tune, error);
}

static DomainVcpu *
listed_vcpu (const Domain *domain, unsigned int id)
{
  for (unsigned int i = 0; i < domain->vcpu_list.n; i++)
    if (domain->vcpu_list.items[i]->id == id)
      return domain->vcpu_list.items[i];
  return NULL;
}

/* Lists all vCPUs if any are, in their order, and counts those that are there. */
static bool
finish_vcpu_list (xmlNode *node, Domain *domain, GError **error)
{
  unsigned int n_listed = domain->vcpu_list.n, n_enabled = 0;

  if (n_listed == 0)
    return true;
  for (unsigned int i = 0; i < n_listed; i++)
    if (domain->vcpu_list.items[i]->id >= domain->vcpus_max)
      FAIL ("vcpus/vcpu", DOMAIN, XML_ERROR, "this has id %u, of %u vCPUs", domain->vcpu_list.items[i]->id, domain->vcpus_max);
  for (unsigned int id = 0; id < domain->vcpus_max; id++)
    {
      DomainVcpu *vcpu = listed_vcpu (domain, id), *copy = xml_new (&domain_vcpu_schema);

      if (vcpu != NULL)
        *copy = *vcpu;
      copy->id = id;
      if (copy->enabled == TRI_ABSENT)
        copy->enabled = TRI_NO;
      if (copy->enabled == TRI_NO && copy->hotpluggable == TRI_NO)
        {
          xml_free (&domain_vcpu_schema, copy);
          FAIL ("vcpus/vcpu", DOMAIN, CONFIG_UNSUPPORTED, "vCPU %u is not there and cannot be plugged", id);
        }
      if (copy->hotpluggable == TRI_ABSENT)
        copy->hotpluggable = copy->enabled == TRI_YES ? TRI_NO : TRI_YES;
      n_enabled += copy->enabled == TRI_YES;
      xml_list_append (&domain->vcpu_list, copy);
    }
  for (unsigned int i = 0; i < n_listed; i++)
    xml_free (&domain_vcpu_schema, xml_list_steal (&domain->vcpu_list, 0));
  domain->vcpus = n_enabled < domain->vcpus_max ? n_enabled : 0;
  return true;
}

/* Lists all I/O threads if any are. */
static void
complete_iothreads (Domain *domain)
{
  if (domain->iothread_ids.n > domain->iothreads)
    domain->iothreads = domain->iothread_ids.n;
  for (unsigned int id = 1; domain->iothread_ids.n > 0 && domain->iothread_ids.n < domain->iothreads; id++)
    {
      bool taken = false;

      for (unsigned int i = 0; i < domain->iothread_ids.n; i++)
        taken = taken || domain->iothread_ids.items[i]->id == id;
      if (!taken)
        {
          DomainIothread *iothread = xml_new (&domain_iothread_schema);

          iothread->id = id;
          xml_list_append (&domain->iothread_ids, iothread);
        }
    }
}

static bool
check_pool (const xmlNode *node, int min, int max, GError **error)
{
  if (max == 0)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "'thread_pool_max' is 0");
  if (min > max)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "'thread_pool_min' is above 'thread_pool_max'");
  return true;
}

static bool
check_iothreads (xmlNode *node, Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->iothread_ids.n; i++)
    for (unsigned int j = 0; j < i; j++)
      if (domain->iothread_ids.items[i]->id == domain->iothread_ids.items[j]->id)
        FAIL ("iothreadids/iothread", DOMAIN, XML_ERROR, "thread %u is there twice", domain->iothread_ids.items[i]->id);
  complete_iothreads (domain);
  for (unsigned int i = 0; i < domain->iothread_ids.n; i++)
    if (!check_pool (domain_node_below (node, "iothreadids/iothread"), domain->iothread_ids.items[i]->thread_pool_min,
                     domain->iothread_ids.items[i]->thread_pool_max, error))
      return false;
  return domain->default_iothread == NULL
         || check_pool (domain_node_below (node, "defaultiothread"), domain->default_iothread->thread_pool_min,
                        domain->default_iothread->thread_pool_max, error);
}

/* The guest's cells, or the one that it has without saying so. */
static unsigned int
count_cells (const Domain *domain)
{
  return domain->cpu != NULL && domain->cpu->numa != NULL ? domain->cpu->numa->cells.n : 1;
}

static bool
check_hugepages (xmlNode *node, Domain *domain, GError **error)
{
  DomainMemoryBacking *backing = domain->memory_backing;
  bool has_cells = domain->cpu != NULL && domain->cpu->numa != NULL;

  for (unsigned int i = 0; backing != NULL && i < backing->pages.n; i++)
    {
      DomainHugepage *page = backing->pages.items[i];

      if (page->nodeset != NULL && last_bit (page->nodeset) >= count_cells (domain))
        FAIL ("memoryBacking/hugepages/page", NONE, XML_DETAIL, "there is no NUMA cell %u", last_bit (page->nodeset));
      if (!has_cells)
        g_clear_pointer (&page->nodeset, g_free);
      for (unsigned int j = 0; j < i; j++)
        {
          const DomainHugepage *other = backing->pages.items[j];

          if (page->nodeset == NULL && other->nodeset == NULL)
            FAIL ("memoryBacking/hugepages/page", NONE, XML_DETAIL, "two are for all NUMA cells");
          if (page->nodeset != NULL && other->nodeset != NULL && overlap (page->nodeset, other->nodeset))
            FAIL ("memoryBacking/hugepages/page", NONE, XML_DETAIL, "two are for the same NUMA cell");
        }
    }
  return true;
}

static bool
check_vcpu (xmlNode *node, GError **error)
{
  xmlNode *vcpu = (xmlNode *) domain_node_below (node, "vcpu");

  if (vcpu != node && vcpu->children == NULL)
    FAIL ("vcpu", DOMAIN, XML_ERROR, "the number of vCPUs is missing");
  if (vcpu != node && g_strcmp0 (xml_attribute (vcpu, "current"), "0") == 0)
    FAIL ("vcpu", DOMAIN, CONFIG_UNSUPPORTED, "attribute 'current' is 0");
  return true;
}

bool
domain_finish_tuning (xmlNode *node, Domain *domain, GError **error)
{
  if (!check_vcpu (node, error))
    return false;
  return finish_vcpu_list (node, domain, error) && check_iothreads (node, domain, error) && finish_cputune (node, domain, error)
         && finish_numatune (node, domain, error) && check_hugepages (node, domain, error);
}
