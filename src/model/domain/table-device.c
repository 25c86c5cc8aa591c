/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-device.c: the list of all devices. */
#include "model/domain/tables.h"

static bool
has_redirfilter (const void *object, unsigned int format_flags)
{
  const DomainRedirFilter *filter = ((const Domain *) object)->redirfilter;

  return filter != NULL && filter->devices.n > 0;
}

const XmlField domain_device_rows[] = {
  XML_STRING (Domain, emulator, "emulator"),
  XML_ITEMS (Domain, disks, "disk", domain_disk_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, controllers, "controller", domain_controller_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, leases, "lease", domain_lease_schema),
  XML_ITEMS (Domain, filesystems, "filesystem", domain_filesystem_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, interfaces, "interface", domain_interface_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, smartcards, "smartcard", domain_smartcard_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, serials, "serial", domain_serial_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, parallels, "parallel", domain_parallel_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, consoles, "console", domain_console_schema),
  XML_ITEMS (Domain, channels, "channel", domain_channel_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, inputs, "input", domain_input_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, tpms, "tpm", domain_tpm_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, graphics, "graphics", domain_graphics_schema),
  XML_ITEMS (Domain, sounds, "sound", domain_sound_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, audios, "audio", domain_audio_schema),
  XML_ITEMS (Domain, videos, "video", domain_video_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, hostdevs, "hostdev", domain_hostdev_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, redirdevs, "redirdev", domain_redirdev_schema, .flags = XML_ABI),
  XML_CHILD (Domain, redirfilter, "redirfilter", domain_redirfilter_schema, .flags = XML_ABI,
             .when = has_redirfilter, XML_BAD (DOMAIN, INTERNAL_ERROR)),
  XML_ITEMS (Domain, hubs, "hub", domain_hub_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, watchdogs, "watchdog", domain_watchdog_schema, .flags = XML_ABI),
  XML_CHILD (Domain, memballoon, "memballoon", domain_memballoon_schema, .flags = XML_ABI, XML_BAD (DOMAIN, INTERNAL_ERROR)),
  XML_ITEMS (Domain, rngs, "rng", domain_rng_schema, .flags = XML_ABI),
  XML_CHILD (Domain, nvram_device, "nvram", domain_nvram_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, panics, "panic", domain_panic_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, shmems, "shmem", domain_shmem_schema, .flags = XML_ABI),
  XML_ITEMS (Domain, memories, "memory", domain_memory_schema, .flags = XML_ABI),
  XML_CHILD (Domain, iommu, "iommu", domain_iommu_schema, .flags = XML_ABI, XML_BAD (DOMAIN, XML_ERROR)),
  XML_CHILD (Domain, vsock, "vsock", domain_vsock_schema, .flags = XML_ABI, XML_BAD (DOMAIN, XML_ERROR)),
  XML_ITEMS (Domain, cryptos, "crypto", domain_crypto_schema, .flags = XML_ABI),
  XML_CHILD (Domain, pstore, "pstore", domain_pstore_schema, .flags = XML_LATER | XML_ABI),
  XML_END
};
