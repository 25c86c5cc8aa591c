/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate-emulator.c: device models that only some emulators or machines have. */
#include "model/domain/machine.h"
#include "model/domain/rules.h"

typedef struct { unsigned int model; const char *device; } ModelDevice;

static const ModelDevice video_devices[] = {
  { VIDEO_TYPE_VGA, "VGA" }, { VIDEO_TYPE_CIRRUS, "cirrus-vga" }, { VIDEO_TYPE_VMVGA, "vmware-svga" }, { VIDEO_TYPE_QXL, "qxl" },
  { VIDEO_TYPE_BOCHS, "bochs-display" }, { VIDEO_TYPE_RAMFB, "ramfb" },
};

static const ModelDevice controller_devices[] = {
  { CONTROLLER_MODEL_LSILOGIC, "lsi53c895a" }, { CONTROLLER_MODEL_LSISAS1068, "mptsas1068" },
  { CONTROLLER_MODEL_LSISAS1078, "megasas" }, { CONTROLLER_MODEL_VMPVSCSI, "pvscsi" }, { CONTROLLER_MODEL_DC390, "dc390" },
  { CONTROLLER_MODEL_AM53C974, "am53c974" },
};

static const ModelDevice sound_devices[] = { { SOUND_MODEL_ICH9, "ich9-intel-hda" }, { SOUND_MODEL_USB, "usb-audio" } };

static const ModelDevice smartcard_devices[] = {
  { SMARTCARD_MODE_HOST, "ccid-card-emulated" }, { SMARTCARD_MODE_HOST_CERTIFICATES, "ccid-card-emulated" },
  { SMARTCARD_MODE_PASSTHROUGH, "ccid-card-passthru" },
};

/* The device that @model is and that the emulator lacks; NULL if it lacks none. */
static const char *
missing_device (const Domain *domain, const DomainPlatform *platform, const ModelDevice *devices, unsigned int n,
                unsigned int model)
{
  for (unsigned int i = 0; i < n; i++)
    if (devices[i].model == model && !domain_has_device (domain, platform, devices[i].device))
      return devices[i].device;
  return NULL;
}

#define CHECK(element_, i_, devices_, model_)                                                                       \
  do                                                                                                                \
    {                                                                                                               \
      const char *device__ = missing_device (domain, platform, devices_, G_N_ELEMENTS (devices_), model_);          \
                                                                                                                    \
      if (device__ != NULL)                                                                                         \
        REFUSE_QEMU_AT (element_, i_, CONFIG_UNSUPPORTED, "the emulator '%s' has no device '%s'", domain->emulator, \
                        device__);                                                                                  \
    }                                                                                                               \
  while (0)

static bool
check_controllers (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  for (unsigned int i = 0; i < domain->controllers.n; i++)
    {
      const DomainController *controller = domain->controllers.items[i];

      if (controller->type == CONTROLLER_TYPE_SCSI)
        CHECK ("controller", i, controller_devices, controller->model);
      if (controller->type == CONTROLLER_TYPE_SATA && (!domain_is_q35 (domain) || controller->index > 0)
          && !domain_has_device (domain, platform, "ich9-ahci"))
        REFUSE_QEMU_AT ("controller", i, CONFIG_UNSUPPORTED, "the emulator '%s' has no device 'ich9-ahci'", domain->emulator);
      if (controller->type == CONTROLLER_TYPE_IDE && !domain_machine (domain)->has_ide)
        REFUSE_QEMU_AT ("controller", i, CONFIG_UNSUPPORTED, "machine type '%s' has no IDE controllers", domain->os.machine);
    }
  return true;
}

/* Serial ports that only their own machines have. */
static bool
check_serials (const Domain *domain, GError **error)
{
  static const struct { DomainChardevTarget target; DomainMachineKind kind; } ports[] = {
    { CHARDEV_TARGET_SPAPR_VIO_SERIAL, MACHINE_PSERIES }, { CHARDEV_TARGET_SCLP_SERIAL, MACHINE_S390_CCW },
  };
  DomainMachineKind kind = domain_machine (domain)->kind;

  for (unsigned int i = 0; i < domain->serials.n && !domain_is_x86 (domain); i++)
    for (unsigned int p = 0; p < G_N_ELEMENTS (ports); p++)
      if (ports[p].target == domain->serials.items[i]->target && kind != ports[p].kind)
        REFUSE_QEMU_AT ("serial", i, CONFIG_UNSUPPORTED, "machine type '%s' has no serial port of type '%s'", domain->os.machine,
                        xml_enum_name (&chardev_target_names, ports[p].target));
  return true;
}

static bool
check_displays (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  for (unsigned int i = 0; i < domain->videos.n; i++)
    if (domain->videos.items[i]->backend != VIDEO_BACKEND_VHOSTUSER)
      CHECK ("video", i, video_devices, domain->videos.items[i]->type);
  for (unsigned int i = 0; i < domain->inputs.n; i++)
    if (domain->inputs.items[i]->bus == INPUT_BUS_PS2 && !domain_is_x86 (domain)
        && !domain_has_device (domain, platform, "i8042"))
      REFUSE_QEMU_AT ("input", i, CONFIG_UNSUPPORTED, "machine type '%s' has no bus 'ps2'", domain->os.machine);
  return true;
}

bool
domain_validate_emulator (const Domain *domain, const DomainPlatform *platform, GError **error)
{
  for (unsigned int i = 0; i < domain->sounds.n; i++)
    CHECK ("sound", i, sound_devices, domain->sounds.items[i]->model);
  for (unsigned int i = 0; i < domain->smartcards.n; i++)
    CHECK ("smartcard", i, smartcard_devices, domain->smartcards.items[i]->mode);
  return check_controllers (domain, platform, error) && check_serials (domain, error)
         && check_displays (domain, platform, error);
}
