/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* client.h: what the commands of bench-client share. */
#pragma once

#include <libvirt/libvirt.h>

#include "support.h"

/* Ends the program with the library's last error. */
void fail (const char *what) __attribute__ ((noreturn));
virConnectPtr open_uri (const char *uri);

/* For commands "URI PREFIX COUNT [CLIENTS]": so many clients at once call @each for all of PREFIX-00000 to
 * PREFIX-COUNT; the results are "wall" and what @each adds, by the name @what. */
void share (int argc, char **argv, const char *what, bool (*each) (virConnectPtr conn, const char *name, Samples *samples));

/* networks.c; client.c says what each does */
void run_net_define (int argc, char **argv);
void run_net_cycle (int argc, char **argv);
void run_net_start (int argc, char **argv);
void run_net_stop (int argc, char **argv);
void run_net_undefine (int argc, char **argv);
void run_net_ports (int argc, char **argv);
void run_attach (int argc, char **argv);
