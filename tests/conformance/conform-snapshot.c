/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-snapshot.c: snapshots, checkpoints and backups, completed as the corpus says. */
#include "conform.h"
#include "model/snapshot/backup.h"
#include "model/snapshot/checkpoint.h"
#include "model/snapshot/snapshot.h"
#include "util/uuid.h"

static gint64 now;
static char *flags, *domain_uuid, *suffix;
static char *internal;
static const GOptionEntry snapshot_options[] = {
  { "time", 0, 0, G_OPTION_ARG_INT64, &now, "what the clock says", "SECONDS" },
  { "flags", 0, 0, G_OPTION_ARG_STRING, &flags, "redefine, internal, running", "A,B" },
  { "domain-uuid", 0, 0, G_OPTION_ARG_STRING, &domain_uuid, "whose snapshot it is", "UUID" },
  { 0 }
};
static const GOptionEntry checkpoint_options[] = {
  { "time", 0, 0, G_OPTION_ARG_INT64, &now, "what the clock says", "SECONDS" },
  { "flags", 0, 0, G_OPTION_ARG_STRING, &flags, "redefine, parent, vda-bitmap, size", "A,B" },
  { 0 }
};
static const GOptionEntry backup_options[] = {
  { "suffix", 0, 0, G_OPTION_ARG_STRING, &suffix, "of images that are not named", "TEXT" },
  { "internal", 0, 0, G_OPTION_ARG_STRING, &internal, "true: the form of status files", "BOOL" },
  { 0 }
};

static bool
has_flag (const char *name)
{
  g_auto (GStrv) list = g_strsplit (flags != NULL ? flags : "", ",", -1);

  return g_strv_contains ((const char *const *) list, name);
}

static void *
parse_file (const XmlSchema *schema, const char *path, unsigned int parse_flags, GError **error)
{
  g_autofree char *text = conform_read (path, error);

  return text != NULL ? xml_parse (schema, text, strlen (text), parse_flags, error) : NULL;
}

static char *
format_and_free (const XmlSchema *schema, void *object, unsigned int format_flags)
{
  char *out = xml_format (schema, object, format_flags | XML_FORMAT_SECURE | XML_FORMAT_INACTIVE);

  xml_free (schema, object);
  return out;
}

static char *
run_snapshot (const char *path, GError **error)
{
  const XmlSchema *schema = has_flag ("redefine") ? &domain_snapshot_schema : &domain_snapshot_request_schema;
  DomainSnapshot *snapshot = parse_file (schema, path, XML_PARSE_INACTIVE, error);

  if (snapshot == NULL)
    return NULL;
  if (has_flag ("redefine") && !domain_snapshot_check_redefinition (snapshot, error))
    {
      xml_free (schema, snapshot);
      return NULL;
    }
  if (now != 0)
    domain_snapshot_complete (snapshot, now);
  if (has_flag ("running"))
    snapshot->state = SNAPSHOT_STATE_RUNNING;
  if (!has_flag ("internal"))
    snapshot->active = SNAPSHOT_ACTIVE_ABSENT;
  else if (snapshot->active == SNAPSHOT_ACTIVE_ABSENT)
    snapshot->active = SNAPSHOT_ACTIVE_NO;
  if (domain_uuid != NULL)
    uuid_parse (domain_uuid, snapshot->domain_uuid);
  return format_and_free (&domain_snapshot_schema, snapshot, 0);
}
const ConformKind conform_snapshot = { "snapshot", snapshot_options, run_snapshot };

/* The disk "vda" with a bitmap, which the corpus adds by hand. */
static void
add_bitmap (DomainCheckpoint *checkpoint)
{
  DomainCheckpointDisk *disk;

  if (checkpoint->disks.n == 0)
    {
      g_autofree char *text = g_strdup ("<domaincheckpoint><disks><disk name='vda'/></disks></domaincheckpoint>");
      DomainCheckpoint *other = xml_parse (&domain_checkpoint_request_schema, text, strlen (text), 0, NULL);

      xml_list_append (&checkpoint->disks, xml_list_steal (&other->disks, 0));
      xml_free (&domain_checkpoint_schema, other);
    }
  disk = checkpoint->disks.items[0];
  disk->type = CHECKPOINT_TYPE_BITMAP;
  g_free (disk->bitmap);
  disk->bitmap = g_strdup (checkpoint->name);
  if (has_flag ("size"))
    disk->size = 1048576;
}

static char *
run_checkpoint (const char *path, GError **error)
{
  const XmlSchema *schema = has_flag ("redefine") ? &domain_checkpoint_schema : &domain_checkpoint_request_schema;
  DomainCheckpoint *checkpoint = parse_file (schema, path, XML_PARSE_INACTIVE, error);

  if (checkpoint == NULL)
    return NULL;
  if (has_flag ("redefine") && !domain_checkpoint_check_redefinition (checkpoint, error))
    {
      xml_free (schema, checkpoint);
      return NULL;
    }
  if (now != 0)
    domain_checkpoint_complete (checkpoint, now);
  if (has_flag ("parent"))
    {
      g_free (checkpoint->parent);
      checkpoint->parent = g_strdup ("1525111885");
    }
  if (has_flag ("vda-bitmap"))
    add_bitmap (checkpoint);
  return format_and_free (&domain_checkpoint_schema, checkpoint, 0);
}
const ConformKind conform_checkpoint = { "checkpoint", checkpoint_options, run_checkpoint };

/* A guest with the disks that @backup names, and one more. */
static Domain *
make_domain (const DomainBackup *backup)
{
  Domain *domain = domain_new ();

  for (unsigned int i = 0; i <= backup->disks.n; i++)
    {
      DomainDisk *disk = domain_disk_new ();

      disk->target.dev = g_strdup (i < backup->disks.n ? backup->disks.items[i]->name : "vdextradisk");
      disk->source.path = g_strdup_printf ("/fake/%s.qcow2", disk->target.dev);
      disk->source.format = STORAGE_FORMAT_QCOW2;
      xml_list_append (&domain->disks, disk);
    }
  return domain;
}

static char *
run_backup (const char *path, GError **error)
{
  bool is_internal = g_strcmp0 (internal, "true") == 0;
  DomainBackup *backup = parse_file (&domain_backup_schema, path, is_internal ? XML_PARSE_STATUS : 0, error);
  g_autoptr (Domain) domain = backup != NULL ? make_domain (backup) : NULL;

  if (backup == NULL)
    return NULL;
  if (!domain_backup_align (backup, domain, suffix != NULL ? suffix : "", error))
    {
      xml_free (&domain_backup_schema, backup);
      return NULL;
    }
  return format_and_free (&domain_backup_schema, backup, is_internal ? XML_FORMAT_STATUS : 0);
}
const ConformKind conform_backup = { "backup", backup_options, run_backup };
