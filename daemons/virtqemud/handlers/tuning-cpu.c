/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The share of the host's CPUs that a guest gets. */
#include <string.h>

#include "handlers/tuning.h"
#include "model/domain/tables.h"
#include "model/domain/thread.h"
#include "vm/events.h"

#define PERIOD_MIN 1000
#define PERIOD_MAX 1000000
#define QUOTA_MIN 1000
#define QUOTA_MAX INT64_C (17592186044415)

/* Shares differ by the version of the host's control groups. */
static const struct { int64_t min, max; } shares_range[] = { { 2, 262144 }, { 2, 262144 }, { 1, 10000 } };

/* The parameters in stock's order. */
static const struct
{
  const char *name;
  CgroupSetting setting;
  CgroupPart part;
  size_t offset;                /* in DomainCputune; a 64-bit number */
} rows[] = {
  { VIR_DOMAIN_SCHEDULER_CPU_SHARES, CGROUP_SHARES, CGROUP_WHOLE, offsetof (DomainCputune, shares) },
  { VIR_DOMAIN_SCHEDULER_VCPU_PERIOD, CGROUP_PERIOD, CGROUP_VCPU, offsetof (DomainCputune, period) },
  { VIR_DOMAIN_SCHEDULER_VCPU_QUOTA, CGROUP_QUOTA, CGROUP_VCPU, offsetof (DomainCputune, quota) },
  { VIR_DOMAIN_SCHEDULER_EMULATOR_PERIOD, CGROUP_PERIOD, CGROUP_EMULATOR, offsetof (DomainCputune, emulator_period) },
  { VIR_DOMAIN_SCHEDULER_EMULATOR_QUOTA, CGROUP_QUOTA, CGROUP_EMULATOR, offsetof (DomainCputune, emulator_quota) },
  { VIR_DOMAIN_SCHEDULER_GLOBAL_PERIOD, CGROUP_PERIOD, CGROUP_WHOLE, offsetof (DomainCputune, global_period) },
  { VIR_DOMAIN_SCHEDULER_GLOBAL_QUOTA, CGROUP_QUOTA, CGROUP_WHOLE, offsetof (DomainCputune, global_quota) },
  { VIR_DOMAIN_SCHEDULER_IOTHREAD_PERIOD, CGROUP_PERIOD, CGROUP_IOTHREAD, offsetof (DomainCputune, iothread_period) },
  { VIR_DOMAIN_SCHEDULER_IOTHREAD_QUOTA, CGROUP_QUOTA, CGROUP_IOTHREAD, offsetof (DomainCputune, iothread_quota) },
};

static int
type_of (CgroupSetting setting)
{
  return setting == CGROUP_QUOTA ? VIR_TYPED_PARAM_LLONG : VIR_TYPED_PARAM_ULLONG;
}

static int64_t *
member (DomainCputune *tune, unsigned int row)
{
  return (int64_t *) (void *) ((char *) tune + rows[row].offset);
}

static int64_t
absent (unsigned int row)
{
  return rows[row].setting == CGROUP_SHARES ? -1 : 0;
}

static const CgroupPlace whole = { CGROUP_WHOLE, 0 };

/* --- reading --------------------------------------------------------------------------------- */

/* One of the threads that the row is about, all of which have the same. */
static CgroupPlace
place_of (const Domain *domain, unsigned int row)
{
  g_autoptr (GArray) iothreads = domain_iothreads (domain);

  return (CgroupPlace) { rows[row].part, rows[row].part == CGROUP_IOTHREAD && iothreads->len > 0
                                         ? g_array_index (iothreads, unsigned int, 0) : 0 };
}

static void
add_row (Params *params, unsigned int row, int64_t value)
{
  if (rows[row].setting == CGROUP_QUOTA)
    params_add_llong (params, rows[row].name, value);
  else
    params_add_ullong (params, rows[row].name, (uint64_t) value);
}

/* What the kernel says of a guest that runs, else what the definition says. */
static bool
scheduler_params (const RemoteNonnullDomain *dom, unsigned int flags, Params *params, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  const Domain *domain;

  if (!tuning_require_privileges ("CPU tuning", error))
    return false;
  domain = tuning_query (dom, flags, "virDomainGetSchedulerParametersFlags", &vm, error);
  if (domain == NULL || (tuning_is_live (vm, flags) && !cgroup_require (CGROUP_CPU, error)))
    return false;
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      int64_t value = domain->cputune != NULL ? *member (domain->cputune, i) : absent (i);

      if (tuning_is_live (vm, flags))
        value = cgroup_value (tuning_group (vm), place_of (domain, i), rows[i].setting);
      else if (value == absent (i))
        value = 0;
      add_row (params, i, value);
    }
  return true;
}

bool
handle_domain_get_scheduler_type (Call *call, const DomainGetSchedulerTypeArgs *args, DomainGetSchedulerTypeRet *ret,
                                  GError **error)
{
  g_autoptr (Vm) vm = NULL;

  if (!tuning_require_privileges ("CPU tuning", error))
    return false;
  vm = handler_vm (&args->dom, error);
  if (vm == NULL || (vm_is_active (vm) && !cgroup_require (CGROUP_CPU, error)))
    return false;
  ret->type = g_strdup ("posix");
  ret->nparams = G_N_ELEMENTS (rows);
  return true;
}

bool
handle_domain_get_scheduler_parameters (Call *call, const DomainGetSchedulerParametersArgs *args,
                                        DomainGetSchedulerParametersRet *ret, GError **error)
{
  g_auto (Params) params = { 0 };

  if (!scheduler_params (&args->dom, 0, &params, error))
    return false;
  params_reply (&params, MAX (args->nparams, 0), &ret->params, &ret->n_params, NULL);
  return true;
}

bool
handle_domain_get_scheduler_parameters_flags (Call *call, const DomainGetSchedulerParametersFlagsArgs *args,
                                              DomainGetSchedulerParametersFlagsRet *ret, GError **error)
{
  g_auto (Params) params = { 0 };

  if (!scheduler_params (&args->dom, args->flags, &params, error))
    return false;
  params_reply (&params, MAX (args->nparams, 0), &ret->params, &ret->n_params, NULL);
  return true;
}

/* --- changing ------------------------------------------------------------------------------------ */

typedef struct
{
  const RemoteTypedParam *params;
  unsigned int n;
} Wanted;

static const RemoteTypedParamValue *
wanted_of (const Wanted *wanted, unsigned int row)
{
  return params_find (wanted->params, wanted->n, rows[row].name);
}

static bool
edit (Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;

  if (domain->cputune == NULL)
    domain->cputune = xml_new (&domain_cputune_schema);
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const RemoteTypedParamValue *value = wanted_of (wanted, i);

      if (value != NULL)
        *member (domain->cputune, i) = params_number (value) != 0 ? params_number (value) : absent (i);
    }
  return true;
}

/* The quotas and periods of all threads that the row is about. Without a value, the kernel's own. */
static void
add_changes (const Domain *domain, unsigned int row, int64_t value, Resources *resources)
{
  g_autoptr (GArray) iothreads = domain_iothreads (domain);
  unsigned int n = rows[row].part == CGROUP_VCPU ? domain->vcpus_max : rows[row].part == CGROUP_IOTHREAD ? iothreads->len : 1;

  if (value == 0)
    value = rows[row].setting == CGROUP_QUOTA ? CGROUP_NONE : cgroup_value (NULL, whole, rows[row].setting);
  for (unsigned int i = 0; i < n; i++)
    if (rows[row].part != CGROUP_VCPU || domain_has_vcpu (domain, i))
      resources_add (resources, rows[row].setting,
                     (CgroupPlace) { rows[row].part, rows[row].part == CGROUP_IOTHREAD
                                                     ? g_array_index (iothreads, unsigned int, i) : i },
                     value < 0 ? CGROUP_NONE : value, NULL);
}

static bool
effect (Vm *vm, const Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;
  g_auto (Resources) resources = { 0 };

  if (!cgroup_require (CGROUP_CPU, error))
    return false;
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    if (wanted_of (wanted, i) != NULL)
      add_changes (domain, i, params_number (wanted_of (wanted, i)), &resources);
  return tuning_apply (vm, &resources, error);
}

static bool
check_values (const Wanted *wanted, unsigned int affect, GError **error)
{
  int version = cgroup_version (CGROUP_CPU);

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const RemoteTypedParamValue *value = wanted_of (wanted, i);
      int64_t number = value != NULL ? params_number (value) : 0;
      bool is_shares = rows[i].setting == CGROUP_SHARES, is_quota = rows[i].setting == CGROUP_QUOTA;
      int64_t min = is_shares ? shares_range[version].min : is_quota ? QUOTA_MIN : PERIOD_MIN;
      int64_t max = is_shares ? shares_range[version].max : is_quota ? QUOTA_MAX : PERIOD_MAX;

      /* 0 takes it out of a definition, a quota below is none. */
      if (value == NULL || (number == 0 && !(is_shares && (affect & VIR_DOMAIN_AFFECT_LIVE))) || (is_quota && number < 0))
        continue;
      if (number < min || number > max)
        return fail (error, is_shares ? VIR_FROM_CGROUP : VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                     "'%s' is %" G_GINT64_FORMAT ", not in [%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT "]",
                     rows[i].name, number, min, max);
    }
  return true;
}

static void
tell (const Vm *vm, const Wanted *wanted)
{
  g_auto (Params) params = { 0 };

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    if (wanted_of (wanted, i) != NULL)
      {
        g_autofree char *name = g_strconcat ("cputune.", rows[i].name, NULL);

        if (rows[i].setting == CGROUP_QUOTA)
          params_add_llong (&params, name, params_number (wanted_of (wanted, i)));
        else
          params_add_ullong (&params, name, (uint64_t) params_number (wanted_of (wanted, i)));
      }
  if (params.n > 0)
    vm_event_tunable (vm, params.items, params.n);
}

static bool
set_scheduler (const RemoteNonnullDomain *dom, const Wanted *wanted, unsigned int flags, GError **error)
{
  ParamRow known[G_N_ELEMENTS (rows)];
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  if (!tuning_require_privileges ("CPU tuning", error))
    return false;
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    known[i] = (ParamRow) { rows[i].name, type_of (rows[i].setting) };
  if (!params_check (wanted->params, wanted->n, known, G_N_ELEMENTS (known), error))
    return false;
  vm = tuning_change (dom, flags, false, "virDomainSetSchedulerParametersFlags", "scheduler setting", &guard, &affect, error);
  if (vm == NULL || !check_values (wanted, affect, error)
      || !vm_edit (vm, affect, edit, effect, (void *) wanted, error))
    return false;
  if (affect & VIR_DOMAIN_AFFECT_LIVE)
    tell (vm, wanted);
  return true;
}

bool
handle_domain_set_scheduler_parameters (Call *call, const DomainSetSchedulerParametersArgs *args, GError **error)
{
  return set_scheduler (&args->dom, &(Wanted) { args->params, args->n_params }, 0, error);
}

bool
handle_domain_set_scheduler_parameters_flags (Call *call, const DomainSetSchedulerParametersFlagsArgs *args, GError **error)
{
  return set_scheduler (&args->dom, &(Wanted) { args->params, args->n_params }, args->flags, error);
}
