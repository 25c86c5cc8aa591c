/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/definitions.h"

#include <string.h>

#include "util/crash-point.h"
#include "util/host.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "util/worker.h"

#define LOG_CATEGORY "daemon.definitions"
#define SUFFIX ".xml"

char *
definition_path (const DefinitionKind *kind, const char *name)
{
  return path_make (PATH_CONF, "%s/%s" SUFFIX, kind->folder, name);
}

char *
definition_autostart_path (const DefinitionKind *kind, const char *name)
{
  return path_make (PATH_CONF, "%s/autostart/%s" SUFFIX, kind->folder, name);
}

bool
definition_setup (const DefinitionKind *kind, GError **error)
{
  g_autofree char *base = path_make (PATH_CONF, "%s", "");
  g_autofree char *folder = path_make (PATH_CONF, "%s", kind->folder);
  g_autofree char *links = path_make (PATH_CONF, "%s/autostart", kind->folder);
  /* Clients read their own configuration in the outermost. */
  const StateStep steps[] = {
    { STATE_MKDIR, .path = base, .mode = path_is_session () ? 0700 : 0755 },
    { STATE_MKDIR, .path = folder, .mode = 0700 },
    { STATE_MKDIR, .path = links, .mode = 0700 },
  };

  return state_apply (steps, G_N_ELEMENTS (steps), error);
}

/* --- writing ------------------------------------------------------------------------ */

char *
definition_text (const DefinitionKind *kind, const char *name, const char *document)
{
  /* A name with "--" would end the comment early: those dashes are spread. */
  g_auto (GStrv) parts = g_strsplit (name, "--", -1);
  g_autofree char *spread = g_strjoinv ("- -", parts);

  return g_strdup_printf ("<!--\n"
                          "This file is written by %s, which reads it only when it starts: a change\n"
                          "made here can be lost. To change the %s, use:\n"
                          "  %s %s\n"
                          "or another program that speaks to the daemon.\n"
                          "-->\n\n%s", kind->daemon, kind->noun, kind->edit, spread, document);
}

bool
definition_save (const DefinitionKind *kind, const char *name, const char *document, GError **error)
{
  g_autofree char *path = definition_path (kind, name);
  g_autofree char *text = definition_text (kind, name, document);

  ERROR_PREFIX (error, "saving the definition of %s '%s'", kind->noun, name);
  crash_point ("define:before-write");
  if (!state_file_write (path, text, strlen (text), 0600, error))
    return false;
  crash_point ("define:written");
  return true;
}

bool
definition_remove (const DefinitionKind *kind, const char *name, GError **error)
{
  g_autofree char *path = definition_path (kind, name);
  g_autofree char *link = definition_autostart_path (kind, name);
  const StateStep steps[] = {
    { STATE_REMOVE, .path = path },
    { STATE_REMOVE, .path = link },
  };

  crash_point ("undefine:before-remove");
  if (!state_apply (steps, G_N_ELEMENTS (steps), error))
    return false;
  crash_point ("undefine:removed");
  return true;
}

bool
definition_set_autostart (const DefinitionKind *kind, const char *name, bool autostart, GError **error)
{
  g_autofree char *path = definition_path (kind, name);
  g_autofree char *link = definition_autostart_path (kind, name);

  return autostart ? state_file_link (path, link, error) : state_file_remove (link, error);
}

/* --- reading ---------------------------------------------------------------------------- */

/* What the array of definitions holds: the caller's part, and how to free the document. */
typedef struct
{
  Definition definition;
  void (*free) (void *document);
} Loaded;

static void
loaded_free (void *data)
{
  Loaded *loaded = data;

  if (loaded->definition.document != NULL)
    loaded->free (loaded->definition.document);
  g_free (loaded->definition.name);
  g_free (loaded);
}

void *
definition_steal (Definition *definition)
{
  return g_steal_pointer (&definition->document);
}

/* Parses the file of a definition and checks that it is what the file's name says. */
static void *
parse_file (const DefinitionKind *kind, const StateFile *file, const char *name, GError **error)
{
  const char *own = NULL;
  void *document = kind->parse (file->data, file->length, &own, error);

  if (document == NULL || strcmp (own, name) == 0)
    return document;
  fail (error, kind->domain, VIR_ERR_CONFIG_UNSUPPORTED, "it defines a %s named '%s'", kind->noun, own);
  kind->free (document);
  return NULL;
}

/* Drops the links whose definition is gone: an undefine that was cut short. */
static void
drop_dangling_links (const DefinitionKind *kind, char **links)
{
  for (char **link = links; *link != NULL; link++)
    {
      g_autofree char *name = g_strndup (*link, strlen (*link) - strlen (SUFFIX));
      g_autofree char *path = definition_autostart_path (kind, name), *definition = definition_path (kind, name);
      g_autoptr (GError) error = NULL;

      if (!g_file_test (definition, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_EXISTS)
          && !state_file_remove_now (path, &error))
        log_warning ("%s", error->message);
    }
}

/* What is read in one go, off the loop. */
typedef struct
{
  const DefinitionKind *kind;
  GPtrArray *definitions;       /* Loaded */
} Load;

static bool
load_files (void *args, GError **error)
{
  Load *load = args;
  const DefinitionKind *kind = load->kind;
  g_autofree char *folder = path_make (PATH_CONF, "%s", kind->folder);
  g_autofree char *link_folder = path_make (PATH_CONF, "%s/autostart", kind->folder);
  g_autoptr (GPtrArray) files = NULL;
  g_auto (GStrv) links = NULL;

  if (!state_dir_load_now (folder, SUFFIX, kind->max_bytes, &files, error)
      || !state_dir_list_now (link_folder, SUFFIX, &links, error))
    return false;
  for (unsigned int i = 0; i < files->len; i++)
    {
      StateFile *file = files->pdata[i];
      g_autofree char *name = g_strndup (file->name, strlen (file->name) - strlen (SUFFIX));
      void *document = file->error == NULL ? parse_file (kind, file, name, &file->error) : NULL;
      Loaded *loaded;

      if (document == NULL)
        {
          log_error ("the definition in '%s/%s' is left out: %s", folder, file->name, file->error->message);
          continue;
        }
      loaded = g_new0 (Loaded, 1);
      loaded->free = kind->free;
      loaded->definition = (Definition) {
        .document = document, .autostart = g_strv_contains ((const char *const *) links, file->name),
      };
      loaded->definition.name = g_steal_pointer (&name);
      g_ptr_array_add (load->definitions, loaded);
    }
  drop_dangling_links (kind, links);
  return true;
}

bool
definition_load_all (const DefinitionKind *kind, GPtrArray **ret_definitions, GError **error)
{
  g_autoptr (GPtrArray) definitions = g_ptr_array_new_with_free_func (loaded_free);
  Load load = { kind, definitions };

  if (!worker_run ("load definitions", load_files, &load, error))
    return false;
  *ret_definitions = g_steal_pointer (&definitions);
  return true;
}

/* --- once after the host has started --------------------------------------------------------- */

/* The file says which boot was served, and whether it was served to the end. */
static char *
autostart_mark (bool done)
{
  return g_strdup_printf ("%s %s\n", host_boot_id (), done ? "done" : "begun");
}

bool
autostart_done (const char *path)
{
  g_autofree char *text = NULL, *done = autostart_mark (true);
  g_autoptr (GError) error = NULL;

  if (state_file_read (path, 1024, &text, NULL, &error))
    return *text == '\0' || strcmp (text, done) == 0;
  if (!state_error_is_missing (error))
    log_warning ("%s", error->message);
  return false;
}

bool
autostart_note (const char *path, bool done, GError **error)
{
  g_autofree char *mark = autostart_mark (done);

  return state_file_write (path, mark, strlen (mark), 0600, error);
}
