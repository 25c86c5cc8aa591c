/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-interface.c: network interfaces. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (interface_type, INTERFACE_TYPE_LIST)
XML_ENUM_DEFINE (link_state, LINK_STATE_LIST)
XML_ENUM_DEFINE (mac_type, MAC_TYPE_LIST)
XML_ENUM_DEFINE (teaming_type, TEAMING_TYPE_LIST)

static const XmlField teaming_rows[] = {
  XML_ENUM (DomainTeaming, type, "@type", teaming_type, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED),
            XML_MISSING (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_STRING (DomainTeaming, persistent, "@persistent"),
  XML_END
};

static bool
teaming_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const DomainTeaming *teaming = object;

  if (teaming->type == TEAMING_TYPE_TRANSIENT && teaming->persistent == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "type='transient' needs '@persistent'");
  return true;
}

const XmlSchema domain_teaming_schema = XML_SCHEMA (DomainTeaming, "teaming", teaming_rows, .finish = teaming_finish);

static const XmlField ip_rows[] = {
  XML_IP_ADDRESS (DomainIp, address, "@address", XML_BAD (DOMAIN, INVALID_ARG), XML_MISSING (DOMAIN, INVALID_ARG)),
  XML_ENUM (DomainIp, family, "@family", network_family, XML_BAD (DOMAIN, INVALID_ARG)),
  XML_UINT (DomainIp, prefix, "@prefix", XML_BAD (DOMAIN, INVALID_ARG)),
  XML_IP_ADDRESS (DomainIp, peer, "@peer", XML_BAD (DOMAIN, INVALID_ARG)),
  XML_END
};

const XmlSchema domain_ip_schema = XML_SCHEMA (DomainIp, "ip", ip_rows);

static const XmlField user_rows[] = { XML_IGNORED ("source"), XML_END };

static const XmlField bridge_rows[] = {
  XML_STRING (DomainInterface, bridge, "source/@bridge", XML_MISSING (DOMAIN, XML_ERROR)), XML_END
};
static const XmlField network_rows[] = {
  XML_STRING (DomainInterface, network, "source/@network", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_STRING (DomainInterface, portgroup, "source/@portgroup"),
  XML_END
};

static const XmlField *const rows_by_type[] = {
  [INTERFACE_TYPE_USER] = user_rows,
  [INTERFACE_TYPE_BRIDGE] = bridge_rows,
  [INTERFACE_TYPE_NETWORK] = network_rows,
  [INTERFACE_TYPE_VDS] = NULL,
};
static const XmlCases type_cases = XML_CASES_OF (DomainInterface, type, interface_type, rows_by_type);

static const XmlField interface_rows[] = {
  XML_ENUM (DomainInterface, type, "@type", interface_type, .absent = INTERFACE_TYPE_USER, .flags = XML_ALWAYS),
  XML_UNSUPPORTED ("@trustGuestRxFilters"),
  XML_UNSUPPORTED ("@managed"),
  XML_MAC (DomainInterface, mac, "mac/@address", XML_BAD (DOMAIN, XML_ERROR)),
  XML_ENUM (DomainInterface, mac_type, "mac/@type", mac_type),
  XML_YES_NO (DomainInterface, mac_check, "mac/@check"),
  XML_CASES (type_cases),
  XML_UNSUPPORTED ("virtualport"),
  XML_UNSUPPORTED ("vlan"),
  XML_UNSUPPORTED ("ip"),
  XML_UNSUPPORTED ("route"),
  XML_UNSUPPORTED ("script"),
  XML_UNSUPPORTED ("downscript"),
  XML_UNSUPPORTED ("backend"),
  XML_UNSUPPORTED ("backenddomain"),
  XML_UNSUPPORTED ("portForward"),
  XML_STRING (DomainInterface, target_dev, "target/@dev"),
  XML_UNSUPPORTED ("target/@managed"),
  XML_STRING (DomainInterface, model, "model/@type"),
  XML_UNSUPPORTED ("driver"),
  XML_UNSUPPORTED ("filterref"),
  XML_UNSUPPORTED ("teaming"),
  XML_UNSUPPORTED ("bandwidth"),
  XML_UNSUPPORTED ("guest"),
  XML_UNSUPPORTED ("tune"),
  XML_UNSUPPORTED ("port"),
  XML_ENUM (DomainInterface, link, "link/@state", link_state, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_UINT (DomainInterface, mtu, "mtu/@size", XML_BAD (DOMAIN, XML_ERROR)),
  XML_UNSUPPORTED ("coalesce"),
  XML_INFO (DomainInterface),
  XML_END
};

static bool
interface_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const DomainInterface *interface = object;
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

  if (interface->mac[0] & 1)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "the MAC address is a multicast address");
  if (interface->model != NULL && strspn (interface->model, allowed) != strlen (interface->model))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, error,
                     "model '%s' has other characters than letters, digits, '-' and '_'", interface->model);
  return true;
}

const XmlSchema domain_interface_schema
  = XML_SCHEMA (DomainInterface, "interface", interface_rows, .finish = interface_finish, .from = VIR_FROM_DOMAIN);
