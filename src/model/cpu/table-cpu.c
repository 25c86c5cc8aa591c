/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-cpu.c: the rows of <cpu> and <cpudata>. */
#include "model/cpu/cpu.h"
#include "model/domain/tables.h"

static const XmlField pages_rows[] = {
  XML_UINT64 (CpuPages, size, "@size", XML_MISSING (CPU, XML_ERROR)),
  XML_END
};
static const XmlSchema pages_schema = XML_SCHEMA (CpuPages, "pages", pages_rows);

static const XmlField cpu_rows[] = {
  XML_STRING (Cpu, arch, "arch"),
  XML_FLAG (Cpu, xen.pae, "features/pae"),
  XML_FLAG (Cpu, xen.nonpae, "features/nonpae"),
  XML_FLAG (Cpu, xen.vmx, "features/vmx"),
  XML_FLAG (Cpu, xen.svm, "features/svm"),
  XML_EMBED (Cpu, cpu, "", domain_cpu_head_rows),
  XML_UINT (Cpu, microcode, "microcode/@version", XML_BAD (CPU, CONFIG_UNSUPPORTED)),
  XML_UINT (Cpu, signature.family, "signature/@family", .absent = -1),
  XML_UINT (Cpu, signature.model, "signature/@model", .absent = -1),
  XML_UINT (Cpu, signature.stepping, "signature/@stepping", .absent = -1),
  XML_UINT64 (Cpu, tsc_frequency, "counter[name=tsc]/@frequency"),
  XML_YES_NO (Cpu, tsc_scaling, "counter[name=tsc]/@scaling"),
  XML_EMBED (Cpu, cpu, "", domain_cpu_tail_rows),
  XML_ITEMS (Cpu, pages, "pages[unit=KiB]", pages_schema),
  XML_END
};

/* What a host has needs no policy. */
static bool
host_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  Cpu *host = object;

  if (host->cpu.mode != CPU_MODE_ABSENT)
    return xml_fail (node, VIR_FROM_CPU, VIR_ERR_CONFIG_UNSUPPORTED, error, "attribute 'mode' is for a guest's CPU only");
  if (host->arch == NULL)
    return xml_fail (node, VIR_FROM_CPU, VIR_ERR_XML_ERROR, error, "element 'arch' is missing");
  if (!domain_cpu_schema.finish (reader, node, &host->cpu, error))
    return false;
  if (!domain_arch_is_known (host->arch))
    return xml_fail (node, VIR_FROM_CPU, VIR_ERR_CONFIG_UNSUPPORTED, error, "no architecture is called '%s'", host->arch);
  if (host->cpu.model == NULL)
    return xml_fail (node, VIR_FROM_CPU, VIR_ERR_XML_ERROR, error, "element 'model' is missing");
  for (unsigned int i = 0; i < host->cpu.features.n; i++)
    host->cpu.features.items[i]->policy = CPU_POLICY_ABSENT;
  host->cpu.mode = CPU_MODE_ABSENT;
  host->cpu.match = CPU_MATCH_ABSENT;
  host->cpu.fallback = CPU_FALLBACK_ABSENT;
  g_clear_pointer (&host->cpu.vendor_id, g_free);
  return true;
}

static bool
cpu_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  Cpu *cpu = object;

  return cpu->arch != NULL ? host_finish (reader, node, cpu, error) : domain_cpu_schema.finish (reader, node, &cpu->cpu, error);
}

const XmlSchema cpu_schema = XML_SCHEMA (Cpu, "cpu", cpu_rows, .finish = cpu_finish, .from = VIR_FROM_CPU);
const XmlSchema cpu_named_host_schema = XML_SCHEMA (Cpu, "cpu", cpu_rows, .finish = host_finish, .from = VIR_FROM_CPU);

static bool
described_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  Cpu *cpu = object;

  for (unsigned int i = 0; i < cpu->cpu.features.n; i++)
    cpu->cpu.features.items[i]->policy = CPU_POLICY_ABSENT;
  return cpu->arch != NULL || xml_fail (node, VIR_FROM_CPU, VIR_ERR_XML_ERROR, error, "element 'arch' is missing");
}

const XmlSchema cpu_of_host_schema = XML_SCHEMA (Cpu, "cpu", cpu_rows, .finish = described_finish, .from = VIR_FROM_CPU);

static const XmlHex number = { "0x%02x", UINT_MAX };
static const XmlHex word = { "0x%08x", UINT_MAX };

static const XmlField leaf_rows[] = {
  XML_HEX (CpuidLeaf, leaf, "@eax_in", word, .absent = -1, XML_MISSING (CPU, XML_ERROR)),
  XML_HEX (CpuidLeaf, subleaf, "@ecx_in", number, .flags = XML_ALWAYS),
  XML_HEX (CpuidLeaf, regs[0], "@eax", word, .flags = XML_ALWAYS),
  XML_HEX (CpuidLeaf, regs[1], "@ebx", word, .flags = XML_ALWAYS),
  XML_HEX (CpuidLeaf, regs[2], "@ecx", word, .flags = XML_ALWAYS),
  XML_HEX (CpuidLeaf, regs[3], "@edx", word, .flags = XML_ALWAYS),
  XML_END
};
static const XmlSchema leaf_schema = XML_SCHEMA (CpuidLeaf, "cpuid", leaf_rows);

static const XmlField msr_rows[] = {
  XML_HEX (CpuMsr, index, "@index", number, XML_MISSING (CPU, XML_ERROR)),
  XML_HEX (CpuMsr, high, "@edx", word, .flags = XML_ALWAYS),
  XML_HEX (CpuMsr, low, "@eax", word, .flags = XML_ALWAYS),
  XML_END
};
static const XmlSchema msr_schema = XML_SCHEMA (CpuMsr, "msr", msr_rows);

static const XmlField data_rows[] = {
  XML_STRING (CpuData, arch, "@arch"),
  XML_ITEMS (CpuData, leaves, "cpuid", leaf_schema),
  XML_ITEMS (CpuData, msrs, "msr", msr_schema),
  XML_END
};
const XmlSchema cpu_data_schema = XML_SCHEMA (CpuData, "cpudata", data_rows, .from = VIR_FROM_CPU);
