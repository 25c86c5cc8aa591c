/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* address-spapr.c: registers of the paravirtual devices of pseries machines. */
#include "model/domain/machine.h"
#include "model/domain/rules.h"

#include <string.h>

#define STEP 0x1000

/* Where the search for a register begins; 0: the device is no such one. */
static uint32_t
first_register (const DomainDevice *device)
{
  if (strcmp (device->element, "interface") == 0)
    return g_strcmp0 (((const DomainInterface *) device->info)->model, "spapr-vlan") == 0 ? 0x1000 : 0;
  if (strcmp (device->element, "controller") == 0)
    return ((const DomainController *) device->info)->model == CONTROLLER_MODEL_IBMVSCSI ? 0x2000 : 0;
  if (strcmp (device->element, "serial") == 0)
    return ((const DomainChardev *) device->info)->target == CHARDEV_TARGET_SPAPR_VIO_SERIAL ? 0x30000000 : 0;
  if (strcmp (device->element, "tpm") == 0)
    return ((const DomainTpm *) device->info)->model == TPM_MODEL_SPAPR ? 0x4000 : 0;
  if (strcmp (device->element, "nvram") == 0)
    return 0x3000;
  return 0;
}

static bool
is_asking (const DomainDevice *device)
{
  const DomainAddress *address = &device->info->address;

  /* A controller of that kind is nowhere else, whatever the document says. */
  return address->type == ADDRESS_TYPE_ABSENT || (strcmp (device->element, "controller") == 0 && address->type != ADDRESS_TYPE_SPAPR_VIO)
         || (address->type == ADDRESS_TYPE_SPAPR_VIO && !address->spapr_vio.reg.is_given);
}

static bool
take_registers (GHashTable *taken, const DomainDevice *devices, GError **error)
{
  for (const DomainDevice *device = devices; device->element != NULL; device++)
    {
      const DomainAddress *address = &device->info->address;

      if (address->type == ADDRESS_TYPE_SPAPR_VIO && !is_asking (device) && strcmp (device->element, "console") != 0
          && !g_hash_table_add (taken, GUINT_TO_POINTER (address->spapr_vio.reg.value)))
        REFUSE (XML_ERROR, "the spapr-vio address 0x%x is used twice", address->spapr_vio.reg.value);
    }
  return true;
}

/* The console that is a serial port is where that is. */
static void
copy_to_console (Domain *domain)
{
  DomainChardev *serial = domain->serials.n > 0 ? domain->serials.items[0] : NULL;
  DomainChardev *console = domain->consoles.n > 0 ? domain->consoles.items[0] : NULL;

  if (serial != NULL && console != NULL && console->target == CHARDEV_TARGET_SERIAL
      && serial->info.address.type == ADDRESS_TYPE_SPAPR_VIO)
    console->info.address = serial->info.address;
}

bool
domain_assign_spapr_vio (Domain *domain, GError **error)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);
  g_autofree DomainDevice *devices = domain_devices (domain);

  if (!take_registers (taken, devices, error))
    return false;
  for (const DomainDevice *device = devices; device->element != NULL; device++)
    {
      uint32_t reg = first_register (device);

      if (reg == 0 || !is_asking (device))
        continue;
      while (!g_hash_table_add (taken, GUINT_TO_POINTER (reg)))
        reg += STEP;
      device->info->address = (DomainAddress) { .type = ADDRESS_TYPE_SPAPR_VIO, .spapr_vio.reg = { reg, true } };
    }
  copy_to_console (domain);
  return true;
}
