/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host/domain-caps.h: the <domainCapabilities> document: what a guest of an emulator,
 * architecture, machine and virtualization type can have. */
#pragma once

#include <glib.h>

/* The document as virConnectGetDomainCapabilities returns it. Each argument may be NULL:
 * the host's default is taken. Wrong or contradicting arguments are
 * VIR_ERR_INVALID_ARG as with stock. Kept in memory. Caller frees. Awaits. */
char *domain_caps_format (const char *emulator, const char *arch, const char *machine,
                          const char *virttype, GError **error);
