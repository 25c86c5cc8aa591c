/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* helpers/vhost-user.h: programs that serve devices to QEMU by the vhost-user protocol, as installed packages describe
 * them: JSON files in vhost-user folders of /usr/share/qemu and /etc/qemu. */
#pragma once

#include <glib.h>
#include <jansson.h>

/* The program of the first descriptor of @type ("fs", "gpu", "input") in the order of their names; a file in /etc takes
 * the place of one of the same name, an empty one masks it. NULL, VIR_ERR_OPERATION_FAILED: there is
 * none. Caller frees. Blocks for a moment. */
char *vhost_user_find (const char *type, GError **error);

/* What a descriptor says of its program, and nothing else; VIR_ERR_INTERNAL_ERROR: it is none. */
json_t *vhost_user_normalize (const json_t *descriptor, GError **error);

/* For tests: folders, those of greater precedence first, NULL-terminated and borrowed; NULL: the host's. */
void vhost_user_set_folders (const char *const *folders);
