/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-tpm.c: trusted platform modules. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (tpm_model, TPM_MODEL_LIST)
XML_ENUM_DEFINE (tpm_backend, TPM_BACKEND_LIST)
XML_ENUM_DEFINE (tpm_version, TPM_VERSION_LIST)
XML_ENUM_DEFINE (tpm_store, TPM_STORE_LIST)
XML_ENUM_DEFINE (tpm_remove, TPM_REMOVE_LIST)

static const XmlField passthrough_rows[] = { XML_STRING (DomainTpm, device, "device/@path"), XML_END };

static const XmlField bank_rows[] = {
  XML_FLAG (DomainTpm, emulator.sha1, "sha1", .flags = XML_ABI),
  XML_FLAG (DomainTpm, emulator.sha256, "sha256", .flags = XML_ABI),
  XML_FLAG (DomainTpm, emulator.sha384, "sha384", .flags = XML_ABI),
  XML_FLAG (DomainTpm, emulator.sha512, "sha512", .flags = XML_ABI),
  XML_END
};
static const XmlField emulator_rows[] = {
  XML_ENUM (DomainTpm, version, "@version", tpm_version, .flags = XML_ABI),
  XML_YES_NO (DomainTpm, emulator.persistent_state, "@persistent_state", .absent = TRI_NO, XML_BAD (DOMAIN, INTERNAL_ERROR)),
  XML_UINT (DomainTpm, emulator.debug, "@debug"),
  XML_UUID (DomainTpm, emulator.secret, "encryption/@secret", XML_BAD (DOMAIN, INTERNAL_ERROR)),
  XML_PART ("active_pcr_banks", bank_rows, .flags = XML_CLOSED),
  XML_ENUM (DomainTpm, emulator.store_type, "source/@type", tpm_store),
  XML_STRING (DomainTpm, emulator.store_path, "source/@path"),
  XML_STRING (DomainTpm, emulator.profile_source, "profile/@source"),
  XML_ENUM (DomainTpm, emulator.profile_remove, "profile/@removeDisabled", tpm_remove),
  XML_STRING (DomainTpm, emulator.profile_name, "profile/@name"),
  XML_END
};

static const XmlField external_rows[] = {
  XML_ENUM (DomainTpm, source.type, "source/@type", chardev_type, .absent = CHARDEV_TYPE_PTY),
  XML_ENUM (DomainTpm, source.mode, "source/@mode", chardev_mode),
  XML_STRING (DomainTpm, source.path, "source/@path"),
  XML_END
};

static const XmlField *const rows_by_backend[] = {
  [TPM_BACKEND_PASSTHROUGH] = passthrough_rows, [TPM_BACKEND_EMULATOR] = emulator_rows,
  [TPM_BACKEND_EXTERNAL] = external_rows,
};
static const XmlCases backend_cases = XML_CASES_OF (DomainTpm, backend, tpm_backend, rows_by_backend);

static const XmlField backend_part_rows[] = {
  XML_ENUM (DomainTpm, backend, "@type", tpm_backend, .flags = XML_REQUIRED),
  XML_CASES (backend_cases),
  XML_END
};

static const XmlField tpm_rows[] = {
  XML_ENUM (DomainTpm, model, "@model", tpm_model, .flags = XML_ABI),
  XML_PART ("backend", backend_part_rows),
  XML_PLACE (DomainTpm),
  XML_END
};

static bool
tpm_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainTpm *tpm = object;
  bool has_banks = tpm->emulator.sha1 || tpm->emulator.sha256 || tpm->emulator.sha384 || tpm->emulator.sha512;

  if (tpm->backend == TPM_BACKEND_ABSENT)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'backend' is missing");
  if (tpm->backend == TPM_BACKEND_PASSTHROUGH && tpm->device == NULL)
    tpm->device = g_strdup ("/dev/tpm0");
  if (has_banks && tpm->version == TPM_VERSION_1_2)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'backend/active_pcr_banks' needs version='2.0'");
  if (tpm->backend != TPM_BACKEND_EXTERNAL)
    return true;
  if (tpm->source.type != CHARDEV_TYPE_UNIX)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'backend/source' of an external TPM is of type 'unix'");
  if (tpm->source.mode == CHARDEV_MODE_BIND)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'backend/source' of an external TPM has mode 'connect'");
  if (tpm->source.path == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'backend/source/@path' is missing");
  tpm->source.mode = CHARDEV_MODE_CONNECT;
  return true;
}

const XmlSchema domain_tpm_schema = XML_SCHEMA (DomainTpm, "tpm", tpm_rows, .finish = tpm_finish, .from = VIR_FROM_DOMAIN);
