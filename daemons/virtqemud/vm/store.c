/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/store.h"

#include <string.h>

#include "util/crash-point.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "util/uuid.h"
#include "util/worker.h"

#define LOG_CATEGORY "qemu.store"
#define DRIVER "qemu"

/* What the links of guests that start with the host end in: those that do, and those that do once. */
static const char *const link_suffixes[VM_AUTOSTART_N] = { [VM_AUTOSTART_ALWAYS] = ".xml", [VM_AUTOSTART_ONCE] = ".xml.once" };

static char *
autostart_path (const char *name, VmAutostart kind)
{
  return path_driver (PATH_CONF, DRIVER, "autostart/%s%s", name, link_suffixes[kind]);
}

char *
vm_store_config_path (const char *name)
{
  return path_driver (PATH_CONF, DRIVER, "%s.xml", name);
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
    { PATH_CONF, "", 0700 },        { PATH_CONF, "autostart", 0700 },
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
  return state_apply (steps, G_N_ELEMENTS (steps), error);
}

/* --- writing ------------------------------------------------------------------------ */

/* The file of a definition: a word to whoever opens it in an editor, then the document.
 * A name with "--" would end the comment early: those dashes are spread. */
static char *
format_file (const Domain *domain)
{
  g_autofree char *document = domain_format (domain, DOMAIN_FORMAT_SECURE | DOMAIN_FORMAT_INACTIVE);
  g_auto (GStrv) parts = g_strsplit (domain->name, "--", -1);
  g_autofree char *name = g_strjoinv ("- -", parts);

  return g_strdup_printf ("<!--\n"
                          "This file is written by virtqemud, which reads it only when it starts: a change\n"
                          "made here can be lost. To change the guest, use:\n"
                          "  virsh edit %s\n"
                          "or another program that speaks to the daemon.\n"
                          "-->\n\n%s", name, document);
}

bool
vm_store_save (const Domain *domain, GError **error)
{
  g_autofree char *path = vm_store_config_path (domain->name);
  g_autofree char *text = format_file (domain);

  ERROR_PREFIX (error, "saving the definition of domain '%s'", domain->name);
  crash_point ("define:before-write");
  if (!state_file_write (path, text, strlen (text), 0600, error))
    return false;
  crash_point ("define:written");
  return true;
}

bool
vm_store_remove (const char *name, GError **error)
{
  g_autofree char *path = vm_store_config_path (name);
  g_autofree char *link = autostart_path (name, VM_AUTOSTART_ALWAYS), *once = autostart_path (name, VM_AUTOSTART_ONCE);
  StateStep steps[] = {
    { STATE_REMOVE, .path = path },
    { STATE_REMOVE, .path = link },
    { STATE_REMOVE, .path = once },
  };

  crash_point ("undefine:before-remove");
  if (!state_apply (steps, G_N_ELEMENTS (steps), error))
    return false;
  crash_point ("undefine:removed");
  return true;
}

bool
vm_store_set_autostart (const char *name, VmAutostart kind, bool autostart, GError **error)
{
  g_autofree char *path = vm_store_config_path (name);
  g_autofree char *link = autostart_path (name, kind);

  return autostart ? state_file_link (path, link, error) : state_file_remove (link, error);
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
  g_autofree char *text = format_file (domain);
  g_autofree char *old_path = vm_store_config_path (old_name);
  g_autofree char *new_path = vm_store_config_path (domain->name);
  g_autofree char *old_link = autostart_path (old_name, VM_AUTOSTART_ALWAYS);
  g_autofree char *new_link = autostart_path (domain->name, VM_AUTOSTART_ALWAYS);
  g_autofree char *old_once = autostart_path (old_name, VM_AUTOSTART_ONCE);
  g_autofree char *new_once = autostart_path (domain->name, VM_AUTOSTART_ONCE);
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
      g_autofree char *old_link = autostart_path (names[0], VM_AUTOSTART_ALWAYS);
      g_autofree char *new_link = autostart_path (names[1], VM_AUTOSTART_ALWAYS);
      g_autofree char *old_once = autostart_path (names[0], VM_AUTOSTART_ONCE);
      g_autofree char *new_once = autostart_path (names[1], VM_AUTOSTART_ONCE);
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

/* What is read in one go, off the loop. */
typedef struct
{
  GPtrArray *definitions;       /* StateFile */
  GPtrArray *domains;           /* Domain *, or NULL with the file's error set: one a definition */
  char **autostart[VM_AUTOSTART_N], **saves;
  GHashTable *snapshots, *checkpoints;          /* name of a guest -> number of files */
} Load;

static void
load_clear (Load *load)
{
  g_clear_pointer (&load->definitions, g_ptr_array_unref);
  g_clear_pointer (&load->domains, g_ptr_array_unref);
  for (unsigned int i = 0; i < VM_AUTOSTART_N; i++)
    g_clear_pointer (&load->autostart[i], g_strfreev);
  g_clear_pointer (&load->saves, g_strfreev);
  g_clear_pointer (&load->snapshots, g_hash_table_unref);
  g_clear_pointer (&load->checkpoints, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Load, load_clear)

/* Parses a definition and checks that it is what its file's name says. */
static Domain *
parse_definition (const StateFile *file, GError **error)
{
  g_autoptr (Domain) domain = domain_parse (file->data, file->length, DOMAIN_PARSE_INACTIVE, error);

  if (domain == NULL)
    return NULL;
  if (strlen (file->name) != strlen (domain->name) + strlen (".xml")
      || !g_str_has_prefix (file->name, domain->name))
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                      "it defines a domain named '%s'", domain->name);
  return g_steal_pointer (&domain);
}

/* Drops the links whose definition is gone: an undefine that was cut short. */
static void
drop_dangling_links (char **links, const char *suffix)
{
  for (char **link = links; *link != NULL; link++)
    {
      g_autofree char *path = path_driver (PATH_CONF, DRIVER, "autostart/%s", *link);
      g_autofree char *definition
        = path_driver (PATH_CONF, DRIVER, "%.*s.xml", (int) (strlen (*link) - strlen (suffix)), *link);
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
load_files (void *args, GError **error)
{
  Load *load = args;
  g_autoptr (GPtrArray) journals = NULL;
  g_autofree char *rename_dir = path_driver (PATH_LIB, DRIVER, "rename");
  g_autofree char *conf_dir = path_driver (PATH_CONF, DRIVER, "%s", "");
  g_autofree char *autostart_dir = path_driver (PATH_CONF, DRIVER, "autostart");
  g_autofree char *save_dir = path_driver (PATH_LIB, DRIVER, "save");

  if (!state_dir_load_now (rename_dir, NULL, 4096, &journals, error))
    return false;
  for (unsigned int i = 0; i < journals->len; i++)
    finish_rename (journals->pdata[i]);
  if (!state_dir_load_now (conf_dir, ".xml", DOMAIN_MAX_BYTES, &load->definitions, error)
      || !state_dir_list_now (save_dir, ".save", &load->saves, error))
    return false;
  for (unsigned int i = 0; i < VM_AUTOSTART_N; i++)
    {
      if (!state_dir_list_now (autostart_dir, link_suffixes[i], &load->autostart[i], error))
        return false;
      drop_dangling_links (load->autostart[i], link_suffixes[i]);
    }
  load->snapshots = count_metadata ("snapshot");
  load->checkpoints = count_metadata ("checkpoint");

  load->domains = g_ptr_array_new_full (load->definitions->len, (GDestroyNotify) domain_free);
  for (unsigned int i = 0; i < load->definitions->len; i++)
    {
      StateFile *file = load->definitions->pdata[i];

      g_ptr_array_add (load->domains, file->error == NULL ? parse_definition (file, &file->error) : NULL);
    }
  return true;
}

/* The guest of one definition, or an error in @file. */
static void
add_loaded (VmList *list, StateFile *file, Domain **domain)
{
  g_autoptr (Vm) vm = NULL;

  if (file->error == NULL)
    {
      vm = vm_new ((*domain)->uuid, (*domain)->name);
      if (vm_list_add (list, vm, &file->error))
        vm->config = g_steal_pointer (domain);
    }
  if (file->error != NULL)
    log_error ("the definition in '%s' is left out: %s", file->name, file->error->message);
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
mark_autostart (Vm *vm)
{
  vm->autostart = true;
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
  g_auto (Load) load = { 0 };

  if (!worker_run ("load definitions", load_files, &load, error))
    return false;
  for (unsigned int i = 0; i < load.definitions->len; i++)
    add_loaded (list, load.definitions->pdata[i], (Domain **) &load.domains->pdata[i]);
  count_guests_metadata (list, &load);
  mark_guests (list, load.autostart[VM_AUTOSTART_ALWAYS], link_suffixes[VM_AUTOSTART_ALWAYS], mark_autostart);
  mark_guests (list, load.autostart[VM_AUTOSTART_ONCE], link_suffixes[VM_AUTOSTART_ONCE], mark_autostart_once);
  mark_guests (list, load.saves, ".save", mark_saved);
  return true;
}
