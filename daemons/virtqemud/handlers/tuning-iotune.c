/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits of a disk's transfers, that QEMU keeps. */
#include <string.h>

#include "handlers/tuning.h"
#include "model/domain/tables.h"
#include "qemu/iotune.h"
#include "vm/block.h"
#include "vm/events.h"
#include "vm/lifecycle.h"

static DomainDisk *
find_disk (const Domain *domain, const char *path, GError **error)
{
  DomainDisk *disk = path != NULL ? vm_find_disk (domain, path) : NULL;

  if (disk == NULL)
    fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "domain '%s' has no disk '%s'", domain->name, path ?: "");
  return disk;
}

/* --- reading --------------------------------------------------------------------------------------- */

/* QEMU lets a rate be exceeded for a second if it is told nothing. */
static uint64_t
value_of (const DomainDisk *disk, unsigned int row, bool live)
{
  const DomainDiskIoTune *tune = disk != NULL ? disk->iotune : NULL;
  uint64_t value = iotune_get (tune, row);

  return live && tune != NULL && value == 0 && iotune_rows[row].set == IOTUNE_LENGTHS && !iotune_is_idle_length (tune, row)
         ? 1 : value;
}

static char *
group_of (const DomainDisk *disk, bool live)
{
  if (disk == NULL || disk->iotune == NULL)
    return g_strdup ("");
  if (disk->iotune->group != NULL)
    return g_strdup (disk->iotune->group);
  return live && disk->info.alias != NULL ? qemu_iotune_id (disk) : g_strdup ("");
}

/* A client that gives no disk wants to know how many parameters there are. */
bool
handle_domain_get_block_io_tune (Call *call, const DomainGetBlockIoTuneArgs *args, DomainGetBlockIoTuneRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (Params) params = { 0 };
  const Domain *domain = tuning_query (&args->dom, args->flags, "virDomainGetBlockIoTune", &vm, error);
  const DomainDisk *disk = NULL;

  if (domain == NULL || ((args->nparams != 0 || args->disk != NULL) && (disk = find_disk (domain, args->disk, error)) == NULL))
    return false;
  for (unsigned int row = 0; row < IOTUNE_ROWS; row++)
    if (iotune_rows[row].set == IOTUNE_GROUP)
      {
        g_autofree char *group = group_of (disk, tuning_is_live (vm, args->flags));

        params_add_string (&params, iotune_rows[row].name, group);
      }
    else
      params_add_ullong (&params, iotune_rows[row].name, value_of (disk, row, tuning_is_live (vm, args->flags)));
  params_reply (&params, args->nparams, &ret->params, &ret->n_params, &ret->nparams);
  return true;
}

/* --- changing ----------------------------------------------------------------------------------------- */

typedef struct
{
  const char *disk;
  const RemoteTypedParam *params;
  unsigned int n;
} Wanted;

static const RemoteTypedParamValue *
wanted_of (const Wanted *wanted, unsigned int row)
{
  return params_find (wanted->params, wanted->n, iotune_rows[row].name);
}

/* A set of which one is given: those that are not are reset. */
static bool
is_set_wanted (const Wanted *wanted, IoTuneSet set)
{
  for (unsigned int row = 0; row < IOTUNE_ROWS; row++)
    if (iotune_rows[row].set == set && wanted_of (wanted, row) != NULL)
      return true;
  return false;
}

static void
apply_params (DomainDiskIoTune *tune, const Wanted *wanted)
{
  for (unsigned int row = 0; row < IOTUNE_ROWS; row++)
    {
      const RemoteTypedParamValue *value = wanted_of (wanted, row);
      IoTuneSet set = iotune_rows[row].set;

      if (set == IOTUNE_GROUP && value != NULL)
        {
          g_free (tune->group);
          tune->group = *value->s != '\0' ? g_strdup (value->s) : NULL;
        }
      else if (value == NULL && iotune_is_idle_length (tune, row))
        iotune_set (tune, row, 0);
      else if (set != IOTUNE_GROUP && (value != NULL || (set != IOTUNE_LENGTHS && is_set_wanted (wanted, set))))
        iotune_set (tune, row, value != NULL ? value->ul : 0);
    }
}

/* Disks of one group have one set of limits. */
static void
share (Domain *domain, const DomainDisk *disk)
{
  for (unsigned int i = 0; disk->iotune->group != NULL && i < domain->disks.n; i++)
    {
      DomainDiskIoTune *other = domain->disks.items[i]->iotune;

      if (other == NULL || other == disk->iotune || g_strcmp0 (other->group, disk->iotune->group) != 0)
        continue;
      for (unsigned int row = 0; row < IOTUNE_ROWS; row++)
        if (iotune_rows[row].set != IOTUNE_GROUP)
          iotune_set (other, row, iotune_get (disk->iotune, row));
    }
}

static bool
edit (Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;
  DomainDisk *disk = find_disk (domain, wanted->disk, error);
  bool any = false;

  if (disk == NULL)
    return false;
  if (disk->iotune == NULL)
    disk->iotune = xml_new (&domain_iotune_schema);
  apply_params (disk->iotune, wanted);
  if (!iotune_check (disk->iotune, domain->id > 0, error))
    return false;
  share (domain, disk);
  for (unsigned int row = 0; row < IOTUNE_ROWS; row++)
    any = any || (iotune_rows[row].set == IOTUNE_GROUP ? disk->iotune->group != NULL : iotune_get (disk->iotune, row) != 0);
  if (!any)
    {
      xml_free (&domain_iotune_schema, disk->iotune);
      disk->iotune = NULL;
    }
  return true;
}

static bool
effect (Vm *vm, const Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;
  const DomainDisk *disk = find_disk (domain, wanted->disk, error);

  if (disk == NULL)
    return false;
  if (disk->source.path == NULL && disk->source.type == STORAGE_TYPE_FILE)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "the drive '%s' has no medium whose transfers could be limited",
                 wanted->disk);
  return vm_command (vm, "block_set_io_throttle", qemu_iotune_args (disk), error);
}

static void
tell (const Vm *vm, const Wanted *wanted)
{
  g_auto (Params) params = { 0 };
  const DomainDisk *disk = vm->live != NULL ? vm_find_disk (vm->live, wanted->disk) : NULL;

  params_add_string (&params, "blkdeviotune.disk", disk != NULL ? disk->target.dev : wanted->disk);
  for (unsigned int i = 0; i < wanted->n; i++)
    {
      g_autofree char *name = g_strconcat ("blkdeviotune.", wanted->params[i].field, NULL);

      if (wanted->params[i].value.type == VIR_TYPED_PARAM_STRING)
        params_add_string (&params, name, wanted->params[i].value.s);
      else
        params_add_ullong (&params, name, wanted->params[i].value.ul);
    }
  vm_event_tunable (vm, params.items, params.n);
}

bool
handle_domain_set_block_io_tune (Call *call, const DomainSetBlockIoTuneArgs *args, GError **error)
{
  Wanted wanted = { args->disk, args->params, args->n_params };
  ParamRow known[IOTUNE_ROWS];
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  for (unsigned int row = 0; row < IOTUNE_ROWS; row++)
    known[row] = (ParamRow) { iotune_rows[row].name, iotune_rows[row].set == IOTUNE_GROUP ? (int) VIR_TYPED_PARAM_STRING
                                                                                          : (int) VIR_TYPED_PARAM_ULLONG };
  if (!params_check (args->params, args->n_params, known, IOTUNE_ROWS, error))
    return false;
  vm = tuning_change (&args->dom, args->flags, false, "virDomainSetBlockIoTune", "limits of a disk", &guard, &affect, error);
  if (vm == NULL || !vm_edit (vm, affect, edit, effect, &wanted, error))
    return false;
  if (affect & VIR_DOMAIN_AFFECT_LIVE)
    tell (vm, &wanted);
  return true;
}
