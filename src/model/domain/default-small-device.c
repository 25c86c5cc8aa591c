/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* default-small-device.c: what memory devices, TPMs, vsocks and shared memory leave
 * open about themselves. */
#include "model/domain/machine.h"
#include "model/domain/rules.h"

#define DEFAULT_SHMEM_BYTES (UINT64_C (4) * 1024 * 1024)

static bool
is_in_slot (const DomainMemory *memory)
{
  return memory->model == MEMORY_MODEL_DIMM || memory->model == MEMORY_MODEL_NVDIMM;
}

static bool
slot_is_taken (const Domain *domain, unsigned int slot)
{
  for (unsigned int i = 0; i < domain->memories.n; i++)
    if (domain->memories.items[i]->info.address.type == ADDRESS_TYPE_DIMM
        && domain->memories.items[i]->info.address.dimm.slot == slot)
      return true;
  return false;
}

/* Modules take the first free slots. */
static void
complete_memories (Domain *domain)
{
  unsigned int slot = 0;        /* all below it are taken */

  for (unsigned int i = 0; i < domain->memories.n; i++)
    {
      DomainMemory *memory = domain->memories.items[i];

      if (memory->model == MEMORY_MODEL_VIRTIO_PMEM && memory->access == MEMORY_SHARING_ABSENT)
        memory->access = MEMORY_SHARING_SHARED;
      if (!is_in_slot (memory) || memory->info.address.type == ADDRESS_TYPE_DIMM)
        continue;
      while (slot_is_taken (domain, slot))
        slot++;
      memory->info.address = (DomainAddress) { .type = ADDRESS_TYPE_DIMM, .dimm = { .slot = slot } };
    }
}

static void
complete_shmems (Domain *domain)
{
  for (unsigned int i = 0; i < domain->shmems.n; i++)
    {
      DomainShmem *shmem = domain->shmems.items[i];

      if (shmem->model == SHMEM_MODEL_PLAIN && shmem->size == UINT64_MAX)
        shmem->size = DEFAULT_SHMEM_BYTES;
      if (shmem->model != SHMEM_MODEL_DOORBELL)
        continue;
      shmem->has_msi = true;
      if (shmem->msi_ioeventfd == TRI_ABSENT)
        shmem->msi_ioeventfd = TRI_YES;
    }
}

static void
complete_tpms (Domain *domain)
{
  bool is_pseries = domain_machine (domain)->kind == MACHINE_PSERIES;
  bool is_arm = domain_machine (domain)->kind == MACHINE_ARM_VIRT;

  for (unsigned int i = 0; i < domain->tpms.n; i++)
    {
      DomainTpm *tpm = domain->tpms.items[i];

      if (tpm->model == TPM_MODEL_ABSENT)
        tpm->model = is_pseries ? TPM_MODEL_SPAPR : TPM_MODEL_TIS;
      if (tpm->backend == TPM_BACKEND_EMULATOR && tpm->version == TPM_VERSION_ABSENT)
        tpm->version = is_arm || tpm->model == TPM_MODEL_SPAPR || tpm->model == TPM_MODEL_CRB ? TPM_VERSION_2_0 : TPM_VERSION_1_2;
    }
}

void
domain_complete_small_devices (Domain *domain)
{
  complete_memories (domain);
  complete_shmems (domain);
  complete_tpms (domain);
  if (domain->memballoon != NULL && domain->memballoon->model == BALLOON_MODEL_NONE)
    domain->memballoon->info.address.type = ADDRESS_TYPE_ABSENT;
  if (domain->vsock != NULL && domain->vsock->auto_cid == TRI_ABSENT)
    domain->vsock->auto_cid = domain->vsock->cid == 0 ? TRI_YES : TRI_NO;
}
