/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network interfaces of guests that run; their host's ends are made by net/. */
#include "hotplug/private.h"
#include "net/net.h"
#include "util/error.h"

static DomainInterface *
interface_of (const DomainDevice *device)
{
  return (DomainInterface *) (void *) device->info;
}

static NetGuest
guest_of (const Change *change)
{
  return net_guest_of (change->vm->live, change->host->config);
}

static void
release (Change *change, const DomainDevice *device)
{
  NetGuest guest = guest_of (change);

  net_links_drop (change->links, device->info->alias);
  net_release (&guest, interface_of (device));
}

static bool
prepare (Change *change, const DomainDevice *device, GError **error)
{
  NetGuest guest = guest_of (change);

  if (!net_prepare (&guest, interface_of (device), change->links, error))
    return false;
  if (net_actual_type (interface_of (device)) != INTERFACE_TYPE_HOSTDEV)
    return true;
  release (change, device);
  return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
               "interface '%s' is a device of the host: attach it as <hostdev> to a guest that runs", device->info->alias);
}

static bool
after (Change *change, const DomainDevice *device, const json_t *answer, GError **error)
{
  return interface_of (device)->link != LINK_STATE_DOWN
         || qmp_do (change->qmp, "set_link", json_pack ("{s:s, s:b}", "name", device->info->alias, "up", 0), change->deadline,
                    error);
}

static bool
update (Change *change, const DomainDevice *device, const Domain *candidate, const DomainDevice *wanted, bool force,
        GError **error)
{
  NetGuest guest = guest_of (change);

  return net_check_update (interface_of (device), interface_of (wanted), error)
         && net_update (&guest, interface_of (device), interface_of (wanted), change->qmp, error);
}

const DeviceKind interface_kind = {
  "interface", .can_attach = true, .can_detach = true, .prepare = prepare, .release = release, .after = after, .update = update,
};
