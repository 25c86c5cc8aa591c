/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* auth.h: how documents name a secret, and the user that storage over the
 * network is asked for. Shared by disks, volumes and pools. */
#pragma once

#include "xml/xml.h"

/* What kinds of secrets there are. */
#define SECRET_USAGE_LIST(X) X (SECRET_USAGE_NONE, "none") X (SECRET_USAGE_VOLUME, "volume") \
  X (SECRET_USAGE_CEPH, "ceph") X (SECRET_USAGE_ISCSI, "iscsi") X (SECRET_USAGE_TLS, "tls") X (SECRET_USAGE_VTPM, "vtpm")
XML_ENUM_DECLARE (SecretUsage, SECRET_USAGE_, secret_usage, SECRET_USAGE_LIST)

/* A secret by its UUID or by what it is used for, exactly one of them. */
typedef struct
{
  uint8_t uuid[16];
  char *usage;
} SecretRef;

extern const XmlField secret_ref_rows[];

/* Fails unless @ref names a secret in one way. @node: the element that names it. */
bool secret_ref_check (const SecretRef *ref, const xmlNode *node, GError **error);

#define AUTH_TYPE_LIST(X) X (AUTH_TYPE_NONE, "none") X (AUTH_TYPE_CHAP, "chap") X (AUTH_TYPE_CEPH, "ceph")
XML_ENUM_DECLARE (AuthType, AUTH_TYPE_, auth_type, AUTH_TYPE_LIST)

typedef struct
{
  char *type;                 /* the SecretUsage's name; pools take any text */
  SecretRef ref;
} AuthSecret;

typedef struct
{
  AuthType type;              /* absent for disks, whose protocol says it */
  char *username;
  AuthSecret *secret;
} Auth;

extern const XmlSchema auth_schema;
