/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which function builds which device, in the order of the command line. */
#include "args/private.h"

#include <stddef.h>
#include <string.h>

/* A builder of one type of device behind a common one. */
#define BUILDER(name_, Type_)                                                     \
  static bool                                                                     \
  device_##name_ (Builder *b, const void *device, GError **error)                 \
  {                                                                               \
    return build_##name_ (b, (const Type_ *) device, error);                      \
  }
BUILDER (controller, DomainController)
BUILDER (disk, DomainDisk)
BUILDER (interface, DomainInterface)
BUILDER (serial, DomainChardev)
BUILDER (parallel, DomainChardev)
BUILDER (channel, DomainChardev)
BUILDER (console, DomainChardev)
BUILDER (input, DomainInput)
BUILDER (graphics, DomainGraphics)
BUILDER (video, DomainVideo)
BUILDER (sound, DomainSound)
BUILDER (watchdog, DomainWatchdog)
BUILDER (balloon, DomainMemballoon)
BUILDER (rng, DomainRng)
BUILDER (panic, DomainPanic)
BUILDER (hostdev, DomainHostdev)
BUILDER (redirdev, DomainRedirdev)
BUILDER (smartcard, DomainSmartcard)
BUILDER (hub, DomainHub)
BUILDER (filesystem, DomainFilesystem)
BUILDER (shmem, DomainShmem)
BUILDER (tpm, DomainTpm)
BUILDER (memory_device, DomainMemory)
BUILDER (iommu, DomainIommu)
BUILDER (vsock, DomainVsock)
BUILDER (crypto, DomainCrypto)
BUILDER (nvram_device, DomainNvram)

typedef struct
{
  const char *element;
  size_t offset;                /* of its list, or of the pointer to the only one */
  bool is_single;
  bool (*build) (Builder *b, const void *device, GError **error);
  bool (*build_all) (Builder *b, GError **error);       /* instead of one by one; may be NULL */
  bool (*after) (Builder *b, GError **error);           /* when all are built; may be NULL */
} DeviceKind;

#define LIST(element_, member_, name_) { element_, offsetof (Domain, member_), false, device_##name_ }
#define SINGLE(element_, member_, name_) { element_, offsetof (Domain, member_), true, device_##name_ }

static const DeviceKind kinds[] = {
  SINGLE ("nvram", nvram_device, nvram_device),
  SINGLE ("iommu", iommu, iommu),
  { "controller", offsetof (Domain, controllers), false, device_controller, .build_all = build_controllers },
  LIST ("hub", hubs, hub),
  LIST ("memory", memories, memory_device),
  LIST ("disk", disks, disk),
  LIST ("filesystem", filesystems, filesystem),
  LIST ("interface", interfaces, interface),
  LIST ("smartcard", smartcards, smartcard),
  LIST ("serial", serials, serial),
  LIST ("parallel", parallels, parallel),
  LIST ("channel", channels, channel),
  LIST ("console", consoles, console),
  LIST ("tpm", tpms, tpm),
  { "input", offsetof (Domain, inputs), false, device_input, .after = build_audio },
  LIST ("graphics", graphics, graphics),
  LIST ("video", videos, video),
  LIST ("sound", sounds, sound),
  { "watchdog", offsetof (Domain, watchdogs), false, device_watchdog, .after = build_watchdog_action },
  LIST ("redirdev", redirdevs, redirdev),
  LIST ("hostdev", hostdevs, hostdev),
  SINGLE ("memballoon", memballoon, balloon),
  LIST ("rng", rngs, rng),
  LIST ("panic", panics, panic),
  LIST ("shmem", shmems, shmem),
  SINGLE ("vsock", vsock, vsock),
  LIST ("crypto", cryptos, crypto),
};

static bool
build_kind (Builder *b, const DeviceKind *kind, GError **error)
{
  const void *member = (const char *) b->domain + kind->offset;
  const XmlList *list = member;
  void *const *items = kind->is_single ? member : list->items;
  unsigned int n = kind->is_single ? *items != NULL : list->n;

  if (kind->build_all != NULL)
    return kind->build_all (b, error);
  for (unsigned int i = 0; i < n; i++)
    if (!kind->build (b, items[i], error))
      return false;
  return kind->after == NULL || kind->after (b, error);
}

bool
build_devices (Builder *b, GError **error)
{
  for (unsigned int k = 0; k < G_N_ELEMENTS (kinds); k++)
    if (!build_kind (b, &kinds[k], error))
      return false;
  return true;
}

bool
build_device (Builder *b, const DomainDevice *device, GError **error)
{
  for (unsigned int k = 0; k < G_N_ELEMENTS (kinds); k++)
    if (g_str_equal (kinds[k].element, device->element))
      return kinds[k].build (b, device->info, error);
  return unsupported (error, "a <%s> is not supported by the QEMU driver", device->element);
}
