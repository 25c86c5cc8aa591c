/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "caps-platform.h"

#include <string.h>

#include "caps-devices.h"
#include "model/cpu/map.h"
#include "model/domain/test-platform.h"
#include "xml/xml.h"

#include "util/cleanup.h"
#include "util/json.h"

#define ACCEL_LIST(X) X (ACCEL_KVM, "kvm") X (ACCEL_TCG, "tcg") X (ACCEL_HVF, "hvf")
XML_ENUM_DECLARE (CapsAccel, ACCEL_, accel, ACCEL_LIST)
XML_ENUM_DEFINE (accel, ACCEL_LIST)

typedef struct { char *name; } CapsFlag;
typedef struct { char *name; } CapsBlocker;
typedef struct { CapsAccel accel; char *name, *type, *usable; XML_LIST (CapsBlocker) blockers; } CapsCpu;
typedef struct { char *name, *type, *value; } CapsProperty;
typedef struct { CapsAccel accel; XML_LIST (CapsProperty) properties; } CapsHostCpu;
typedef struct { unsigned int version; } CapsGic;
typedef struct
{
  CapsAccel accel;
  char *name, *alias;
  unsigned int max_cpus;
  Tristate is_default;
  Tristate hotplug, numa_memory;
  char *default_cpu;            /* QEMU's type of it */
  char *default_ram;
} CapsMachine;

/* A recorded set. */
typedef struct
{
  char *arch;
  unsigned int version;
  XML_LIST (CapsFlag) flags;
  XML_LIST (CapsCpu) cpus;
  XML_LIST (CapsHostCpu) host_cpus;
  XML_LIST (CapsMachine) machines;
  XML_LIST (CapsGic) gics;
} Caps;

static const XmlField flag_rows[] = { XML_STRING (CapsFlag, name, "@name"), XML_END };
static const XmlSchema flag_schema = XML_SCHEMA (CapsFlag, "flag", flag_rows);
static const XmlField blocker_rows[] = { XML_STRING (CapsBlocker, name, "@name"), XML_END };
static const XmlSchema blocker_schema = XML_SCHEMA (CapsBlocker, "blocker", blocker_rows);
static const XmlField cpu_rows[] = {
  XML_ENUM (CapsCpu, accel, "@type", accel), XML_STRING (CapsCpu, name, "@name"), XML_STRING (CapsCpu, type, "@typename"),
  XML_STRING (CapsCpu, usable, "@usable"), XML_ITEMS (CapsCpu, blockers, "blocker", blocker_schema),
  XML_END
};
static const XmlSchema cpu_schema = XML_SCHEMA (CapsCpu, "cpu", cpu_rows);
static const XmlField property_rows[] = {
  XML_STRING (CapsProperty, name, "@name"), XML_STRING (CapsProperty, type, "@type"), XML_STRING (CapsProperty, value, "@value"),
  XML_END
};
static const XmlSchema property_schema = XML_SCHEMA (CapsProperty, "property", property_rows);
static const XmlField host_cpu_rows[] = {
  XML_ENUM (CapsHostCpu, accel, "@type", accel), XML_ITEMS (CapsHostCpu, properties, "property", property_schema),
  XML_END
};
static const XmlSchema host_cpu_schema = XML_SCHEMA (CapsHostCpu, "hostCPU", host_cpu_rows);
static const XmlField gic_rows[] = { XML_UINT (CapsGic, version, "@version"), XML_END };
static const XmlSchema gic_schema = XML_SCHEMA (CapsGic, "gic", gic_rows);
static const XmlField machine_rows[] = {
  XML_ENUM (CapsMachine, accel, "@type", accel), XML_STRING (CapsMachine, name, "@name"),
  XML_STRING (CapsMachine, alias, "@alias"), XML_UINT (CapsMachine, max_cpus, "@maxCpus"),
  XML_YES_NO (CapsMachine, is_default, "@default"), XML_STRING (CapsMachine, default_cpu, "@defaultCPU"),
  XML_STRING (CapsMachine, default_ram, "@defaultRAMid"), XML_YES_NO (CapsMachine, hotplug, "@hotplug"),
  XML_YES_NO (CapsMachine, numa_memory, "@numaMemSupported"),
  XML_END
};
static const XmlSchema machine_schema = XML_SCHEMA (CapsMachine, "machine", machine_rows);
static const XmlField caps_rows[] = {
  XML_ITEMS (Caps, flags, "flag", flag_schema), XML_UINT (Caps, version, "version"), XML_STRING (Caps, arch, "arch"),
  XML_ITEMS (Caps, host_cpus, "hostCPU", host_cpu_schema),
  XML_ITEMS (Caps, cpus, "cpu", cpu_schema),
  XML_ITEMS (Caps, machines, "machine", machine_schema), XML_ITEMS (Caps, gics, "gic", gic_schema),
  XML_END
};
static const XmlSchema caps_schema = XML_SCHEMA (Caps, "qemuCaps", caps_rows, .from = VIR_FROM_QEMU);

typedef struct
{
  DomainPlatform base;
  Caps *caps;                   /* NULL: a made-up set */
  bool keeps_aliases;
  GHashTable *flags;            /* by either kind of name */
  unsigned int gic_versions;
} CapsPlatform;

static CapsPlatform caps_platform_self;

/* What made-up sets have for an architecture; the first machine is the default. */
typedef struct
{
  const char *arch, *emulator;
  const char *machines[5];
} MadeUp;

static const MadeUp made_up[] = {
  { "i686", "/usr/bin/qemu-system-i386", { "pc" } },
  { "x86_64", "/usr/bin/qemu-system-x86_64", { "pc", "q35" } },
  { "aarch64", "/usr/bin/qemu-system-aarch64", { "virt", "virt-2.6", "versatilepb" } },
  { "armv6l", "/usr/bin/qemu-system-arm", { "vexpress-a9", "virt" } },
  { "armv7l", "/usr/bin/qemu-system-arm", { "vexpress-a9", "virt" } },
  { "ppc64", "/usr/bin/qemu-system-ppc64", { "pseries" } },
  { "ppc64le", "/usr/bin/qemu-system-ppc64", { "pseries" } },
  { "ppc", "/usr/bin/qemu-system-ppc", { "ppce500" } },
  { "riscv32", "/usr/bin/qemu-system-riscv32", { "virt" } },
  { "riscv64", "/usr/bin/qemu-system-riscv64", { "virt" } },
  { "s390x", "/usr/bin/qemu-system-s390x", { "s390-ccw-virtio" } },
  { "sparc", "/usr/bin/qemu-system-sparc", { "SS-5" } },
};

static const MadeUp *
find_arch (const char *arch)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (made_up); i++)
    if (g_strcmp0 (made_up[i].arch, arch) == 0)
      return &made_up[i];
  return NULL;
}

static const char *
caps_emulator (const DomainPlatform *self, const DomainTarget *target)
{
  const MadeUp *arch = find_arch (target->arch);

  return arch != NULL ? arch->emulator : NULL;
}

static bool
caps_serves (const DomainPlatform *base, const DomainTarget *target)
{
  static const char *const pairs[][2] = { { "x86_64", "i686" }, { "aarch64", "armv7l" }, { "ppc64", "ppc64le" }, { "ppc64", "ppc" } };
  const CapsPlatform *self = (const CapsPlatform *) base;
  const MadeUp *arch = find_arch (target->arch);

  if (arch == NULL || (target->virt_type == VIRT_TYPE_KVM && strcmp (arch->arch, "sparc") == 0))
    return false;
  if (self->caps == NULL || g_strcmp0 (self->caps->arch, target->arch) == 0)
    return true;
  for (unsigned int i = 0; i < G_N_ELEMENTS (pairs); i++)
    if (g_strcmp0 (self->caps->arch, pairs[i][0]) == 0 && g_strcmp0 (target->arch, pairs[i][1]) == 0)
      return true;
  return false;
}

static CapsAccel
target_accel (const DomainTarget *target)
{
  return target->virt_type == VIRT_TYPE_KVM ? ACCEL_KVM : target->virt_type == VIRT_TYPE_HVF ? ACCEL_HVF : ACCEL_TCG;
}

/* Without aliases, what had one is called by it. */
static const char *
machine_name (const CapsPlatform *self, const CapsMachine *machine)
{
  return machine->alias != NULL && !self->keeps_aliases ? machine->alias : machine->name;
}

static const CapsMachine *
find_machine (const CapsPlatform *self, const DomainTarget *target, const char *name)
{
  for (unsigned int i = 0; self->caps != NULL && i < self->caps->machines.n; i++)
    {
      const CapsMachine *machine = self->caps->machines.items[i];

      if (machine->accel != target_accel (target))
        continue;
      if (name == NULL ? machine->is_default == TRI_YES
                       : strcmp (name, machine_name (self, machine)) == 0 || g_strcmp0 (name, machine->alias) == 0)
        return machine;
    }
  return NULL;
}

static const char *
caps_machine (const DomainPlatform *base, const DomainTarget *target, const char *name)
{
  const CapsPlatform *self = (const CapsPlatform *) base;
  const CapsMachine *machine = find_machine (self, target, name);
  const MadeUp *arch = find_arch (target->arch);

  if (self->caps != NULL)
    return machine != NULL ? machine_name (self, machine) : NULL;
  if (arch == NULL)
    return NULL;
  for (unsigned int i = 0; i < G_N_ELEMENTS (arch->machines) && arch->machines[i] != NULL; i++)
    if (name == NULL || strcmp (arch->machines[i], name) == 0)
      return arch->machines[i];
  return NULL;
}

static const char *
caps_cpu (const DomainPlatform *base, const DomainTarget *target)
{
  const CapsPlatform *self = (const CapsPlatform *) base;
  const CapsMachine *machine = find_machine (self, target, target->machine);

  for (unsigned int i = 0; machine != NULL && i < self->caps->cpus.n; i++)
    if (self->caps->cpus.items[i]->accel == machine->accel && self->caps->cpus.items[i]->type != NULL
        && g_strcmp0 (self->caps->cpus.items[i]->type, machine->default_cpu) == 0)
      return self->caps->cpus.items[i]->name;
  return NULL;
}

static unsigned int
caps_max_vcpus (const DomainPlatform *base, const DomainTarget *target)
{
  const CapsMachine *machine = find_machine ((const CapsPlatform *) base, target, target->machine);

  return machine != NULL ? machine->max_cpus : 0;
}

static bool
has_flag (const CapsPlatform *self, const char *flag, const char *name)
{
  return g_hash_table_contains (self->flags, flag) || g_hash_table_contains (self->flags, name);
}

/* What no flag stands for is in every QEMU. */
static bool
caps_has_device (const DomainPlatform *base, const DomainTarget *target, const char *device)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (caps_devices); i++)
    if (strcmp (caps_devices[i].device, device) == 0)
      return has_flag ((const CapsPlatform *) base, caps_devices[i].flag, caps_devices[i].name);
  return true;
}

static bool
caps_has_display (const DomainPlatform *base, const DomainTarget *target, const char *display)
{
  g_autofree char *name = g_ascii_strup (display, -1);

  if (strcmp (display, "dbus") == 0)
    return has_flag ((const CapsPlatform *) base, "display-dbus", "DISPLAY_DBUS");
  g_strdelimit (name, "-", '_');
  return has_flag ((const CapsPlatform *) base, display, name);
}

/* The flags of made-up sets are called QUERY_HOTPLUGGABLE_CPUS, PIIX_DISABLE_S3. */
static bool
caps_has_capability (const DomainPlatform *base, const DomainTarget *target, const char *capability)
{
  g_autofree char *name = g_ascii_strup (g_str_has_prefix (capability, "disable-s") ? capability + strlen ("disable-") : capability, -1);
  g_autofree char *piix = NULL;

  g_strdelimit (name, "-.", '_');
  piix = g_strconcat ("PIIX_DISABLE_", name, NULL);
  return has_flag ((const CapsPlatform *) base, capability, name) || has_flag ((const CapsPlatform *) base, piix, piix);
}

static unsigned int
caps_gic_versions (const DomainPlatform *base, const DomainTarget *target)
{
  return ((const CapsPlatform *) base)->gic_versions;
}

static unsigned int
asked_gic_versions (const CapsQuery *query)
{
  if (g_strcmp0 (query->gic, "both") == 0 || (query->gic == NULL && query->file != NULL))
    return 1 << 2 | 1 << 3;
  return g_strcmp0 (query->gic, "v2") == 0 ? 1 << 2 : g_strcmp0 (query->gic, "v3") == 0 ? 1 << 3 : 0;
}

/* The value of @name in @list, "A=x,B=y"; NULL if it is not there. Kept by the process. */
static const char *
find_value (const char *list, const char *name)
{
  g_auto (GStrv) items = g_strsplit (list != NULL ? list : "", ",", -1);

  for (unsigned int i = 0; items[i] != NULL; i++)
    if (g_str_has_prefix (items[i], name) && items[i][strlen (name)] == '=')
      return g_intern_string (items[i] + strlen (name) + 1);
  return NULL;
}

static Caps *
read_caps (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;

  return g_file_get_contents (path, &text, &length, error) ? xml_parse (&caps_schema, text, length, 0, error) : NULL;
}

static void
read_flags (CapsPlatform *self, const CapsQuery *query)
{
  self->flags = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (unsigned int i = 0; self->caps != NULL && i < self->caps->flags.n; i++)
    g_hash_table_add (self->flags, g_strdup (self->caps->flags.items[i]->name));
  const char *added = g_str_has_prefix (query->set, "flags:") ? query->set + strlen ("flags") : strchr (query->set, '+');

  if (added != NULL)
    {
      g_auto (GStrv) names = g_strsplit_set (added + 1, ",+", -1);

      for (unsigned int i = 0; names[i] != NULL; i++)
        g_hash_table_add (self->flags, g_strdup (names[i]));
    }
}

const DomainPlatform *
caps_platform (const CapsQuery *query, GError **error)
{
  CapsPlatform *self = &caps_platform_self;

  if (query->set == NULL || g_str_has_prefix (query->set, "real:"))
    return test_platform ();
  self->base = (DomainPlatform) {
    .host_arch = "x86_64", .default_emulator = caps_emulator, .emulator_serves = caps_serves,
    .canonical_machine = caps_machine, .default_cpu = caps_cpu, .max_vcpus = caps_max_vcpus, .has_device = caps_has_device,
    .has_display = caps_has_display, .has_capability = caps_has_capability, .gic_versions = caps_gic_versions, .isolation_group = isolation_group,
    .tpm_version = query->swtpm, .is_new_guest = query->is_new, .is_usb_late = !query->is_start, .host_cpus = 256,
    /* Documents were read by an unprivileged daemon, guests started by one of the system. */
    .nvram_dir = query->is_start ? "/var/lib/libvirt/qemu/nvram" : "/bad-test-used-env-home/.config/libvirt/qemu/nvram",
  };
  self->base.audio_driver = find_value (query->env, "QEMU_AUDIO_DRV");
  self->base.audio_sdl_driver = find_value (query->env, "SDL_AUDIODRIVER");
  self->base.has_audio_without_display = g_strcmp0 (find_value (query->config, "nographics_allow_host_audio"), "1") == 0;
  self->base.has_audio_with_vnc = g_strcmp0 (find_value (query->config, "vnc_allow_host_audio"), "1") == 0;
  self->keeps_aliases = g_str_has_prefix (query->set, "version:");
  self->gic_versions = asked_gic_versions (query);
  if (query->file != NULL)
    {
      self->caps = read_caps (query->file, error);
      if (self->caps == NULL)
        return NULL;
      self->base.host_arch = self->caps->arch;
    }
  read_flags (self, query);
  return &self->base;
}

/* --- the emulator of a set, for what is built from documents ------------------------- */

#define NO_VERSION 4002000      /* of made-up sets, which have the flags that they have */
#define REAL_VERSION 7002002

static void
add_machine (json_t *list, const char *name, const char *alias, const char *ram, bool hotplug, bool numa_memory)
{
  json_t *machine = json_pack ("{s:s, s:s*, s:s*, s:b, s:b, s:i}", "name", name, "alias", alias, "default-ram-id", ram,
                               "hotpluggable-cpus", hotplug, "numa-mem-supported", numa_memory, "cpu-max", 255);

  json_array_append_new (list, machine);
}

static json_t *
recorded_model (const CapsCpu *cpu)
{
  json_t *model = json_pack ("{s:s, s:s*}", "name", cpu->name, "typename", cpu->type), *blockers = json_array ();

  for (unsigned int i = 0; i < cpu->blockers.n; i++)
    json_array_append_new (blockers, json_string (cpu->blockers.items[i]->name));
  if (g_strcmp0 (cpu->usable, "yes") == 0 || cpu->blockers.n > 0)
    json_object_set (model, "unavailable-features", blockers);
  json_decref (blockers);
  return model;
}

static json_t *
recorded_host (const CapsHostCpu *host)
{
  json_t *props = json_object ();

  for (unsigned int i = 0; i < host->properties.n; i++)
    {
      const CapsProperty *property = host->properties.items[i];

      json_object_set_new (props, property->name,
                           g_strcmp0 (property->type, "boolean") == 0 ? json_boolean (strcmp (property->value, "true") == 0)
                           : g_strcmp0 (property->type, "number") == 0 ? json_integer (g_ascii_strtoll (property->value, NULL, 10))
                                                                       : json_string (property->value));
    }
  return json_pack ("{s:s, s:o}", "name", "max", "props", props);
}

/* What a recorded emulator says of processors. */
static json_t *
recorded_cpus (const Caps *caps, CapsAccel accel)
{
  json_t *cpus = json_array (), *out = json_pack ("{s:o}", "cpus", cpus);

  for (unsigned int i = 0; i < caps->cpus.n; i++)
    if (caps->cpus.items[i]->accel == accel)
      json_array_append_new (cpus, recorded_model (caps->cpus.items[i]));
  for (unsigned int i = 0; i < caps->host_cpus.n; i++)
    if (caps->host_cpus.items[i]->accel == accel)
      json_object_set_new (out, "host", recorded_host (caps->host_cpus.items[i]));
  return out;
}

/* The host of made-up sets. */
static const char *const made_up_models[] = {
  "486", "pentium", "pentium2", "pentium3", "athlon", "n270", "coreduo", "core2duo", "kvm32", "kvm64", "qemu32", "qemu64",
  "phenom", "Conroe", "Penryn", "Nehalem", "Haswell", "Haswell-noTSX", "Opteron_G1", "Opteron_G2", "Opteron_G3",
};
#define LEGACY_MODELS 13        /* that a set may be without */

static json_t *
made_up_host (const CapsQuery *query)
{
  static const char *const features[] = {
    "ds", "acpi", "ss", "ht", "tm", "pbe", "ds_cpl", "vmx", "est", "tm2", "cx16", "xtpr", "lahf_lm",
  };
  static const char *const haswell[] = {
    "vme", "ds", "acpi", "ss", "ht", "tm", "pbe", "dtes64", "monitor", "ds_cpl", "vmx", "smx", "est", "tm2", "xtpr", "pdcm",
    "f16c", "rdrand", "pdpe1gb", "abm", "lahf_lm", "invtsc",
  };
  bool newer = g_strcmp0 (query->host_cpu, "haswell") == 0;
  const CpuModel *model = cpu_model_find (newer ? "Haswell" : "core2duo");
  json_t *props = json_pack ("{s:s, s:i, s:i, s:i}", "vendor", "GenuineIntel", "family", 6, "model", newer ? 60 : 15, "stepping", 11);

  for (unsigned int i = 0; i < cpu_feature_count (); i++)
    {
      g_autofree char *name = cpu_feature_to_qemu (cpu_feature_name (i));

      json_object_set_new (props, name, json_boolean (cpu_features_have (&model->features, i)));
    }
  for (unsigned int i = 0; i < (newer ? G_N_ELEMENTS (haswell) : G_N_ELEMENTS (features)); i++)
    {
      g_autofree char *name = cpu_feature_to_qemu (newer ? haswell[i] : features[i]);

      json_object_set_new (props, name, json_true ());
    }
  return json_pack ("{s:s, s:o}", "name", "host", "props", props);
}

static json_t *
made_up_cpus (const CapsQuery *query, const char *arch)
{
  json_t *cpus = json_array (), *out = json_pack ("{s:o}", "cpus", cpus);
  bool skip = g_strcmp0 (query->flags, "skip-legacy-cpus") == 0;

  if (!g_str_equal (arch, "x86_64") && !g_str_equal (arch, "i686"))
    return out;
  for (unsigned int i = skip ? LEGACY_MODELS : 0; i < G_N_ELEMENTS (made_up_models); i++)
    json_array_append_new (cpus, json_pack ("{s:s, s:[]}", "name", made_up_models[i], "unavailable-features"));
  json_object_set_new (out, "host", made_up_host (query));
  return out;
}

static json_t *
cpus_of (const CapsPlatform *self, const CapsQuery *query, const char *arch, CapsAccel accel)
{
  if (g_str_has_prefix (query->set, "real:"))
    return json_pack ("{s:[]}", "cpus");
  return self->caps != NULL ? recorded_cpus (self->caps, accel) : made_up_cpus (query, arch);
}

/* Debian's QEMU also has the machines of its past. */
static void
add_old_machines (json_t *list)
{
  for (unsigned int major = 2; major <= 7; major++)
    for (unsigned int minor = 0; minor <= (major == 2 ? 12 : 2); minor++)
      {
        g_autofree char *pc = g_strdup_printf ("pc-i440fx-%u.%u", major, minor);
        g_autofree char *q35 = g_strdup_printf ("pc-q35-%u.%u", major, minor);

        add_machine (list, pc, NULL, "pc.ram", true, major < 5 || (major == 5 && minor == 0));
        add_machine (list, q35, NULL, "pc.ram", true, major < 5 || (major == 5 && minor == 0));
      }
}

static json_t *
machines_of (const CapsPlatform *self, const CapsQuery *query, const char *arch)
{
  bool real = g_str_has_prefix (query->set, "real:");
  const MadeUp *made = find_arch (arch);
  json_t *list = json_array ();

  for (unsigned int i = 0; !real && self->caps != NULL && i < self->caps->machines.n; i++)
    {
      const CapsMachine *machine = self->caps->machines.items[i];

      if (machine->accel == ACCEL_TCG)
        add_machine (list, machine_name (self, machine), self->keeps_aliases ? machine->alias : NULL, machine->default_ram,
                     machine->hotplug == TRI_YES, machine->numa_memory == TRI_YES);
    }
  for (unsigned int i = 0; !real && self->caps == NULL && made != NULL && i < G_N_ELEMENTS (made->machines); i++)
    if (made->machines[i] != NULL)
      add_machine (list, made->machines[i], NULL, NULL, true, true);
  for (unsigned int i = 0; real && i < G_N_ELEMENTS (test_archs); i++)
    for (unsigned int k = 0; strcmp (test_archs[i].arch, arch) == 0 && test_archs[i].machines[k].name != NULL; k++)
      add_machine (list, test_archs[i].machines[k].canonical, test_archs[i].machines[k].name,
                   g_str_has_suffix (arch, "86") || strcmp (arch, "x86_64") == 0 ? "pc.ram" : NULL, true, false);
  if (real)
    add_old_machines (list);
  return list;
}

/* Flags of these choose defaults; nothing is refused without them. */
static const char *const never_lacking[] = {
  "virtio-net-pci", "e1000", "rtl8139", "virtio-gpu-pci", "pl011", "isa-serial", "vfio-pci", "virtio-rng-pci", "VGA", "cirrus-vga", NULL,
};

QemuCaps *
caps_qemu (const CapsQuery *query, const char *arch, GError **error)
{
  const CapsPlatform *self = &caps_platform_self;
  bool real = g_str_has_prefix (query->set, "real:");
  unsigned int version = real ? REAL_VERSION : self->caps != NULL ? self->caps->version : NO_VERSION;
  g_autoptr (json_t) document
    = json_pack ("{s:s, s:s, s:i, s:o, s:[], s:[], s:[], s:{}, s:{s:o, s:o}}", "binary", "/usr/bin/qemu",
                 "arch", arch, "version", (int) version, "machines", machines_of (self, query, arch), "types", "commands",
                 "options", "props", "accel", "tcg", cpus_of (self, query, arch, ACCEL_TCG),
                 "kvm", cpus_of (self, query, arch, ACCEL_KVM));
  QemuCaps *caps = qemu_caps_from_json (document, error);

  if (caps == NULL)
    return NULL;
  caps->lacks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (unsigned int i = 0; !real && i < G_N_ELEMENTS (caps_devices); i++)
    if (!g_strv_contains (never_lacking, caps_devices[i].device) && !has_flag (self, caps_devices[i].flag, caps_devices[i].name))
      g_hash_table_add (caps->lacks, g_strdup (caps_devices[i].device));
  /* The emulator of 32-bit processors has its own. */
  if (real && strcmp (arch, "i686") == 0)
    g_hash_table_add (caps->lacks, g_strdup ("max-x86_64-cpu"));
  return caps;
}
