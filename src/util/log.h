/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* log.h: messages for administrators and developers.
 *
 * Each source file names its category once, after its includes:
 *   #define LOG_CATEGORY "qemu.process"
 * A message that no filter lets through costs one comparison: its arguments are
 * not evaluated. Any thread may log; nothing here waits: an output that cannot
 * take a message now loses it. A message is one record even if it has newlines.
 * errno is kept.
 *
 * Filters are "LEVEL:MATCH" separated by spaces; MATCH is a part of a category, or
 * a shell pattern for it. Outputs are "LEVEL:stderr", "LEVEL:file:PATH",
 * "LEVEL:syslog:IDENT" and "LEVEL:journald". Levels are 1 debug, 2 info,
 * 3 warning, 4 error. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum
{
  LOG_LEVEL_DEBUG = 1,
  LOG_LEVEL_INFO,
  LOG_LEVEL_WARNING,
  LOG_LEVEL_ERROR,
} LogLevel;

/* printf-style; no newline at the end. */
#define log_debug(...) LOG_AT (LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) LOG_AT (LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) LOG_AT (LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...) LOG_AT (LOG_LEVEL_ERROR, __VA_ARGS__)

/* Where a message comes from; static. */
typedef struct
{
  const char *category, *file, *function;
  int line;
} LogSite;

#define LOG_AT(level_, ...)                                                                   \
  G_STMT_START                                                                                \
  {                                                                                           \
    if (G_UNLIKELY ((int) (level_) >= __atomic_load_n (&log_threshold, __ATOMIC_RELAXED)))    \
      {                                                                                       \
        static const LogSite log_site = { LOG_CATEGORY, __FILE__, __func__, __LINE__ };       \
        log_write (&log_site, (level_), __VA_ARGS__);                                         \
      }                                                                                       \
  }                                                                                           \
  G_STMT_END

/* For the macros: the lowest level that may pass, and the way behind it. */
extern int log_threshold;
void log_write (const LogSite *site, LogLevel level, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* The level of what no filter matches: 1 to 4, else VIR_ERR_INVALID_ARG. Until
 * it is called: 3. */
bool log_set_level (int level, GError **error);
int log_get_level (void);

/* Replaces all filters; "" or NULL removes them. Nothing changes on failure
 * (VIR_ERR_INVALID_ARG naming the item). */
bool log_set_filters (const char *filters, GError **error);
/* The filters in force, in the form of log_set_filters. Caller frees. */
char *log_get_filters (void);

/* Replaces all outputs; "" or NULL means the default output. Files are opened
 * first: nothing changes on failure (VIR_ERR_INVALID_ARG naming the item, or
 * VIR_ERR_SYSTEM_ERROR naming the file). */
bool log_set_outputs (const char *outputs, GError **error);
char *log_get_outputs (void);

/* Says what the default output is: the journal if @background or if standard
 * input is no terminal, and its socket can be written; else @file with
 * @background, standard error without. @name (copied) is the daemon's, for the
 * journal and as syslog's default ident. @file may be NULL. Sets it if no outputs are set. */
bool log_init (const char *name, bool background, const char *file, GError **error);

/* Opens the files of all outputs again, after rotation. What fails keeps the old one. */
void log_reopen (void);
