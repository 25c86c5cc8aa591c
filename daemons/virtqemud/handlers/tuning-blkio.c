/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a guest shares the host's disks. */
#include <string.h>

#include "handlers/tuning.h"
#include "model/domain/tables.h"

static const CgroupPlace whole = { CGROUP_WHOLE, 0 };

/* Each a list "PATH,VALUE,PATH,VALUE". */
static const struct
{
  const char *name;
  CgroupSetting setting;
  size_t offset;                /* in DomainBlkioDevice */
  bool is_wide;                 /* 64 bits */
} devices[] = {
  { VIR_DOMAIN_BLKIO_DEVICE_WEIGHT, CGROUP_IO_DEVICE_WEIGHT, offsetof (DomainBlkioDevice, weight), false },
  { VIR_DOMAIN_BLKIO_DEVICE_READ_IOPS, CGROUP_IO_READ_IOPS, offsetof (DomainBlkioDevice, read_iops), false },
  { VIR_DOMAIN_BLKIO_DEVICE_WRITE_IOPS, CGROUP_IO_WRITE_IOPS, offsetof (DomainBlkioDevice, write_iops), false },
  { VIR_DOMAIN_BLKIO_DEVICE_READ_BPS, CGROUP_IO_READ_BYTES, offsetof (DomainBlkioDevice, read_bytes), true },
  { VIR_DOMAIN_BLKIO_DEVICE_WRITE_BPS, CGROUP_IO_WRITE_BYTES, offsetof (DomainBlkioDevice, write_bytes), true },
};

static uint64_t
get (const DomainBlkioDevice *device, unsigned int i)
{
  const char *at = (const char *) device + devices[i].offset;

  return devices[i].is_wide ? *(const uint64_t *) (const void *) at : *(const unsigned int *) (const void *) at;
}

static void
put (DomainBlkioDevice *device, unsigned int i, uint64_t value)
{
  char *at = (char *) device + devices[i].offset;

  if (devices[i].is_wide)
    *(uint64_t *) (void *) at = value;
  else
    *(unsigned int *) (void *) at = (unsigned int) value;
}

/* --- reading ------------------------------------------------------------------------------------- */

static char *
list_of (const DomainBlkiotune *tune, unsigned int i)
{
  GString *text = g_string_new ("");

  for (unsigned int k = 0; tune != NULL && k < tune->devices.n; k++)
    if (get (tune->devices.items[k], i) != 0)
      g_string_append_printf (text, "%s%s,%" G_GUINT64_FORMAT, text->len > 0 ? "," : "", tune->devices.items[k]->path,
                              get (tune->devices.items[k], i));
  return g_string_free (text, FALSE);
}

bool
handle_domain_get_blkio_parameters (Call *call, const DomainGetBlkioParametersArgs *args, DomainGetBlkioParametersRet *ret,
                                    GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (Params) params = { 0 };
  const Domain *domain;
  bool live;

  if (!tuning_require_privileges ("block I/O tuning", error))
    return false;
  domain = tuning_query (&args->dom, args->flags, "virDomainGetBlkioParameters", &vm, error);
  live = domain != NULL && tuning_is_live (vm, args->flags);
  if (domain == NULL || (live && !cgroup_require (CGROUP_BLKIO, error)))
    return false;
  params_add_uint (&params, VIR_DOMAIN_BLKIO_WEIGHT,
                   live ? (unsigned int) cgroup_value (tuning_group (vm), whole, CGROUP_IO_WEIGHT)
                        : domain->blkiotune != NULL ? domain->blkiotune->weight : 0);
  for (unsigned int i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      g_autofree char *text = list_of (domain->blkiotune, i);

      params_add_string (&params, devices[i].name, text);
    }
  params_reply (&params, args->nparams, &ret->params, &ret->n_params, &ret->nparams);
  return true;
}

/* --- changing --------------------------------------------------------------------------------------- */

typedef struct
{
  const RemoteTypedParam *params;
  unsigned int n;
  Resources resources;          /* what they mean, with each device */
} Wanted;

static void
wanted_clear (Wanted *wanted)
{
  resources_clear (&wanted->resources);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wanted, wanted_clear)

static DomainBlkioDevice *
device_of (DomainBlkiotune *tune, const char *path)
{
  DomainBlkioDevice *device;

  for (unsigned int i = 0; i < tune->devices.n; i++)
    if (strcmp (tune->devices.items[i]->path, path) == 0)
      return tune->devices.items[i];
  device = g_new0 (DomainBlkioDevice, 1);
  device->path = g_strdup (path);
  xml_list_append (&tune->devices, device);
  return device;
}

static void
drop_empty (DomainBlkiotune *tune)
{
  for (unsigned int i = tune->devices.n; i-- > 0;)
    {
      DomainBlkioDevice *device = tune->devices.items[i];
      bool empty = true;

      for (unsigned int k = 0; k < G_N_ELEMENTS (devices); k++)
        empty = empty && get (device, k) == 0;
      if (!empty)
        continue;
      xml_list_steal (&tune->devices, i);
      g_free (device->path);
      g_free (device);
    }
}

static bool
edit (Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;

  if (domain->blkiotune == NULL)
    domain->blkiotune = xml_new (&domain_blkiotune_schema);
  for (unsigned int i = 0; wanted->resources.changes != NULL && i < wanted->resources.changes->len; i++)
    {
      const CgroupChange *change = &g_array_index (wanted->resources.changes, CgroupChange, i);

      if (change->setting == CGROUP_IO_WEIGHT)
        domain->blkiotune->weight = (unsigned int) change->value;
      for (unsigned int k = 0; k < G_N_ELEMENTS (devices); k++)
        if (devices[k].setting == change->setting)
          put (device_of (domain->blkiotune, change->text), k, (uint64_t) change->value);
    }
  drop_empty (domain->blkiotune);
  return true;
}

static bool
effect (Vm *vm, const Domain *domain, void *user, GError **error)
{
  const Wanted *wanted = user;

  return cgroup_require (CGROUP_BLKIO, error) && tuning_apply (vm, &wanted->resources, error);
}

/* Paths have no commas here, as in stock. */
static bool
parse_list (const char *text, unsigned int i, Resources *resources, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  unsigned int n = g_strv_length (parts);

  if (*text == '\0')
    return true;
  for (unsigned int k = 0; k < n; k += 2)
    {
      guint64 value;

      if (k + 1 == n || *parts[k] == '\0'
          || !g_ascii_string_to_unsigned (parts[k + 1], 10, 0, devices[i].is_wide ? INT64_MAX : UINT32_MAX, &value, NULL))
        return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "'%s' is not a list of devices and values for '%s'", text,
                     devices[i].name);
      resources_add (resources, devices[i].setting, whole, (int64_t) value, g_strdup (parts[k]));
    }
  return true;
}

static bool
understand (Wanted *wanted, GError **error)
{
  const RemoteTypedParamValue *value = params_find (wanted->params, wanted->n, VIR_DOMAIN_BLKIO_WEIGHT);

  if (value != NULL)
    resources_add (&wanted->resources, CGROUP_IO_WEIGHT, whole, value->ui, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      value = params_find (wanted->params, wanted->n, devices[i].name);
      if (value != NULL && !parse_list (value->s, i, &wanted->resources, error))
        return false;
    }
  return true;
}

bool
handle_domain_set_blkio_parameters (Call *call, const DomainSetBlkioParametersArgs *args, GError **error)
{
  ParamRow known[G_N_ELEMENTS (devices) + 1] = { { VIR_DOMAIN_BLKIO_WEIGHT, VIR_TYPED_PARAM_UINT } };
  g_auto (Wanted) wanted = { args->params, args->n_params, { 0 } };
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  if (!tuning_require_privileges ("block I/O tuning", error))
    return false;
  for (unsigned int i = 0; i < G_N_ELEMENTS (devices); i++)
    known[i + 1] = (ParamRow) { devices[i].name, VIR_TYPED_PARAM_STRING };
  if (!params_check (args->params, args->n_params, known, G_N_ELEMENTS (known), error))
    return false;
  vm = tuning_change (&args->dom, args->flags, false, "virDomainSetBlkioParameters", "block I/O tuning", &guard, &affect, error);
  return vm != NULL && understand (&wanted, error) && vm_edit (vm, affect, edit, effect, &wanted, error);
}
