/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host-private.h: shared by the host-*.c files. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/host.h"

/* The path of a file below the root of host_init. Caller frees. */
char *host_path (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Reads a small file below the root, without the white space at its end. NULL with
 * errno set if that fails. Caller frees. */
char *host_read (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* The same for a file with one decimal number; false, *@ret_value unchanged, for anything else. */
bool host_read_number (uint64_t *ret_value, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* The numbers of a kernel list ("0-3,8") in order; what is no list ends it. An array of unsigned int. */
GArray *host_parse_list (const char *list);

/* The line of @text that starts with @key and then anything but a letter, digit or '_'; what
 * follows the key, borrowed from @text. NULL if there is none. */
const char *host_find_line (const char *text, const char *key);

/* The number in KiB of the line @key of a meminfo text; 0 if there is none. */
uint64_t host_meminfo_kib (const char *text, const char *key);

/* Each file forgets what it has read. */
void host_cpu_forget (void);
void host_numa_forget (void);
void host_cache_forget (void);
void host_identity_forget (void);
