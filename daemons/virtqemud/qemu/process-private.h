/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/process-private.h: what starting and watching share. */
#pragma once

#include "qemu/process.h"

/* A process that does not run yet, with the paths of the guest @id, @name. */
QemuProcess *qemu_process_new (int id, const char *name);

/* The environment of the guest's QEMU, whose folder is @lib_dir: "NAME=VALUE", NULL-terminated; caller frees. */
char **qemu_environment_of (const Domain *domain, const QemuConfig *config, const char *lib_dir);
