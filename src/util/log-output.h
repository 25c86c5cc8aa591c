/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* log-output.h: where log messages go; private to log.c and its test.
 *
 * An output is made by log_output_open from "LEVEL:DESTINATION[:ARGUMENT]" and
 * never changes, so that any thread may write to it. Writing never waits: what
 * does not fit now is lost. */
#pragma once

#include <time.h>

#include "util/log.h"

/* A message on its way out. */
typedef struct
{
  const LogSite *site;
  LogLevel level;
  const char *text;
  struct timespec time;
  int thread;
} LogRecord;

/* Counted: log_output_ref, log_output_unref. */
typedef struct LogOutput LogOutput;
LogOutput *log_output_ref (LogOutput *output);
void log_output_unref (LogOutput *output);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogOutput, log_output_unref)

/* Reads "LEVEL:" at the start of @item: the level and what follows. False if it is not 1 to 4. */
bool log_parse_level (const char *item, int *ret_level, const char **ret_rest);

/* Opens an output. VIR_ERR_INVALID_ARG naming @item, or VIR_ERR_SYSTEM_ERROR naming the file. */
LogOutput *log_output_open (const char *item, GError **error);

/* The item that makes the output again, paths absolute; borrowed. */
const char *log_output_item (const LogOutput *output);
int log_output_level (const LogOutput *output);
/* True if both write to the same place. */
bool log_output_same (const LogOutput *a, const LogOutput *b);

void log_output_write (LogOutput *output, const LogRecord *record);

/* The daemon's name in the journal; static or never freed. */
void log_output_set_name (const char *name);

/* The sockets of the journal and of syslog; tests put their own here. */
extern const char *log_journal_socket;
extern const char *log_syslog_socket;
