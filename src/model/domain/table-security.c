/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-security.c: labels, wrapped keys, encrypted memory. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (seclabel_type, SECLABEL_TYPE_LIST)
XML_ENUM_DEFINE (keywrap_cipher, KEYWRAP_CIPHER_LIST)
XML_ENUM_DEFINE (launch_security, LAUNCH_SECURITY_LIST)

/* Labels that are made at start do not belong to the definition. */
static bool
label_is_printed (const void *object, unsigned int format_flags)
{
  const DomainSeclabel *seclabel = object;

  return seclabel->type == SECLABEL_TYPE_STATIC || !(format_flags & XML_FORMAT_INACTIVE);
}

static const XmlField seclabel_rows[] = {
  XML_ENUM (DomainSeclabel, type, "@type", seclabel_type),
  XML_STRING (DomainSeclabel, model, "@model"),
  XML_YES_NO (DomainSeclabel, relabel, "@relabel"),
  XML_STRING (DomainSeclabel, label, "label", .when = label_is_printed),
  XML_STRING (DomainSeclabel, imagelabel, "imagelabel", .flags = XML_LIVE),
  XML_STRING (DomainSeclabel, baselabel, "baselabel"),
  XML_END
};

static bool
seclabel_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainSeclabel *seclabel = object;
  bool inactive = (xml_reader_flags (reader) & XML_PARSE_INACTIVE) != 0;

  bool needs_model = seclabel->type == SECLABEL_TYPE_ABSENT || seclabel->type == SECLABEL_TYPE_STATIC || seclabel->baselabel != NULL;

  if (seclabel->type == SECLABEL_TYPE_NONE && seclabel->relabel == TRI_YES)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "no label goes with relabel='yes'");
  if (seclabel->type == SECLABEL_TYPE_DYNAMIC && seclabel->relabel == TRI_NO)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "a dynamic label goes with relabel='yes'");
  if (needs_model && seclabel->model == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'@model' is missing");
  if (seclabel->type != SECLABEL_TYPE_DYNAMIC)
    g_clear_pointer (&seclabel->baselabel, g_free);
  if (seclabel->type == SECLABEL_TYPE_STATIC && seclabel->label == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "a static label needs a <label>");
  if (seclabel->type == SECLABEL_TYPE_DYNAMIC && inactive)
    g_clear_pointer (&seclabel->label, g_free);
  if (seclabel->relabel == TRI_ABSENT && seclabel->type != SECLABEL_TYPE_NONE && seclabel->type != SECLABEL_TYPE_ABSENT)
    seclabel->relabel = seclabel->type == SECLABEL_TYPE_DYNAMIC ? TRI_YES : TRI_NO;
  return true;
}

const XmlSchema domain_seclabel_schema = XML_SCHEMA (DomainSeclabel, "seclabel", seclabel_rows, .finish = seclabel_finish);

static const XmlField cipher_rows[] = {
  XML_ENUM (DomainKeywrapCipher, name, "@name", keywrap_cipher, .flags = XML_REQUIRED | XML_ABI),
  XML_ON_OFF (DomainKeywrapCipher, state, "@state", .flags = XML_REQUIRED | XML_ABI),
  XML_END
};
static const XmlSchema cipher_schema = XML_SCHEMA (DomainKeywrapCipher, "cipher", cipher_rows);

static const XmlField keywrap_rows[] = {
  XML_ITEMS (DomainKeywrap, ciphers, "cipher", cipher_schema, .flags = XML_ABI),
  XML_END
};

static bool
keywrap_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainKeywrap *keywrap = object;

  for (unsigned int i = 1; i < keywrap->ciphers.n; i++)
    for (unsigned int j = 0; j < i; j++)
      if (keywrap->ciphers.items[i]->name == keywrap->ciphers.items[j]->name)
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, error, "cipher '%s' is there twice",
                         xml_enum_name (&keywrap_cipher_names, keywrap->ciphers.items[i]->name));
  if (keywrap->ciphers.n == 2 && keywrap->ciphers.items[0]->name == KEYWRAP_CIPHER_DEA)
    xml_list_append (&keywrap->ciphers, xml_list_steal (&keywrap->ciphers, 0));
  return true;
}

const XmlSchema domain_keywrap_schema = XML_SCHEMA (DomainKeywrap, "keywrap", keywrap_rows, .finish = keywrap_finish);

/* A policy is hexadecimal, with or without 0x. */
static bool
policy_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  const char *digits = g_str_has_prefix (text, "0x") ? text + 2 : text;

  return g_ascii_string_to_unsigned (digits, 16, 0, G_MAXINT64, value, NULL) || xml_fail_value (field, node, text, error);
}

static void
sev_policy_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append_printf (out, "0x%04" G_GINT64_MODIFIER "x", *(const uint64_t *) value);
}

static void
snp_policy_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append_printf (out, "0x%08" G_GINT64_MODIFIER "x", *(const uint64_t *) value);
}

static const XmlType sev_policy_type = {
  .name = "a hexadecimal number", .size = sizeof (uint64_t), .is_integer = true,
  .parse = policy_parse, .format = sev_policy_format,
};
static const XmlType snp_policy_type = {
  .name = "a hexadecimal number", .size = sizeof (uint64_t), .is_integer = true,
  .parse = policy_parse, .format = snp_policy_format,
};

#define LAUNCH(kind_, member_, path_, ...) \
  XML_##kind_ (DomainLaunchSecurity, member_, path_, .flags = XML_ABI, __VA_ARGS__)
#define POLICY(type_, ...) XML_VALUE (DomainLaunchSecurity, policy, "policy", type_, .absent = -1, .flags = XML_ABI, __VA_ARGS__)
#define SEV_ADDRESS_BITS \
  LAUNCH (UINT, cbitpos, "cbitpos", .absent = -1), LAUNCH (UINT, reduced_phys_bits, "reducedPhysBits", .absent = -1)

static const XmlField sev_rows[] = {
  LAUNCH (YES_NO, kernel_hashes, "@kernelHashes"),
  SEV_ADDRESS_BITS,
  POLICY (sev_policy_type, XML_MISSING (DOMAIN, XML_ERROR)),
  LAUNCH (STRING, dh_cert, "dhCert"),
  LAUNCH (STRING, session, "session"),
  XML_END
};

static const XmlField snp_rows[] = {
  LAUNCH (YES_NO, kernel_hashes, "@kernelHashes"),
  LAUNCH (YES_NO, author_key, "@authorKey"),
  LAUNCH (YES_NO, vcek, "@vcek"),
  SEV_ADDRESS_BITS,
  POLICY (snp_policy_type, XML_MISSING (DOMAIN, XML_ERROR)),
  LAUNCH (STRING, guest_workarounds, "guestVisibleWorkarounds"),
  LAUNCH (STRING, id_block, "idBlock"),
  LAUNCH (STRING, id_auth, "idAuth"),
  LAUNCH (STRING, host_data, "hostData"),
  XML_END
};

static const XmlField no_rows[] = { XML_END };

static const XmlField tdx_rows[] = {
  POLICY (snp_policy_type),
  LAUNCH (STRING, mr_config_id, "mrConfigId"),
  LAUNCH (STRING, mr_owner, "mrOwner"),
  LAUNCH (STRING, mr_owner_config, "mrOwnerConfig"),
  XML_FLAG (DomainLaunchSecurity, quote_service, "quoteGenerationService"),
  XML_STRING (DomainLaunchSecurity, quote_service_path, "quoteGenerationService/@path"),
  XML_END
};

static const XmlField *const launch_type_rows[] = {
  [LAUNCH_SECURITY_SEV] = sev_rows, [LAUNCH_SECURITY_SEV_SNP] = snp_rows, [LAUNCH_SECURITY_S390_PV] = no_rows,
  [LAUNCH_SECURITY_TDX] = tdx_rows,
};
static const XmlCases launch_cases = XML_CASES_OF (DomainLaunchSecurity, type, launch_security, launch_type_rows);

static const XmlField launch_rows[] = {
  XML_ENUM (DomainLaunchSecurity, type, "@type", launch_security, .flags = XML_ABI | XML_REQUIRED),
  XML_CASES (launch_cases),
  XML_END
};
const XmlSchema domain_launch_security_schema = XML_SCHEMA (DomainLaunchSecurity, "launchSecurity", launch_rows);
