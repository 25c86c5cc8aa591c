/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NUMA cells, and the sizes of pages. */
#include <stdio.h>
#include <unistd.h>

#include "util/host-private.h"

static struct
{
  GArray *cells;          /* of HostCell */
  GArray *page_sizes;     /* of unsigned int */
} numa;

static void
cell_clear (void *data)
{
  HostCell *cell = data;

  for (unsigned int i = 0; i < cell->n_cpus; i++)
    g_free (cell->cpus[i].siblings);
  g_free (cell->cpus);
  g_free (cell->distances);
}

void
host_numa_forget (void)
{
  g_clear_pointer (&numa.cells, g_array_unref);
  g_clear_pointer (&numa.page_sizes, g_array_unref);
}

/* -- Cells --------------------------------------------------------------------------- */

static unsigned int
topology_id (unsigned int cpu, const char *name)
{
  uint64_t id = 0;

  /* A CPU that does not know its place says -1, which is no number here: it counts as 0. */
  host_read_number (&id, "/sys/devices/system/cpu/cpu%u/topology/%s", cpu, name);
  return (unsigned int) id;
}

static HostCpu
read_cpu (unsigned int number)
{
  HostCpu cpu = { .id = number };

  /* There is no topology of a CPU that is offline. */
  cpu.siblings = host_read ("/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list", number);
  cpu.online = cpu.siblings != NULL;
  if (!cpu.online)
    cpu.siblings = g_strdup_printf ("%u", number);
  cpu.socket = topology_id (number, "physical_package_id");
  cpu.die = topology_id (number, "die_id");
  cpu.core = topology_id (number, "core_id");
  return cpu;
}

static void
read_cpus (HostCell *cell, const char *list)
{
  g_autoptr (GArray) numbers = host_parse_list (list);

  cell->n_cpus = numbers->len;
  cell->cpus = g_new0 (HostCpu, numbers->len);
  for (unsigned int i = 0; i < numbers->len; i++)
    cell->cpus[i] = read_cpu (g_array_index (numbers, unsigned int, i));
}

/* The numbers of a node's file "distance" are those to the online nodes in order. */
static void
read_distances (HostCell *cell, const GArray *nodes)
{
  g_autofree char *text = host_read ("/sys/devices/system/node/node%u/distance", cell->id);
  const char *at = text;

  if (text == NULL)
    return;
  cell->distances = g_new0 (HostDistance, nodes->len);
  for (unsigned int i = 0; i < nodes->len; i++)
    {
      char *end;
      unsigned int value = (unsigned int) g_ascii_strtoull (at, &end, 10);

      if (end == at)
        break;
      cell->distances[cell->n_distances++] = (HostDistance) { g_array_index (nodes, unsigned int, i), value };
      at = end;
    }
}

static HostCell
read_cell (unsigned int id, const GArray *nodes)
{
  g_autofree char *meminfo = host_read ("/sys/devices/system/node/node%u/meminfo", id);
  g_autofree char *cpus = host_read ("/sys/devices/system/node/node%u/cpulist", id);
  HostCell cell = { .id = id };

  cell.memory_kib = meminfo != NULL ? host_meminfo_kib (meminfo, "MemTotal") : 0;
  read_cpus (&cell, cpus != NULL ? cpus : "");
  read_distances (&cell, nodes);
  return cell;
}

/* A kernel without NUMA: everything is one cell. */
static HostCell
read_only_cell (void)
{
  g_autofree char *meminfo = host_read ("/proc/meminfo");
  g_autofree char *cpus = host_read ("/sys/devices/system/cpu/present");
  HostCell cell = { .memory_kib = meminfo != NULL ? host_meminfo_kib (meminfo, "MemTotal") : 0 };

  read_cpus (&cell, cpus != NULL ? cpus : "0");
  return cell;
}

const HostCell *
host_cells (unsigned int *ret_n)
{
  if (numa.cells == NULL)
    {
      g_autofree char *online = host_read ("/sys/devices/system/node/online");
      g_autoptr (GArray) nodes = host_parse_list (online != NULL ? online : "");
      HostCell cell;

      numa.cells = g_array_new (FALSE, FALSE, sizeof (HostCell));
      g_array_set_clear_func (numa.cells, cell_clear);
      for (unsigned int i = 0; i < nodes->len; i++)
        {
          cell = read_cell (g_array_index (nodes, unsigned int, i), nodes);
          g_array_append_val (numa.cells, cell);
        }
      if (nodes->len == 0)
        {
          cell = read_only_cell ();
          g_array_append_val (numa.cells, cell);
        }
    }
  *ret_n = numa.cells->len;
  return (const HostCell *) (const void *) numa.cells->data;
}

/* -- Page sizes ------------------------------------------------------------------------ */

static int
compare_sizes (const void *a, const void *b)
{
  unsigned int x = *(const unsigned int *) a, y = *(const unsigned int *) b;

  return x < y ? -1 : x > y;
}

static void
read_huge_sizes (GArray *sizes)
{
  g_autofree char *path = host_path ("/sys/kernel/mm/hugepages");
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      unsigned int size;

      if (sscanf (name, "hugepages-%ukB", &size) == 1)
        g_array_append_val (sizes, size);
    }
  g_array_sort (sizes, compare_sizes);
}

const unsigned int *
host_page_sizes (unsigned int *ret_n)
{
  if (numa.page_sizes == NULL)
    {
      unsigned int base = (unsigned int) sysconf (_SC_PAGESIZE) / 1024;

      numa.page_sizes = g_array_new (FALSE, FALSE, sizeof (unsigned int));
      read_huge_sizes (numa.page_sizes);
      g_array_prepend_val (numa.page_sizes, base);
    }
  *ret_n = numa.page_sizes->len;
  return (const unsigned int *) (const void *) numa.page_sizes->data;
}
