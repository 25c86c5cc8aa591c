/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Name, machine, accelerator, and the order of what is no device. */
#include "args/machine.h"

#include <string.h>

#include "util/error.h"
#include "util/uuid.h"

/* Since it, -no-hpet is deprecated; and since the other, -no-acpi is gone. */
#define HPET_PROPERTY_SINCE 7002050
#define ACPI_PROPERTY_SINCE 9000000

static const char *
on_off (bool on)
{
  return on ? "on" : "off";
}

void
append_tristate (GString *out, const char *name, Tristate value)
{
  if (value != TRI_ABSENT)
    g_string_append_printf (out, ",%s=%s", name, on_off (value == TRI_YES));
}

/* --- machine ------------------------------------------------------------------------- */

static bool
timer_is_absent (Builder *b, DomainTimerName name)
{
  for (unsigned int i = 0; i < b->domain->clock.timers.n; i++)
    if (b->domain->clock.timers.items[i]->name == name)
      return b->domain->clock.timers.items[i]->present == TRI_NO;
  return false;
}

static void
append_keywrap (const Builder *b, GString *out)
{
  const DomainKeywrap *keywrap = b->domain->keywrap;

  for (unsigned int i = 0; keywrap != NULL && i < keywrap->ciphers.n; i++)
    {
      g_autofree char *name = g_strconcat (xml_enum_name (&keywrap_cipher_names, keywrap->ciphers.items[i]->name), "-key-wrap", NULL);

      append_tristate (out, name, keywrap->ciphers.items[i]->state);
    }
}

/* Of the device that boots first. */
static void
append_loadparm (const Builder *b, GString *out)
{
  g_autofree DomainDevice *devices = domain_devices (b->domain);
  const DomainDeviceInfo *first = NULL;

  if (!g_str_has_prefix (b->domain->os.arch, "s390"))
    return;
  for (unsigned int i = 0; devices[i].element != NULL; i++)
    {
      const DomainDeviceInfo *info = devices[i].info;

      if (info->boot_order != 0 && (first == NULL || info->boot_order < first->boot_order))
        first = info;
    }
  if (first != NULL && first->loadparm != NULL)
    g_string_append_printf (out, ",loadparm=%s", first->loadparm);
}

static void
append_flash (const Builder *b, GString *out)
{
  const DomainOs *os = &b->domain->os;

  if (os->loader.path == NULL || os->loader.type != LOADER_TYPE_PFLASH)
    return;
  g_string_append (out, ",pflash0=libvirt-pflash0-format");
  if (os->nvram != NULL || os->nvram_source != NULL)
    g_string_append (out, ",pflash1=libvirt-pflash1-format");
}

static void
build_machine_option (Builder *b)
{
  const Domain *domain = b->domain;
  const QemuCaps *caps = b->context->caps;
  g_autoptr (GString) out = g_string_new (domain->os.machine);
  bool dump = domain->dump_core == TRI_ABSENT ? b->context->config->dump_guest_core : domain->dump_core == TRI_YES;

  g_string_append (out, ",usb=off");
  append_features (b, out);
  append_keywrap (b, out);
  g_string_append_printf (out, ",dump-guest-core=%s", on_off (dump));
  if (domain->memory_backing != NULL && domain->memory_backing->nosharepages)
    g_string_append (out, ",mem-merge=off");
  append_machine_devices (b, out);
  append_speaker (b, out);
  append_loadparm (b, out);
  if (numa_has_speeds (domain))
    g_string_append (out, ",hmat=on");
  if (machine_ram_id (b) != NULL)
    g_string_append_printf (out, ",memory-backend=%s", machine_ram_id (b));
  append_flash (b, out);
  append_launch_security (b, out);
  if (caps->version >= HPET_PROPERTY_SINCE && timer_is_absent (b, TIMER_NAME_HPET))
    g_string_append (out, ",hpet=off");
  if (caps->version >= ACPI_PROPERTY_SINCE && !domain->features.acpi)
    g_string_append (out, ",acpi=off");
  add_option (b, "-machine", "%s", out->str);
}

static bool
build_accel (Builder *b, GError **error)
{
  const DomainFeatures *features = &b->domain->features;

  switch (b->domain->type)
    {
    case VIRT_TYPE_QEMU:
      if (features->tb_cache != 0)
        add_option (b, "-accel", "tcg,tb-size=%" G_GUINT64_FORMAT, features->tb_cache / 1024);
      else
        add_option (b, "-accel", "tcg");
      return true;
    case VIRT_TYPE_KVM:
      if (!b->context->caps->accel[QEMU_ACCEL_KVM])
        return unsupported (error, "domain '%s' needs KVM, which %s cannot use on this host", b->domain->name,
                            b->context->caps->binary);
      if (features->kvm != NULL && features->kvm->dirty_ring == TRI_YES)
        add_option (b, "-accel", "kvm,dirty-ring-size=%u", features->kvm->dirty_ring_size);
      else
        add_option (b, "-accel", "kvm");
      return true;
    default:
      return unsupported (error, "domains of type '%s' are not run by QEMU",
                          xml_enum_name (&virt_type_names, b->domain->type));
    }
}

/* --- the guest itself ------------------------------------------------------------------ */

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

static bool
has_iothread (const Domain *domain, unsigned int id)
{
  for (unsigned int i = 0; i < domain->iothread_ids.n; i++)
    if (domain->iothread_ids.items[i]->id == id)
      return true;
  return false;
}

static bool
build_iothread (Builder *b, const DomainIothread *thread, GError **error)
{
  bool sized = thread->thread_pool_min >= 0 || thread->thread_pool_max >= 0;
  json_t *object;

  if (!need_type (b, "iothread", "an I/O thread", error))
    return false;
  if (sized && !qemu_caps_has_prop (b->context->caps, "iothread", "thread-pool-max"))
    return unsupported (error, "the pools of I/O threads have no sizes in %s", b->context->caps->binary);
  object = json_object ();
  set_string (object, "qom-type", "iothread");
  set_format (object, "id", "iothread%u", thread->id);
  set_known (object, "thread-pool-min", thread->thread_pool_min);
  set_known (object, "thread-pool-max", thread->thread_pool_max);
  if (thread->poll.max != UINT64_MAX)
    set_int (object, "poll-max-ns", (int64_t) thread->poll.max);
  if (thread->poll.grow != UINT_MAX)
    set_int (object, "poll-grow", thread->poll.grow);
  if (thread->poll.shrink != UINT_MAX)
    set_int (object, "poll-shrink", thread->poll.shrink);
  add_part (b, QEMU_OBJECT, object);
  return true;
}

/* Those with ids, and as many more as the number says, with the lowest ids that are free. */
static bool
build_iothreads (Builder *b, GError **error)
{
  unsigned int missing = b->domain->iothreads > b->domain->iothread_ids.n
                           ? b->domain->iothreads - b->domain->iothread_ids.n : 0;
  DomainIothread plain = { .thread_pool_min = -1, .thread_pool_max = -1, .poll = { UINT64_MAX, UINT_MAX, UINT_MAX } };

  for (unsigned int i = 0; i < b->domain->iothread_ids.n; i++)
    if (!build_iothread (b, b->domain->iothread_ids.items[i], error))
      return false;
  for (plain.id = 1; missing > 0; plain.id++)
    if (!has_iothread (b->domain, plain.id))
      {
        if (!build_iothread (b, &plain, error))
          return false;
        missing--;
      }
  return true;
}

/* The pool of QEMU's main loop. */
static bool
build_main_loop (Builder *b, GError **error)
{
  const DomainDefaultIothread *pool = b->domain->default_iothread;
  json_t *object;

  if (pool == NULL || (pool->thread_pool_min < 0 && pool->thread_pool_max < 0))
    return true;
  if (!need_type (b, "main-loop", "<defaultiothread>", error))
    return false;
  object = object_new ("main-loop", "", "main-loop");
  set_known (object, "thread-pool-min", pool->thread_pool_min);
  set_known (object, "thread-pool-max", pool->thread_pool_max);
  add_part (b, QEMU_OBJECT, object);
  return true;
}

/* What the guest sees may be another one's than the document's. */
static const uint8_t *
guest_uuid (const Domain *domain)
{
  static const uint8_t none[DOMAIN_UUID_LENGTH];

  return memcmp (domain->hwuuid, none, sizeof none) != 0 ? domain->hwuuid : domain->uuid;
}

bool
build_machine (Builder *b, GError **error)
{
  char uuid[UUID_TEXT_SIZE];
  const DomainOs *os = &b->domain->os;
  const DomainMemoryBacking *backing = b->domain->memory_backing;

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
  if (!build_memory (b, error))
    return false;
  add_option (b, "-overcommit", "mem-lock=%s", on_off (backing != NULL && backing->locked));
  if (!build_smp (b, error) || !build_iothreads (b, error) || !build_main_loop (b, error) || !build_numa (b, error))
    return false;
  add_option (b, "-uuid", "%s", uuid_format (guest_uuid (b->domain), uuid));
  return build_smbios (b, error) && build_fwcfg (b, error) && build_launch_security (b, error);
}
