/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/platform.h: answers the model's questions from what QEMU binaries can do. */
#pragma once

#include "model/domain/domain.h"
#include "qemu/caps.h"
#include "qemu/config.h"

typedef struct
{
  DomainPlatform base;
  char *emulator;               /* that the guest gets; NULL: there is none */
  QemuCaps *caps;               /* of it, NULL without one */
} QemuPlatform;

/* What the host's configuration says to guests' defaults; @config is borrowed for good. Before the first platform. */
void qemu_platform_configure (const QemuConfig *config);

/* Learns what @domain's emulator (its own, or the default for its architecture) can do.
 * A named emulator that is missing is an error. Awaits. */
bool qemu_platform_init (QemuPlatform *ret_platform, const Domain *domain, GError **error);
void qemu_platform_clear (QemuPlatform *platform);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QemuPlatform, qemu_platform_clear)

/* Fills in and checks a definition: qemu_platform_init and domain_complete. What is left open in a new one (@is_new) gets the
 * best of today, in one that was there before what it had. Awaits. */
bool qemu_complete_domain (Domain *domain, bool is_new, GError **error);
