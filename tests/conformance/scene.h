/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* scene.h: the host and the daemon that the corpus' command lines assume. */
#pragma once

#include "args/args.h"
#include "caps-platform.h"

/* qemu.conf as the corpus has it, with the settings of @query. What a real daemon answered has the default. */
QemuConfig *scene_config (const CapsQuery *query, GError **error);

/* What the host has: huge pages, NUMA nodes, the time. */
void scene_fill (const CapsQuery *query, QemuArgsContext *context);

/* Devices of the host that a guest gets when it starts. */
void scene_prepare (Domain *domain);

/* Firmware is what the descriptors below @tree say; NULL: what the host has. */
void scene_firmware (const char *tree);
