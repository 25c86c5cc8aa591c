/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* save-cookie.h: what a saved guest's definition does not say of how it ran. */
#pragma once

#include "model/domain/domain.h"
#include "xml/xml.h"

typedef struct
{
  DomainCpu *cpu;               /* as QEMU had it, to the last feature */
  bool slirp_helper;
} SaveCookie;

extern const XmlSchema save_cookie_schema;
