/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-input.c: keyboards, mice, tablets. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (input_type, INPUT_TYPE_LIST)
XML_ENUM_DEFINE (input_bus, INPUT_BUS_LIST)

static const XmlField input_rows[] = {
  XML_ENUM (DomainInput, type, "@type", input_type, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED),
            XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_ENUM (DomainInput, bus, "@bus", input_bus, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_ENUM (DomainInput, model, "@model", virtio_model),
  XML_UNSUPPORTED ("driver"),
  XML_UNSUPPORTED ("source"),
  XML_INFO (DomainInput),
  XML_END
};

static bool
input_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainInput *input = object;

  if (input->type == INPUT_TYPE_PASSTHROUGH || input->type == INPUT_TYPE_EVDEV)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "kind '%s' is not supported",
                     xml_enum_name (&input_type_names, input->type));
  if (input->bus == INPUT_BUS_ABSENT)
    input->bus = input->type == INPUT_TYPE_TABLET ? INPUT_BUS_USB : INPUT_BUS_PS2;
  return true;
}

const XmlSchema domain_input_schema
  = XML_SCHEMA (DomainInput, "input", input_rows, .finish = input_finish, .from = VIR_FROM_DOMAIN);
