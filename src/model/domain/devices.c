/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* devices.c: all devices of a domain in one list. */
#include "model/domain/rules.h"

#include <stddef.h>
#include <string.h>

#define DEVICES(element_, member_) { element_, offsetof (Domain, member_) }

/* In the order in which stock visits them. */
static const struct { const char *element; size_t offset; bool is_single; } device_lists[] = {
  DEVICES ("disk", disks), DEVICES ("interface", interfaces), DEVICES ("sound", sounds),
  DEVICES ("hostdev", hostdevs), DEVICES ("video", videos),
  DEVICES ("controller", controllers), DEVICES ("smartcard", smartcards),
  DEVICES ("serial", serials), DEVICES ("parallel", parallels),
  DEVICES ("channel", channels), DEVICES ("console", consoles), DEVICES ("input", inputs),
  DEVICES ("redirdev", redirdevs), DEVICES ("hub", hubs), DEVICES ("watchdog", watchdogs),
  DEVICES ("filesystem", filesystems),
  { "memballoon", offsetof (Domain, memballoon), true },
  DEVICES ("rng", rngs), DEVICES ("shmem", shmems), DEVICES ("tpm", tpms), DEVICES ("memory", memories),
  DEVICES ("panic", panics), DEVICES ("crypto", cryptos),
  { "nvram", offsetof (Domain, nvram_device), true }, { "iommu", offsetof (Domain, iommu), true },
  { "vsock", offsetof (Domain, vsock), true }, { "pstore", offsetof (Domain, pstore), true },
};

DomainDevice *
domain_devices (const Domain *domain)
{
  GArray *devices = g_array_new (TRUE, TRUE, sizeof (DomainDevice));

  for (unsigned int l = 0; l < G_N_ELEMENTS (device_lists); l++)
    {
      const void *member = (const char *) domain + device_lists[l].offset;
      const XmlList *list = member;
      void *const *items = device_lists[l].is_single ? member : list->items;
      unsigned int n = device_lists[l].is_single ? *items != NULL : list->n;

      for (unsigned int i = 0; i < n; i++)
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
