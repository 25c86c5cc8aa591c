/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* values.c: what a document's values may be in dnsmasq's files. A value must not become a line, field or option of its own. */
#include <string.h>

#include "dnsmasq/private.h"
#include "util/error.h"

#define NAME_MAX_BYTES 255

/* What each kind of value is made of besides letters, digits and characters beyond ASCII. */
#define HOST_LETTERS "-_."
#define FORWARD_LETTERS "-_.*#/"

static bool refuse (const Network *network, const char *where, const char *value, const char *problem, GError **error);

static bool
refuse (const Network *network, const char *where, const char *value, const char *problem, GError **error)
{
  g_autofree char *shown = g_strescape (value, NULL);

  return fail (error, VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED, "network '%s': %s is '%s', which %s", network->name, where,
               shown, problem);
}

static bool
has_control (const char *text)
{
  for (; *text != '\0'; text++)
    if ((unsigned char) *text < 0x20 || *text == 0x7f)
      return true;
  return false;
}

/* A value that goes on to its line's end or between quotes. NULL is fine. */
static bool
check_text (const Network *network, const char *where, const char *value, GError **error)
{
  return value == NULL || !has_control (value)
         || refuse (network, where, value, "has a control character, as the end of a line", error);
}

/* A value among others: a name. NULL is fine. */
static bool
check_name (const Network *network, const char *where, const char *value, const char *others, GError **error)
{
  if (value == NULL)
    return true;
  if (strlen (value) > NAME_MAX_BYTES)
    return refuse (network, where, value, "is too long for a name", error);
  for (const char *p = value; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && (unsigned char) *p < 0x80 && strchr (others, *p) == NULL)
      return refuse (network, where, value, "has a character that no host's or domain's name has", error);
  return true;
}

/* What dnsmasq reads as a keyword or a lease's time where it looks for a name. */
static bool
is_taken_for_lease (const char *name)
{
  size_t digits = strspn (name, "0123456789");

  if (strcmp (name, "ignore") == 0 || strcmp (name, "infinite") == 0)
    return true;
  return digits > 0 && (name[digits] == '\0' || (strchr ("smhdw", name[digits]) != NULL && name[digits + 1] == '\0'));
}

static bool
check_identity (const Network *network, GError **error)
{
  if (!check_text (network, "its name", network->name, error)
      || !check_text (network, "<bridge name>", network->bridge.name, error))
    return false;
  if (strchr (network->name, '/') != NULL)
    return refuse (network, "its name", network->name, "no file can have", error);
  if (network->bridge.name != NULL && strpbrk (network->bridge.name, "*/") != NULL)
    return refuse (network, "<bridge name>", network->bridge.name, "stands for more than one device", error);
  return check_name (network, "<domain name>", network->domain.name, HOST_LETTERS, error);
}

static bool
check_dns (const Network *network, GError **error)
{
  const NetworkDns *dns = &network->dns;

  for (unsigned int i = 0; i < dns->forwarders.n; i++)
    if (!check_name (network, "<forwarder domain>", dns->forwarders.items[i]->domain, FORWARD_LETTERS, error))
      return false;
  for (unsigned int i = 0; i < dns->txts.n; i++)
    if (!check_text (network, "<txt name>", dns->txts.items[i]->name, error)
        || !check_text (network, "<txt value>", dns->txts.items[i]->value, error))
      return false;
  for (unsigned int i = 0; i < dns->srvs.n; i++)
    {
      const NetworkDnsSrv *srv = dns->srvs.items[i];

      if (!check_name (network, "<srv service>", srv->service, HOST_LETTERS, error)
          || !check_name (network, "<srv protocol>", srv->protocol, HOST_LETTERS, error)
          || !check_name (network, "<srv domain>", srv->domain, HOST_LETTERS, error)
          || !check_name (network, "<srv target>", srv->target, HOST_LETTERS, error))
        return false;
    }
  for (unsigned int i = 0; i < dns->hosts.n; i++)
    for (unsigned int j = 0; j < dns->hosts.items[i]->hostnames.n; j++)
      {
        g_autofree char *name = g_strstrip (g_strdup (dns->hosts.items[i]->hostnames.items[j]->name));

        if (!check_name (network, "<hostname>", name, HOST_LETTERS, error))
          return false;
      }
  return true;
}

static bool
check_host (const Network *network, const NetworkDhcpHost *host, GError **error)
{
  if (!check_name (network, "<host name>", host->name, HOST_LETTERS, error)
      || !check_name (network, "<host id>", host->id, ":", error) || !check_name (network, "<host mac>", host->mac, ":", error))
    return false;
  return host->name == NULL || !is_taken_for_lease (host->name)
         || refuse (network, "<host name>", host->name, "dnsmasq takes for a lease's time or a keyword", error);
}

static bool
check_ip (const Network *network, const NetworkIp *ip, GError **error)
{
  if (!check_text (network, "<tftp root>", ip->tftp_root, error) || !check_text (network, "<bootp file>", ip->bootp.file, error))
    return false;
  for (unsigned int i = 0; i < ip->hosts.n; i++)
    if (!check_host (network, ip->hosts.items[i], error))
      return false;
  return true;
}

bool
dnsmasq_values_check (const Network *network, GError **error)
{
  if (!check_identity (network, error) || !check_dns (network, error))
    return false;
  for (unsigned int i = 0; i < network->ips.n; i++)
    if (!check_ip (network, network->ips.items[i], error))
      return false;
  for (unsigned int i = 0; i < network->dnsmasq_options.n; i++)
    if (!check_text (network, "<dnsmasq:option value>", network->dnsmasq_options.items[i]->value, error))
      return false;
  return true;
}

bool
dnsmasq_lines_check (const Network *network, const char *text, GError **error)
{
  while (*text != '\0')
    {
      size_t length = strcspn (text, "\n");

      if (length > DNSMASQ_LINE_MAX)
        return fail (error, VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED, "network '%s': '%.40s...' takes %zu bytes; dnsmasq "
                     "reads lines of %d", network->name, text, length, DNSMASQ_LINE_MAX);
      text += length + (text[length] == '\n');
    }
  return true;
}

/* dnsmasq strips blanks at the ends, drops quotes and begins a comment at a # after a blank. */
static bool
needs_quotes (const char *text, bool commas)
{
  size_t length = strlen (text);

  if (length == 0)
    return false;
  if (strchr (text, '"') != NULL || (commas && strchr (text, ',') != NULL))
    return true;
  return *text == ' ' || *text == '#' || text[length - 1] == ' ' || strstr (text, " #") != NULL || strstr (text, "  ") != NULL;
}

void
dnsmasq_append_value (GString *out, const char *text, bool commas)
{
  if (!needs_quotes (text, commas))
    {
      g_string_append (out, text);
      return;
    }
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++)
    {
      if (*text == '"' || *text == '\\')
        g_string_append_c (out, '\\');
      g_string_append_c (out, *text);
    }
  g_string_append_c (out, '"');
}
