/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about the disks of guests. */
#include <string.h>

#include "handlers/handlers.h"
#include "util/json.h"
#include "vm/block.h"
#include "vm/figures.h"

/* --- statistics ------------------------------------------------------------------------------------- */

static bool
read_stats (const RemoteNonnullDomain *dom, const char *path, DiskStats *ret_stats, GError **error)
{
  g_autoptr (Vm) vm = handler_active_vm (dom, error);
  g_autoptr (json_t) result = NULL;
  const DomainDisk *disk = NULL;

  if (vm == NULL)
    return false;
  result = vm_figure (vm, VM_FIGURE_BLOCK_STATS, &ret_stats->age_ms);
  if (!vm_require_active (vm, error))
    return false;
  if (*path != '\0')
    {
      disk = vm_find_disk (vm->live, path);
      if (disk == NULL)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "domain '%s' has no disk '%s'", vm->name, path);
    }
  if (result == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                 "domain '%s' does not answer, and never said what its disks do", vm->name);
  if (!disk_stats_add (result, disk, ret_stats) && disk != NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "QEMU has no statistics of the disk '%s'", path);
  return true;
}

bool
handle_domain_block_stats (Call *call, const DomainBlockStatsArgs *args, DomainBlockStatsRet *ret, GError **error)
{
  DiskStats stats = { 0 };

  if (!read_stats (&args->dom, args->path, &stats, error))
    return false;
  ret->rd_req = (int64_t) stats.rd_ops;
  ret->rd_bytes = (int64_t) stats.rd_bytes;
  ret->wr_req = (int64_t) stats.wr_ops;
  ret->wr_bytes = (int64_t) stats.wr_bytes;
  ret->errs = -1;
  return true;
}

bool
handle_domain_block_stats_flags (Call *call, const DomainBlockStatsFlagsArgs *args, DomainBlockStatsFlagsRet *ret,
                                 GError **error)
{
  g_auto (Params) params = { 0 };
  DiskStats stats = { 0 };

  if (!handler_check_flags (args->flags, VIR_TYPED_PARAM_STRING_OKAY, "virDomainBlockStatsFlags", error)
      || !read_stats (&args->dom, args->path, &stats, error))
    return false;
  params_add_llong (&params, VIR_DOMAIN_BLOCK_STATS_WRITE_BYTES, (int64_t) stats.wr_bytes);
  params_add_llong (&params, VIR_DOMAIN_BLOCK_STATS_WRITE_REQ, (int64_t) stats.wr_ops);
  params_add_llong (&params, VIR_DOMAIN_BLOCK_STATS_READ_BYTES, (int64_t) stats.rd_bytes);
  params_add_llong (&params, VIR_DOMAIN_BLOCK_STATS_READ_REQ, (int64_t) stats.rd_ops);
  params_add_llong (&params, VIR_DOMAIN_BLOCK_STATS_FLUSH_REQ, (int64_t) stats.fl_ops);
  params_add_llong (&params, VIR_DOMAIN_BLOCK_STATS_WRITE_TOTAL_TIMES, (int64_t) stats.wr_ns);
  params_add_llong (&params, VIR_DOMAIN_BLOCK_STATS_READ_TOTAL_TIMES, (int64_t) stats.rd_ns);
  params_add_llong (&params, VIR_DOMAIN_BLOCK_STATS_FLUSH_TOTAL_TIMES, (int64_t) stats.fl_ns);
  if (stats.age_ms > 0)
    params_add_ullong (&params, "age-ms", stats.age_ms);
  params_reply (&params, args->nparams, &ret->params, &ret->n_params, &ret->nparams);
  return true;
}

/* --- sizes ----------------------------------------------------------------------------------------------- */

bool
handle_domain_get_block_info (Call *call, const DomainGetBlockInfoArgs *args, DomainGetBlockInfoRet *ret,
                              GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_autoptr (json_t) nodes = NULL;
  const DomainDisk *disk;
  DiskSize live = { 0 }, file;
  bool known;

  if (!handler_check_flags (args->flags, 0, "virDomainGetBlockInfo", error))
    return false;
  vm = handler_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  if (vm_is_active (vm))
    nodes = vm_figure (vm, VM_FIGURE_BLOCK_NODES, NULL);
  if (vm_domain (vm) == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_NO_DOMAIN, "domain '%s' is gone", vm->name);
  disk = vm_find_disk (vm_domain (vm), args->path);
  if (disk == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "domain '%s' has no disk '%s'", vm->name, args->path);
  if (domain_storage_is_empty (&disk->source))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG,
                 "disk '%s' does not currently have a source assigned", args->path);
  known = nodes != NULL && disk_size_of_nodes (nodes, disk, &live);
  if (known && !disk_is_local (disk))
    file = live;
  else if (!disk_size_of_file (disk, &file, error))
    return false;
  ret->capacity = known && live.capacity > 0 ? live.capacity : file.capacity;
  ret->allocation = file.allocation;
  ret->physical = file.physical;
  return true;
}

/* --- errors ------------------------------------------------------------------------------------------------ */

/* What QEMU says of a disk: 0 if it is well. */
static int
disk_error (const json_t *blocks, const DomainDisk *disk)
{
  const json_t *entry = disk_find_entry (blocks, disk);
  const char *status = json_get_string (entry, "io-status", "ok");

  if (strcmp (status, "failed") == 0)
    return VIR_DOMAIN_DISK_ERROR_UNSPEC;
  return strcmp (status, "nospace") == 0 ? (int) VIR_DOMAIN_DISK_ERROR_NO_SPACE : (int) VIR_DOMAIN_DISK_ERROR_NONE;
}

bool
handle_domain_get_disk_errors (Call *call, const DomainGetDiskErrorsArgs *args, DomainGetDiskErrorsRet *ret,
                               GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_autoptr (json_t) blocks = NULL;
  unsigned int room;

  if (!handler_check_flags (args->flags, 0, "virDomainGetDiskErrors", error))
    return false;
  vm = handler_active_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  if (args->maxerrors == 0)
    {
      ret->nerrors = (int) vm->live->disks.n;
      return true;
    }
  blocks = vm_figure (vm, VM_FIGURE_BLOCK, NULL);
  if (!vm_require_active (vm, error))
    return false;
  room = MIN (args->maxerrors, vm->live->disks.n);
  ret->errors = g_new0 (RemoteDomainDiskError, room);
  for (unsigned int i = 0; blocks != NULL && i < vm->live->disks.n && ret->n_errors < room; i++)
    {
      int code = disk_error (blocks, vm->live->disks.items[i]);

      if (code == VIR_DOMAIN_DISK_ERROR_NONE)
        continue;
      ret->errors[ret->n_errors].disk = g_strdup (vm->live->disks.items[i]->target.dev);
      ret->errors[ret->n_errors++].error = code;
    }
  ret->nerrors = (int) ret->n_errors;
  return true;
}
