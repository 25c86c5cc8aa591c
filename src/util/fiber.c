/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The switch: ucontext makes a stack's first frame; from then on sigsetjmp and
 * siglongjmp, without signal masks, change stacks in user space. The fortified
 * longjmp refuses to change stacks, so it is off in this file. */
#undef _FORTIFY_SOURCE
#include "util/fiber.h"

#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fiber-private.h"
#include "util/loop.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#endif

#ifdef WITH_ASAN
#include <sanitizer/common_interface_defs.h>
#define STACK_SIZE (1024 * 1024)
#else
#define STACK_SIZE (256 * 1024)
#endif

#ifdef HAVE_VALGRIND
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(start, end) ((void) (start), (void) (end), 0)
#define VALGRIND_STACK_DEREGISTER(id) ((void) (id))
#endif

/* Idle stacks kept for reuse; more are given back to the kernel. */
#define POOL_MAX 32

/* Lives at the top of its own stack and is pooled with it. tools/gdb/fibers.py
 * knows `context` and `link`. */
struct Fiber
{
  uint64_t id;
  const char *name;
  char *subject;
  FiberDescribe describe;       /* NULL: subject */
  FiberFunc func;
  void *data;

  sigjmp_buf context;      /* where it was left */
  sigjmp_buf *back;        /* who entered it */
  Wait *waiting;
  const char *why;
  uint64_t since;
  bool cancelled, ready, ended;
  GList link;              /* in fibers.live or fibers.pool */
  GList ready_link;

  void *stack;             /* lowest usable address, above the guard page */
  size_t stack_size;
  void *fake_stack;
  unsigned int valgrind_id;
};

struct Fibers
{
  Fiber *current;
  uint64_t next_id;
  GQueue live;             /* oldest first */
  GQueue pool;
  GQueue ready;
  const void *loop_stack;
  size_t loop_stack_size;
};
/* Not static, for the debugger. */
extern struct Fibers virt_fibers;
struct Fibers virt_fibers = { .live = G_QUEUE_INIT, .pool = G_QUEUE_INIT, .ready = G_QUEUE_INIT };
#define fibers virt_fibers

static void
leaving_for (void **fake_stack, const void *bottom, size_t size)
{
#ifdef WITH_ASAN
  __sanitizer_start_switch_fiber (fake_stack, bottom, size);
#endif
}

static void
arrived_at (void *fake_stack, const void **from_bottom, size_t *from_size)
{
#ifdef WITH_ASAN
  __sanitizer_finish_switch_fiber (fake_stack, from_bottom, from_size);
#endif
}

/* Goes from the running fiber to the loop; returns when it is entered again. */
static void
fiber_leave (Fiber *self)
{
  fibers.current = NULL;
  if (sigsetjmp (self->context, 0) == 0)
    {
      leaving_for (&self->fake_stack, fibers.loop_stack, fibers.loop_stack_size);
      siglongjmp (*self->back, 1);
    }
  arrived_at (self->fake_stack, &fibers.loop_stack, &fibers.loop_stack_size);
}

/* The life of a stack: goes back to its maker once, then runs one fiber after
 * another. */
static void
stack_main (void)
{
  Fiber *self = fibers.current;
  ucontext_t *maker = self->data;

  arrived_at (NULL, &fibers.loop_stack, &fibers.loop_stack_size);
  if (sigsetjmp (self->context, 0) == 0)
    {
      leaving_for (&self->fake_stack, fibers.loop_stack, fibers.loop_stack_size);
      setcontext (maker);
    }
  arrived_at (self->fake_stack, &fibers.loop_stack, &fibers.loop_stack_size);
  for (;;)
    {
      self->func (self->data);
      self->ended = true;
      fiber_leave (self);
    }
}

static Fiber *
fiber_new (void)
{
  size_t page = (size_t) sysconf (_SC_PAGESIZE);
  char *memory = mmap (NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  Fiber *fiber;
  struct Fibers saved = fibers;
  ucontext_t maker, start;
  void *fake_stack = NULL;

  if (memory == MAP_FAILED || mprotect (memory, page, PROT_NONE) < 0)
    g_error ("out of memory for a fiber's stack");
  fiber = (Fiber *) (memory + STACK_SIZE - ((sizeof (Fiber) + 63) & ~(size_t) 63));
  fiber->stack = memory + page;
  fiber->stack_size = (size_t) ((char *) fiber - (memory + page));
  fiber->valgrind_id = VALGRIND_STACK_REGISTER (fiber->stack, (char *) fiber);
  fiber->data = &maker;

  getcontext (&start);
  start.uc_stack.ss_sp = fiber->stack;
  start.uc_stack.ss_size = fiber->stack_size;
  start.uc_link = NULL;
  makecontext (&start, stack_main, 0);
  fibers.current = fiber;
  leaving_for (&fake_stack, fiber->stack, fiber->stack_size);
  swapcontext (&maker, &start);
  arrived_at (fake_stack, NULL, NULL);
  fibers = saved;
  return fiber;
}

static void
fiber_retire (Fiber *fiber)
{
  g_queue_unlink (&fibers.live, &fiber->link);
  g_clear_pointer (&fiber->subject, g_free);
  if (fibers.pool.length < POOL_MAX)
    {
      g_queue_push_head_link (&fibers.pool, &fiber->link);
      return;
    }
  VALGRIND_STACK_DEREGISTER (fiber->valgrind_id);
  munmap ((char *) fiber->stack - sysconf (_SC_PAGESIZE), STACK_SIZE);
}

/* Runs @fiber until it awaits or ends, from the loop's stack. */
static void
fiber_enter (Fiber *fiber)
{
  sigjmp_buf back;
  void *fake_stack = NULL;

  fiber->back = &back;
  fiber->why = NULL;
  fibers.current = fiber;
  if (sigsetjmp (back, 0) == 0)
    {
      leaving_for (&fake_stack, fiber->stack, fiber->stack_size);
      siglongjmp (fiber->context, 1);
    }
  arrived_at (fake_stack, NULL, NULL);
}

/* As fiber_enter, measured, with the clean-up of one that ended. */
static void
fiber_run (Fiber *fiber)
{
  const char *name = fiber->name;
  uint64_t begin = loop_stall_begin ();

  fiber_enter (fiber);
  fiber->since = loop_stall_end (begin, fiber->ended ? name : fiber->name);
  if (fiber->ended)
    fiber_retire (fiber);
}

static void
make_ready (Fiber *fiber)
{
  if (fiber->ready)
    return;
  fiber->ready = true;
  fiber->ready_link.data = fiber;
  g_queue_push_tail_link (&fibers.ready, &fiber->ready_link);
}

Fiber *
fiber_start (const char *name, const char *subject, FiberFunc func, void *data)
{
  GList *link = g_queue_pop_head_link (&fibers.pool);
  Fiber *fiber = link != NULL ? link->data : fiber_new ();

  fiber->id = ++fibers.next_id;
  fiber->name = name;
  fiber->subject = g_strdup (subject);
  fiber->describe = NULL;
  fiber->func = func;
  fiber->data = data;
  fiber->waiting = NULL;
  fiber->cancelled = fiber->ready = fiber->ended = false;
  fiber->link.data = fiber;
  g_queue_push_tail_link (&fibers.live, &fiber->link);

  /* Only the loop enters fibers, so that their stacks never nest. */
  if (fibers.current != NULL)
    make_ready (fiber);
  else
    fiber_run (fiber);
  return fiber;
}

Fiber *
fiber_self (void)
{
  return fibers.current;
}

void
fiber_set_name (const char *name)
{
  fibers.current->name = name;
}

void
fiber_cancel (Fiber *fiber)
{
  fiber->cancelled = true;
  if (fiber->waiting != NULL)
    make_ready (fiber);
}

bool
fiber_ready_run (void)
{
  bool any = false;

  /* Only those that are ready now: one that yields waits for the next turn. */
  for (unsigned int n = fibers.ready.length; n > 0; n--)
    {
      GList *link = g_queue_pop_head_link (&fibers.ready);
      Fiber *fiber = link->data;

      fiber->ready = false;
      fiber_run (fiber);
      any = true;
    }
  return any;
}

bool
fiber_ready_pending (void)
{
  return fibers.ready.length > 0;
}

/* Suspends the running fiber until something makes it ready. */
void
fiber_park (Wait *wait, const char *why)
{
  Fiber *self = fibers.current;

  g_assert (self != NULL);
  self->why = why;
  self->waiting = wait;
  wait->fiber = self;
  fiber_leave (self);
  wait->fiber = NULL;
  self->waiting = NULL;
}

bool
fiber_take_cancel (void)
{
  bool cancelled = fibers.current->cancelled;

  fibers.current->cancelled = false;
  return cancelled;
}

void
wait_done (Wait *wait)
{
  wait->done = true;
  if (wait->fiber != NULL)
    make_ready (wait->fiber);
}

void
wait_expire (Wait *wait)
{
  if (wait->fiber != NULL)
    make_ready (wait->fiber);
}

void
fiber_set_describe (FiberDescribe describe)
{
  fibers.current->describe = describe;
}

char *
fiber_subject (const Fiber *fiber)
{
  return fiber->describe != NULL ? fiber->describe (fiber->data) : g_strdup (fiber->subject);
}

void
fiber_foreach (FiberVisit visit, void *data)
{
  for (GList *l = fibers.live.head; l != NULL; l = l->next)
    {
      const Fiber *fiber = l->data;
      g_autofree char *subject = fiber_subject (fiber);
      FiberInfo info = { fiber->id, fiber->name, subject, fiber->why, fiber->since };

      visit (&info, data);
    }
}

unsigned int
fiber_count (void)
{
  return fibers.live.length;
}
