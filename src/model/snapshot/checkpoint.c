/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/snapshot/checkpoint.h"

#include "model/domain/tables.h"
#include "model/snapshot/moment.h"

XML_ENUM_DEFINE (checkpoint_type, CHECKPOINT_TYPE_LIST)

static const XmlField disk_rows[] = {
  XML_STRING (DomainCheckpointDisk, name, "@name", XML_MISSING (DOMAIN_CHECKPOINT, XML_ERROR)),
  XML_ENUM (DomainCheckpointDisk, type, "@checkpoint", checkpoint_type, XML_BAD (DOMAIN_CHECKPOINT, CONFIG_UNSUPPORTED)),
  XML_STRING (DomainCheckpointDisk, bitmap, "@bitmap"),
  XML_UINT64 (DomainCheckpointDisk, size, "@size", .absent = -1, .flags = XML_WRITE_ONLY),
  XML_END
};

static bool
disk_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainCheckpointDisk *disk = object;

  if (disk->type == CHECKPOINT_TYPE_ABSENT)
    disk->type = CHECKPOINT_TYPE_BITMAP;
  return disk->bitmap == NULL || disk->type == CHECKPOINT_TYPE_BITMAP
         || xml_fail (node, VIR_FROM_DOMAIN_CHECKPOINT, VIR_ERR_XML_ERROR, error, "checkpoint='no' goes with no bitmap");
}
static const XmlSchema disk_schema = XML_SCHEMA (DomainCheckpointDisk, "disk", disk_rows, .finish = disk_finish);

static const XmlField name_rows[] = {
  XML_STRING (DomainCheckpoint, name, "name"),
  XML_STRING (DomainCheckpoint, description, "description"),
  XML_END
};

static const XmlField request_rows[] = {
  XML_PART ("", name_rows),
  XML_IGNORED ("parent"),
  XML_IGNORED ("creationTime"),
  XML_ITEMS (DomainCheckpoint, disks, "disks/disk", disk_schema),
  XML_IGNORED ("domain"),
  XML_END
};

static const XmlField rows[] = {
  XML_PART ("", name_rows),
  XML_STRING (DomainCheckpoint, parent, "parent/name"),
  XML_INT64 (DomainCheckpoint, creation_time, "creationTime", XML_BAD (DOMAIN_CHECKPOINT, INTERNAL_ERROR)),
  XML_ITEMS (DomainCheckpoint, disks, "disks/disk", disk_schema),
  XML_CHILD (DomainCheckpoint, domain, "domain", domain_schema),
  XML_END
};

static bool
checkpoint_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const DomainCheckpoint *checkpoint = object;

  return checkpoint->name == NULL || moment_check_name ("checkpoint", checkpoint->name, node, error);
}

const XmlSchema domain_checkpoint_request_schema
  = XML_SCHEMA (DomainCheckpoint, "domaincheckpoint", request_rows, .finish = checkpoint_finish, .from = VIR_FROM_DOMAIN_CHECKPOINT);
const XmlSchema domain_checkpoint_schema
  = XML_SCHEMA (DomainCheckpoint, "domaincheckpoint", rows, .finish = checkpoint_finish, .from = VIR_FROM_DOMAIN_CHECKPOINT);

bool
domain_checkpoint_check_redefinition (const DomainCheckpoint *checkpoint, GError **error)
{
  if (checkpoint->name == NULL)
    return fail (error, VIR_FROM_DOMAIN_CHECKPOINT, VIR_ERR_XML_ERROR, "domaincheckpoint: 'name' is missing");
  return checkpoint->creation_time != 0
         || fail (error, VIR_FROM_DOMAIN_CHECKPOINT, VIR_ERR_INTERNAL_ERROR, "domaincheckpoint: 'creationTime' is missing");
}

void
domain_checkpoint_complete (DomainCheckpoint *checkpoint, int64_t now)
{
  checkpoint->creation_time = now;
  if (checkpoint->name == NULL)
    checkpoint->name = g_strdup_printf ("%" G_GINT64_FORMAT, now);
}

static bool
align_disk (DomainCheckpointDisk *item, const DomainDisk *disk, const char *name, bool is_redefined, GError **error)
{
  if (item->type != CHECKPOINT_TYPE_BITMAP)
    return true;
  if (!moment_is_writable (disk))
    return fail (error, VIR_FROM_DOMAIN_CHECKPOINT, VIR_ERR_CONFIG_UNSUPPORTED,
                 "disk '%s' has no medium that can be written to, so no bitmap either", item->name);
  if (item->bitmap == NULL)
    item->bitmap = g_strdup (name);
  return is_redefined || strcmp (item->bitmap, name) == 0
         || fail (error, VIR_FROM_DOMAIN_CHECKPOINT, VIR_ERR_CONFIG_UNSUPPORTED,
                  "disk '%s': the bitmap '%s' must be called like the checkpoint '%s'", item->name, item->bitmap, name);
}

bool
domain_checkpoint_align (DomainCheckpoint *checkpoint, const Domain *domain, bool is_redefined, GError **error)
{
  bool has_list = checkpoint->disks.n > 0;

  if (!moment_align_disks (&checkpoint->disks, domain, &disk_schema, error))
    return false;
  for (unsigned int i = 0; i < domain->disks.n; i++)
    {
      const DomainDisk *disk = domain->disks.items[i];
      DomainCheckpointDisk *item = checkpoint->disks.items[i];

      if (item->type == CHECKPOINT_TYPE_ABSENT)
        item->type = !has_list && moment_is_writable (disk) ? CHECKPOINT_TYPE_BITMAP : CHECKPOINT_TYPE_NO;
      if (!align_disk (item, disk, checkpoint->name, is_redefined, error))
        return false;
    }
  return true;
}
