/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-controller.c: controllers of all buses. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (controller_type, CONTROLLER_TYPE_LIST)
XML_ENUM_DEFINE (controller_model, CONTROLLER_MODEL_LIST)
XML_ENUM_DEFINE (pci_model_name, PCI_MODEL_NAME_LIST)

static const XmlHex port_hex = { "0x%x", 0xff };

/* Only a host bridge has a window for large devices. */
static bool
is_root (const void *object, unsigned int format_flags)
{
  DomainControllerModel model = ((const DomainController *) object)->model;

  return model == CONTROLLER_MODEL_PCI_ROOT || model == CONTROLLER_MODEL_PCIE_ROOT;
}

/* Numbers of which -1 means "absent". */
#define NUMBER(member_, path_) XML_INT (DomainController, member_, path_, .absent = -1, .flags = XML_ABI)

static const XmlField ports_rows[] = { NUMBER (ports, "@ports"), NUMBER (vectors, "@vectors"), XML_END };
static const XmlField usb_rows[] = { NUMBER (ports, "@ports"), XML_END };
static const XmlField xenbus_rows[] = {
  NUMBER (max_grant_frames, "@maxGrantFrames"),
  NUMBER (max_event_channels, "@maxEventChannels"),
  XML_END
};
static const XmlField no_rows[] = { XML_END };

static const XmlField *const attribute_rows[] = {
  [CONTROLLER_TYPE_IDE] = no_rows, [CONTROLLER_TYPE_FDC] = no_rows, [CONTROLLER_TYPE_SCSI] = no_rows,
  [CONTROLLER_TYPE_SATA] = no_rows, [CONTROLLER_TYPE_VIRTIO_SERIAL] = ports_rows, [CONTROLLER_TYPE_CCID] = no_rows,
  [CONTROLLER_TYPE_USB] = usb_rows, [CONTROLLER_TYPE_PCI] = no_rows, [CONTROLLER_TYPE_XENBUS] = xenbus_rows,
  [CONTROLLER_TYPE_ISA] = no_rows, [CONTROLLER_TYPE_NVME] = no_rows,
};
static const XmlCases attribute_cases = XML_CASES_OF (DomainController, type, controller_type, attribute_rows);

static const XmlField driver_rows[] = {
  XML_UINT (DomainController, driver.queues, "@queues", .flags = XML_ABI),
  XML_UINT (DomainController, driver.cmd_per_lun, "@cmd_per_lun", .flags = XML_ABI),
  XML_UINT (DomainController, driver.max_sectors, "@max_sectors", .flags = XML_ABI),
  XML_ON_OFF (DomainController, driver.ioeventfd, "@ioeventfd"),
  XML_UINT (DomainController, driver.iothread, "@iothread"),
  XML_EMBED (DomainController, driver.virtio, "", domain_virtio_rows),
  XML_END
};

static const XmlField pci_rows[] = {
  XML_ENUM (DomainController, pci.model_name, "model/@name", pci_model_name, .flags = XML_ABI),
  NUMBER (pci.chassis_nr, "target/@chassisNr"),
  NUMBER (pci.chassis, "target/@chassis"),
  XML_HEX (DomainController, pci.port, "target/@port", port_hex, .absent = -1, .flags = XML_ABI),
  NUMBER (pci.bus_nr, "target/@busNr"),
  NUMBER (pci.target_index, "target/@index"),
  XML_ON_OFF (DomainController, pci.hotplug, "target/@hotplug", .flags = XML_ABI),
  XML_KIB (DomainController, pci.mem_reserve, "target/memReserve", .flags = XML_ABI),
  NUMBER (pci.node, "target/node"),
  XML_KIB (DomainController, pci.hole64, "pcihole64", .absent = -1, .flags = XML_ABI, .when = is_root),
  XML_END
};
static const XmlField nvme_rows[] = { XML_STRING (DomainController, serial, "serial", .flags = XML_ABI | XML_LATER), XML_END };

static const XmlField *const body_rows[] = {
  [CONTROLLER_TYPE_IDE] = no_rows, [CONTROLLER_TYPE_FDC] = no_rows, [CONTROLLER_TYPE_SCSI] = no_rows,
  [CONTROLLER_TYPE_SATA] = no_rows, [CONTROLLER_TYPE_VIRTIO_SERIAL] = no_rows, [CONTROLLER_TYPE_CCID] = no_rows,
  [CONTROLLER_TYPE_USB] = no_rows, [CONTROLLER_TYPE_PCI] = pci_rows, [CONTROLLER_TYPE_XENBUS] = no_rows,
  [CONTROLLER_TYPE_ISA] = no_rows, [CONTROLLER_TYPE_NVME] = nvme_rows,
};
static const XmlCases body_cases = XML_CASES_OF (DomainController, type, controller_type, body_rows);

static bool
is_usb (const void *object, unsigned int format_flags)
{
  return ((const DomainController *) object)->type == CONTROLLER_TYPE_USB;
}

static const XmlField controller_rows[] = {
  XML_ENUM (DomainController, type, "@type", controller_type, .absent = CONTROLLER_TYPE_IDE, .flags = XML_ALWAYS | XML_ABI),
  NUMBER (index, "@index"),
  XML_ENUM (DomainController, model, "@model", controller_model, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_CASES (attribute_cases),
  XML_PART ("driver", driver_rows),
  XML_CASES (body_cases),
  XML_EMBED (DomainController, info, "", domain_info_head_rows),
  XML_INT (DomainController, master_startport, "master/@startport", .absent = -1, .when = is_usb),
  XML_EMBED (DomainController, info, "", domain_info_tail_rows),
  XML_END
};

/* -1 is for us to say "absent", not for documents. */
static bool
check_not_negative (xmlNode *node, GError **error)
{
  static const char *const names[] = { "index", "ports", "vectors", "maxGrantFrames", "maxEventChannels" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *value = xml_attribute (node, names[i]);

      if (value != NULL && *value == '-')
        return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "attribute '%s' is '%s', below 0", names[i], value);
    }
  return true;
}

static bool
controller_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainController *controller = object;

  if (!is_root (controller, 0))
    controller->pci.hole64 = UINT64_MAX;
  return check_not_negative (node, error);
}

const XmlSchema domain_controller_schema
  = XML_SCHEMA (DomainController, "controller", controller_rows, .finish = controller_finish, .from = VIR_FROM_DOMAIN);
