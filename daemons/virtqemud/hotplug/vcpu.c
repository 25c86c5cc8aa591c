/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hotplug/vcpu.h"

#include <string.h>

#include "cgroup/resources.h"
#include "hotplug/private.h"
#include "model/domain/tables.h"
#include "qemu/process.h"
#include "util/crash-point.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "vm/status.h"
#include "vm/threads.h"
#include "vm/unplug.h"

#define LOG_CATEGORY "qemu.hotplug"
#define PLUGGED "/machine/peripheral/"
#define POLL_MS 250

/* What QEMU plugs as one. */
typedef struct
{
  unsigned int first, n;        /* vCPUs */
  char *type;
  json_t *props;                /* where it sits */
  char *path;                   /* in QEMU; NULL: not there */
} Slot;

static void
slot_clear (void *data)
{
  Slot *slot = data;

  g_free (slot->type);
  json_decref (slot->props);
  g_free (slot->path);
}

/* --- what QEMU has ----------------------------------------------------------------------------- */

static int
compare_slots (const void *a, const void *b)
{
  static const char *const levels[] = { "socket-id", "die-id", "cluster-id", "core-id", "thread-id" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (levels); i++)
    {
      int64_t left = json_get_int (((const Slot *) a)->props, levels[i], 0);
      int64_t right = json_get_int (((const Slot *) b)->props, levels[i], 0);

      if (left != right)
        return left < right ? -1 : 1;
    }
  return 0;
}

/* In the order in which the guest numbers them. */
static GArray *
slots_of (const json_t *reply)
{
  GArray *slots = g_array_new (FALSE, TRUE, sizeof (Slot));
  unsigned int first = 0;
  json_t *item;
  size_t i;

  g_array_set_clear_func (slots, slot_clear);
  json_array_foreach ((json_t *) reply, i, item)
    {
      Slot slot = {
        .n = (unsigned int) MAX (json_get_int (item, "vcpus-count", 1), 1), .type = g_strdup (json_get_string (item, "type", "")),
        .props = json_incref (json_object_get (item, "props")), .path = g_strdup (json_get_string (item, "qom-path", NULL)),
      };

      g_array_append_val (slots, slot);
    }
  g_array_sort (slots, compare_slots);
  for (unsigned int s = 0; s < slots->len; s++)
    {
      g_array_index (slots, Slot, s).first = first;
      first += g_array_index (slots, Slot, s).n;
    }
  return slots;
}

/* How many of @cpus belong to @slot. */
static unsigned int
count_cpus (const json_t *cpus, const Slot *slot)
{
  size_t length = strlen (slot->path), i;
  unsigned int n = 0;
  json_t *cpu;

  json_array_foreach ((json_t *) cpus, i, cpu)
    {
      const char *path = json_get_string (cpu, "qom-path", "");

      n += strncmp (path, slot->path, length) == 0 && (path[length] == '\0' || path[length] == '/');
    }
  return n;
}

static GArray *
read_slots (Change *change, GError **error)
{
  g_autoptr (json_t) reply = qmp_command (change->qmp, "query-hotpluggable-cpus", NULL, change->deadline, error);
  g_autoptr (json_t) cpus = reply != NULL ? qmp_command (change->qmp, "query-cpus-fast", NULL, change->deadline, error) : NULL;
  g_autoptr (GArray) slots = NULL;

  if (cpus == NULL)
    return NULL;
  slots = slots_of (reply);
  for (unsigned int s = 0; s < slots->len; s++)
    {
      Slot *slot = &g_array_index (slots, Slot, s);

      /* On its way out it is listed, but has no threads any more. */
      if (slot->path != NULL && count_cpus (cpus, slot) == 0)
        g_clear_pointer (&slot->path, g_free);
    }
  return g_steal_pointer (&slots);
}

/* --- the document --------------------------------------------------------------------------------- */

/* Lists all vCPUs by themselves, if they are not yet: those that are there now are the machine's, others can be plugged. */
static void
list_vcpus (Domain *domain)
{
  unsigned int now = domain_vcpus_now (domain);

  for (unsigned int id = domain->vcpu_list.n; id < domain->vcpus_max; id++)
    {
      DomainVcpu *vcpu = xml_new (&domain_vcpu_schema);

      vcpu->id = id;
      vcpu->enabled = id < now ? TRI_YES : TRI_NO;
      vcpu->hotpluggable = id < now ? TRI_NO : TRI_YES;
      xml_list_append (&domain->vcpu_list, vcpu);
    }
}

static void
count_vcpus (Domain *domain)
{
  unsigned int n = 0;

  for (unsigned int i = 0; i < domain->vcpu_list.n; i++)
    n += domain->vcpu_list.items[i]->enabled == TRI_YES;
  domain->vcpus = n < domain->vcpus_max ? n : 0;
}

static unsigned int
last_order (const Domain *domain)
{
  unsigned int last = 0;

  for (unsigned int i = 0; i < domain->vcpu_list.n; i++)
    last = MAX (last, domain->vcpu_list.items[i]->order);
  return last;
}

/* What the guest has by @slots, in the order in which it came. */
static void
take_slots (Domain *domain, const GArray *slots)
{
  list_vcpus (domain);
  for (unsigned int s = 0; s < slots->len; s++)
    {
      const Slot *slot = &g_array_index (slots, Slot, s);
      unsigned int next = last_order (domain) + 1;

      for (unsigned int id = slot->first; id < slot->first + slot->n && id < domain->vcpu_list.n; id++)
        {
          DomainVcpu *vcpu = domain->vcpu_list.items[id];

          vcpu->enabled = slot->path != NULL ? TRI_YES : TRI_NO;
          vcpu->hotpluggable = slot->path == NULL || g_str_has_prefix (slot->path, PLUGGED) ? TRI_YES : TRI_NO;
          vcpu->order = slot->path == NULL ? 0 : vcpu->order != 0 ? vcpu->order : next;
        }
    }
  count_vcpus (domain);
}

static bool
refresh (Change *change, GError **error)
{
  g_autoptr (GArray) slots = read_slots (change, error);

  if (slots == NULL)
    return false;
  vm_threads_forget (change->vm);
  take_slots (change->vm->live, slots);
  return vm_status_save (change->vm, error);
}

bool
hotplug_refresh_vcpus (Vm *vm, const HotplugHost *host, GError **error)
{
  g_auto (Change) change = { 0 };

  return change_init (&change, vm, host, error) && refresh (&change, error);
}

/* --- one of them --------------------------------------------------------------------------------------- */

/* Their threads get what the document says of them. */
static bool
settle (Change *change, const Slot *slot, GError **error)
{
  const QemuProcess *process = change->vm->process;

  for (unsigned int id = slot->first; process != NULL && id < slot->first + slot->n; id++)
    if (!resources_settle (change->vm->live, process->cgroup, process->pid, (CgroupPlace) { CGROUP_VCPU, id }, error))
      return false;
  return true;
}

static bool
plug (Change *change, const Slot *slot, GError **error)
{
  json_t *args = json_pack ("{s:s}", "driver", slot->type);
  g_autofree char *alias = g_strdup_printf ("vcpu%u", slot->first);

  json_object_set_new (args, "id", json_string (alias));
  json_object_update (args, slot->props);
  crash_point ("vcpu:plug");
  return qmp_do (change->qmp, "device_add", args, change->deadline, error) && refresh (change, error)
         && settle (change, slot, error);
}

static unsigned int
patience_ms (const Change *change)
{
  bool is_slow = g_str_has_prefix (change->vm->live->os.arch, "ppc64");

  return change->host->unplug_ms != 0 ? change->host->unplug_ms : is_slow ? 10000 : 5000;
}

/* Whether QEMU still has the vCPUs of @slot. */
static bool
is_there (Change *change, const Slot *slot)
{
  g_autoptr (GArray) slots = read_slots (change, NULL);

  for (unsigned int s = 0; slots != NULL && s < slots->len; s++)
    if (g_array_index (slots, Slot, s).first == slot->first)
      return g_array_index (slots, Slot, s).path != NULL;
  return true;
}

/* QEMU does not always say that an emulated CPU is gone: it is asked now and then. */
static bool
wait_for_slot (Change *change, const Slot *slot, VmUnplug *unplug, bool *ret_gone, GError **error)
{
  Deadline patience = deadline_in_ms (patience_ms (change));

  do
    if (!vm_unplug_wait (change->vm, unplug, MIN (patience, deadline_in_ms (POLL_MS)), ret_gone, error))
      return false;
  while (!*ret_gone && !(*ret_gone = !is_there (change, slot)) && deadline_in_ms (0) < patience);
  return true;
}

static bool
unplug (Change *change, const Slot *slot, GError **error)
{
  const char *alias = slot->path + strlen (PLUGGED);
  VmUnplug unplug;
  bool gone = false, ok;

  vm_unplug_begin (change->vm, &unplug, alias);
  crash_point ("vcpu:unplug");
  ok = qmp_do (change->qmp, "device_del", json_pack ("{s:s}", "id", alias), change->deadline, error)
       && wait_for_slot (change, slot, &unplug, &gone, error);
  vm_unplug_end (change->vm, &unplug);
  if (!ok)
    return false;
  if (!gone)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_TIMEOUT, "the guest did not give up vCPU %u in time", slot->first);
  if (change->vm->process != NULL && change->vm->process->cgroup != NULL)
    for (unsigned int id = slot->first; id < slot->first + slot->n; id++)
      cgroup_remove_part (change->vm->process->cgroup, (CgroupPlace) { CGROUP_VCPU, id });
  return refresh (change, error);
}

/* Makes the slots whose number is set in @wanted change. */
static bool
change_slots (Change *change, const GArray *slots, const bool *wanted, bool enable, GError **error)
{
  for (unsigned int i = 0; i < slots->len; i++)
    {
      unsigned int s = enable ? i : slots->len - 1 - i;
      const Slot *slot = &g_array_index (slots, Slot, s);

      if (wanted[s] && !(enable ? plug (change, slot, error) : unplug (change, slot, error)))
        return false;
    }
  return true;
}

/* --- by number ----------------------------------------------------------------------------------------- */

static bool
choose_slots (const GArray *slots, unsigned int max, unsigned int count, bool *ret_enable, bool *wanted, GError **error)
{
  unsigned int now = 0;

  for (unsigned int s = 0; s < slots->len; s++)
    now += g_array_index (slots, Slot, s).path != NULL ? g_array_index (slots, Slot, s).n : 0;
  *ret_enable = count > now;
  for (unsigned int i = 0; i < slots->len && now != count; i++)
    {
      unsigned int s = *ret_enable ? i : slots->len - 1 - i;
      const Slot *slot = &g_array_index (slots, Slot, s);
      bool is_there = slot->path != NULL;

      if (*ret_enable ? !is_there && now + slot->n <= count && slot->first + slot->n <= max
                      : is_there && g_str_has_prefix (slot->path, PLUGGED) && now - slot->n >= count)
        {
          wanted[s] = true;
          now = *ret_enable ? now + slot->n : now - slot->n;
        }
    }
  return now == count
         || fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                  "the guest cannot have %u vCPUs: what can be plugged does not make that number",
                  count);
}

static bool
check_maximum (unsigned int count, unsigned int max, const char *which, GError **error)
{
  return count <= max
         || fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "%u vCPUs are more than the %u that the %s domain may have",
                  count, max,
                  which);
}

bool
hotplug_set_vcpu_count (Vm *vm, const HotplugHost *host, unsigned int count, GError **error)
{
  g_auto (Change) change = { 0 };
  g_autoptr (GArray) slots = NULL;
  g_autofree bool *wanted = NULL;
  bool enable;

  if (!check_maximum (count, vm->live->vcpus_max, "running", error) || !change_init (&change, vm, host, error))
    return false;
  slots = read_slots (&change, error);
  if (slots == NULL)
    return false;
  wanted = g_new0 (bool, slots->len + 1);
  return choose_slots (slots, vm->live->vcpus_max, count, &enable, wanted, error)
         && change_slots (&change, slots, wanted, enable, error);
}

/* --- by map ------------------------------------------------------------------------------------------------ */

static bool
check_map (const Domain *domain, const XmlBitmap *map, bool enable, const char *which, GError **error)
{
  for (unsigned int id = 0; id < map->n_bits; id++)
    {
      bool is_there = false;

      if (!xml_bitmap_has (map, id))
        continue;
      if (id >= domain->vcpus_max)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the %s domain has no vCPU %u", which, id);
      is_there = domain->vcpu_list.n > id ? domain->vcpu_list.items[id]->enabled == TRI_YES : id < domain_vcpus_now (domain);
      if (is_there == enable)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "vCPU %u of the %s domain is %s already", id, which,
                     enable ? "there" : "not there");
    }
  return true;
}

static bool
choose_by_map (const GArray *slots, const XmlBitmap *map, bool enable, bool *wanted, GError **error)
{
  for (unsigned int s = 0; s < slots->len; s++)
    {
      const Slot *slot = &g_array_index (slots, Slot, s);
      unsigned int n = 0;

      for (unsigned int id = slot->first; id < slot->first + slot->n; id++)
        n += xml_bitmap_has (map, id);
      if (n != 0 && n != slot->n)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the vCPUs %u to %u come and go together", slot->first,
                     slot->first + slot->n - 1);
      if (n != 0 && !enable && (slot->path == NULL || !g_str_has_prefix (slot->path, PLUGGED)))
        return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                     "vCPU %u is part of the machine and cannot be unplugged",
                     slot->first);
      wanted[s] = n != 0;
    }
  return true;
}

bool
hotplug_set_vcpus (Vm *vm, const HotplugHost *host, const XmlBitmap *map, bool enable, GError **error)
{
  g_auto (Change) change = { 0 };
  g_autoptr (GArray) slots = NULL;
  g_autofree bool *wanted = NULL;

  if (!check_map (vm->live, map, enable, "running", error) || !change_init (&change, vm, host, error))
    return false;
  slots = read_slots (&change, error);
  if (slots == NULL)
    return false;
  wanted = g_new0 (bool, slots->len + 1);
  return choose_by_map (slots, map, enable, wanted, error) && change_slots (&change, slots, wanted, enable, error);
}

/* --- at the start ---------------------------------------------------------------------------------------------- */

static int
compare_orders (const void *a, const void *b)
{
  const DomainVcpu *left = *(DomainVcpu *const *) a, *right = *(DomainVcpu *const *) b;

  if (left->order != right->order)
    return left->order < right->order ? -1 : 1;
  return left->id < right->id ? -1 : left->id > right->id;
}

/* The vCPUs to be plugged, in their order: pointers into the document. */
static GPtrArray *
late_vcpus (const Domain *domain)
{
  GPtrArray *late = g_ptr_array_new ();

  for (unsigned int i = 0; i < domain->vcpu_list.n; i++)
    if (domain->vcpu_list.items[i]->enabled == TRI_YES && domain->vcpu_list.items[i]->hotpluggable == TRI_YES)
      g_ptr_array_add (late, domain->vcpu_list.items[i]);
  g_ptr_array_sort (late, compare_orders);
  return late;
}

bool
hotplug_start_vcpus (Vm *vm, const HotplugHost *host, GError **error)
{
  g_autoptr (GPtrArray) late = late_vcpus (vm->live);
  g_autofree unsigned int *ids = NULL;
  g_auto (Change) change = { 0 };
  g_autoptr (GArray) slots = NULL;

  if (vm->live->vcpu_list.n == 0)
    return true;
  if (!change_init (&change, vm, host, error) || (slots = read_slots (&change, error)) == NULL)
    return false;
  ids = g_new (unsigned int, late->len + 1);
  for (unsigned int i = 0; i < late->len; i++)
    ids[i] = ((DomainVcpu *) late->pdata[i])->id;
  /* What QEMU started with is numbered first. */
  for (unsigned int i = 0; i < vm->live->vcpu_list.n; i++)
    vm->live->vcpu_list.items[i]->order = 0;
  take_slots (vm->live, slots);
  for (unsigned int i = 0; i < late->len; i++)
    for (unsigned int s = 0; s < slots->len; s++)
      {
        const Slot *slot = &g_array_index (slots, Slot, s);

        if (slot->first == ids[i] && slot->path == NULL && !plug (&change, slot, error))
          return false;
      }
  return true;
}

/* --- definitions -------------------------------------------------------------------------------------------------- */

static Domain *
completed (Domain *domain, GError **error)
{
  if (qemu_complete_domain (domain, false, error))
    return domain;
  domain_free (domain);
  return NULL;
}

Domain *
config_set_vcpu_count (const Domain *config, unsigned int count, bool mark, GError **error)
{
  g_autoptr (Domain) changed = domain_copy (config);

  if (!check_maximum (count, config->vcpus_max, "persistent", error))
    return NULL;
  if (mark)
    list_vcpus (changed);
  for (unsigned int i = 0, there = domain_vcpus_now (config); i < changed->vcpu_list.n; i++)
    {
      unsigned int id = there < count ? i : changed->vcpu_list.n - 1 - i;
      DomainVcpu *vcpu = changed->vcpu_list.items[id];

      if (there == count || (vcpu->enabled == TRI_YES) == (there < count))
        continue;
      there = there < count ? there + 1 : there - 1;
      vcpu->enabled = vcpu->enabled == TRI_YES ? TRI_NO : TRI_YES;
      vcpu->hotpluggable = mark || vcpu->enabled == TRI_NO ? TRI_YES : vcpu->hotpluggable;
    }
  changed->vcpus = count < changed->vcpus_max ? count : 0;
  return completed (g_steal_pointer (&changed), error);
}

static unsigned int
highest_numa_cpu (const Domain *config)
{
  const DomainNuma *numa = config->cpu != NULL ? config->cpu->numa : NULL;
  unsigned int n = 0;

  for (unsigned int i = 0; numa != NULL && i < numa->cells.n; i++)
    for (unsigned int bit = 0; numa->cells.items[i]->cpus != NULL && bit < numa->cells.items[i]->cpus->n_bits; bit++)
      n = xml_bitmap_has (numa->cells.items[i]->cpus, bit) ? MAX (n, bit + 1) : n;
  return n;
}

Domain *
config_set_max_vcpus (const Domain *config, unsigned int max, GError **error)
{
  g_autoptr (Domain) changed = domain_copy (config);
  const DomainCpu *cpu = config->cpu;
  unsigned int now = domain_vcpus_now (config);

  if (highest_numa_cpu (config) > max)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "<numa> places %u vCPUs, more than the maximum of %u",
                      highest_numa_cpu (config), max);
  if (cpu != NULL && cpu->topology.sockets != 0
      && cpu->topology.sockets * MAX (cpu->topology.dies, 1) * cpu->topology.cores * cpu->topology.threads != max)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the <topology> of the processor is not one of %u vCPUs", max);
  while (changed->vcpu_list.n > max)
    xml_free (&domain_vcpu_schema, xml_list_steal (&changed->vcpu_list, changed->vcpu_list.n - 1));
  changed->vcpus_max = max;
  changed->vcpus = now < max ? now : 0;
  if (changed->vcpu_list.n > 0)
    {
      for (unsigned int id = changed->vcpu_list.n; id < max; id++)
        {
          DomainVcpu *vcpu = xml_new (&domain_vcpu_schema);

          vcpu->id = id;
          vcpu->enabled = TRI_NO;
          vcpu->hotpluggable = TRI_YES;
          xml_list_append (&changed->vcpu_list, vcpu);
        }
      count_vcpus (changed);
    }
  return completed (g_steal_pointer (&changed), error);
}

Domain *
config_set_vcpus (const Domain *config, const XmlBitmap *map, bool enable, GError **error)
{
  g_autoptr (Domain) changed = domain_copy (config);

  if (!check_map (config, map, enable, "persistent", error))
    return NULL;
  list_vcpus (changed);
  for (unsigned int id = 0; id < changed->vcpu_list.n; id++)
    if (xml_bitmap_has (map, id))
      {
        if (id == 0)
          return fail_null (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "vCPU 0 is always there");
        changed->vcpu_list.items[id]->enabled = enable ? TRI_YES : TRI_NO;
        changed->vcpu_list.items[id]->hotpluggable = TRI_YES;
      }
  count_vcpus (changed);
  return completed (g_steal_pointer (&changed), error);
}
