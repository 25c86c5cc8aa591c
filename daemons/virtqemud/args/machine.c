/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Name, machine, accelerator, processor, memory, firmware, clock and boot. */
#include "args/private.h"

#include <string.h>
#include <time.h>

#include "model/cpu/map.h"
#include "util/error.h"
#include "util/uuid.h"

static const char *
on_off (bool on)
{
  return on ? "on" : "off";
}

static void
append_tristate (GString *out, const char *name, Tristate value)
{
  if (value != TRI_ABSENT)
    g_string_append_printf (out, ",%s=%s", name, on_off (value == TRI_YES));
}

/* --- processor ---------------------------------------------------------------------- */

static void
append_feature (GString *out, const DomainCpuFeature *feature)
{
  g_autofree char *name = cpu_feature_to_qemu (feature->name);

  g_string_append_printf (out, ",%s=%s", name,
                          on_off (feature->policy != CPU_POLICY_DISABLE && feature->policy != CPU_POLICY_FORBID));
}

static bool
append_cpu_model (Builder *b, GString *out, GError **error)
{
  const DomainCpu *cpu = b->domain->cpu;
  bool kvm = b->domain->type == VIRT_TYPE_KVM;

  switch (cpu != NULL ? cpu->mode : CPU_MODE_ABSENT)
    {
    case CPU_MODE_HOST_PASSTHROUGH:
      if (!kvm)
        return unsupported (error, "CPU mode 'host-passthrough' needs KVM: '%s' domain '%s' cannot have it",
                            xml_enum_name (&virt_type_names, b->domain->type), b->domain->name);
      g_string_append (out, "host");
      append_tristate (out, "migratable", cpu->migratable ?: TRI_ABSENT);
      return true;
    case CPU_MODE_MAXIMUM:
      g_string_append (out, "max");
      append_tristate (out, "migratable", kvm ? cpu->migratable : TRI_ABSENT);
      return true;
    case CPU_MODE_HOST_MODEL:
      return unsupported (error, "CPU mode 'host-model' of domain '%s' was not turned into a model", b->domain->name);
    default:
      if (cpu != NULL && cpu->model != NULL)
        g_string_append (out, cpu->model);
      return true;
    }
}

static void
append_cpu_extras (Builder *b, GString *out)
{
  const DomainCpu *cpu = b->domain->cpu;

  if (cpu == NULL)
    return;
  if (cpu->vendor_id != NULL)
    g_string_append_printf (out, ",vendor=%s", cpu->vendor_id);
  for (unsigned int i = 0; i < cpu->features.n; i++)
    append_feature (out, cpu->features.items[i]);
}

static void
append_cpu_timers (Builder *b, GString *out)
{
  for (unsigned int i = 0; i < b->domain->clock.timers.n; i++)
    {
      const DomainTimer *timer = b->domain->clock.timers.items[i];

      if (timer->name == TIMER_NAME_KVMCLOCK)
        append_tristate (out, "kvmclock", timer->present);
      else if (timer->name == TIMER_NAME_HYPERVCLOCK && timer->present == TRI_YES)
        g_string_append (out, ",hv-time=on");
      else if (timer->name == TIMER_NAME_TSC && timer->frequency != 0)
        g_string_append_printf (out, ",tsc-frequency=%" G_GUINT64_FORMAT, timer->frequency);
    }
}

static void
append_hyperv (GString *out, const DomainHyperv *hyperv)
{
  const struct { const char *name; Tristate value; } flags[] = {
    { "hv-relaxed", hyperv->relaxed }, { "hv-vapic", hyperv->vapic }, { "hv-vpindex", hyperv->vpindex },
    { "hv-runtime", hyperv->runtime }, { "hv-synic", hyperv->synic }, { "hv-stimer", hyperv->stimer },
    { "hv-reset", hyperv->reset }, { "hv-frequencies", hyperv->frequencies },
    { "hv-reenlightenment", hyperv->reenlightenment }, { "hv-tlbflush", hyperv->tlbflush },
    { "hv-ipi", hyperv->ipi }, { "hv-evmcs", hyperv->evmcs }, { "hv-avic", hyperv->avic },
  };

  if (hyperv->mode == HYPERV_MODE_PASSTHROUGH)
    g_string_append (out, ",hv-passthrough=on");
  for (unsigned int i = 0; i < G_N_ELEMENTS (flags); i++)
    if (flags[i].value == TRI_YES)
      {
        g_string_append_printf (out, ",%s=on", flags[i].name);
        if (g_str_equal (flags[i].name, "hv-stimer") && hyperv->stimer_direct == TRI_YES)
          g_string_append (out, ",hv-stimer-direct=on");
      }
  if (hyperv->spinlocks == TRI_YES)
    g_string_append_printf (out, ",hv-spinlocks=0x%x", hyperv->spinlocks_retries);
  if (hyperv->vendor_id == TRI_YES && hyperv->vendor_id_value != NULL)
    g_string_append_printf (out, ",hv-vendor-id=%s", hyperv->vendor_id_value);
}

static void
append_cpu_features (Builder *b, GString *out)
{
  const DomainFeatures *features = &b->domain->features;
  const DomainKvm *kvm = features->kvm;

  append_tristate (out, "kvm-pv-eoi", features->apic ? features->apic_eoi : TRI_ABSENT);
  append_tristate (out, "kvm-pv-unhalt", features->pvspinlock);
  if (features->hyperv != NULL)
    append_hyperv (out, features->hyperv);
  for (unsigned int i = 0; i < b->domain->panics.n; i++)
    if (b->domain->panics.items[i]->model == PANIC_MODEL_HYPERV)
      g_string_append (out, ",hv-crash");
  if (kvm != NULL)
    {
      if (kvm->hidden == TRI_YES)
        g_string_append (out, ",kvm=off");
      if (kvm->hint_dedicated == TRI_YES)
        g_string_append (out, ",kvm-hint-dedicated=on");
      if (kvm->poll_control == TRI_YES)
        g_string_append (out, ",kvm-poll-control=on");
      if (kvm->pv_ipi == TRI_NO)
        g_string_append (out, ",kvm-pv-ipi=off");
    }
  append_tristate (out, "pmu", features->pmu);
}

static bool
append_cpu_cache (Builder *b, GString *out, GError **error)
{
  const DomainCpu *cpu = b->domain->cpu;
  bool host = cpu != NULL && cpu->mode == CPU_MODE_HOST_PASSTHROUGH;

  switch (cpu != NULL ? cpu->cache_mode : CPU_CACHE_MODE_ABSENT)
    {
    case CPU_CACHE_MODE_EMULATE:
      g_string_append (out, ",l3-cache=on");
      if (host)
        g_string_append (out, ",host-cache-info=off");
      break;
    case CPU_CACHE_MODE_PASSTHROUGH:
      if (!host)
        return unsupported (error, "CPU cache mode 'passthrough' needs CPU mode 'host-passthrough'");
      g_string_append (out, ",host-cache-info=on,l3-cache=off");
      break;
    case CPU_CACHE_MODE_DISABLE:
      g_string_append (out, ",l3-cache=off");
      if (host)
        g_string_append (out, ",host-cache-info=off");
      break;
    default:
      break;
    }
  if (cpu != NULL && cpu->address_mode == CPU_ADDRESS_MODE_PASSTHROUGH)
    g_string_append (out, ",host-phys-bits=on");
  else if (cpu != NULL && cpu->address_bits != 0)
    g_string_append_printf (out, ",phys-bits=%u", cpu->address_bits);
  return true;
}

static bool
build_cpu (Builder *b, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GString) extras = g_string_new (NULL);

  if (!append_cpu_model (b, out, error))
    return false;
  append_cpu_extras (b, extras);
  append_cpu_timers (b, extras);
  append_cpu_features (b, extras);
  if (!append_cpu_cache (b, extras, error))
    return false;
  if (out->len == 0 && extras->len > 0)
    g_string_append (out, g_str_equal (b->domain->os.arch, "i686") ? "qemu32" : "qemu64");
  if (out->len > 0)
    add_option (b, "-cpu", "%s%s", out->str, extras->str);
  return true;
}

/* --- machine ------------------------------------------------------------------------- */

/* The id of the memory backend, NULL: the machine makes its own memory. */
static const char *
ram_id (Builder *b)
{
  const QemuMachine *machine = qemu_caps_machine (b->context->caps, b->domain->os.machine);

  return machine != NULL ? machine->default_ram_id : NULL;
}

static bool
timer_is_absent (Builder *b, DomainTimerName name)
{
  for (unsigned int i = 0; i < b->domain->clock.timers.n; i++)
    if (b->domain->clock.timers.items[i]->name == name)
      return b->domain->clock.timers.items[i]->present == TRI_NO;
  return false;
}

static void
build_machine_option (Builder *b)
{
  const Domain *domain = b->domain;
  const DomainFeatures *features = &domain->features;
  g_autoptr (GString) out = g_string_new (domain->os.machine);
  bool dump = domain->dump_core == TRI_ABSENT ? b->context->config->dump_guest_core : domain->dump_core == TRI_YES;

  g_string_append (out, ",usb=off");
  append_tristate (out, "vmport", features->vmport);
  append_tristate (out, "smm", features->smm);
  if (features->ioapic != IOAPIC_DRIVER_ABSENT)
    g_string_append (out, features->ioapic == IOAPIC_DRIVER_QEMU ? ",kernel_irqchip=split" : ",kernel_irqchip=on");
  g_string_append_printf (out, ",dump-guest-core=%s", on_off (dump));
  append_machine_devices (b, out);
  if (ram_id (b) != NULL)
    g_string_append_printf (out, ",memory-backend=%s", ram_id (b));
  if (domain->os.loader.path != NULL && domain->os.loader.type == LOADER_TYPE_PFLASH)
    {
      g_string_append (out, ",pflash0=libvirt-pflash0-format");
      if (domain->os.nvram != NULL)
        g_string_append (out, ",pflash1=libvirt-pflash1-format");
    }
  if (b->context->caps->version >= 8000000 && timer_is_absent (b, TIMER_NAME_HPET))
    g_string_append (out, ",hpet=off");
  if (b->context->caps->version >= 9000000 && !features->acpi)
    g_string_append (out, ",acpi=off");
  add_option (b, "-machine", "%s", out->str);
}

static bool
build_accel (Builder *b, GError **error)
{
  const DomainKvm *kvm = b->domain->features.kvm;

  switch (b->domain->type)
    {
    case VIRT_TYPE_QEMU:
      add_option (b, "-accel", "tcg");
      return true;
    case VIRT_TYPE_KVM:
      if (!b->context->caps->accel[QEMU_ACCEL_KVM])
        return unsupported (error, "domain '%s' needs KVM, which %s cannot use on this host", b->domain->name,
                            b->context->caps->binary);
      if (kvm != NULL && kvm->dirty_ring == TRI_YES)
        add_option (b, "-accel", "kvm,dirty-ring-size=%u", kvm->dirty_ring_size);
      else
        add_option (b, "-accel", "kvm");
      return true;
    default:
      return unsupported (error, "domains of type '%s' are not run by QEMU",
                          xml_enum_name (&virt_type_names, b->domain->type));
    }
}

static void
build_memory (Builder *b)
{
  const Domain *domain = b->domain;
  uint64_t mib = (domain->memory + 1023) / 1024;
  const char *id = ram_id (b);

  if (domain->max_memory != 0)
    add_option (b, "-m", "size=%" G_GUINT64_FORMAT "k,slots=%u,maxmem=%" G_GUINT64_FORMAT "k", mib * 1024,
                domain->memory_slots, domain->max_memory);
  else
    add_option (b, "-m", "%" G_GUINT64_FORMAT, mib);
  if (id != NULL)
    {
      json_t *ram = object_new ("memory-backend-ram", "", id);

      set_int (ram, "size", (int64_t) (mib << 20));
      add_part (b, QEMU_OBJECT, ram);
    }
}

static void
build_smp (Builder *b)
{
  const Domain *domain = b->domain;
  const DomainCpu *cpu = domain->cpu;
  unsigned int now = domain_vcpus_now (domain);
  g_autoptr (GString) out = g_string_new (NULL);

  g_string_append_printf (out, "%u", now);
  if (now != domain->vcpus_max)
    g_string_append_printf (out, ",maxcpus=%u", domain->vcpus_max);
  if (cpu != NULL && cpu->topology.sockets != 0)
    g_string_append_printf (out, ",sockets=%u,dies=%u,cores=%u,threads=%u", cpu->topology.sockets,
                            MAX (cpu->topology.dies, 1), cpu->topology.cores, cpu->topology.threads);
  else
    g_string_append_printf (out, ",sockets=%u,cores=1,threads=1", domain->vcpus_max);
  add_option (b, "-smp", "%s", out->str);
}

static void
build_name (Builder *b)
{
  g_autofree char *name = escape_commas (b->domain->name);

  if (b->context->config->set_process_name)
    add_option (b, "-name", "guest=%s,process=qemu:%s,debug-threads=on", name, name);
  else
    add_option (b, "-name", "guest=%s,debug-threads=on", name);
}

static void
build_master_key (Builder *b)
{
  json_t *key = object_new ("secret", "", "masterKey0");

  set_string (key, "format", "raw");
  set_format (key, "file", "%s/master-key.aes", b->context->lib_dir);
  add_part (b, QEMU_OBJECT, key);
}

static void
build_iothread (Builder *b, unsigned int id)
{
  json_t *thread = json_object ();

  set_string (thread, "qom-type", "iothread");
  set_format (thread, "id", "iothread%u", id);
  add_part (b, QEMU_OBJECT, thread);
}

static bool
has_iothread (const Domain *domain, unsigned int id)
{
  for (unsigned int i = 0; i < domain->iothread_ids.n; i++)
    if (domain->iothread_ids.items[i]->id == id)
      return true;
  return false;
}

/* Those with ids, and as many more as the number says, with the lowest ids that are free. */
static void
build_iothreads (Builder *b)
{
  unsigned int missing = b->domain->iothreads > b->domain->iothread_ids.n
                           ? b->domain->iothreads - b->domain->iothread_ids.n : 0;

  for (unsigned int i = 0; i < b->domain->iothread_ids.n; i++)
    build_iothread (b, b->domain->iothread_ids.items[i]->id);
  for (unsigned int id = 1; missing > 0; id++)
    if (!has_iothread (b->domain, id))
      {
        build_iothread (b, id);
        missing--;
      }
}

bool
build_machine (Builder *b, GError **error)
{
  char uuid[UUID_TEXT_SIZE];
  const DomainOs *os = &b->domain->os;

  build_name (b);
  add_flag (b, "-S");
  build_master_key (b);
  if (!build_pflash (b, error))
    return false;
  build_machine_option (b);
  if (!build_accel (b, error) || !build_cpu (b, error))
    return false;
  if (os->loader.secure == TRI_YES)
    add_option (b, "-global", "driver=cfi.pflash01,property=secure,value=on");
  if (os->loader.path != NULL && os->loader.type == LOADER_TYPE_ROM)
    add_option (b, "-bios", "%s", os->loader.path);
  build_memory (b);
  add_option (b, "-overcommit", "mem-lock=off");
  build_smp (b);
  build_iothreads (b);
  add_option (b, "-uuid", "%s", uuid_format (b->domain->uuid, uuid));
  if (os->smbios == SMBIOS_MODE_HOST || os->smbios == SMBIOS_MODE_SYSINFO)
    return unsupported (error, "<smbios mode='%s'/> is not supported", xml_enum_name (&smbios_mode_names, os->smbios));
  return true;
}

/* --- clock ----------------------------------------------------------------------------- */

/* "base=" of a guest whose clock was set once to another time than the host's. */
static bool
rtc_base (Builder *b, char **ret_base, GError **error)
{
  const DomainClock *clock = &b->domain->clock;
  time_t now = time (NULL);
  struct tm parts;

  switch (clock->offset)
    {
    case CLOCK_OFFSET_LOCALTIME:
      *ret_base = g_strdup ("localtime");
      return true;
    case CLOCK_OFFSET_VARIABLE:
      now += clock->adjustment != NULL ? (time_t) g_ascii_strtoll (clock->adjustment, NULL, 10) : 0;
      if (clock->basis == CLOCK_BASIS_LOCALTIME)
        {
          localtime_r (&now, &parts);
          now += parts.tm_gmtoff;
        }
      break;
    case CLOCK_OFFSET_ABSOLUTE:
      now = (time_t) clock->start;
      break;
    case CLOCK_OFFSET_TIMEZONE:     /* its TZ is in the environment */
      *ret_base = g_strdup ("localtime");
      return true;
    default:
      *ret_base = g_strdup ("utc");
      return true;
    }
  if (gmtime_r (&now, &parts) == NULL)
    return unsupported (error, "the clock of domain '%s' is beyond what can be set", b->domain->name);
  *ret_base = g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                               parts.tm_hour, parts.tm_min, parts.tm_sec);
  return true;
}

static bool
build_rtc (Builder *b, GError **error)
{
  g_autofree char *base = NULL;
  const char *drift = "", *track = "";

  if (!rtc_base (b, &base, error))
    return false;
  for (unsigned int i = 0; i < b->domain->clock.timers.n; i++)
    {
      const DomainTimer *timer = b->domain->clock.timers.items[i];

      if (timer->name != TIMER_NAME_RTC)
        continue;
      if (timer->track == TIMER_TRACK_GUEST)
        track = ",clock=vm";
      else if (timer->track == TIMER_TRACK_WALL)
        track = ",clock=host";
      else if (timer->track == TIMER_TRACK_REALTIME)
        track = ",clock=rt";
      if (timer->tickpolicy == TIMER_TICK_CATCHUP)
        drift = ",driftfix=slew";
      else if (timer->tickpolicy == TIMER_TICK_MERGE || timer->tickpolicy == TIMER_TICK_DISCARD)
        return unsupported (error, "timer 'rtc' cannot have tickpolicy '%s'",
                            xml_enum_name (&timer_tick_names, timer->tickpolicy));
    }
  add_option (b, "-rtc", "base=%s%s%s", base, track, drift);
  return true;
}

static bool
build_timers (Builder *b, GError **error)
{
  for (unsigned int i = 0; i < b->domain->clock.timers.n; i++)
    {
      const DomainTimer *timer = b->domain->clock.timers.items[i];

      if (timer->name == TIMER_NAME_PIT && timer->tickpolicy == TIMER_TICK_MERGE)
        return unsupported (error, "timer 'pit' cannot have tickpolicy 'merge'");
      if (timer->name == TIMER_NAME_PIT && timer->tickpolicy == TIMER_TICK_DELAY
          && qemu_caps_has_prop (b->context->caps, "kvm-pit", "lost_tick_policy"))
        add_option (b, "-global", "kvm-pit.lost_tick_policy=delay");
      else if (timer->name == TIMER_NAME_PIT && timer->tickpolicy == TIMER_TICK_DISCARD
               && qemu_caps_has_prop (b->context->caps, "kvm-pit", "lost_tick_policy"))
        add_option (b, "-global", "kvm-pit.lost_tick_policy=discard");
      else if (timer->name == TIMER_NAME_HPET && timer->present == TRI_NO && b->context->caps->version < 8000000)
        add_flag (b, "-no-hpet");
    }
  return true;
}

/* --- power and boot ---------------------------------------------------------------------- */

static void
build_power (Builder *b)
{
  const char *device = domain_is_q35 (b->domain) ? "ICH9-LPC" : "PIIX4_PM";

  add_flag (b, "-no-shutdown");
  if (!b->domain->features.acpi && b->context->caps->version < 9000000)
    add_flag (b, "-no-acpi");
  if (b->domain->pm_suspend_to_mem != TRI_ABSENT)
    add_option (b, "-global", "%s.disable_s3=%d", device, b->domain->pm_suspend_to_mem == TRI_NO);
  if (b->domain->pm_suspend_to_disk != TRI_ABSENT)
    add_option (b, "-global", "%s.disable_s4=%d", device, b->domain->pm_suspend_to_disk == TRI_NO);
}

static void
build_boot (Builder *b)
{
  const DomainOs *os = &b->domain->os;
  g_autoptr (GString) out = g_string_new (NULL);

  if (os->bootmenu == TRI_YES)
    g_string_append (out, "menu=on,");
  if (os->bootmenu == TRI_YES && os->bootmenu_timeout != UINT_MAX)
    g_string_append_printf (out, "splash-time=%u,", os->bootmenu_timeout);
  if (os->bios_reboot_timeout >= -1)
    g_string_append_printf (out, "reboot-timeout=%d,", os->bios_reboot_timeout);
  add_option (b, "-boot", "%sstrict=on", out->str);

  if (os->kernel != NULL)
    add_option (b, "-kernel", "%s", os->kernel);
  if (os->initrd != NULL)
    add_option (b, "-initrd", "%s", os->initrd);
  if (os->cmdline != NULL)
    add_option (b, "-append", "%s", os->cmdline);
  if (os->dtb != NULL)
    add_option (b, "-dtb", "%s", os->dtb);
}

bool
build_clock_and_boot (Builder *b, GError **error)
{
  if (!build_rtc (b, error) || !build_timers (b, error))
    return false;
  build_power (b);
  build_boot (b);
  if (b->domain->os.bios_useserial == TRI_YES)
    {
      json_t *device = device_new ("sga");

      if (!need_type (b, "sga", "<bios useserial='yes'/>", error))
        {
          json_decref (device);
          return false;
        }
      add_part (b, QEMU_DEVICE, device);
    }
  return true;
}
