/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/figures.h"

#include "qemu/qmp.h"
#include "util/json.h"
#include "util/loop.h"
#include "vm/vm.h"

struct VmFigures
{
  struct
  {
    json_t *result;             /* NULL: none yet */
    uint64_t at;                /* monotonic, microseconds */
  } last[VM_FIGURE_N];
};

static json_t *
block_stats_args (void)
{
  return json_pack ("{s:b}", "query-nodes", 0);
}

static json_t *
block_nodes_args (void)
{
  return json_pack ("{s:b}", "flat", 1);
}

static json_t *
guest_stats_args (void)
{
  return json_pack ("{s:s, s:s}", "path", "/machine/peripheral/balloon0", "property", "guest-stats");
}

static const struct
{
  const char *command;
  json_t *(*args) (void);       /* NULL: none */
} questions[VM_FIGURE_N] = {
  [VM_FIGURE_BALLOON] = { "query-balloon", NULL },
  [VM_FIGURE_BLOCK_STATS] = { "query-blockstats", block_stats_args },
  [VM_FIGURE_BLOCK_NODES] = { "query-named-block-nodes", block_nodes_args },
  [VM_FIGURE_BLOCK] = { "query-block", NULL },
  [VM_FIGURE_GUEST_STATS] = { "qom-get", guest_stats_args },
  [VM_FIGURE_DIRTY_RATE] = { "query-dirty-rate", NULL },
};

/* Each figure has a key of its own, by which QMP knows that it was asked for already. */
static const char *const keys[VM_FIGURE_N] = {
  [VM_FIGURE_BALLOON] = "balloon",         [VM_FIGURE_BLOCK_STATS] = "block stats",
  [VM_FIGURE_BLOCK_NODES] = "block nodes", [VM_FIGURE_BLOCK] = "block",
  [VM_FIGURE_GUEST_STATS] = "guest stats", [VM_FIGURE_DIRTY_RATE] = "dirty rate",
};

VmFigures *
vm_figures_new (void)
{
  return g_new0 (VmFigures, 1);
}

void
vm_figures_reset (VmFigures *figures)
{
  for (unsigned int i = 0; i < VM_FIGURE_N; i++)
    {
      g_clear_pointer (&figures->last[i].result, json_decref);
      figures->last[i].at = 0;
    }
}

void
vm_figures_free (VmFigures *figures)
{
  if (figures == NULL)
    return;
  vm_figures_reset (figures);
  g_free (figures);
}

static void
store (VmFigures *figures, VmFigure figure, json_t *result)
{
  json_t *old = figures->last[figure].result;

  figures->last[figure].result = json_incref (result);
  figures->last[figure].at = loop_now ();
  json_decref (old);
}

/* An answer that comes after we stopped waiting for it. */
typedef struct
{
  Vm *vm;
  VmFigure figure;
} LateAnswer;

static void
late_answer_free (void *data)
{
  LateAnswer *late = data;

  vm_unref (late->vm);
  g_free (late);
}

static void
answered_late (Qmp *qmp, json_t *result, void *user)
{
  LateAnswer *late = user;

  if (result != NULL && late->vm->monitor == qmp)
    store (late->vm->figures, late->figure, result);
}

json_t *
vm_figure_last (const Vm *vm, VmFigure figure, uint64_t *ret_age_ms)
{
  json_t *result = vm->figures->last[figure].result;

  if (result == NULL)
    return NULL;
  if (ret_age_ms != NULL)
    *ret_age_ms = (loop_now () - vm->figures->last[figure].at) / 1000;
  return json_incref (result);
}

json_t *
vm_figure (Vm *vm, VmFigure figure, uint64_t *ret_age_ms)
{
  g_autoptr (Vm) held = vm_ref (vm);
  g_autoptr (Qmp) qmp = vm->monitor != NULL ? qmp_ref (vm->monitor) : NULL;
  g_autoptr (json_t) result = NULL;
  LateAnswer *late;

  if (qmp == NULL)
    return vm_figure_last (held, figure, ret_age_ms);
  late = g_new (LateAnswer, 1);
  *late = (LateAnswer) { vm_ref (vm), figure };
  result = qmp_ask (qmp, keys[figure], questions[figure].command,
                    questions[figure].args != NULL ? questions[figure].args () : NULL,
                    answered_late, late, late_answer_free);
  if (result == NULL)
    return vm_figure_last (held, figure, ret_age_ms);
  if (held->monitor == qmp)
    store (held->figures, figure, result);
  if (ret_age_ms != NULL)
    *ret_age_ms = 0;
  return g_steal_pointer (&result);
}

/* Whether the guest has what the figure is about. */
static bool
has_figure (const Vm *vm, VmFigure figure)
{
  const DomainMemballoon *balloon = vm->live != NULL ? vm->live->memballoon : NULL;

  if (vm->live == NULL)
    return false;
  if (figure == VM_FIGURE_BALLOON)
    return balloon != NULL && balloon->model != BALLOON_MODEL_NONE;
  return (figure == VM_FIGURE_BLOCK_STATS || figure == VM_FIGURE_BLOCK_NODES) && vm->live->disks.n > 0;
}

static void
ask_all (void *data)
{
  g_autoptr (Vm) vm = data;

  for (unsigned int figure = 0; figure < VM_FIGURE_N; figure++)
    if (has_figure (vm, figure))
      json_decref (vm_figure (vm, figure, NULL));
}

void
vm_figures_begin (Vm *vm)
{
  fiber_start ("first figures", vm->name, ask_all, vm_ref (vm));
}

uint64_t
vm_balloon_kib (const Vm *vm)
{
  const json_t *result = vm->figures->last[VM_FIGURE_BALLOON].result;
  int64_t bytes = result != NULL ? json_get_int (result, "actual", 0) : 0;

  return bytes > 0 ? (uint64_t) bytes / 1024 : vm_domain (vm)->current_memory;
}

void
vm_figures_set_balloon (Vm *vm, uint64_t actual_kib)
{
  g_autoptr (json_t) result = json_pack ("{s:I}", "actual", (json_int_t) (actual_kib * 1024));

  store (vm->figures, VM_FIGURE_BALLOON, result);
}
