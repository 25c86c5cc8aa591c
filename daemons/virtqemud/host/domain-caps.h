/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host/domain-caps.h: the <domainCapabilities> document: what a guest of an emulator,
 * architecture, machine and virtualization type can have. */
#pragma once

#include <glib.h>

#include "qemu/target.h"

/* The document as virConnectGetDomainCapabilities returns it. Each argument may be NULL:
 * the host's default is taken. Wrong or contradicting arguments are
 * VIR_ERR_INVALID_ARG as with stock. Kept in memory. Caller frees. Awaits. */
char *domain_caps_format (const char *emulator, const char *arch, const char *machine,
                          const char *virttype, GError **error);

/* What the host adds to what its emulator can do. */
typedef struct
{
  unsigned int tpm_versions;            /* of software: bits 1 << TPM_VERSION_... */
  bool has_vfio;                        /* it can give PCI devices to guests */
  const char *const *loaders;           /* files of firmware, NULL-terminated; NULL: what the descriptors name */
} DomainCapsHost;

/* The document of @target on such a host, whose descriptors of firmware are read. Caller frees. Awaits. */
char *domain_caps_format_target (const QemuTarget *target, const DomainCapsHost *host);
