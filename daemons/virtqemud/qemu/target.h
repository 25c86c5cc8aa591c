/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/target.h: the emulator, architecture, machine and virtualization type that a client asks about. */
#pragma once

#include "qemu/caps.h"

typedef struct
{
  QemuCaps *caps;
  char *emulator;               /* as asked, or the one found */
  const char *arch;             /* borrowed from the caller or the capabilities */
  const QemuMachine *machine;
  QemuAccel accel;
} QemuTarget;

/* Each argument may be NULL: the host's default is taken. Wrong or contradicting arguments are VIR_ERR_INVALID_ARG, an
 * architecture without emulator here is VIR_ERR_CONFIG_UNSUPPORTED, as with stock. @ret is to be cleared by
 * qemu_target_clear(), after a failure too. Awaits. */
bool qemu_target_find (const char *emulator, const char *arch, const char *machine, const char *virttype, QemuTarget *ret,
                       GError **error);
void qemu_target_clear (QemuTarget *target);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QemuTarget, qemu_target_clear)
