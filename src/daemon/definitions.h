/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* definitions.h: the definitions of a kind of object on disk.
 *
 *   PATH_CONF/FOLDER/NAME.xml            the definition
 *   PATH_CONF/FOLDER/autostart/NAME.xml  a link to it: start with the host
 *
 * When a function returned true, what it did is on disk for good; the single rename or removal of NAME.xml is the moment
 * from which it counts. Errors are those of state-file.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "util/error.h"

typedef struct
{
  const char *folder;           /* "qemu/networks" */
  const char *noun;             /* "network", for errors and messages */
  const char *daemon;           /* "virtnetworkd" and "virsh net-edit", for the comment in the file */
  const char *edit;
  size_t max_bytes;             /* of a document */
  virErrorDomain domain;        /* of the error of a document that has another name than its file */
  /* Reads a document; *@ret_name is borrowed from what it returns. Called off the loop. */
  void *(*parse) (const char *text, size_t length, const char **ret_name, GError **error);
  void (*free) (void *document);
} DefinitionKind;

/* Where the definition and its link are. Caller frees. */
char *definition_path (const DefinitionKind *kind, const char *name);
char *definition_autostart_path (const DefinitionKind *kind, const char *name);

/* Makes the folders. Awaits. */
bool definition_setup (const DefinitionKind *kind, GError **error);

/* @document as it is on disk: under a comment that says how to change it. Caller frees. */
char *definition_text (const DefinitionKind *kind, const char *name, const char *document);

/* Writes the definition of @name. Awaits. */
bool definition_save (const DefinitionKind *kind, const char *name, const char *document, GError **error);
/* Removes the definition and the link of @name. Awaits. */
bool definition_remove (const DefinitionKind *kind, const char *name, GError **error);
/* Makes or removes the link. Awaits. */
bool definition_set_autostart (const DefinitionKind *kind, const char *name, bool autostart, GError **error);

typedef struct
{
  char *name;                   /* of the file, without its ending */
  void *document;
  bool autostart;
} Definition;

/* The document, which is the caller's to free from now on; NULL if it was taken before. */
void *definition_steal (Definition *definition);

/* Reads all: an array of Definition, by name, that frees them. A file that is no good, or whose document has another name,
 * is logged, left as it is and not in the array. Links without a definition are removed. Fails only if a folder cannot
 * be read. Awaits. */
bool definition_load_all (const DefinitionKind *kind, GPtrArray **ret_definitions, GError **error);

/* --- once after the host has started --------------------------------------------------------- */

/* Whether the autostart that @path (PATH_RUN/.../autostarted) tells of was finished since the host booted, also by a stock
 * daemon, whose file is empty. Awaits. */
bool autostart_done (const char *path);
/* Notes that it begins or is finished; the folder must exist. Awaits. */
bool autostart_note (const char *path, bool done, GError **error);
