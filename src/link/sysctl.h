/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* link/sysctl.h: the kernel's settings of networks, in /proc/sys. Numbers only.
 *
 * A write may wait for others who change devices, so these are for workers. The name is that of the file, as in
 * "net/ipv4/ip_forward". VIR_ERR_SYSTEM_ERROR with the kernel's errno in int1 and the setting's name. */
#pragma once

#include <glib.h>
#include <stdbool.h>

bool sysctl_get (int *ret, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* Writes nothing if it is so already. */
bool sysctl_set (int value, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);
