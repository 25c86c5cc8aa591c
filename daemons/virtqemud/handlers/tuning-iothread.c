/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* I/O threads: added, removed, their parameters. */
#include <string.h>

#include "handlers/tuning.h"
#include "model/domain/thread.h"
#include "qemu/process.h"
#include "vm/figures.h"
#include "vm/lifecycle.h"

typedef struct
{
  unsigned int id;
  const RemoteTypedParam *params;
  unsigned int n;
} Wanted;

static bool
has_thread (const Domain *domain, unsigned int id)
{
  g_autoptr (GArray) ids = domain_iothreads (domain);

  for (unsigned int i = 0; i < ids->len; i++)
    if (g_array_index (ids, unsigned int, i) == id)
      return true;
  return false;
}

/* One kind of change. */
typedef struct
{
  const char *api, *job;
  bool (*check) (const Wanted *wanted, GError **error);         /* may be NULL */
  VmEdit edit;
  VmEffect effect;
} Change;

/* Afterwards what QEMU said of its threads does not hold any more. */
static bool
change (const RemoteNonnullDomain *dom, unsigned int flags, const Change *how, Wanted *wanted, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;
  bool done;

  if (wanted->id == 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "I/O threads have ids from 1 on");
  vm = tuning_change (dom, flags, true, how->api, how->job, &guard, &affect, error);
  if (vm == NULL || (how->check != NULL && !how->check (wanted, error)))
    return false;
  done = vm_edit (vm, affect, how->edit, how->effect, wanted, error);
  vm_figure_forget (vm, VM_FIGURE_IOTHREADS);
  return done;
}

/* --- adding ------------------------------------------------------------------------------------------ */

static bool
edit_add (Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;

  if (has_thread (domain, wanted->id))
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "domain '%s' has an I/O thread %u already", domain->name,
                 wanted->id);
  domain_iothread_list (domain);
  xml_list_append (&domain->iothread_ids, domain_iothread_new (wanted->id));
  domain->iothreads = domain->iothread_ids.n;
  return true;
}

static bool
effect_add (Vm *vm, const Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;
  g_autofree char *id = g_strdup_printf ("iothread%u", wanted->id);

  if (!vm_command (vm, "object-add", json_pack ("{s:s, s:s}", "qom-type", "iothread", "id", id), error))
    return false;
  if (vm_require_active (vm, error)
      && resources_settle (domain, tuning_group (vm), vm->process->pid, (CgroupPlace) { CGROUP_IOTHREAD, wanted->id }, error))
    return true;
  vm_command (vm, "object-del", json_pack ("{s:s}", "id", id), NULL);
  return false;
}

bool
handle_domain_add_iothread (Call *call, const DomainAddIothreadArgs *args, GError **error)
{
  static const Change how = { "virDomainAddIOThread", "new I/O thread", NULL, edit_add, effect_add };
  Wanted wanted = { .id = args->iothread_id };

  return change (&args->dom, args->flags, &how, &wanted, error);
}

/* --- removing ------------------------------------------------------------------------------------------ */

/* What QEMU would lose its thread under; NULL: nothing. */
static const char *
user_of (const Domain *domain, unsigned int id)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (domain->disks.items[i]->driver.iothread == id)
      return domain->disks.items[i]->target.dev;
  for (unsigned int i = 0; i < domain->controllers.n; i++)
    if (domain->controllers.items[i]->driver.iothread == id)
      return "a controller";
  return NULL;
}

static void
drop_pin (DomainCputune *tune, unsigned int id)
{
  for (unsigned int i = tune->iothread_pins.n; i-- > 0;)
    if (tune->iothread_pins.items[i]->thread == id)
      {
        DomainPin *pin = xml_list_steal (&tune->iothread_pins, i);

        g_free (pin->cpuset);
        g_free (pin);
      }
  for (unsigned int i = tune->iothread_scheds.n; i-- > 0;)
    if (xml_bitmap_has (tune->iothread_scheds.items[i]->threads, id))
      {
        DomainSched *sched = xml_list_steal (&tune->iothread_scheds, i);

        g_free (sched->threads);
        g_free (sched);
      }
}

static bool
edit_remove (Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;

  if (!has_thread (domain, wanted->id))
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "domain '%s' has no I/O thread %u", domain->name, wanted->id);
  if (user_of (domain, wanted->id) != NULL)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "the I/O thread %u is used by '%s'", wanted->id,
                 user_of (domain, wanted->id));
  domain_iothread_list (domain);
  for (unsigned int i = domain->iothread_ids.n; i-- > 0;)
    if (domain->iothread_ids.items[i]->id == wanted->id)
      g_free (xml_list_steal (&domain->iothread_ids, i));
  domain->iothreads = domain->iothread_ids.n;
  if (domain->cputune != NULL)
    drop_pin (domain->cputune, wanted->id);
  return true;
}

static bool
effect_remove (Vm *vm, const Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;
  g_autofree char *id = g_strdup_printf ("iothread%u", wanted->id);
  g_autofree char *group = g_strdup (tuning_group (vm));

  if (!vm_command (vm, "object-del", json_pack ("{s:s}", "id", id), error))
    return false;
  cgroup_remove_part (group, (CgroupPlace) { CGROUP_IOTHREAD, wanted->id });
  return true;
}

bool
handle_domain_del_iothread (Call *call, const DomainDelIothreadArgs *args, GError **error)
{
  static const Change how = { "virDomainDelIOThread", "end of an I/O thread", NULL, edit_remove, effect_remove };
  Wanted wanted = { .id = args->iothread_id };

  return change (&args->dom, args->flags, &how, &wanted, error);
}

/* --- parameters -------------------------------------------------------------------------------------------- */

typedef enum { KIND_INT, KIND_UINT, KIND_ULLONG } Kind;

static const struct
{
  const char *name, *qmp;
  Kind kind;
  size_t offset;                /* in DomainIothread */
} rows[] = {
  { VIR_DOMAIN_IOTHREAD_POLL_MAX_NS, "poll-max-ns", KIND_ULLONG, offsetof (DomainIothread, poll.max) },
  { VIR_DOMAIN_IOTHREAD_POLL_GROW, "poll-grow", KIND_UINT, offsetof (DomainIothread, poll.grow) },
  { VIR_DOMAIN_IOTHREAD_POLL_SHRINK, "poll-shrink", KIND_UINT, offsetof (DomainIothread, poll.shrink) },
  { VIR_DOMAIN_IOTHREAD_THREAD_POOL_MAX, "thread-pool-max", KIND_INT, offsetof (DomainIothread, thread_pool_max) },
  { VIR_DOMAIN_IOTHREAD_THREAD_POOL_MIN, "thread-pool-min", KIND_INT, offsetof (DomainIothread, thread_pool_min) },
};

static const int types[] = {
  [KIND_INT] = VIR_TYPED_PARAM_INT, [KIND_UINT] = VIR_TYPED_PARAM_UINT, [KIND_ULLONG] = VIR_TYPED_PARAM_ULLONG,
};

static bool
edit_params (Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;
  DomainIothread *thread;

  if (!has_thread (domain, wanted->id))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "domain '%s' has no I/O thread %u", domain->name, wanted->id);
  domain_iothread_list (domain);
  thread = domain_iothread_find (domain, wanted->id);
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const RemoteTypedParamValue *value = params_find (wanted->params, wanted->n, rows[i].name);
      char *at = (char *) thread + rows[i].offset;

      if (value != NULL && rows[i].kind == KIND_ULLONG)
        *(uint64_t *) (void *) at = value->ul;
      else if (value != NULL)
        *(int *) (void *) at = value->i;
    }
  if (thread->thread_pool_min >= 0 && thread->thread_pool_max >= 0 && thread->thread_pool_min > thread->thread_pool_max)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "thread_pool_min (%d) is above thread_pool_max (%d)",
                 thread->thread_pool_min, thread->thread_pool_max);
  return true;
}

/* QEMU never has the pool's minimum above its maximum: with both given, whichever makes room comes first. */
static bool
effect_params (Vm *vm, const Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;
  const DomainIothread *now = domain_iothread_find (vm->live, wanted->id), *then = domain_iothread_find (domain, wanted->id);
  bool shrinks = now != NULL && now->thread_pool_max >= 0 && then->thread_pool_max < now->thread_pool_max;
  g_autofree char *path = g_strdup_printf ("/objects/iothread%u", wanted->id);

  for (unsigned int turn = 0; turn < G_N_ELEMENTS (rows); turn++)
    {
      unsigned int i = shrinks ? (unsigned int) G_N_ELEMENTS (rows) - 1 - turn : turn;
      const RemoteTypedParamValue *value = params_find (wanted->params, wanted->n, rows[i].name);

      if (value != NULL
          && !vm_command (vm, "qom-set", json_pack ("{s:s, s:s, s:I}", "path", path, "property", rows[i].qmp, "value",
                                                    (json_int_t) params_number (value)), error))
        return false;
    }
  return true;
}

static bool
check_values (const Wanted *wanted, GError **error)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const RemoteTypedParamValue *value = params_find (wanted->params, wanted->n, rows[i].name);

      if (value != NULL && (params_number (value) < 0 || (rows[i].kind != KIND_ULLONG && params_number (value) > INT_MAX)))
        return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "'%s' is out of range", rows[i].name);
    }
  return true;
}

bool
handle_domain_set_iothread_params (Call *call, const DomainSetIothreadParamsArgs *args, GError **error)
{
  static const Change how = {
    "virDomainSetIOThreadParams", "parameters of an I/O thread", check_values, edit_params, effect_params,
  };
  Wanted wanted = { args->iothread_id, args->params, args->n_params };
  ParamRow known[G_N_ELEMENTS (rows)];

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    known[i] = (ParamRow) { rows[i].name, types[rows[i].kind] };
  return params_check (args->params, args->n_params, known, G_N_ELEMENTS (known), error)
         && change (&args->dom, args->flags, &how, &wanted, error);
}
