/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/cgroup.h: a control group of its own for each guest, outside the daemon's.
 *
 * Under systemd a transient scope in machine.slice; elsewhere, if the host has a
 * writable cgroup v2 hierarchy, a folder below "virtswarm". Without either, guests stay
 * where they are started. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* Before the start: makes a folder for the process to be started in, its absolute path. NULL:
 * none (systemd makes one afterwards, or there is no place for it). Does not await. */
char *qemu_cgroup_make (int id, const char *name);

/* After the start, under systemd: asks for a scope with @pid in it and awaits that it is made, at most a
 * second. Returns the scope's folder, NULL if there is none. Failures are logged. Awaits. */
char *qemu_scope_make (int id, const char *name, pid_t pid);

/* Removes an empty folder that qemu_cgroup_make made; scopes vanish on their own. */
void qemu_cgroup_remove (const char *path);

/* CPU time from a group: nanoseconds. False if @path is NULL or does not tell. */
bool qemu_cgroup_cpu (const char *path, guint64 *ret_total, guint64 *ret_user, guint64 *ret_system);
