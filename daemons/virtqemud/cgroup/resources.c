/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup/resources.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "model/domain/memlock.h"
#include "model/domain/thread.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/host.h"
#include "util/worker.h"

#define RESCTRL "/sys/fs/resctrl"

static const CgroupPlace whole = { CGROUP_WHOLE, 0 };

void
resources_clear (Resources *resources)
{
  g_clear_pointer (&resources->changes, g_array_unref);
  g_clear_pointer (&resources->texts, g_ptr_array_unref);
}

void
resources_add (Resources *resources, CgroupSetting setting, CgroupPlace place, int64_t value, char *text)
{
  CgroupChange change = { setting, place, value, text };

  if (resources->changes == NULL)
    {
      resources->changes = g_array_new (FALSE, FALSE, sizeof (CgroupChange));
      resources->texts = g_ptr_array_new_with_free_func (g_free);
    }
  g_array_append_val (resources->changes, change);
  if (text != NULL)
    g_ptr_array_add (resources->texts, text);
}

bool
resources_apply (const Resources *resources, const char *group, pid_t pid, GError **error)
{
  return resources->changes == NULL
         || cgroup_apply (group, pid, (const CgroupChange *) (const void *) resources->changes->data,
                          resources->changes->len, error);
}

bool
resources_begin (const Resources *resources, const char *group, char **ret_birthplace, char ***ret_entrances, GError **error)
{
  bool none = resources->changes == NULL;

  return cgroup_begin (group, none ? NULL : (const CgroupChange *) (const void *) resources->changes->data,
                       none ? 0 : resources->changes->len, ret_birthplace, ret_entrances, error);
}

/* --- of the whole guest ------------------------------------------------------------------------ */

static void
add_limit (Resources *resources, CgroupSetting setting, uint64_t kib)
{
  if (kib != UINT64_MAX)
    resources_add (resources, setting, whole, (int64_t) (kib * 1024), NULL);
}

static void
add_period (Resources *resources, CgroupPlace place, uint64_t period, int64_t quota)
{
  if (period != 0)
    resources_add (resources, CGROUP_PERIOD, place, (int64_t) period, NULL);
  if (quota != 0)
    resources_add (resources, CGROUP_QUOTA, place, quota < 0 ? CGROUP_NONE : quota, NULL);
}

static void
add_blkio (const DomainBlkiotune *tune, Resources *resources)
{
  if (tune->weight != 0)
    resources_add (resources, CGROUP_IO_WEIGHT, whole, tune->weight, NULL);
  for (unsigned int i = 0; i < tune->devices.n; i++)
    {
      const DomainBlkioDevice *device = tune->devices.items[i];
      const struct { CgroupSetting setting; uint64_t value; } values[] = {
        { CGROUP_IO_DEVICE_WEIGHT, device->weight },       { CGROUP_IO_READ_IOPS, device->read_iops },
        { CGROUP_IO_WRITE_IOPS, device->write_iops },      { CGROUP_IO_READ_BYTES, device->read_bytes },
        { CGROUP_IO_WRITE_BYTES, device->write_bytes },
      };

      for (unsigned int k = 0; k < G_N_ELEMENTS (values); k++)
        if (values[k].value != 0)
          resources_add (resources, values[k].setting, whole, (int64_t) values[k].value, g_strdup (device->path));
    }
}

void
resources_of_guest (const Domain *domain, Resources *resources)
{
  const DomainCputune *cputune = domain->cputune;
  const DomainNumatune *numatune = domain->numatune;

  if (cputune != NULL && cputune->shares != UINT64_MAX)
    resources_add (resources, CGROUP_SHARES, whole, (int64_t) cputune->shares, NULL);
  if (cputune != NULL)
    add_period (resources, whole, cputune->global_period, cputune->global_quota);
  if (domain->memtune != NULL)
    {
      add_limit (resources, CGROUP_MEMORY_HARD, domain->memtune->hard_limit);
      add_limit (resources, CGROUP_MEMORY_SOFT, domain->memtune->soft_limit);
      add_limit (resources, CGROUP_MEMORY_SWAP, domain->memtune->swap_hard_limit);
    }
  if (domain->blkiotune != NULL)
    add_blkio (domain->blkiotune, resources);
  /* The other modes only prefer: QEMU does that. */
  if (numatune != NULL && numatune->nodeset != NULL
      && (numatune->mode == NUMATUNE_MODE_STRICT || numatune->mode == NUMATUNE_MODE_RESTRICTIVE || numatune->mode == 0))
    resources_add (resources, CGROUP_MEMS, whole, 0, xml_bitmap_format (numatune->nodeset));
}

/* --- of threads ----------------------------------------------------------------------------------- */

static const XmlBitmap *
find_pin (DomainPin *const *pins, unsigned int n, unsigned int thread)
{
  for (unsigned int i = 0; i < n; i++)
    if (pins[i]->thread == thread)
      return pins[i]->cpuset;
  return NULL;
}

static const XmlBitmap *
pin_of (const DomainCputune *tune, CgroupPlace place)
{
  if (place.part == CGROUP_EMULATOR)
    return tune->emulator_cpuset;
  return place.part == CGROUP_VCPU ? find_pin (tune->vcpu_pins.items, tune->vcpu_pins.n, place.index)
                                   : find_pin (tune->iothread_pins.items, tune->iothread_pins.n, place.index);
}

/* The CPUs of threads of which nothing is said. */
static char *
unpinned_cpus (const Domain *domain)
{
  return domain->vcpu_cpuset != NULL ? xml_bitmap_format (domain->vcpu_cpuset)
                                     : g_strdup_printf ("0-%u", MAX (host_cpu_count (), 1) - 1);
}

static void
add_threads_changes (const Domain *domain, CgroupPlace place, Resources *resources)
{
  const DomainCputune *tune = domain->cputune;
  const XmlBitmap *cpus = NULL;

  if (tune == NULL)
    return;
  switch (place.part)
    {
    case CGROUP_EMULATOR:
      add_period (resources, place, tune->emulator_period, tune->emulator_quota);
      break;
    case CGROUP_VCPU:
      add_period (resources, place, tune->period, tune->quota);
      break;
    default:
      add_period (resources, place, tune->iothread_period, tune->iothread_quota);
      break;
    }
  cpus = pin_of (tune, place);
  if (cpus != NULL)
    resources_add (resources, CGROUP_CPUS, place, 0, xml_bitmap_format (cpus));
}

void
resources_of_threads (const Domain *domain, CgroupPlace place, Resources *resources)
{
  g_autoptr (GArray) iothreads = domain_iothreads (domain);

  if (place.part != CGROUP_WHOLE)
    {
      add_threads_changes (domain, place, resources);
      return;
    }
  for (unsigned int i = 0; i < domain->vcpus_max; i++)
    if (domain_has_vcpu (domain, i))
      add_threads_changes (domain, (CgroupPlace) { CGROUP_VCPU, i }, resources);
  for (unsigned int i = 0; i < iothreads->len; i++)
    add_threads_changes (domain, (CgroupPlace) { CGROUP_IOTHREAD, g_array_index (iothreads, unsigned int, i) }, resources);
  add_threads_changes (domain, (CgroupPlace) { CGROUP_EMULATOR, 0 }, resources);
}

/* --- schedulers -------------------------------------------------------------------------------------- */

typedef struct { CgroupPlace place; int policy, priority; } Schedule;

typedef struct
{
  pid_t pid;
  CgroupPlace place;
  GArray *schedules;            /* Schedule */
} Scheduling;

static bool
schedule_thread (pid_t tid, CgroupPlace place, void *user, GError **error)
{
  const Schedule *schedule = user;
  struct sched_param param = { .sched_priority = schedule->priority };

  return sched_setscheduler (tid, schedule->policy, &param) == 0 || errno == ESRCH
         || fail_errno (error, VIR_FROM_NONE, errno, "cannot set the scheduler of thread %d", (int) tid);
}

static bool
schedule_threads (void *args, GError **error)
{
  Scheduling *scheduling = args;

  for (unsigned int i = 0; i < scheduling->schedules->len; i++)
    {
      Schedule *schedule = &g_array_index (scheduling->schedules, Schedule, i);

      if (!cgroup_threads (scheduling->pid, schedule->place, schedule_thread, schedule, error))
        return false;
    }
  return true;
}

static void
add_schedule (Scheduling *scheduling, const DomainSched *sched, CgroupPart part)
{
  static const int policies[] = {
    [SCHEDULER_BATCH] = SCHED_BATCH, [SCHEDULER_IDLE] = SCHED_IDLE, [SCHEDULER_FIFO] = SCHED_FIFO, [SCHEDULER_RR] = SCHED_RR,
  };
  Schedule schedule = { { part, 0 }, policies[sched->scheduler], sched->priority == INT32_MIN ? 0 : sched->priority };

  for (unsigned int i = 0; i < (sched->threads != NULL ? sched->threads->n_bits : 1); i++)
    if (sched->threads == NULL || xml_bitmap_has (sched->threads, i))
      {
        schedule.place.index = i;
        if (scheduling->place.part == CGROUP_WHOLE
            || (scheduling->place.part == part && scheduling->place.index == i))
          g_array_append_val (scheduling->schedules, schedule);
      }
}

static bool
schedule (const Domain *domain, pid_t pid, CgroupPlace place, GError **error)
{
  const DomainCputune *tune = domain->cputune;
  Scheduling scheduling = { pid, place, NULL };
  bool done = true;

  if (tune == NULL || (tune->emulator_sched == NULL && tune->vcpu_scheds.n == 0 && tune->iothread_scheds.n == 0))
    return true;
  scheduling.schedules = g_array_new (FALSE, FALSE, sizeof (Schedule));
  if (tune->emulator_sched != NULL)
    add_schedule (&scheduling, tune->emulator_sched, CGROUP_EMULATOR);
  for (unsigned int i = 0; i < tune->vcpu_scheds.n; i++)
    add_schedule (&scheduling, tune->vcpu_scheds.items[i], CGROUP_VCPU);
  for (unsigned int i = 0; i < tune->iothread_scheds.n; i++)
    add_schedule (&scheduling, tune->iothread_scheds.items[i], CGROUP_IOTHREAD);
  done = worker_run ("schedulers", schedule_threads, &scheduling, error);
  g_array_unref (scheduling.schedules);
  return done;
}

bool
resources_settle (const Domain *domain, const char *group, pid_t pid, CgroupPlace place, GError **error)
{
  g_auto (Resources) resources = { 0 };

  resources_of_threads (domain, place, &resources);
  if (place.part != CGROUP_WHOLE)
    {
      /* What is said of the emulator is not meant for a thread that it makes. */
      if (!cgroup_place_threads (group, pid, place, error))
        return false;
      if (domain->cputune != NULL && domain->cputune->emulator_cpuset != NULL && pin_of (domain->cputune, place) == NULL)
        resources_add (&resources, CGROUP_CPUS, place, 0, unpinned_cpus (domain));
    }
  return resources_apply (&resources, group, pid, error) && schedule (domain, pid, place, error);
}

/* --- before the start ------------------------------------------------------------------------------------ */

static bool
check_priority (const DomainSched *sched, GError **error)
{
  int policy = sched->scheduler == SCHEDULER_FIFO ? SCHED_FIFO : SCHED_RR;

  if (sched->priority == INT32_MIN
      || (sched->priority >= sched_get_priority_min (policy) && sched->priority <= sched_get_priority_max (policy)))
    return true;
  return fail (error, VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, "the scheduler's priority %d is not in [%d, %d]",
               sched->priority, sched_get_priority_min (policy), sched_get_priority_max (policy));
}

static bool
check_cputune (const DomainCputune *tune, GError **error)
{
  if ((tune->cachetunes.n > 0 || tune->memorytunes.n > 0) && access (RESCTRL, F_OK) != 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "<cachetune> and <memorytune> need the host's " RESCTRL ", which is not there");
  if (tune->cachetunes.n > 0 || tune->memorytunes.n > 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "<cachetune> and <memorytune> are not supported");
  if (tune->emulator_sched != NULL && !check_priority (tune->emulator_sched, error))
    return false;
  for (unsigned int i = 0; i < tune->vcpu_scheds.n; i++)
    if (!check_priority (tune->vcpu_scheds.items[i], error))
      return false;
  for (unsigned int i = 0; i < tune->iothread_scheds.n; i++)
    if (!check_priority (tune->iothread_scheds.items[i], error))
      return false;
  return true;
}

static bool
check_nodes (const XmlBitmap *nodes, GError **error)
{
  unsigned int n = 0;
  const HostCell *cells = host_cells (&n);

  for (unsigned int node = 0; nodes != NULL && node < nodes->n_bits; node++)
    {
      bool found = !xml_bitmap_has (nodes, node);

      for (unsigned int i = 0; !found && i < n; i++)
        found = cells[i].id == node;
      if (!found)
        return fail (error, VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, "the host has no NUMA node %u", node);
    }
  return true;
}

bool
resources_check (const Domain *domain, GError **error)
{
  const DomainNumatune *numatune = domain->numatune;

  if (domain->vcpu_placement == VCPU_PLACEMENT_AUTO
      || (numatune != NULL && numatune->placement == NUMATUNE_PLACEMENT_AUTO))
    return fail (error, VIR_FROM_NONE, VIR_ERR_OPERATION_FAILED, "automatic placement needs numad, which cannot be asked");
  return (domain->cputune == NULL || check_cputune (domain->cputune, error))
         && (numatune == NULL || check_nodes (numatune->nodeset, error));
}

void
resources_affinity (const Domain *domain, ProcessSpec *spec, uint8_t **ret_map)
{
  const XmlBitmap *cpus = domain->vcpu_cpuset;
  size_t length = cpus != NULL ? (cpus->n_bits + 63) / 64 * 8 : 0;
  uint8_t *map;

  *ret_map = NULL;
  if (cpus == NULL || length == 0)
    return;
  map = g_new0 (uint8_t, length);
  for (unsigned int cpu = 0; cpu < cpus->n_bits; cpu++)
    if (xml_bitmap_has (cpus, cpu))
      map[cpu / 8] |= (uint8_t) (1u << cpu % 8);
  spec->affinity = *ret_map = map;
  spec->affinity_length = length;
}

unsigned int
resources_limit (const Domain *domain, ProcessLimit *limits)
{
  uint64_t bytes = domain_memlock_limit (domain);
  rlim_t limit = bytes == DOMAIN_MEMLOCK_UNLIMITED ? RLIM_INFINITY : (rlim_t) bytes;
  struct rlimit now;

  if (bytes == 0)
    return 0;
  /* What may be locked, but need not be, is no reason to ask the kernel for more than it gives. */
  if (!domain_memlock_is_needed (domain) && getrlimit (RLIMIT_MEMLOCK, &now) == 0)
    limit = MIN (limit, now.rlim_max);
  *limits = (ProcessLimit) { RLIMIT_MEMLOCK, { limit, limit } };
  return 1;
}

bool
resources_raise_limit (const Domain *domain, pid_t pid, GError **error)
{
  uint64_t bytes = domain_memlock_limit_with_device (domain);
  rlim_t limit = bytes == DOMAIN_MEMLOCK_UNLIMITED ? RLIM_INFINITY : (rlim_t) bytes;
  struct rlimit wanted = { limit, limit }, now;

  if (prlimit (pid, RLIMIT_MEMLOCK, NULL, &now) == 0 && now.rlim_cur >= limit)
    return true;
  return prlimit (pid, RLIMIT_MEMLOCK, &wanted, NULL) == 0
         || fail_errno (error, VIR_FROM_QEMU, errno, "cannot let the QEMU of domain '%s' lock %" G_GUINT64_FORMAT " bytes",
                        domain->name, bytes);
}
