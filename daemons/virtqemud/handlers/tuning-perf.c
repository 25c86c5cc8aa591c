/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is measured of a guest on demand: the kernel's counters, and how fast it writes its memory. */
#include <string.h>

#include "handlers/tuning.h"
#include "model/domain/tables.h"
#include "vm/figures.h"
#include "vm/lifecycle.h"
#include "vm/perf.h"

#define SECONDS_MIN 1
#define SECONDS_MAX 60

/* --- counters ---------------------------------------------------------------------------------------- */

static DomainPerfEvent *
find_event (const Domain *domain, DomainPerfEventName name)
{
  for (unsigned int i = 0; domain->perf != NULL && i < domain->perf->events.n; i++)
    if (domain->perf->events.items[i]->name == name)
      return domain->perf->events.items[i];
  return NULL;
}

bool
handle_domain_get_perf_events (Call *call, const DomainGetPerfEventsArgs *args, DomainGetPerfEventsRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (Params) params = { 0 };
  const Domain *domain = tuning_query (&args->dom, args->flags, "virDomainGetPerfEvents", &vm, error);

  if (domain == NULL)
    return false;
  for (DomainPerfEventName event = PERF_EVENT_CMT; event <= PERF_EVENT_EMULATION_FAULTS; event++)
    {
      const DomainPerfEvent *said = find_event (domain, event);

      params_add_bool (&params, vm_perf_name (event), tuning_is_live (vm, args->flags)
                                                      ? vm_perf_is_on (vm, event) : said != NULL && said->enabled == TRI_YES);
    }
  params_reply (&params, -1, &ret->params, &ret->n_params, NULL);
  return true;
}

typedef struct
{
  const RemoteTypedParam *params;
  unsigned int n;
} Wanted;

/* Events stay in the order of their numbers. */
static bool
edit (Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;

  if (domain->perf == NULL)
    domain->perf = xml_new (&domain_perf_schema);
  for (unsigned int i = 0; i < wanted->n; i++)
    {
      DomainPerfEventName name = xml_enum_value (&perf_event_names, wanted->params[i].field);
      DomainPerfEvent *event = find_event (domain, name);
      unsigned int at = 0;

      if (event == NULL)
        {
          while (at < domain->perf->events.n && domain->perf->events.items[at]->name < name)
            at++;
          event = g_new0 (DomainPerfEvent, 1);
          event->name = name;
          xml_list_insert (&domain->perf->events, at, event);
        }
      event->enabled = wanted->params[i].value.b ? TRI_YES : TRI_NO;
    }
  return true;
}

/* What was begun is ended again if one of them cannot be. */
static bool
effect (Vm *vm, const Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;
  g_autofree bool *was_on = g_new0 (bool, wanted->n);

  for (unsigned int i = 0; i < wanted->n; i++)
    {
      DomainPerfEventName event = xml_enum_value (&perf_event_names, wanted->params[i].field);

      was_on[i] = vm_perf_is_on (vm, event);
      if (vm_perf_set (vm, event, wanted->params[i].value.b, error))
        continue;
      while (i-- > 0)
        vm_perf_set (vm, xml_enum_value (&perf_event_names, wanted->params[i].field), was_on[i], NULL);
      return false;
    }
  return true;
}

bool
handle_domain_set_perf_events (Call *call, const DomainSetPerfEventsArgs *args, GError **error)
{
  Wanted wanted = { args->params, args->n_params };
  ParamRow known[PERF_EVENT_EMULATION_FAULTS - PERF_EVENT_CMT + 1];
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  for (unsigned int i = 0; i < G_N_ELEMENTS (known); i++)
    known[i] = (ParamRow) { vm_perf_name (PERF_EVENT_CMT + i), VIR_TYPED_PARAM_BOOLEAN };
  if (!params_check (args->params, args->n_params, known, G_N_ELEMENTS (known), error))
    return false;
  vm = tuning_change (&args->dom, args->flags, false, "virDomainSetPerfEvents", "counters", &guard, &affect, error);
  return vm != NULL && vm_edit (vm, affect, edit, effect, &wanted, error);
}

/* --- the memory that is written --------------------------------------------------------------------------- */

bool
handle_domain_start_dirty_rate_calc (Call *call, const DomainStartDirtyRateCalcArgs *args, GError **error)
{
  const unsigned int modes = VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_BITMAP | VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_RING;
  bool ring = args->flags & VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_RING;
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  const char *mode;
  bool done;

  if (!handler_check_flags (args->flags, modes, "virDomainStartDirtyRateCalc", error))
    return false;
  if ((args->flags & modes) == modes)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "the dirty rate is measured by a bitmap or by a ring, not by both");
  if (args->seconds < SECONDS_MIN || args->seconds > SECONDS_MAX)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "%d seconds are not in [%d, %d]", args->seconds,
                 SECONDS_MIN, SECONDS_MAX);
  vm = handler_active_vm_job (&args->dom, &guard, "dirty rate", error);
  if (vm == NULL)
    return false;
  if (ring && (vm->live->features.kvm == NULL || vm->live->features.kvm->dirty_ring != TRI_YES))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                 "domain '%s' has no dirty ring: its features do not ask for one", vm->name);
  mode = ring ? "dirty-ring" : args->flags & VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_BITMAP ? "dirty-bitmap" : "page-sampling";
  done = vm_command (vm, "calc-dirty-rate", json_pack ("{s:i, s:s}", "calc-time", args->seconds, "mode", mode), error);
  vm_figure_forget (vm, VM_FIGURE_DIRTY_RATE);
  return done;
}
