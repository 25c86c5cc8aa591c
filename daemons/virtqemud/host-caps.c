/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host-caps.h"

#include <string.h>

#include "host-cpu.h"
#include "qemu-caps.h"
#include "util/error.h"
#include "util/host.h"
#include "util/uuid.h"
#include "xml-text.h"

/* --- the host ----------------------------------------------------------------------------- */

static void
format_cpu (GString *out)
{
  g_autoptr (Cpu) cpu = host_cpu_describe ();

  xml_format_into (&cpu_host_schema, "cpu", cpu, 0, out, 4);
}

static void
format_power (GString *out)
{
  static const struct { unsigned int bit; const char *name; } modes[] = {
    { HOST_SUSPEND_MEM, "suspend_mem" }, { HOST_SUSPEND_DISK, "suspend_disk" },
    { HOST_SUSPEND_HYBRID, "suspend_hybrid" },
  };
  unsigned int supported = host_suspend_modes ();

  if (supported == 0)
    {
      xml_line (out, 2, "<power_management/>");
      return;
    }
  xml_line (out, 2, "<power_management>");
  for (unsigned int i = 0; i < G_N_ELEMENTS (modes); i++)
    if (supported & modes[i].bit)
      xml_line (out, 3, "<%s/>", modes[i].name);
  xml_line (out, 2, "</power_management>");
}

static void
format_cell (GString *out, const HostCell *cell)
{
  unsigned int n;
  const unsigned int *sizes = host_page_sizes (&n);

  xml_line (out, 4, "<cell id='%u'>", cell->id);
  xml_line (out, 5, "<memory unit='KiB'>%" G_GUINT64_FORMAT "</memory>", cell->memory_kib);
  for (unsigned int i = 0; i < n; i++)
    {
      uint64_t total, available;

      if (host_pages ((int) cell->id, sizes[i], &total, &available, NULL))
        xml_line (out, 5, "<pages unit='KiB' size='%u'>%" G_GUINT64_FORMAT "</pages>", sizes[i], total);
    }
  if (cell->n_distances > 0)
    xml_line (out, 5, "<distances>");
  for (unsigned int i = 0; i < cell->n_distances; i++)
    xml_line (out, 6, "<sibling id='%u' value='%u'/>", cell->distances[i].cell, cell->distances[i].value);
  if (cell->n_distances > 0)
    xml_line (out, 5, "</distances>");
  xml_line (out, 5, "<cpus num='%u'>", cell->n_cpus);
  for (unsigned int i = 0; i < cell->n_cpus; i++)
    {
      const HostCpu *cpu = &cell->cpus[i];

      if (cpu->online)
        xml_line (out, 6, "<cpu id='%u' socket_id='%u' die_id='%u' core_id='%u' siblings='%s'/>", cpu->id, cpu->socket,
                  cpu->die, cpu->core, cpu->siblings);
      else
        xml_line (out, 6, "<cpu id='%u'/>", cpu->id);
    }
  xml_line (out, 5, "</cpus>");
  xml_line (out, 4, "</cell>");
}

static void
format_topology (GString *out)
{
  unsigned int n;
  const HostCell *cells = host_cells (&n);
  const HostCache *caches;

  xml_line (out, 2, "<topology>");
  xml_line (out, 3, "<cells num='%u'>", n);
  for (unsigned int i = 0; i < n; i++)
    format_cell (out, &cells[i]);
  xml_line (out, 3, "</cells>");
  xml_line (out, 2, "</topology>");

  caches = host_caches (&n);
  if (n == 0)
    return;
  xml_line (out, 2, "<cache>");
  for (unsigned int i = 0; i < n; i++)
    {
      bool mib = caches[i].size_kib % 1024 == 0;

      xml_line (out, 3, "<bank id='%u' level='%u' type='%s' size='%" G_GUINT64_FORMAT "' unit='%s' cpus='%s'/>",
                caches[i].id, caches[i].level, caches[i].type, mib ? caches[i].size_kib / 1024 : caches[i].size_kib,
                mib ? "MiB" : "KiB", caches[i].cpus);
    }
  xml_line (out, 2, "</cache>");
}

static void
format_labels (GString *out, const QemuConfig *config)
{
  xml_line (out, 2, "<secmodel>");
  xml_line (out, 3, "<model>none</model>");
  xml_line (out, 3, "<doi>0</doi>");
  xml_line (out, 2, "</secmodel>");
  if (config->user == NULL)
    return;
  xml_line (out, 2, "<secmodel>");
  xml_line (out, 3, "<model>dac</model>");
  xml_line (out, 3, "<doi>0</doi>");
  for (unsigned int i = 0; i < 2; i++)
    xml_line (out, 3, "<baselabel type='%s'>+%u:+%u</baselabel>", i == 0 ? "kvm" : "qemu", (unsigned int) config->uid,
              (unsigned int) config->gid);
  xml_line (out, 2, "</secmodel>");
}

static void
format_migration (GString *out)
{
  xml_line (out, 2, "<migration_features>");
  xml_line (out, 3, "<live/>");
  xml_line (out, 3, "<uri_transports>");
  xml_line (out, 4, "<uri_transport>tcp</uri_transport>");
  xml_line (out, 4, "<uri_transport>rdma</uri_transport>");
  xml_line (out, 3, "</uri_transports>");
  xml_line (out, 2, "</migration_features>");
}

/* --- guests ------------------------------------------------------------------------------------- */

static void
format_machine (GString *out, const QemuMachine *machine)
{
  if (machine->deprecated)
    xml_line (out, 3, "<machine maxCpus='%u' deprecated='yes'>%s</machine>", machine->max_cpus, machine->name);
  else
    xml_line (out, 3, "<machine maxCpus='%u'>%s</machine>", machine->max_cpus, machine->name);
  if (machine->alias != NULL)
    xml_line (out, 3, "<machine canonical='%s' maxCpus='%u'>%s</machine>", machine->name, machine->max_cpus,
              machine->alias);
}

static bool
is_x86 (const char *arch)
{
  return g_str_equal (arch, "x86_64") || g_str_equal (arch, "i686");
}

static void
format_features (GString *out, const char *arch)
{
  xml_line (out, 2, "<features>");
  if (g_str_equal (arch, "i686"))
    {
      xml_line (out, 3, "<pae/>");
      xml_line (out, 3, "<nonpae/>");
    }
  if (is_x86 (arch) || g_str_equal (arch, "aarch64"))
    xml_line (out, 3, "<acpi default='on' toggle='yes'/>");
  if (is_x86 (arch))
    xml_line (out, 3, "<apic default='on' toggle='no'/>");
  xml_line (out, 3, "<cpuselection/>");
  xml_line (out, 3, "<deviceboot/>");
  xml_line (out, 3, "<disksnapshot default='on' toggle='no'/>");
  xml_line (out, 2, "</features>");
}

static void
format_guest (GString *out, const char *arch, const char *binary, const QemuCaps *caps)
{
  static const char *const wide[] = { "64", "alpha", "s390x", NULL };
  const QemuMachine *first = qemu_caps_default_machine (caps);
  bool is_wide = false;

  for (unsigned int i = 0; wide[i] != NULL; i++)
    is_wide = is_wide || strstr (arch, wide[i]) != NULL;
  xml_line (out, 1, "<guest>");
  xml_line (out, 2, "<os_type>hvm</os_type>");
  xml_line (out, 2, "<arch name='%s'>", arch);
  xml_line (out, 3, "<wordsize>%d</wordsize>", is_wide ? 64 : 32);
  xml_line (out, 3, "<emulator>%s</emulator>", binary);
  if (first != NULL)
    format_machine (out, first);
  for (unsigned int i = 0; i < caps->machines->len; i++)
    {
      const QemuMachine *machine = caps->machines->pdata[i];

      if (machine != first && !g_str_equal (machine->name, "none"))
        format_machine (out, machine);
    }
  xml_line (out, 3, "<domain type='qemu'/>");
  if (caps->accel[QEMU_ACCEL_KVM])
    xml_line (out, 3, "<domain type='kvm'/>");
  xml_line (out, 2, "</arch>");
  format_features (out, arch);
  xml_line (out, 1, "</guest>");
  g_string_append_c (out, '\n');
}

/* A binary that cannot be asked is left out, as is one that vanished. */
static void
format_guests (GString *out)
{
  g_autofree const char **archs = qemu_list_archs ();

  for (unsigned int i = 0; archs[i] != NULL; i++)
    {
      g_autofree char *binary = qemu_find_binary (archs[i]);
      g_autoptr (QemuCaps) caps = binary != NULL ? qemu_caps_get (binary, NULL) : NULL;

      if (caps != NULL)
        format_guest (out, archs[i], binary, caps);
    }
}

char *
host_caps_format (const QemuConfig *config, GError **error)
{
  GString *out = g_string_new ("<capabilities>\n\n");
  char uuid[UUID_TEXT_SIZE];

  xml_line (out, 1, "<host>");
  xml_line (out, 2, "<uuid>%s</uuid>", uuid_format (host_uuid (), uuid));
  format_cpu (out);
  format_power (out);
  xml_line (out, 2, host_has_iommu () ? "<iommu support='yes'/>" : "<iommu support='no'/>");
  format_migration (out);
  format_topology (out);
  format_labels (out, config);
  xml_line (out, 1, "</host>");
  g_string_append_c (out, '\n');
  format_guests (out);
  g_string_append (out, "</capabilities>\n");
  return g_string_free (out, FALSE);
}
