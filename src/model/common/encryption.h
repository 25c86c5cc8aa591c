/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* encryption.h: how an image is encrypted. Shared by disks and volumes. */
#pragma once

#include "model/common/auth.h"

#define ENCRYPTION_FORMAT_LIST(X) X (ENCRYPTION_FORMAT_DEFAULT, "default") X (ENCRYPTION_FORMAT_QCOW, "qcow") \
  X (ENCRYPTION_FORMAT_LUKS, "luks") X (ENCRYPTION_FORMAT_LUKS2, "luks2") X (ENCRYPTION_FORMAT_LUKS_ANY, "luks-any")
XML_ENUM_DECLARE (EncryptionFormat, ENCRYPTION_FORMAT_, encryption_format, ENCRYPTION_FORMAT_LIST)

#define ENCRYPTION_ENGINE_LIST(X) X (ENCRYPTION_ENGINE_QEMU, "qemu") X (ENCRYPTION_ENGINE_LIBRBD, "librbd")
XML_ENUM_DECLARE (EncryptionEngine, ENCRYPTION_ENGINE_, encryption_engine, ENCRYPTION_ENGINE_LIST)

#define ENCRYPTION_SECRET_LIST(X) X (ENCRYPTION_SECRET_PASSPHRASE, "passphrase")
XML_ENUM_DECLARE (EncryptionSecretType, ENCRYPTION_SECRET_, encryption_secret, ENCRYPTION_SECRET_LIST)

typedef struct
{
  EncryptionSecretType type;
  SecretRef ref;
} EncryptionSecret;

/* What a new LUKS image gets; only LUKS has it. */
typedef struct
{
  char *name;                 /* of the cipher: aes; required */
  unsigned int size;          /* bits of the key, UINT_MAX if absent; required */
  char *mode, *hash;
} EncryptionCipher;

typedef struct
{
  char *name;                 /* how initialization vectors are made: plain64; required */
  char *hash;
} EncryptionIvgen;

typedef struct
{
  EncryptionFormat format;
  EncryptionEngine engine;
  XML_LIST (EncryptionSecret) secrets;
  EncryptionCipher *cipher;
  EncryptionIvgen *ivgen;
} Encryption;

extern const XmlSchema encryption_schema;
