/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/record.h: what was made for guests' interfaces and does not go away by itself, on disk below PATH_RUN/qemu/net/.
 *
 * A record is written before its thing is made and removed after that is gone, so that whoever comes after a crash
 * finds all there may be. A guest is named by its id, which no other guest has while it runs. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* Adds @thing, an object with a member "kind", to the record of the interface @alias; stolen. Awaits. */
bool net_record_add (int id, const char *name, const char *alias, json_t *thing, GError **error);

/* What is recorded of the interface @alias, or (NULL) of all of the guest's, the latest first: an array of such objects.
 * Never NULL; a damaged record is logged and left. Awaits. */
json_t *net_record_read (int id, const char *name, const char *alias);

/* Removes the record of @alias, or (NULL) all of the guest. Failures are logged. Awaits. */
void net_record_remove (int id, const char *name, const char *alias);
