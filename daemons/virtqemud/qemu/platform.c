/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/platform.h"

#include <string.h>

#include "util/host.h"

static const QemuConfig *host_config;

void
qemu_platform_configure (const QemuConfig *config)
{
  host_config = config;
}

/* The caps of what @target is about. Only one emulator is known here: that of the guest. */
static const QemuCaps *
caps_for (const DomainPlatform *base, const DomainTarget *target)
{
  const QemuPlatform *platform = (const QemuPlatform *) base;

  return target->emulator == NULL || g_strcmp0 (target->emulator, platform->emulator) == 0 ? platform->caps : NULL;
}

static bool
serves_arch (const QemuCaps *caps, const char *arch)
{
  return arch == NULL || strcmp (caps->arch, arch) == 0
         || (strcmp (caps->arch, "x86_64") == 0 && strcmp (arch, "i686") == 0);
}

static bool
serves_type (const QemuCaps *caps, DomainVirtType type)
{
  switch (type)
    {
    case VIRT_TYPE_ABSENT:
    case VIRT_TYPE_QEMU:
      return caps->accel[QEMU_ACCEL_TCG];
    case VIRT_TYPE_KVM:
      return caps->accel[QEMU_ACCEL_KVM];
    default:
      return false;
    }
}

static bool
emulator_serves (const DomainPlatform *base, const DomainTarget *target)
{
  const QemuCaps *caps = caps_for (base, target);

  return caps != NULL && serves_arch (caps, target->arch) && serves_type (caps, target->virt_type);
}

static const char *
default_emulator (const DomainPlatform *base, const DomainTarget *target)
{
  const QemuPlatform *platform = (const QemuPlatform *) base;

  return platform->caps != NULL && serves_arch (platform->caps, target->arch) ? platform->emulator : NULL;
}

static const QemuMachine *
find_machine (const DomainPlatform *base, const DomainTarget *target, const char *name)
{
  const QemuCaps *caps = caps_for (base, target);

  if (caps == NULL)
    return NULL;
  return name != NULL ? qemu_caps_machine (caps, name) : qemu_caps_default_machine (caps);
}

static const char *
canonical_machine (const DomainPlatform *base, const DomainTarget *target, const char *name)
{
  const QemuMachine *machine = find_machine (base, target, name);

  return machine != NULL ? machine->name : NULL;
}

static const char *
default_cpu (const DomainPlatform *base, const DomainTarget *target)
{
  const QemuCaps *caps = caps_for (base, target);
  const QemuMachine *machine = find_machine (base, target, target->machine);

  if (machine == NULL || machine->default_cpu_type == NULL)
    return NULL;
  for (unsigned int accel = 0; accel < QEMU_ACCEL_N; accel++)
    for (unsigned int i = 0; caps->cpus[accel] != NULL && i < caps->cpus[accel]->len; i++)
      {
        const QemuCpuModel *cpu = caps->cpus[accel]->pdata[i];

        if (g_strcmp0 (cpu->type_name, machine->default_cpu_type) == 0)
          return cpu->name;
      }
  return NULL;
}

static unsigned int
max_vcpus (const DomainPlatform *base, const DomainTarget *target)
{
  const QemuMachine *machine = find_machine (base, target, target->machine);

  return machine != NULL ? machine->max_cpus : 0;
}

static bool
has_device (const DomainPlatform *base, const DomainTarget *target, const char *device)
{
  const QemuCaps *caps = caps_for (base, target);

  return caps != NULL && qemu_caps_has_type (caps, device);
}

static bool
has_display (const DomainPlatform *base, const DomainTarget *target, const char *display)
{
  static const struct { const char *display, *command; } asked[] = {
    { "vnc", "query-vnc" },
    { "spice", "query-spice" },
  };
  const QemuCaps *caps = caps_for (base, target);

  for (unsigned int i = 0; caps != NULL && i < G_N_ELEMENTS (asked); i++)
    if (strcmp (display, asked[i].display) == 0)
      return qemu_caps_has_command (caps, asked[i].command);
  return false;
}

/* What stock asks for by name all QEMU versions that are supported have, but for
 * encrypted guests, which are types of objects. */
static bool
has_capability (const DomainPlatform *base, const DomainTarget *target, const char *capability)
{
  return !g_str_has_suffix (capability, "-guest") || has_device (base, target, capability);
}

/* The machine virt of all QEMU versions emulates both. */
static unsigned int
gic_versions (const DomainPlatform *base, const DomainTarget *target)
{
  return g_strcmp0 (target->arch, "aarch64") == 0 || g_strcmp0 (target->arch, "armv7l") == 0 ? 1 << 2 | 1 << 3 : 0;
}

/* What the host knows of it is in files; without it, a device of a pseries guest goes
 * where the emulated ones are. */
static unsigned int
isolation_group (const DomainPlatform *base, const PciAddress *address)
{
  return 0;
}

bool
qemu_platform_init (QemuPlatform *ret_platform, const Domain *domain, GError **error)
{
  const char *arch = domain->os.arch != NULL ? domain->os.arch : host_arch ();
  g_autofree char *emulator = domain->emulator != NULL ? g_strdup (domain->emulator) : qemu_find_binary (arch);
  QemuCaps *caps = NULL;

  if (emulator != NULL)
    {
      caps = qemu_caps_get (emulator, error);
      if (caps == NULL)
        return false;
    }
  *ret_platform = (QemuPlatform) {
    .base = {
      .host_arch = host_arch (),
      .default_emulator = default_emulator, .emulator_serves = emulator_serves,
      .canonical_machine = canonical_machine, .default_cpu = default_cpu, .max_vcpus = max_vcpus,
      .has_device = has_device, .has_display = has_display, .has_capability = has_capability, .gic_versions = gic_versions, .isolation_group = isolation_group,
      .is_new_guest = true, .audio_driver = g_getenv ("QEMU_AUDIO_DRV"), .audio_sdl_driver = g_getenv ("SDL_AUDIODRIVER"),
      .has_audio_with_vnc = host_config != NULL && host_config->vnc_allow_host_audio,
      .has_audio_without_display = host_config != NULL && host_config->nographics_allow_host_audio,
      .host_cpus = host_cpu_count (),
    },
    .emulator = g_steal_pointer (&emulator),
    .caps = caps,
  };
  return true;
}

void
qemu_platform_clear (QemuPlatform *platform)
{
  g_clear_pointer (&platform->emulator, g_free);
  g_clear_pointer (&platform->caps, qemu_caps_unref);
}

bool
qemu_complete_domain (Domain *domain, bool is_new, GError **error)
{
  g_auto (QemuPlatform) platform = { 0 };

  if (!qemu_platform_init (&platform, domain, error))
    return false;
  platform.base.is_new_guest = is_new;
  return domain_complete (domain, &platform.base, error);
}
