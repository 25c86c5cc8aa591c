/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory of the host and of its NUMA cells: totals, what is free, pages. */
#include <errno.h>
#include <unistd.h>

#include "util/error.h"
#include "util/host-private.h"

static const HostCell *
find_cell (unsigned int id)
{
  unsigned int n;
  const HostCell *cells = host_cells (&n);

  for (unsigned int i = 0; i < n; i++)
    if (cells[i].id == id)
      return &cells[i];
  return NULL;
}

/* The meminfo text of a cell, or of the host if it has no files for its one cell. */
static char *
read_meminfo (int cell, GError **error)
{
  g_autofree char *text = NULL;

  if (cell != HOST_CELL_ALL)
    text = host_read ("/sys/devices/system/node/node%d/meminfo", cell);
  if (text == NULL)
    text = host_read ("/proc/meminfo");
  if (text == NULL)
    fail_errno (error, VIR_FROM_NONE, errno, "cannot read /proc/meminfo");
  return g_steal_pointer (&text);
}

bool
host_memory_stats (int cell, HostStat ret_stats[HOST_STATS_MAX], unsigned int *ret_n, GError **error)
{
  g_autofree char *text = NULL;

  if (cell < HOST_CELL_ALL || (cell != HOST_CELL_ALL && find_cell ((unsigned int) cell) == NULL))
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "there is no NUMA cell %d", cell);
  text = read_meminfo (cell, error);
  if (text == NULL)
    return false;
  ret_stats[0] = (HostStat) { VIR_NODE_MEMORY_STATS_TOTAL, host_meminfo_kib (text, "MemTotal") };
  ret_stats[1] = (HostStat) { VIR_NODE_MEMORY_STATS_FREE, host_meminfo_kib (text, "MemFree") };
  *ret_n = 2;
  if (cell == HOST_CELL_ALL)
    {
      ret_stats[2] = (HostStat) { VIR_NODE_MEMORY_STATS_BUFFERS, host_meminfo_kib (text, "Buffers") };
      ret_stats[3] = (HostStat) { VIR_NODE_MEMORY_STATS_CACHED, host_meminfo_kib (text, "Cached") };
      *ret_n = 4;
    }
  return true;
}

static bool
no_such_cell (unsigned int cell, GError **error)
{
  unsigned int n;

  host_cells (&n);
  return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "there is no NUMA cell %u, only %u of them", cell, n);
}

bool
host_cell_free_memory (unsigned int cell, uint64_t *ret_bytes, GError **error)
{
  g_autofree char *text = NULL;

  if (find_cell (cell) == NULL)
    return no_such_cell (cell, error);
  text = read_meminfo ((int) cell, error);
  if (text == NULL)
    return false;
  *ret_bytes = host_meminfo_kib (text, "MemFree") * 1024;
  return true;
}

bool
host_free_memory (uint64_t *ret_bytes, GError **error)
{
  unsigned int n;
  const HostCell *cells = host_cells (&n);
  uint64_t sum = 0;

  for (unsigned int i = 0; i < n; i++)
    {
      uint64_t bytes;

      if (!host_cell_free_memory (cells[i].id, &bytes, error))
        return false;
      sum += bytes;
    }
  *ret_bytes = sum;
  return true;
}

/* -- Pages ------------------------------------------------------------------------------ */

/* Huge pages of one size, all ("nr") or free; 0 where the kernel tells none. The one cell of a host
 * without NUMA has what the host has. */
static uint64_t
huge_pages (int cell, unsigned int size_kib, const char *what)
{
  bool whole_host = cell == HOST_CELL_ALL || find_cell ((unsigned int) cell)->n_distances == 0;
  g_autofree char *folder = whole_host ? g_strdup ("/sys/kernel/mm")
                                       : g_strdup_printf ("/sys/devices/system/node/node%d", cell);
  uint64_t count = 0;

  host_read_number (&count, "%s/hugepages/hugepages-%ukB/%s_hugepages", folder, size_kib, what);
  return count;
}

/* Pages of the base size are what the huge ones leave. */
static bool
base_pages (int cell, uint64_t *ret_total, uint64_t *ret_free, GError **error)
{
  unsigned int n_sizes;
  const unsigned int *sizes = host_page_sizes (&n_sizes);
  g_autofree char *text = read_meminfo (cell, error);
  uint64_t total;

  if (text == NULL)
    return false;
  total = host_meminfo_kib (text, "MemTotal");
  for (unsigned int i = 1; i < n_sizes; i++)
    total -= MIN (total, huge_pages (cell, sizes[i], "nr") * sizes[i]);
  *ret_total = total / sizes[0];
  *ret_free = host_meminfo_kib (text, "MemFree") / sizes[0];
  return true;
}

bool
host_pages (int cell, unsigned int size_kib, uint64_t *ret_total, uint64_t *ret_free, GError **error)
{
  unsigned int n_sizes;
  const unsigned int *sizes = host_page_sizes (&n_sizes);

  if (cell != HOST_CELL_ALL && (cell < 0 || find_cell ((unsigned int) cell) == NULL))
    return no_such_cell ((unsigned int) cell, error);
  if (size_kib == sizes[0])
    return base_pages (cell, ret_total, ret_free, error);
  for (unsigned int i = 1; i < n_sizes; i++)
    if (sizes[i] == size_kib)
      {
        *ret_total = huge_pages (cell, size_kib, "nr");
        *ret_free = huge_pages (cell, size_kib, "free");
        return true;
      }
  return fail (error, VIR_FROM_NONE, VIR_ERR_OPERATION_FAILED, "this host has no pages of %u KiB", size_kib);
}
