/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* helpers/helpers.h: the programs that serve one guest beside its QEMU: swtpm, virtiofsd, qemu-pr-helper.
 *
 * Each serves one device, which QEMU reaches by a UNIX socket that listens already when the helper starts, so it runs before
 * QEMU does or before the device is attached. It runs as its own user, in the guest's control group once QEMU runs. What runs
 * for a guest is written down below PATH_RUN/qemu/helpers/ before it starts, so that a later daemon finds it, watches
 * it on, and ends it with the guest. A helper that ends while its guest runs on is reported in the daemon's and in the
 * guest's log. */
#pragma once

#include "model/domain/domain.h"
#include "qemu/config.h"

/* Whose helpers they are; all borrowed. */
typedef struct
{
  int id;
  const Domain *domain;         /* the live document */
  const QemuConfig *config;
  const char *lib_dir;          /* the guest's folder */
} HelperGuest;

/* Starts what @device needs, if it needs anything. On failure nothing of it is left, and the error has the helper's last
 * words. Errors: VIR_ERR_OPERATION_UNSUPPORTED, VIR_ERR_CONFIG_UNSUPPORTED: there is no such program; VIR_ERR_INTERNAL_ERROR: it
 * ended. Awaits. */
bool helpers_start_device (const HelperGuest *guest, const DomainDevice *device, GError **error);
/* The same for all devices of the domain, before QEMU starts. On failure some may run: helpers_stop. Awaits. */
bool helpers_start (const HelperGuest *guest, GError **error);

/* QEMU's end of the connection to what serves the device @alias, once: from then on the caller's. -1: QEMU connects by itself, or
 * nothing serves it. */
int helpers_take_fd (int id, const char *name, const char *alias);

/* Puts the helpers of the guest into its control group @group, once it is there. What cannot be moved is logged. Awaits. */
void helpers_enter (int id, const char *name, const char *group);

/* Ends what serves the device @alias of the guest, or all that serves the guest, and removes its sockets. Failures are
 * logged. Works after a crash as well: by what is written down. Await. */
void helpers_stop_device (int id, const char *name, const char *alias);
void helpers_stop (int id, const char *name);

/* After a restart of the daemon: watches the helpers that a running guest has. Awaits. */
void helpers_find (int id, const Domain *domain, const QemuConfig *config);

/* Removes what helpers keep for a guest as long as it is defined: the state of a software TPM. Awaits. */
void helpers_forget_guest (const uint8_t *uuid);
/* Which versions of TPMs can be made of software here: bits 1 << TPM_VERSION_...; 0: none, the programs are not installed. The
 * programs are asked once. Awaits. */
unsigned int helpers_tpm_versions (void);
/* Whether @domain wishes that state to outlive its definition. */
bool helpers_keeps_tpm (const Domain *domain);
