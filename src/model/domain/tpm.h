/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tpm.h: trusted platform modules. */
#pragma once

#include "model/domain/chardev.h"

#define TPM_MODEL_LIST(X) X (TPM_MODEL_TIS, "tpm-tis") X (TPM_MODEL_CRB, "tpm-crb") X (TPM_MODEL_SPAPR, "tpm-spapr") \
  X (TPM_MODEL_SPAPR_PROXY, "spapr-tpm-proxy")
XML_ENUM_DECLARE (DomainTpmModel, TPM_MODEL_, tpm_model, TPM_MODEL_LIST)

#define TPM_BACKEND_LIST(X) X (TPM_BACKEND_PASSTHROUGH, "passthrough") X (TPM_BACKEND_EMULATOR, "emulator") \
  X (TPM_BACKEND_EXTERNAL, "external")
XML_ENUM_DECLARE (DomainTpmBackend, TPM_BACKEND_, tpm_backend, TPM_BACKEND_LIST)

#define TPM_VERSION_LIST(X) X (TPM_VERSION_1_2, "1.2") X (TPM_VERSION_2_0, "2.0")
XML_ENUM_DECLARE (DomainTpmVersion, TPM_VERSION_, tpm_version, TPM_VERSION_LIST)

#define TPM_STORE_LIST(X) X (TPM_STORE_FILE, "file") X (TPM_STORE_DIR, "dir")
XML_ENUM_DECLARE (DomainTpmStore, TPM_STORE_, tpm_store, TPM_STORE_LIST)

#define TPM_REMOVE_LIST(X) X (TPM_REMOVE_CHECK, "check") X (TPM_REMOVE_FIPS_HOST, "fips-host")
XML_ENUM_DECLARE (DomainTpmRemove, TPM_REMOVE_, tpm_remove, TPM_REMOVE_LIST)

/* What a TPM made of software can be told. */
typedef struct
{
  Tristate persistent_state;
  unsigned int debug;           /* 0: absent */
  uint8_t secret[16];           /* UUID of the passphrase; all zero: absent */
  bool sha1, sha256, sha384, sha512;    /* active PCR banks */
  DomainTpmStore store_type;
  char *store_path;
  char *profile_source, *profile_name;
  DomainTpmRemove profile_remove;
} DomainTpmEmulator;

typedef struct
{
  DomainDeviceInfo info;
  DomainTpmModel model;
  DomainTpmBackend backend;
  char *device;                 /* passthrough: path */
  DomainTpmVersion version;     /* emulator */
  DomainTpmEmulator emulator;
  DomainChardevSource source;   /* external: a UNIX socket */
} DomainTpm;
