/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/log.h: a guest's log: what QEMU was started with, what it says, how it ended. By virtlogd, or
 * directly to the file (qemu.conf: stdio_handler). */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "qemu/log-client.h"
#include "model/domain/domain.h"
#include "args/args.h"
#include "qemu/caps.h"
#include "qemu/config.h"

/* A descriptor that appends to @path, emptied before if @truncate; -1 on failure. @ret_position (may be NULL)
 * gets where the log stands. Awaits. */
int qemu_log_open (const Domain *domain, const QemuConfig *config, const char *path, bool truncate,
                   LogPosition *ret_position, GError **error);

/* Writes to @fd how QEMU is started: version, environment, arguments. Returns the number of bytes written. */
size_t qemu_log_write_start (int fd, const QemuCaps *caps, const char *const *env, const QemuArgs *args);

/* The end of what was written to the log after @skip bytes from @from on: QEMU's last words, trimmed; "" if
 * there are none. Caller frees. Awaits. */
char *qemu_log_last_words (const QemuConfig *config, const char *path, const LogPosition *from, size_t skip);
