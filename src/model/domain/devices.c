/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* devices.c: all devices of a domain in one list. */
#include "model/domain/device-edit.h"
#include "model/domain/rules.h"
#include "model/domain/tables.h"

#include <stddef.h>
#include <string.h>

typedef struct
{
  const char *element;
  const XmlSchema *schema;
  size_t offset;                /* of the list, or of the pointer to the only one */
  bool is_single;
  bool is_apart;                /* not in domain_devices(): without a name or a place */
} DeviceList;

#define DEVICES(name_, member_, ...) \
  { .element = #name_, .schema = &domain_##name_##_schema, .offset = offsetof (Domain, member_), __VA_ARGS__ }

/* In the order in which stock visits them. */
static const DeviceList device_lists[] = {
  DEVICES (disk, disks),
  DEVICES (interface, interfaces),
  DEVICES (sound, sounds),
  DEVICES (hostdev, hostdevs),
  DEVICES (video, videos),
  DEVICES (controller, controllers),
  DEVICES (smartcard, smartcards),
  DEVICES (serial, serials),
  DEVICES (parallel, parallels),
  DEVICES (channel, channels),
  DEVICES (console, consoles),
  DEVICES (input, inputs),
  DEVICES (redirdev, redirdevs),
  DEVICES (hub, hubs),
  DEVICES (watchdog, watchdogs),
  DEVICES (filesystem, filesystems),
  DEVICES (memballoon, memballoon, .is_single = true),
  DEVICES (rng, rngs),
  DEVICES (shmem, shmems),
  DEVICES (tpm, tpms),
  DEVICES (memory, memories),
  DEVICES (panic, panics),
  DEVICES (crypto, cryptos),
  DEVICES (nvram, nvram_device, .is_single = true),
  DEVICES (iommu, iommu, .is_single = true),
  DEVICES (vsock, vsock, .is_single = true),
  DEVICES (pstore, pstore, .is_single = true),
  DEVICES (graphics, graphics, .is_apart = true),
  DEVICES (lease, leases, .is_apart = true),
  DEVICES (audio, audios, .is_apart = true),
};

/* The devices of one kind. */
static void *const *
items_of (const Domain *domain, const DeviceList *kind, unsigned int *ret_n)
{
  const void *member = (const char *) domain + kind->offset;
  const XmlList *list = member;
  void *const *items = kind->is_single ? member : list->items;

  *ret_n = kind->is_single ? *items != NULL : list->n;
  return items;
}

DomainDevice *
domain_devices (const Domain *domain)
{
  GArray *devices = g_array_new (TRUE, TRUE, sizeof (DomainDevice));

  for (unsigned int l = 0; l < G_N_ELEMENTS (device_lists); l++)
    {
      unsigned int n;
      void *const *items = items_of (domain, &device_lists[l], &n);

      for (unsigned int i = 0; i < n && !device_lists[l].is_apart; i++)
        {
          DomainDevice device = { device_lists[l].element, items[i] };

          g_array_append_val (devices, device);
        }
    }
  return (DomainDevice *) (void *) g_array_free (devices, FALSE);
}

bool
domain_blame (const Domain *domain, const DomainDeviceInfo *info, GError **error)
{
  g_autofree DomainDevice *devices = domain_devices (domain);

  for (const DomainDevice *device = devices; device->element != NULL; device++)
    if (device->info == info && info->line > 0 && error != NULL && *error != NULL)
      g_prefix_error (error, "domain/devices/%s at line %u: ", device->element, info->line);
  return false;
}

bool
domain_blame_at (const Domain *domain, const char *element, unsigned int i, GError **error)
{
  g_autofree DomainDevice *devices = domain_devices (domain);
  unsigned int line = 0, n = 0;

  for (const DomainDevice *device = devices; device->element != NULL; device++)
    if (strcmp (device->element, element) == 0 && n++ == i)
      line = device->info->line;
  if (error != NULL && *error != NULL && line > 0)
    g_prefix_error (error, "domain/devices/%s[%u] at line %u: ", element, i + 1, line);
  else if (error != NULL && *error != NULL)
    g_prefix_error (error, "domain/devices/%s[%u]: ", element, i + 1);
  return false;
}

/* --- one at a time --------------------------------------------------------------------------- */

static const DeviceList *
find_list (const char *element)
{
  for (unsigned int l = 0; l < G_N_ELEMENTS (device_lists); l++)
    if (strcmp (device_lists[l].element, element) == 0)
      return &device_lists[l];
  return NULL;
}

const XmlSchema *
domain_device_schema (const char *element)
{
  const DeviceList *list = find_list (element);

  return list != NULL ? list->schema : NULL;
}

bool
domain_device_nth (const Domain *domain, const char *element, unsigned int i, DomainDevice *ret)
{
  const DeviceList *list = find_list (element);
  unsigned int n = 0;
  void *const *items = list != NULL ? items_of (domain, list, &n) : NULL;

  if (i >= n)
    return false;
  *ret = (DomainDevice) { list->element, items[i] };
  return true;
}

bool
domain_device_insert (Domain *domain, DomainDevice *device, GError **error)
{
  const DeviceList *list = find_list (device->element);
  void *member = (char *) domain + list->offset;

  if (list->is_single && *(void **) member != NULL)
    {
      domain_device_clear (device);
      return fail (error, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_INVALID, "the domain has a <%s> already", list->element);
    }
  if (list->is_single)
    *(void **) member = device->info;
  else
    xml_list_append ((XmlList *) member, device->info);
  *device = (DomainDevice) { 0 };
  domain_sort_devices (domain);
  return true;
}

DomainDevice
domain_device_steal (Domain *domain, const DomainDeviceInfo *info)
{
  for (unsigned int l = 0; l < G_N_ELEMENTS (device_lists); l++)
    {
      unsigned int n;
      void *const *items = items_of (domain, &device_lists[l], &n);
      void *member = (char *) domain + device_lists[l].offset;

      for (unsigned int i = 0; i < n; i++)
        {
          DomainDevice device = { device_lists[l].element, items[i] };

          if (items[i] != (const void *) info)
            continue;
          if (device_lists[l].is_single)
            *(void **) member = NULL;
          else
            xml_list_steal ((XmlList *) member, i);
          return device;
        }
    }
  return (DomainDevice) { 0 };
}
