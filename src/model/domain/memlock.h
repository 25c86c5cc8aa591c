/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memlock.h: how much memory a guest's process has to be allowed to lock. */
#pragma once

#include "model/domain/domain.h"

#define DOMAIN_MEMLOCK_UNLIMITED UINT64_MAX

/* In bytes; 0: nothing is to be locked, the process keeps the limit that it has. */
uint64_t domain_memlock_limit (const Domain *domain);

/* The same once a device is there that reaches into its memory. */
uint64_t domain_memlock_limit_with_device (const Domain *domain);

/* Whether the guest cannot run without it: its memory is locked, by itself or for a device. */
bool domain_memlock_is_needed (const Domain *domain);
