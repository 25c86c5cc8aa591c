/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/config-table.h: the keys of qemu.conf, a row each. */
#pragma once

#include <stddef.h>

#include "qemu/config.h"

typedef enum
{
  KEY_STRING,           /* char *; one of `words` if there are any; "" where `empty_is_none` becomes NULL */
  KEY_BOOL,             /* bool */
  KEY_INT,              /* int from min to max */
  KEY_UINT,             /* unsigned int from min to max */
  KEY_LIST,             /* char ** ; items out of `words` if there are any */
  KEY_STRING_OR_LIST,   /* the same, of one item */
  KEY_SIZE,             /* uint64_t bytes: a number, or a text such as "10GiB" or "unlimited" (UINT64_MAX) */
} QemuConfigKind;

typedef struct
{
  const char *key;
  QemuConfigKind kind;
  size_t offset;                /* in QemuConfig; QEMU_CONFIG_NOWHERE: it is only checked */
  int64_t min, max;             /* KEY_INT, KEY_UINT */
  const char *const *words;     /* NULL-terminated */
  const char *no_effect;        /* why setting it changes nothing; NULL: it does */
} QemuConfigKey;

#define QEMU_CONFIG_NOWHERE ((size_t) -1)

extern const QemuConfigKey qemu_config_keys[];
extern const unsigned int qemu_config_n_keys;
