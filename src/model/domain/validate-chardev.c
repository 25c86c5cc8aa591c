/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate-chardev.c: rules of serial and parallel ports, consoles and channels.
 * They change nothing. */
#include "model/domain/rules.h"

typedef struct
{
  const char *element;
  const ChardevList *list;
} ChardevKind;

static bool
has_spice (const Domain *domain)
{
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    if (domain->graphics.items[i]->type == GRAPHICS_TYPE_SPICE)
      return true;
  return false;
}

bool
domain_check_chardev_source (const Domain *domain, const char *element, unsigned int i, const DomainChardevSource *source,
                             GError **error)
{
  const char *type = xml_enum_name (&chardev_type_names, source->type);

  if ((source->type == CHARDEV_TYPE_SPICEVMC || source->type == CHARDEV_TYPE_SPICEPORT) && !has_spice (domain))
    REFUSE_QEMU_AT (element, i, CONFIG_UNSUPPORTED, "type '%s' needs graphics of type 'spice'", type);
  if (source->reconnect == TRI_YES && source->reconnect_timeout == 0)
    REFUSE_QEMU_AT (element, i, INVALID_ARG, "source/reconnect: timeout='0' is no time to wait");
  return true;
}

static bool
check_source (const Domain *domain, const char *element, unsigned int i, const DomainChardev *chardev, GError **error)
{
  bool is_virtio_channel = chardev->target == CHARDEV_TARGET_VIRTIO && g_str_equal (element, "channel");

  if (chardev->source.type == CHARDEV_TYPE_SPICEVMC && !is_virtio_channel)
    REFUSE_AT (element, i, CONFIG_UNSUPPORTED, "type 'spicevmc' is for virtio channels only");
  return domain_check_chardev_source (domain, element, i, &chardev->source, error);
}

/* What the guest's side of each serial port is called, by where it sits. */
static bool
check_serial (const Domain *domain, const DomainChardev *serial, unsigned int i, GError **error)
{
  static const struct { DomainSerialModel model; DomainChardevTarget target; } pairs[] = {
    { SERIAL_MODEL_ISA_SERIAL, CHARDEV_TARGET_ISA_SERIAL }, { SERIAL_MODEL_USB_SERIAL, CHARDEV_TARGET_USB_SERIAL },
    { SERIAL_MODEL_PCI_SERIAL, CHARDEV_TARGET_PCI_SERIAL }, { SERIAL_MODEL_SPAPR_VTY, CHARDEV_TARGET_SPAPR_VIO_SERIAL },
    { SERIAL_MODEL_PL011, CHARDEV_TARGET_SYSTEM_SERIAL }, { SERIAL_MODEL_16550A, CHARDEV_TARGET_SYSTEM_SERIAL },
    { SERIAL_MODEL_SCLPCONSOLE, CHARDEV_TARGET_SCLP_SERIAL }, { SERIAL_MODEL_SCLPLMCONSOLE, CHARDEV_TARGET_SCLP_SERIAL },
    { SERIAL_MODEL_ISA_DEBUGCON, CHARDEV_TARGET_ISA_DEBUG },
  };

  for (unsigned int p = 0; p < G_N_ELEMENTS (pairs); p++)
    if (serial->model == pairs[p].model && serial->target != pairs[p].target)
      REFUSE_QEMU_AT ("serial", i, CONFIG_UNSUPPORTED, "model '%s' needs target type '%s'",
                      xml_enum_name (&serial_model_names, serial->model),
                      xml_enum_name (&chardev_target_names, pairs[p].target));
  return true;
}

/* Where a serial port of each type sits, if that is said. */
static bool
check_serial_address (const Domain *domain, const DomainChardev *serial, unsigned int i, GError **error)
{
  static const struct { DomainChardevTarget target; DomainAddressType address; } pairs[] = {
    { CHARDEV_TARGET_ISA_SERIAL, ADDRESS_TYPE_ISA }, { CHARDEV_TARGET_ISA_DEBUG, ADDRESS_TYPE_ISA },
    { CHARDEV_TARGET_USB_SERIAL, ADDRESS_TYPE_USB }, { CHARDEV_TARGET_PCI_SERIAL, ADDRESS_TYPE_PCI },
    { CHARDEV_TARGET_SPAPR_VIO_SERIAL, ADDRESS_TYPE_SPAPR_VIO },
  };

  for (unsigned int p = 0; p < G_N_ELEMENTS (pairs); p++)
    if (serial->target == pairs[p].target && serial->info.address.type != ADDRESS_TYPE_ABSENT
        && serial->info.address.type != pairs[p].address)
      REFUSE_QEMU_AT ("serial", i, CONFIG_UNSUPPORTED, "target type '%s' has no address of type '%s'",
                      xml_enum_name (&chardev_target_names, serial->target),
                      xml_enum_name (&address_type_names, serial->info.address.type));
  return true;
}

static bool
check_x86_serial (const Domain *domain, const DomainChardev *serial, unsigned int i, GError **error)
{
  DomainChardevTarget target = serial->target;

  if (target != CHARDEV_TARGET_ISA_SERIAL && target != CHARDEV_TARGET_USB_SERIAL && target != CHARDEV_TARGET_PCI_SERIAL
      && target != CHARDEV_TARGET_ISA_DEBUG && target != CHARDEV_TARGET_SYSTEM_SERIAL)
    REFUSE_QEMU_AT ("serial", i, CONFIG_UNSUPPORTED, "machine type '%s' has no serial port of type '%s'", domain->os.machine,
                    xml_enum_name (&chardev_target_names, target));
  return true;
}

static bool
check_serials (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->serials.n; i++)
    if (!check_serial (domain, domain->serials.items[i], i, error)
        || !check_serial_address (domain, domain->serials.items[i], i, error)
        || (domain_is_x86 (domain) && !check_x86_serial (domain, domain->serials.items[i], i, error)))
      return false;
  return true;
}

static bool
check_consoles (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->consoles.n; i++)
    {
      DomainChardevTarget target = domain->consoles.items[i]->target;
      bool is_sclp = (target == CHARDEV_TARGET_SCLP || target == CHARDEV_TARGET_SCLPLM)
                     && g_str_has_prefix (domain->os.arch, "s390");

      if (target == CHARDEV_TARGET_SERIAL && i > 0)
        REFUSE_QEMU_AT ("console", i, CONFIG_UNSUPPORTED, "only the first console is a serial port");
      if (target != CHARDEV_TARGET_SERIAL && target != CHARDEV_TARGET_VIRTIO && !is_sclp)
        REFUSE_QEMU_AT ("console", i, CONFIG_UNSUPPORTED, "QEMU has no console of type '%s'",
                        xml_enum_name (&chardev_target_names, target));
    }
  return true;
}

bool
domain_validate_chardevs (const Domain *domain, GError **error)
{
  const ChardevKind kinds[] = {
    { "serial", (const ChardevList *) &domain->serials }, { "parallel", (const ChardevList *) &domain->parallels },
    { "console", (const ChardevList *) &domain->consoles }, { "channel", (const ChardevList *) &domain->channels },
  };

  for (unsigned int k = 0; k < G_N_ELEMENTS (kinds); k++)
    for (unsigned int i = 0; i < kinds[k].list->n; i++)
      if (!check_source (domain, kinds[k].element, i, kinds[k].list->items[i], error))
        return false;
  return check_serials (domain, error) && check_consoles (domain, error);
}
