/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the host's CPUs a guest's threads may run on. */
#include <string.h>

#include "handlers/tuning.h"
#include "model/domain/tables.h"
#include "model/domain/thread.h"
#include "util/host.h"
#include "vm/events.h"

/* --- maps and sets ---------------------------------------------------------------------------- */

/* The CPUs of the host in a map as clients send it; NULL if it has none of them. */
static XmlBitmap *
set_from_map (const uint8_t *map, unsigned int length)
{
  unsigned int cpus = MIN (host_cpu_count (), length * 8), last = 0;
  XmlBitmap *set;

  for (unsigned int cpu = 0; cpu < cpus; cpu++)
    if (map[cpu / 8] & 1u << cpu % 8)
      last = cpu + 1;
  if (last == 0)
    return NULL;
  set = g_malloc0 (sizeof *set + (last + 63) / 64 * sizeof set->words[0]);
  set->n_bits = last;
  for (unsigned int cpu = 0; cpu < last; cpu++)
    if (map[cpu / 8] & 1u << cpu % 8)
      set->words[cpu / 64] |= UINT64_C (1) << cpu % 64;
  return set;
}

/* Of @set, else of what all threads may use, else of all CPUs of the host. */
static void
fill_map (const Domain *domain, const XmlBitmap *set, uint8_t *map, unsigned int length)
{
  unsigned int cpus = MIN (host_cpu_count (), length * 8);
  const XmlBitmap *used = set != NULL ? set : domain->vcpu_cpuset;

  for (unsigned int cpu = 0; cpu < cpus; cpu++)
    if (used == NULL || xml_bitmap_has (used, cpu))
      map[cpu / 8] |= (uint8_t) (1u << cpu % 8);
}

static const XmlBitmap *
pin_of (const Domain *domain, CgroupPlace place)
{
  const DomainCputune *tune = domain->cputune;
  DomainPin *const *pins;
  unsigned int n;

  if (tune == NULL || place.part == CGROUP_EMULATOR)
    return tune != NULL ? tune->emulator_cpuset : NULL;
  pins = place.part == CGROUP_VCPU ? tune->vcpu_pins.items : tune->iothread_pins.items;
  n = place.part == CGROUP_VCPU ? tune->vcpu_pins.n : tune->iothread_pins.n;
  for (unsigned int i = 0; i < n; i++)
    if (pins[i]->thread == place.index)
      return pins[i]->cpuset;
  return NULL;
}

/* --- reading -------------------------------------------------------------------------------------- */

static bool
check_map_room (int length, int n_maps, GError **error)
{
  return (length >= 0 && n_maps >= 0 && (int64_t) length * n_maps <= REMOTE_CPUMAPS_MAX)
         || fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "%d CPU maps of %d bytes are more than the protocol's %d bytes",
                  n_maps, length, REMOTE_CPUMAPS_MAX);
}

bool
handle_domain_get_vcpu_pin_info (Call *call, const DomainGetVcpuPinInfoArgs *args, DomainGetVcpuPinInfoRet *ret,
                                 GError **error)
{
  g_autoptr (Vm) vm = NULL;
  const Domain *domain = tuning_query (&args->dom, args->flags, "virDomainGetVcpuPinInfo", &vm, error);
  unsigned int length = (unsigned int) MAX (args->maplen, 0), n;

  if (domain == NULL || !check_map_room (args->maplen, args->ncpumaps, error))
    return false;
  n = MIN ((unsigned int) args->ncpumaps, domain->vcpus_max);
  ret->n_cpumaps = n * length;
  ret->cpumaps = g_new0 (uint8_t, ret->n_cpumaps);
  for (unsigned int i = 0; length > 0 && i < n; i++)
    fill_map (domain, pin_of (domain, (CgroupPlace) { CGROUP_VCPU, i }), ret->cpumaps + i * length, length);
  ret->num = (int) n;
  return true;
}

bool
handle_domain_get_emulator_pin_info (Call *call, const DomainGetEmulatorPinInfoArgs *args,
                                     DomainGetEmulatorPinInfoRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  const Domain *domain = tuning_query (&args->dom, args->flags, "virDomainGetEmulatorPinInfo", &vm, error);

  if (domain == NULL || !check_map_room (args->maplen, 1, error))
    return false;
  ret->n_cpumaps = (unsigned int) args->maplen;
  ret->cpumaps = g_new0 (uint8_t, ret->n_cpumaps);
  fill_map (domain, pin_of (domain, (CgroupPlace) { CGROUP_EMULATOR, 0 }), ret->cpumaps, ret->n_cpumaps);
  ret->ret = 1;
  return true;
}

bool
handle_domain_get_vcpus (Call *call, const DomainGetVcpusArgs *args, DomainGetVcpusRet *ret, GError **error)
{
  g_autoptr (Vm) vm = handler_vm (&args->dom, error);
  unsigned int length = (unsigned int) MAX (args->maplen, 0), n;

  if (vm == NULL)
    return false;
  if (!vm_is_active (vm))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                 "domain '%s' is shut off: its virtual CPUs do nothing", vm->name);
  if (args->maxinfo < 0 || args->maxinfo > REMOTE_VCPUINFO_MAX)
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "%d virtual CPUs are more than the protocol's %d",
                 args->maxinfo, REMOTE_VCPUINFO_MAX);
  if (!check_map_room (args->maplen, args->maxinfo, error))
    return false;
  n = MIN ((unsigned int) args->maxinfo, domain_vcpus_now (vm->live));
  ret->info = g_new0 (RemoteVcpuInfo, n);
  ret->cpumaps = g_new0 (uint8_t, n * length);
  ret->n_cpumaps = n * length;
  for (unsigned int i = 0; i < vm->live->vcpus_max && ret->n_info < n; i++)
    if (domain_has_vcpu (vm->live, i))
      {
        fill_map (vm->live, pin_of (vm->live, (CgroupPlace) { CGROUP_VCPU, i }), ret->cpumaps + ret->n_info * length, length);
        handler_put_vcpu (vm, i, &ret->info[ret->n_info++]);
      }
  return true;
}

bool
handle_domain_get_iothread_info (Call *call, const DomainGetIothreadInfoArgs *args, DomainGetIothreadInfoRet *ret,
                                 GError **error)
{
  g_autoptr (Vm) vm = NULL;
  const Domain *domain = tuning_query (&args->dom, args->flags, "virDomainGetIOThreadInfo", &vm, error);
  g_autoptr (GArray) ids = domain != NULL ? domain_iothreads (domain) : NULL;
  unsigned int length = (host_cpu_count () + 7) / 8;

  if (domain == NULL)
    return false;
  ret->info = g_new0 (RemoteDomainIothreadInfo, ids->len);
  for (; ret->n_info < ids->len; ret->n_info++)
    {
      RemoteDomainIothreadInfo *info = &ret->info[ret->n_info];

      info->iothread_id = g_array_index (ids, unsigned int, ret->n_info);
      info->cpumap = g_new0 (uint8_t, length);
      info->n_cpumap = length;
      fill_map (domain, pin_of (domain, (CgroupPlace) { CGROUP_IOTHREAD, info->iothread_id }), info->cpumap, length);
    }
  ret->ret = ret->n_info;
  return true;
}

/* --- changing ---------------------------------------------------------------------------------------- */

typedef struct
{
  CgroupPlace place;
  XmlBitmap *set;
} Pin;

static void
pin_clear (Pin *pin)
{
  g_clear_pointer (&pin->set, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pin, pin_clear)

static XmlBitmap *
set_copy (const XmlBitmap *set)
{
  return g_memdup2 (set, sizeof *set + (set->n_bits + 63) / 64 * sizeof set->words[0]);
}

/* Pins stay in the order of threads. */
#define PUT_PIN(list_, pin_) \
  do \
    { \
      unsigned int at = 0; \
      while (at < (list_)->n && (list_)->items[at]->thread < (pin_)->place.index) \
        at++; \
      if (at == (list_)->n || (list_)->items[at]->thread != (pin_)->place.index) \
        { \
          DomainPin *new_pin = g_new0 (DomainPin, 1); \
          new_pin->thread = (pin_)->place.index; \
          xml_list_insert (list_, at, new_pin); \
        } \
      g_free ((list_)->items[at]->cpuset); \
      (list_)->items[at]->cpuset = set_copy ((pin_)->set); \
    } \
  while (0)

static bool
check_thread (const Domain *domain, CgroupPlace place, GError **error)
{
  g_autoptr (GArray) iothreads = domain_iothreads (domain);
  unsigned int n = domain->id > 0 ? domain_vcpus_now (domain) : domain->vcpus_max;

  if (place.part == CGROUP_EMULATOR)
    return true;
  if (place.part == CGROUP_VCPU)
    return (place.index < domain->vcpus_max && (domain->id <= 0 || domain_has_vcpu (domain, place.index)))
           || fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "vcpu %u is out of range of the %u %s ones", place.index, n,
                    domain->id > 0 ? "running" : "defined");
  for (unsigned int i = 0; i < iothreads->len; i++)
    if (g_array_index (iothreads, unsigned int, i) == place.index)
      return true;
  return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "there is no I/O thread %u", place.index);
}

static bool
edit (Domain *domain, void *user, GError **error)
{
  const Pin *pin = user;

  if (!check_thread (domain, pin->place, error))
    return false;
  if (domain->cputune == NULL)
    domain->cputune = xml_new (&domain_cputune_schema);
  if (pin->place.part == CGROUP_VCPU)
    PUT_PIN (&domain->cputune->vcpu_pins, pin);
  else if (pin->place.part == CGROUP_IOTHREAD)
    PUT_PIN (&domain->cputune->iothread_pins, pin);
  else
    {
      g_free (domain->cputune->emulator_cpuset);
      domain->cputune->emulator_cpuset = set_copy (pin->set);
    }
  return true;
}

static bool
effect (Vm *vm, const Domain *domain, void *user, GError **error)
{
  const Pin *pin = user;
  g_auto (Resources) resources = { 0 };

  resources_add (&resources, CGROUP_CPUS, pin->place, 0, xml_bitmap_format (pin->set));
  return tuning_apply (vm, &resources, error);
}

/* "cputune.vcpupin3": "0-1". */
static void
tell (const Vm *vm, const Pin *pin)
{
  static const char *const names[] = {
    [CGROUP_EMULATOR] = "cputune.emulatorpin", [CGROUP_VCPU] = "cputune.vcpupin", [CGROUP_IOTHREAD] = "cputune.iothreadpin",
  };
  g_auto (Params) params = { 0 };
  g_autofree char *number = pin->place.part != CGROUP_EMULATOR ? g_strdup_printf ("%u", pin->place.index) : g_strdup ("");
  g_autofree char *name = g_strconcat (names[pin->place.part], number, NULL), *text = xml_bitmap_format (pin->set);

  params_add_string (&params, name, text);
  vm_event_tunable (vm, params.items, params.n);
}

static bool
set_pin (const RemoteNonnullDomain *dom, CgroupPlace place, const uint8_t *map, unsigned int length, unsigned int flags,
         const char *api, GError **error)
{
  g_auto (Pin) pin = { place, set_from_map (map, length) };
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  vm = tuning_change (dom, flags, true, api, "pinning", &guard, &affect, error);
  if (vm == NULL)
    return false;
  if (pin.set == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "a thread cannot be pinned to no CPU of the host");
  if (!vm_edit (vm, affect, edit, effect, &pin, error))
    return false;
  if (affect & VIR_DOMAIN_AFFECT_LIVE)
    tell (vm, &pin);
  return true;
}

bool
handle_domain_pin_vcpu (Call *call, const DomainPinVcpuArgs *args, GError **error)
{
  return set_pin (&args->dom, (CgroupPlace) { CGROUP_VCPU, args->vcpu }, args->cpumap, args->n_cpumap,
                  VIR_DOMAIN_AFFECT_LIVE, "virDomainPinVcpu", error);
}

bool
handle_domain_pin_vcpu_flags (Call *call, const DomainPinVcpuFlagsArgs *args, GError **error)
{
  return set_pin (&args->dom, (CgroupPlace) { CGROUP_VCPU, args->vcpu }, args->cpumap, args->n_cpumap, args->flags,
                  "virDomainPinVcpuFlags", error);
}

bool
handle_domain_pin_emulator (Call *call, const DomainPinEmulatorArgs *args, GError **error)
{
  return set_pin (&args->dom, (CgroupPlace) { CGROUP_EMULATOR, 0 }, args->cpumap, args->n_cpumap, args->flags,
                  "virDomainPinEmulator", error);
}

bool
handle_domain_pin_iothread (Call *call, const DomainPinIothreadArgs *args, GError **error)
{
  return set_pin (&args->dom, (CgroupPlace) { CGROUP_IOTHREAD, args->iothreads_id }, args->cpumap, args->n_cpumap,
                  args->flags, "virDomainPinIOThread", error);
}
