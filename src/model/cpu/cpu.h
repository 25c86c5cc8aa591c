/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu.h: the <cpu> document by itself, as the calls about processors take and give it.
 *
 * One that names an architecture describes a host: what it has. Any other is a guest's,
 * as in a domain: what it wants. model/cpu/rules.h says what the two have to do with
 * each other. */
#pragma once

#include "model/cpu/map.h"
#include "model/domain/cpu.h"
#include "xml/xml.h"

typedef struct { uint64_t size; } CpuPages;     /* KiB */

typedef struct
{
  char *arch;                   /* NULL: a guest's */
  struct { bool pae, nonpae, vmx, svm; } xen;   /* what hosts of old hypervisors tell */
  DomainCpu cpu;                /* a host's features have no policy */
  unsigned int microcode;       /* 0: absent, as the rest is in a guest's */
  CpuSignature signature;       /* all UINT_MAX: absent */
  uint64_t tsc_frequency;       /* Hz */
  Tristate tsc_scaling;
  XML_LIST (CpuPages) pages;
} Cpu;

/* Either kind; a host's only, as capabilities have it. */
extern const XmlSchema cpu_schema, cpu_named_host_schema;

/* The same of a host that tells of itself: it may have a processor that has no name. */
extern const XmlSchema cpu_of_host_schema;

static inline void
cpu_free (Cpu *cpu)
{
  xml_free (&cpu_schema, cpu);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Cpu, cpu_free)

/* Reads either kind. Errors: VIR_ERR_XML_DETAIL, VIR_ERR_XML_ERROR, VIR_ERR_CONFIG_UNSUPPORTED from VIR_FROM_CPU. */
Cpu *cpu_parse (const char *text, size_t length, unsigned int parse_flags, GError **error);

/* The document of a guest's CPU. Caller frees. */
char *cpu_format_guest (const DomainCpu *cpu);

/* A guest's CPU: frees it. */
void cpu_free_guest (DomainCpu *cpu);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DomainCpu, cpu_free_guest)

/* A deep copy, topology and NUMA included. */
DomainCpu *cpu_copy_guest (const DomainCpu *cpu);

/* What a guest's CPU says of a feature, or NULL. Borrowed. */
DomainCpuFeature *cpu_find_policy (const DomainCpu *cpu, const char *feature);

/* Says @policy of a feature, instead of what was said of it. */
void cpu_set_policy (DomainCpu *cpu, const char *feature, DomainCpuPolicy policy);

/* Takes back all that is said of features; or of one. */
void cpu_clear_policies (DomainCpu *cpu);
void cpu_remove_policy (DomainCpu *cpu, const char *feature);

/* Puts the features in the order of their names. */
void cpu_sort_policies (DomainCpu *cpu);

/* Gives @to the model of @from, its vendor and features; features that both name get @from's policy, REQUIRE if it
 * has none. */
void cpu_copy_model (DomainCpu *to, const DomainCpu *from);

/* What CPUID and the model specific registers hold. */
typedef struct { unsigned int leaf, subleaf, regs[4]; } CpuidLeaf;
typedef struct { unsigned int index, low, high; } CpuMsr;
typedef struct
{
  char *arch;
  XML_LIST (CpuidLeaf) leaves;
  XML_LIST (CpuMsr) msrs;
} CpuData;

extern const XmlSchema cpu_data_schema;
