/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/passt.h: user networking by passt, a program beside QEMU, one for each interface. */
#pragma once

#include "model/domain/domain.h"

/* The UNIX socket on which the passt of an interface waits for its QEMU. Caller frees. */
char *passt_socket_path (int id, const char *name, const char *alias);
