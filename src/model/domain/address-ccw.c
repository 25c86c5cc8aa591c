/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* address-ccw.c: places on the channel subsystem of s390. */
#include "model/domain/address-virtio.h"
#include "model/domain/machine.h"

/* Where virtual devices are. */
#define VIRTUAL_CSSID 0xfe
#define DEVICES_PER_SET 0x10000

static bool
is_whole (const DomainAddress *address)
{
  return address->ccw.cssid.is_given && address->ccw.ssid.is_given && address->ccw.devno.is_given;
}

static bool
is_partial (const DomainAddress *address)
{
  return !is_whole (address)
         && (address->ccw.cssid.is_given || address->ccw.ssid.is_given || address->ccw.devno.is_given);
}

static unsigned int
number_of (const DomainAddress *address)
{
  return address->ccw.cssid.value << 18 | address->ccw.ssid.value << 16 | address->ccw.devno.value;
}

static bool
take (GHashTable *taken, const DomainDevice *device, GError **error)
{
  const DomainAddress *address = &device->info->address;

  if (is_partial (address))
    REFUSE (XML_ERROR, "the ccw address of a '%s' needs cssid, ssid and devno, or none of them", device->element);
  if (is_whole (address) && !g_hash_table_add (taken, GUINT_TO_POINTER (number_of (address))))
    REFUSE (XML_ERROR, "the ccw address %x.%x.%04x is used twice", address->ccw.cssid.value, address->ccw.ssid.value,
            address->ccw.devno.value);
  return true;
}

static bool
give (GHashTable *taken, unsigned int *next, DomainAddress *address, GError **error)
{
  address->ccw.cssid = (DomainNumber) { VIRTUAL_CSSID, true };
  address->ccw.ssid = (DomainNumber) { 0, true };
  for (; *next < DEVICES_PER_SET; (*next)++)
    {
      address->ccw.devno = (DomainNumber) { *next, true };
      if (g_hash_table_add (taken, GUINT_TO_POINTER (number_of (address))))
        return true;
    }
  REFUSE (INTERNAL_ERROR, "no ccw address is left");
}

bool
domain_assign_ccw (Domain *domain, GError **error)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);
  g_autofree DomainDevice *devices = NULL;
  unsigned int next = 0;

  if (domain_machine (domain)->virtio == VIRTIO_BUS_CCW)
    domain_claim_virtio (domain, ADDRESS_TYPE_CCW);
  devices = domain_devices (domain);
  for (const DomainDevice *device = devices; device->element != NULL; device++)
    if (device->info->address.type == ADDRESS_TYPE_CCW && !take (taken, device, error))
      return false;
  for (const DomainDevice *device = devices; device->element != NULL; device++)
    if (device->info->address.type == ADDRESS_TYPE_CCW && !is_whole (&device->info->address)
        && !give (taken, &next, &device->info->address, error))
      return false;
  return true;
}
