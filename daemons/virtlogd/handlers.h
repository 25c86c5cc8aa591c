/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handlers.h: the log program. */
#pragma once

#include "protocol/log.h"

extern const LogHandlers log_handlers;
