/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/snapshot/backup.h"

#include "model/domain/storage-tables.h"
#include "model/domain/tables.h"
#include "model/snapshot/moment.h"

XML_ENUM_DEFINE (backup_mode, BACKUP_MODE_LIST)
XML_ENUM_DEFINE (backup_disk_mode, BACKUP_DISK_MODE_LIST)
XML_ENUM_DEFINE (backup_disk_state, BACKUP_DISK_STATE_LIST)

static bool
is_backed_up (const void *object, unsigned int format_flags)
{
  return ((const DomainBackupDisk *) object)->backup != TRI_NO;
}

static bool
has_target (const void *object, unsigned int format_flags)
{
  return is_backed_up (object, format_flags) && ((const DomainBackupDisk *) object)->image == BACKUP_MODE_PUSH;
}

static bool
has_scratch (const void *object, unsigned int format_flags)
{
  return is_backed_up (object, format_flags) && ((const DomainBackupDisk *) object)->image == BACKUP_MODE_PULL;
}

#define IMAGE(element_, when_) \
  XML_EMBED (DomainBackupDisk, source, element_, storage_attribute_rows, .when = when_), \
  XML_EMBED (DomainBackupDisk, source, element_, storage_child_rows, .when = when_)

static const XmlField image_rows[] = {
  XML_ENUM (DomainBackupDisk, state, "@state", backup_disk_state, .flags = XML_STATUS),
  XML_ENUM (DomainBackupDisk, source.type, "@type", storage_type, .absent = STORAGE_TYPE_FILE, .flags = XML_ALWAYS),
  XML_ENUM (DomainBackupDisk, mode, "@backupmode", backup_disk_mode),
  XML_STRING (DomainBackupDisk, incremental, "@incremental"),
  XML_STRING (DomainBackupDisk, export_name, "@exportname"),
  XML_STRING (DomainBackupDisk, export_bitmap, "@exportbitmap"),
  XML_UINT (DomainBackupDisk, source.index, "@index"),
  XML_ENUM (DomainBackupDisk, source.format, "driver/@type", storage_named_format, XML_BAD (DOMAIN, XML_ERROR)),
  XML_METADATA_CACHE (DomainBackupDisk, source.metadata_cache, "driver"),
  IMAGE ("target", has_target),
  IMAGE ("scratch", has_scratch),
  XML_END
};

static const XmlField disk_rows[] = {
  XML_STRING (DomainBackupDisk, name, "@name", XML_MISSING (DOMAIN, XML_ERROR)),
  XML_YES_NO (DomainBackupDisk, backup, "@backup"),
  XML_PART ("", image_rows, .when = is_backed_up),
  XML_END
};

static bool
has_child (const xmlNode *node, const char *name)
{
  for (const xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && strcmp ((const char *) child->name, name) == 0)
      return true;
  return false;
}

static bool
disk_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainBackupDisk *disk = object;
  DomainStorageType type = disk->source.type;
  bool is_target = has_child (node, "target"), is_scratch = has_child (node, "scratch");

  if (is_target && is_scratch)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'target' goes only with mode='push', 'scratch' with 'pull'");
  disk->image = is_target ? BACKUP_MODE_PUSH : is_scratch ? BACKUP_MODE_PULL : BACKUP_MODE_ABSENT;
  if (disk->backup == TRI_ABSENT)
    disk->backup = TRI_YES;
  if (disk->backup == TRI_NO)
    return true;
  if (type != STORAGE_TYPE_FILE && type != STORAGE_TYPE_BLOCK)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "there are no backups of type '%s'",
                     xml_enum_name (&storage_type_names, type));
  if (disk->mode == BACKUP_DISK_MODE_FULL && disk->incremental != NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "backupmode='full' goes without 'incremental'");
  return storage_source_finish (&disk->source, node, is_target ? "target" : "scratch", error);
}
static const XmlSchema disk_schema = XML_SCHEMA (DomainBackupDisk, "disk", disk_rows, .finish = disk_finish);

static const XmlField server_rows[] = {
  XML_ENUM (DomainBackupServer, transport, "@transport", storage_transport, .absent = STORAGE_TRANSPORT_TCP, .flags = XML_ALWAYS),
  XML_YES_NO (DomainBackupServer, tls, "@tls"),
  XML_STRING (DomainBackupServer, name, "@name"),
  XML_UINT (DomainBackupServer, port, "@port", XML_BAD (DOMAIN, XML_ERROR)),
  XML_STRING (DomainBackupServer, socket, "@socket"),
  XML_END
};

static bool
server_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const DomainBackupServer *server = object;

  switch (server->transport)
    {
    case STORAGE_TRANSPORT_TCP:
      if (server->name == NULL)
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "transport='tcp' lacks 'name'");
      return server->port <= UINT16_MAX
             || xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "port %u is above %d", server->port, UINT16_MAX);
    case STORAGE_TRANSPORT_UNIX:
      if (server->socket == NULL)
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "transport='unix' lacks a socket");
      if (server->tls == TRI_YES)
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "tls='yes' goes only with transport='tcp'");
      return server->socket[0] == '/'
             || xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "the socket's path '%s' is not absolute", server->socket);
    default:
      return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "transport is '%s', not one of tcp, unix",
                       xml_enum_name (&storage_transport_names, server->transport));
    }
}
static const XmlSchema server_schema = XML_SCHEMA (DomainBackupServer, "server", server_rows, .finish = server_finish);

static const XmlField rows[] = {
  XML_ENUM (DomainBackup, mode, "@mode", backup_mode, .absent = BACKUP_MODE_PUSH, .flags = XML_ALWAYS),
  XML_STRING (DomainBackup, incremental, "incremental"),
  XML_CHILD (DomainBackup, server, "server", server_schema),
  XML_ITEMS (DomainBackup, disks, "disks/disk", disk_schema),
  XML_CHILD (DomainBackup, status, "privateData", storage_status_schema, .flags = XML_STATUS),
  XML_END
};

static bool
backup_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainBackup *backup = object;

  if (backup->server != NULL && backup->mode == BACKUP_MODE_PUSH)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'server' goes only with mode='pull'");
  for (unsigned int i = 0; i < backup->disks.n; i++)
    {
      DomainBackupDisk *disk = backup->disks.items[i];

      if (disk->image != BACKUP_MODE_ABSENT && disk->image != backup->mode)
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "disk '%s': '%s' does not go with mode='%s'", disk->name,
                         disk->image == BACKUP_MODE_PUSH ? "target" : "scratch", xml_enum_name (&backup_mode_names, backup->mode));
      disk->image = backup->mode;
      if (backup->mode == BACKUP_MODE_PUSH && (disk->export_name != NULL || disk->export_bitmap != NULL))
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "disk '%s': only mode='pull' exports disks", disk->name);
    }
  return true;
}
const XmlSchema domain_backup_schema
  = XML_SCHEMA (DomainBackup, "domainbackup", rows, .finish = backup_finish, .from = VIR_FROM_DOMAIN);

static void
choose_mode (DomainBackupDisk *item, const char *incremental)
{
  if (item->mode == BACKUP_DISK_MODE_ABSENT)
    item->mode = item->incremental != NULL || incremental != NULL ? BACKUP_DISK_MODE_INCREMENTAL : BACKUP_DISK_MODE_FULL;
  if (item->mode == BACKUP_DISK_MODE_INCREMENTAL && item->incremental == NULL)
    item->incremental = g_strdup (incremental);
}

static bool
align_disk (DomainBackup *backup, DomainBackupDisk *item, const DomainDisk *disk, const char *suffix, GError **error)
{
  if (item->backup == TRI_NO)
    return true;
  if (!moment_is_writable (disk))
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s' has no medium that can be written to", item->name);
  choose_mode (item, backup->incremental);
  if (item->mode == BACKUP_DISK_MODE_INCREMENTAL && item->incremental == NULL)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED,
                 "disk '%s': backupmode='incremental' lacks the checkpoint to start from", item->name);
  if (item->source.path != NULL)
    return true;
  if (item->source.type != STORAGE_TYPE_FILE || disk->source.type != STORAGE_TYPE_FILE)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED,
                 "disk '%s': the name of its backup's image must be given, as it is no file", item->name);
  item->source.path = g_strdup_printf ("%s.%s", disk->source.path, suffix);
  return true;
}

bool
domain_backup_align (DomainBackup *backup, const Domain *domain, const char *suffix, GError **error)
{
  bool has_list = backup->disks.n > 0, is_any = false;

  if (!moment_name_disks (&backup->disks, domain, error))
    return false;
  for (unsigned int i = 0; i < domain->disks.n; i++)
    {
      const DomainDisk *disk = domain->disks.items[i];
      DomainBackupDisk *item = moment_find_item (&backup->disks, disk->target.dev);

      if (item == NULL)
        {
          item = xml_new (&disk_schema);
          item->name = g_strdup (disk->target.dev);
          item->backup = !has_list && moment_is_writable (disk) ? TRI_YES : TRI_NO;
          item->image = backup->mode;
          xml_list_append (&backup->disks, item);
        }
      is_any = is_any || item->backup != TRI_NO;
      if (!align_disk (backup, item, disk, suffix, error))
        return false;
    }
  return is_any || fail (error, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_UNSUPPORTED, "no disk is to be backed up");
}
