/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostdev/open.h: devices that the daemon opens for QEMU, which may not. */
#pragma once

#include "args/args.h"

/* Whether @kind is one of these. */
bool hostdev_is_fd (QemuFdKind kind);
/* A descriptor for @kind, the caller's, or -1; @device is the document's. A virtual socket gets the guest's address; if that
 * is to be chosen, the device's cid is what was chosen. Errors: VIR_ERR_SYSTEM_ERROR: the kernel has no such
 * device, or the address is another's. Blocks for a moment. */
int hostdev_open_fd (QemuFdKind kind, const char *path, DomainDeviceInfo *device, GError **error);
/* The file below /sys that ends a command of the TPM @device ("/dev/tpm0"); NULL: there is none. Caller frees. */
char *hostdev_tpm_cancel_path (const char *device);
