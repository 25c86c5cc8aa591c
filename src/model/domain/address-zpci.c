/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* address-zpci.c: what s390 calls PCI devices by: a user-defined and a function id. */
#include "model/domain/machine.h"
#include "model/domain/rules.h"

#include <string.h>

#define MAX_UID 0xffff

/* Controllers of PCI itself and serial ports have no ids. */
static bool
is_without (const DomainDevice *device)
{
  if (strcmp (device->element, "serial") == 0)
    return true;
  return strcmp (device->element, "controller") == 0 && ((const DomainController *) device->info)->type == CONTROLLER_TYPE_PCI;
}

static bool
take (GHashTable *taken, const DomainNumber *id, const char *what, GError **error)
{
  if (id->is_given && !g_hash_table_add (taken, GUINT_TO_POINTER (id->value)))
    REFUSE (INTERNAL_ERROR, "the zpci %s 0x%x is used twice", what, id->value);
  return true;
}

static void
give (GHashTable *taken, DomainNumber *id, uint32_t first)
{
  if (id->is_given)
    return;
  for (id->value = first; !g_hash_table_add (taken, GUINT_TO_POINTER (id->value)); id->value++)
    ;
  id->is_given = true;
}

static bool
check (const Domain *domain, const DomainPlatform *platform, const DomainAddress *address, GError **error)
{
  if ((address->pci.zpci_uid.is_given || address->pci.zpci_fid.is_given)
      && (domain_machine (domain)->kind != MACHINE_S390_CCW || !domain_has_device (domain, platform, "zpci")))
    REFUSE (CONFIG_UNSUPPORTED, "a PCI address has zpci ids only on s390 machines whose emulator has them");
  if (address->pci.zpci_uid.is_given && address->pci.zpci_uid.value == 0)
    REFUSE_QEMU (XML_ERROR, "a zpci uid is within 0x0001 to 0x%x, not 0", MAX_UID);
  return true;
}

bool
domain_assign_zpci (Domain *domain, const DomainPlatform *platform, GError **error)
{
  g_autoptr (GHashTable) uids = g_hash_table_new (NULL, NULL), fids = g_hash_table_new (NULL, NULL);
  g_autofree DomainDevice *devices = domain_devices (domain);
  bool is_s390 = domain_machine (domain)->kind == MACHINE_S390_CCW;

  for (const DomainDevice *device = devices; device->element != NULL; device++)
    {
      const DomainAddress *address = &device->info->address;

      if (address->type == ADDRESS_TYPE_PCI
          && (!check (domain, platform, address, error) || !take (uids, &address->pci.zpci_uid, "uid", error)
              || !take (fids, &address->pci.zpci_fid, "fid", error)))
        return false;
    }
  /* Those of which one id is given get the other before those that have none. */
  for (unsigned int pass = 0; is_s390 && pass < 2; pass++)
    for (const DomainDevice *device = devices; device->element != NULL; device++)
      {
        DomainAddress *address = &device->info->address;
        bool is_given = address->pci.zpci_uid.is_given || address->pci.zpci_fid.is_given;

        if (address->type != ADDRESS_TYPE_PCI || is_without (device) || (pass == 0 && !is_given))
          continue;
        give (uids, &address->pci.zpci_uid, 1);
        give (fids, &address->pci.zpci_fid, 0);
      }
  return true;
}
