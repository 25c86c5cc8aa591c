/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices that change. */
#include <string.h>

#include "hotplug/private.h"
#include "qemu/prepare.h"
#include "util/error.h"
#include "vm/status.h"

/* --- what differs ------------------------------------------------------------------------------ */

typedef struct
{
  MayChange may;
  void *data;
  GError **error;
} Comparison;

static bool
note_difference (const char *path, const char *wanted, const char *there, void *data)
{
  Comparison *comparison = data;
  bool is_flag = strcmp (wanted, "absent") == 0 && strcmp (there, "there") == 0 && strchr (path, '@') == NULL;

  if ((*wanted == '\0' || strcmp (wanted, "absent") == 0) && !is_flag)
    return true;
  if (comparison->may (strchr (path, '/') + 1, wanted, there, comparison->data))
    return true;
  if (comparison->error != NULL && *comparison->error == NULL)
    fail (comparison->error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
          "'%s' of the device cannot change while the guest runs: it "
          "is '%s', and would be '%s'", path, there, wanted);
  return false;
}

bool
update_compare (const DomainDevice *there, const DomainDevice *wanted, MayChange may, void *data, GError **error)
{
  g_autoptr (GError) local = NULL;
  Comparison comparison = { may, data, &local };

  xml_compare (domain_device_schema (there->element), wanted->info, there->info, 0, note_difference, &comparison);
  if (local == NULL)
    return true;
  g_propagate_error (error, g_steal_pointer (&local));
  return false;
}

/* --- the change ---------------------------------------------------------------------------------- */

/* A copy of the live document with @wanted (taken) in the place of @there, complete. @wanted goes on to point to it. */
static Domain *
complete (Change *change, const DomainDevice *there, DomainDevice *wanted, GError **error)
{
  g_autoptr (Domain) candidate = domain_copy (change->vm->live);
  g_auto (DomainDevice) old = { 0 };
  DomainDevice owned = *wanted, same;

  for (unsigned int i = 0; domain_device_nth (change->vm->live, there->element, i, &same); i++)
    if (same.info == there->info)
      domain_device_nth (candidate, there->element, i, &same), old = domain_device_steal (candidate, same.info);
  if (owned.info->address.type == ADDRESS_TYPE_ABSENT)
    owned.info->address = there->info->address;
  g_free (owned.info->alias);
  owned.info->alias = g_strdup (there->info->alias);
  if (!domain_device_insert (candidate, &owned, error) || !domain_complete (candidate, change->host->platform, error))
    return NULL;
  return g_steal_pointer (&candidate);
}

bool
hotplug_update_found (Change *change, const DomainDevice *there, DomainDevice *wanted, bool force, GError **error)
{
  const DeviceKind *kind = device_kind (there->element);
  g_autoptr (Domain) candidate = NULL;
  DomainDevice borrowed = *wanted;

  if (kind->inspect != NULL && !kind->inspect (change, wanted, error))
    return false;
  *wanted = (DomainDevice) { 0 };
  candidate = complete (change, there, &borrowed, error);
  return candidate != NULL && kind->update (change, there, candidate, &borrowed, force, error)
         && vm_status_save (change->vm, error);
}

bool
hotplug_update (Vm *vm, const HotplugHost *host, DomainDevice *wanted, bool force, GError **error)
{
  g_auto (Change) change = { 0 };
  const DeviceKind *kind = device_kind (wanted->element);
  g_autoptr (GError) local = NULL;
  DomainDevice there;

  if (kind->check_attach != NULL && kind->update == NULL && !kind->can_attach && !kind->check_attach (vm, wanted, error))
    return false;
  if (kind->update == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "a <%s> cannot be changed while the guest runs",
                 wanted->element);
  if (!change_init (&change, vm, host, error))
    return false;
  if (domain_device_find (vm->live, wanted, &there, &local))
    return hotplug_update_found (&change, &there, wanted, force, error);
  if (kind->missing != 0)
    return fail (error, VIR_FROM_QEMU, kind->missing, "%s", local->message);
  g_propagate_error (error, g_steal_pointer (&local));
  return false;
}

/* --- displays ---------------------------------------------------------------------------------------- */

static bool
fail_display (const DomainGraphics *graphics, const char *what, GError **error)
{
  return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
               "the %s of a display of type '%s' cannot change while the guest runs",
               what, xml_enum_name (&graphics_type_names, graphics->type));
}

/* Ports that were chosen for the guest are not said by those who know the definition only. */
static bool
same_ports (const DomainGraphics *there, const DomainGraphics *wanted)
{
  bool chosen = there->autoport == TRI_YES;
  bool same_kind = (wanted->autoport == TRI_YES) == chosen;

  if (there->type == GRAPHICS_TYPE_VNC)
    return same_kind && (chosen || wanted->port == there->port);
  return same_kind && (chosen || (wanted->port == there->port && wanted->tls_port == there->tls_port));
}

static bool
same_listens (const DomainGraphics *there, const DomainGraphics *wanted)
{
  if (there->listens.n != wanted->listens.n)
    return false;
  for (unsigned int i = 0; i < there->listens.n; i++)
    {
      const DomainListen *a = there->listens.items[i], *b = wanted->listens.items[i];

      if (a->type != b->type || (a->type == LISTEN_TYPE_ADDRESS && g_strcmp0 (a->address, b->address) != 0)
          || (a->type == LISTEN_TYPE_NETWORK && g_strcmp0 (a->network, b->network) != 0)
          || (a->type == LISTEN_TYPE_SOCKET && b->socket != NULL && g_strcmp0 (a->socket, b->socket) != 0))
        return false;
    }
  return true;
}

static bool
check_display (const DomainGraphics *there, const DomainGraphics *wanted, GError **error)
{
  if (there->type != GRAPHICS_TYPE_VNC && there->type != GRAPHICS_TYPE_SPICE)
    return fail_display (there, "settings", error);
  if (!same_listens (there, wanted))
    return fail_display (there, "addresses", error);
  if (!same_ports (there, wanted))
    return fail_display (there, "ports", error);
  if (g_strcmp0 (there->keymap, wanted->keymap) != 0)
    return fail_display (there, "keymap", error);
  return true;
}

/* A password is set anew if anything about it is said to change, or if it is to expire: the time counts from now on. */
bool
graphics_update (Change *change, const DomainDevice *device, const Domain *candidate, const DomainDevice *other, bool force,
                 GError **error)
{
  DomainGraphics *there = (DomainGraphics *) (void *) device->info, *wanted = (DomainGraphics *) (void *) other->info;
  bool differs = g_strcmp0 (there->password, wanted->password) != 0
                 || g_strcmp0 (there->password_valid_to, wanted->password_valid_to) != 0
                 || there->connected != wanted->connected || wanted->password_valid_to != NULL;

  if (!check_display (there, wanted, error)
      || (differs && !qemu_set_password (change->qmp, wanted, change->host->config, change->deadline, error)))
    return false;
  g_free (there->password);
  g_free (there->password_valid_to);
  there->password = g_strdup (wanted->password);
  there->password_valid_to = g_strdup (wanted->password_valid_to);
  there->connected = wanted->connected;
  return true;
}
