/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-platform.h: a host with QEMU 7.2 of Debian 12 for x86, for tests. */
#pragma once

#include "model/domain/domain.h"

#include <string.h>

static bool
is_x86 (const DomainTarget *target)
{
  return g_strcmp0 (target->arch, "x86_64") == 0 || g_strcmp0 (target->arch, "i686") == 0;
}

static const char *
default_emulator (const DomainPlatform *self, const DomainTarget *target)
{
  if (!is_x86 (target) || (target->virt_type != VIRT_TYPE_QEMU && target->virt_type != VIRT_TYPE_KVM))
    return NULL;
  return strcmp (target->arch, "i686") == 0 ? "/usr/bin/qemu-system-i386" : "/usr/bin/qemu-system-x86_64";
}

static bool
emulator_serves (const DomainPlatform *self, const DomainTarget *target)
{
  return default_emulator (self, target) != NULL;
}

static const char *
canonical_machine (const DomainPlatform *self, const DomainTarget *target, const char *name)
{
  static const char *const machines[][2] = {
    { "pc", "pc-i440fx-7.2" }, { "q35", "pc-q35-7.2" }, { "microvm", "microvm" }, { "isapc", "isapc" },
  };

  if (name == NULL)
    return "pc-i440fx-7.2";
  for (unsigned int i = 0; i < G_N_ELEMENTS (machines); i++)
    if (strcmp (machines[i][0], name) == 0 || strcmp (machines[i][1], name) == 0)
      return machines[i][1];
  return g_str_has_prefix (name, "pc-") ? g_intern_string (name) : NULL;
}

static const char *
default_cpu (const DomainPlatform *self, const DomainTarget *target)
{
  return strcmp (target->arch, "i686") == 0 && !g_str_has_suffix (target->emulator ?: "", "x86_64") ? "qemu32" : "qemu64";
}

static unsigned int
max_vcpus (const DomainPlatform *self, const DomainTarget *target)
{
  return target->machine != NULL && strstr (target->machine, "q35") != NULL ? 288 : 255;
}

static bool
has_device (const DomainPlatform *self, const DomainTarget *target, const char *device)
{
  return strcmp (device, "max-x86_64-cpu") != 0 || !g_str_has_suffix (target->emulator ?: "", "i386");
}

static bool
has_capability (const DomainPlatform *self, const DomainTarget *target, const char *capability)
{
  return strstr (capability, "-guest") == NULL;
}

static bool
has_display (const DomainPlatform *self, const DomainTarget *target, const char *display)
{
  return true;
}

static unsigned int
gic_versions (const DomainPlatform *self, const DomainTarget *target)
{
  return 0;
}

static unsigned int
isolation_group (const DomainPlatform *self, const PciAddress *address)
{
  return 1 + (address->domain << 8 | address->bus);
}

static const DomainPlatform *
test_platform (void)
{
  static const DomainPlatform platform = {
    .host_arch = "x86_64",
    .default_emulator = default_emulator,
    .emulator_serves = emulator_serves,
    .canonical_machine = canonical_machine,
    .default_cpu = default_cpu,
    .max_vcpus = max_vcpus,
    .has_device = has_device,
    .has_display = has_display,
    .has_capability = has_capability,
    .gic_versions = gic_versions,
    .isolation_group = isolation_group,
    .is_new_guest = true,
    .host_cpus = 4,
    .nvram_dir = "/var/lib/libvirt/qemu/nvram",
  };

  return &platform;
}
