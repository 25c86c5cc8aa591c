/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all changes of a running guest's devices share. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hostdev/open.h"
#include "hotplug/private.h"
#include "qemu/chain.h"
#include "qemu/log.h"
#include "qemu/secrets.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "util/worker.h"
#include "vm/fd-groups.h"

#define LOG_CATEGORY "qemu.hotplug"

bool
change_init (Change *change, Vm *vm, const HotplugHost *host, GError **error)
{
  if (vm->monitor == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "the monitor of domain '%s' is not connected", vm->name);
  *change = (Change) {
    .vm = vm, .host = host, .qmp = qmp_ref (vm->monitor), .deadline = vm_change_deadline (vm),
    .home = qemu_home_of (vm->id, vm->name), .fds = part_fds_new (), .links = net_links_new (),
  };
  return true;
}

void
change_clear (Change *change)
{
  if (change->vm == NULL)
    return;
  g_clear_pointer (&change->qmp, qmp_unref);
  g_clear_pointer (&change->fds, g_array_unref);
  g_clear_pointer (&change->links, net_links_free);
  qemu_home_clear (&change->home);
  change->vm = NULL;
}

/* --- building ------------------------------------------------------------------------------- */

DomainChardevSource *
device_chardev (const DomainDevice *device)
{
  static const char *const ports[] = { "serial", "parallel", "channel", "console", NULL };
  void *item = device->info;

  if (g_strv_contains (ports, device->element))
    return &((DomainChardev *) item)->source;
  if (strcmp (device->element, "redirdev") == 0)
    return &((DomainRedirdev *) item)->source;
  if (strcmp (device->element, "smartcard") == 0 && ((DomainSmartcard *) item)->mode == SMARTCARD_MODE_PASSTHROUGH)
    return &((DomainSmartcard *) item)->source;
  if (strcmp (device->element, "rng") == 0 && ((DomainRng *) item)->backend == RNG_BACKEND_EGD)
    return &((DomainRng *) item)->source;
  return NULL;
}

/* Whether a log or file of @source comes as a set of descriptors. */
static bool
uses_fdset (const Change *change, const DomainChardevSource *source)
{
  return source != NULL && change->host->config->stdio_logd && (source->type == CHARDEV_TYPE_FILE || source->log_file != NULL);
}

/* The numbers of sets that QEMU has, and what they are for. */
static json_t *
query_fdsets (Change *change)
{
  g_autoptr (GError) error = NULL;
  json_t *sets = qmp_command (change->qmp, "query-fdsets", NULL, change->deadline, &error);

  if (sets == NULL)
    log_debug ("%s", error->message);
  return sets;
}

static unsigned int
next_fdset (Change *change)
{
  g_autoptr (json_t) sets = query_fdsets (change);
  json_t *set;
  size_t i;

  json_array_foreach (sets, i, set)
    change->vm->last_fdset = MAX (change->vm->last_fdset, (unsigned int) json_get_int (set, "fdset-id", 0));
  return change->vm->last_fdset + 1;
}

/* Whether a layer of the image comes as a set of descriptors. */
static bool
has_fd_group (const DomainDevice *device)
{
  if (strcmp (device->element, "disk") != 0)
    return false;
  for (const DomainStorageSource *layer = &((const DomainDisk *) (const void *) device->info)->source; layer != NULL;
       layer = layer->backing)
    if (layer->fd_group != NULL)
      return true;
  return false;
}

static bool
seal_secret (const QemuSecretUse *use, json_t *object, void *user, GError **error)
{
  const Change *change = user;

  return qemu_secret_seal (change->home.dir, use, object, error);
}

QemuArgs *
change_build (Change *change, const Domain *domain, const DomainDevice *device, bool coming, GError **error)
{
  QemuArgsContext context = {
    .config = change->host->config, .caps = change->host->caps, .id = change->vm->id, .lib_dir = change->home.dir,
    .channel_dir = change->home.channel_dir,
  };

  if (coming)
    {
      context.fd = change_open_fd;
      context.secret = seal_secret;
      context.user = change;
      if (uses_fdset (change, device_chardev (device)) || has_fd_group (device) || strcmp (device->element, "interface") == 0)
        context.first_fdset = next_fdset (change);
    }
  return qemu_args_build_device (domain, device, &context, error);
}

/* --- descriptors ------------------------------------------------------------------------------ */

typedef struct
{
  const QemuHome *home;
  QemuOwner owner;
  QemuListener listener;
} Listening;

static bool
listen_now (void *args, GError **error)
{
  Listening *listening = args;

  return qemu_home_add_listener_now (listening->home, &listening->owner, &listening->listener, error);
}

static int
open_listener (Change *change, const char *path, GError **error)
{
  Listening listening = { .home = &change->home, .owner = qemu_owner_of (change->host->config, change->vm->live),
                          .listener = { .path = (char *) path, .fd = -1 } };

  return worker_run ("socket of a device", listen_now, &listening, error) ? listening.listener.fd : -1;
}

/* One that the host's end of the interface has; -1 without an error: there is none, QEMU goes without. */
static int
copy_link (Change *change, QemuFdKind kind, const DomainDeviceInfo *device, unsigned int index, GError **error)
{
  int fd = net_links_get (change->links, kind, device, index), copy;

  if (fd < 0)
    return -1;
  copy = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0)
    fail_errno (error, VIR_FROM_QEMU, errno, "cannot pass a descriptor of the interface '%s'", device->alias);
  return copy;
}

/* Opens it; -1. */
static int
open_fd (Change *change, QemuFdKind kind, const char *path, const DomainDeviceInfo *device, unsigned int index, GError **error)
{
  switch (kind)
    {
    case QEMU_FD_LISTEN:
      return open_listener (change, path, error);
    case QEMU_FD_LOG:
    case QEMU_FD_LOG_TRUNCATE:
      return qemu_log_open (change->vm->live, change->host->config, path, kind == QEMU_FD_LOG_TRUNCATE, NULL, error);
    default:
      if (net_is_fd (kind))
        return copy_link (change, kind, device, index, error);
      if (hostdev_is_fd (kind))
        return hostdev_open_fd (kind, path, (DomainDeviceInfo *) device, error);
      return vm_fd_group_dup (change->vm, path, index);
    }
}

char *
change_open_fd (QemuFdKind kind, const char *path, const DomainDeviceInfo *device, unsigned int index, void *user, GError **error)
{
  Change *change = user;
  int fd = open_fd (change, kind, path, device, index, error);

  if (fd < 0)
    return NULL;
  return g_strdup (part_fds_add (change->fds, device != NULL ? device->alias : "guest", fd));
}

static bool
unlink_now (void *args, GError **error)
{
  const char *path = args;

  return unlink (path) == 0 || errno == ENOENT || fail_errno (error, VIR_FROM_QEMU, errno, "cannot remove socket '%s'", path);
}

/* The sets of the device @alias: they are called "ALIAS-log" and the like. */
static void
remove_fdsets (Change *change, const char *alias)
{
  g_autofree char *prefix = g_strconcat (alias, "-", NULL);
  g_autoptr (json_t) sets = query_fdsets (change);
  json_t *set;
  size_t i;

  json_array_foreach (sets, i, set)
    {
      const json_t *fd = json_array_get (json_object_get (set, "fds"), 0);

      if (g_str_has_prefix (json_get_string (fd, "opaque", ""), prefix))
        qmp_do (change->qmp, "remove-fd", json_pack ("{s:I}", "fdset-id", (json_int_t) json_get_int (set, "fdset-id", 0)),
                change->deadline, NULL);
    }
}

void
change_close_chardev (Change *change, const DomainDevice *device)
{
  const DomainChardevSource *source = device_chardev (device);
  g_autoptr (GError) error = NULL;

  if (source == NULL)
    return;
  if (uses_fdset (change, source))
    remove_fdsets (change, device->info->alias);
  if (source->type == CHARDEV_TYPE_UNIX && source->mode != CHARDEV_MODE_CONNECT && source->path != NULL
      && !worker_run ("socket of a device", unlink_now, source->path, &error))
    log_warning ("%s", error->message);
}

/* --- images -------------------------------------------------------------------------------------- */

void
change_number_images (Change *change, DomainDisk *disk)
{
  unsigned int *last = &change->vm->last_node;

  for (unsigned int i = 0; i < change->vm->live->disks.n; i++)
    for (const DomainStorageSource *source = &change->vm->live->disks.items[i]->source; source != NULL; source = source->backing)
      *last = MAX (*last, source->index);
  for (DomainStorageSource *source = &disk->source; source != NULL && source->type != STORAGE_TYPE_ABSENT;
       source = source->backing)
    if (source == &disk->source || source->path != NULL)
      source->index = ++*last;
}
