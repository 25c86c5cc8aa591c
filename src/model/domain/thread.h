/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* thread.h: a guest's threads: its vCPUs that are there, its I/O threads, of which a document need not list all. */
#pragma once

#include "model/domain/domain.h"

/* Whether the vCPU @id is there. */
bool domain_has_vcpu (const Domain *domain, unsigned int id);

/* The ids of all I/O threads: those that are listed, then as many more as the number says, with the lowest
 * ids that are free. An array of unsigned int; freed with g_array_unref. */
GArray *domain_iothreads (const Domain *domain);

/* The I/O thread @id if it is listed, NULL otherwise. Borrowed. */
DomainIothread *domain_iothread_find (const Domain *domain, unsigned int id);

/* Lists all of them. */
void domain_iothread_list (Domain *domain);

DomainIothread *domain_iothread_new (unsigned int id);
