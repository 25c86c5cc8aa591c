/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dnsmasq/find.h: which process serves a network, and which one is in its way. What blocks is for workers. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* The dnsmasq that was started with the configuration @conf, by this daemon, an earlier one or a stock one: the process that
 * @pid_file names, or, if there is no such file but @conf, any that has that on its command line. *@ret_pidfd is the caller's.
 * False: none runs. Blocks. */
bool dnsmasq_find_now (const char *conf, const char *pid_file, pid_t *ret_pid, int *ret_pidfd);

/* Which process has the address and port that dnsmasq complains of in @words: "UDP port 53 of 0.0.0.0 is held by process 12
 * (named)". NULL: it complains of something else, or nobody is found. Caller frees. Blocks. */
char *dnsmasq_port_owner_now (const char *words);

