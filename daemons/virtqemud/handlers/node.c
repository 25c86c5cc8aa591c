/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about the host. */
#include <string.h>

#include "driver.h"
#include "handlers/handlers.h"
#include "util/host.h"

bool
handle_node_get_info (Call *call, NodeGetInfoRet *ret, GError **error)
{
  HostNodeInfo info;

  if (!host_node_info (&info, error))
    return false;
  g_strlcpy (ret->model, info.model, sizeof ret->model);
  ret->memory = info.memory_kib;
  ret->cpus = (int) info.cpus;
  ret->mhz = (int) info.mhz;
  ret->nodes = (int) info.nodes;
  ret->sockets = (int) info.sockets;
  ret->cores = (int) info.cores;
  ret->threads = (int) info.threads;
  return true;
}

bool
handle_node_get_cpu_map (Call *call, const NodeGetCpuMapArgs *args, NodeGetCpuMapRet *ret, GError **error)
{
  g_autofree uint8_t *map = NULL;
  size_t length;
  unsigned int online;

  if (args->flags != 0)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG,
                 "unsupported flags (0x%x) in virNodeGetCPUMap", args->flags);
  if (!host_cpu_map (&map, &length, &online, error))
    return false;
  ret->ret = (int) host_cpu_count ();
  if (args->need_online)
    ret->online = online;
  if (args->need_map)
    {
      ret->n_cpumap = (unsigned int) length;
      ret->cpumap = g_steal_pointer (&map);
    }
  return true;
}

/* Both statistics have the same form: names and numbers, or only their count. */
#define PUT_STATS(ret_, Type_, wanted_, stats_, n_)                                    \
  G_STMT_START                                                                         \
  {                                                                                    \
    (ret_)->nparams = (int) (n_);                                                      \
    if ((wanted_) > 0)                                                                 \
      {                                                                                \
        (ret_)->params = g_new0 (Type_, (n_));                                         \
        for (; (ret_)->n_params < (n_); (ret_)->n_params++)                            \
          {                                                                            \
            (ret_)->params[(ret_)->n_params].field = g_strdup ((stats_)[(ret_)->n_params].name); \
            (ret_)->params[(ret_)->n_params].value = (stats_)[(ret_)->n_params].value; \
          }                                                                            \
      }                                                                                \
  }                                                                                    \
  G_STMT_END

static bool
check_room (int nparams, unsigned int n, const char *api, GError **error)
{
  return nparams == 0 || nparams >= (int) n
         || fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "%s has %u statistics and room was made for %d",
                  api, n, nparams);
}

bool
handle_node_get_cpu_stats (Call *call, const NodeGetCpuStatsArgs *args, NodeGetCpuStatsRet *ret, GError **error)
{
  HostStat stats[HOST_STATS_MAX];
  unsigned int n;

  if (args->flags != 0)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG,
                 "unsupported flags (0x%x) in virNodeGetCPUStats", args->flags);
  if (!host_cpu_stats (args->cpuNum, stats, &n, error) || !check_room (args->nparams, n, "virNodeGetCPUStats", error))
    return false;
  PUT_STATS (ret, RemoteNodeGetCpuStats, args->nparams, stats, n);
  return true;
}

bool
handle_node_get_memory_stats (Call *call, const NodeGetMemoryStatsArgs *args, NodeGetMemoryStatsRet *ret,
                              GError **error)
{
  HostStat stats[HOST_STATS_MAX];
  unsigned int n;

  if (args->flags != 0)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG,
                 "unsupported flags (0x%x) in virNodeGetMemoryStats", args->flags);
  if (!host_memory_stats (args->cellNum, stats, &n, error)
      || !check_room (args->nparams, n, "virNodeGetMemoryStats", error))
    return false;
  PUT_STATS (ret, RemoteNodeGetMemoryStats, args->nparams, stats, n);
  return true;
}

bool
handle_node_get_free_memory (Call *call, NodeGetFreeMemoryRet *ret, GError **error)
{
  return host_free_memory (&ret->freeMem, error);
}

static bool
check_cells (int first, GError **error)
{
  unsigned int n;
  const HostCell *cells = host_cells (&n);

  return (first >= 0 && (unsigned int) first <= cells[n - 1].id)
         || fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "there is no cell %d: they are numbered 0 to %u",
                  first, cells[n - 1].id);
}

bool
handle_node_get_cells_free_memory (Call *call, const NodeGetCellsFreeMemoryArgs *args,
                                   NodeGetCellsFreeMemoryRet *ret, GError **error)
{
  unsigned int n, room = (unsigned int) CLAMP (args->maxcells, 0, REMOTE_NODE_MAX_CELLS);
  const HostCell *cells = host_cells (&n);

  if (!check_cells (args->startCell, error))
    return false;
  ret->cells = g_new0 (uint64_t, MIN (room, n));
  for (unsigned int i = 0; i < n && ret->n_cells < room; i++)
    if (cells[i].id >= (unsigned int) args->startCell
        && !host_cell_free_memory (cells[i].id, &ret->cells[ret->n_cells++], error))
      return false;
  return true;
}

bool
handle_node_get_free_pages (Call *call, const NodeGetFreePagesArgs *args, NodeGetFreePagesRet *ret, GError **error)
{
  unsigned int n_cells;
  const HostCell *cells = host_cells (&n_cells);
  uint64_t total, available;

  if (!handler_check_flags (args->flags, 0, "virNodeGetFreePages", error)
      || (args->startCell != -1 && !check_cells (args->startCell, error)))
    return false;
  if ((uint64_t) args->cellCount * args->n_pages > REMOTE_NODE_MAX_CELLS)
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "%u page sizes of %u cells are more than the protocol's %d figures",
                 args->n_pages, args->cellCount, REMOTE_NODE_MAX_CELLS);
  ret->counts = g_new0 (uint64_t, (size_t) args->cellCount * args->n_pages);
  for (unsigned int c = 0; c < args->cellCount; c++)
    {
      int cell = args->startCell < 0 ? -1 : args->startCell + (int) c;

      if (cell > (int) cells[n_cells - 1].id || (cell < 0 && c > 0))
        break;
      for (unsigned int p = 0; p < args->n_pages; p++)
        {
          if (!host_pages (cell, args->pages[p], &total, &available, error))
            return false;
          ret->counts[ret->n_counts++] = available;
        }
    }
  return true;
}
