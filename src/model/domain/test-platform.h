/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-platform.h: a host with Debian 12's QEMU 7.2 for x86, for tests. */
#pragma once

#include "model/domain/domain.h"

const DomainPlatform *test_platform (void);
