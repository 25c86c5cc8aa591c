/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Statistics of many guests in one call: a fiber a guest, so that none waits for another. */
#include <stdio.h>
#include <string.h>

#include "driver.h"
#include "handlers/handlers.h"
#include "model/domain/thread.h"
#include "net/net.h"
#include "qemu/halt-poll.h"
#include "qemu/process.h"
#include "util/json.h"
#include "util/loop.h"
#include "vm/block.h"
#include "vm/figures.h"
#include "vm/memory.h"
#include "vm/perf.h"
#include "vm/threads.h"

#define NAME_ROOM 128

/* One guest's part of the work. */
typedef struct
{
  Vm *vm;
  unsigned int stats;
  bool ask;                     /* QEMU gets its moment to answer */
  bool backing;                 /* block: the images below too */
  uint64_t since;               /* when QEMU was asked; monotonic */
  Params params;
} Gather;

static json_t *
figure (const Gather *gather, VmFigure which, uint64_t *ret_age_ms)
{
  return gather->ask ? vm_figure_since (gather->vm, which, gather->since, ret_age_ms)
                     : vm_figure_last (gather->vm, which, ret_age_ms);
}

/* Adds "PREFIX.INDEX.NAME". */
static void
add_indexed (Params *params, const char *prefix, unsigned int index, const char *name, uint64_t value)
{
  char full[NAME_ROOM];

  g_snprintf (full, sizeof full, "%s.%u.%s", prefix, index, name);
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
  QemuHaltPoll poll = { 0 };

  if (gather->vm->process == NULL || !qemu_process_usage (gather->vm->process, &usage, NULL))
    return;
  params_add_ullong (&gather->params, "cpu.time", usage.cpu_ns);
  params_add_ullong (&gather->params, "cpu.user", usage.user_ns);
  params_add_ullong (&gather->params, "cpu.system", usage.system_ns);
  params_add_uint (&gather->params, "cpu.cache.monitor.count", 0);
  if (gather->vm->live->type == VIRT_TYPE_KVM)
    qemu_halt_poll (gather->vm->process->pid, &poll);
  params_add_ullong (&gather->params, "cpu.haltpoll.success.time", poll.success_ns);
  params_add_ullong (&gather->params, "cpu.haltpoll.fail.time", poll.fail_ns);
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
  unsigned int n = vm_is_active (gather->vm) ? vm_memory_stats (gather->vm, gather->ask, gather->since, stats, &age) : 0;
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
  for (unsigned int i = 0; vm_is_active (vm) && i < domain->vcpus_max; i++)
    {
      char state[NAME_ROOM];
      pid_t thread = domain_has_vcpu (domain, i) ? vm_vcpu_thread (vm, i) : 0;
      uint64_t time = 0, delay = 0, wait = 0;
      int cpu;

      if (!domain_has_vcpu (domain, i))
        continue;
      g_snprintf (state, sizeof state, "vcpu.%u.state", i);
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
add_counters (Gather *gather, unsigned int index, const DomainDisk *disk, const json_t *stats)
{
  DiskStats counted = { 0 };
  const struct { const char *name; const uint64_t *value; } counters[] = {
    { "rd.reqs", &counted.rd_ops },  { "rd.bytes", &counted.rd_bytes }, { "rd.times", &counted.rd_ns },
    { "wr.reqs", &counted.wr_ops },  { "wr.bytes", &counted.wr_bytes }, { "wr.times", &counted.wr_ns },
    { "fl.reqs", &counted.fl_ops },  { "fl.times", &counted.fl_ns },
  };

  if (stats == NULL || !disk_stats_add (stats, disk, &counted))
    return;
  for (unsigned int i = 0; i < G_N_ELEMENTS (counters); i++)
    add_indexed (&gather->params, "block", index, counters[i].name, *counters[i].value);
}

/* An image of a disk: @depth is how many there are above it. */
static void
add_image (Gather *gather, unsigned int index, const DomainDisk *disk, const DomainStorageSource *image, unsigned int depth,
           const json_t *stats, const json_t *nodes)
{
  const DomainStorageSource *actual = domain_storage_actual (image);
  Params *params = &gather->params;
  char name[NAME_ROOM];
  DiskSize size;

  g_snprintf (name, sizeof name, "block.%u.name", index);
  params_add_string (params, name, disk->target.dev);
  if (actual->path != NULL && actual->type != STORAGE_TYPE_NETWORK)
    {
      g_snprintf (name, sizeof name, "block.%u.path", index);
      params_add_string (params, name, actual->path);
    }
  if (!domain_storage_is_empty (image) && image->index > 0)
    {
      g_snprintf (name, sizeof name, "block.%u.backingIndex", index);
      params_add_uint (params, name, image->index);
    }
  if (depth == 0)
    add_counters (gather, index, disk, stats);
  if (!domain_storage_is_empty (image) && nodes != NULL && image_size_of_nodes (nodes, image, &size))
    {
      add_indexed (params, "block", index, "allocation", disk_highest_write (stats, disk, depth));
      add_indexed (params, "block", index, "capacity", size.capacity);
      add_indexed (params, "block", index, "physical", size.physical);
    }
}

/* How many images of @disk are told of. */
static unsigned int
count_images (const Gather *gather, const DomainDisk *disk)
{
  unsigned int n = 1;

  for (const DomainStorageSource *image = disk->source.backing; gather->backing && image != NULL
       && image->type != STORAGE_TYPE_ABSENT; image = image->backing)
    n++;
  return n;
}

static bool
has_all_nodes (const Domain *domain, const json_t *nodes)
{
  for (unsigned int i = 0; domain != NULL && i < domain->disks.n; i++)
    {
      const DomainStorageSource *source = &domain->disks.items[i]->source;
      DiskSize size;

      if (source->index > 0 && !image_size_of_nodes (nodes, source, &size))
        return false;
    }
  return true;
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
  unsigned int total = 0, index = 0;

  if (gather->ask && nodes != NULL && nodes_age == 0 && !has_all_nodes (vm->live, nodes))
    {
      /* A disk came since that answer. */
      json_decref (nodes);
      nodes = vm_figure (vm, VM_FIGURE_BLOCK_NODES, &nodes_age);
      domain = vm_domain (vm);
    }
  if (domain == NULL)
    return;
  for (unsigned int i = 0; i < domain->disks.n; i++)
    total += count_images (gather, domain->disks.items[i]);
  params_add_uint (&gather->params, "block.count", total);
  for (unsigned int i = 0; i < domain->disks.n; i++)
    {
      const DomainDisk *disk = domain->disks.items[i];
      const DomainStorageSource *image = &disk->source;
      unsigned int n = count_images (gather, disk);

      for (unsigned int depth = 0; depth < n; depth++, image = image->backing)
        add_image (gather, index++, disk, image, depth, stats, nodes);
    }
  add_age (&gather->params, "block.age-ms", MAX (age, nodes_age));
}

static void
add_iothreads (Gather *gather)
{
  Params *params = &gather->params;
  bool asked = vm_is_active (gather->vm) && gather->vm->live->iothreads > 0;
  uint64_t age = 0;
  g_autoptr (json_t) threads = asked ? figure (gather, VM_FIGURE_IOTHREADS, &age) : NULL;
  static const char *const names[] = { "poll-max-ns", "poll-grow", "poll-shrink" };
  size_t i;
  json_t *thread;

  if (threads == NULL)
    return;
  params_add_uint (params, "iothread.count", (unsigned int) json_array_size (threads));
  json_array_foreach (threads, i, thread)
    {
      unsigned int id;

      if (sscanf (json_get_string (thread, "id", ""), "iothread%u", &id) != 1)
        continue;
      for (unsigned int k = 0; k < G_N_ELEMENTS (names); k++)
        {
          char name[NAME_ROOM];
          int64_t value = json_get_int (thread, names[k], 0);

          g_snprintf (name, sizeof name, "iothread.%u.%s", id, names[k]);
          if (k == 0)
            params_add_ullong (params, name, (uint64_t) value);
          else
            params_add_uint (params, name, (unsigned int) value);
        }
    }
  add_age (params, "iothread.age-ms", age);
}

static void
add_perf (Gather *gather)
{
  for (DomainPerfEventName event = PERF_EVENT_CMT; gather->vm->perf != NULL && event <= PERF_EVENT_EMULATION_FAULTS; event++)
    {
      char name[NAME_ROOM];
      uint64_t count;

      g_snprintf (name, sizeof name, "perf.%s", vm_perf_name (event));
      if (vm_perf_read (gather->vm, event, &count))
        params_add_ullong (&gather->params, name, count);
    }
}

static void
add_dirty_rate (Gather *gather)
{
  static const char *const states[] = { "unstarted", "measuring", "measured" };
  uint64_t age = 0;
  g_autoptr (json_t) rate = vm_is_active (gather->vm) ? figure (gather, VM_FIGURE_DIRTY_RATE, &age) : NULL;
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
  add_age (&gather->params, "dirtyrate.age-ms", age);
}

#define ASKS(figure_) (1u << VM_FIGURE_##figure_)

static const struct
{
  unsigned int group;
  void (*add) (Gather *gather);         /* NULL: no guest has anything of it here */
  unsigned int figures;                 /* what QEMU is asked for */
} groups[] = {
  { VIR_DOMAIN_STATS_STATE, add_state, 0 },
  { VIR_DOMAIN_STATS_CPU_TOTAL, add_cpu, 0 },
  { VIR_DOMAIN_STATS_BALLOON, add_balloon, ASKS (BALLOON) | ASKS (GUEST_STATS) },
  { VIR_DOMAIN_STATS_VCPU, add_vcpu, 0 },
  { VIR_DOMAIN_STATS_INTERFACE, add_interface, 0 },
  { VIR_DOMAIN_STATS_BLOCK, add_block, ASKS (BLOCK_STATS) | ASKS (BLOCK_NODES) },
  { VIR_DOMAIN_STATS_PERF, add_perf, 0 },
  { VIR_DOMAIN_STATS_IOTHREAD, add_iothreads, ASKS (IOTHREADS) },
  { VIR_DOMAIN_STATS_MEMORY, NULL, 0 },
  { VIR_DOMAIN_STATS_DIRTYRATE, add_dirty_rate, ASKS (DIRTY_RATE) },
  { VIR_DOMAIN_STATS_VM, NULL, 0 },
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

static unsigned int
figures_of (unsigned int stats)
{
  unsigned int which = 0;

  for (unsigned int i = 0; i < G_N_ELEMENTS (groups); i++)
    if (stats & groups[i].group)
      which |= groups[i].figures;
  return which;
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
  uint64_t since = loop_now ();

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
      gathers[i].backing = args->flags & VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING;
      gathers[i].since = since;
      if (gathers[i].ask)
        vm_figures_ask (gathers[i].vm, figures_of (stats));
    }
  /* While they think, the kernel is asked. */
  for (unsigned int i = 0; i < vms->len; i++)
    {
      /* A guest that has nothing to ask costs no fiber. */
      if (gathers[i].vm->monitor == NULL)
        gather_one (&gathers[i]);
      else
        group_start (&group, "statistics of a guest", gathers[i].vm->name, gather_one, &gathers[i]);
    }
  /* Each ends by itself soon, so this is not a wait for any guest. */
  group_wait_all (&group);
  ret->retStats = g_new0 (RemoteDomainStatsRecord, vms->len);
  for (unsigned int i = 0; i < vms->len; i++)
    {
      RemoteDomainStatsRecord *record = &ret->retStats[ret->n_retStats++];

      handler_put_domain (&record->dom, gathers[i].vm);
      params_reply (&gathers[i].params, -1, &record->params, &record->n_params, NULL);
    }
  return true;
}
