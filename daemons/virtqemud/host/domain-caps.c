/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/domain-caps.h"

#include <string.h>
#include <unistd.h>

#include "helpers/helpers.h"
#include "model/capabilities/domain-capabilities.h"
#include "qemu/cpu.h"
#include "qemu/firmware.h"
#include "qemu/target.h"
#include "util/error.h"
#include "util/host.h"

/* What the document is about. */
typedef struct
{
  const QemuCaps *caps;
  const char *arch, *emulator;
  const QemuMachine *machine;
  QemuAccel accel;
  bool has_ide;                 /* built in */
  const DomainCapsHost *host;
} Subject;

/* A value of an enumeration and what QEMU must have for it: "TYPE" a QOM type, "command CMD", "option OPT"; or the
 * host: "swtpm", "swtpm 2.0", "vfio". "ide": the machine's own controller. NULL: nothing. */
typedef struct { const char *value, *needs; } Value;

static bool
is_there (const Subject *subject, const char *needs)
{
  if (needs == NULL)
    return true;
  if (g_str_has_prefix (needs, "command "))
    return qemu_caps_has_command (subject->caps, needs + strlen ("command "));
  if (g_str_has_prefix (needs, "option "))
    return qemu_caps_has_option (subject->caps, needs + strlen ("option "));
  if (strcmp (needs, "swtpm") == 0)
    return subject->host->tpm_versions != 0 && qemu_caps_has_type (subject->caps, "tpm-emulator");
  if (g_str_has_prefix (needs, "swtpm "))
    return subject->host->tpm_versions & 1u << xml_enum_value (&tpm_version_names, needs + strlen ("swtpm "));
  if (strcmp (needs, "vfio") == 0)
    return subject->host->has_vfio;
  if (strcmp (needs, "ide") == 0)
    return subject->has_ide && qemu_caps_has_type (subject->caps, "ide-hd");
  return qemu_caps_has_type (subject->caps, needs);
}

static Tristate
yes_if (bool yes)
{
  return yes ? TRI_YES : TRI_NO;
}

static void
add_enum (const Subject *subject, CapabilityPart *part, const char *name, const Value *values, unsigned int n)
{
  CapabilityEnum *enumeration = capability_enum_add (&part->enums, name);

  for (unsigned int i = 0; i < n; i++)
    if (is_there (subject, values[i].needs))
      capability_enum_add_value (enumeration, values[i].value);
}

#define VALUES(array_) (array_), G_N_ELEMENTS (array_)

/* --- os ------------------------------------------------------------------------------------ */

/* Firmware of a host whose packages install no descriptors for the machine. */
static const char *const old_firmware[] = { "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_CODE.secboot.fd" };

static void
add_yes_no (CapabilityPart *part, const char *name, bool yes)
{
  CapabilityEnum *enumeration = capability_enum_add (&part->enums, name);

  if (yes)
    capability_enum_add_value (enumeration, "yes");
  capability_enum_add_value (enumeration, "no");
}

static void
add_loader_file (CapabilityLoader *loader, const char *path)
{
  CapabilityValue *file = xml_new (&capability_value_schema);

  file->text = g_strdup (path);
  xml_list_append (&loader->files, file);
}

static void
add_loader_files (const DomainCapsHost *host, const GPtrArray *fitting, CapabilityLoader *loader)
{
  if (host->loaders != NULL)
    {
      for (unsigned int i = 0; host->loaders[i] != NULL; i++)
        add_loader_file (loader, host->loaders[i]);
      return;
    }
  for (unsigned int i = 0; i < fitting->len; i++)
    {
      const QemuFirmware *firmware = fitting->pdata[i];
      bool repeated = false;

      for (unsigned int k = 0; k < loader->files.n; k++)
        repeated = repeated || g_str_equal (loader->files.items[k]->text, firmware->executable);
      if (!repeated)
        add_loader_file (loader, firmware->executable);
    }
  for (unsigned int i = 0; fitting->len == 0 && i < G_N_ELEMENTS (old_firmware); i++)
    if (access (old_firmware[i], R_OK) == 0)
      add_loader_file (loader, old_firmware[i]);
}

static bool
offers (const GPtrArray *fitting, DomainFirmware interface)
{
  for (unsigned int i = 0; i < fitting->len; i++)
    if (qemu_firmware_offers (fitting->pdata[i], interface))
      return true;
  return false;
}

static CapabilityOs *
make_os (const Subject *subject)
{
  static const Value types[] = { { "rom", NULL }, { "pflash", NULL } };
  g_autoptr (GPtrArray) all = qemu_firmware_list ();
  g_autoptr (GPtrArray) fitting = g_ptr_array_new ();
  CapabilityOs *os = xml_new (&capability_os_schema);
  CapabilityLoader *loader = xml_new (&capability_loader_schema);
  bool secure = false;
  Value interfaces[2];
  unsigned int n = 0;

  for (unsigned int i = 0; i < all->len; i++)
    {
      const QemuFirmware *firmware = all->pdata[i];

      if (!qemu_firmware_fits (firmware, subject->arch, subject->machine->name))
        continue;
      g_ptr_array_add (fitting, (void *) firmware);
      secure = secure || (qemu_firmware_has (firmware, "secure-boot") && qemu_firmware_has (firmware, "requires-smm"));
    }
  for (DomainFirmware interface = FIRMWARE_BIOS; interface < FIRMWARE_LAST; interface++)
    if (offers (fitting, interface))
      interfaces[n++] = (Value) { xml_enum_name (&firmware_names, interface), NULL };
  os->part.supported = TRI_YES;
  add_enum (subject, &os->part, "firmware", interfaces, n);
  os->loader = loader;
  loader->part.supported = TRI_YES;
  add_loader_files (subject->host, fitting, loader);
  add_enum (subject, &loader->part, "type", VALUES (types));
  add_yes_no (&loader->part, "readonly", true);
  add_yes_no (&loader->part, "secure", secure);
  return os;
}

/* --- cpu -------------------------------------------------------------------------------------- */

static CapabilityCpuMode *
add_mode (DomainCaps *document, DomainCpuMode name, bool supported)
{
  CapabilityCpuMode *mode = xml_new (&capability_cpu_mode_schema);

  mode->name = name;
  mode->part.supported = yes_if (supported);
  xml_list_append (&document->cpu_modes, mode);
  return mode;
}

/* A mode of the host, with the enumeration of whether it may migrate. */
static void
add_host_mode (const Subject *subject, DomainCaps *document, DomainCpuMode name, const char *enumeration, bool supported)
{
  static const Value switches[] = { { "on", NULL }, { "off", NULL } };
  CapabilityCpuMode *mode = add_mode (document, name, supported);

  if (supported)
    add_enum (subject, &mode->part, enumeration, VALUES (switches));
}

static void
add_host_model (const Subject *subject, DomainCaps *document)
{
  g_autoptr (Cpu) host = qemu_cpu_host_model (subject->caps, subject->accel, subject->arch);
  CapabilityCpuMode *mode = add_mode (document, CPU_MODE_HOST_MODEL, host != NULL);

  if (host == NULL)
    return;
  mode->fallback = CPU_FALLBACK_FORBID;
  mode->model = g_steal_pointer (&host->cpu.model);
  mode->vendor = g_steal_pointer (&host->cpu.vendor);
  while (host->cpu.features.n > 0)
    xml_list_append (&mode->features, xml_list_steal (&host->cpu.features, 0));
}

/* Models that both sides know. */
static void
add_custom (const Subject *subject, DomainCaps *document)
{
  const GPtrArray *models = subject->caps->cpus[subject->accel];
  CapabilityCpuMode *mode = add_mode (document, CPU_MODE_CUSTOM, true);

  for (unsigned int i = 0; models != NULL && i < models->len; i++)
    {
      const QemuCpuModel *model = models->pdata[i];
      const CpuModel *known = cpu_model_find (model->name);
      CapabilityModel *item;

      if (known == NULL)
        continue;
      item = xml_new (&capability_model_schema);
      item->kind = CAPABILITY_MODEL_NAME;
      item->usable = model->blockers == NULL ? CAPABILITY_USABLE_UNKNOWN
                     : model->blockers[0] == NULL ? CAPABILITY_USABLE_YES : CAPABILITY_USABLE_NO;
      item->deprecated = model->deprecated ? TRI_YES : TRI_ABSENT;
      item->vendor = g_strdup (cpu_model_vendor (known) ?: "unknown");
      item->name = g_strdup (model->name);
      xml_list_append (&mode->models, item);
    }
}

/* --- devices -------------------------------------------------------------------------------------- */

static const Value disk_devices[] = { { "disk", NULL }, { "cdrom", NULL }, { "floppy", NULL }, { "lun", NULL } };
static const Value pc_buses[] = { { "ide", "ide" }, { "fdc", "isa-fdc" }, { "scsi", NULL },
  { "virtio", "virtio-blk-device" }, { "usb", "usb-storage" }, { "sata", "ich9-ahci" } };
static const Value virtio_models[] = { { "virtio", NULL }, { "virtio-transitional", "virtio-blk-pci-transitional" },
  { "virtio-non-transitional", "virtio-blk-pci-non-transitional" } };
static const Value graphics_types[] = { { "sdl", "option display:sdl" }, { "vnc", "command query-vnc" },
  { "spice", "command query-spice" }, { "egl-headless", "option display:egl-headless" },
  { "dbus", "option display:dbus" } };
static const Value video_types[] = { { "vga", "VGA" }, { "cirrus", "cirrus-vga" }, { "vmvga", "vmware-svga" },
  { "qxl", "qxl" }, { "virtio", "virtio-gpu-pci" }, { "none", NULL }, { "bochs", "bochs-display" },
  { "ramfb", "ramfb" } };
static const Value hostdev_modes[] = { { "subsystem", NULL } };
static const Value startup_policies[] = { { "default", NULL }, { "mandatory", NULL }, { "requisite", NULL },
  { "optional", NULL } };
static const Value hostdev_types[] = { { "usb", "usb-host" }, { "pci", "vfio-pci" }, { "scsi", "scsi-generic" } };
static const Value pci_backends[] = { { "default", "vfio" }, { "vfio", "vfio" } };
static const Value rng_backends[] = { { "random", "rng-random" }, { "egd", "rng-egd" }, { "builtin", "rng-builtin" } };
static const Value filesystem_drivers[] = { { "path", NULL }, { "handle", NULL },
  { "virtiofs", "vhost-user-fs-device" } };
static const Value tpm_models[] = { { "tpm-tis", "option tpm:tpm-tis" }, { "tpm-crb", "option tpm:tpm-crb" } };
static const Value tpm_backends[] = { { "passthrough", "tpm-passthrough" }, { "emulator", "swtpm" },
  { "external", "swtpm" } };
static const Value tpm_versions[] = { { "1.2", "swtpm 1.2" }, { "2.0", "swtpm 2.0" } };
static const Value redirdev_buses[] = { { "usb", "usb-redir" } };
static const Value channel_types[] = { { "pty", NULL }, { "unix", NULL },
  { "spicevmc", "option chardev:spicevmc" } };

/* A device element: it is supported if QEMU has @needs; its enumerations follow. */
static const struct
{
  CapabilityDeviceKind kind;
  const char *needs;
  struct { const char *name; const Value *values; unsigned int n; } enums[5];
} devices[] = {
  { CAPABILITY_DEVICE_DISK, NULL, { { "diskDevice", VALUES (disk_devices) }, { "bus", VALUES (pc_buses) },
                    { "model", VALUES (virtio_models) } } },
  { CAPABILITY_DEVICE_GRAPHICS, NULL, { { "type", VALUES (graphics_types) } } },
  { CAPABILITY_DEVICE_VIDEO, NULL, { { "modelType", VALUES (video_types) } } },
  { CAPABILITY_DEVICE_HOSTDEV, NULL, { { "mode", VALUES (hostdev_modes) }, { "startupPolicy", VALUES (startup_policies) },
                       { "subsysType", VALUES (hostdev_types) }, { "capsType", NULL, 0 },
                       { "pciBackend", VALUES (pci_backends) } } },
  { CAPABILITY_DEVICE_RNG, "virtio-rng-device", { { "model", VALUES (virtio_models) },
                                                  { "backendModel", VALUES (rng_backends) } } },
  { CAPABILITY_DEVICE_FILESYSTEM, NULL, { { "driverType", VALUES (filesystem_drivers) } } },
  { CAPABILITY_DEVICE_TPM, "tpm-tis", { { "model", VALUES (tpm_models) }, { "backendModel", VALUES (tpm_backends) },
                                      { "backendVersion", VALUES (tpm_versions) } } },
  { CAPABILITY_DEVICE_REDIRDEV, "usb-redir", { { "bus", VALUES (redirdev_buses) } } },
  { CAPABILITY_DEVICE_CHANNEL, NULL, { { "type", VALUES (channel_types) } } },
};

static void
add_devices (const Subject *subject, DomainCaps *document)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      CapabilityDevice *device = xml_new (&capability_device_schema);
      bool supported = is_there (subject, devices[i].needs);

      device->kind = devices[i].kind;
      device->part.supported = yes_if (supported);
      xml_list_append (&document->devices, device);
      for (unsigned int k = 0; supported && k < G_N_ELEMENTS (devices[i].enums) && devices[i].enums[k].name != NULL; k++)
        {
          if (devices[i].enums[k].values == tpm_versions && subject->host->tpm_versions == 0)
            continue;
          add_enum (subject, &device->part, devices[i].enums[k].name, devices[i].enums[k].values, devices[i].enums[k].n);
        }
    }
}

/* --- the rest ----------------------------------------------------------------------------------------- */

static CapabilityPart *
make_memory_backing (const Subject *subject)
{
  static const Value sources[] = { { "file", "memory-backend-file" }, { "anonymous", NULL },
    { "memfd", "memory-backend-memfd" } };
  CapabilityPart *part = xml_new (&capability_part_schema);

  part->supported = TRI_YES;
  add_enum (subject, part, "sourceType", VALUES (sources));
  return part;
}

static CapabilityFeature *
add_feature (DomainCaps *document, CapabilityFeatureKind kind, bool supported)
{
  CapabilityFeature *feature = xml_new (&capability_feature_schema);

  feature->kind = kind;
  feature->part.supported = yes_if (supported);
  xml_list_append (&document->features, feature);
  return feature;
}

/* Enlightenments that QEMU has and this host allows; KVM's word counts for all guests. A setting that is no switch is
 * always there. */
static void
add_hyperv (const Subject *subject, DomainCaps *document)
{
  static const char *const names[] = { "relaxed", "vapic", "spinlocks", "vpindex", "runtime", "synic", "stimer", "reset",
    "vendor_id", "frequencies", "reenlightenment", "tlbflush", "ipi", "evmcs", "avic" };
  const json_t *model = subject->caps->cpu_host[QEMU_ACCEL_KVM] ?: subject->caps->cpu_host[QEMU_ACCEL_TCG];
  const json_t *props = json_object_get (model, "props");
  Value values[G_N_ELEMENTS (names)];
  unsigned int n = 0;

  for (unsigned int i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *property = g_strconcat ("hv-", names[i], NULL);
      const json_t *value = json_object_get (props, g_strdelimit (property, "_", '-'));

      if (value != NULL && !json_is_false (value))
        values[n++] = (Value) { names[i], NULL };
    }
  if (n > 0)
    add_enum (subject, &add_feature (document, CAPABILITY_FEATURE_HYPERV, true)->part, "features", values, n);
}

static void
add_guest_features (const Subject *subject, DomainCaps *document)
{
  static const struct { CapabilityFeatureKind kind; const char *needs; } features[] = {
    { CAPABILITY_FEATURE_VMCOREINFO, "vmcoreinfo" }, { CAPABILITY_FEATURE_GENID, "vmgenid" },
    { CAPABILITY_FEATURE_BACKING_STORE_INPUT, "command blockdev-add" },
    { CAPABILITY_FEATURE_BACKUP, "command blockdev-reopen" },
  };

  add_feature (document, CAPABILITY_FEATURE_GIC, false);
  for (unsigned int i = 0; i < G_N_ELEMENTS (features); i++)
    add_feature (document, features[i].kind, is_there (subject, features[i].needs));
  add_feature (document, CAPABILITY_FEATURE_SEV, false);
  add_feature (document, CAPABILITY_FEATURE_SGX, false);
  add_hyperv (subject, document);
}

static char *
format_document (const Subject *subject)
{
  DomainCaps *document = xml_new (&domain_capabilities_schema);
  char *text;

  document->emulator = g_strdup (subject->emulator);
  document->virt_type = subject->accel == QEMU_ACCEL_KVM ? VIRT_TYPE_KVM : VIRT_TYPE_QEMU;
  document->machine = g_strdup (subject->machine->name);
  document->arch = g_strdup (subject->arch);
  document->max_vcpus = subject->machine->max_cpus;
  document->iothreads = yes_if (is_there (subject, "iothread"));
  document->os = make_os (subject);
  add_host_mode (subject, document, CPU_MODE_HOST_PASSTHROUGH, "hostPassthroughMigratable", subject->accel == QEMU_ACCEL_KVM);
  add_host_mode (subject, document, CPU_MODE_MAXIMUM, "maximumMigratable", true);
  add_host_model (subject, document);
  add_custom (subject, document);
  document->memory_backing = make_memory_backing (subject);
  add_devices (subject, document);
  add_guest_features (subject, document);
  text = xml_format (&domain_capabilities_schema, document, 0);
  xml_free (&domain_capabilities_schema, document);
  return text;
}

char *
domain_caps_format_target (const QemuTarget *target, const DomainCapsHost *host)
{
  const Domain domain = { .os.arch = (char *) target->arch, .os.machine = target->machine->name };      /* borrows */
  const Subject subject = { .caps = target->caps, .arch = target->arch, .emulator = target->emulator, .machine = target->machine,
                            .accel = target->accel, .has_ide = domain_is_i440fx (&domain), .host = host };

  return format_document (&subject);
}

char *
domain_caps_format (const char *emulator, const char *arch, const char *machine, const char *virttype, GError **error)
{
  g_auto (QemuTarget) target = { 0 };
  DomainCapsHost host;

  if (!qemu_target_find (emulator, arch, machine, virttype, &target, error))
    return NULL;
  host = (DomainCapsHost) { .tpm_versions = helpers_tpm_versions (),
                            .has_vfio = host_has_iommu () && access ("/dev/vfio/vfio", F_OK) == 0 };
  return domain_caps_format_target (&target, &host);
}
