/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-domain.c: a domain's own elements. */
#include "model/domain/rules.h"
#include "model/domain/tables.h"
#include "util/uuid.h"

#define ON_OFF(member_, path_) XML_ON_OFF (DomainFeatures, member_, path_, .flags = XML_BARE)

static const XmlField boot_rows[] = {
  XML_ENUM (DomainBoot, dev, "@dev", boot_dev, .flags = XML_REQUIRED),
  XML_END
};
static const XmlSchema boot_schema = XML_SCHEMA (DomainBoot, "boot", boot_rows);

static const XmlField firmware_feature_rows[] = {
  XML_YES_NO (DomainFirmwareFeature, enabled, "@enabled", .flags = XML_REQUIRED),
  XML_ENUM (DomainFirmwareFeature, name, "@name", firmware_feature, .flags = XML_REQUIRED),
  XML_END
};
static const XmlSchema firmware_feature_schema = XML_SCHEMA (DomainFirmwareFeature, "feature", firmware_feature_rows);

static const XmlField os_rows[] = {
  XML_ENUM (Domain, os.firmware, "@firmware", firmware, XML_BAD (DOMAIN, XML_ERROR)),
  XML_STRING (Domain, os.arch, "type/@arch"),
  XML_STRING (Domain, os.machine, "type/@machine"),
  XML_ENUM (Domain, os.type, "type", os_type, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_UNSUPPORTED ("init"),
  XML_UNSUPPORTED ("initarg"),
  XML_UNSUPPORTED ("initenv"),
  XML_UNSUPPORTED ("initdir"),
  XML_UNSUPPORTED ("inituser"),
  XML_UNSUPPORTED ("initgroup"),
  XML_ITEMS (Domain, os.firmware_features, "firmware/feature", firmware_feature_schema),
  XML_YES_NO (Domain, os.loader.readonly, "loader/@readonly"),
  XML_YES_NO (Domain, os.loader.secure, "loader/@secure"),
  XML_ENUM (Domain, os.loader.type, "loader/@type", loader_type),
  XML_YES_NO (Domain, os.loader.stateless, "loader/@stateless"),
  XML_UNSUPPORTED ("loader/@format"),
  XML_STRING (Domain, os.loader.path, "loader"),
  XML_UNSUPPORTED ("nvram/@type"),
  XML_UNSUPPORTED ("nvram/@format"),
  XML_UNSUPPORTED ("nvram/@templateFormat"),
  XML_UNSUPPORTED ("nvram/source"),
  XML_UNSUPPORTED ("varstore"),
  XML_UNSUPPORTED ("shim"),
  XML_STRING (Domain, os.nvram_template, "nvram/@template"),
  XML_STRING (Domain, os.nvram, "nvram"),
  XML_STRING (Domain, os.kernel, "kernel"),
  XML_STRING (Domain, os.initrd, "initrd"),
  XML_STRING (Domain, os.cmdline, "cmdline"),
  XML_STRING (Domain, os.dtb, "dtb"),
  XML_UNSUPPORTED ("root"),
  XML_UNSUPPORTED ("acpi"),
  XML_ITEMS (Domain, os.boot, "boot", boot_schema),
  XML_YES_NO (Domain, os.bootmenu, "bootmenu/@enable"),
  XML_UINT (Domain, os.bootmenu_timeout, "bootmenu/@timeout", .absent = -1, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_ENUM (Domain, os.smbios, "smbios/@mode", smbios_mode, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_YES_NO (Domain, os.bios_useserial, "bios/@useserial", .flags = XML_LENIENT),
  XML_INT (Domain, os.bios_reboot_timeout, "bios/@rebootTimeout", .absent = -2, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_END
};

#define STATE(Type_, member_, name_) XML_ON_OFF (Type_, member_, name_ "/@state")

static const XmlField hyperv_rows[] = {
  XML_ENUM (DomainHyperv, mode, "@mode", hyperv_mode, .absent = HYPERV_MODE_CUSTOM, .flags = XML_ALWAYS),
  STATE (DomainHyperv, relaxed, "relaxed"),
  STATE (DomainHyperv, vapic, "vapic"),
  STATE (DomainHyperv, spinlocks, "spinlocks"),
  XML_UINT (DomainHyperv, spinlocks_retries, "spinlocks/@retries"),
  STATE (DomainHyperv, vpindex, "vpindex"),
  STATE (DomainHyperv, runtime, "runtime"),
  STATE (DomainHyperv, synic, "synic"),
  STATE (DomainHyperv, stimer, "stimer"),
  STATE (DomainHyperv, stimer_direct, "stimer/direct"),
  STATE (DomainHyperv, reset, "reset"),
  STATE (DomainHyperv, vendor_id, "vendor_id"),
  XML_STRING (DomainHyperv, vendor_id_value, "vendor_id/@value"),
  STATE (DomainHyperv, frequencies, "frequencies"),
  STATE (DomainHyperv, reenlightenment, "reenlightenment"),
  STATE (DomainHyperv, tlbflush, "tlbflush"),
  XML_UNSUPPORTED ("tlbflush/direct"),
  XML_UNSUPPORTED ("tlbflush/extended"),
  STATE (DomainHyperv, ipi, "ipi"),
  STATE (DomainHyperv, evmcs, "evmcs"),
  STATE (DomainHyperv, avic, "avic"),
  XML_UNSUPPORTED ("emsr_bitmap"),
  XML_UNSUPPORTED ("xmm_input"),
  XML_END
};
static const XmlSchema hyperv_schema = XML_SCHEMA (DomainHyperv, "hyperv", hyperv_rows);

static const XmlField kvm_rows[] = {
  STATE (DomainKvm, hidden, "hidden"),
  STATE (DomainKvm, hint_dedicated, "hint-dedicated"),
  STATE (DomainKvm, poll_control, "poll-control"),
  STATE (DomainKvm, pv_ipi, "pv-ipi"),
  STATE (DomainKvm, dirty_ring, "dirty-ring"),
  XML_UINT (DomainKvm, dirty_ring_size, "dirty-ring/@size"),
  XML_END
};
static const XmlSchema kvm_schema = XML_SCHEMA (DomainKvm, "kvm", kvm_rows);

static const XmlField feature_rows[] = {
  XML_FLAG (DomainFeatures, acpi, "acpi"),
  XML_FLAG (DomainFeatures, apic, "apic"),
  XML_ON_OFF (DomainFeatures, apic_eoi, "apic/@eoi"),
  XML_FLAG (DomainFeatures, pae, "pae"),
  ON_OFF (hap, "hap/@state"),
  XML_FLAG (DomainFeatures, viridian, "viridian"),
  XML_FLAG (DomainFeatures, privnet, "privnet"),
  XML_CHILD (DomainFeatures, hyperv, "hyperv", hyperv_schema),
  XML_CHILD (DomainFeatures, kvm, "kvm", kvm_schema),
  ON_OFF (pvspinlock, "pvspinlock/@state"),
  ON_OFF (pmu, "pmu/@state"),
  ON_OFF (vmport, "vmport/@state"),
  ON_OFF (smm, "smm/@state"),
  XML_KIB (DomainFeatures, smm_tseg, "smm/tseg"),
  XML_ENUM (DomainFeatures, ioapic, "ioapic/@driver", ioapic_driver),
  ON_OFF (vmcoreinfo, "vmcoreinfo/@state"),
  XML_UNSUPPORTED ("gic"),
  XML_UNSUPPORTED ("hpt"),
  XML_UNSUPPORTED ("htm"),
  XML_UNSUPPORTED ("nested-hv"),
  XML_UNSUPPORTED ("msrs"),
  XML_UNSUPPORTED ("ccf-assist"),
  XML_UNSUPPORTED ("cfpc"),
  XML_UNSUPPORTED ("sbbc"),
  XML_UNSUPPORTED ("ibs"),
  XML_UNSUPPORTED ("tcg"),
  XML_UNSUPPORTED ("xen"),
  XML_UNSUPPORTED ("capabilities"),
  XML_UNSUPPORTED ("async-teardown"),
  XML_END
};

static const XmlField timer_rows[] = {
  XML_ENUM (DomainTimer, name, "@name", timer_name, .flags = XML_REQUIRED),
  XML_YES_NO (DomainTimer, present, "@present"),
  XML_ENUM (DomainTimer, tickpolicy, "@tickpolicy", timer_tick),
  XML_ENUM (DomainTimer, track, "@track", timer_track),
  XML_UINT64 (DomainTimer, frequency, "@frequency"),
  XML_ENUM (DomainTimer, mode, "@mode", timer_mode),
  XML_UINT (DomainTimer, catchup_threshold, "catchup/@threshold"),
  XML_UINT (DomainTimer, catchup_slew, "catchup/@slew"),
  XML_UINT (DomainTimer, catchup_limit, "catchup/@limit"),
  XML_END
};
static const XmlSchema timer_schema = XML_SCHEMA (DomainTimer, "timer", timer_rows);

#define ADJUSTMENT XML_STRING (DomainClock, adjustment, "@adjustment")
static const XmlField adjusted_rows[] = { ADJUSTMENT, XML_END };
static const XmlField variable_rows[] = {
  ADJUSTMENT,
  XML_ENUM (DomainClock, basis, "@basis", clock_basis, .absent = CLOCK_BASIS_UTC, .flags = XML_ALWAYS),
  XML_END
};
static const XmlField timezone_rows[] = {
  XML_STRING (DomainClock, timezone, "@timezone", XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_END
};
static const XmlField absolute_rows[] = { XML_UINT64 (DomainClock, start, "@start", .flags = XML_ALWAYS), XML_END };
static const XmlField *const offset_rows[] = {
  [CLOCK_OFFSET_UTC] = adjusted_rows, [CLOCK_OFFSET_LOCALTIME] = adjusted_rows, [CLOCK_OFFSET_VARIABLE] = variable_rows,
  [CLOCK_OFFSET_TIMEZONE] = timezone_rows, [CLOCK_OFFSET_ABSOLUTE] = absolute_rows,
};
static const XmlCases offset_cases = XML_CASES_OF (DomainClock, offset, clock_offset, offset_rows);

static const XmlField clock_rows[] = {
  XML_ENUM (DomainClock, offset, "@offset", clock_offset, .absent = CLOCK_OFFSET_UTC, .flags = XML_ALWAYS,
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_CASES (offset_cases),
  XML_ITEMS (DomainClock, timers, "timer", timer_schema),
  XML_END
};

static const XmlField iothread_rows[] = {
  XML_UINT (DomainIothread, id, "@id", .flags = XML_REQUIRED),
  XML_UNSUPPORTED ("@thread_pool_min"),
  XML_UNSUPPORTED ("@thread_pool_max"),
  XML_UNSUPPORTED ("poll"),
  XML_END
};
static const XmlSchema iothread_schema = XML_SCHEMA (DomainIothread, "iothread", iothread_rows);

/* Labels that are made at start do not belong to the definition. */
static bool
label_is_printed (const void *object, unsigned int format_flags)
{
  const DomainSeclabel *seclabel = object;

  return seclabel->type == SECLABEL_TYPE_STATIC || !(format_flags & XML_FORMAT_INACTIVE);
}

static const XmlField seclabel_rows[] = {
  XML_ENUM (DomainSeclabel, type, "@type", seclabel_type, .absent = SECLABEL_TYPE_DYNAMIC, .flags = XML_ALWAYS),
  XML_STRING (DomainSeclabel, model, "@model"),
  XML_YES_NO (DomainSeclabel, relabel, "@relabel"),
  XML_STRING (DomainSeclabel, label, "label", .when = label_is_printed),
  XML_STRING (DomainSeclabel, imagelabel, "imagelabel", .flags = XML_LIVE),
  XML_STRING (DomainSeclabel, baselabel, "baselabel"),
  XML_END
};

static bool
seclabel_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainSeclabel *seclabel = object;
  bool inactive = (xml_reader_flags (reader) & XML_PARSE_INACTIVE) != 0;

  if (seclabel->type == SECLABEL_TYPE_STATIC && seclabel->label == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "a static label needs a <label>");
  if (seclabel->type == SECLABEL_TYPE_DYNAMIC && inactive)
    g_clear_pointer (&seclabel->label, g_free);
  if (seclabel->relabel == TRI_ABSENT && seclabel->type != SECLABEL_TYPE_NONE)
    seclabel->relabel = seclabel->type == SECLABEL_TYPE_DYNAMIC ? TRI_YES : TRI_NO;
  return true;
}

static const XmlSchema seclabel_schema = XML_SCHEMA (DomainSeclabel, "seclabel", seclabel_rows, .finish = seclabel_finish);

static const XmlField qemu_arg_rows[] = {
  XML_STRING (DomainQemuArg, value, "@value", XML_MISSING (QEMU, INTERNAL_ERROR)),
  XML_END
};
static const XmlSchema qemu_arg_schema = XML_SCHEMA (DomainQemuArg, "qemu:arg", qemu_arg_rows);

static const XmlField qemu_env_rows[] = {
  XML_STRING (DomainQemuEnv, name, "@name", XML_MISSING (QEMU, INTERNAL_ERROR)),
  XML_STRING (DomainQemuEnv, value, "@value"),
  XML_END
};
static const XmlSchema qemu_env_schema = XML_SCHEMA (DomainQemuEnv, "qemu:env", qemu_env_rows);

static const XmlField qemu_commandline_rows[] = {
  XML_ITEMS (DomainQemuCommandline, args, "qemu:arg", qemu_arg_schema),
  XML_ITEMS (DomainQemuCommandline, env, "qemu:env", qemu_env_schema),
  XML_END
};
static const XmlSchema qemu_commandline_schema = XML_SCHEMA (DomainQemuCommandline, "qemu:commandline", qemu_commandline_rows);

static bool
has_qemu (const void *object, unsigned int format_flags)
{
  return ((const Domain *) object)->qemu != NULL;
}

#define ACTION(member_, fallback_) \
  XML_ENUM (Domain, member_, #member_, lifecycle_action, .absent = LIFECYCLE_ACTION_##fallback_, .flags = XML_ALWAYS, \
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED))

static const XmlField domain_rows[] = {
  XML_ENUM (Domain, type, "@type", virt_type, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED), XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_INT (Domain, id, "@id", .absent = -1, .flags = XML_LIVE),
  XML_NAMESPACE ("qemu", has_qemu),
  XML_STRING (Domain, name, "name", XML_MISSING (DOMAIN, NO_NAME)),
  XML_UUID (Domain, uuid, "uuid", XML_BAD (DOMAIN, INTERNAL_ERROR)),
  XML_UNSUPPORTED ("genid"),
  XML_STRING (Domain, title, "title"),
  XML_STRING (Domain, description, "description"),
  XML_FOREIGN (Domain, metadata, "metadata"),
  XML_UINT (Domain, memory_slots, "maxMemory/@slots"),
  XML_KIB (Domain, max_memory, "maxMemory"),
  XML_ON_OFF (Domain, dump_core, "memory/@dumpCore"),
  XML_KIB (Domain, memory, "memory"),
  XML_KIB (Domain, current_memory, "currentMemory"),
  XML_UNSUPPORTED ("blkiotune"),
  XML_UNSUPPORTED ("memtune"),
  XML_UNSUPPORTED ("memoryBacking"),
  XML_ENUM (Domain, vcpu_placement, "vcpu/@placement", vcpu_placement, .absent = VCPU_PLACEMENT_STATIC, .flags = XML_ALWAYS),
  XML_BITMAP (Domain, vcpu_cpuset, "vcpu/@cpuset"),
  XML_UINT (Domain, vcpus, "vcpu/@current", XML_BAD (DOMAIN, XML_ERROR)),
  XML_UINT (Domain, vcpus_max, "vcpu", .absent = 1, .flags = XML_ALWAYS, XML_BAD (DOMAIN, XML_ERROR)),
  XML_UNSUPPORTED ("vcpus"),
  XML_UINT (Domain, iothreads, "iothreads", XML_BAD (DOMAIN, XML_ERROR)),
  XML_ITEMS (Domain, iothread_ids, "iothreadids/iothread", iothread_schema),
  XML_UNSUPPORTED ("defaultiothread"),
  XML_UNSUPPORTED ("cputune"),
  XML_UNSUPPORTED ("numatune"),
  XML_STRING (Domain, partition, "resource/partition"),
  XML_UNSUPPORTED ("resource/fibrechannel"),
  XML_UNSUPPORTED ("sysinfo"),
  XML_UNSUPPORTED ("bootloader"),
  XML_UNSUPPORTED ("bootloader_args"),
  XML_PART ("os", os_rows),
  XML_UNSUPPORTED ("idmap"),
  XML_EMBED (Domain, features, "features", feature_rows, .flags = XML_CLOSED),
  XML_CHILD (Domain, cpu, "cpu", domain_cpu_schema),
  XML_EMBED (Domain, clock, "clock", clock_rows),
  ACTION (on_poweroff, DESTROY),
  ACTION (on_reboot, RESTART),
  ACTION (on_crash, DESTROY),
  XML_ENUM (Domain, on_lockfailure, "on_lockfailure", lock_failure, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_YES_NO (Domain, pm_suspend_to_mem, "pm/suspend-to-mem/@enabled"),
  XML_YES_NO (Domain, pm_suspend_to_disk, "pm/suspend-to-disk/@enabled"),
  XML_UNSUPPORTED ("perf"),
  XML_UNSUPPORTED ("throttlegroups"),
  XML_PART ("devices", domain_device_rows, .flags = XML_KEEP_EMPTY),
  XML_ITEMS (Domain, seclabels, "seclabel", seclabel_schema),
  XML_UNSUPPORTED ("keywrap"),
  XML_UNSUPPORTED ("launchSecurity"),
  XML_CHILD (Domain, qemu, "qemu:commandline", qemu_commandline_schema),
  XML_UNSUPPORTED ("qemu:capabilities"),
  XML_UNSUPPORTED ("qemu:override"),
  XML_UNSUPPORTED ("qemu:deprecation"),
  XML_END
};

static bool
check_texts (xmlNode *node, const Domain *domain, GError **error)
{
  if (strchr (domain->name, '/') != NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "the name '%s' has a '/'", domain->name);
  if (strchr (domain->name, '\n') != NULL)
    return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_DETAIL, error, "the name has a line break");
  if (domain->title != NULL && strchr (domain->title, '\n') != NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "the title has a line break");
  if (domain->os.type == OS_TYPE_ABSENT)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'os/type' is missing");
  if (domain->memory == 0)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'memory' is missing or 0");
  return true;
}

/* A clock that is so many seconds off UTC or local time is a variable one. */
static void
finish_clock (DomainClock *clock)
{
  if (clock->offset != CLOCK_OFFSET_UTC && clock->offset != CLOCK_OFFSET_LOCALTIME)
    return;
  if (clock->adjustment == NULL || strcmp (clock->adjustment, "reset") == 0)
    return;
  clock->basis = clock->offset == CLOCK_OFFSET_UTC ? CLOCK_BASIS_UTC : CLOCK_BASIS_LOCALTIME;
  clock->offset = CLOCK_OFFSET_VARIABLE;
}

/* Tells the group of an item, and its place among those of the group. */
typedef unsigned int (*GroupOf) (const void *item, int *ret_place);

static unsigned int
controller_group (const void *item, int *ret_place)
{
  const DomainController *controller = item;

  /* The companions of a USB controller come after it. */
  *ret_place = controller->index < 0 || controller->index > INT_MAX / 2 ? INT_MAX
               : controller->index * 2 + (controller->model >= CONTROLLER_MODEL_ICH9_UHCI1
                                          && controller->model <= CONTROLLER_MODEL_ICH9_UHCI3);
  return controller->type;
}

static unsigned int
disk_group (const void *item, int *ret_place)
{
  const DomainDisk *disk = item;

  *ret_place = domain_disk_number (disk->target.dev);
  return disk->target.bus;
}

/* Keeps the items of a group together and in order, where the first of them is. */
static void
sort_groups (XmlList *list, GroupOf group_of)
{
  for (unsigned int i = 1; i < list->n; i++)
    {
      int place, other_place;
      unsigned int group = group_of (list->items[i], &place), at = i;

      for (unsigned int j = 0; j < i; j++)
        if (group_of (list->items[j], &other_place) == group)
          {
            at = other_place <= place ? j + 1 : j;
            if (other_place > place)
              break;
          }
      if (at < i)
        {
          void *item = xml_list_steal (list, i);

          xml_list_insert (list, at, item);
        }
    }
}

static bool
domain_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  Domain *domain = object;

  if (!check_texts (node, domain, error))
    return false;
  if (uuid_is_valid (domain->uuid) == false)
    uuid_generate (domain->uuid);
  if (domain->current_memory == 0 || domain->current_memory > domain->memory)
    domain->current_memory = domain->memory;
  if (domain->vcpus == domain->vcpus_max)
    domain->vcpus = 0;
  finish_clock (&domain->clock);
  sort_groups ((XmlList *) &domain->controllers, controller_group);
  sort_groups ((XmlList *) &domain->disks, disk_group);
  return true;
}

static const char *const namespaces[] = { "qemu", "http://libvirt.org/schemas/domain/qemu/1.0", NULL };

const XmlSchema domain_schema = XML_SCHEMA (Domain, "domain", domain_rows, .finish = domain_finish, .from = VIR_FROM_DOMAIN,
                                            .namespaces = namespaces);
