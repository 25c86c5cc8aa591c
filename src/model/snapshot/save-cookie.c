/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/snapshot/save-cookie.h"

#include "model/domain/tables.h"

static const XmlField cookie_rows[] = {
  XML_CHILD (SaveCookie, cpu, "cpu", domain_cpu_schema),
  XML_FLAG (SaveCookie, slirp_helper, "slirpHelper"),
  XML_END
};
const XmlSchema save_cookie_schema = XML_SCHEMA (SaveCookie, "cookie", cookie_rows, .from = VIR_FROM_DOMAIN);
