/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handlers/by-file.h: what QEMU can give only by way of a file. */
#pragma once

#include <jansson.h>
#include <sys/types.h>

#include "vm/vm.h"

/* Has QEMU write a file by @command, whose @args (stolen) get a "filename". Returns the file's descriptor, at its start;
 * its name is gone already. The file was made here: a QEMU that puts something else in its place leaves it empty.
 * -1 on failure. Awaits. */
int file_by_qemu (Vm *vm, const char *command, json_t *args, GError **error);

/* Reads the next @size bytes, fewer at the end, on a worker; -1 on failure. Awaits. */
ssize_t file_by_qemu_read (int fd, void *buffer, size_t size, GError **error);
