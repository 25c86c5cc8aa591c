/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz.h: what every fuzz target defines. libFuzzer calls it, and so does
 * replay.c, the main of the unit tests, with the saved inputs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Takes one input of any content. Whatever is wrong aborts. Returns 0. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
