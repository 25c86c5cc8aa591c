/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-dir.h: a temporary folder of a test, and what is in it. */
#pragma once

#include <glib.h>
#include <stdint.h>

/* Makes one. Caller frees, after test_dir_remove. */
char *test_dir_new (void);
/* Removes it with all that is in it. */
void test_dir_remove (const char *dir);

/* The text of a file, NULL if there is none. Caller frees. */
char *test_dir_text (const char *dir, const char *name);
/* Asserts that a file has that text, or with NULL that there is none. */
void test_dir_check (const char *dir, const char *name, const char *expected);
uint64_t test_dir_inode (const char *dir, const char *name);
