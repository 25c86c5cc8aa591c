/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/cpu.h"

#include <string.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/host.h"
#include "util/worker.h"

/* Registers that tell of features, and the feature of CPUID without which they are not there. */
enum { ARCH_CAPABILITIES, CORE_CAPABILITIES, N_MSRS };
static const struct { uint32_t index; const char *feature; } msrs[N_MSRS] = {
  [ARCH_CAPABILITIES] = { 0x10a, "arch-capabilities" }, [CORE_CAPABILITIES] = { 0xcf, "core-capability" },
};

const char *
host_cpu_msr_feature (uint32_t index)
{
  for (unsigned int i = 0; i < N_MSRS; i++)
    if (msrs[i].index == index)
      return msrs[i].feature;
  return NULL;
}

typedef struct
{
  uint64_t tsc_khz;
  bool tsc_scaling;
  uint64_t msrs[N_MSRS];
} KvmInfo;

static KvmInfo info;

static uint64_t
read_msr (int kvm, uint32_t index)
{
  fd_auto int device = open ("/dev/cpu/0/msr", O_RDONLY | O_CLOEXEC);
  g_autofree struct kvm_msrs *question = g_malloc0 (sizeof *question + sizeof question->entries[0]);
  uint64_t value;

  if (device >= 0 && pread (device, &value, sizeof value, index) == sizeof value)
    return value;
  question->nmsrs = 1;
  question->entries[0].index = index;
  return kvm >= 0 && ioctl (kvm, KVM_GET_MSRS, question) == 1 ? question->entries[0].data : 0;
}

/* The frequency of the time stamp counter, which KVM knows, and the registers. On a worker: making and dropping a VM
 * takes milliseconds. */
static bool
ask_kvm (void *args, GError **error)
{
  KvmInfo *ret = args;
  fd_auto int kvm = open ("/dev/kvm", O_RDWR | O_CLOEXEC);
  fd_auto int vm = kvm >= 0 ? ioctl (kvm, KVM_CREATE_VM, 0) : -1;
  fd_auto int cpu = vm >= 0 ? ioctl (vm, KVM_CREATE_VCPU, 0) : -1;
  int khz = cpu >= 0 ? ioctl (cpu, KVM_GET_TSC_KHZ, 0) : -1;

  if (khz > 0)
    {
      ret->tsc_khz = (uint64_t) khz;
      ret->tsc_scaling = ioctl (kvm, KVM_CHECK_EXTENSION, KVM_CAP_TSC_CONTROL) > 0;
    }
  for (unsigned int i = 0; i < N_MSRS; i++)
    ret->msrs[i] = read_msr (kvm, msrs[i].index);
  return true;
}

#ifdef __x86_64__

static void
ask_cpuid (void *data, uint32_t leaf, uint32_t subleaf, uint32_t ret_regs[4])
{
  if (!__get_cpuid_count (leaf, subleaf, &ret_regs[0], &ret_regs[1], &ret_regs[2], &ret_regs[3]))
    memset (ret_regs, 0, 4 * sizeof ret_regs[0]);
}

static bool
has_feature (const char *name)
{
  const CpuFeature *feature = cpu_feature_at ((unsigned int) cpu_feature_find (name));
  uint32_t regs[4];

  ask_cpuid (NULL, feature->leaf, feature->subleaf, regs);
  return regs[feature->reg] & feature->mask;
}

static uint64_t
ask_msr (void *data, uint32_t index)
{
  for (unsigned int i = 0; i < N_MSRS; i++)
    if (msrs[i].index == index && has_feature (msrs[i].feature))
      return info.msrs[i];
  return 0;
}

bool
host_cpu_facts (CpuFacts *ret_facts)
{
  static const CpuReader reader = { ask_cpuid, ask_msr, NULL };
  static CpuFacts facts;
  static bool asked;

  if (!asked)
    {
      asked = worker_run ("ask KVM", ask_kvm, &info, NULL);
      facts = cpu_facts_read (&reader);
    }
  *ret_facts = facts;
  return true;
}

#else

bool
host_cpu_facts (CpuFacts *ret_facts)
{
  G_GNUC_UNUSED bool (*unused) (void *args, GError **error) = ask_kvm;

  return false;
}

#endif

/* Model, vendor and features, and what KVM said. */
static void
describe_model (Cpu *cpu)
{
  static const CpuSearch search = { .host = true };
  const HostCpuModel *host = host_cpu_model ();
  g_autoptr (DomainCpu) found = NULL;
  CpuFacts facts;

  if (host_cpu_facts (&facts))
    found = cpu_find_model (&facts, &search, NULL);
  if (found == NULL)
    return;
  cpu->cpu.model = g_steal_pointer (&found->model);
  cpu->cpu.vendor = g_steal_pointer (&found->vendor);
  for (unsigned int i = 0; i < found->features.n; i++)
    cpu_set_policy (&cpu->cpu, found->features.items[i]->name, CPU_POLICY_ABSENT);
  cpu->signature = facts.signature;
  cpu->microcode = host->microcode != NULL ? (unsigned int) g_ascii_strtoull (host->microcode, NULL, 0) : 0;
  cpu->tsc_frequency = info.tsc_khz * 1000;
  if (info.tsc_khz != 0)
    cpu->tsc_scaling = info.tsc_scaling ? TRI_YES : TRI_NO;
}

Cpu *
host_cpu_describe (void)
{
  Cpu *cpu = xml_new (&cpu_schema);
  unsigned int n, bits = host_cpu_model ()->physical_bits;
  const unsigned int *sizes = host_page_sizes (&n);
  HostNodeInfo node;

  cpu->arch = g_strdup (host_arch ());
  describe_model (cpu);
  if (host_node_info (&node, NULL))
    {
      cpu->cpu.topology.sockets = node.sockets;
      cpu->cpu.topology.dies = 1;
      cpu->cpu.topology.cores = node.cores;
      cpu->cpu.topology.threads = node.threads;
    }
  if (bits != 0)
    {
      cpu->cpu.address_mode = CPU_ADDRESS_MODE_EMULATE;
      cpu->cpu.address_bits = bits;
    }
  for (unsigned int i = 0; i < n; i++)
    {
      CpuPages *pages = g_new0 (CpuPages, 1);

      pages->size = sizes[i];
      xml_list_append (&cpu->pages, pages);
    }
  return cpu;
}
