/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The caches that CPUs share. */
#include <string.h>

#include "util/host-private.h"

/* Lower ones belong to single cores. */
#define FIRST_LEVEL 3

static GArray *caches;      /* of HostCache */

static void
cache_clear (void *data)
{
  g_free (((HostCache *) data)->cpus);
}

void
host_cache_forget (void)
{
  g_clear_pointer (&caches, g_array_unref);
}

static const struct { const char *kernel, *ours; } types[] = {
  { "Unified", "both" },
  { "Instruction", "code" },
  { "Data", "data" },
};

static const char *
type_name (const char *kernel)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_strcmp0 (kernel, types[i].kernel) == 0)
      return types[i].ours;
  return NULL;
}

static bool
known (const HostCache *cache)
{
  for (unsigned int i = 0; i < caches->len; i++)
    {
      const HostCache *other = &g_array_index (caches, HostCache, i);

      if (other->id == cache->id && other->level == cache->level && other->type == cache->type)
        return true;
    }
  return false;
}

static uint64_t
size_in_kib (const char *text)
{
  char *unit;
  uint64_t size = g_ascii_strtoull (text, &unit, 10);

  return *unit == 'M' ? size * 1024 : *unit == 'K' ? size : size / 1024;
}

/* False if the CPU has no cache of this index. */
static bool
read_cache (unsigned int cpu, unsigned int index)
{
  g_autofree char *folder = g_strdup_printf ("/sys/devices/system/cpu/cpu%u/cache/index%u", cpu, index);
  g_autofree char *type = host_read ("%s/type", folder);
  g_autofree char *size = host_read ("%s/size", folder);
  HostCache cache = { .type = type_name (type) };
  uint64_t id = 0, level = 0;

  if (type == NULL || !host_read_number (&level, "%s/level", folder))
    return false;
  host_read_number (&id, "%s/id", folder);
  cache.id = (unsigned int) id;
  cache.level = (unsigned int) level;
  if (cache.type == NULL || size == NULL || level < FIRST_LEVEL || known (&cache))
    return true;
  cache.size_kib = size_in_kib (size);
  cache.cpus = host_read ("%s/shared_cpu_list", folder);
  g_array_append_val (caches, cache);
  return true;
}

static int
compare (const void *a, const void *b)
{
  const HostCache *x = a, *y = b;

  if (x->level != y->level)
    return x->level < y->level ? -1 : 1;
  return x->id < y->id ? -1 : x->id > y->id;
}

const HostCache *
host_caches (unsigned int *ret_n)
{
  if (caches == NULL)
    {
      caches = g_array_new (FALSE, FALSE, sizeof (HostCache));
      g_array_set_clear_func (caches, cache_clear);
      for (unsigned int cpu = 0; cpu < host_cpu_count (); cpu++)
        for (unsigned int index = 0; read_cache (cpu, index); index++)
          ;
      g_array_sort (caches, compare);
    }
  *ret_n = caches->len;
  return (const HostCache *) (const void *) caches->data;
}
