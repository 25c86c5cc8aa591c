/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/prepare.h"

#include <string.h>

#include "hostdev/hostdev.h"
#include "qemu/cpu.h"
#include "qemu/firmware.h"
#include "qemu/iotune.h"
#include "qemu/memory-size.h"
#include "qemu/memory-devices.h"
#include "qemu/ports.h"
#include "qemu/prepare-graphics.h"
#include "qemu/transient.h"
#include "security/security.h"
#include "util/error.h"
#include "util/json.h"

#define VNC_PASSWORD_MAX 8

/* --- before --------------------------------------------------------------------------------- */

void
qemu_prepare_channel (DomainChardev *channel, const QemuHome *home)
{
  const DomainAddress *address = &channel->info.address;

  if (channel->source.type != CHARDEV_TYPE_UNIX || channel->source.path != NULL)
    return;
  channel->source.mode = CHARDEV_MODE_BIND;
  if (channel->name != NULL)
    channel->source.path = g_strdup_printf ("%s/%s", home->channel_dir, channel->name);
  else
    channel->source.path = g_strdup_printf ("%s/vioser-%02u-%02u-%02u.sock", home->channel_dir, address->virtio_serial.controller,
                                            address->virtio_serial.bus, address->virtio_serial.port);
}

static void
prepare_channels (Domain *domain, const QemuHome *home)
{
  for (unsigned int i = 0; i < domain->channels.n; i++)
    qemu_prepare_channel (domain->channels.items[i], home);
}

/* A drive without a medium has no format either. */
static void
prepare_drives (Domain *domain)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (domain_storage_is_empty (&domain->disks.items[i]->source))
      domain->disks.items[i]->source.format = STORAGE_FORMAT_ABSENT;
}

static bool
name_nodes (Domain *domain)
{
  hostdev_name_nodes (domain);
  return true;
}

bool
qemu_prepare_domain (Domain *domain, const QemuHome *home, const QemuConfig *config, const QemuCaps *caps,
                     const QemuChainRules *images, GError **error)
{
  qemu_memory_align (domain);
  prepare_channels (domain, home);
  prepare_drives (domain);
  return qemu_prepare_graphics (domain, home, config, false, error)
         && security_choose_labels (domain, config, error)
         && qemu_cpu_resolve (domain, caps, error)
         && qemu_firmware_choose (domain, config, error)
         && qemu_chain_complete (domain, images, error)
         && qemu_transient_make (domain, images->note, images->user, error)
         && name_nodes (domain)
         && qemu_ports_choose (domain, config, error);
}

bool
qemu_prepare_offline (Domain *domain, const QemuHome *home, const QemuConfig *config, const QemuCaps *caps,
                      GError **error)
{
  qemu_memory_align (domain);
  prepare_channels (domain, home);
  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (!qemu_volume_resolve (domain->disks.items[i], qemu_volume_look_up, error))
      return false;
  qemu_chain_number (domain);
  hostdev_name_nodes (domain);
  qemu_prepare_example_ports (domain, config);
  return qemu_prepare_graphics (domain, home, config, true, error) && qemu_cpu_resolve (domain, caps, error)
         && qemu_firmware_choose (domain, config, error);
}

/* --- after ------------------------------------------------------------------------------------ */

/* Where QEMU's word about the host's end with this label is kept. */
static void
learn_chardev (DomainChardev *port, const char *filename, bool open)
{
  if (port->source.type == CHARDEV_TYPE_PTY && g_str_has_prefix (filename, "pty:"))
    {
      g_free (port->source.path);
      port->source.path = g_strdup (filename + strlen ("pty:"));
    }
  if (port->target == CHARDEV_TARGET_VIRTIO && port->source.type == CHARDEV_TYPE_UNIX && port->name != NULL)
    port->state = open ? CHANNEL_STATE_CONNECTED : CHANNEL_STATE_DISCONNECTED;
}

static void
learn_from_list (DomainChardev **items, unsigned int n, const char *alias, const char *filename, bool open)
{
  for (unsigned int i = 0; i < n; i++)
    if (g_strcmp0 (items[i]->info.alias, alias) == 0)
      learn_chardev (items[i], filename, open);
}

static void
learn_chardevs (Domain *domain, const json_t *chardevs)
{
  json_t *item;
  size_t i;

  json_array_foreach ((json_t *) chardevs, i, item)
    {
      const char *label = json_get_string (item, "label", "");
      const char *filename = json_get_string (item, "filename", "");
      bool open = json_get_bool (item, "frontend-open", false);

      if (!g_str_has_prefix (label, "char"))
        continue;
      label += strlen ("char");
      learn_from_list (domain->serials.items, domain->serials.n, label, filename, open);
      learn_from_list (domain->parallels.items, domain->parallels.n, label, filename, open);
      learn_from_list (domain->channels.items, domain->channels.n, label, filename, open);
      learn_from_list (domain->consoles.items, domain->consoles.n, label, filename, open);
    }
  /* The first console is often the first serial port under another name. */
  if (domain->consoles.n > 0 && domain->serials.n > 0
      && domain->consoles.items[0]->source.type == CHARDEV_TYPE_PTY
      && (domain->consoles.items[0]->target == CHARDEV_TARGET_SERIAL
          || domain->consoles.items[0]->target == CHARDEV_TARGET_ABSENT))
    {
      DomainChardev *console = domain->consoles.items[0];

      g_free (console->source.path);
      console->source.path = g_strdup (domain->serials.items[0]->source.path);
    }
}

static void
learn_trays (Domain *domain, const json_t *blocks)
{
  json_t *item;
  size_t i;

  json_array_foreach ((json_t *) blocks, i, item)
    for (unsigned int k = 0; k < domain->disks.n; k++)
      {
        DomainDisk *disk = domain->disks.items[k];
        const char *device = json_get_string (item, "qdev", "");
        const char *name = strrchr (device, '/');

        if (g_strcmp0 (name != NULL ? name + 1 : device, disk->info.alias) == 0
            && disk->device == DISK_DEVICE_CDROM)
          disk->target.tray = json_get_bool (item, "tray_open", false) ? DISK_TRAY_OPEN : DISK_TRAY_ABSENT;
      }
}

/* --- what is set ---------------------------------------------------------------------------------- */

/* "2011-04-09T15:51:00", UTC, as QEMU takes it: seconds since 1970. Caller frees. */
static char *
expiry_time (const char *text, GError **error)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, utc);

  if (time == NULL)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_XML_ERROR, "the time '%s' at which a password ends is none", text);
  return g_strdup_printf ("%" G_GINT64_FORMAT, g_date_time_to_unix (time));
}

/* What set_password and expire_password are to say of a display; both NULL if it has no password. */
static bool
password_args (const DomainGraphics *graphics, const QemuConfig *config, json_t **ret_set, json_t **ret_expire, GError **error)
{
  bool vnc = graphics->type == GRAPHICS_TYPE_VNC;
  const char *protocol = vnc ? "vnc" : "spice", *password = graphics->password;
  g_autofree char *time = NULL;

  *ret_set = *ret_expire = NULL;
  if (password == NULL)
    password = vnc ? config->vnc_password : graphics->type == GRAPHICS_TYPE_SPICE ? config->spice_password : NULL;
  if (password == NULL)
    return true;
  if (vnc && strlen (password) > VNC_PASSWORD_MAX)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "the VNC password is longer than %d characters",
                 VNC_PASSWORD_MAX);
  if (graphics->password_valid_to != NULL && (time = expiry_time (graphics->password_valid_to, error)) == NULL)
    return false;
  *ret_set = json_pack ("{s:s, s:s}", "protocol", protocol, "password", password);
  *ret_expire = json_pack ("{s:s, s:s}", "protocol", protocol, "time", time != NULL ? time : "never");
  if (graphics->connected != PASSWORD_CONNECTED_ABSENT)
    json_object_set_new (*ret_set, "connected",
                         json_string (xml_enum_name (&password_connected_names, graphics->connected)));
  return true;
}

/* A drive without a medium has no transfers. */
static bool
add_limits (QmpBatch *batch, const DomainDisk *disk, GError **error)
{
  if (!iotune_check (disk->iotune, true, error))
    return false;
  if (disk->source.path != NULL || disk->source.type != STORAGE_TYPE_FILE)
    qmp_batch_add (batch, "block_set_io_throttle", qemu_iotune_args (disk));
  return true;
}

/* At the start: a password that does not end needs not be told so. */
static bool
add_password (QmpBatch *batch, const DomainGraphics *graphics, const QemuConfig *config, GError **error)
{
  g_autoptr (json_t) expire = NULL;
  json_t *set;

  if (!password_args (graphics, config, &set, &expire, error))
    return false;
  if (set != NULL)
    qmp_batch_add (batch, "set_password", set);
  if (set != NULL && graphics->password_valid_to != NULL)
    qmp_batch_add (batch, "expire_password", g_steal_pointer (&expire));
  return true;
}

bool
qemu_set_password (Qmp *qmp, const DomainGraphics *graphics, const QemuConfig *config, Deadline deadline, GError **error)
{
  json_t *set, *expire;

  if (!password_args (graphics, config, &set, &expire, error))
    return false;
  if (set == NULL)
    return true;
  if (qmp_do (qmp, "set_password", set, deadline, error))
    return qmp_do (qmp, "expire_password", expire, deadline, error);
  json_decref (expire);
  return false;
}

static bool
add_settings (QmpBatch *batch, const Domain *domain, const QemuConfig *config, GError **error)
{
  const DomainMemballoon *balloon = domain->memballoon;
  bool has_balloon = balloon != NULL && balloon->model != BALLOON_MODEL_NONE && balloon->model != BALLOON_MODEL_ABSENT;

  if (domain->on_reboot == LIFECYCLE_ACTION_DESTROY)
    qmp_batch_add (batch, "set-action", json_pack ("{s:s}", "reboot", "shutdown"));
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    if (!add_password (batch, domain->graphics.items[i], config, error))
      return false;
  for (unsigned int i = 0; i < domain->interfaces.n; i++)
    if (domain->interfaces.items[i]->link == LINK_STATE_DOWN)
      qmp_batch_add (batch, "set_link", json_pack ("{s:s, s:b}", "name", domain->interfaces.items[i]->info.alias,
                                                   "up", 0));
  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (domain->disks.items[i]->iotune != NULL && !add_limits (batch, domain->disks.items[i], error))
      return false;
  if (has_balloon && balloon->stats_period > 0)
    {
      g_autofree char *path = g_strconcat ("/machine/peripheral/", balloon->info.alias, NULL);

      qmp_batch_add (batch, "qom-set", json_pack ("{s:s, s:s, s:i}", "path", path, "property",
                                                  "guest-stats-polling-interval", "value", balloon->stats_period));
    }
  if (has_balloon && domain->current_memory != 0 && domain->current_memory < domain->memory)
    qmp_batch_add (batch, "balloon", json_pack ("{s:I}", "value", (json_int_t) domain->current_memory * 1024));
  return true;
}

enum { ASK_NEGOTIATE, ASK_CHARDEVS, ASK_BLOCKS, ASK_N };

/* Runs it; the commands from the settings to before @end must not be refused. @first: what it begins with. */
static bool
run_batch (QmpBatch *batch, unsigned int first, unsigned int end, Domain *domain, Deadline deadline, GError **error)
{
  g_autoptr (json_t) chardevs = NULL, blocks = NULL;

  if (!qmp_batch_run (batch, deadline, error))
    return false;
  chardevs = qmp_batch_take (batch, ASK_CHARDEVS - first, error);
  if (chardevs == NULL)
    return false;
  blocks = qmp_batch_take (batch, ASK_BLOCKS - first, error);
  if (blocks == NULL)
    return false;
  for (unsigned int i = ASK_N - first; i < end; i++)
    {
      g_autoptr (json_t) done = qmp_batch_take (batch, i, error);

      if (done == NULL)
        return false;
    }
  learn_chardevs (domain, chardevs);
  learn_trays (domain, blocks);
  return true;
}

bool
qemu_first_batch (Qmp *qmp, Domain *domain, const QemuConfig *config, Deadline deadline, GError **error)
{
  g_autoptr (QmpBatch) batch = qmp_batch_new (qmp);
  g_autoptr (json_t) words = NULL, unavailable = NULL;
  unsigned int cpu;

  qmp_batch_add (batch, "qmp_capabilities", NULL);
  qmp_batch_add (batch, "query-chardev", NULL);
  qmp_batch_add (batch, "query-block", NULL);
  if (!add_settings (batch, domain, config, error))
    return false;
  /* A machine whose first processor is elsewhere, or of another kind, refuses: then nothing is learnt. */
  cpu = qmp_batch_add (batch, "qom-get", json_pack ("{s:s, s:s}", "path", "/machine/unattached/device[0]",
                                                    "property", "feature-words"));
  qmp_batch_add (batch, "qom-get", json_pack ("{s:s, s:s}", "path", "/machine/unattached/device[0]",
                                              "property", "unavailable-features"));
  if (!run_batch (batch, ASK_NEGOTIATE, cpu, domain, deadline, error))
    return false;
  words = qmp_batch_take (batch, cpu, NULL);
  unavailable = qmp_batch_take (batch, cpu + 1, NULL);
  return words == NULL || qemu_cpu_learn (domain, words, unavailable, error);
}

bool
qemu_refresh_domain (Qmp *qmp, Domain *domain, Deadline deadline, GError **error)
{
  g_autoptr (QmpBatch) batch = qmp_batch_new (qmp);

  qmp_batch_add (batch, "query-chardev", NULL);
  qmp_batch_add (batch, "query-block", NULL);
  return run_batch (batch, ASK_CHARDEVS, qmp_batch_size (batch), domain, deadline, error)
         && qemu_memory_devices_refresh (qmp, domain, deadline, error);
}
