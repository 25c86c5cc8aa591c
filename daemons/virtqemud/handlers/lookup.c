/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that find guests and answer from what is known of them. */
#include <string.h>

#include "driver.h"
#include "handlers/agent.h"
#include "qemu/process.h"
#include "qemu/qmp.h"
#include "util/host.h"
#include "util/loop.h"
#include "util/state-file.h"
#include "util/uuid.h"
#include "vm/figures.h"
#include "vm/store.h"

/* --- finding ----------------------------------------------------------------------------------- */

bool
handle_domain_lookup_by_id (Call *call, const DomainLookupByIdArgs *args, DomainLookupByIdRet *ret, GError **error)
{
  g_autoptr (Vm) vm = vm_list_by_id (driver.vms, args->id);

  if (vm == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_NO_DOMAIN, "no domain with matching id %d", args->id);
  handler_put_domain (&ret->dom, vm);
  return true;
}

bool
handle_domain_lookup_by_name (Call *call, const DomainLookupByNameArgs *args, DomainLookupByNameRet *ret,
                              GError **error)
{
  g_autoptr (Vm) vm = vm_list_by_name (driver.vms, args->name);

  if (vm == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_NO_DOMAIN, "no domain with matching name '%s'", args->name);
  handler_put_domain (&ret->dom, vm);
  return true;
}

bool
handle_domain_lookup_by_uuid (Call *call, const DomainLookupByUuidArgs *args, DomainLookupByUuidRet *ret,
                              GError **error)
{
  g_autoptr (Vm) vm = vm_list_by_uuid (driver.vms, args->uuid);
  char uuid[UUID_TEXT_SIZE];

  if (vm == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_NO_DOMAIN, "no domain with matching uuid '%s'",
                 uuid_format (args->uuid, uuid));
  handler_put_domain (&ret->dom, vm);
  return true;
}

/* --- state --------------------------------------------------------------------------------------- */

bool
handle_domain_get_info (Call *call, const DomainGetInfoArgs *args, DomainGetInfoRet *ret, GError **error)
{
  g_autoptr (Vm) vm = handler_vm (&args->dom, error);
  QemuUsage usage = { 0 };

  if (vm == NULL)
    return false;
  if (vm->process != NULL)
    qemu_process_usage (vm->process, &usage, NULL);
  ret->state = (unsigned char) vm->state;
  ret->maxMem = vm_domain (vm)->memory;
  ret->memory = vm_is_active (vm) ? vm_balloon_kib (vm) : vm_domain (vm)->current_memory;
  ret->nrVirtCpu = (unsigned short) domain_vcpus_now (vm_domain (vm));
  ret->cpuTime = usage.cpu_ns;
  return true;
}

bool
handle_domain_get_state (Call *call, const DomainGetStateArgs *args, DomainGetStateRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;

  if (!handler_check_flags (args->flags, 0, "virDomainGetState", error))
    return false;
  vm = handler_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  ret->state = vm->state;
  ret->reason = vm->reason;
  return true;
}

bool
handle_domain_is_active (Call *call, const DomainIsActiveArgs *args, DomainIsActiveRet *ret, GError **error)
{
  g_autoptr (Vm) vm = handler_vm (&args->dom, error);

  if (vm == NULL)
    return false;
  ret->active = vm_is_active (vm);
  return true;
}

bool
handle_domain_is_persistent (Call *call, const DomainIsPersistentArgs *args, DomainIsPersistentRet *ret,
                             GError **error)
{
  g_autoptr (Vm) vm = handler_vm (&args->dom, error);

  if (vm == NULL)
    return false;
  ret->persistent = vm_is_persistent (vm);
  return true;
}

bool
handle_domain_is_updated (Call *call, const DomainIsUpdatedArgs *args, DomainIsUpdatedRet *ret, GError **error)
{
  g_autoptr (Vm) vm = handler_vm (&args->dom, error);

  if (vm == NULL)
    return false;
  ret->updated = vm->updated;
  return true;
}

bool
handle_domain_get_autostart (Call *call, const DomainGetAutostartArgs *args, DomainGetAutostartRet *ret,
                             GError **error)
{
  g_autoptr (Vm) vm = handler_vm (&args->dom, error);

  if (vm == NULL)
    return false;
  ret->autostart = vm->autostart;
  return true;
}

bool
handle_domain_get_control_info (Call *call, const DomainGetControlInfoArgs *args, DomainGetControlInfoRet *ret,
                                GError **error)
{
  g_autoptr (Vm) vm = NULL;

  if (!handler_check_flags (args->flags, 0, "virDomainGetControlInfo", error))
    return false;
  vm = handler_active_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  ret->state = VIR_DOMAIN_CONTROL_OK;
  if (vm->monitor == NULL || !qmp_is_responsive (vm->monitor))
    {
      ret->state = VIR_DOMAIN_CONTROL_ERROR;
      ret->details = VIR_DOMAIN_CONTROL_ERROR_REASON_MONITOR;
    }
  else if (vm->job.owner != NULL)
    {
      ret->state = VIR_DOMAIN_CONTROL_JOB;
      ret->stateTime = (loop_now () - vm->job.since) / 1000;
    }
  return true;
}

/* --- what the definition says ------------------------------------------------------------------------ */

bool
handle_domain_get_os_type (Call *call, const DomainGetOsTypeArgs *args, DomainGetOsTypeRet *ret, GError **error)
{
  g_autoptr (Vm) vm = handler_vm (&args->dom, error);

  if (vm == NULL)
    return false;
  ret->type = g_strdup (xml_enum_name (&os_type_names, vm_domain (vm)->os.type));
  if (ret->type == NULL)
    ret->type = g_strdup ("hvm");
  return true;
}

bool
handle_domain_get_max_memory (Call *call, const DomainGetMaxMemoryArgs *args, DomainGetMaxMemoryRet *ret,
                              GError **error)
{
  g_autoptr (Vm) vm = handler_vm (&args->dom, error);

  if (vm == NULL)
    return false;
  ret->memory = vm_domain (vm)->memory;
  return true;
}

bool
handle_domain_get_max_vcpus (Call *call, const DomainGetMaxVcpusArgs *args, DomainGetMaxVcpusRet *ret,
                             GError **error)
{
  g_autoptr (Vm) vm = handler_active_vm (&args->dom, error);

  if (vm == NULL)
    return false;
  ret->num = (int) vm->live->vcpus_max;
  return true;
}

bool
handle_domain_get_vcpus_flags (Call *call, const DomainGetVcpusFlagsArgs *args, DomainGetVcpusFlagsRet *ret,
                               GError **error)
{
  g_autoptr (Vm) vm = NULL;
  const Domain *domain;

  if (!handler_one_affect (args->flags, "virDomainGetVcpusFlags", error)
      || !handler_check_flags (args->flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG | VIR_DOMAIN_VCPU_MAXIMUM
                                              | VIR_DOMAIN_VCPU_GUEST, "virDomainGetVcpusFlags", error))
    return false;
  vm = handler_vm (&args->dom, error);
  domain = vm != NULL ? vm_definition_for (vm, args->flags, error) : NULL;
  if (domain == NULL)
    return false;
  if (args->flags & VIR_DOMAIN_VCPU_GUEST)
    return handler_agent_count_vcpus (&args->dom, &ret->num, error);
  ret->num = (int) ((args->flags & VIR_DOMAIN_VCPU_MAXIMUM) ? domain->vcpus_max : domain_vcpus_now (domain));
  return true;
}

/* IO threads that are pinned nowhere may run everywhere. */
/* --- things beside the definition ---------------------------------------------------------------------- */

bool
handle_domain_has_managed_save_image (Call *call, const DomainHasManagedSaveImageArgs *args,
                                      DomainHasManagedSaveImageRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;

  if (!handler_check_flags (args->flags, 0, "virDomainHasManagedSaveImage", error))
    return false;
  vm = handler_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  ret->result = vm->has_managed_save;
  return true;
}

bool
handle_domain_managed_save_remove (Call *call, const DomainManagedSaveRemoveArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  g_autofree char *path = NULL;

  if (!handler_check_flags (args->flags, 0, "virDomainManagedSaveRemove", error))
    return false;
  vm = handler_vm_job (&args->dom, &guard, "removal of the saved state", error);
  if (vm == NULL)
    return false;
  path = vm_store_managed_save_path (vm->name);
  if (!state_file_remove (path, error))
    return false;
  vm->has_managed_save = false;
  return true;
}

bool
handle_domain_snapshot_num (Call *call, const DomainSnapshotNumArgs *args, DomainSnapshotNumRet *ret,
                            GError **error)
{
  g_autoptr (Vm) vm = handler_vm (&args->dom, error);

  if (vm == NULL)
    return false;
  if (args->flags & ~(unsigned int) VIR_DOMAIN_SNAPSHOT_LIST_METADATA && vm->n_snapshots > 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_NO_SUPPORT, "snapshots are only counted here, not chosen from");
  ret->num = (int) vm->n_snapshots;
  return true;
}

static const struct { VmTaint taint; const char *text; } taint_texts[] = {
  { VM_TAINT_CUSTOM_ARGV, "tainted: custom configuration parameters specified" },
  { VM_TAINT_CUSTOM_MONITOR, "tainted: custom monitor control commands issued" },
  { VM_TAINT_HOST_CPU, "tainted: use of host cpu passthrough" },
  { VM_TAINT_HIGH_PRIVILEGES, "tainted: running with undesirable elevated privileges" },
  { VM_TAINT_CUSTOM_AGENT, "tainted: custom guest agent control commands issued" },
};

bool
handle_domain_get_messages (Call *call, const DomainGetMessagesArgs *args, DomainGetMessagesRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;

  if (!handler_check_flags (args->flags, VIR_DOMAIN_MESSAGE_DEPRECATION | VIR_DOMAIN_MESSAGE_TAINTING,
                            "virDomainGetMessages", error))
    return false;
  vm = handler_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  ret->msgs = g_new0 (char *, G_N_ELEMENTS (taint_texts));
  if (args->flags == 0 || (args->flags & VIR_DOMAIN_MESSAGE_TAINTING))
    for (unsigned int i = 0; i < G_N_ELEMENTS (taint_texts); i++)
      if (vm->taint & taint_texts[i].taint)
        ret->msgs[ret->n_msgs++] = g_strdup (taint_texts[i].text);
  return true;
}
