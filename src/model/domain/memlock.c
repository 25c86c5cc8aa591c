/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain/memlock.h"

#include <string.h>

#define MIB (UINT64_C (1) << 20)
#define GIB (UINT64_C (1) << 30)

/* A device that reaches into the guest's memory by itself has all of it locked. */
static bool
has_direct_access (const Domain *domain)
{
  for (unsigned int i = 0; i < domain->hostdevs.n; i++)
    if (domain->hostdevs.items[i]->type == HOSTDEV_TYPE_PCI || domain->hostdevs.items[i]->type == HOSTDEV_TYPE_MDEV)
      return true;
  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (domain->disks.items[i]->source.type == STORAGE_TYPE_NVME)
      return true;
  for (unsigned int i = 0; i < domain->interfaces.n; i++)
    if (domain->interfaces.items[i]->type == INTERFACE_TYPE_HOSTDEV || domain->interfaces.items[i]->type == INTERFACE_TYPE_VDPA)
      return true;
  return false;
}

static unsigned int
host_bridges (const Domain *domain)
{
  unsigned int n = 0;

  for (unsigned int i = 0; i < domain->controllers.n; i++)
    if (domain->controllers.items[i]->type == CONTROLLER_TYPE_PCI
        && domain->controllers.items[i]->model == CONTROLLER_MODEL_PCI_ROOT)
      n++;
  return MAX (n, 1);
}

/* The kernel locks the page table of a pseries guest (one part in 128 of its memory), a table for each
 * host bridge's window, and some for itself. */
static uint64_t
pseries_tables (const Domain *domain)
{
  return MAX (domain->memory, domain->max_memory) * 1024 / 128 + host_bridges (domain) * 4 * MIB + 8 * MIB;
}

static bool
is_pseries_kvm (const Domain *domain)
{
  return domain->type == VIRT_TYPE_KVM && domain->os.arch != NULL && g_str_has_prefix (domain->os.arch, "ppc64")
         && domain->os.machine != NULL && g_str_has_prefix (domain->os.machine, "pseries");
}

bool
domain_memlock_is_needed (const Domain *domain)
{
  return has_direct_access (domain) || is_pseries_kvm (domain)
         || (domain->memory_backing != NULL && domain->memory_backing->locked);
}

static uint64_t
limit_of (const Domain *domain, bool direct)
{
  uint64_t limit = 0;

  if (domain->memtune != NULL && domain->memtune->hard_limit != UINT64_MAX && domain->memtune->hard_limit != 0)
    return domain->memtune->hard_limit * 1024;
  if (domain->memory_backing != NULL && domain->memory_backing->locked)
    return DOMAIN_MEMLOCK_UNLIMITED;
  if (is_pseries_kvm (domain))
    limit = pseries_tables (domain);
  /* Besides the memory, the windows of devices' registers. */
  if (direct)
    limit += MAX (domain->memory, domain->max_memory) * 1024 + GIB;
  return limit;
}

uint64_t
domain_memlock_limit (const Domain *domain)
{
  return limit_of (domain, has_direct_access (domain));
}

uint64_t
domain_memlock_limit_with_device (const Domain *domain)
{
  return limit_of (domain, true);
}
