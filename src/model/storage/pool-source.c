/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-source.c: the sources of pools, a table for each type. */
#include "model/storage/pool.h"
#include "model/storage/pool-private.h"

XML_ENUM_DEFINE (pool_fs, POOL_FS_LIST)
XML_ENUM_DEFINE (pool_netfs, POOL_NETFS_LIST)
XML_ENUM_DEFINE (pool_disk, POOL_DISK_LIST)
XML_ENUM_DEFINE (pool_logical, POOL_LOGICAL_LIST)
XML_ENUM_DEFINE (pool_adapter, POOL_ADAPTER_LIST)

static const XmlField host_rows[] = {
  XML_STRING (PoolHost, name, "@name", XML_MISSING (STORAGE, XML_ERROR)),
  XML_INT (PoolHost, port, "@port", XML_BAD (STORAGE, XML_ERROR)),
  XML_END
};
static const XmlSchema host_schema = XML_SCHEMA (PoolHost, "host", host_rows);

static const XmlField extent_rows[] = {
  XML_UINT64 (PoolExtent, start, "@start", .flags = XML_ALWAYS),
  XML_UINT64 (PoolExtent, end, "@end", .flags = XML_ALWAYS),
  XML_END
};
static const XmlSchema extent_schema = XML_SCHEMA (PoolExtent, "freeExtent", extent_rows);

static const XmlField device_rows[] = {
  XML_STRING (PoolDevice, path, "@path", XML_MISSING (STORAGE, XML_ERROR)),
  XML_YES_NO (PoolDevice, part_separator, "@part_separator", XML_BAD (STORAGE, XML_ERROR)),
  XML_ITEMS (PoolDevice, free, "freeExtent", extent_schema, .flags = XML_WRITE_ONLY),
  XML_END
};
static const XmlSchema device_schema = XML_SCHEMA (PoolDevice, "device", device_rows);

static const XmlField pci_rows[] = { XML_EMBED (PciAddress, domain, "", pci_address_rows), XML_END };
static const XmlSchema pci_schema = XML_SCHEMA (PciAddress, "address", pci_rows);

static const XmlField parent_address_rows[] = {
  XML_INT (PoolParentAddress, unique_id, "@unique_id", .absent = INT32_MIN, XML_BAD (STORAGE, XML_ERROR),
           XML_MISSING (STORAGE, XML_ERROR)),
  XML_CHILD (PoolParentAddress, address, "address", pci_schema, XML_MISSING (STORAGE, XML_ERROR)),
  XML_END
};
static const XmlSchema parent_address_schema = XML_SCHEMA (PoolParentAddress, "parentaddr", parent_address_rows);

static const XmlField scsi_host_rows[] = {
  XML_STRING (PoolAdapter, name, "@name"),
  XML_CHILD (PoolAdapter, parent_address, "parentaddr", parent_address_schema),
  XML_END
};

static const XmlField fc_host_rows[] = {
  XML_STRING (PoolAdapter, parent, "@parent"),
  XML_STRING (PoolAdapter, parent_wwnn, "@parent_wwnn"),
  XML_STRING (PoolAdapter, parent_wwpn, "@parent_wwpn"),
  XML_STRING (PoolAdapter, parent_fabric_wwn, "@parent_fabric_wwn"),
  XML_YES_NO (PoolAdapter, managed, "@managed", XML_BAD (STORAGE, XML_ERROR)),
  XML_STRING (PoolAdapter, wwnn, "@wwnn", XML_MISSING (STORAGE, XML_ERROR)),
  XML_STRING (PoolAdapter, wwpn, "@wwpn", XML_MISSING (STORAGE, XML_ERROR)),
  XML_END
};

static const XmlField *const adapter_rows_by_type[] = {
  [POOL_ADAPTER_SCSI_HOST] = scsi_host_rows,
  [POOL_ADAPTER_FC_HOST] = fc_host_rows,
};
static const XmlCases adapter_cases = XML_CASES_OF (PoolAdapter, type, pool_adapter, adapter_rows_by_type);

static const XmlField adapter_rows[] = {
  XML_ENUM (PoolAdapter, type, "@type", pool_adapter, .absent = POOL_ADAPTER_SCSI_HOST, .flags = XML_ALWAYS,
            XML_BAD (STORAGE, XML_ERROR)),
  XML_CASES (adapter_cases),
  XML_END
};

static bool
check_wwn (const xmlNode *node, const char *name, const char *wwn, GError **error)
{
  return wwn == NULL || (strlen (wwn) == 16 && strspn (wwn, "0123456789abcdefABCDEF") == 16)
         || xml_fail (node, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, error, "'%s' is '%s', not 16 hexadecimal digits", name, wwn);
}

static bool
check_fc_host (const xmlNode *node, const PoolAdapter *adapter, GError **error)
{
  if ((adapter->parent_wwnn == NULL) != (adapter->parent_wwpn == NULL))
    return xml_fail (node, VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, error, "'parent_wwnn' and 'parent_wwpn' go together");
  return check_wwn (node, "wwnn", adapter->wwnn, error) && check_wwn (node, "wwpn", adapter->wwpn, error)
         && check_wwn (node, "parent_wwnn", adapter->parent_wwnn, error)
         && check_wwn (node, "parent_wwpn", adapter->parent_wwpn, error)
         && check_wwn (node, "parent_fabric_wwn", adapter->parent_fabric_wwn, error);
}

/* Without a type it is a SCSI host by name, the oldest form. */
static bool
adapter_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const PoolAdapter *adapter = object;
  bool has_type = xml_attribute (node, "type") != NULL;

  if (adapter->type == POOL_ADAPTER_FC_HOST)
    return check_fc_host (node, adapter, error);
  if (!has_type && (xml_attribute (node, "parent") != NULL || xml_attribute (node, "wwnn") != NULL
                    || xml_attribute (node, "wwpn") != NULL))
    return xml_fail (node, VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, error, "'wwnn', 'wwpn' and 'parent' need a 'type'");
  return (adapter->name != NULL) != (adapter->parent_address != NULL)
         || xml_fail (node, VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, error, "a SCSI host has either 'name' or 'parentaddr'");
}
static const XmlSchema adapter_schema = XML_SCHEMA (PoolAdapter, "adapter", adapter_rows, .finish = adapter_finish);

#define HOSTS XML_ITEMS (PoolSource, hosts, "host", host_schema)
#define DEVICES XML_ITEMS (PoolSource, devices, "device", device_schema)
#define DIR XML_STRING (PoolSource, dir, "dir/@path")
#define NAME XML_STRING (PoolSource, name, "name")
#define INITIATOR XML_STRING (PoolSource, initiator, "initiator/iqn/@name")
/* In the names of the pool's type; the first one if there is none. */
#define FORMAT(names_) \
  XML_ENUM (PoolSource, format, "format/@type", names_, .absent = 1, .flags = XML_ALWAYS, \
            XML_BAD (STORAGE, CONFIG_UNSUPPORTED))

static const XmlField fs_rows[] = { DEVICES, FORMAT (pool_fs), XML_END };
static const XmlField netfs_rows[] = { HOSTS, DIR, FORMAT (pool_netfs), XML_END };
static const XmlField logical_rows[] = { DEVICES, NAME, FORMAT (pool_logical), XML_END };
static const XmlField disk_rows[] = { DEVICES, FORMAT (pool_disk), XML_END };
static const XmlField iscsi_rows[] = { HOSTS, DEVICES, INITIATOR, XML_END };
static const XmlField scsi_rows[] = { XML_CHILD (PoolSource, adapter, "adapter", adapter_schema), XML_END };
static const XmlField rbd_rows[] = { HOSTS, NAME, XML_END };
static const XmlField gluster_rows[] = { HOSTS, DIR, NAME, XML_END };
static const XmlField zfs_rows[] = { DEVICES, NAME, XML_END };
static const XmlField name_rows[] = { NAME, XML_END };
static const XmlField no_rows[] = { XML_END };

static const XmlField *const rows_by_type[] = {
  [POOL_TYPE_DIR] = no_rows,
  [POOL_TYPE_FS] = fs_rows,
  [POOL_TYPE_NETFS] = netfs_rows,
  [POOL_TYPE_LOGICAL] = logical_rows,
  [POOL_TYPE_DISK] = disk_rows,
  [POOL_TYPE_ISCSI] = iscsi_rows,
  [POOL_TYPE_ISCSI_DIRECT] = iscsi_rows,
  [POOL_TYPE_SCSI] = scsi_rows,
  [POOL_TYPE_MPATH] = no_rows,
  [POOL_TYPE_RBD] = rbd_rows,
  [POOL_TYPE_SHEEPDOG] = rbd_rows,
  [POOL_TYPE_GLUSTER] = gluster_rows,
  [POOL_TYPE_ZFS] = zfs_rows,
  [POOL_TYPE_VSTORAGE] = name_rows,
};
static const XmlCases source_cases = XML_CASES_OF (PoolSource, type, pool_type, rows_by_type);

const XmlField pool_source_rows[] = {
  XML_CASES (source_cases),
  XML_CHILD (PoolSource, auth, "auth", auth_schema),
  XML_STRING (PoolSource, protocol, "protocol/@ver"),
  XML_STRING (PoolSource, vendor, "vendor/@name"),
  XML_STRING (PoolSource, product, "product/@name"),
  XML_END
};

/* A document of sources does not say their type: whoever reads it does, in `type`. */
const XmlSchema pool_source_schema = XML_SCHEMA (PoolSource, "source", pool_source_rows, .from = VIR_FROM_STORAGE);

static const XmlField sources_rows[] = { XML_ITEMS (PoolSources, sources, "source", pool_source_schema), XML_END };
const XmlSchema pool_sources_schema = XML_SCHEMA (PoolSources, "sources", sources_rows, .from = VIR_FROM_STORAGE);
