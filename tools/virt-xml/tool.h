/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tool.h: what the tools for documents share. */
#pragma once

#include "model/documents.h"

/* Exit statuses, as the stock validator's. */
typedef enum
{
  TOOL_FINE = 0,
  TOOL_USAGE = 1,
  TOOL_NO_FILE = 2,
  TOOL_INVALID = 3,
  TOOL_NO_SCHEMA = 4,
} ToolStatus;

/* The whole text of @path, of standard input if it is "-". NULL and a message on
 * standard error if it cannot be read. Caller frees. */
char *tool_read (const char *path, size_t *ret_length);

/* The kind of document named @name, or that @text's root element says if it is
 * NULL. NULL and a message on standard error if there is none; *@ret_status says
 * what to exit with. */
const Document *tool_kind (const char *name, const char *text, const char *path, ToolStatus *ret_status);

/* Prints "PROGRAM: " and the message to standard error. */
void tool_complain (const char *format, ...) G_GNUC_PRINTF (1, 2);
