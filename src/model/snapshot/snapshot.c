/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot.c: the tables of snapshots, and what a request leaves open. */
#include "model/snapshot/snapshot.h"

#include "model/domain/storage-tables.h"
#include "model/domain/tables.h"
#include "model/snapshot/moment.h"

XML_ENUM_DEFINE (snapshot_state, SNAPSHOT_STATE_LIST)
XML_ENUM_DEFINE (snapshot_memory, SNAPSHOT_MEMORY_LIST)
XML_ENUM_DEFINE (snapshot_active, SNAPSHOT_ACTIVE_LIST)

static bool
has_image (const void *object, unsigned int format_flags)
{
  const DomainStorageSource *source = &((const DomainSnapshotDisk *) object)->source;

  return source->path != NULL || source->protocol != STORAGE_PROTOCOL_ABSENT || source->format != STORAGE_FORMAT_ABSENT;
}

static const XmlField disk_rows[] = {
  XML_STRING (DomainSnapshotDisk, name, "@name", XML_MISSING (DOMAIN_SNAPSHOT, INTERNAL_ERROR)),
  XML_ENUM (DomainSnapshotDisk, location, "@snapshot", disk_snapshot),
  XML_ENUM (DomainSnapshotDisk, source.type, "@type", storage_type, .absent = STORAGE_TYPE_FILE, .flags = XML_ALWAYS,
            .when = has_image),
  XML_ENUM (DomainSnapshotDisk, source.format, "driver/@type", storage_named_format, XML_BAD (DOMAIN_SNAPSHOT, CONFIG_UNSUPPORTED)),
  XML_METADATA_CACHE (DomainSnapshotDisk, source.metadata_cache, "driver"),
  XML_EMBED (DomainSnapshotDisk, source, "source", storage_attribute_rows),
  XML_EMBED (DomainSnapshotDisk, source, "source", storage_child_rows),
  XML_END
};

static bool
disk_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainSnapshotDisk *disk = object;
  DomainStorageSource *source = &disk->source;
  bool is_file = source->type == STORAGE_TYPE_FILE || source->type == STORAGE_TYPE_BLOCK;

  if (!storage_source_finish (source, node, "source", error))
    return false;
  if (!is_file && source->type != STORAGE_TYPE_NETWORK)
    return xml_fail (node, VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_XML_ERROR, error, "there are no snapshots of type '%s'",
                     xml_enum_name (&storage_type_names, source->type));
  if (is_file && source->path != NULL && source->path[0] != '/')
    return xml_fail (node, VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_XML_ERROR, error, "source: the path '%s' is not absolute", source->path);
  if (disk->location == DISK_SNAPSHOT_ABSENT && has_image (disk, 0))
    disk->location = DISK_SNAPSHOT_EXTERNAL;
  return true;
}
static const XmlSchema disk_schema = XML_SCHEMA (DomainSnapshotDisk, "disk", disk_rows, .finish = disk_finish);

static const XmlField name_rows[] = {
  XML_STRING (DomainSnapshot, name, "name"),
  XML_STRING (DomainSnapshot, description, "description"),
  XML_END
};

static const XmlField image_rows[] = {
  XML_ENUM (DomainSnapshot, memory, "memory/@snapshot", snapshot_memory),
  XML_STRING (DomainSnapshot, memory_file, "memory/@file"),
  XML_ITEMS (DomainSnapshot, disks, "disks/disk", disk_schema),
  XML_END
};

static const XmlField request_rows[] = {
  XML_PART ("", name_rows),
  XML_IGNORED ("state"),
  XML_IGNORED ("parent"),
  XML_IGNORED ("creationTime"),
  XML_PART ("", image_rows),
  XML_IGNORED ("domain"),
  XML_IGNORED ("inactiveDomain"),
  XML_IGNORED ("cookie"),
  XML_IGNORED ("active"),
  XML_END
};

static bool
is_known_by_uuid (const void *object, unsigned int format_flags)
{
  return ((const DomainSnapshot *) object)->domain == NULL;
}

static const XmlField rows[] = {
  XML_PART ("", name_rows),
  XML_ENUM (DomainSnapshot, state, "state", snapshot_state, XML_BAD (DOMAIN_SNAPSHOT, CONFIG_UNSUPPORTED)),
  XML_STRING (DomainSnapshot, parent, "parent/name"),
  XML_INT64 (DomainSnapshot, creation_time, "creationTime", XML_BAD (DOMAIN_SNAPSHOT, INTERNAL_ERROR)),
  XML_PART ("", image_rows),
  XML_CHILD (DomainSnapshot, domain, "domain", domain_schema),
  XML_UUID (DomainSnapshot, domain_uuid, "domain/uuid", .flags = XML_WRITE_ONLY, .when = is_known_by_uuid),
  XML_CHILD (DomainSnapshot, inactive_domain, "inactiveDomain", domain_schema),
  XML_CHILD (DomainSnapshot, cookie, "cookie", save_cookie_schema),
  XML_ENUM (DomainSnapshot, active, "active", snapshot_active, XML_BAD (DOMAIN_SNAPSHOT, INTERNAL_ERROR)),
  XML_END
};

static bool
check_memory (const DomainSnapshot *snapshot, const xmlNode *node, bool is_offline, GError **error)
{
  bool is_external = snapshot->memory == SNAPSHOT_MEMORY_EXTERNAL;

  if (snapshot->memory_file != NULL && snapshot->memory != SNAPSHOT_MEMORY_ABSENT && !is_external)
    return xml_fail (node, VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_XML_ERROR, error,
                     "memory: file='%s' goes only with snapshot='external'", snapshot->memory_file);
  if (is_external && snapshot->memory_file == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_XML_ERROR, error, "memory: snapshot='external' lacks a file");
  if (is_offline && (is_external || snapshot->memory == SNAPSHOT_MEMORY_INTERNAL))
    return xml_fail (node, VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_XML_ERROR, error,
                     "memory: a guest that did not run, or a snapshot of disks, has no memory to be kept");
  return snapshot->memory_file == NULL || snapshot->memory_file[0] == '/'
         || xml_fail (node, VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_XML_ERROR, error, "memory: the path '%s' is not absolute",
                      snapshot->memory_file);
}

static bool
snapshot_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainSnapshot *snapshot = object;
  bool is_offline = snapshot->state == SNAPSHOT_STATE_SHUTOFF || snapshot->state == SNAPSHOT_STATE_DISK_SNAPSHOT;

  if (snapshot->memory_file != NULL && snapshot->memory == SNAPSHOT_MEMORY_ABSENT)
    snapshot->memory = SNAPSHOT_MEMORY_EXTERNAL;
  if (snapshot->memory == SNAPSHOT_MEMORY_ABSENT && snapshot->state != SNAPSHOT_STATE_ABSENT)
    snapshot->memory = is_offline ? SNAPSHOT_MEMORY_NO : SNAPSHOT_MEMORY_INTERNAL;
  return (snapshot->name == NULL || moment_check_name ("snapshot", snapshot->name, node, error))
         && check_memory (snapshot, node, is_offline, error);
}

const XmlSchema domain_snapshot_request_schema
  = XML_SCHEMA (DomainSnapshot, "domainsnapshot", request_rows, .finish = snapshot_finish, .from = VIR_FROM_DOMAIN_SNAPSHOT);
const XmlSchema domain_snapshot_schema
  = XML_SCHEMA (DomainSnapshot, "domainsnapshot", rows, .finish = snapshot_finish, .from = VIR_FROM_DOMAIN_SNAPSHOT);

bool
domain_snapshot_check_redefinition (const DomainSnapshot *snapshot, GError **error)
{
  if (snapshot->name == NULL)
    return fail (error, VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_XML_ERROR, "domainsnapshot: 'name' is missing");
  if (snapshot->creation_time == 0)
    return fail (error, VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_INTERNAL_ERROR, "domainsnapshot: 'creationTime' is missing");
  return snapshot->state != SNAPSHOT_STATE_ABSENT
         || fail (error, VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_XML_ERROR, "domainsnapshot: 'state' is missing");
}

void
domain_snapshot_complete (DomainSnapshot *snapshot, int64_t now)
{
  snapshot->creation_time = now;
  if (snapshot->name == NULL)
    snapshot->name = g_strdup_printf ("%" G_GINT64_FORMAT, now);
}

/* The image's path with the snapshot's name as its suffix. */
static bool
name_overlay (DomainSnapshotDisk *item, const DomainDisk *disk, const char *name, GError **error)
{
  const char *path = disk->source.path;
  DomainStorageType type = item->source.type == STORAGE_TYPE_FILE ? disk->source.type : item->source.type;

  if (type != STORAGE_TYPE_FILE)
    return fail (error, VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_CONFIG_UNSUPPORTED,
                 "disk '%s' is of type '%s': the name of its snapshot's image must be given", item->name,
                 xml_enum_name (&storage_type_names, type));
  if (path == NULL)
    return fail (error, VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s' has no image to snapshot", item->name);
  const char *dot = strrchr (path, '.');
  size_t length = dot != NULL && strchr (dot, '/') == NULL ? (size_t) (dot - path) : strlen (path);
  item->source.path = g_strdup_printf ("%.*s.%s", (int) length, path, name);
  return true;
}

static bool
align_disk (DomainSnapshotDisk *item, const DomainDisk *disk, const char *name, DomainDiskSnapshot location, bool is_uniform,
            GError **error)
{
  if (item->location == DISK_SNAPSHOT_ABSENT)
    {
      item->location = disk->snapshot != DISK_SNAPSHOT_ABSENT ? disk->snapshot : location;
      if (!moment_is_writable (disk))
        item->location = DISK_SNAPSHOT_NO;
    }
  else if (is_uniform && item->location != location && moment_is_writable (disk))
    return fail (error, VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_CONFIG_UNSUPPORTED, "the snapshot of disk '%s' must be '%s', not '%s'",
                 item->name, xml_enum_name (&disk_snapshot_names, location), xml_enum_name (&disk_snapshot_names, item->location));
  if (item->location != DISK_SNAPSHOT_EXTERNAL)
    return item->source.path == NULL
           || fail (error, VIR_FROM_DOMAIN_SNAPSHOT, VIR_ERR_CONFIG_UNSUPPORTED,
                    "disk '%s': an image '%s' goes only with snapshot='external'", item->name, item->source.path);
  return item->source.path != NULL || item->source.protocol != STORAGE_PROTOCOL_ABSENT || name_overlay (item, disk, name, error);
}

bool
domain_snapshot_align (DomainSnapshot *snapshot, const Domain *domain, DomainDiskSnapshot location, bool is_uniform,
                       GError **error)
{
  if (!moment_align_disks (&snapshot->disks, domain, &disk_schema, error))
    return false;
  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (!align_disk (snapshot->disks.items[i], domain->disks.items[i], snapshot->name, location, is_uniform, error))
      return false;
  return true;
}
