/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* documents.h: the guests that the benchmark defines. Caller frees the text. */
#pragma once

/* A usual definition, never started: disk, network, console, graphics. */
char *document_usual (const char *name);
/* The least that QEMU starts. */
char *document_tiny (const char *name);
