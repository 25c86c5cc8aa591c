/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Power, sleep, and what is booted. */
#include "args/machine.h"

#include "util/error.h"

#define ACPI_PROPERTY_SINCE 9000000

/* Whether the machine has what -no-acpi takes away. */
static bool
can_lack_acpi (const Domain *domain)
{
  const char *arch = domain->os.arch, *machine = domain->os.machine;

  return g_str_equal (arch, "x86_64") || g_str_equal (arch, "i686")
         || ((g_str_equal (arch, "aarch64") || g_str_equal (arch, "armv7l"))
             && (g_str_equal (machine, "virt") || g_str_has_prefix (machine, "virt-")));
}

static bool
build_sleep (Builder *b, const char *name, Tristate wanted, GError **error)
{
  const char *device = domain_is_q35 (b->domain) ? "ICH9-LPC" : "PIIX4_PM";
  g_autofree char *property = g_strdup_printf ("disable_%s", name);

  if (wanted == TRI_ABSENT)
    return true;
  if (!qemu_caps_has_prop (b->context->caps, device, property))
    return unsupported (error, "<pm>: %s of %s cannot be told about %s", device, b->context->caps->binary, name);
  add_option (b, "-global", "%s.%s=%d", device, property, wanted == TRI_NO);
  return true;
}

/* Whether nothing that the guest does lets it run again. */
static bool
ends_always (const Domain *domain)
{
  return domain->on_reboot == LIFECYCLE_ACTION_DESTROY && domain->on_poweroff == LIFECYCLE_ACTION_DESTROY
         && (domain->on_crash == LIFECYCLE_ACTION_DESTROY || domain->on_crash == LIFECYCLE_ACTION_COREDUMP_DESTROY);
}

bool
build_power (Builder *b, GError **error)
{
  /* What happens at a reset is said to newer ones while they run. */
  if (ends_always (b->domain) && !qemu_caps_has_command (b->context->caps, "set-action"))
    add_flag (b, "-no-reboot");
  else
    add_flag (b, "-no-shutdown");
  if (!b->domain->features.acpi && b->context->caps->version < ACPI_PROPERTY_SINCE && can_lack_acpi (b->domain))
    add_flag (b, "-no-acpi");
  if (b->domain->features.smm_tseg != UINT64_MAX && domain_is_q35 (b->domain))
    add_option (b, "-global", "mch.extended-tseg-mbytes=%" G_GUINT64_FORMAT, b->domain->features.smm_tseg >> 20);
  return build_sleep (b, "s3", b->domain->pm_suspend_to_mem, error)
         && build_sleep (b, "s4", b->domain->pm_suspend_to_disk, error);
}

/* An option with a path or text, left out if there is none. */
static void
add_text (Builder *b, const char *option, const char *text)
{
  if (text != NULL)
    add_option (b, option, "%s", text);
}

static void
build_acpi_tables (Builder *b)
{
  for (unsigned int i = 0; i < b->domain->os.acpi_tables.n; i++)
    {
      const DomainAcpiTable *table = b->domain->os.acpi_tables.items[i];
      g_autofree char *path = escape_commas (table->path);

      if (table->type == ACPI_TABLE_SLIC)
        add_option (b, "-acpitable", "sig=SLIC,file=%s", path);
      else if (table->type == ACPI_TABLE_MSDM)
        add_option (b, "-acpitable", "sig=MSDM,file=%s", path);
      else
        add_option (b, "-acpitable", "file=%s", path);
    }
}

bool
build_boot (Builder *b, GError **error)
{
  const DomainOs *os = &b->domain->os;
  g_autoptr (GString) out = g_string_new (NULL);

  if (os->bootmenu == TRI_YES)
    g_string_append (out, "menu=on,");
  else if (os->bootmenu == TRI_NO)
    g_string_append (out, "menu=off,");
  if (os->bootmenu == TRI_YES && os->bootmenu_timeout != UINT_MAX)
    g_string_append_printf (out, "splash-time=%u,", os->bootmenu_timeout);
  if (os->bios_reboot_timeout >= -1)
    g_string_append_printf (out, "reboot-timeout=%d,", os->bios_reboot_timeout);
  add_option (b, "-boot", "%sstrict=on", out->str);

  add_text (b, "-kernel", os->kernel);
  add_text (b, "-initrd", os->initrd);
  add_text (b, "-append", os->cmdline);
  add_text (b, "-dtb", os->dtb);
  if (os->shim != NULL && !qemu_caps_has_option (b->context->caps, "shim"))
    return unsupported (error, "<shim>: %s starts no shim", b->context->caps->binary);
  add_text (b, "-shim", os->shim);
  build_acpi_tables (b);
  return true;
}

static bool
build_bios_serial (Builder *b, GError **error)
{
  if (b->domain->os.bios_useserial != TRI_YES)
    return true;
  if (!need_type (b, "sga", "<bios useserial='yes'/>", error))
    return false;
  add_part (b, QEMU_DEVICE, device_new ("sga"));
  return true;
}

bool
build_clock_and_boot (Builder *b, GError **error)
{
  return build_rtc (b, error) && build_timers (b, error) && build_power (b, error) && build_boot (b, error)
         && build_bios_serial (b, error);
}
