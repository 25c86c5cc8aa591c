/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-network.c: updates of a section of a network, networks as they are
 * defined, and what their dnsmasq reads. */
#include "conform.h"
#include "dnsmasq/private.h"
#include "model/network/network.h"

static Network *
read_network (const char *path, GError **error)
{
  g_autofree char *text = conform_read (path, error);

  return text != NULL ? xml_parse (&network_schema, text, strlen (text), XML_PARSE_INACTIVE, error) : NULL;
}

static char *
run_define (const char *path, GError **error)
{
  Network *network = read_network (path, error);
  char *out = NULL;

  if (network != NULL && network_validate (network, error))
    out = xml_format (&network_schema, network, XML_FORMAT_SECURE | XML_FORMAT_INACTIVE);
  xml_free (&network_schema, network);
  return out;
}

static const GOptionEntry define_options[] = { { 0 } };
const ConformKind conform_network_define = { "network-define", define_options, run_define };

static char *net_path, *command_name, *section_name;
static int parent_index;
static gboolean check;
static const GOptionEntry update_options[] = {
  { "net", 0, 0, G_OPTION_ARG_FILENAME, &net_path, "the network that is changed", "FILE" },
  { "command", 0, 0, G_OPTION_ARG_STRING, &command_name, "modify, delete, add-last or add-first", "NAME" },
  { "section", 0, 0, G_OPTION_ARG_STRING, &section_name, "a section as virsh calls it", "NAME" },
  { "index", 0, 0, G_OPTION_ARG_INT, &parent_index, "which of several parents is meant", "NUMBER" },
  { "check", 0, 0, G_OPTION_ARG_NONE, &check, "refuse what makes the whole network wrong", NULL },
  { 0 }
};

/* The number of a name; above all numbers if there is none. */
static unsigned int
number_of (const char *const *names, const char *name)
{
  unsigned int i = 0;

  while (names[i] != NULL && g_strcmp0 (names[i], name) != 0)
    i++;
  return i;
}

static char *
run_update (const char *path, GError **error)
{
  static const char *const commands[] = { "none", "modify", "delete", "add-last", "add-first", NULL };
  static const char *const sections[] = {
    "none", "bridge", "domain", "ip", "ip-dhcp-host", "ip-dhcp-range", "forward", "forward-interface", "forward-pf", "portgroup",
    "dns-host", "dns-txt", "dns-srv", NULL,
  };
  g_autofree char *xml = conform_read (path, error);
  Network *network = xml != NULL ? read_network (net_path, error) : NULL;
  char *out = NULL;

  if (network != NULL
      && network_update (network, number_of (commands, command_name), number_of (sections, section_name), parent_index, xml, error))
    {
      const char *element, *problem = check ? network_problem (network, &element) : NULL;

      if (problem != NULL)
        fail (error, VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, "network/%s: %s", element, problem);
      else
        out = xml_format (&network_schema, network, XML_FORMAT_SECURE | XML_FORMAT_INACTIVE);
    }
  xml_free (&network_schema, network);
  return out;
}

const ConformKind conform_network_update = { "network-update", update_options, run_update };

static char *hosts_path;
static const GOptionEntry conf_options[] = {
  { "hosts", 0, 0, G_OPTION_ARG_FILENAME, &hosts_path, "where the fixed leases go", "FILE" }, { 0 }
};

static char *
run_conf (const char *path, GError **error)
{
  Network *network = read_network (path, error);
  g_auto (DnsmasqFiles) files = { NULL };
  bool ok = network != NULL && dnsmasq_files_in (network, "/var/lib/libvirt/dnsmasq", NULL, &files, error);

  xml_free (&network_schema, network);
  if (!ok || (hosts_path != NULL && !g_file_set_contents (hosts_path, files.hosts, -1, error)))
    return NULL;
  return g_steal_pointer (&files.conf);
}

const ConformKind conform_network_conf = { "network-conf", conf_options, run_conf };
