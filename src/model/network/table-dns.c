/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-dns.c: what a network's name server knows. */
#include "model/network/network.h"

#define DNS_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
#define SRV_NUMBER_MAX 65535

static const XmlField forwarder_rows[] = {
  XML_STRING (NetworkDnsForwarder, domain, "@domain"),
  XML_IP_ADDRESS (NetworkDnsForwarder, address, "@addr", XML_BAD (NETWORK, XML_ERROR)),
  XML_END
};

static bool
forwarder_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const NetworkDnsForwarder *forwarder = object;

  return forwarder->domain != NULL || forwarder->address.family != 0
         || xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_ERROR, error, "one of 'addr' and 'domain' must be there");
}

static const XmlSchema forwarder_schema
  = XML_SCHEMA (NetworkDnsForwarder, "forwarder", forwarder_rows, .finish = forwarder_finish);

static const XmlField txt_rows[] = {
  XML_STRING (NetworkDnsTxt, name, "@name", XML_MISSING (NETWORK, XML_DETAIL)),
  XML_STRING (NetworkDnsTxt, value, "@value"),
  XML_END
};

static bool
check_txt (xmlNode *node, const NetworkDnsTxt *txt, bool partial, GError **error)
{
  if (strpbrk (txt->name, " ,") != NULL)
    return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_DETAIL, error, "the name '%s' has a blank or a comma", txt->name);
  if (txt->value == NULL && !partial)
    return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_DETAIL, error, "'value' is missing");
  return true;
}

static const XmlField srv_rows[] = {
  XML_STRING (NetworkDnsSrv, service, "@service"),
  XML_STRING (NetworkDnsSrv, protocol, "@protocol"),
  XML_STRING (NetworkDnsSrv, domain, "@domain"),
  XML_STRING (NetworkDnsSrv, target, "@target"),
  XML_UINT (NetworkDnsSrv, port, "@port", .flags = XML_POSITIVE, XML_BAD (NETWORK, XML_DETAIL)),
  XML_UINT (NetworkDnsSrv, priority, "@priority", XML_BAD (NETWORK, XML_DETAIL)),
  XML_UINT (NetworkDnsSrv, weight, "@weight", XML_BAD (NETWORK, XML_DETAIL)),
  XML_END
};

/* A service or protocol: there unless @partial, and of DNS_LETTERS. */
static bool
check_word (xmlNode *node, const char *name, const char *word, bool partial, GError **error)
{
  if (word == NULL)
    return partial || xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_DETAIL, error, "'%s' is missing", name);
  return word[strspn (word, DNS_LETTERS)] == '\0'
         || xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_DETAIL, error,
                      "attribute '%s' is '%s', which has other characters than letters, digits, '_' and '-'", name, word);
}

static bool
check_srv (xmlNode *node, const NetworkDnsSrv *srv, bool partial, GError **error)
{
  const struct { const char *name; unsigned int value; } numbers[] = {
    { "port", srv->port }, { "priority", srv->priority }, { "weight", srv->weight },
  };

  if (!check_word (node, "service", srv->service, partial, error) || !check_word (node, "protocol", srv->protocol, partial, error))
    return false;
  for (unsigned int i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      if (xml_attribute (node, numbers[i].name) != NULL && srv->target == NULL)
        return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_DETAIL, error, "attribute '%s' needs 'target'", numbers[i].name);
      if (numbers[i].value > SRV_NUMBER_MAX)
        return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_DETAIL, error, "attribute '%s' is %u, above %u", numbers[i].name,
                         numbers[i].value, SRV_NUMBER_MAX);
    }
  return true;
}

static const XmlField hostname_rows[] = { XML_STRING (NetworkDnsHostname, name, "."), XML_END };
static const XmlSchema hostname_schema = XML_SCHEMA (NetworkDnsHostname, "hostname", hostname_rows);

static const XmlField host_rows[] = {
  XML_IP_ADDRESS (NetworkDnsHost, ip, "@ip", XML_BAD (NETWORK, XML_DETAIL)),
  XML_ITEMS (NetworkDnsHost, hostnames, "hostname", hostname_schema),
  XML_END
};

static bool
check_host (xmlNode *node, const NetworkDnsHost *host, bool partial, GError **error)
{
  for (unsigned int i = 0; i < host->hostnames.n; i++)
    if (host->hostnames.items[i]->name == NULL)
      return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_DETAIL, error, "a <hostname> is empty");
  if (host->ip.family == 0 && (!partial || host->hostnames.n == 0))
    return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_DETAIL, error, "'ip' is missing");
  if (host->hostnames.n == 0 && (!partial || host->ip.family == 0))
    return xml_fail (node, VIR_FROM_NETWORK, VIR_ERR_XML_DETAIL, error, "'hostname' is missing");
  return true;
}

/* A schema for whole elements, and one for those that name others to be removed. */
#define DNS_SCHEMAS(Type_, name_)                                                                                       \
  static bool                                                                                                          \
  name_##_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)                                      \
  {                                                                                                                    \
    return check_##name_ (node, object, false, error);                                                                 \
  }                                                                                                                    \
  static bool                                                                                                          \
  name_##_part_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)                                 \
  {                                                                                                                    \
    return check_##name_ (node, object, true, error);                                                                  \
  }                                                                                                                    \
  const XmlSchema network_dns_##name_##_schema                                                                         \
    = XML_SCHEMA (Type_, #name_, name_##_rows, .finish = name_##_finish, .from = VIR_FROM_NETWORK);                    \
  const XmlSchema network_dns_##name_##_part_schema                                                                    \
    = XML_SCHEMA (Type_, #name_, name_##_rows, .finish = name_##_part_finish, .from = VIR_FROM_NETWORK);

DNS_SCHEMAS (NetworkDnsTxt, txt)
DNS_SCHEMAS (NetworkDnsSrv, srv)
DNS_SCHEMAS (NetworkDnsHost, host)

const XmlField network_dns_rows[] = {
  XML_YES_NO (NetworkDns, enable, "@enable"),
  XML_YES_NO (NetworkDns, forward_plain_names, "@forwardPlainNames"),
  XML_ITEMS (NetworkDns, forwarders, "forwarder", forwarder_schema),
  XML_ITEMS (NetworkDns, txts, "txt", network_dns_txt_schema),
  XML_ITEMS (NetworkDns, srvs, "srv", network_dns_srv_schema),
  XML_ITEMS (NetworkDns, hosts, "host", network_dns_host_schema),
  XML_END
};
