/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* error.h: the one error channel of the swarm.
 *
 * Every failure is a GError of the domain VIRT_ERROR whose code is a
 * virErrorNumber. It carries what the wire needs besides: the subsystem that
 * failed (virErrorDomain), the level, three strings and two integers.
 * GErrors of foreign domains (GLib's own) reach clients as internal errors. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "libvirt-constants.h"

#define VIRT_ERROR (virt_error_quark ())
GQuark virt_error_quark (void);

/* Fills @error (which may be NULL) with @code from the subsystem @from and a
 * printf-style message in our own words that names what and where.
 * Returns false always, so that a caller can say `return fail (...)`. */
bool fail (GError **error, virErrorDomain from, virErrorNumber code,
           const char *format, ...) G_GNUC_PRINTF (4, 5);

/* The same for a function that returns a pointer. */
#define fail_null(...) (fail (__VA_ARGS__) ? (void *) 0 : (void *) 0)

/* Like fail() with VIR_ERR_SYSTEM_ERROR: appends ": " and the text of
 * @errnum (an errno value, positive), which is also carried as int1. */
bool fail_errno (GError **error, virErrorDomain from, int errnum,
                 const char *format, ...) G_GNUC_PRINTF (4, 5);
#define fail_errno_null(...) (fail_errno (__VA_ARGS__) ? (void *) 0 : (void *) 0)

/* What the wire carries of an error besides message and code. The strings
 * belong to the error. */
typedef struct
{
  virErrorDomain from;
  virErrorLevel level;
  char *str1, *str2, *str3;
  int int1, int2;
} VirtErrorDetail;

/* The detail of @error; a fixed "internal" detail for foreign domains.
 * Borrowed, valid as long as @error is. */
const VirtErrorDetail *virt_error_detail (const GError *error);

/* Says that @error (of VIRT_ERROR; NULL is fine) is @from's, unless somebody said whose it is. */
void virt_error_claim (GError *error, virErrorDomain from);

/* The virErrorNumber of @error; VIR_ERR_INTERNAL_ERROR for foreign domains. */
virErrorNumber virt_error_code (const GError *error);

/* True if @error is a VIRT_ERROR of @code. NULL never matches. */
bool virt_error_is (const GError *error, virErrorNumber code);

/* Makes an error from what a peer sent. Strings are copied; NULL is fine. */
GError *virt_error_new_remote (virErrorNumber code, virErrorDomain from, virErrorLevel level,
                               const char *message, const char *str1, const char *str2,
                               const char *str3, int int1, int int2);

/* Puts "@text: " in front of *@error's message on leaving the scope by failure:
 *   ERROR_PREFIX (error, "refreshing pool '%s'", name);
 * The text is made at once, so that it may outlive what it names. */
typedef struct { GError **error; char *text; } ErrorPrefix;
void error_prefix_apply (ErrorPrefix *prefix);
#define ERROR_PREFIX(error_, ...)                                                          \
  G_GNUC_UNUSED __attribute__ ((cleanup (error_prefix_apply)))                             \
  ErrorPrefix G_PASTE (error_prefix_, __LINE__) = { (error_), g_strdup_printf (__VA_ARGS__) }
