/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Another medium in a drive. The new one is ready in QEMU before the old one leaves, which comes back if the new one cannot be
 * put in. */
#include <stdio.h>
#include <string.h>

#include "hotplug/private.h"
#include "model/domain/tables.h"
#include "util/crash-point.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "vm/block.h"

#define LOG_CATEGORY "qemu.hotplug"
#define EJECT_MS 5000           /* for a guest that holds on to the medium to let go of it */
#define EJECT_STEP_MS 100

/* A command about the drive; with @key, one more argument. */
static bool
drive_do (Change *change, const DomainDisk *disk, const char *command, const char *key, json_t *value, GError **error)
{
  json_t *args = json_pack ("{s:s}", "id", disk->info.alias);

  if (key != NULL)
    json_object_set_new (args, key, value);
  return qmp_do (change->qmp, command, args, change->deadline, error);
}

/* A guest that has locked the drive is asked for it, and opens it when it likes. */
static bool
open_tray (Change *change, const DomainDisk *disk, bool force, GError **error)
{
  return drive_do (change, disk, "blockdev-open-tray", force ? "force" : NULL, force ? json_true () : NULL, error);
}

/* What needs an open tray; a guest that resets the drive meanwhile closes it. @key NULL: no argument. */
static bool
open_drive_do (Change *change, const DomainDisk *disk, const char *command, const char *key, const char *text, bool force,
               GError **error)
{
  Deadline patience = deadline_in_ms (EJECT_MS);

  for (;;)
    {
      g_autoptr (GError) local = NULL;

      if (drive_do (change, disk, command, key, key != NULL ? json_string (text) : NULL, &local))
        return true;
      if (strstr (local->message, "is not open") == NULL || deadline_in_ms (0) >= patience
          || !fiber_sleep (EJECT_STEP_MS, NULL))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return false;
        }
      if (!open_tray (change, disk, force, error))
        return false;
    }
}

static bool
take_out (Change *change, const DomainDisk *disk, bool force, GError **error)
{
  return open_tray (change, disk, force, error)
         && open_drive_do (change, disk, "blockdev-remove-medium", NULL, NULL, force, error);
}

static bool
put_in (Change *change, const DomainDisk *disk, const DomainStorageSource *source, bool force, GError **error)
{
  g_autofree char *node = g_strdup_printf ("libvirt-%u-format", source->index);

  return source->path == NULL || open_drive_do (change, disk, "blockdev-insert-medium", "node-name", node, force, error);
}

static void
close_tray (Change *change, const DomainDisk *disk)
{
  g_autoptr (GError) error = NULL;

  if (!drive_do (change, disk, "blockdev-close-tray", NULL, NULL, &error))
    log_warning ("%s", error->message);
}

/* What is in the drive goes, what is in @wanted comes. */
static bool
swap (Change *change, DomainDisk *disk, const DomainDisk *wanted, bool force, GError **error)
{
  if (!take_out (change, disk, force, error))
    return false;
  crash_point ("media:out");
  if (put_in (change, disk, &wanted->source, force, error))
    {
      crash_point ("media:in");
      close_tray (change, disk);
      return true;
    }
  put_in (change, disk, &disk->source, force, NULL);
  close_tray (change, disk);
  return false;
}

bool
media_change (Change *change, DomainDisk *disk, const Domain *candidate, DomainDisk *wanted, bool force, GError **error)
{
  DomainDevice old = { "disk", &disk->info }, new = { "disk", &wanted->info };
  g_autoptr (QemuArgs) old_args = change_build (change, change->vm->live, &old, false, error);
  g_autoptr (QemuArgs) new_args = NULL;
  DomainStorageSource source;
  bool maybe;

  if (old_args == NULL)
    return false;
  if (wanted->source.path != NULL)
    change_number_images (change, wanted);
  new_args = change_build (change, candidate, &new, true, error);
  if (new_args == NULL || !access_take (change, &new, error))
    return false;
  if (!parts_add (change->qmp, new_args, change->fds, false, change->deadline, NULL, &maybe, error))
    {
      access_give (change, &new);
      return false;
    }
  if (!swap (change, disk, wanted, force, error))
    {
      parts_remove (change->qmp, new_args, change->deadline);
      access_give (change, &new);
      return false;
    }
  parts_remove (change->qmp, old_args, change->deadline);
  /* The old source leaves with @wanted. */
  source = disk->source;
  disk->source = wanted->source;
  wanted->source = source;
  access_give (change, &new);
  return true;
}

/* --- after a restart ------------------------------------------------------------------------------ */

/* The number of an image by the name of one of its nodes; 0: it is none of ours. */
static unsigned int
node_number (const char *name)
{
  unsigned int number = 0;
  int end = 0;

  return sscanf (name, "libvirt-%u-%n", &number, &end) == 1 && end > 0 ? number : 0;
}

static bool
is_documented (const Domain *live, unsigned int number)
{
  for (unsigned int i = 0; i < live->disks.n; i++)
    for (const DomainStorageSource *source = &live->disks.items[i]->source; source != NULL; source = source->backing)
      if (source->index == number)
        return true;
  return false;
}

/* What @entry, of query-block, says is in the drive. */
static void
take_medium (Change *change, DomainDisk *disk, const json_t *inserted, unsigned int number)
{
  SecurityGuest guest = change_security_guest (change);
  DomainStorageSource source = {
    .type = STORAGE_TYPE_FILE, .path = g_strdup (json_get_string (json_object_get (inserted, "image"), "filename", NULL)),
    .format = (DomainStorageFormat) xml_enum_value (&storage_format_names, json_get_string (inserted, "drv", "raw")),
    .index = number,
    .backing = g_new0 (DomainStorageSource, 1),
  };
  DomainDisk *old = domain_disk_new ();

  old->source = disk->source;
  disk->source = source;
  security_give_device (&guest, SECURITY_SOURCE_READONLY, &old->source);
  xml_free (&domain_disk_schema, old);
}

/* A change of the medium that was cut short: it counts once the new one is in; else the old one goes back. */
static void
settle_drive (Change *change, DomainDisk *disk, const json_t *entry)
{
  const json_t *inserted = json_object_get (entry, "inserted");
  unsigned int number = node_number (json_get_string (inserted, "node-name", ""));

  if (number != 0 && number != disk->source.index)
    take_medium (change, disk, inserted, number);
  else if (inserted == NULL && disk->source.path != NULL)
    put_in (change, disk, &disk->source, false, NULL);
  if (json_get_bool (entry, "tray_open", false) && (number != disk->source.index || inserted == NULL))
    close_tray (change, disk);
}

/* Removes the nodes that no disk of the document has: formats first, which are in front of what they are in. */
static void
remove_strays (Change *change, const json_t *nodes)
{
  SecurityGuest guest = change_security_guest (change);

  for (unsigned int pass = 0; pass < 2; pass++)
    {
      json_t *node;
      size_t i;

      json_array_foreach ((json_t *) nodes, i, node)
        {
          const char *name = json_get_string (node, "node-name", "");
          unsigned int number = node_number (name);
          DomainStorageSource source = { .type = STORAGE_TYPE_FILE, .path = (char *) json_get_string (node, "file", NULL) };

          if (number == 0 || is_documented (change->vm->live, number) || g_str_has_suffix (name, "-format") != (pass == 0))
            continue;
          if (qmp_do (change->qmp, "blockdev-del", json_pack ("{s:s}", "node-name", name), change->deadline, NULL) && pass == 1
              && source.path != NULL)
            security_give_device (&guest, SECURITY_SOURCE_READONLY, &source);
        }
    }
}

bool
media_reconcile (Change *change, GError **error)
{
  const Domain *live = change->vm->live;
  g_autoptr (json_t) blocks = qmp_command (change->qmp, "query-block", NULL, change->deadline, error);
  g_autoptr (json_t) nodes = NULL;

  if (blocks == NULL)
    return false;
  for (unsigned int i = 0; i < live->disks.n; i++)
    {
      DomainDisk *disk = live->disks.items[i];
      bool is_drive = disk->device == DISK_DEVICE_CDROM || disk->device == DISK_DEVICE_FLOPPY;
      const json_t *entry = is_drive ? disk_find_entry (blocks, disk) : NULL;

      if (entry != NULL)
        settle_drive (change, disk, entry);
    }
  nodes = qmp_command (change->qmp, "query-named-block-nodes", json_pack ("{s:b}", "flat", 1), change->deadline, error);
  if (nodes == NULL)
    return false;
  remove_strays (change, nodes);
  return true;
}
