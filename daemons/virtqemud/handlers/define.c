/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that change what is defined. */
#include <string.h>

#include "driver.h"
#include "handlers/handlers.h"
#include "helpers/helpers.h"
#include "qemu/firmware.h"
#include "qemu/platform.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "util/uuid.h"
#include "vm/events.h"
#include "vm/store.h"

/* --- define ------------------------------------------------------------------------------------ */

/* Reads and completes a document that a client sent. Awaits. */
static Domain *
read_definition (const char *xml, bool validate, GError **error)
{
  g_autoptr (Domain) domain = domain_parse (xml, strlen (xml),
                                            DOMAIN_PARSE_INACTIVE | (validate ? DOMAIN_PARSE_VALIDATE : 0), error);

  if (domain == NULL || !qemu_complete_domain (domain, true, error))
    return NULL;
  return g_steal_pointer (&domain);
}

static bool
define (const char *xml, unsigned int flags, RemoteNonnullDomain *ret, GError **error)
{
  g_autoptr (Domain) domain = NULL;
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  bool updated;

  if (!handler_check_flags (flags, VIR_DOMAIN_DEFINE_VALIDATE, "virDomainDefineXMLFlags", error))
    return false;
  domain = read_definition (xml, flags & VIR_DOMAIN_DEFINE_VALIDATE, error);
  if (domain == NULL)
    return false;
  vm = vm_list_claim (driver.vms, domain->uuid, domain->name, false, &guard, "definition", error);
  if (vm == NULL)
    return false;
  if (!vm_store_save (domain, error))
    {
      if (vm->reserved)
        vm_list_remove (driver.vms, vm);
      return false;
    }
  updated = vm->config != NULL;
  domain_free (vm->config);
  vm->config = g_steal_pointer (&domain);
  vm->updated = updated;
  vm_list_publish (driver.vms, vm);
  vm_event_lifecycle (vm, VIR_DOMAIN_EVENT_DEFINED,
                      updated ? VIR_DOMAIN_EVENT_DEFINED_UPDATED : VIR_DOMAIN_EVENT_DEFINED_ADDED);
  handler_put_domain (ret, vm);
  return true;
}

bool
handle_domain_define_xml (Call *call, const DomainDefineXmlArgs *args, DomainDefineXmlRet *ret, GError **error)
{
  return define (args->xml, 0, &ret->dom, error);
}

bool
handle_domain_define_xml_flags (Call *call, const DomainDefineXmlFlagsArgs *args, DomainDefineXmlFlagsRet *ret,
                                GError **error)
{
  return define (args->xml, args->flags, &ret->dom, error);
}

/* --- undefine ------------------------------------------------------------------------------------ */

#define UNDEFINE_FLAGS (VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA \
                        | VIR_DOMAIN_UNDEFINE_NVRAM | VIR_DOMAIN_UNDEFINE_KEEP_NVRAM              \
                        | VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_TPM      \
                        | VIR_DOMAIN_UNDEFINE_KEEP_TPM)

/* The file with the variables of a guest's firmware, NULL if there is none; that of a guest that only asks for firmware of a kind
 * was made at its first start. Caller frees. */
static char *
find_nvram (const Domain *config)
{
  g_autofree char *path = qemu_nvram_path (&config->os) != NULL ? g_strdup (qemu_nvram_path (&config->os))
                          : config->os.firmware == FIRMWARE_EFI ? qemu_nvram_default_path (config) : NULL;

  return path != NULL && g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : NULL;
}

/* What belongs to a guest and must not be lost or left over unasked. */
static bool
check_belongings (const Vm *vm, unsigned int flags, const char *nvram, GError **error)
{
  bool active = vm_is_active (vm);

  if (!active && vm->n_snapshots > 0 && !(flags & VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                 "domain '%s' is not undefined: it has %u snapshots", vm->name, vm->n_snapshots);
  if (!active && vm->n_checkpoints > 0 && !(flags & VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                 "domain '%s' is not undefined: it has %u checkpoints", vm->name, vm->n_checkpoints);
  if (vm->has_managed_save && !(flags & VIR_DOMAIN_UNDEFINE_MANAGED_SAVE))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                 "domain '%s' is not undefined: it has a managed save image", vm->name);
  if (!active && nvram != NULL && !(flags & (VIR_DOMAIN_UNDEFINE_NVRAM | VIR_DOMAIN_UNDEFINE_KEEP_NVRAM)))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                 "domain '%s' is not undefined: say whether its firmware variables in '%s' are to be kept",
                 vm->name, nvram);
  return true;
}

/* Removes the metadata files of a guest that is going. */
static bool
remove_metadata (const char *kind, const char *name, GError **error)
{
  g_autofree char *folder = path_driver (PATH_LIB, "qemu", "%s/%s", kind, name);
  g_auto (GStrv) files = NULL;

  if (!state_dir_list (folder, ".xml", &files, error))
    return false;
  for (char **file = files; *file != NULL; file++)
    {
      g_autofree char *path = g_build_filename (folder, *file, NULL);

      if (!state_file_remove (path, error))
        return false;
    }
  return true;
}

static bool
remove_belongings (Vm *vm, unsigned int flags, const char *nvram, GError **error)
{
  bool active = vm_is_active (vm);

  if (vm->has_managed_save)
    {
      g_autofree char *path = vm_store_managed_save_path (vm->name);

      if (!state_file_remove (path, error))
        return false;
      vm->has_managed_save = false;
    }
  if (!active && vm->n_snapshots > 0 && !remove_metadata ("snapshot", vm->name, error))
    return false;
  if (!active && vm->n_checkpoints > 0 && !remove_metadata ("checkpoint", vm->name, error))
    return false;
  if (!active && nvram != NULL && (flags & VIR_DOMAIN_UNDEFINE_NVRAM)
      && !state_file_remove (nvram, error))
    return false;
  if (!active && !(flags & VIR_DOMAIN_UNDEFINE_KEEP_TPM)
      && ((flags & VIR_DOMAIN_UNDEFINE_TPM) || !helpers_keeps_tpm (vm->config)))
    helpers_forget_guest (vm->uuid);
  return true;
}

static bool
undefine (const RemoteNonnullDomain *dom, unsigned int flags, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  g_autofree char *nvram = NULL;

  if (!handler_check_flags (flags, UNDEFINE_FLAGS, "virDomainUndefineFlags", error))
    return false;
  if ((flags & VIR_DOMAIN_UNDEFINE_NVRAM) && (flags & VIR_DOMAIN_UNDEFINE_KEEP_NVRAM))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "firmware variables cannot be both kept and deleted");
  if ((flags & VIR_DOMAIN_UNDEFINE_TPM) && (flags & VIR_DOMAIN_UNDEFINE_KEEP_TPM))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "the state of a TPM cannot be both kept and deleted");
  vm = handler_vm_job (dom, &guard, "undefinition", error);
  if (vm == NULL)
    return false;
  if (!vm_is_persistent (vm))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "cannot undefine transient domain '%s'", vm->name);
  nvram = find_nvram (vm->config);
  if (!check_belongings (vm, flags, nvram, error) || !remove_belongings (vm, flags, nvram, error)
      || !vm_store_remove (vm->name, error))
    return false;
  vm->autostart = vm->autostart_once = false;
  vm_event_lifecycle (vm, VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_REMOVED);
  if (vm_is_active (vm))
    g_clear_pointer (&vm->config, domain_free);
  else
    vm_list_remove (driver.vms, vm);
  return true;
}

bool
handle_domain_undefine (Call *call, const DomainUndefineArgs *args, GError **error)
{
  return undefine (&args->dom, 0, error);
}

bool
handle_domain_undefine_flags (Call *call, const DomainUndefineFlagsArgs *args, GError **error)
{
  return undefine (&args->dom, args->flags, error);
}

/* --- rename ----------------------------------------------------------------------------------------- */

static bool
check_rename (const Vm *vm, const char *name, GError **error)
{
  g_autoptr (Vm) other = NULL;

  if (vm_is_active (vm))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "cannot rename active domain '%s'", vm->name);
  if (vm->has_managed_save)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                 "cannot rename domain '%s' with a managed save image", vm->name);
  if (vm->n_snapshots + vm->n_checkpoints > 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                 "cannot rename domain '%s' with snapshots or checkpoints", vm->name);
  if (strcmp (vm->name, name) == 0)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "cannot rename domain '%s' to itself", name);
  other = vm_list_by_name (driver.vms, name);
  return other == NULL
         || fail (error, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "domain with name '%s' already exists", name);
}

/* The events go to subscribers of the guest under the name that each speaks of. */
static bool
rename_claimed (Vm *vm, const char *name, GError **error)
{
  g_autoptr (Domain) domain = domain_copy (vm->config);

  g_free (domain->name);
  domain->name = g_strdup (name);
  return vm_store_rename (vm->name, domain, vm->autostart, vm->autostart_once, error)
         && (domain_free (vm->config), vm->config = g_steal_pointer (&domain), true);
}

bool
handle_domain_rename (Call *call, const DomainRenameArgs *args, DomainRenameRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL, place = NULL;
  g_auto (JobGuard) guard = { 0 };
  g_auto (JobGuard) place_guard = { 0 };
  uint8_t uuid[UUID_SIZE];
  bool renamed;

  if (!handler_check_flags (args->flags, 0, "virDomainRename", error))
    return false;
  if (args->new_name == NULL || *args->new_name == '\0')
    return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "the new name of the domain must not be empty");
  if (strchr (args->new_name, '/') != NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_XML_ERROR, "name '%s' cannot contain '/'", args->new_name);
  vm = handler_vm_job (&args->dom, &guard, "renaming", error);
  if (vm == NULL || !check_rename (vm, args->new_name, error))
    return false;
  /* Nobody takes the new name while the files are written. */
  uuid_generate (uuid);
  place = vm_list_claim (driver.vms, uuid, args->new_name, true, &place_guard, "renaming", error);
  if (place == NULL)
    return false;
  renamed = rename_claimed (vm, args->new_name, error);
  vm_list_remove (driver.vms, place);
  if (!renamed)
    return false;
  vm_event_lifecycle (vm, VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_RENAMED);
  if (!vm_list_rename (driver.vms, vm, args->new_name, error))
    return false;
  vm_event_lifecycle (vm, VIR_DOMAIN_EVENT_DEFINED, VIR_DOMAIN_EVENT_DEFINED_RENAMED);
  ret->retcode = 0;
  return true;
}

/* --- autostart ----------------------------------------------------------------------------------------- */

bool
handle_domain_set_autostart (Call *call, const DomainSetAutostartArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  bool autostart = args->autostart != 0;

  vm = handler_vm_job (&args->dom, &guard, "autostart setting", error);
  if (vm == NULL)
    return false;
  if (!vm_is_persistent (vm))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                 "cannot set autostart for transient domain '%s'", vm->name);
  if (vm->autostart != autostart && !vm_store_set_autostart (vm->name, VM_AUTOSTART_ALWAYS, autostart, error))
    return false;
  vm->autostart = autostart;
  return true;
}
