/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-storage-source.c: images, wherever they are. */
#include "model/domain/storage-tables.h"
#include "model/domain/tables.h"

XML_ENUM_DEFINE (storage_type, STORAGE_TYPE_LIST)
XML_ENUM_DEFINE (storage_format, STORAGE_FORMAT_LIST)
XML_ENUM_DEFINE (storage_named_format, STORAGE_NAMED_FORMAT_LIST)
XML_ENUM_DEFINE (storage_protocol, STORAGE_PROTOCOL_LIST)
XML_ENUM_DEFINE (storage_transport, STORAGE_TRANSPORT_LIST)
XML_ENUM_DEFINE (storage_access, STORAGE_ACCESS_LIST)
XML_ENUM_DEFINE (storage_pool_mode, STORAGE_POOL_MODE_LIST)
XML_ENUM_DEFINE (storage_slice, STORAGE_SLICE_LIST)
XML_ENUM_DEFINE (storage_node, STORAGE_NODE_LIST)
XML_ENUM_DEFINE (storage_object, STORAGE_OBJECT_LIST)
XML_ENUM_DEFINE (disk_startup_policy, DISK_STARTUP_POLICY_LIST)

static const XmlField no_rows[] = { XML_END };

static const XmlField host_rows[] = {
  XML_STRING (DomainStorageHost, name, "@name"),
  XML_UINT (DomainStorageHost, port, "@port", XML_BAD (NONE, INVALID_ARG)),
  XML_ENUM (DomainStorageHost, transport, "@transport", storage_transport, .absent = STORAGE_TRANSPORT_TCP,
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_STRING (DomainStorageHost, socket, "@socket"),
  XML_END
};

static bool
host_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const DomainStorageHost *host = object;
  bool is_unix = host->transport == STORAGE_TRANSPORT_UNIX;

  if (host->port > UINT16_MAX)
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, error, "port %u is above %d", host->port, UINT16_MAX);
  if (is_unix != (host->socket != NULL))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error,
                     is_unix ? "transport='unix' lacks a socket" : "a socket goes only with transport='unix'");
  return is_unix || host->name != NULL
         || xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'name' is missing");
}
static const XmlSchema host_schema = XML_SCHEMA (DomainStorageHost, "host", host_rows, .finish = host_finish);

static const XmlField cookie_rows[] = {
  XML_STRING (DomainStorageCookie, name, "@name", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_STRING (DomainStorageCookie, value, ".", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};
static const XmlSchema cookie_schema = XML_SCHEMA (DomainStorageCookie, "cookie", cookie_rows);

static const XmlField cookies_rows[] = {
  XML_ITEMS (DomainStorageCookies, items, "cookie", cookie_schema),
  XML_END
};

/* What HTTP takes as a token, or as a value that may be in quotes. */
static bool
is_cookie_text (const char *text, const char *forbidden)
{
  for (; *text != '\0'; text++)
    if ((unsigned char) *text < 0x21 || (unsigned char) *text > 0x7e || strchr (forbidden, *text) != NULL)
      return false;
  return true;
}

static bool
is_cookie_value (const char *value)
{
  size_t length = strlen (value);
  bool is_quoted = length >= 2 && value[0] == '"' && value[length - 1] == '"';
  g_autofree char *inner = g_strndup (value + is_quoted, length - (is_quoted ? 2 : 0));

  return is_cookie_text (inner, "\",;\\");
}

static bool
cookies_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const DomainStorageCookies *cookies = object;

  for (unsigned int i = 0; i < cookies->items.n; i++)
    {
      const DomainStorageCookie *cookie = cookies->items.items[i];

      if (!is_cookie_text (cookie->name, "()<>@,;:\\\"/[]?={}"))
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'%s' is no name for a cookie", cookie->name);
      if (!is_cookie_value (cookie->value))
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "cookie '%s' has a value that no cookie can have",
                         cookie->name);
      for (unsigned int j = 0; j < i; j++)
        if (strcmp (cookies->items.items[j]->name, cookie->name) == 0)
          return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "there are two cookies '%s'", cookie->name);
    }
  return true;
}
static const XmlSchema cookies_schema = XML_SCHEMA (DomainStorageCookies, "cookies", cookies_rows, .finish = cookies_finish);

static const XmlField query_rows[] = { XML_STRING (DomainStorageSource, query, "@query"), XML_END };
static const XmlField *const query_rows_by_protocol[STORAGE_PROTOCOL_LAST] = {
  [STORAGE_PROTOCOL_NBD ... STORAGE_PROTOCOL_ISCSI] = no_rows,
  [STORAGE_PROTOCOL_HTTP ... STORAGE_PROTOCOL_HTTPS] = query_rows,
  [STORAGE_PROTOCOL_FTP ... STORAGE_PROTOCOL_LAST - 1] = no_rows,
};
static const XmlCases query_cases = XML_CASES_OF (DomainStorageSource, protocol, storage_protocol, query_rows_by_protocol);

static const XmlField http_rows[] = {
  XML_CHILD (DomainStorageSource, cookies, "cookies", cookies_schema),
  XML_UINT64 (DomainStorageSource, readahead, "readahead/@size", XML_BAD (DOMAIN, XML_ERROR)),
  XML_UINT64 (DomainStorageSource, timeout, "timeout/@seconds", XML_BAD (DOMAIN, XML_ERROR)),
  XML_END
};
static const XmlField https_rows[] = {
  XML_YES_NO (DomainStorageSource, ssl_verify, "ssl/@verify"),
  XML_PART ("", http_rows),
  XML_END
};
static const XmlField iscsi_rows[] = { XML_STRING (DomainStorageSource, initiator, "initiator/iqn/@name"), XML_END };
static const XmlField nfs_rows[] = {
  XML_STRING (DomainStorageSource, user, "identity/@user"),
  XML_STRING (DomainStorageSource, group, "identity/@group"),
  XML_END
};
static const XmlField *const protocol_rows[STORAGE_PROTOCOL_LAST] = {
  [STORAGE_PROTOCOL_NBD ... STORAGE_PROTOCOL_GLUSTER] = no_rows,
  [STORAGE_PROTOCOL_ISCSI] = iscsi_rows,
  [STORAGE_PROTOCOL_HTTP] = http_rows,
  [STORAGE_PROTOCOL_HTTPS] = https_rows,
  [STORAGE_PROTOCOL_FTP] = http_rows,
  [STORAGE_PROTOCOL_FTPS] = https_rows,
  [STORAGE_PROTOCOL_TFTP ... STORAGE_PROTOCOL_VXHS] = no_rows,
  [STORAGE_PROTOCOL_NFS] = nfs_rows,
};
static const XmlCases protocol_cases = XML_CASES_OF (DomainStorageSource, protocol, storage_protocol, protocol_rows);

static const XmlField file_attributes[] = {
  XML_STRING (DomainStorageSource, path, "@file"),
  XML_STRING (DomainStorageSource, fd_group, "@fdgroup"),
  XML_END
};
static const XmlField block_attributes[] = { XML_STRING (DomainStorageSource, path, "@dev"), XML_END };
static const XmlField dir_attributes[] = { XML_STRING (DomainStorageSource, path, "@dir"), XML_END };
/* A drive without a medium has none. */
static bool
has_protocol (const void *object, unsigned int format_flags)
{
  return ((const DomainStorageSource *) object)->protocol != STORAGE_PROTOCOL_ABSENT;
}

static const XmlField network_attributes[] = {
  XML_ENUM (DomainStorageSource, protocol, "@protocol", storage_protocol, XML_MISSING (XML, XML_ERROR)),
  XML_STRING (DomainStorageSource, path, "@name"),
  XML_YES_NO (DomainStorageSource, tls, "@tls"),
  XML_UINT (DomainStorageSource, tls_from_config, "@tlsFromConfig", .flags = XML_STATUS | XML_ALWAYS, .when = has_protocol),
  XML_STRING (DomainStorageSource, tls_hostname, "@tlsHostname"),
  XML_CASES (query_cases),
  XML_END
};
static const XmlField volume_attributes[] = {
  XML_STRING (DomainStorageSource, pool, "@pool"),
  XML_STRING (DomainStorageSource, path, "@volume"),
  XML_ENUM (DomainStorageSource, mode, "@mode", storage_pool_mode, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_END
};
static const XmlField nvme_attributes[] = {
  XML_ENUM (DomainStorageSource, access, "@type", storage_access, XML_BAD (DOMAIN, XML_ERROR), XML_MISSING (DOMAIN, XML_ERROR)),
  XML_YES_NO (DomainStorageSource, managed, "@managed"),
  XML_UINT64 (DomainStorageSource, nvme_namespace, "@namespace", XML_BAD (DOMAIN, XML_ERROR),
              XML_MISSING (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_END
};
static const XmlField vhost_user_attributes[] = {
  XML_ENUM (DomainStorageSource, access, "@type", storage_access, XML_BAD (DOMAIN, XML_ERROR), XML_MISSING (DOMAIN, XML_ERROR)),
  XML_STRING (DomainStorageSource, path, "@path", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};
static const XmlField *const attributes_by_type[] = {
  [STORAGE_TYPE_FILE] = file_attributes,
  [STORAGE_TYPE_BLOCK] = block_attributes,
  [STORAGE_TYPE_DIR] = dir_attributes,
  [STORAGE_TYPE_NETWORK] = network_attributes,
  [STORAGE_TYPE_VOLUME] = volume_attributes,
  [STORAGE_TYPE_NVME] = nvme_attributes,
  [STORAGE_TYPE_VHOST_USER] = vhost_user_attributes,
  [STORAGE_TYPE_VHOST_VDPA] = block_attributes,
};
static const XmlCases attribute_cases = XML_CASES_OF (DomainStorageSource, type, storage_type, attributes_by_type);

const XmlField storage_attribute_rows[] = { XML_CASES (attribute_cases), XML_END };

static const XmlSchema pci_schema = XML_SCHEMA (PciAddress, "address", pci_address_rows);

static const XmlField network_children[] = {
  XML_ITEMS (DomainStorageSource, hosts, "host", host_schema),
  XML_STRING (DomainStorageSource, snapshot, "snapshot/@name"),
  XML_STRING (DomainStorageSource, config, "config/@file"),
  XML_CASES (protocol_cases),
  XML_END
};
static const XmlField nvme_children[] = {
  XML_CHILD (DomainStorageSource, pci, "address", pci_schema, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};
static const XmlField vhost_user_children[] = {
  XML_YES_NO (DomainStorageSource, reconnect, "reconnect/@enabled"),
  XML_UINT (DomainStorageSource, reconnect_timeout, "reconnect/@timeout"),
  XML_END
};
static const XmlField *const children_by_type[] = {
  [STORAGE_TYPE_FILE] = no_rows,
  [STORAGE_TYPE_BLOCK] = no_rows,
  [STORAGE_TYPE_DIR] = no_rows,
  [STORAGE_TYPE_NETWORK] = network_children,
  [STORAGE_TYPE_VOLUME] = no_rows,
  [STORAGE_TYPE_NVME] = nvme_children,
  [STORAGE_TYPE_VHOST_USER] = vhost_user_children,
  [STORAGE_TYPE_VHOST_VDPA] = no_rows,
};
static const XmlCases child_cases = XML_CASES_OF (DomainStorageSource, type, storage_type, children_by_type);

static const XmlField slice_rows[] = {
  XML_ENUM (DomainStorageSlice, type, "@type", storage_slice, .flags = XML_LENIENT),
  XML_UINT64 (DomainStorageSlice, offset, "@offset", .absent = -1, XML_BAD (DOMAIN, XML_ERROR), XML_MISSING (DOMAIN, XML_ERROR)),
  XML_UINT64 (DomainStorageSlice, size, "@size", .absent = -1, XML_BAD (DOMAIN, XML_ERROR), XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};
static const XmlSchema slice_schema = XML_SCHEMA (DomainStorageSlice, "slice", slice_rows);

static const XmlField reservations_rows[] = {
  XML_YES_NO (DomainStorageReservations, managed, "@managed", XML_MISSING (XML, XML_ERROR)),
  XML_STRING (DomainStorageReservations, type, "source/@type"),
  XML_STRING (DomainStorageReservations, path, "source/@path"),
  XML_STRING (DomainStorageReservations, mode, "source/@mode"),
  XML_END
};

static bool
reservations_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const DomainStorageReservations *reservations = object;
  bool is_ours = reservations->managed == TRI_YES;

  if (is_ours && reservations->path == NULL)
    return true;
  if (g_strcmp0 (reservations->type, "unix") != 0)
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_ERROR, error, "source: 'type' is '%s', not 'unix'",
                     reservations->type ?: "missing");
  if (reservations->path == NULL)
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_ERROR, error, "source: 'path' is missing");
  return g_strcmp0 (reservations->mode, "client") == 0
         || xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_ERROR, error, "source: 'mode' is '%s', not 'client'",
                      reservations->mode ?: "missing");
}
static const XmlSchema reservations_schema
  = XML_SCHEMA (DomainStorageReservations, "reservations", reservations_rows, .finish = reservations_finish);

static const XmlField node_rows[] = {
  XML_ENUM (DomainStorageNode, type, "@type", storage_node, .flags = XML_REQUIRED),
  XML_STRING (DomainStorageNode, name, "@name", .flags = XML_REQUIRED),
  XML_END
};
const XmlSchema storage_node_schema = XML_SCHEMA (DomainStorageNode, "nodename", node_rows);

static const XmlField object_rows[] = {
  XML_ENUM (DomainStorageObject, type, "@type", storage_object, .flags = XML_REQUIRED),
  XML_STRING (DomainStorageObject, alias, "@alias", .flags = XML_REQUIRED),
  XML_END
};
const XmlSchema storage_object_schema = XML_SCHEMA (DomainStorageObject, "secret", object_rows);

static const XmlField status_rows[] = {
  XML_ITEMS (DomainStorageStatus, nodes, "nodenames/nodename", storage_node_schema),
  XML_STRING (DomainStorageStatus, reservations_manager, "reservations/@mgralias"),
  XML_STRING (DomainStorageStatus, rel_path, "relPath"),
  XML_ITEMS (DomainStorageStatus, secrets, "objects/secret", storage_object_schema),
  XML_STRING (DomainStorageStatus, tls_alias, "objects/TLSx509/@alias"),
  XML_YES_NO (DomainStorageStatus, threshold_by_index, "thresholdEvent/@indexUsed"),
  XML_END
};
const XmlSchema storage_status_schema = XML_SCHEMA (DomainStorageStatus, "privateData", status_rows);

const XmlField storage_child_rows[] = {
  XML_CASES (child_cases),
  XML_ITEMS (DomainStorageSource, slices, "slices/slice", slice_schema),
  XML_ITEMS (DomainStorageSource, seclabels, "seclabel", domain_device_seclabel_schema),
  XML_CHILD (DomainStorageSource, auth, "auth", auth_schema),
  XML_CHILD (DomainStorageSource, encryption, "encryption", encryption_schema),
  XML_CHILD (DomainStorageSource, reservations, "reservations", reservations_schema),
  XML_CHILD (DomainStorageSource, actual, "actual", storage_backing_schema, .flags = XML_STATUS),
  XML_CHILD (DomainStorageSource, status, "privateData", storage_status_schema, .flags = XML_STATUS),
  XML_END
};

static const XmlField backing_rows[] = {
  XML_ENUM (DomainStorageSource, type, "@type", storage_type, XML_BAD (DOMAIN, XML_ERROR)),
  XML_UINT (DomainStorageSource, index, "@index", .flags = XML_LIVE),
  XML_ENUM (DomainStorageSource, format, "format/@type", storage_named_format, XML_BAD (DOMAIN, XML_ERROR)),
  XML_METADATA_CACHE (DomainStorageSource, metadata_cache, "format"),
  XML_PART ("source", storage_attribute_rows),
  XML_PART ("source", storage_child_rows),
  XML_CHILD (DomainStorageSource, backing, "backingStore", storage_backing_schema),
  XML_END
};

static bool
backing_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainStorageSource *source = object;

  if (source->type == STORAGE_TYPE_ABSENT)
    {
      xml_reset (&storage_backing_schema, source);
      return true;
    }
  if (source->format == STORAGE_FORMAT_ABSENT)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'format/@type' is missing");
  if (!storage_source_finish (source, node, "source", error))
    return false;
  return source->path != NULL || source->protocol != STORAGE_PROTOCOL_ABSENT || source->pci != NULL
         || xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'source' is missing");
}

const XmlSchema storage_backing_schema
  = XML_SCHEMA (DomainStorageSource, "backingStore", backing_rows, .finish = backing_finish);
