/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* enum.h: the enumerations that capabilities are told in: a name and the values
 * that are possible. */
#pragma once

#include "xml/xml.h"

typedef struct { char *text; } CapabilityValue;

typedef struct
{
  char *name;
  XML_LIST (CapabilityValue) values;
} CapabilityEnum;

typedef XML_LIST (CapabilityEnum) CapabilityEnums;

extern const XmlSchema capability_value_schema, capability_enum_schema;

/* Appends an enumeration without values; @enums owns it. */
CapabilityEnum *capability_enum_add (CapabilityEnums *enums, const char *name);

/* Appends a copy of @value. */
void capability_enum_add_value (CapabilityEnum *enumeration, const char *value);
