/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "domain-caps.h"

#include <string.h>
#include <unistd.h>

#include "cpu-model.h"
#include "qemu-caps.h"
#include "qemu-firmware.h"
#include "util/error.h"
#include "util/host.h"
#include "xml-text.h"

/* What the document is about. */
typedef struct
{
  GString *out;
  const QemuCaps *caps;
  const char *arch, *emulator;
  const QemuMachine *machine;
  QemuAccel accel;
  bool q35;
} Document;

/* A value of an enumeration and what QEMU must have for it: "TYPE" a QOM type, "command CMD", "option OPT"; NULL:
 * nothing. */
typedef struct { const char *value, *needs; } Value;

static bool
is_there (const Document *d, const char *needs)
{
  if (needs == NULL)
    return true;
  if (g_str_has_prefix (needs, "command "))
    return qemu_caps_has_command (d->caps, needs + strlen ("command "));
  if (g_str_has_prefix (needs, "option "))
    return qemu_caps_has_option (d->caps, needs + strlen ("option "));
  return qemu_caps_has_type (d->caps, needs);
}

static void
format_enum (const Document *d, const char *name, const Value *values, unsigned int n)
{
  bool any = false;

  for (unsigned int i = 0; i < n; i++)
    any = any || is_there (d, values[i].needs);
  if (!any)
    {
      xml_line (d->out, 3, "<enum name='%s'/>", name);
      return;
    }
  xml_line (d->out, 3, "<enum name='%s'>", name);
  for (unsigned int i = 0; i < n; i++)
    if (is_there (d, values[i].needs))
      xml_line (d->out, 4, "<value>%s</value>", values[i].value);
  xml_line (d->out, 3, "</enum>");
}

/* --- os ------------------------------------------------------------------------------------ */

/* Firmware of a host whose packages install no descriptors for the machine. */
static const char *const old_firmware[] = { "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_CODE.secboot.fd" };

static void
format_yes_no (const Document *d, const char *name, bool yes)
{
  xml_line (d->out, 3, "<enum name='%s'>", name);
  if (yes)
    xml_line (d->out, 4, "<value>yes</value>");
  xml_line (d->out, 4, "<value>no</value>");
  xml_line (d->out, 3, "</enum>");
}

static void
format_loader_values (const Document *d, const GPtrArray *fitting)
{
  for (unsigned int i = 0; i < fitting->len; i++)
    {
      const QemuFirmware *firmware = fitting->pdata[i];
      bool repeated = false;

      for (unsigned int k = 0; k < i; k++)
        repeated = repeated || g_str_equal (((const QemuFirmware *) fitting->pdata[k])->executable,
                                            firmware->executable);
      if (!repeated)
        xml_line (d->out, 3, "<value>%s</value>", firmware->executable);
    }
  for (unsigned int i = 0; fitting->len == 0 && i < G_N_ELEMENTS (old_firmware); i++)
    if (access (old_firmware[i], R_OK) == 0)
      xml_line (d->out, 3, "<value>%s</value>", old_firmware[i]);
}

static void
format_os (const Document *d)
{
  static const Value types[] = { { "rom", NULL }, { "pflash", NULL } };
  g_autoptr (GPtrArray) all = qemu_firmware_list ();
  g_autoptr (GPtrArray) fitting = g_ptr_array_new ();
  bool secure = false;

  for (unsigned int i = 0; i < all->len; i++)
    {
      const QemuFirmware *firmware = all->pdata[i];

      if (!qemu_firmware_fits (firmware, d->arch, d->machine->name))
        continue;
      g_ptr_array_add (fitting, (void *) firmware);
      secure = secure || (firmware->secure_boot && firmware->requires_smm);
    }
  xml_line (d->out, 1, "<os supported='yes'>");
  if (fitting->len > 0)
    {
      xml_line (d->out, 2, "<enum name='firmware'>");
      xml_line (d->out, 3, "<value>efi</value>");
      xml_line (d->out, 2, "</enum>");
    }
  else
    xml_line (d->out, 2, "<enum name='firmware'/>");
  xml_line (d->out, 2, "<loader supported='yes'>");
  format_loader_values (d, fitting);
  format_enum (d, "type", types, G_N_ELEMENTS (types));
  format_yes_no (d, "readonly", true);
  format_yes_no (d, "secure", secure);
  xml_line (d->out, 2, "</loader>");
  xml_line (d->out, 1, "</os>");
}

/* --- cpu -------------------------------------------------------------------------------------- */

/* A mode of the host, with the enumeration of whether it may migrate. */
static void
format_mode (const Document *d, const char *mode, const char *enumeration, bool supported)
{
  if (!supported)
    {
      xml_line (d->out, 2, "<mode name='%s' supported='no'/>", mode);
      return;
    }
  xml_line (d->out, 2, "<mode name='%s' supported='yes'>", mode);
  xml_line (d->out, 3, "<enum name='%s'>", enumeration);
  xml_line (d->out, 4, "<value>on</value>");
  xml_line (d->out, 4, "<value>off</value>");
  xml_line (d->out, 3, "</enum>");
  xml_line (d->out, 2, "</mode>");
}

static void
format_host_model (const Document *d)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  const GPtrArray *models = d->caps->cpus[d->accel];
  g_autoptr (CpuGuess) guess = NULL;

  for (unsigned int i = 0; models != NULL && i < models->len; i++)
    g_hash_table_add (names, ((const QemuCpuModel *) models->pdata[i])->name);
  if (d->caps->cpu_host[d->accel] != NULL)
    guess = cpu_model_of_expansion (d->caps->cpu_host[d->accel], names);
  if (guess == NULL)
    {
      xml_line (d->out, 2, "<mode name='host-model' supported='no'/>");
      return;
    }
  xml_line (d->out, 2, "<mode name='host-model' supported='yes'>");
  xml_line (d->out, 3, "<model fallback='forbid'>%s</model>", guess->model);
  if (guess->vendor != NULL)
    xml_line (d->out, 3, "<vendor>%s</vendor>", guess->vendor);
  for (unsigned int i = 0; i < guess->required->len; i++)
    xml_line (d->out, 3, "<feature policy='require' name='%s'/>", (const char *) guess->required->pdata[i]);
  for (unsigned int i = 0; i < guess->disabled->len; i++)
    xml_line (d->out, 3, "<feature policy='disable' name='%s'/>", (const char *) guess->disabled->pdata[i]);
  xml_line (d->out, 2, "</mode>");
}

/* Models that both sides know. */
static void
format_custom (const Document *d)
{
  g_autofree const char **known = cpu_model_names ();
  const GPtrArray *models = d->caps->cpus[d->accel];

  xml_line (d->out, 2, "<mode name='custom' supported='yes'>");
  for (unsigned int i = 0; models != NULL && i < models->len; i++)
    {
      const QemuCpuModel *model = models->pdata[i];
      const char *usable = model->blockers == NULL ? "unknown" : model->blockers[0] == NULL ? "yes" : "no";

      if (!g_strv_contains (known, model->name))
        continue;
      if (model->deprecated)
        xml_line (d->out, 3, "<model usable='%s' deprecated='yes' vendor='%s'>%s</model>", usable,
                  cpu_model_vendor (model->name), model->name);
      else
        xml_line (d->out, 3, "<model usable='%s' vendor='%s'>%s</model>", usable, cpu_model_vendor (model->name),
                  model->name);
    }
  xml_line (d->out, 2, "</mode>");
}

static void
format_cpu (const Document *d)
{
  xml_line (d->out, 1, "<cpu>");
  format_mode (d, "host-passthrough", "hostPassthroughMigratable", d->accel == QEMU_ACCEL_KVM);
  format_mode (d, "maximum", "maximumMigratable", true);
  format_host_model (d);
  format_custom (d);
  xml_line (d->out, 1, "</cpu>");
}

/* --- devices -------------------------------------------------------------------------------------- */

static const Value disk_devices[] = { { "disk", NULL }, { "cdrom", NULL }, { "floppy", NULL }, { "lun", NULL } };
static const Value pc_buses[] = { { "ide", "ide-hd" }, { "fdc", "isa-fdc" }, { "scsi", NULL },
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
static const Value rng_backends[] = { { "random", "rng-random" }, { "egd", "rng-egd" }, { "builtin", "rng-builtin" } };
static const Value filesystem_drivers[] = { { "path", NULL }, { "handle", NULL },
  { "virtiofs", "vhost-user-fs-device" } };
static const Value tpm_models[] = { { "tpm-tis", "option tpm:tpm-tis" }, { "tpm-crb", "option tpm:tpm-crb" } };
static const Value tpm_backends[] = { { "passthrough", "tpm-passthrough" } };
static const Value redirdev_buses[] = { { "usb", "usb-redir" } };
static const Value channel_types[] = { { "pty", NULL }, { "unix", NULL },
  { "spicevmc", "option chardev:spicevmc" } };

#define VALUES(array_) (array_), G_N_ELEMENTS (array_)

/* A device element: it is supported if QEMU has @needs; its enumerations follow. */
static const struct
{
  const char *element, *needs;
  struct { const char *name; const Value *values; unsigned int n; } enums[5];
} devices[] = {
  { "disk", NULL, { { "diskDevice", VALUES (disk_devices) }, { "bus", VALUES (pc_buses) },
                    { "model", VALUES (virtio_models) } } },
  { "graphics", NULL, { { "type", VALUES (graphics_types) } } },
  { "video", NULL, { { "modelType", VALUES (video_types) } } },
  { "hostdev", NULL, { { "mode", VALUES (hostdev_modes) }, { "startupPolicy", VALUES (startup_policies) },
                       { "subsysType", VALUES (hostdev_types) }, { "capsType", NULL, 0 },
                       { "pciBackend", NULL, 0 } } },
  { "rng", "virtio-rng-device", { { "model", VALUES (virtio_models) }, { "backendModel", VALUES (rng_backends) } } },
  { "filesystem", NULL, { { "driverType", VALUES (filesystem_drivers) } } },
  { "tpm", "tpm-tis", { { "model", VALUES (tpm_models) }, { "backendModel", VALUES (tpm_backends) } } },
  { "redirdev", "usb-redir", { { "bus", VALUES (redirdev_buses) } } },
  { "channel", NULL, { { "type", VALUES (channel_types) } } },
};

static void
format_devices (const Document *d)
{
  xml_line (d->out, 1, "<devices>");
  for (unsigned int i = 0; i < G_N_ELEMENTS (devices); i++)
    {
      if (!is_there (d, devices[i].needs))
        {
          xml_line (d->out, 2, "<%s supported='no'/>", devices[i].element);
          continue;
        }
      xml_line (d->out, 2, "<%s supported='yes'>", devices[i].element);
      for (unsigned int k = 0; k < G_N_ELEMENTS (devices[i].enums) && devices[i].enums[k].name != NULL; k++)
        {
          /* q35 has no IDE controller: its place is the first. */
          unsigned int skip = d->q35 && devices[i].enums[k].values == pc_buses ? 1 : 0;

          format_enum (d, devices[i].enums[k].name, devices[i].enums[k].values + skip, devices[i].enums[k].n - skip);
        }
      xml_line (d->out, 2, "</%s>", devices[i].element);
    }
  xml_line (d->out, 1, "</devices>");
}

/* --- the rest ----------------------------------------------------------------------------------------- */

static void
format_memory (const Document *d)
{
  static const Value sources[] = { { "file", "memory-backend-file" }, { "anonymous", NULL },
    { "memfd", "memory-backend-memfd" } };

  xml_line (d->out, 1, "<memoryBacking supported='yes'>");
  xml_line (d->out, 2, "<enum name='sourceType'>");
  for (unsigned int i = 0; i < G_N_ELEMENTS (sources); i++)
    if (is_there (d, sources[i].needs))
      xml_line (d->out, 3, "<value>%s</value>", sources[i].value);
  xml_line (d->out, 2, "</enum>");
  xml_line (d->out, 1, "</memoryBacking>");
}

static void
format_features (const Document *d)
{
  static const struct { const char *element, *needs; } features[] = {
    { "vmcoreinfo", "vmcoreinfo" }, { "genid", "vmgenid" }, { "backingStoreInput", "command blockdev-add" },
    { "backup", "command blockdev-reopen" },
  };
  static const Value hyperv[] = { { "spinlocks", NULL }, { "vendor_id", NULL } };

  xml_line (d->out, 1, "<features>");
  xml_line (d->out, 2, "<gic supported='no'/>");
  for (unsigned int i = 0; i < G_N_ELEMENTS (features); i++)
    xml_line (d->out, 2, "<%s supported='%s'/>", features[i].element, is_there (d, features[i].needs) ? "yes" : "no");
  xml_line (d->out, 2, "<sev supported='no'/>");
  xml_line (d->out, 2, "<sgx supported='no'/>");
  xml_line (d->out, 2, "<hyperv supported='yes'>");
  format_enum (d, "features", hyperv, G_N_ELEMENTS (hyperv));
  xml_line (d->out, 2, "</hyperv>");
  xml_line (d->out, 1, "</features>");
}

static char *
format_document (Document *d)
{
  d->out = g_string_new ("<domainCapabilities>\n");
  xml_line (d->out, 1, "<path>%s</path>", d->emulator);
  xml_line (d->out, 1, "<domain>%s</domain>", d->accel == QEMU_ACCEL_KVM ? "kvm" : "qemu");
  xml_line (d->out, 1, "<machine>%s</machine>", d->machine->name);
  xml_line (d->out, 1, "<arch>%s</arch>", d->arch);
  xml_line (d->out, 1, "<vcpu max='%u'/>", d->machine->max_cpus);
  xml_line (d->out, 1, "<iothreads supported='%s'/>", is_there (d, "iothread") ? "yes" : "no");
  format_os (d);
  format_cpu (d);
  format_memory (d);
  format_devices (d);
  format_features (d);
  xml_line (d->out, 0, "</domainCapabilities>");
  return g_string_free (d->out, FALSE);
}

/* --- what is asked for ----------------------------------------------------------------------------------- */

static bool
serves_arch (const QemuCaps *caps, const char *arch)
{
  return g_str_equal (caps->arch, arch) || (g_str_equal (caps->arch, "x86_64") && g_str_equal (arch, "i686"));
}

static bool
choose_accel (const QemuCaps *caps, const char *virttype, QemuAccel *ret_accel, GError **error)
{
  QemuAccel accel = caps->accel[QEMU_ACCEL_KVM] ? QEMU_ACCEL_KVM : QEMU_ACCEL_TCG;

  if (virttype != NULL && g_str_equal (virttype, "qemu"))
    accel = QEMU_ACCEL_TCG;
  else if (virttype != NULL && g_str_equal (virttype, "kvm"))
    accel = QEMU_ACCEL_KVM;
  else if (virttype != NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "QEMU does not run guests of type '%s'", virttype);
  if (!caps->accel[accel])
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "%s cannot run guests of type '%s' on this host",
                 caps->binary, virttype);
  *ret_accel = accel;
  return true;
}

char *
domain_caps_format (const char *emulator, const char *arch, const char *machine, const char *virttype, GError **error)
{
  g_autofree char *found = emulator != NULL ? g_strdup (emulator) : qemu_find_binary (arch ?: host_arch ());
  g_autoptr (QemuCaps) caps = NULL;
  Document d = { 0 };

  if (found == NULL)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "this host has no emulator for architecture '%s'",
                      arch ?: host_arch ());
  caps = qemu_caps_get (found, error);
  if (caps == NULL)
    return NULL;
  if (arch != NULL && !serves_arch (caps, arch))
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "%s emulates '%s', not '%s'", found, caps->arch, arch);
  d = (Document) { .caps = caps, .arch = arch ?: caps->arch, .emulator = found };
  d.machine = machine != NULL ? qemu_caps_machine (caps, machine) : qemu_caps_default_machine (caps);
  if (d.machine == NULL)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "%s has no machine '%s'", found,
                      machine != NULL ? machine : "by default");
  if (!choose_accel (caps, virttype, &d.accel, error))
    return NULL;
  d.q35 = strstr (d.machine->name, "q35") != NULL;
  return format_document (&d);
}
