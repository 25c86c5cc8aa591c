/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/capabilities/enum.h"

static const XmlField value_rows[] = { XML_STRING (CapabilityValue, text, "."), XML_END };
const XmlSchema capability_value_schema = XML_SCHEMA (CapabilityValue, "value", value_rows);

static const XmlField enum_rows[] = {
  XML_STRING (CapabilityEnum, name, "@name", XML_MISSING (CAPABILITIES, XML_ERROR)),
  XML_ITEMS (CapabilityEnum, values, "value", capability_value_schema),
  XML_END
};
const XmlSchema capability_enum_schema = XML_SCHEMA (CapabilityEnum, "enum", enum_rows);

CapabilityEnum *
capability_enum_add (CapabilityEnums *enums, const char *name)
{
  CapabilityEnum *enumeration = xml_new (&capability_enum_schema);

  enumeration->name = g_strdup (name);
  xml_list_append (enums, enumeration);
  return enumeration;
}

void
capability_enum_add_value (CapabilityEnum *enumeration, const char *value)
{
  CapabilityValue *item = xml_new (&capability_value_schema);

  item->text = g_strdup (value);
  xml_list_append (&enumeration->values, item);
}
