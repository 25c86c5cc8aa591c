/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent/disks.h: which disk of a guest's document an agent means. */
#pragma once

#include <jansson.h>

#include "model/domain/domain.h"

/* The disk at @address, an agent's description of a place (checked against its shape; NULL is fine): by the address
 * of the device or of its controller, else by a serial number that only one has. NULL if there is none. */
const DomainDisk *agent_find_disk (const Domain *domain, const json_t *address);
