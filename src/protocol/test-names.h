/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-names.h: wire names of structs and fields, kept out of the daemons. */
#pragma once

#include "protocol/codec.h"

typedef struct TestNames
{
  const RpcTypes *types;
  const char *const *structs;           /* by row of types->structs */
  const char *const *fields;            /* by row of types->fields */
  const struct TestNames *imported;
} TestNames;

extern const TestNames rpc_frame_names, remote_names, qemu_names, lxc_names, admin_names,
  lock_names, log_names, swarm_names;
