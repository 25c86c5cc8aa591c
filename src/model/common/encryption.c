/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/common/encryption.h"

XML_ENUM_DEFINE (encryption_format, ENCRYPTION_FORMAT_LIST)
XML_ENUM_DEFINE (encryption_engine, ENCRYPTION_ENGINE_LIST)
XML_ENUM_DEFINE (encryption_secret, ENCRYPTION_SECRET_LIST)

static bool
secret_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const EncryptionSecret *secret = object;

  return secret_ref_check (&secret->ref, node, error);
}

static const XmlField secret_rows[] = {
  XML_ENUM (EncryptionSecret, type, "@type", encryption_secret, XML_BAD (STORAGE, CONFIG_UNSUPPORTED),
            XML_MISSING (STORAGE, XML_ERROR)),
  XML_EMBED (EncryptionSecret, ref, "", secret_ref_rows),
  XML_END
};
static const XmlSchema secret_schema = XML_SCHEMA (EncryptionSecret, "secret", secret_rows, .finish = secret_finish);

static const XmlField cipher_rows[] = {
  XML_STRING (EncryptionCipher, name, "@name", XML_MISSING (STORAGE, XML_ERROR)),
  XML_UINT (EncryptionCipher, size, "@size", .absent = -1, XML_BAD (STORAGE, XML_ERROR), XML_MISSING (STORAGE, XML_ERROR)),
  XML_STRING (EncryptionCipher, mode, "@mode"),
  XML_STRING (EncryptionCipher, hash, "@hash"),
  XML_END
};
static const XmlSchema cipher_schema = XML_SCHEMA (EncryptionCipher, "cipher", cipher_rows);

static const XmlField ivgen_rows[] = {
  XML_STRING (EncryptionIvgen, name, "@name", XML_MISSING (STORAGE, XML_ERROR)),
  XML_STRING (EncryptionIvgen, hash, "@hash"),
  XML_END
};
static const XmlSchema ivgen_schema = XML_SCHEMA (EncryptionIvgen, "ivgen", ivgen_rows);

static const XmlField luks_rows[] = {
  XML_CHILD (Encryption, cipher, "cipher", cipher_schema),
  XML_CHILD (Encryption, ivgen, "ivgen", ivgen_schema),
  XML_END
};
static const XmlField other_rows[] = { XML_END };

/* Only LUKS lets choose a cipher. */
static const XmlField *const rows_by_format[] = {
  [ENCRYPTION_FORMAT_DEFAULT] = other_rows,
  [ENCRYPTION_FORMAT_QCOW] = other_rows,
  [ENCRYPTION_FORMAT_LUKS] = luks_rows,
  [ENCRYPTION_FORMAT_LUKS2] = luks_rows,
  [ENCRYPTION_FORMAT_LUKS_ANY] = luks_rows,
};
static const XmlCases format_cases = XML_CASES_OF (Encryption, format, encryption_format, rows_by_format);

static const XmlField encryption_rows[] = {
  XML_ENUM (Encryption, format, "@format", encryption_format, XML_BAD (STORAGE, CONFIG_UNSUPPORTED),
            XML_MISSING (STORAGE, XML_ERROR)),
  XML_ENUM (Encryption, engine, "@engine", encryption_engine, XML_BAD (STORAGE, XML_ERROR)),
  XML_ITEMS (Encryption, secrets, "secret", secret_schema),
  XML_CASES (format_cases),
  XML_END
};

static bool
encryption_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const Encryption *encryption = object;

  return encryption->cipher != NULL || encryption->ivgen == NULL
         || xml_fail (node, VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, error, "'ivgen' goes only with a 'cipher'");
}

const XmlSchema encryption_schema = XML_SCHEMA (Encryption, "encryption", encryption_rows, .finish = encryption_finish);
