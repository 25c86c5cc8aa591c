/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/caps.h"

#include <string.h>

#include "host/cpu.h"
#include "security/security.h"
#include "util/error.h"
#include "util/host.h"

/* A new item of @list_ (pointer to an XML_LIST), which owns it. */
#define APPEND(list_, schema_)                                                   \
  ({                                                                             \
    __typeof__ (*(list_)->items) new__ = xml_new (&(schema_));                   \
    xml_list_append (list_, new__);                                              \
    new__;                                                                       \
  })

#define CPU_LIMIT 16384

/* --- the host ----------------------------------------------------------------------------- */

static CapabilityPower *
make_power (void)
{
  CapabilityPower *power = xml_new (&capability_power_schema);
  unsigned int supported = host_suspend_modes ();

  power->suspend_mem = supported & HOST_SUSPEND_MEM;
  power->suspend_disk = supported & HOST_SUSPEND_DISK;
  power->suspend_hybrid = supported & HOST_SUSPEND_HYBRID;
  return power;
}

static void
fill_threads (CapabilityCell *document, const HostCell *cell)
{
  for (unsigned int i = 0; i < cell->n_cpus; i++)
    {
      const HostCpu *cpu = &cell->cpus[i];
      CapabilityThread *thread = APPEND (&document->threads, capability_thread_schema);

      thread->id = cpu->id;
      if (!cpu->online)
        continue;
      thread->socket = cpu->socket;
      thread->die = cpu->die;
      thread->core = cpu->core;
      thread->siblings = xml_bitmap_parse (cpu->siblings, CPU_LIMIT);
    }
}

static void
fill_cell (CapabilityCell *document, const HostCell *cell)
{
  unsigned int n;
  const unsigned int *sizes = host_page_sizes (&n);

  document->id = cell->id;
  document->memory = cell->memory_kib;
  for (unsigned int i = 0; i < n; i++)
    {
      uint64_t total, available;

      if (!host_pages ((int) cell->id, sizes[i], &total, &available, NULL))
        continue;
      CapabilityPages *pages = APPEND (&document->pages, capability_pages_schema);
      pages->size = sizes[i];
      pages->count = total;
    }
  for (unsigned int i = 0; i < cell->n_distances; i++)
    {
      DomainNumaDistance *distance = g_new0 (DomainNumaDistance, 1);

      distance->id = cell->distances[i].cell;
      distance->value = cell->distances[i].value;
      xml_list_append (&document->distances, distance);
    }
  fill_threads (document, cell);
}

static CapabilityTopology *
make_topology (void)
{
  CapabilityTopology *topology = xml_new (&capability_topology_schema);
  unsigned int n;
  const HostCell *cells = host_cells (&n);

  for (unsigned int i = 0; i < n; i++)
    fill_cell (APPEND (&topology->cells, capability_cell_schema), &cells[i]);
  return topology;
}

static void
fill_caches (HostCaps *document)
{
  unsigned int n;
  const HostCache *caches = host_caches (&n);

  for (unsigned int i = 0; i < n; i++)
    {
      CapabilityCacheBank *bank = APPEND (&document->cache_banks, capability_cache_bank_schema);
      bool mib = caches[i].size_kib % 1024 == 0;

      bank->id = caches[i].id;
      bank->level = caches[i].level;
      bank->type = xml_enum_value (&capability_cache_names, caches[i].type);
      bank->size = mib ? caches[i].size_kib / 1024 : caches[i].size_kib;
      bank->unit = g_strdup (mib ? "MiB" : "KiB");
      bank->cpus = xml_bitmap_parse (caches[i].cpus, CPU_LIMIT);
    }
}

static void
add_base_label (CapabilitySecmodel *secmodel, const SecurityDriver *driver, const QemuConfig *config, const char *type, bool kvm)
{
  char *text = driver->base_label != NULL ? driver->base_label (config, kvm) : NULL;
  CapabilityBaselabel *label;

  if (text == NULL)
    return;
  label = APPEND (&secmodel->labels, capability_baselabel_schema);
  label->type = g_strdup (type);
  label->label = text;
}

static void
add_secmodel (HostCaps *document, const char *model, const char *doi, const SecurityDriver *driver, const QemuConfig *config)
{
  CapabilitySecmodel *secmodel = APPEND (&document->secmodels, capability_secmodel_schema);

  secmodel->model = g_strdup (model);
  secmodel->doi = g_strdup (doi);
  if (driver == NULL)
    return;
  add_base_label (secmodel, driver, config, "kvm", true);
  add_base_label (secmodel, driver, config, "qemu", false);
}

/* Where nothing confines guests, that is said first. */
static void
fill_labels (HostCaps *document, const QemuConfig *config)
{
  const SecurityDriver *const *drivers = security_drivers (config);

  if (drivers[0] == NULL || drivers[0]->model == SECURITY_DAC)
    add_secmodel (document, "none", "0", NULL, config);
  for (unsigned int i = 0; drivers[i] != NULL; i++)
    add_secmodel (document, drivers[i]->name, drivers[i]->doi, drivers[i], config);
}

static CapabilityMigration *
make_migration (void)
{
  static const char *const transports[] = { "tcp", "rdma" };
  CapabilityMigration *migration = xml_new (&capability_migration_schema);

  migration->live = true;
  for (unsigned int i = 0; i < G_N_ELEMENTS (transports); i++)
    APPEND (&migration->transports, capability_text_schema)->text = g_strdup (transports[i]);
  return migration;
}

/* --- guests ------------------------------------------------------------------------------------- */

static void
add_machine (CapabilityArch *arch, const QemuMachine *machine)
{
  CapabilityMachine *item = APPEND (&arch->machines, capability_machine_schema);

  item->max_cpus = machine->max_cpus;
  item->deprecated = machine->deprecated ? TRI_YES : TRI_ABSENT;
  item->name = g_strdup (machine->name);
  if (machine->alias == NULL)
    return;
  item = APPEND (&arch->machines, capability_machine_schema);
  item->canonical = g_strdup (machine->name);
  item->max_cpus = machine->max_cpus;
  item->name = g_strdup (machine->alias);
}

static bool
is_x86 (const char *arch)
{
  return g_str_equal (arch, "x86_64") || g_str_equal (arch, "i686");
}

static void
fill_features (CapabilityGuest *guest, const char *arch)
{
  const struct { bool is_there; CapabilityGuestFeature feature; } features[] = {
    { g_str_equal (arch, "i686"), { CAPABILITY_GUEST_PAE, TRI_ABSENT, TRI_ABSENT } },
    { g_str_equal (arch, "i686"), { CAPABILITY_GUEST_NONPAE, TRI_ABSENT, TRI_ABSENT } },
    { is_x86 (arch) || g_str_equal (arch, "aarch64"), { CAPABILITY_GUEST_ACPI, TRI_YES, TRI_YES } },
    { is_x86 (arch), { CAPABILITY_GUEST_APIC, TRI_YES, TRI_NO } },
    { true, { CAPABILITY_GUEST_CPU_SELECTION, TRI_ABSENT, TRI_ABSENT } },
    { true, { CAPABILITY_GUEST_DEVICE_BOOT, TRI_ABSENT, TRI_ABSENT } },
    { true, { CAPABILITY_GUEST_DISK_SNAPSHOT, TRI_YES, TRI_NO } },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (features); i++)
    if (features[i].is_there)
      *APPEND (&guest->features, capability_guest_feature_schema) = features[i].feature;
}

static CapabilityArch *
make_arch (const char *name, const char *binary, const QemuCaps *caps)
{
  static const char *const wide[] = { "64", "alpha", "s390x", NULL };
  const QemuMachine *first = qemu_caps_default_machine (caps);
  CapabilityArch *arch = xml_new (&capability_arch_schema);

  arch->name = g_strdup (name);
  arch->word_size = 32;
  for (unsigned int i = 0; wide[i] != NULL; i++)
    if (strstr (name, wide[i]) != NULL)
      arch->word_size = 64;
  arch->emulator = g_strdup (binary);
  if (first != NULL)
    add_machine (arch, first);
  for (unsigned int i = 0; i < caps->machines->len; i++)
    {
      const QemuMachine *machine = caps->machines->pdata[i];

      if (machine != first && !g_str_equal (machine->name, "none"))
        add_machine (arch, machine);
    }
  APPEND (&arch->domains, capability_domain_schema)->type = VIRT_TYPE_QEMU;
  if (caps->accel[QEMU_ACCEL_KVM])
    APPEND (&arch->domains, capability_domain_schema)->type = VIRT_TYPE_KVM;
  return arch;
}

void
host_caps_add_guest (HostCaps *document, const char *arch, const char *binary, const QemuCaps *caps)
{
  CapabilityGuest *guest = APPEND (&document->guests, capability_guest_schema);

  guest->os_type = OS_TYPE_HVM;
  guest->arch = make_arch (arch, binary, caps);
  fill_features (guest, arch);
}

/* A binary that cannot be asked is left out, as is one that vanished. */
static void
fill_guests (HostCaps *document)
{
  g_autofree const char **archs = qemu_list_archs ();

  for (unsigned int i = 0; archs[i] != NULL; i++)
    {
      g_autofree char *binary = qemu_find_binary (archs[i]);
      g_autoptr (QemuCaps) caps = binary != NULL ? qemu_caps_get (binary, NULL) : NULL;

      if (caps != NULL)
        host_caps_add_guest (document, archs[i], binary, caps);
    }
}

char *
host_caps_format (const QemuConfig *config, GError **error)
{
  HostCaps *document = xml_new (&host_capabilities_schema);
  char *text;

  memcpy (document->uuid, host_uuid (), sizeof (document->uuid));
  document->cpu = host_cpu_describe ();
  document->power = make_power ();
  document->iommu = host_has_iommu () ? TRI_YES : TRI_NO;
  document->migration = make_migration ();
  document->topology = make_topology ();
  fill_caches (document);
  fill_labels (document, config);
  fill_guests (document);
  text = xml_format (&host_capabilities_schema, document, 0);
  xml_free (&host_capabilities_schema, document);
  return text;
}
