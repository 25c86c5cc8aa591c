/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/memory-size.h: sizes that a machine can have. */
#pragma once

#include "model/domain/domain.h"

/* Makes what a guest that is to start has of memory whole blocks of its machine's: cells, modules and the sum of them. */
void qemu_memory_align (Domain *domain);
