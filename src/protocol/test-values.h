/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-values.h: making up and printing values of any wire struct. */
#pragma once

#include "protocol/test-names.h"

/* Fills the zeroed @value, a struct of row @type, with values from @rand: arrays
 * and strings of up to @max_items items or bytes where their bounds allow it. */
void test_value_fill (const RpcTypes *types, unsigned int type, void *value, GRand *rand,
                      unsigned int max_items);

/* @value as text, with the names of its fields:
 *   {name="a",ids=[1,2],uuid='00ff...',dom=-,value=<1>{i=5}}
 * '-' is an absent item. Caller frees. */
char *test_value_dump (const TestNames *names, unsigned int type, const void *value);
