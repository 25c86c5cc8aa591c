/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/cpu/cpu.h"

#include <stdlib.h>
#include <string.h>

#include "model/domain/tables.h"

Cpu *
cpu_parse (const char *text, size_t length, unsigned int parse_flags, GError **error)
{
  return xml_parse (&cpu_schema, text, length, parse_flags, error);
}

char *
cpu_format_guest (const DomainCpu *cpu)
{
  return xml_format (&domain_cpu_schema, cpu, 0);
}

void
cpu_free_guest (DomainCpu *cpu)
{
  xml_free (&domain_cpu_schema, cpu);
}

DomainCpu *
cpu_copy_guest (const DomainCpu *cpu)
{
  return xml_copy (&domain_cpu_schema, cpu);
}

static unsigned int
find_place (const DomainCpu *cpu, const char *feature)
{
  unsigned int at = 0;

  while (at < cpu->features.n && strcmp (cpu->features.items[at]->name, feature) != 0)
    at++;
  return at;
}

DomainCpuFeature *
cpu_find_policy (const DomainCpu *cpu, const char *feature)
{
  unsigned int at = find_place (cpu, feature);

  return at < cpu->features.n ? cpu->features.items[at] : NULL;
}

void
cpu_set_policy (DomainCpu *cpu, const char *feature, DomainCpuPolicy policy)
{
  DomainCpuFeature *item = cpu_find_policy (cpu, feature);

  if (item == NULL)
    {
      item = g_new0 (DomainCpuFeature, 1);
      item->name = g_strdup (feature);
      xml_list_append (&cpu->features, item);
    }
  item->policy = policy;
}

static void
free_at (DomainCpu *cpu, unsigned int at)
{
  DomainCpuFeature *item = xml_list_steal (&cpu->features, at);

  g_free (item->name);
  g_free (item);
}

void
cpu_remove_policy (DomainCpu *cpu, const char *feature)
{
  unsigned int at = find_place (cpu, feature);

  if (at < cpu->features.n)
    free_at (cpu, at);
}

void
cpu_clear_policies (DomainCpu *cpu)
{
  while (cpu->features.n > 0)
    free_at (cpu, cpu->features.n - 1);
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp ((*(DomainCpuFeature *const *) a)->name, (*(DomainCpuFeature *const *) b)->name);
}

void
cpu_sort_policies (DomainCpu *cpu)
{
  if (cpu->features.n > 0)
    qsort (cpu->features.items, cpu->features.n, sizeof cpu->features.items[0], compare_names);
}

void
cpu_copy_model (DomainCpu *to, const DomainCpu *from)
{
  g_free (to->model);
  to->model = g_strdup (from->model);
  g_free (to->vendor);
  to->vendor = g_strdup (from->vendor);
  for (unsigned int i = 0; i < from->features.n; i++)
    {
      DomainCpuPolicy policy = from->features.items[i]->policy;

      cpu_set_policy (to, from->features.items[i]->name, policy != CPU_POLICY_ABSENT ? policy : CPU_POLICY_REQUIRE);
    }
}
