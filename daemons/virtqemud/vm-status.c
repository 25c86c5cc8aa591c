/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm-status.h"

#include <string.h>

#include "qemu-process.h"
#include "util/crash-point.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "vm-state.h"
#include "xml/libxml.h"

#define LOG_CATEGORY "qemu.status"
#define DRIVER "qemu"

/* Stock's names of the taints that we know. */
static const struct { VmTaint taint; const char *name; } taints[] = {
  { VM_TAINT_CUSTOM_ARGV, "custom-argv" },
  { VM_TAINT_CUSTOM_MONITOR, "custom-monitor" },
  { VM_TAINT_HOST_CPU, "host-cpu" },
};

/* --- writing ------------------------------------------------------------------------- */

static void
append_escaped (GString *out, const char *format, ...) G_GNUC_PRINTF (2, 3);
static void
append_escaped (GString *out, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_markup_vprintf_escaped (format, args);
  va_end (args);
  g_string_append (out, text);
}

char *
vm_status_format (const Vm *vm)
{
  g_autofree char *document = domain_format (vm->live, DOMAIN_FORMAT_SECURE | DOMAIN_FORMAT_STATUS);
  GString *out = g_string_new ("<!--\nThis file is written by virtqemud for its own use.\n-->\n\n");

  append_escaped (out, "<domstatus state='%s' reason='%s' pid='%lld'>\n", vm_state_name (vm->state),
                  vm_reason_name (vm->state, vm->reason), (long long) vm->record.pid);
  for (unsigned int i = 0; i < G_N_ELEMENTS (taints); i++)
    if (vm->taint & taints[i].taint)
      append_escaped (out, "  <taint flag='%s'/>\n", taints[i].name);
  if (vm->record.monitor_path != NULL)
    append_escaped (out, "  <monitor path='%s' type='unix'/>\n", vm->record.monitor_path);
  if (vm->fake_reboot)
    g_string_append (out, "  <fakereboot/>\n");
  if (vm->autodestroy_peer != 0)
    g_string_append (out, "  <autodestroy/>\n");
  /* Not stock's: what tells the process from a later one with its number, and how its end is
   * to be explained. */
  append_escaped (out, "  <process startTime='%" G_GUINT64_FORMAT "' end='%d'", vm->record.start_time, vm->end);
  if (vm->record.cgroup != NULL)
    append_escaped (out, " cgroup='%s'", vm->record.cgroup);
  g_string_append (out, "/>\n");
  g_string_append (out, document);
  g_string_append (out, "</domstatus>\n");
  return g_string_free (out, false);
}

static bool
write_now (Vm *vm, GError **error)
{
  g_autofree char *path = path_driver (PATH_RUN, DRIVER, "%s.xml", vm->name);
  g_autofree char *text = vm->live != NULL ? vm_status_format (vm) : NULL;

  vm->status_saved = vm->status_version;
  return text != NULL ? state_file_write (path, text, strlen (text), 0600, error)
                      : state_file_remove (path, error);
}

bool
vm_status_save (Vm *vm, GError **error)
{
  g_autoptr (Vm) held = vm_ref (vm);
  g_auto (JobGuard) guard = { 0 };

  crash_point ("status:before-write");
  if (!job_guard (&guard, &held->status_job, "status file", held->name, FOREVER, error)
      || !write_now (held, error))
    return false;
  crash_point ("status:written");
  return true;
}

static void
save_touched (void *data)
{
  g_autoptr (Vm) vm = data;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;

  /* More changes of the same turn go into the same file. */
  if (!fiber_yield (NULL) || !job_guard (&guard, &vm->status_job, "status file", vm->name, FOREVER, NULL))
    {
      vm->status_pending = false;
      return;
    }
  vm->status_pending = false;
  if (vm->status_saved != vm->status_version && !write_now (vm, &error))
    log_error ("status of domain '%s': %s", vm->name, error->message);
}

void
vm_status_touch (Vm *vm)
{
  vm->status_version++;
  if (vm->status_pending)
    return;
  vm->status_pending = true;
  fiber_start ("write status", vm->name, save_touched, vm_ref (vm));
}

/* --- reading -------------------------------------------------------------------------- */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)

/* The attribute @name of @node, NULL if it has none. Caller frees. */
static char *
attribute (xmlNode *node, const char *name)
{
  xmlChar *value = xmlGetNoNsProp (node, BAD_CAST name);
  char *copy = g_strdup ((const char *) value);

  xmlFree (value);
  return copy;
}

static uint64_t
attribute_number (xmlNode *node, const char *name)
{
  g_autofree char *text = attribute (node, name);

  return text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;
}

static Domain *
parse_child_domain (xmlNode *node, GError **error)
{
  xmlBuffer *buffer = xmlBufferCreate ();
  Domain *domain = NULL;

  if (xmlNodeDump (buffer, node->doc, node, 0, 0) >= 0)
    domain = domain_parse ((const char *) xmlBufferContent (buffer), xmlBufferLength (buffer),
                           DOMAIN_PARSE_STATUS, error);
  xmlBufferFree (buffer);
  return domain;
}

static void
read_taint (Vm *vm, xmlNode *node)
{
  g_autofree char *flag = attribute (node, "flag");

  for (unsigned int i = 0; i < G_N_ELEMENTS (taints); i++)
    if (g_strcmp0 (flag, taints[i].name) == 0)
      vm->taint |= taints[i].taint;
}

/* Reads what stands beside the document. */
static void
read_child (Vm *vm, xmlNode *node)
{
  const char *name = (const char *) node->name;

  if (strcmp (name, "taint") == 0)
    read_taint (vm, node);
  else if (strcmp (name, "monitor") == 0)
    vm->record.monitor_path = attribute (node, "path");
  else if (strcmp (name, "fakereboot") == 0)
    vm->fake_reboot = true;
  else if (strcmp (name, "autodestroy") == 0)
    vm->autodestroy_peer = VM_AUTODESTROY_LOST;
  else if (strcmp (name, "process") == 0)
    {
      vm->record.start_time = attribute_number (node, "startTime");
      vm->record.cgroup = attribute (node, "cgroup");
      vm->end = (VmEnd) attribute_number (node, "end");
    }
}

static xmlNode *
find_domain (xmlNode *root)
{
  for (xmlNode *node = root->children; node != NULL; node = node->next)
    if (node->type == XML_ELEMENT_NODE && strcmp ((const char *) node->name, "domain") == 0)
      return node;
  return NULL;
}

bool
vm_status_parse (Vm **ret_vm, const char *text, size_t length, GError **error)
{
  g_autoptr (xmlDoc) doc = xmlReadMemory (text, (int) MIN (length, G_MAXINT), "status", NULL,
                                          XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  xmlNode *root = doc != NULL ? xmlDocGetRootElement (doc) : NULL;
  xmlNode *document = root != NULL && strcmp ((const char *) root->name, "domstatus") == 0 ? find_domain (root) : NULL;
  g_autoptr (Domain) live = NULL;
  g_autoptr (Vm) vm = NULL;
  g_autofree char *state = NULL, *reason = NULL;

  if (document == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_XML_ERROR, "it is not a <domstatus> document with a <domain>");
  live = parse_child_domain (document, error);
  if (live == NULL)
    return false;
  if (live->id <= 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_XML_ERROR, "its domain '%s' has no id", live->name);
  vm = vm_new (live->uuid, live->name);
  state = attribute (root, "state");
  reason = attribute (root, "reason");
  vm->state = vm_state_from_name (state);
  if (vm->state < 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_XML_ERROR, "its state '%s' is unknown", state != NULL ? state : "");
  vm->reason = vm_reason_from_name (vm->state, reason);
  vm->record.pid = (pid_t) attribute_number (root, "pid");
  for (xmlNode *node = root->children; node != NULL; node = node->next)
    if (node->type == XML_ELEMENT_NODE)
      read_child (vm, node);
  vm->live = g_steal_pointer (&live);
  *ret_vm = g_steal_pointer (&vm);
  return true;
}

/* Gives what was read to the guest of that uuid, or puts it in the list as a transient one. */
static bool
adopt (VmList *list, Vm *read, GError **error)
{
  g_autoptr (Vm) known = vm_list_by_uuid (list, read->uuid);

  if (known == NULL)
    {
      if (!vm_list_add (list, read, error))
        return false;
      known = vm_ref (read);
    }
  else
    {
      if (strcmp (known->name, read->name) != 0)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                     "its domain '%s' is defined as '%s'", read->name, known->name);
      known->state = read->state;
      known->reason = read->reason;
      known->taint = read->taint;
      known->end = read->end;
      known->fake_reboot = read->fake_reboot;
      known->autodestroy_peer = read->autodestroy_peer;
      known->record = read->record;
      read->record = (VmRecord) { 0 };
      known->live = g_steal_pointer (&read->live);
    }
  vm_list_assign_id (list, known, known->live->id);
  return true;
}

/* A file that says nothing of use is moved out of the way of the guest of its name, for somebody to look at. */
static void
put_aside (const StateFile *file)
{
  g_autofree char *path = path_driver (PATH_RUN, DRIVER, "%s", file->name);
  g_autofree char *aside = g_strconcat (path, ".bad", NULL);
  g_autoptr (GError) error = NULL;

  log_error ("the status file '%s' is put aside as '%s': %s", file->name, aside, file->error->message);
  if (!state_file_rename (path, aside, &error))
    log_warning ("%s", error->message);
}

bool
vm_status_load (VmList *list, GError **error)
{
  g_autofree char *folder = path_driver (PATH_RUN, DRIVER, "%s", "");
  g_autoptr (GPtrArray) files = NULL;

  if (!state_dir_load (folder, ".xml", DOMAIN_MAX_BYTES, &files, error))
    return false;
  for (unsigned int i = 0; i < files->len; i++)
    {
      StateFile *file = files->pdata[i];
      g_autoptr (Vm) read = NULL;

      if (file->error != NULL || !vm_status_parse (&read, file->data, file->length, &file->error)
          || !adopt (list, read, &file->error))
        put_aside (file);
    }
  return true;
}
