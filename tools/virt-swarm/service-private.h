/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* service-private.h: between what a daemon tells us (service.c) and its life (supervise.c). */
#pragma once

#include <signal.h>

#include "service.h"

extern const char *const service_restart_names[];

/* The process is now this one; takes @pidfd. */
void service_set_process (Service *service, pid_t pid, int pidfd);

void service_set_running (Service *service);

/* It is on its way out; @reason (static) if we want it so, NULL if it does. */
void service_set_stopping (Service *service, const char *reason);

/* Sends @signal and sets the state. */
void service_kill (Service *service, int signal, const char *reason);

/* When the next sign of life has to be there. */
Deadline service_watchdog_deadline (const Service *service);
