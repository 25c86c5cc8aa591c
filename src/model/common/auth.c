/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/common/auth.h"

XML_ENUM_DEFINE (secret_usage, SECRET_USAGE_LIST)
XML_ENUM_DEFINE (auth_type, AUTH_TYPE_LIST)

const XmlField secret_ref_rows[] = {
  XML_UUID (SecretRef, uuid, "@uuid", XML_BAD (NONE, XML_ERROR)),
  XML_STRING (SecretRef, usage, "@usage"),
  XML_END
};

bool
secret_ref_check (const SecretRef *ref, const xmlNode *node, GError **error)
{
  static const uint8_t zero[sizeof (ref->uuid)];
  bool has_uuid = memcmp (ref->uuid, zero, sizeof (zero)) != 0;

  return has_uuid != (ref->usage != NULL)
         || xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_ERROR, error, "a secret has either 'uuid' or 'usage'");
}

static bool
auth_secret_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const AuthSecret *secret = object;

  return secret_ref_check (&secret->ref, node, error);
}

static const XmlField auth_secret_rows[] = {
  XML_STRING (AuthSecret, type, "@type"),
  XML_EMBED (AuthSecret, ref, "", secret_ref_rows),
  XML_END
};
static const XmlSchema auth_secret_schema = XML_SCHEMA (AuthSecret, "secret", auth_secret_rows, .finish = auth_secret_finish);

static const XmlField auth_rows[] = {
  XML_ENUM (Auth, type, "@type", auth_type, .absent = AUTH_TYPE_NONE, XML_BAD (NONE, CONFIG_UNSUPPORTED)),
  XML_STRING (Auth, username, "@username", XML_MISSING (NONE, XML_ERROR)),
  XML_CHILD (Auth, secret, "secret", auth_secret_schema, XML_MISSING (NONE, XML_ERROR)),
  XML_END
};

static bool
auth_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const Auth *auth = object;

  return *auth->username != '\0' || xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_ERROR, error, "'@username' is empty");
}
const XmlSchema auth_schema = XML_SCHEMA (Auth, "auth", auth_rows, .finish = auth_finish);
