/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-platform.h: a host with Debian 12's QEMU 7.2 for x86, for tests. */
#pragma once

#include "model/domain/domain.h"

/* @keep_machine: machine types are what documents call them, aliases too. */
const DomainPlatform *test_platform (bool keep_machine);
