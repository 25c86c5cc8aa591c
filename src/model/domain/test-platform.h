/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-platform.h: a host with QEMU 7.2 of Debian 12 for several architectures, for tests. */
#pragma once

#include "model/domain/domain.h"

#include <string.h>

typedef struct { const char *name, *canonical, *cpu; } TestMachine;

/* An emulator and some of its machines, the default one first. */
typedef struct
{
  const char *arch, *emulator;
  TestMachine machines[5];
} TestArch;

static const TestArch test_archs[] = {
  { "x86_64", "/usr/bin/qemu-system-x86_64",
    { { "pc", "pc-i440fx-7.2", "qemu64" }, { "q35", "pc-q35-7.2", "qemu64" }, { "microvm", "microvm", "qemu64" },
      { "isapc", "isapc", "486" } } },
  { "i686", "/usr/bin/qemu-system-i386",
    { { "pc", "pc-i440fx-7.2", "qemu32" }, { "q35", "pc-q35-7.2", "qemu32" }, { "microvm", "microvm", "qemu32" },
      { "isapc", "isapc", "486" } } },
  { "aarch64", "/usr/bin/qemu-system-aarch64",
    { { "virt", "virt-7.2", "cortex-a15" }, { "vexpress-a9", "vexpress-a9", "cortex-a9" }, { "raspi3b", "raspi3b", NULL } } },
  { "armv7l", "/usr/bin/qemu-system-arm",
    { { "virt", "virt-7.2", "cortex-a15" }, { "vexpress-a9", "vexpress-a9", "cortex-a9" }, { "versatilepb", "versatilepb", NULL } } },
  { "ppc64", "/usr/bin/qemu-system-ppc64", { { "pseries", "pseries-7.2", "POWER9" }, { "powernv", "powernv10", NULL } } },
  { "ppc", "/usr/bin/qemu-system-ppc", { { "g3beige", "g3beige", NULL }, { "mac99", "mac99", NULL }, { "ppce500", "ppce500", NULL } } },
  { "s390x", "/usr/bin/qemu-system-s390x", { { "s390-ccw-virtio", "s390-ccw-virtio-7.2", "qemu" } } },
  { "riscv64", "/usr/bin/qemu-system-riscv64", { { "spike", "spike", NULL }, { "virt", "virt", NULL } } },
  { "mips", "/usr/bin/qemu-system-mips", { { "malta", "malta", NULL } } },
  { "sparc", "/usr/bin/qemu-system-sparc", { { "SS-5", "SS-5", NULL } } },
  { "sh4", "/usr/bin/qemu-system-sh4", { { "r2d", "r2d", NULL } } },
};

static const TestArch *
test_arch (const DomainTarget *target)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (test_archs); i++)
    if (g_strcmp0 (test_archs[i].arch, target->arch) == 0)
      return &test_archs[i];
  return NULL;
}

static bool
is_x86 (const DomainTarget *target)
{
  return g_strcmp0 (target->arch, "x86_64") == 0 || g_strcmp0 (target->arch, "i686") == 0;
}

static const char *
default_emulator (const DomainPlatform *self, const DomainTarget *target)
{
  const TestArch *arch = test_arch (target);

  if (arch == NULL || (target->virt_type != VIRT_TYPE_QEMU && (target->virt_type != VIRT_TYPE_KVM || !is_x86 (target))))
    return NULL;
  return arch->emulator;
}

static bool
emulator_serves (const DomainPlatform *self, const DomainTarget *target)
{
  return default_emulator (self, target) != NULL;
}

static const TestMachine *
test_machine (const DomainTarget *target, const char *name)
{
  const TestArch *arch = test_arch (target);

  if (arch == NULL || name == NULL)
    return arch != NULL ? &arch->machines[0] : NULL;
  for (unsigned int i = 0; i < G_N_ELEMENTS (arch->machines) && arch->machines[i].name != NULL; i++)
    if (strcmp (arch->machines[i].name, name) == 0 || strcmp (arch->machines[i].canonical, name) == 0)
      return &arch->machines[i];
  return NULL;
}

static const char *
canonical_machine (const DomainPlatform *self, const DomainTarget *target, const char *name)
{
  const TestMachine *machine = test_machine (target, name);

  if (machine != NULL)
    return machine->canonical;
  return is_x86 (target) && name != NULL && g_str_has_prefix (name, "pc-") ? g_intern_string (name) : NULL;
}

static const char *
default_cpu (const DomainPlatform *self, const DomainTarget *target)
{
  const TestMachine *machine = test_machine (target, target->machine);

  if (is_x86 (target) && (machine == NULL || (strcmp (machine->cpu, "486") != 0 && g_str_has_suffix (target->emulator != NULL ? target->emulator : "", "x86_64"))))
    return strcmp (target->arch, "i686") == 0 && !g_str_has_suffix (target->emulator != NULL ? target->emulator : "", "x86_64")
             ? "qemu32"
             : "qemu64";
  return machine != NULL ? machine->cpu : NULL;
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
