/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dnsmasq/private.h: what the files of this folder share. */
#pragma once

#include "dnsmasq/dnsmasq.h"

/* The longest line that dnsmasq reads as one, without its end: what is longer would be a second line to it. */
#define DNSMASQ_LINE_MAX 1023

/* The file NAME.@suffix in @folder as dnsmasq's configuration and stock daemons name it: the characters that XML escapes are
 * escaped in it. Caller frees. */
char *dnsmasq_path (const char *folder, const char *network, const char *suffix);

/* The folder of all networks' files, and the file with the process number of @network's. Caller frees. */
char *dnsmasq_folder (void);
char *dnsmasq_pid_file (const char *network);

/* dnsmasq_files() with its files in @folder, the process number in @pid_file (NULL: no line about it). */
bool dnsmasq_files_in (const Network *network, const char *folder, const char *pid_file, DnsmasqFiles *ret, GError **error);

/* Whether all that @network says can be said in dnsmasq's files such that each value stays a value. Errors:
 * VIR_ERR_CONFIG_UNSUPPORTED of VIR_FROM_NETWORK naming the element. */
bool dnsmasq_values_check (const Network *network, GError **error);

/* Whether dnsmasq reads each line of @text as one. Errors: as above. */
bool dnsmasq_lines_check (const Network *network, const char *text, GError **error);

/* Appends @text, between quotes where dnsmasq would take a part of it for something else; @commas: also a comma. */
void dnsmasq_append_value (GString *out, const char *text, bool commas);

/* Runs the dnsmasq of @network with the configuration @conf until it has gone to the background and serves. Errors:
 * VIR_ERR_INTERNAL_ERROR with its own words and who has its port; VIR_ERR_OPERATION_TIMEOUT; those of starting a program.
 * Blocks. */
bool dnsmasq_run_now (const char *network, const char *conf, const char *bridge, GError **error);

/* Tells systemd-resolved of @live's domain, if the document asks for that. Errors: VIR_ERR_CONFIG_UNSUPPORTED. Awaits. */
bool dnsmasq_register (const Network *live, GError **error);

/* The largest list of leases or guests that is read, in bytes. */
#define DNSMASQ_LIST_MAX (32 * 1024 * 1024)

/* Replaces the file at @path as a whole. It is not flushed: only for what is made anew from other files or from what runs.
 * Blocks. */
bool dnsmasq_put_now (const char *path, const char *text, mode_t mode, GError **error);

/* dnsmasq_leases() at the time @now (seconds since 1970) from the @text of a file, which may be empty. */
GPtrArray *dnsmasq_read_leases (const char *text, const char *mac, int64_t now, GError **error);

/* What BRIDGE.macs says of @guests. Caller frees. */
char *dnsmasq_guests_text (const GPtrArray *guests);
