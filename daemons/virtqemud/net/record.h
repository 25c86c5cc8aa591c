/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/record.h: what was made for guests' interfaces and does not go away by itself, on disk below PATH_RUN/qemu/net/.
 *
 * A record is written before its thing is made and removed after that is gone, so that whoever comes after a crash
 * finds all there may be. A guest is named by its id, which no other guest has while it runs. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Adds @thing, an object with a member "kind", to the record of the interface @alias; stolen. Awaits. */
bool net_record_add (int id, const char *name, const char *alias, json_t *thing, GError **error);

/* The records of the interface @alias, or (NULL) of all of the guest's, by names that begin with the guest's id. Free with
 * g_strfreev. Awaits. */
char **net_record_files (int id, const char *name, const char *alias);
/* Those of all guests. */
char **net_record_all (void);

/* What the record @file says, the latest first: an array of such objects. Never NULL; one that is not there is empty, a damaged
 * one is logged and left. Awaits. */
json_t *net_record_read (const char *file);
/* Puts @things in the place of what @file says; none removes it. Failures are logged. Awaits. */
void net_record_keep (const char *file, const json_t *things);
/* Takes the thing with the member "uuid" of that value out of @file. Failures are logged. Awaits. */
void net_record_drop (const char *file, const uint8_t uuid[16]);
