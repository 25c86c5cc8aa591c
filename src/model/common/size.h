/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* size.h: sizes that are written in the largest unit that leaves no fraction. */
#pragma once

#include "xml/xml.h"

/* Bytes in a uint64_t: the number, read with unit=, bytes if there is none; and
 * the attribute with the unit, written only. XML_PRETTY_BYTES makes both rows;
 * @unit_path_ is the attribute of the same element. XML_PRETTY_KIB and
 * XML_PRETTY_MIB also keep bytes, but take a number without unit= as KiB or MiB.
 * All have .absent = -1. */
extern const XmlType xml_type_pretty_bytes, xml_type_pretty_kib, xml_type_pretty_mib, xml_type_pretty_unit;
#define XML_PRETTY_(type_, S_, m_, path_, unit_path_, ...) \
  XML_SCALAR_ (&xml_type_pretty_unit, unit_path_, XML_AT_ (S_, m_, uint64_t), .flags = XML_WRITE_ONLY, .absent = -1), \
  XML_SCALAR_ (&(type_), path_, XML_AT_ (S_, m_, uint64_t), .absent = -1, __VA_ARGS__)
#define XML_PRETTY_BYTES(S_, m_, path_, unit_path_, ...) XML_PRETTY_ (xml_type_pretty_bytes, S_, m_, path_, unit_path_, __VA_ARGS__)
#define XML_PRETTY_KIB(S_, m_, path_, unit_path_, ...) XML_PRETTY_ (xml_type_pretty_kib, S_, m_, path_, unit_path_, __VA_ARGS__)
#define XML_PRETTY_MIB(S_, m_, path_, unit_path_, ...) XML_PRETTY_ (xml_type_pretty_mib, S_, m_, path_, unit_path_, __VA_ARGS__)
