/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/store.h"

#include <string.h>

#include "daemon/definitions.h"
#include "util/crash-point.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "util/uuid.h"
#include "util/worker.h"

#define LOG_CATEGORY "qemu.store"
#define DRIVER "qemu"

/* What the link of a guest that starts with the host the next time ends in. */
#define ONCE ".xml.once"

/* Off the loop. */
static void *
parse_definition (const char *text, size_t length, const char **ret_name, GError **error)
{
  Domain *domain = domain_parse (text, length, DOMAIN_PARSE_INACTIVE, error);

  if (domain != NULL)
    *ret_name = domain->name;
  return domain;
}

static void
free_definition (void *domain)
{
  domain_free (domain);
}

static const DefinitionKind definitions = {
  .folder = DRIVER, .noun = "domain", .daemon = "virtqemud", .edit = "virsh edit", .max_bytes = DOMAIN_MAX_BYTES,
  .domain = VIR_FROM_QEMU, .parse = parse_definition, .free = free_definition,
};

static char *
once_path (const char *name)
{
  return path_driver (PATH_CONF, DRIVER, "autostart/%s" ONCE, name);
}

char *
vm_store_config_path (const char *name)
{
  return definition_path (&definitions, name);
}

char *
vm_store_managed_save_path (const char *name)
{
  return path_driver (PATH_LIB, DRIVER, "save/%s.save", name);
}

bool
vm_store_setup (GError **error)
{
  static const struct { PathKind kind; const char *folder; mode_t mode; } folders[] = {
    { PATH_RUN, "", 0755 },         { PATH_LIB, "", 0751 },
    { PATH_LIB, "save", 0700 },     { PATH_LIB, "rename", 0700 },
    { PATH_LIB, "nvram", 0755 },    { PATH_LIB, "channel/target", 0755 },
    { PATH_LOG, "", 0700 },         { PATH_CACHE, "capabilities", 0755 },
  };
  StateStep steps[G_N_ELEMENTS (folders)] = { 0 };
  g_auto (GStrv) paths = g_new0 (char *, G_N_ELEMENTS (folders) + 1);

  for (unsigned int i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      paths[i] = path_driver (folders[i].kind, DRIVER, "%s", folders[i].folder);
      steps[i] = (StateStep) { STATE_MKDIR, .path = paths[i], .mode = folders[i].mode };
    }
  return definition_setup (&definitions, error) && state_apply (steps, G_N_ELEMENTS (steps), error);
}

/* --- writing ------------------------------------------------------------------------ */

static char *
format_definition (const Domain *domain)
{
  return domain_format (domain, DOMAIN_FORMAT_SECURE | DOMAIN_FORMAT_INACTIVE);
}

bool
vm_store_save (const Domain *domain, GError **error)
{
  g_autofree char *document = format_definition (domain);

  return definition_save (&definitions, domain->name, document, error);
}

bool
vm_store_remove (const char *name, GError **error)
{
  g_autofree char *once = once_path (name);

  return definition_remove (&definitions, name, error) && state_file_remove (once, error);
}

bool
vm_store_set_autostart (const char *name, VmAutostart kind, bool autostart, GError **error)
{
  g_autofree char *path = definition_path (&definitions, name);
  g_autofree char *once = once_path (name);

  if (kind == VM_AUTOSTART_ALWAYS)
    return definition_set_autostart (&definitions, name, autostart, error);
  return autostart ? state_file_link (path, once, error) : state_file_remove (once, error);
}

/* --- renaming ------------------------------------------------------------------------- */

static char *
rename_path (const uint8_t uuid[UUID_SIZE])
{
  char text[UUID_TEXT_SIZE];

  return path_driver (PATH_LIB, DRIVER, "rename/%s", uuid_format (uuid, text));
}

/* Takes back what a failed rename may have done; best effort, recovery does the rest. */
static void
undo_rename (const char *new_path, const char *new_link, const char *new_once, const char *journal)
{
  StateStep steps[] = {
    { STATE_REMOVE, .path = new_path }, { STATE_REMOVE, .path = new_link }, { STATE_REMOVE, .path = new_once },
    { STATE_REMOVE, .path = journal },
  };
  g_autoptr (GError) error = NULL;

  if (!state_apply (steps, G_N_ELEMENTS (steps), &error))
    log_error ("undoing a rename: %s", error->message);
}

bool
vm_store_rename (const char *old_name, const Domain *domain, bool autostart, bool once, GError **error)
{
  g_autofree char *journal = rename_path (domain->uuid);
  g_autofree char *names = g_strdup_printf ("%s\n%s\n", old_name, domain->name);
  g_autofree char *document = format_definition (domain);
  g_autofree char *text = definition_text (&definitions, domain->name, document);
  g_autofree char *old_path = vm_store_config_path (old_name);
  g_autofree char *new_path = vm_store_config_path (domain->name);
  g_autofree char *old_link = definition_autostart_path (&definitions, old_name);
  g_autofree char *new_link = definition_autostart_path (&definitions, domain->name);
  g_autofree char *old_once = once_path (old_name);
  g_autofree char *new_once = once_path (domain->name);
  /* The second step decides: from then on a recovery goes forward. */
  StateStep begin[] = {
    { STATE_WRITE, .path = journal, .data = names, .length = strlen (names), .mode = 0600 },
    { STATE_WRITE, .path = new_path, .data = text, .length = strlen (text), .mode = 0600 },
    { autostart ? STATE_LINK : STATE_REMOVE, .path = new_link, .target = new_path },
    { once ? STATE_LINK : STATE_REMOVE, .path = new_once, .target = new_path },
  };
  StateStep end[] = {
    { STATE_REMOVE, .path = old_path }, { STATE_REMOVE, .path = old_link }, { STATE_REMOVE, .path = old_once },
    { STATE_REMOVE, .path = journal },
  };

  crash_point ("rename:begin");
  if (!state_apply (begin, G_N_ELEMENTS (begin), error))
    {
      undo_rename (new_path, new_link, new_once, journal);
      return false;
    }
  crash_point ("rename:both");
  if (!state_apply (end, G_N_ELEMENTS (end), error))
    {
      undo_rename (new_path, new_link, new_once, journal);
      return false;
    }
  return true;
}

/* Finishes the rename that the journal @file tells of, if its new definition is there. */
static void
finish_rename (const StateFile *file)
{
  g_autofree char *journal = path_driver (PATH_LIB, DRIVER, "rename/%s", file->name);
  g_auto (GStrv) names = file->data != NULL ? g_strsplit (file->data, "\n", 3) : NULL;
  g_autoptr (GError) error = NULL;

  if (names != NULL && g_strv_length (names) == 3)
    {
      g_autofree char *old_path = vm_store_config_path (names[0]);
      g_autofree char *new_path = vm_store_config_path (names[1]);
      g_autofree char *old_link = definition_autostart_path (&definitions, names[0]);
      g_autofree char *new_link = definition_autostart_path (&definitions, names[1]);
      g_autofree char *old_once = once_path (names[0]);
      g_autofree char *new_once = once_path (names[1]);
      /* No old link: there was none, or the new one took its place already. */
      bool link = g_file_test (old_link, G_FILE_TEST_IS_SYMLINK), once = g_file_test (old_once, G_FILE_TEST_IS_SYMLINK);
      StateStep steps[] = {
        { link ? STATE_LINK : STATE_REMOVE, .path = link ? new_link : old_link, .target = new_path },
        { once ? STATE_LINK : STATE_REMOVE, .path = once ? new_once : old_once, .target = new_path },
        { STATE_REMOVE, .path = old_path },
        { STATE_REMOVE, .path = old_link },
        { STATE_REMOVE, .path = old_once },
      };

      if (g_file_test (new_path, G_FILE_TEST_EXISTS))
        {
          log_info ("finishing the rename of domain '%s' to '%s'", names[0], names[1]);
          if (!state_apply_now (steps, G_N_ELEMENTS (steps), &error))
            {
              log_error ("%s", error->message);
              return;
            }
        }
    }
  if (!state_file_remove_now (journal, &error))
    log_error ("%s", error->message);
}

/* --- reading ---------------------------------------------------------------------------- */

/* What is read of guests beside their definitions in one go, off the loop. */
typedef struct
{
  char **once, **saves;
  GHashTable *snapshots, *checkpoints;          /* name of a guest -> number of files */
} Load;

static void
load_clear (Load *load)
{
  g_clear_pointer (&load->once, g_strfreev);
  g_clear_pointer (&load->saves, g_strfreev);
  g_clear_pointer (&load->snapshots, g_hash_table_unref);
  g_clear_pointer (&load->checkpoints, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Load, load_clear)

/* Drops the links whose definition is gone: an undefine that was cut short. */
static void
drop_dangling_links (char **links)
{
  for (char **link = links; *link != NULL; link++)
    {
      g_autofree char *name = g_strndup (*link, strlen (*link) - strlen (ONCE));
      g_autofree char *path = once_path (name), *definition = definition_path (&definitions, name);
      g_autoptr (GError) error = NULL;

      if (!g_file_test (definition, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_EXISTS)
          && !state_file_remove_now (path, &error))
        log_warning ("%s", error->message);
    }
}

/* Counts the files in the folders that guests have below PATH_LIB/qemu/@kind. */
static GHashTable *
count_metadata (const char *kind)
{
  GHashTable *counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *folder = path_driver (PATH_LIB, DRIVER, "%s", kind);
  g_autoptr (GDir) guests = g_dir_open (folder, 0, NULL);
  const char *name;

  while (guests != NULL && (name = g_dir_read_name (guests)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_auto (GStrv) files = NULL;

      if (state_dir_list_now (path, ".xml", &files, NULL) && *files != NULL)
        g_hash_table_insert (counts, g_strdup (name), GUINT_TO_POINTER (g_strv_length (files)));
    }
  return counts;
}

static bool
finish_renames (void *args, GError **error)
{
  g_autofree char *folder = path_driver (PATH_LIB, DRIVER, "rename");
  g_autoptr (GPtrArray) journals = NULL;

  if (!state_dir_load_now (folder, NULL, 4096, &journals, error))
    return false;
  for (unsigned int i = 0; i < journals->len; i++)
    finish_rename (journals->pdata[i]);
  return true;
}

static bool
load_files (void *args, GError **error)
{
  Load *load = args;
  g_autofree char *autostart_dir = path_driver (PATH_CONF, DRIVER, "autostart");
  g_autofree char *save_dir = path_driver (PATH_LIB, DRIVER, "save");

  if (!state_dir_list_now (save_dir, ".save", &load->saves, error)
      || !state_dir_list_now (autostart_dir, ONCE, &load->once, error))
    return false;
  drop_dangling_links (load->once);
  load->snapshots = count_metadata ("snapshot");
  load->checkpoints = count_metadata ("checkpoint");
  return true;
}

static void
add_loaded (VmList *list, Definition *definition)
{
  const Domain *domain = definition->document;
  g_autoptr (Vm) vm = vm_new (domain->uuid, domain->name);
  g_autoptr (GError) error = NULL;

  if (!vm_list_add (list, vm, &error))
    {
      log_error ("the definition of domain '%s' is left out: %s", definition->name, error->message);
      return;
    }
  vm->config = definition_steal (definition);
  vm->autostart = definition->autostart;
}

/* Calls @apply for the guests whose names are those of @files without @suffix. */
static void
mark_guests (VmList *list, char **files, const char *suffix, void (*apply) (Vm *vm))
{
  for (char **file = files; *file != NULL; file++)
    {
      g_autofree char *name = g_strndup (*file, strlen (*file) - strlen (suffix));
      g_autoptr (Vm) vm = vm_list_by_name (list, name);

      if (vm != NULL)
        apply (vm);
    }
}

static void
mark_autostart_once (Vm *vm)
{
  vm->autostart_once = true;
}

static void
mark_saved (Vm *vm)
{
  vm->has_managed_save = true;
}

static void
count_guests_metadata (VmList *list, const Load *load)
{
  g_autoptr (GPtrArray) vms = NULL;

  if (g_hash_table_size (load->snapshots) + g_hash_table_size (load->checkpoints) == 0)
    return;
  vms = vm_list_all (list, NULL, NULL);
  for (unsigned int i = 0; i < vms->len; i++)
    {
      Vm *vm = vms->pdata[i];

      vm->n_snapshots = GPOINTER_TO_UINT (g_hash_table_lookup (load->snapshots, vm->name));
      vm->n_checkpoints = GPOINTER_TO_UINT (g_hash_table_lookup (load->checkpoints, vm->name));
    }
}

bool
vm_store_load (VmList *list, GError **error)
{
  g_autoptr (GPtrArray) loaded = NULL;
  g_auto (Load) load = { 0 };

  if (!worker_run ("finish renames", finish_renames, NULL, error) || !definition_load_all (&definitions, &loaded, error)
      || !worker_run ("load what guests have", load_files, &load, error))
    return false;
  for (unsigned int i = 0; i < loaded->len; i++)
    add_loaded (list, loaded->pdata[i]);
  count_guests_metadata (list, &load);
  mark_guests (list, load.once, ONCE, mark_autostart_once);
  mark_guests (list, load.saves, ".save", mark_saved);
  return true;
}
