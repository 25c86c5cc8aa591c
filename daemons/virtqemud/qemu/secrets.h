/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/secrets.h: values of secrets, asked of virtsecretd and sealed for one guest's QEMU.
 *
 * Nothing secret is on a command line or in a log: QEMU gets values encrypted (AES-256-CBC) with the key in its
 * guest's folder. Values are wiped from our memory as soon as they are sealed. */
#pragma once

#include <jansson.h>

#include "args/args.h"

#define QEMU_MASTER_KEY_BYTES 32

/* Fills @object as QemuArgsContext.secret does, with the master key of the guest whose folder is @lib_dir. Errors:
 * VIR_ERR_NO_SECRET: there is none; VIR_ERR_SYSTEM_ERROR naming the socket and the unit: virtsecretd cannot be
 * reached. All name who needs it. Awaits. */
bool qemu_secret_seal (const char *lib_dir, const QemuSecretUse *use, json_t *object, GError **error);

/* The value itself of use->ref, up to its first NUL, for another program than QEMU; the caller wipes and frees it. NULL with the same
 * errors. Awaits. */
char *qemu_secret_read (const QemuSecretUse *use, GError **error);

/* The part without other daemons: @value, of @length bytes, sealed with @key; @iv are 16 bytes never used before with this
 * key. Blocks for a moment: loads GnuTLS the first time. Caller frees. */
char *qemu_secret_encrypt_now (const uint8_t key[QEMU_MASTER_KEY_BYTES], const uint8_t iv[16], const void *value,
                               size_t length, GError **error);
