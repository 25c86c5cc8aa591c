/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Statistics of many guests in one call: a fiber a guest, so that none waits for another. */
#include <string.h>

#include "driver.h"
#include "handlers/handlers.h"
#include "net/net.h"
#include "qemu/process.h"
#include "util/json.h"
#include "vm/block.h"
#include "vm/figures.h"
#include "vm/memory.h"
#include "vm/threads.h"

/* One guest's part of the work. */
typedef struct
{
  Vm *vm;
  unsigned int stats;
  bool ask;                     /* QEMU gets its moment to answer */
  Params params;
} Gather;

static json_t *
figure (const Gather *gather, VmFigure which, uint64_t *ret_age_ms)
{
  return gather->ask ? vm_figure (gather->vm, which, ret_age_ms) : vm_figure_last (gather->vm, which, ret_age_ms);
}

/* Adds "PREFIX.INDEX.NAME". */
static void
add_indexed (Params *params, const char *prefix, unsigned int index, const char *name, uint64_t value)
{
  g_autofree char *full = g_strdup_printf ("%s.%u.%s", prefix, index, name);

  params_add_ullong (params, full, value);
}

/* A figure that is not fresh says how old it is. */
static void
add_age (Params *params, const char *name, uint64_t age_ms)
{
  if (age_ms > 0)
    params_add_ullong (params, name, age_ms);
}

/* --- the groups ------------------------------------------------------------------------------------- */

static void
add_state (Gather *gather)
{
  params_add_int (&gather->params, "state.state", gather->vm->state);
  params_add_int (&gather->params, "state.reason", gather->vm->reason);
}

static void
add_cpu (Gather *gather)
{
  QemuUsage usage;

  if (gather->vm->process == NULL || !qemu_process_usage (gather->vm->process, &usage, NULL))
    return;
  params_add_ullong (&gather->params, "cpu.time", usage.cpu_ns);
  params_add_ullong (&gather->params, "cpu.user", usage.user_ns);
  params_add_ullong (&gather->params, "cpu.system", usage.system_ns);
  params_add_uint (&gather->params, "cpu.cache.monitor.count", 0);
}

static const char *
memory_stat_name (int tag)
{
  static const char *const names[VIR_DOMAIN_MEMORY_STAT_NR] = {
    [VIR_DOMAIN_MEMORY_STAT_SWAP_IN] = "balloon.swap_in",
    [VIR_DOMAIN_MEMORY_STAT_SWAP_OUT] = "balloon.swap_out",
    [VIR_DOMAIN_MEMORY_STAT_MAJOR_FAULT] = "balloon.major_fault",
    [VIR_DOMAIN_MEMORY_STAT_MINOR_FAULT] = "balloon.minor_fault",
    [VIR_DOMAIN_MEMORY_STAT_UNUSED] = "balloon.unused",
    [VIR_DOMAIN_MEMORY_STAT_AVAILABLE] = "balloon.available",
    [VIR_DOMAIN_MEMORY_STAT_RSS] = "balloon.rss",
    [VIR_DOMAIN_MEMORY_STAT_USABLE] = "balloon.usable",
    [VIR_DOMAIN_MEMORY_STAT_LAST_UPDATE] = "balloon.last-update",
    [VIR_DOMAIN_MEMORY_STAT_DISK_CACHES] = "balloon.disk_caches",
    [VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGALLOC] = "balloon.hugetlb_pgalloc",
    [VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGFAIL] = "balloon.hugetlb_pgfail",
  };

  return names[tag];
}

static void
add_balloon (Gather *gather)
{
  MemoryStat stats[VIR_DOMAIN_MEMORY_STAT_NR];
  uint64_t age = 0;
  unsigned int n = vm_is_active (gather->vm) ? vm_memory_stats (gather->vm, gather->ask, stats, &age) : 0;
  const Domain *domain = vm_domain (gather->vm);

  if (domain == NULL)
    return;
  params_add_ullong (&gather->params, "balloon.current",
                     n > 0 ? stats[0].value : domain->current_memory);
  params_add_ullong (&gather->params, "balloon.maximum", domain->memory);
  for (unsigned int i = 0; i < n; i++)
    if (memory_stat_name (stats[i].tag) != NULL)
      params_add_ullong (&gather->params, memory_stat_name (stats[i].tag), stats[i].value);
  add_age (&gather->params, "balloon.age-ms", age);
}

static void
add_vcpu (Gather *gather)
{
  Vm *vm = gather->vm;
  const Domain *domain = vm_domain (vm);
  unsigned int n = domain_vcpus_now (domain);

  params_add_uint (&gather->params, "vcpu.current", n);
  params_add_uint (&gather->params, "vcpu.maximum", domain->vcpus_max);
  for (unsigned int i = 0; vm_is_active (vm) && i < n; i++)
    {
      g_autofree char *state = g_strdup_printf ("vcpu.%u.state", i);
      pid_t thread = vm_vcpu_thread (vm, i);
      uint64_t time = 0, delay = 0, wait = 0;
      int cpu;

      if (thread != 0)
        {
          qemu_thread_usage (vm->process->pid, thread, &time, &cpu, NULL);
          vm_thread_waits (vm->process->pid, thread, &delay, &wait);
        }
      params_add_int (&gather->params, state, VIR_VCPU_RUNNING);
      add_indexed (&gather->params, "vcpu", i, "time", time);
      add_indexed (&gather->params, "vcpu", i, "wait", wait);
      add_indexed (&gather->params, "vcpu", i, "delay", delay);
    }
}

static void
add_direction (Params *params, unsigned int index, const char *way, const NetDirection *counted)
{
  const struct { const char *name; uint64_t value; } figures[] = {
    { "bytes", counted->bytes }, { "pkts", counted->packets }, { "errs", counted->errors }, { "drop", counted->dropped },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (figures); i++)
    {
      g_autofree char *name = g_strdup_printf ("%s.%s", way, figures[i].name);

      add_indexed (params, "net", index, name, figures[i].value);
    }
}

static void
add_interface (Gather *gather)
{
  const Domain *live = gather->vm->live;

  if (live == NULL)
    return;
  params_add_uint (&gather->params, "net.count", live->interfaces.n);
  for (unsigned int i = 0; i < live->interfaces.n; i++)
    {
      g_autofree char *name = g_strdup_printf ("net.%u.name", i);
      NetCounters counters;

      if (live->interfaces.items[i]->target_dev == NULL)
        continue;
      params_add_string (&gather->params, name, live->interfaces.items[i]->target_dev);
      if (!net_interface_counters (live->interfaces.items[i], &counters))
        continue;
      add_direction (&gather->params, i, "rx", &counters.received);
      add_direction (&gather->params, i, "tx", &counters.sent);
    }
}

static void
add_disk (Gather *gather, unsigned int index, const DomainDisk *disk, const json_t *stats, const json_t *nodes)
{
  Params *params = &gather->params;
  g_autofree char *name = g_strdup_printf ("block.%u.name", index);
  g_autofree char *path = g_strdup_printf ("block.%u.path", index);
  g_autofree char *backing = g_strdup_printf ("block.%u.backingIndex", index);
  DiskStats counted = { 0 };
  DiskSize size;

  params_add_string (params, name, disk->target.dev);
  if (disk->source.path != NULL)
    params_add_string (params, path, disk->source.path);
  if (disk->source.path != NULL && disk->source.index > 0)
    params_add_uint (params, backing, disk->source.index);
  if (stats != NULL && disk_stats_add (stats, disk, &counted))
    {
      add_indexed (params, "block", index, "rd.reqs", counted.rd_ops);
      add_indexed (params, "block", index, "rd.bytes", counted.rd_bytes);
      add_indexed (params, "block", index, "rd.times", counted.rd_ns);
      add_indexed (params, "block", index, "wr.reqs", counted.wr_ops);
      add_indexed (params, "block", index, "wr.bytes", counted.wr_bytes);
      add_indexed (params, "block", index, "wr.times", counted.wr_ns);
      add_indexed (params, "block", index, "fl.reqs", counted.fl_ops);
      add_indexed (params, "block", index, "fl.times", counted.fl_ns);
    }
  if (disk->source.path != NULL && nodes != NULL && disk_size_of_nodes (nodes, disk, &size))
    {
      add_indexed (params, "block", index, "allocation", counted.wr_highest);
      add_indexed (params, "block", index, "capacity", size.capacity);
      add_indexed (params, "block", index, "physical", size.physical);
    }
}

static void
add_block (Gather *gather)
{
  Vm *vm = gather->vm;
  bool asked = vm_is_active (vm) && vm->live->disks.n > 0;
  uint64_t age = 0, nodes_age = 0;
  g_autoptr (json_t) stats = asked ? figure (gather, VM_FIGURE_BLOCK_STATS, &age) : NULL;
  g_autoptr (json_t) nodes = asked ? figure (gather, VM_FIGURE_BLOCK_NODES, &nodes_age) : NULL;
  const Domain *domain = vm_domain (vm);

  if (domain == NULL)
    return;
  params_add_uint (&gather->params, "block.count", domain->disks.n);
  for (unsigned int i = 0; i < domain->disks.n; i++)
    add_disk (gather, i, domain->disks.items[i], stats, nodes);
  add_age (&gather->params, "block.age-ms", MAX (age, nodes_age));
}

static void
add_dirty_rate (Gather *gather)
{
  static const char *const states[] = { "unstarted", "measuring", "measured" };
  g_autoptr (json_t) rate = vm_is_active (gather->vm) ? figure (gather, VM_FIGURE_DIRTY_RATE, NULL) : NULL;
  const char *state = json_get_string (rate, "status", "unstarted");
  int number = 0;

  if (rate == NULL)
    return;
  for (unsigned int i = 0; i < G_N_ELEMENTS (states); i++)
    if (strcmp (state, states[i]) == 0)
      number = (int) i;
  params_add_int (&gather->params, "dirtyrate.calc_status", number);
  params_add_llong (&gather->params, "dirtyrate.calc_start_time", json_get_int (rate, "start-time", 0));
  params_add_int (&gather->params, "dirtyrate.calc_period",
                  number == 0 ? 0 : (int) json_get_int (rate, "calc-time", 0));
  params_add_string (&gather->params, "dirtyrate.calc_mode", json_get_string (rate, "mode", "page-sampling"));
  if (number == 2)
    params_add_llong (&gather->params, "dirtyrate.megabytes_per_second", json_get_int (rate, "dirty-rate", 0));
}

static const struct
{
  unsigned int group;
  void (*add) (Gather *gather);
} groups[] = {
  { VIR_DOMAIN_STATS_STATE, add_state },
  { VIR_DOMAIN_STATS_CPU_TOTAL, add_cpu },
  { VIR_DOMAIN_STATS_BALLOON, add_balloon },
  { VIR_DOMAIN_STATS_VCPU, add_vcpu },
  { VIR_DOMAIN_STATS_INTERFACE, add_interface },
  { VIR_DOMAIN_STATS_BLOCK, add_block },
  { VIR_DOMAIN_STATS_DIRTYRATE, add_dirty_rate },
  /* Groups of which no guest has anything here. */
  { VIR_DOMAIN_STATS_PERF, NULL },
  { VIR_DOMAIN_STATS_IOTHREAD, NULL },
  { VIR_DOMAIN_STATS_MEMORY, NULL },
  { VIR_DOMAIN_STATS_VM, NULL },
};

/* --- the call ----------------------------------------------------------------------------------------- */

static void
gather_one (void *data)
{
  Gather *gather = data;

  for (unsigned int i = 0; i < G_N_ELEMENTS (groups); i++)
    if ((gather->stats & groups[i].group) && groups[i].add != NULL && vm_domain (gather->vm) != NULL)
      groups[i].add (gather);
}

static bool
check_groups (unsigned int stats, unsigned int flags, unsigned int *ret_stats, GError **error)
{
  unsigned int known = 0;

  for (unsigned int i = 0; i < G_N_ELEMENTS (groups); i++)
    known |= groups[i].group;
  if ((flags & VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS) && (stats & ~known))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED,
                 "statistics of the groups 0x%x are not known here", stats & ~known);
  *ret_stats = stats == 0 ? known : stats & known;
  return true;
}

/* The guests that a client names or, if it names none, all that fit its flags. */
static GPtrArray *
choose (const ConnectGetAllDomainStatsArgs *args)
{
  /* The filters have the numbers of a list's but in other places: no more than these. */
  static const struct { unsigned int stats, list; } filters[] = {
    { VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE, VIR_CONNECT_LIST_DOMAINS_ACTIVE },
    { VIR_CONNECT_GET_ALL_DOMAINS_STATS_INACTIVE, VIR_CONNECT_LIST_DOMAINS_INACTIVE },
    { VIR_CONNECT_GET_ALL_DOMAINS_STATS_PERSISTENT, VIR_CONNECT_LIST_DOMAINS_PERSISTENT },
    { VIR_CONNECT_GET_ALL_DOMAINS_STATS_TRANSIENT, VIR_CONNECT_LIST_DOMAINS_TRANSIENT },
    { VIR_CONNECT_GET_ALL_DOMAINS_STATS_RUNNING, VIR_CONNECT_LIST_DOMAINS_RUNNING },
    { VIR_CONNECT_GET_ALL_DOMAINS_STATS_PAUSED, VIR_CONNECT_LIST_DOMAINS_PAUSED },
    { VIR_CONNECT_GET_ALL_DOMAINS_STATS_SHUTOFF, VIR_CONNECT_LIST_DOMAINS_SHUTOFF },
    { VIR_CONNECT_GET_ALL_DOMAINS_STATS_OTHER, VIR_CONNECT_LIST_DOMAINS_OTHER },
  };
  GPtrArray *vms;
  unsigned int wanted = 0;

  for (unsigned int i = 0; i < G_N_ELEMENTS (filters); i++)
    if (args->flags & filters[i].stats)
      wanted |= filters[i].list;
  if (args->n_doms == 0)
    return vm_list_all (driver.vms, handler_is_listed, &wanted);
  vms = g_ptr_array_new_with_free_func ((GDestroyNotify) vm_unref);
  for (unsigned int i = 0; i < args->n_doms; i++)
    {
      Vm *vm = vm_list_by_uuid (driver.vms, args->doms[i].uuid);

      if (vm != NULL && handler_is_listed (vm, &wanted))
        g_ptr_array_add (vms, vm);
      else
        vm_unref (vm);
    }
  return vms;
}

bool
handle_connect_get_all_domain_stats (Call *call, const ConnectGetAllDomainStatsArgs *args,
                                     ConnectGetAllDomainStatsRet *ret, GError **error)
{
  g_autoptr (GPtrArray) vms = NULL;
  g_autofree Gather *gathers = NULL;
  FiberGroup group = { 0 };
  unsigned int stats = 0;

  if (!check_groups (args->stats, args->flags, &stats, error))
    return false;
  vms = choose (args);
  if (vms->len > REMOTE_DOMAIN_LIST_MAX)
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "%u domains are more than the protocol's %d",
                 vms->len, REMOTE_DOMAIN_LIST_MAX);
  gathers = g_new0 (Gather, vms->len);
  for (unsigned int i = 0; i < vms->len; i++)
    {
      gathers[i].vm = vms->pdata[i];
      gathers[i].stats = stats;
      gathers[i].ask = !(args->flags & VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
      /* A guest that has nothing to ask costs no fiber. */
      if (gathers[i].vm->monitor == NULL)
        gather_one (&gathers[i]);
      else
        group_start (&group, "statistics of a guest", gathers[i].vm->name, gather_one, &gathers[i]);
    }
  /* Each ends by itself soon, so this is not a wait for any guest. */
  while (!group_wait (&group, FOREVER, NULL))
    ;
  ret->retStats = g_new0 (RemoteDomainStatsRecord, vms->len);
  for (unsigned int i = 0; i < vms->len; i++)
    {
      RemoteDomainStatsRecord *record = &ret->retStats[ret->n_retStats++];

      handler_put_domain (&record->dom, gathers[i].vm);
      params_reply (&gathers[i].params, -1, &record->params, &record->n_params, NULL);
    }
  return true;
}
