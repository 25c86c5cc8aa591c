/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* documents.h: the guests and networks that the benchmark defines. Caller frees the text. */
#pragma once

/* A usual definition, never started: disk, network, console, graphics. */
char *document_usual (const char *name);
/* The least that QEMU starts. */
char *document_tiny (const char *name);

/* A NAT network with DHCP on the bridge benchNUMBER, with addresses of its own. */
char *document_network (const char *name, int number);
