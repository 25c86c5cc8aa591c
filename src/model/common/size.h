/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* size.h: sizes that are written in the largest unit that leaves no fraction. */
#pragma once

#include "xml/xml.h"

/* Bytes in a uint64_t (UINT64_MAX: absent): the number, read with unit=, KiB or MiB
 * if there is none; and the attribute with the unit, written only. */
extern const XmlType xml_type_pretty_kib, xml_type_pretty_mib, xml_type_pretty_unit;

#define XML_PRETTY_UNIT_(S_, m_, path_) \
  XML_SCALAR_ (&xml_type_pretty_unit, path_, XML_AT_ (S_, m_, uint64_t), .flags = XML_WRITE_ONLY, .absent = -1)

/* Both rows: of an attribute; of an element's text. */
#define XML_PRETTY_KIB(S_, m_, path_, unit_path_, ...) \
  XML_SCALAR_ (&xml_type_pretty_kib, path_, XML_AT_ (S_, m_, uint64_t), .absent = -1, __VA_ARGS__), \
  XML_PRETTY_UNIT_ (S_, m_, unit_path_)
#define XML_PRETTY_MIB(S_, m_, path_, unit_path_, ...) \
  XML_PRETTY_UNIT_ (S_, m_, unit_path_), \
  XML_SCALAR_ (&xml_type_pretty_mib, path_, XML_AT_ (S_, m_, uint64_t), .absent = -1, __VA_ARGS__)
