/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much of the host's memory a guest gets, and from where. */
#include <string.h>

#include "handlers/tuning.h"
#include "model/domain/tables.h"
#include "util/host.h"
#include "vm/figures.h"
#include "vm/lifecycle.h"

static const CgroupPlace whole = { CGROUP_WHOLE, 0 };

typedef struct
{
  const RemoteTypedParam *params;
  unsigned int n;
} Wanted;

/* --- limits --------------------------------------------------------------------------------------- */

static const struct
{
  const char *name;
  CgroupSetting setting;
  size_t offset;                /* in DomainMemtune */
} limits[] = {
  { VIR_DOMAIN_MEMORY_HARD_LIMIT, CGROUP_MEMORY_HARD, offsetof (DomainMemtune, hard_limit) },
  { VIR_DOMAIN_MEMORY_SOFT_LIMIT, CGROUP_MEMORY_SOFT, offsetof (DomainMemtune, soft_limit) },
  { VIR_DOMAIN_MEMORY_SWAP_HARD_LIMIT, CGROUP_MEMORY_SWAP, offsetof (DomainMemtune, swap_hard_limit) },
};

static uint64_t *
limit_of (const DomainMemtune *tune, unsigned int i)
{
  return (uint64_t *) (void *) ((char *) tune + limits[i].offset);
}

bool
handle_domain_get_memory_parameters (Call *call, const DomainGetMemoryParametersArgs *args,
                                     DomainGetMemoryParametersRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (Params) params = { 0 };
  const Domain *domain;

  if (!tuning_require_privileges ("memory tuning", error))
    return false;
  domain = tuning_query (&args->dom, args->flags, "virDomainGetMemoryParameters", &vm, error);
  if (domain == NULL || (tuning_is_live (vm, args->flags) && !cgroup_require (CGROUP_MEMORY, error)))
    return false;
  for (unsigned int i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      uint64_t kib = domain->memtune != NULL ? *limit_of (domain->memtune, i) : UINT64_MAX;

      if (tuning_is_live (vm, args->flags))
        {
          int64_t bytes = cgroup_value (tuning_group (vm), whole, limits[i].setting);

          kib = bytes < 0 ? UINT64_MAX : (uint64_t) bytes / 1024;
        }
      params_add_ullong (&params, limits[i].name, MIN (kib, VIR_DOMAIN_MEMORY_PARAM_UNLIMITED));
    }
  params_reply (&params, args->nparams, &ret->params, &ret->n_params, &ret->nparams);
  return true;
}

static bool
edit_limits (Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;

  if (domain->memtune == NULL)
    domain->memtune = xml_new (&domain_memtune_schema);
  for (unsigned int i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      const RemoteTypedParamValue *value = params_find (wanted->params, wanted->n, limits[i].name);

      if (value != NULL)
        *limit_of (domain->memtune, i) = value->ul >= VIR_DOMAIN_MEMORY_PARAM_UNLIMITED ? UINT64_MAX : value->ul;
    }
  if (domain->memtune->swap_hard_limit < domain->memtune->hard_limit
      && (params_find (wanted->params, wanted->n, VIR_DOMAIN_MEMORY_HARD_LIMIT) != NULL
          || params_find (wanted->params, wanted->n, VIR_DOMAIN_MEMORY_SWAP_HARD_LIMIT) != NULL))
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG,
                 "hard_limit, of memory alone, cannot be above swap_hard_limit, of memory and swap");
  return true;
}

/* The kernel never has the limit of memory above that with swap, so the one that makes room comes first. */
static bool
effect_limits (Vm *vm, const Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;
  int64_t swap_now = cgroup_value (tuning_group (vm), whole, CGROUP_MEMORY_SWAP);
  bool swap_first = swap_now >= 0 && domain->memtune->swap_hard_limit > (uint64_t) swap_now / 1024;
  g_auto (Resources) resources = { 0 };

  if (!cgroup_require (CGROUP_MEMORY, error))
    return false;
  for (unsigned int turn = 0; turn < G_N_ELEMENTS (limits); turn++)
    {
      unsigned int i = swap_first ? (turn + 2) % G_N_ELEMENTS (limits) : turn;
      uint64_t kib = *limit_of (domain->memtune, i);

      if (params_find (wanted->params, wanted->n, limits[i].name) != NULL)
        resources_add (&resources, limits[i].setting, whole, kib == UINT64_MAX ? CGROUP_NONE : (int64_t) (kib * 1024), NULL);
    }
  return tuning_apply (vm, &resources, error);
}

bool
handle_domain_set_memory_parameters (Call *call, const DomainSetMemoryParametersArgs *args, GError **error)
{
  ParamRow known[G_N_ELEMENTS (limits)];
  Wanted wanted = { args->params, args->n_params };
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  if (!tuning_require_privileges ("memory tuning", error))
    return false;
  for (unsigned int i = 0; i < G_N_ELEMENTS (limits); i++)
    known[i] = (ParamRow) { limits[i].name, VIR_TYPED_PARAM_ULLONG };
  if (!params_check (args->params, args->n_params, known, G_N_ELEMENTS (known), error))
    return false;
  vm = tuning_change (&args->dom, args->flags, false, "virDomainSetMemoryParameters", "memory limits", &guard, &affect, error);
  return vm != NULL && vm_edit (vm, affect, edit_limits, effect_limits, &wanted, error);
}

/* --- NUMA nodes -------------------------------------------------------------------------------------- */

/* The public numbers begin at 0 with the first mode, the model's with what is absent. */
static int
public_mode (const DomainNumatune *tune)
{
  return tune != NULL && tune->mode != 0 ? (int) tune->mode - (int) NUMATUNE_MODE_STRICT : VIR_DOMAIN_NUMATUNE_MEM_STRICT;
}

bool
handle_domain_get_numa_parameters (Call *call, const DomainGetNumaParametersArgs *args, DomainGetNumaParametersRet *ret,
                                   GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (Params) params = { 0 };
  const Domain *domain = tuning_query (&args->dom, args->flags, "virDomainGetNumaParameters", &vm, error);
  g_autofree char *nodes = NULL;

  if (domain == NULL)
    return false;
  nodes = domain->numatune != NULL && domain->numatune->nodeset != NULL
          ? xml_bitmap_format (domain->numatune->nodeset) : g_strdup ("");
  params_add_int (&params, VIR_DOMAIN_NUMA_MODE, public_mode (domain->numatune));
  params_add_string (&params, VIR_DOMAIN_NUMA_NODESET, nodes);
  params_reply (&params, args->nparams, &ret->params, &ret->n_params, &ret->nparams);
  return true;
}

typedef struct
{
  const RemoteTypedParamValue *mode;
  XmlBitmap *nodes;             /* NULL: as they are */
} WantedNodes;

static void
wanted_nodes_clear (WantedNodes *wanted)
{
  g_clear_pointer (&wanted->nodes, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WantedNodes, wanted_nodes_clear)

/* QEMU has placed the guest's memory when it started: only what the host alone decides can be changed now. */
static bool
check_running (const DomainNumatune *tune, const WantedNodes *wanted, GError **error)
{
  int mode = public_mode (tune);
  const XmlBitmap *nodes = tune != NULL ? tune->nodeset : NULL;
  g_autofree char *now = nodes != NULL ? xml_bitmap_format (nodes) : NULL;
  g_autofree char *then = wanted->nodes != NULL ? xml_bitmap_format (wanted->nodes) : NULL;

  if (wanted->mode != NULL && wanted->mode->i != mode)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "the NUMA mode of a running domain cannot be changed");
  if (then == NULL && wanted->mode != NULL && mode == VIR_DOMAIN_NUMATUNE_MEM_STRICT)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "the strict NUMA mode of a running domain stays as it is");
  if (then != NULL && now != NULL && strcmp (now, then) != 0 && mode != VIR_DOMAIN_NUMATUNE_MEM_RESTRICTIVE)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                 "the NUMA nodes of a running domain can be changed in restrictive mode only");
  return true;
}

static bool
edit_nodes (Domain *domain, void *user, GError **error)
{
  const WantedNodes *wanted = user;
  DomainNumatune *tune;

  if (domain->id > 0 && !check_running (domain->numatune, wanted, error))
    return false;
  if (domain->numatune == NULL)
    domain->numatune = xml_new (&domain_numatune_schema);
  tune = domain->numatune;
  if (wanted->mode != NULL)
    tune->mode = (DomainNumatuneMode) (wanted->mode->i + (int) NUMATUNE_MODE_STRICT);
  else if (tune->mode == 0)
    tune->mode = NUMATUNE_MODE_STRICT;
  if (wanted->nodes == NULL && tune->nodeset == NULL && tune->placement != NUMATUNE_PLACEMENT_AUTO)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "a NUMA mode needs nodes: give numa_nodeset, too");
  if (wanted->nodes != NULL)
    {
      g_autofree char *text = xml_bitmap_format (wanted->nodes);

      g_free (tune->nodeset);
      tune->nodeset = xml_bitmap_parse (text, wanted->nodes->n_bits);
      tune->placement = NUMATUNE_PLACEMENT_STATIC;
    }
  return true;
}

static bool
effect_nodes (Vm *vm, const Domain *domain, void *user, GError **error)
{
  const WantedNodes *wanted = user;
  g_auto (Resources) resources = { 0 };

  if (wanted->nodes == NULL)
    return true;
  if (!cgroup_require (CGROUP_CPUSET, error))
    return false;
  resources_add (&resources, CGROUP_MEMS, whole, 0, xml_bitmap_format (wanted->nodes));
  return tuning_apply (vm, &resources, error);
}

bool
handle_domain_set_numa_parameters (Call *call, const DomainSetNumaParametersArgs *args, GError **error)
{
  static const ParamRow known[] = {
    { VIR_DOMAIN_NUMA_MODE, VIR_TYPED_PARAM_INT }, { VIR_DOMAIN_NUMA_NODESET, VIR_TYPED_PARAM_STRING },
  };
  const RemoteTypedParamValue *text;
  g_auto (WantedNodes) wanted = { 0 };
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  if (!tuning_require_privileges ("NUMA tuning", error)
      || !params_check (args->params, args->n_params, known, G_N_ELEMENTS (known), error))
    return false;
  vm = tuning_change (&args->dom, args->flags, false, "virDomainSetNumaParameters", "NUMA placement", &guard, &affect, error);
  if (vm == NULL)
    return false;
  wanted.mode = params_find (args->params, args->n_params, VIR_DOMAIN_NUMA_MODE);
  text = params_find (args->params, args->n_params, VIR_DOMAIN_NUMA_NODESET);
  if (wanted.mode != NULL && (wanted.mode->i < 0 || wanted.mode->i > VIR_DOMAIN_NUMATUNE_MEM_RESTRICTIVE))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "there is no NUMA mode %d", wanted.mode->i);
  if (text != NULL && (*text->s == '\0' || (wanted.nodes = xml_bitmap_parse (text->s, 1024)) == NULL))
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "'%s' is not a set of NUMA nodes", text->s);
  return vm_edit (vm, affect, edit_nodes, effect_nodes, &wanted, error);
}

/* --- sizes ---------------------------------------------------------------------------------------------- */

static bool
has_balloon (const Domain *domain)
{
  return domain->memballoon != NULL && domain->memballoon->model != BALLOON_MODEL_NONE
         && domain->memballoon->model != BALLOON_MODEL_ABSENT;
}

static bool
edit_current (Domain *domain, void *user, GError **error)
{
  uint64_t kib = *(uint64_t *) user;

  if (kib > domain->memory)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                 "%" G_GUINT64_FORMAT " KiB are more than the guest's maximum of %" G_GUINT64_FORMAT, kib, domain->memory);
  /* What a guest that runs has now, QEMU says when the guest has given memory back. */
  if (domain->id <= 0)
    domain->current_memory = kib;
  return true;
}

static bool
effect_current (Vm *vm, const Domain *domain, void *user, GError **error)
{
  uint64_t kib = *(uint64_t *) user;

  if (!has_balloon (domain))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                 "domain '%s' has no balloon by which its memory could be changed", vm->name);
  return vm_command (vm, "balloon", json_pack ("{s:I}", "value", (json_int_t) (kib * 1024)), error);
}

static bool
edit_maximum (Domain *domain, void *user, GError **error)
{
  uint64_t kib = *(uint64_t *) user;

  if (domain->id > 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "the maximum memory of a running domain cannot be changed");
  if (domain->cpu != NULL && domain->cpu->numa != NULL && domain->cpu->numa->cells.n > 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                 "the memory of a domain with NUMA cells is the sum of theirs: it cannot be changed alone");
  domain->memory = kib;
  domain->current_memory = MIN (domain->current_memory, kib);
  return true;
}

static bool
set_memory (const RemoteNonnullDomain *dom, uint64_t kib, unsigned int flags, GError **error)
{
  bool maximum = flags & VIR_DOMAIN_MEM_MAXIMUM;
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  if (kib == 0)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "a domain cannot have no memory");
  flags &= ~(unsigned int) VIR_DOMAIN_MEM_MAXIMUM;
  vm = tuning_change (dom, flags, true, "virDomainSetMemoryFlags", "memory size", &guard, &affect, error);
  return vm != NULL && vm_edit (vm, affect, maximum ? edit_maximum : edit_current, maximum ? NULL : effect_current, &kib, error);
}

bool
handle_domain_set_memory (Call *call, const DomainSetMemoryArgs *args, GError **error)
{
  return set_memory (&args->dom, args->memory, VIR_DOMAIN_AFFECT_LIVE, error);
}

bool
handle_domain_set_memory_flags (Call *call, const DomainSetMemoryFlagsArgs *args, GError **error)
{
  return set_memory (&args->dom, args->memory, args->flags, error);
}

bool
handle_domain_set_max_memory (Call *call, const DomainSetMaxMemoryArgs *args, GError **error)
{
  return set_memory (&args->dom, args->memory, VIR_DOMAIN_MEM_MAXIMUM, error);
}

/* --- the balloon's statistics ------------------------------------------------------------------------------ */

static bool
edit_period (Domain *domain, void *user, GError **error)
{
  if (domain->memballoon == NULL || domain->memballoon->model != BALLOON_MODEL_VIRTIO)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "domain '%s' has no virtio balloon that collects statistics",
                 domain->name);
  domain->memballoon->stats_period = *(int *) user;
  return true;
}

static bool
effect_period (Vm *vm, const Domain *domain, void *user, GError **error)
{
  g_autofree char *path = g_strconcat ("/machine/peripheral/", domain->memballoon->info.alias, NULL);

  return vm_command (vm, "qom-set", json_pack ("{s:s, s:s, s:i}", "path", path, "property", "guest-stats-polling-interval",
                                               "value", *(int *) user), error);
}

bool
handle_domain_set_memory_stats_period (Call *call, const DomainSetMemoryStatsPeriodArgs *args, GError **error)
{
  int period = args->period;
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  if (period < 0)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "a period of %d seconds is below 0", period);
  vm = tuning_change (&args->dom, args->flags, true, "virDomainSetMemoryStatsPeriod", "statistics period", &guard, &affect,
                      error);
  return vm != NULL && vm_edit (vm, affect, edit_period, effect_period, &period, error);
}
