/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handlers/handlers.h"

const RemoteHandlers remote_handlers = { 0 };
