/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Another medium in a drive. The new one is ready in QEMU before the old one leaves, which comes back if the new one cannot be
 * put in. */
#include <string.h>

#include "hotplug/private.h"
#include "util/crash-point.h"
#include "util/error.h"
#include "util/log.h"

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
take_out (Change *change, const DomainDisk *disk, bool force, GError **error)
{
  Deadline patience = deadline_in_ms (EJECT_MS);

  if (!drive_do (change, disk, "blockdev-open-tray", force ? "force" : NULL, json_true (), error))
    return false;
  for (;;)
    {
      g_autoptr (GError) local = NULL;

      if (drive_do (change, disk, "blockdev-remove-medium", NULL, NULL, &local))
        return true;
      if (strstr (local->message, "is not open") != NULL && deadline_in_ms (0) < patience && fiber_sleep (EJECT_STEP_MS, NULL))
        continue;
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
}

static bool
put_in (Change *change, const DomainDisk *disk, const DomainStorageSource *source, GError **error)
{
  g_autofree char *node = g_strdup_printf ("libvirt-%u-format", source->index);

  return source->path == NULL || drive_do (change, disk, "blockdev-insert-medium", "node-name", json_string (node), error);
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
  if (put_in (change, disk, &wanted->source, error))
    {
      crash_point ("media:in");
      close_tray (change, disk);
      return true;
    }
  put_in (change, disk, &disk->source, NULL);
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

  if (old_args == NULL)
    return false;
  if (wanted->source.path != NULL)
    change_number_images (change, wanted);
  new_args = change_build (change, candidate, &new, true, error);
  if (new_args == NULL || !access_take (change, &new, error))
    return false;
  if (!parts_add (change->qmp, new_args, change->fds, false, change->deadline, NULL, error))
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
