/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-private.h: what the files of pools share. */
#pragma once

#include "model/storage/pool.h"

/* Of a PoolSource whose type is known. */
extern const XmlField pool_source_rows[];
