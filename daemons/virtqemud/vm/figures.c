/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/figures.h"

#include "qemu/qmp.h"
#include "util/json.h"
#include "util/loop.h"
#include "vm/vm.h"

/* Sizes of images and what a balloon driver reports change slowly (the latter each second at most), and to ask for them
 * is what costs a QEMU most: statistics take answers that are not older than this. */
#define HOLDS_US (200 * 1000)

#define SETTLES_US (2 * 1000 * 1000)

struct VmFigures
{
  struct
  {
    json_t *result;             /* NULL: none yet */
    uint64_t at;                /* monotonic, microseconds */
    uint64_t unsettled_until;   /* answers from before do not hold */
  } last[VM_FIGURE_N];
};

static json_t *
block_stats_args (const Vm *vm)
{
  return json_pack ("{s:b}", "query-nodes", 0);
}

static json_t *
block_nodes_args (const Vm *vm)
{
  return json_pack ("{s:b}", "flat", 1);
}

static json_t *
guest_stats_args (const Vm *vm)
{
  const DomainMemballoon *balloon = vm->live != NULL ? vm->live->memballoon : NULL;
  const char *alias = balloon != NULL && balloon->info.alias != NULL ? balloon->info.alias : "balloon0";
  g_autofree char *path = g_strconcat ("/machine/peripheral/", alias, NULL);

  return json_pack ("{s:s, s:s}", "path", path, "property", "guest-stats");
}

static const struct
{
  const char *command;
  json_t *(*args) (const Vm *vm);       /* NULL: none */
} questions[VM_FIGURE_N] = {
  [VM_FIGURE_BALLOON] = { "query-balloon", NULL },
  [VM_FIGURE_BLOCK_STATS] = { "query-blockstats", block_stats_args },
  [VM_FIGURE_BLOCK_NODES] = { "query-named-block-nodes", block_nodes_args },
  [VM_FIGURE_BLOCK] = { "query-block", NULL },
  [VM_FIGURE_GUEST_STATS] = { "qom-get", guest_stats_args },
  [VM_FIGURE_DIRTY_RATE] = { "query-dirty-rate", NULL },
  [VM_FIGURE_IOTHREADS] = { "query-iothreads", NULL },
};

/* Each figure has a key of its own, by which QMP knows that it was asked for already. */
static const char *const keys[VM_FIGURE_N] = {
  [VM_FIGURE_BALLOON] = "balloon",         [VM_FIGURE_BLOCK_STATS] = "block stats",
  [VM_FIGURE_BLOCK_NODES] = "block nodes", [VM_FIGURE_BLOCK] = "block",
  [VM_FIGURE_GUEST_STATS] = "guest stats", [VM_FIGURE_DIRTY_RATE] = "dirty rate",
  [VM_FIGURE_IOTHREADS] = "I/O threads",
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
      figures->last[i].at = figures->last[i].unsettled_until = 0;
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

/* Whether the guest has what the figure is about. */
static bool
has_figure (const Vm *vm, VmFigure figure)
{
  const DomainMemballoon *balloon = vm->live != NULL ? vm->live->memballoon : NULL;

  if (vm->live == NULL)
    return false;
  switch (figure)
    {
    case VM_FIGURE_BALLOON:
    case VM_FIGURE_GUEST_STATS:
      return balloon != NULL && balloon->model != BALLOON_MODEL_NONE;
    case VM_FIGURE_IOTHREADS:
      return vm->live->iothreads > 0;
    case VM_FIGURE_DIRTY_RATE:
      return true;
    default:
      return vm->live->disks.n > 0;
    }
}

/* Whether the last answer is what QEMU would say again: events or our own calls tell of each change, or it was asked
 * a moment ago. */
static bool
still_holds (const Vm *vm, VmFigure figure)
{
  const json_t *result = vm->figures->last[figure].result;

  if (result == NULL || vm->figures->last[figure].at <= vm->figures->last[figure].unsettled_until || vm->monitor == NULL
      || !qmp_is_responsive (vm->monitor))
    return false;
  if (figure == VM_FIGURE_GUEST_STATS || figure == VM_FIGURE_BLOCK_NODES)
    return loop_now () - vm->figures->last[figure].at < HOLDS_US;
  if (figure == VM_FIGURE_DIRTY_RATE)
    return g_strcmp0 (json_get_string (result, "status", NULL), "measuring") != 0;
  return figure == VM_FIGURE_BALLOON || figure == VM_FIGURE_IOTHREADS;
}

static LateAnswer *
late_answer (Vm *vm, VmFigure figure)
{
  LateAnswer *late = g_new (LateAnswer, 1);

  *late = (LateAnswer) { vm_ref (vm), figure };
  return late;
}

static json_t *
args_of (const Vm *vm, VmFigure figure)
{
  return questions[figure].args != NULL ? questions[figure].args (vm) : NULL;
}

json_t *
vm_figure (Vm *vm, VmFigure figure, uint64_t *ret_age_ms)
{
  g_autoptr (Vm) held = vm_ref (vm);
  g_autoptr (Qmp) qmp = vm->monitor != NULL ? qmp_ref (vm->monitor) : NULL;
  g_autoptr (json_t) result = NULL;

  if (qmp == NULL)
    return vm_figure_last (held, figure, ret_age_ms);
  result = qmp_ask (qmp, keys[figure], questions[figure].command, args_of (vm, figure), answered_late,
                    late_answer (vm, figure), late_answer_free);
  if (result == NULL)
    return vm_figure_last (held, figure, ret_age_ms);
  if (held->monitor == qmp)
    store (held->figures, figure, result);
  if (ret_age_ms != NULL)
    *ret_age_ms = 0;
  return g_steal_pointer (&result);
}

json_t *
vm_figure_since (Vm *vm, VmFigure figure, uint64_t since, uint64_t *ret_age_ms)
{
  json_t *result = vm->figures->last[figure].result;

  if (result == NULL || !(still_holds (vm, figure) || vm->figures->last[figure].at >= since))
    return vm_figure (vm, figure, ret_age_ms);
  if (ret_age_ms != NULL)
    *ret_age_ms = 0;
  return json_incref (result);
}

void
vm_figures_ask (Vm *vm, unsigned int which)
{
  for (unsigned int figure = 0; vm->monitor != NULL && figure < VM_FIGURE_N; figure++)
    if ((which & 1u << figure) && has_figure (vm, figure) && !still_holds (vm, figure))
      qmp_ask_ahead (vm->monitor, keys[figure], questions[figure].command, args_of (vm, figure), answered_late,
                     late_answer (vm, figure), late_answer_free);
}

void
vm_figure_forget (Vm *vm, VmFigure figure)
{
  /* A measure is begun by a thread of QEMU, which still says the old for a moment. */
  vm->figures->last[figure].unsettled_until = loop_now () + (figure == VM_FIGURE_DIRTY_RATE ? SETTLES_US : 0);
}

static void
ask_all (void *data)
{
  g_autoptr (Vm) vm = data;

  static const VmFigure first[] = { VM_FIGURE_BALLOON, VM_FIGURE_BLOCK_STATS, VM_FIGURE_BLOCK_NODES };

  for (unsigned int i = 0; i < G_N_ELEMENTS (first); i++)
    if (has_figure (vm, first[i]))
      json_decref (vm_figure (vm, first[i], NULL));
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
