/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* daemon/hooks.h: programs of the administrator that run when something happens to an object.
 *
 * These are PATH_CONF/hooks/DRIVER and, after it in the order of their names, all executable files of
 * PATH_CONF/hooks/DRIVER.d. Each gets the arguments OBJECT OPERATION PHASE "-" and a document on its standard
 * input. They are looked for at each occasion. A session has none. */
#pragma once

#include "util/error.h"
#include "util/fiber.h"

/* The programs of one occasion while they run; zero-initialised, its owner's. */
typedef struct
{
  Fiber *fiber;                 /* that waits for one of them now, NULL: none runs */
  bool interrupted;             /* no further one is to run */
} HookRun;

/* Kills the one that runs; no further one is started. Never awaits. */
void hook_run_interrupt (HookRun *run);

typedef struct
{
  const char *driver;           /* "network" */
  const char *object, *operation, *phase;
  const char *input;            /* the document */
  unsigned int timeout;         /* seconds that each may take; 0: no limit */
  const char *timeout_key;      /* what sets it: "hook_timeout in network.conf" */
  HookRun *run;                 /* by which it can be interrupted; NULL: it cannot */
} HookCall;

/* Whether there may be any: if not, the document need not be made. Never awaits. */
bool hook_programs_exist (const char *driver);

/* Runs them one after the other; all run even if one fails. Fails with VIR_ERR_HOOK_SCRIPT_FAILED of VIR_FROM_HOOK, naming
 * the first program that exited with another status than 0, or did not end in time and was killed; the others' failures
 * are logged. What @call points to must stay valid. Awaits. */
bool hook_programs_run (const HookCall *call, GError **error);
