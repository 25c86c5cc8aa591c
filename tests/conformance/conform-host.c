/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-host.c: files of the host: its hardware, the daemons' configuration. */
#include "conform.h"
#include "model/domain/host-sysinfo.h"
#include "model/domain/tables.h"
#include "util/conf.h"

static char *reader, *cpuinfo_file;

static const GOptionEntry sysinfo_options[] = {
  { "reader", 0, 0, G_OPTION_ARG_STRING, &reader, "dmi, arm, ppc, s390", "NAME" },
  { "cpuinfo", 0, 0, G_OPTION_ARG_STRING, &cpuinfo_file, "the kernel's /proc/cpuinfo", "FILE" },
  { 0 }
};

/* What the corpus' dmidecode answers. */
static char *
oem_string (unsigned int number, void *data)
{
  return number == 3 ? g_strdup ("Ha ha ha try parsing\\n\n      String 3: this correctly\n      String 4:then") : NULL;
}

static DomainSysinfo *
read_sysinfo (const char *text, const char *cpuinfo)
{
  if (g_strcmp0 (reader, "ppc") == 0)
    return host_sysinfo_from_ppc (cpuinfo);
  if (g_strcmp0 (reader, "s390") == 0)
    return host_sysinfo_from_s390 (cpuinfo, text);
  if (g_strcmp0 (reader, "arm") == 0 && *text == '\0')
    return host_sysinfo_from_arm (cpuinfo);
  return host_sysinfo_from_dmi (text, oem_string, NULL);
}

static char *
run_sysinfo (const char *path, GError **error)
{
  g_autofree char *text = *path == '\0' ? g_strdup ("") : conform_read (path, error);
  g_autofree char *cpuinfo = text == NULL ? NULL : cpuinfo_file == NULL ? g_strdup ("") : conform_read (cpuinfo_file, error);
  DomainSysinfo *sysinfo;
  char *out;

  if (cpuinfo == NULL)
    return NULL;
  sysinfo = read_sysinfo (text, cpuinfo);
  out = xml_format (&domain_sysinfo_schema, sysinfo, 0);
  xml_free (&domain_sysinfo_schema, sysinfo);
  return out;
}

const ConformKind conform_sysinfo = { "sysinfo", sysinfo_options, run_sysinfo };

static const GOptionEntry no_options[] = { { 0 } };

static char *
run_conf (const char *path, GError **error)
{
  g_autofree char *text = conform_read (path, error);
  g_autoptr (Conf) conf = text != NULL ? conf_parse (path, text, -1, error) : NULL;

  return conf != NULL ? conf_format (conf) : NULL;
}

const ConformKind conform_conf_file = { "conf-file", no_options, run_conf };
