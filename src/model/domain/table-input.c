/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-input.c: keyboards, mice, tablets. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (input_type, INPUT_TYPE_LIST)
XML_ENUM_DEFINE (input_bus, INPUT_BUS_LIST)
XML_ENUM_DEFINE (input_grab, INPUT_GRAB_LIST)
XML_ENUM_DEFINE (input_toggle, INPUT_TOGGLE_LIST)

static const XmlField plain_rows[] = { XML_IGNORED ("source"), XML_END };
static const XmlField passthrough_rows[] = {
  XML_STRING (DomainInput, source, "source/@evdev"),
  XML_END
};
static const XmlField evdev_rows[] = {
  XML_STRING (DomainInput, source, "source/@dev"),
  XML_ENUM (DomainInput, grab, "source/@grab", input_grab),
  XML_ENUM (DomainInput, grab_toggle, "source/@grabToggle", input_toggle),
  XML_ON_OFF (DomainInput, repeat, "source/@repeat"),
  XML_END
};
static const XmlField *const rows_by_type[] = {
  [INPUT_TYPE_MOUSE] = plain_rows, [INPUT_TYPE_TABLET] = plain_rows, [INPUT_TYPE_KEYBOARD] = plain_rows,
  [INPUT_TYPE_PASSTHROUGH] = passthrough_rows, [INPUT_TYPE_EVDEV] = evdev_rows,
};
static const XmlCases type_cases = XML_CASES_OF (DomainInput, type, input_type, rows_by_type);

static bool
has_bus (const void *object, unsigned int format_flags)
{
  return ((const DomainInput *) object)->bus != INPUT_BUS_NONE;
}

static const XmlField input_rows[] = {
  XML_ENUM (DomainInput, type, "@type", input_type, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED),
            XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_ENUM (DomainInput, bus, "@bus", input_bus, .when = has_bus, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_ENUM (DomainInput, model, "@model", virtio_model, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_EMBED (DomainInput, virtio, "driver", domain_virtio_rows),
  XML_CASES (type_cases),
  XML_PLACE (DomainInput),
  XML_END
};

static bool
input_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainInput *input = object;

  if (input->bus == INPUT_BUS_ABSENT && input->type == INPUT_TYPE_PASSTHROUGH)
    input->bus = INPUT_BUS_VIRTIO;
  if (input->bus == INPUT_BUS_ABSENT && input->type == INPUT_TYPE_EVDEV)
    input->bus = INPUT_BUS_NONE;
  return true;
}

const XmlSchema domain_input_schema
  = XML_SCHEMA (DomainInput, "input", input_rows, .finish = input_finish, .from = VIR_FROM_DOMAIN);
