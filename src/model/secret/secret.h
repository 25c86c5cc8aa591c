/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret.h: what a secret is for; its value is no part of a document. */
#pragma once

#include "model/common/auth.h"

typedef struct
{
  Tristate ephemeral;         /* kept in memory only */
  Tristate is_private;        /* its value is never given out */
  uint8_t uuid[16];
  char *description;
  SecretUsage usage;
  char *usage_id;             /* the volume's path, the target's or the client's name; by usage */
} Secret;

extern const XmlSchema secret_schema;
