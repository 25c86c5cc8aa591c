/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices that come and go while the guest runs. */
#include "qemu/home.h"
#include "security/apparmor.h"
#include "security/owner.h"
#include "security/security.h"
#include "util/log.h"
#include "util/worker.h"

#define LOG_CATEGORY "security.device"

typedef struct
{
  const SecurityGuest *guest;
  QemuOwner owner;
  GPtrArray *files;
  QemuHome home;
} Change;

static Change
change_of (const SecurityGuest *guest, SecurityDeviceKind kind, const void *device)
{
  return (Change) {
    .guest = guest, .owner = qemu_owner_of (guest->config, guest->domain),
    .files = security_files_of_device (guest->domain, guest->config, kind, device),
    .home = qemu_home_of (guest->id, guest->name),
  };
}

static void
change_clear (Change *change)
{
  g_ptr_array_unref (change->files);
  qemu_home_clear (&change->home);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Change, change_clear)

static bool
take_work (void *args, GError **error)
{
  const Change *change = args;

  return security_take_now (&change->owner, change->files, change->home.record, true, error);
}

static bool
give_work (void *args, GError **error)
{
  const Change *change = args;

  security_give_now (change->files, change->home.record);
  return true;
}

/* The profile of a guest with @more files than its document says. */
static bool
reload_profile (const Change *change, const GPtrArray *more, GError **error)
{
  const SecurityGuest *guest = change->guest;
  g_autoptr (GPtrArray) files = security_files_of (guest->domain, guest->config);
  const char *const own[] = { change->home.dir, change->home.channel_dir, NULL };

  for (unsigned int i = 0; more != NULL && i < more->len; i++)
    security_files_add (files, more->pdata[i]);
  return security_apparmor_load (guest->domain, guest->config, files, own, error);
}

bool
security_take_device (const SecurityGuest *guest, SecurityDeviceKind kind, const void *device, GError **error)
{
  g_auto (Change) change = change_of (guest, kind, device);

  if (change.files->len == 0)
    return true;
  if (!worker_run ("take a device", take_work, &change, error))
    return false;
  if (reload_profile (&change, change.files, error))
    return true;
  worker_run ("give a device back", give_work, &change, NULL);
  return false;
}

void
security_give_device (const SecurityGuest *guest, SecurityDeviceKind kind, const void *device)
{
  g_auto (Change) change = change_of (guest, kind, device);
  g_autoptr (GError) error = NULL;

  if (change.files->len == 0)
    return;
  worker_run ("give a device back", give_work, &change, NULL);
  if (!reload_profile (&change, NULL, &error))
    log_warning ("%s", error->message);
}
