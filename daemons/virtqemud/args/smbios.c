/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest's firmware tells of the machine, and files that it hands on. */
#include "args/machine.h"

#include "util/error.h"

/* ",KEY=VALUE"; nothing for NULL. */
static void
append_value (GString *out, const char *key, const char *value)
{
  g_autofree char *escaped = value != NULL ? escape_commas (value) : NULL;

  if (escaped != NULL)
    g_string_append_printf (out, ",%s=%s", key, escaped);
}

typedef struct { const char *key, *value; } Entry;

static void
add_table (Builder *b, unsigned int type, const Entry *entries, unsigned int n)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (unsigned int i = 0; i < n; i++)
    append_value (out, entries[i].key, entries[i].value);
  add_option (b, "-smbios", "type=%u%s", type, out->str);
}
#define ADD_TABLE(b_, type_, ...)                                          \
  do                                                                       \
    {                                                                      \
      const Entry entries_[] = { __VA_ARGS__ };                            \
      add_table (b_, type_, entries_, G_N_ELEMENTS (entries_));            \
    }                                                                      \
  while (0)

static void
add_bios (Builder *b, const SysinfoBios *bios)
{
  ADD_TABLE (b, 0, { "vendor", bios->vendor }, { "version", bios->version }, { "date", bios->date },
             { "release", bios->release });
}

static void
add_system (Builder *b, const SysinfoSystem *system, bool with_uuid)
{
  ADD_TABLE (b, 1, { "manufacturer", system->manufacturer }, { "product", system->product }, { "version", system->version },
             { "serial", system->serial }, { "uuid", with_uuid ? system->uuid : NULL }, { "sku", system->sku },
             { "family", system->family });
}

static void
add_boards (Builder *b, const DomainSysinfo *sysinfo)
{
  for (unsigned int i = 0; i < sysinfo->boards.n; i++)
    {
      const SysinfoBoard *board = sysinfo->boards.items[i];

      ADD_TABLE (b, 2, { "manufacturer", board->manufacturer ?: "" }, { "product", board->product }, { "version", board->version },
                 { "serial", board->serial }, { "asset", board->asset }, { "location", board->location });
    }
}

static void
add_strings (Builder *b, const DomainSysinfo *sysinfo)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (unsigned int i = 0; i < sysinfo->oem_strings.n; i++)
    append_value (out, "value", sysinfo->oem_strings.items[i]->value);
  if (out->len > 0)
    add_option (b, "-smbios", "type=11%s", out->str);
}

static const DomainSysinfo *
find_sysinfo (const Domain *domain)
{
  for (unsigned int i = 0; i < domain->sysinfos.n; i++)
    if (domain->sysinfos.items[i]->type == SYSINFO_TYPE_SMBIOS)
      return domain->sysinfos.items[i];
  return NULL;
}

bool
build_smbios (Builder *b, GError **error)
{
  bool host = b->domain->os.smbios == SMBIOS_MODE_HOST;
  const DomainSysinfo *sysinfo = host ? b->context->host_sysinfo : find_sysinfo (b->domain);

  if (!host && b->domain->os.smbios != SMBIOS_MODE_SYSINFO)
    return true;
  if (sysinfo == NULL)
    return host ? unsupported (error, "<smbios mode='host'/>: this host tells nothing of itself (dmidecode)")
                : fail (error, VIR_FROM_QEMU, VIR_ERR_XML_ERROR, "domain '%s' has <smbios mode='sysinfo'/>, but no <sysinfo>",
                        b->domain->name);
  if (sysinfo->bios != NULL)
    add_bios (b, sysinfo->bios);
  if (sysinfo->system != NULL)
    add_system (b, sysinfo->system, !host);
  if (host)
    return true;                /* the rest is the guest's own */
  /* These two have no maker if the document names none, rather than QEMU. */
  add_boards (b, sysinfo);
  if (sysinfo->chassis != NULL)
    ADD_TABLE (b, 3, { "manufacturer", sysinfo->chassis->manufacturer ?: "" }, { "version", sysinfo->chassis->version },
               { "serial", sysinfo->chassis->serial }, { "asset", sysinfo->chassis->asset }, { "sku", sysinfo->chassis->sku });
  add_strings (b, sysinfo);
  return true;
}

bool
build_fwcfg (Builder *b, GError **error)
{
  for (unsigned int i = 0; i < b->domain->sysinfos.n; i++)
    for (unsigned int k = 0; k < b->domain->sysinfos.items[i]->fwcfg.n; k++)
      {
        const SysinfoFwcfg *entry = b->domain->sysinfos.items[i]->fwcfg.items[k];
        g_autoptr (GString) out = g_string_new (NULL);
        g_autofree char *name = escape_commas (entry->name);

        append_value (out, "string", entry->value);
        append_value (out, "file", entry->file);
        add_option (b, "-fw_cfg", "name=%s%s", name, out->str);
      }
  return true;
}
