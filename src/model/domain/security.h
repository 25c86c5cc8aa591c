/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security.h: what keeps a guest and its host apart: labels, wrapped keys,
 * encrypted memory. */
#pragma once

#include "xml/types.h"

#define SECLABEL_TYPE_LIST(X) X (SECLABEL_TYPE_NONE, "none") X (SECLABEL_TYPE_DYNAMIC, "dynamic") X (SECLABEL_TYPE_STATIC, "static")
XML_ENUM_DECLARE (DomainSeclabelType, SECLABEL_TYPE_, seclabel_type, SECLABEL_TYPE_LIST)

#define KEYWRAP_CIPHER_LIST(X) X (KEYWRAP_CIPHER_AES, "aes") X (KEYWRAP_CIPHER_DEA, "dea")
XML_ENUM_DECLARE (DomainKeywrapCipherName, KEYWRAP_CIPHER_, keywrap_cipher, KEYWRAP_CIPHER_LIST)

#define LAUNCH_SECURITY_LIST(X) X (LAUNCH_SECURITY_SEV, "sev") X (LAUNCH_SECURITY_SEV_SNP, "sev-snp") \
  X (LAUNCH_SECURITY_S390_PV, "s390-pv") X (LAUNCH_SECURITY_TDX, "tdx")
XML_ENUM_DECLARE (DomainLaunchSecurityType, LAUNCH_SECURITY_, launch_security, LAUNCH_SECURITY_LIST)

typedef struct
{
  DomainSeclabelType type;
  char *model;                  /* "dac", "selinux" */
  Tristate relabel;
  char *label, *imagelabel, *baselabel;
} DomainSeclabel;

typedef struct { DomainKeywrapCipherName name; Tristate state; } DomainKeywrapCipher;
typedef struct { XML_LIST (DomainKeywrapCipher) ciphers; } DomainKeywrap;

typedef struct
{
  DomainLaunchSecurityType type;
  Tristate kernel_hashes, author_key, vcek;
  unsigned int cbitpos, reduced_phys_bits;  /* UINT_MAX: as the host has it */
  uint64_t policy;              /* UINT64_MAX: absent */
  char *dh_cert, *session;
  char *guest_workarounds, *id_block, *id_auth, *host_data;             /* sev-snp */
  char *mr_config_id, *mr_owner, *mr_owner_config, *quote_service_path; /* tdx */
  bool quote_service;
} DomainLaunchSecurity;
