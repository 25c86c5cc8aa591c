/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices that come and go while the guest runs. */
#include "qemu/home.h"
#include "security/apparmor.h"
#include "security/device-acl.h"
#include "security/namespace.h"
#include "security/owner.h"
#include "security/security.h"
#include "util/log.h"
#include "util/worker.h"

#define LOG_CATEGORY "security.device"

typedef struct
{
  const SecurityGuest *guest;
  QemuOwner owner;
  GPtrArray *files, *all;       /* of the device; of all others of the guest */
  QemuHome home;
} Change;

static Change
change_of (const SecurityGuest *guest, SecurityDeviceKind kind, const void *device)
{
  return (Change) {
    .guest = guest, .owner = qemu_owner_of (guest->config, guest->domain),
    .files = security_files_of_device (guest->domain, guest->config, kind, device),
    .all = security_files_without (guest->domain, guest->config, device), .home = qemu_home_of (guest->id, guest->name),
  };
}

static void
change_clear (Change *change)
{
  g_ptr_array_unref (change->files);
  g_ptr_array_unref (change->all);
  qemu_home_clear (&change->home);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Change, change_clear)

/* The nodes of this device, and those that the guest has besides. */
static void
find_nodes (const Change *change, GArray **ret_own, GArray **ret_all)
{
  *ret_own = security_nodes_new ();
  security_add_nodes_now (*ret_own, change->files);
  *ret_all = security_common_nodes_now (change->guest->domain, change->guest->config);
  security_add_nodes_now (*ret_all, change->all);
}

static bool
open_nodes (const Change *change, GError **error)
{
  const SecurityGuest *guest = change->guest;
  g_autoptr (GArray) own = NULL, all = NULL;

  find_nodes (change, &own, &all);
  if (own->len == 0)
    return true;
  security_add_nodes_now (all, change->files);
  return security_namespace_add_now (guest->pid, own, error)
         && security_devices_allow_now (guest->cgroup, guest->pid, own, all, guest->config, error);
}

static void
close_nodes (const Change *change)
{
  const SecurityGuest *guest = change->guest;
  g_autoptr (GArray) own = NULL, all = NULL;

  find_nodes (change, &own, &all);
  if (own->len == 0)
    return;
  security_devices_deny_now (guest->cgroup, guest->pid, own, all, guest->config);
  security_namespace_remove_now (guest->pid, own, all);
}

static bool
give_work (void *args, GError **error)
{
  const Change *change = args;

  close_nodes (change);
  security_give_now (change->files, change->home.record);
  return true;
}

static bool
take_work (void *args, GError **error)
{
  Change *change = args;

  if (!security_take_now (&change->owner, change->files, change->home.record, true, error))
    return false;
  if (open_nodes (change, error))
    return true;
  give_work (change, NULL);
  return false;
}

/* The profile of a guest with @more files than its document says. */
static bool
reload_profile (const Change *change, const GPtrArray *more, GError **error)
{
  const SecurityGuest *guest = change->guest;
  const char *const own[] = { change->home.dir, change->home.channel_dir, NULL };

  for (unsigned int i = 0; more != NULL && i < more->len; i++)
    security_files_add (change->all, more->pdata[i]);
  return security_apparmor_load (guest->domain, guest->config, change->all, own, error);
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
