/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* helpers/helpers.h: the programs that serve one guest beside its QEMU: swtpm, virtiofsd, vhost-user-gpu, dbus-daemon.
 *
 * Each serves one device, which QEMU reaches by a UNIX socket that the helper listens on, so it runs before QEMU does or before
 * the device is attached. It runs as its own user in the guest's control group. What runs for a guest is written down below
 * PATH_RUN/qemu/helpers/ before it starts, so a later daemon finds it, watches it on, and ends it with the guest.
 * A helper that ends while its guest runs is reported in the daemon's and in the guest's log. */
#pragma once

#include "model/domain/domain.h"
#include "qemu/config.h"
#include "qemu/home.h"

/* Whose helpers they are; all borrowed. */
typedef struct
{
  int id;
  Domain *domain;               /* the live document: gets the sockets' paths */
  const QemuConfig *config;
  const char *cgroup;           /* folder of the guest's group; NULL: none */
} HelperGuest;

/* Chooses the paths of the sockets by which QEMU reaches the helpers of @device, or of all devices of the domain. Starts
 * nothing: also for a command line that is only shown. */
void helpers_assign_device (Domain *domain, const DomainDevice *device, const QemuHome *home);
void helpers_assign (Domain *domain, const QemuHome *home);

/* Starts what @device needs, if it needs anything, and returns once it accepts connections. On failure nothing
 * of it is left, and the error has the helper's last words. Awaits. */
bool helpers_start_device (const HelperGuest *guest, const DomainDevice *device, GError **error);
/* The same for all devices of the domain, before QEMU starts. */
bool helpers_start (const HelperGuest *guest, GError **error);

/* Ends what serves the device @alias of the guest, or all that serves the guest, and removes its sockets. Failures are
 * logged. Works after a crash as well: by what is written down. Await. */
void helpers_stop_device (int id, const char *name, const char *alias);
void helpers_stop (int id, const char *name);

/* After a restart of the daemon: watches the helpers that a running guest has. Awaits. */
void helpers_find (int id, const char *name);

/* Puts the helpers of the guest into the control group @cgroup, which was made after they were started. Failures are logged. */
void helpers_move (int id, const char *name, const char *cgroup);
