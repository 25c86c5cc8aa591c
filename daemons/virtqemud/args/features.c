/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What <features> asks of the machine. */
#include "args/machine.h"

static void
append_word (GString *out, const char *name, const char *word)
{
  if (word != NULL)
    g_string_append_printf (out, ",%s=%s", name, word);
}

/* Of pseries machines. */
static void
append_power (const DomainFeatures *features, GString *out)
{
  append_word (out, "resize-hpt", xml_enum_name (&hpt_resizing_names, features->hpt_resizing));
  if (features->hpt_max_page_size != 0)
    g_string_append_printf (out, ",cap-hpt-max-page-size=%" G_GUINT64_FORMAT "k", features->hpt_max_page_size);
  append_tristate (out, "cap-htm", features->htm);
  append_tristate (out, "cap-nested-hv", features->nested_hv);
  append_tristate (out, "cap-ccf-assist", features->ccf_assist);
  append_word (out, "cap-cfpc", xml_enum_name (&mitigation_names, features->cfpc));
  append_word (out, "cap-sbbc", xml_enum_name (&mitigation_names, features->sbbc));
  append_word (out, "cap-ibs", xml_enum_name (&ibs_names, features->ibs));
}

/* The oldest processor whose programs a pseries guest runs. */
static void
append_compatibility (const Builder *b, GString *out)
{
  const DomainCpu *cpu = b->domain->cpu;

  if (cpu != NULL && cpu->mode == CPU_MODE_HOST_MODEL && cpu->model != NULL && g_str_has_prefix (b->domain->os.arch, "ppc64"))
    g_string_append_printf (out, ",max-cpu-compat=%s", cpu->model);
}

void
append_features (const Builder *b, GString *out)
{
  const DomainFeatures *features = &b->domain->features;

  append_tristate (out, "vmport", features->vmport);
  append_tristate (out, "smm", features->smm);
  if (features->ioapic != IOAPIC_DRIVER_ABSENT)
    append_word (out, "kernel_irqchip", features->ioapic == IOAPIC_DRIVER_QEMU ? "split" : "on");
  if (features->gic)
    append_word (out, "gic-version", xml_enum_name (&gic_version_names, features->gic_version));
  append_power (features, out);
  append_compatibility (b, out);
  append_tristate (out, "ras", features->ras);
  append_word (out, "aia", xml_enum_name (&aia_names, features->aia));
  append_tristate (out, "i8042", features->ps2);
}
