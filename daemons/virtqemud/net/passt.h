/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/passt.h: user networking by passt: a program beside QEMU, one an interface, that ends with its socket. */
#pragma once

#include "net/net.h"

/* Starts it for @interface, as the guest's user. @ret_fd is QEMU's end of the socket. VIR_ERR_CONFIG_UNSUPPORTED if this host
 * has no passt; VIR_ERR_INTERNAL_ERROR with its words if it refuses. Awaits. */
bool passt_start (const NetGuest *guest, const DomainInterface *interface, int *ret_fd, GError **error);

/* The arguments for that, its socket being number @fd. Caller frees with g_strfreev. */
char **passt_argv (const DomainInterface *interface, int fd);
