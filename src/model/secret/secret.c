/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/secret/secret.h"

static const XmlField none_rows[] = { XML_END };
static const XmlField volume_rows[] = { XML_STRING (Secret, usage_id, "volume", XML_MISSING (SECRET, INTERNAL_ERROR)), XML_END };
static const XmlField target_rows[] = { XML_STRING (Secret, usage_id, "target", XML_MISSING (SECRET, INTERNAL_ERROR)), XML_END };
static const XmlField name_rows[] = { XML_STRING (Secret, usage_id, "name", XML_MISSING (SECRET, INTERNAL_ERROR)), XML_END };

static const XmlField *const rows_by_usage[] = {
  [SECRET_USAGE_NONE] = none_rows,
  [SECRET_USAGE_VOLUME] = volume_rows,
  [SECRET_USAGE_CEPH] = name_rows,
  [SECRET_USAGE_ISCSI] = target_rows,
  [SECRET_USAGE_TLS] = name_rows,
  [SECRET_USAGE_VTPM] = name_rows,
};
static const XmlCases usage_cases = XML_CASES_OF (Secret, usage, secret_usage, rows_by_usage);

static const XmlField usage_rows[] = {
  XML_ENUM (Secret, usage, "@type", secret_usage, XML_BAD (SECRET, CONFIG_UNSUPPORTED), XML_MISSING (SECRET, XML_ERROR)),
  XML_CASES (usage_cases),
  XML_END
};

static bool
has_usage (const void *object, unsigned int format_flags)
{
  const Secret *secret = object;

  return secret->usage != SECRET_USAGE_NONE;
}

static const XmlField secret_rows[] = {
  XML_YES_NO (Secret, ephemeral, "@ephemeral", .absent = TRI_NO, .flags = XML_ALWAYS, XML_BAD (SECRET, XML_ERROR)),
  XML_YES_NO (Secret, is_private, "@private", .absent = TRI_NO, .flags = XML_ALWAYS, XML_BAD (SECRET, XML_ERROR)),
  XML_UUID (Secret, uuid, "uuid", XML_BAD (SECRET, INTERNAL_ERROR)),
  XML_STRING (Secret, description, "description"),
  XML_PART ("usage", usage_rows, .when = has_usage),
  XML_END
};
const XmlSchema secret_schema = XML_SCHEMA (Secret, "secret", secret_rows, .from = VIR_FROM_SECRET);
