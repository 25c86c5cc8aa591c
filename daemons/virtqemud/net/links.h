/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* net/links.h: filling of NetLinks. */
#pragma once

#include "net/net.h"

/* Adds @fd, which the links own from now on, as the next of @kind of the interface @alias. */
void net_links_add (NetLinks *links, const char *alias, QemuFdKind kind, int fd);
