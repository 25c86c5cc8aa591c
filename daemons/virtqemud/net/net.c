/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making and removing the host's ends. */
#include "net/limit.h"
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hostdev/hostdev.h"
#include "link/ovs.h"
#include "model/domain/tables.h"
#include "net/bridge-helper.h"
#include "net/check.h"
#include "net/later.h"
#include "net/links.h"
#include "net/passt.h"
#include "net/port.h"
#include "net/record.h"
#include "net/rejoin.h"
#include "net/tap.h"
#include "net/things.h"
#include "net/vf.h"
#include "util/cleanup.h"
#include "util/crash-point.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/process.h"
#include "util/uuid.h"

#define LOG_CATEGORY "qemu.net"
#define SCRIPT_MS 30000
#define TUN_DEVICE "/dev/net/tun"
#define VHOST_DEVICE "/dev/vhost-net"

NetGuest
net_guest_of (const Domain *domain, const QemuConfig *config)
{
  return (NetGuest) {
    .id = domain->id, .name = domain->name, .uuid = domain->uuid, .config = config, .is_kvm = domain->type == VIRT_TYPE_KVM,
  };
}

/* --- what counts: the network's word or the document's ------------------------------------------- */

DomainInterfaceType
net_actual_type (const DomainInterface *interface)
{
  return interface->actual != NULL ? interface->actual->type : interface->type;
}

#define ACTUAL(interface_, member_) ((interface_)->actual != NULL ? (interface_)->actual->member_ : (interface_)->member_)

const NetworkBandwidth *
net_actual_bandwidth (const DomainInterface *interface)
{
  return ACTUAL (interface, bandwidth);
}

const NetworkVirtualPort *
net_actual_virtual_port (const DomainInterface *interface)
{
  return ACTUAL (interface, virtual_port);
}

const NetworkVlan *
net_actual_vlan (const DomainInterface *interface)
{
  return ACTUAL (interface, vlan);
}

const char *
net_actual_bridge (const DomainInterface *interface)
{
  return ACTUAL (interface, bridge);
}

bool
net_actual_isolated (const DomainInterface *interface)
{
  return ACTUAL (interface, isolated) == TRI_YES;
}

bool
net_actual_known_addresses (const DomainInterface *interface)
{
  return interface->actual != NULL && interface->actual->mac_table_manager == NETWORK_MAC_TABLE_LIBVIRT;
}

bool
net_is_on_switch (const DomainInterface *interface)
{
  const NetworkVirtualPort *port = net_actual_virtual_port (interface);

  return port != NULL && (port->type == NETWORK_VIRTUAL_PORT_OPENVSWITCH || port->type == NETWORK_VIRTUAL_PORT_MIDONET);
}

static unsigned int
queues_of (const DomainInterface *interface)
{
  return interface->driver != NULL ? CLAMP (interface->driver->queues, 1, TAP_QUEUES_MAX) : 1;
}

static void
take_name (DomainInterface *interface, const char *name)
{
  g_free (interface->target_dev);
  interface->target_dev = g_strdup (name);
}

static void
add_queues (NetLinks *links, const DomainInterface *interface, QemuFdKind kind, const int *fds, unsigned int n)
{
  for (unsigned int i = 0; i < n; i++)
    net_links_add (links, interface->info.alias, kind, fds[i]);
}

/* --- vhost-net ----------------------------------------------------------------------------------- */

/* Without it QEMU moves the packets itself, unless the document insists. */
static bool
open_vhost (const NetGuest *guest, const DomainInterface *interface, NetLinks *links, GError **error)
{
  DomainInterfaceDriverName driver = interface->driver != NULL ? interface->driver->name : INTERFACE_DRIVER_ABSENT;
  const char *path = interface->backend != NULL && interface->backend->vhost != NULL ? interface->backend->vhost : VHOST_DEVICE;

  if (!guest->is_kvm || driver == INTERFACE_DRIVER_QEMU || !domain_interface_is_virtio (interface))
    return true;
  for (unsigned int i = 0; i < queues_of (interface); i++)
    {
      int fd = open (path, O_RDWR | O_CLOEXEC);

      if (fd >= 0)
        net_links_add (links, interface->info.alias, QEMU_FD_VHOST_NET, fd);
      else if (driver == INTERFACE_DRIVER_VHOST || i > 0)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                     "interface '%s' needs vhost-net, but '%s' cannot be opened: %s", interface->info.alias, path,
                     g_strerror (errno));
      else
        return true;
    }
  return true;
}

/* --- taps ------------------------------------------------------------------------------------------- */

static TapSpec
tap_spec_of (const DomainInterface *interface)
{
  TapSpec spec = {
    .name = interface->target_dev, .queues = queues_of (interface), .vnet_hdr = domain_interface_is_virtio (interface),
    .device = interface->backend != NULL && interface->backend->tap != NULL ? interface->backend->tap : TUN_DEVICE,
    .mtu = interface->mtu, .up = true, .coalesce_frames = interface->coalesce_frames,
  };

  memcpy (spec.mac, interface->mac, sizeof (spec.mac));
  return spec;
}

static bool
make_tap (const TapSpec *spec, DomainInterface *interface, NetLinks *links, GError **error)
{
  char name[TAP_NAME_SIZE];
  int fds[TAP_QUEUES_MAX];

  if (!tap_make (spec, name, fds, error))
    return false;
  take_name (interface, name);
  add_queues (links, interface, QEMU_FD_TAP, fds, spec->queues);
  return true;
}

static bool
set_bandwidth (const NetGuest *guest, const DomainInterface *interface, GError **error)
{
  const NetworkBandwidth *bandwidth = net_actual_bandwidth (interface);

  return bandwidth == NULL || net_limit (guest->uuid, interface, bandwidth, error);
}

/* --- scripts --------------------------------------------------------------------------------------- */

static bool
run_script (const char *path, const char *device, GError **error)
{
  const char *argv[] = { path, device, NULL };
  const char *env[] = { "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
  ProcessSpec spec = { .argv = argv, .env = env };
  ProcessLimits limits = { .deadline = deadline_in_ms (SCRIPT_MS) };
  g_auto (ProcessResult) result = { 0 };

  return process_run (&spec, NULL, 0, &limits, &result, error) && process_check (&spec, &result, error);
}

/* The second script is run at the end only if the device was there. */
static bool
run_scripts (const NetGuest *guest, const DomainInterface *interface, GError **error)
{
  if (interface->downscript != NULL
      && !net_record_add (guest->id, guest->name, interface->info.alias, net_thing_script (interface), error))
    return false;
  return interface->script == NULL || run_script (interface->script, interface->target_dev, error);
}

/* --- each type ---------------------------------------------------------------------------------------- */

typedef bool (*Make) (const NetGuest *guest, DomainInterface *interface, NetLinks *links, GError **error);

static bool
make_ethernet (const NetGuest *guest, DomainInterface *interface, NetLinks *links, GError **error)
{
  TapSpec spec = tap_spec_of (interface);

  spec.must_exist = interface->target_managed == TRI_NO;
  spec.addresses = interface;
  return make_tap (&spec, interface, links, error) && run_scripts (guest, interface, error)
         && set_bandwidth (guest, interface, error) && open_vhost (guest, interface, links, error);
}

/* Recorded once the device has its name, which nobody else has. */
static bool
plug_into_switch (const NetGuest *guest, const DomainInterface *interface, GError **error)
{
  OvsPort port = {
    .bridge = net_actual_bridge (interface), .name = interface->target_dev, .mac = interface->mac, .vm_uuid = guest->uuid,
    .port = net_actual_virtual_port (interface), .vlan = net_actual_vlan (interface),
  };

  return net_record_add (guest->id, guest->name, interface->info.alias, net_thing_switch (interface), error)
         && ovs_add (&port, error);
}

static bool
make_by_helper (const NetGuest *guest, DomainInterface *interface, NetLinks *links, GError **error)
{
  char name[TAP_NAME_SIZE];
  int fd;

  if (!bridge_helper_tap (guest->config->bridge_helper, net_actual_bridge (interface), domain_interface_is_virtio (interface),
                          &fd, name, error))
    return false;
  take_name (interface, name);
  net_links_add (links, interface->info.alias, QEMU_FD_TAP, fd);
  return true;
}

static bool
make_bridged (const NetGuest *guest, DomainInterface *interface, NetLinks *links, GError **error)
{
  TapSpec spec = tap_spec_of (interface);
  bool on_switch = net_is_on_switch (interface);

  if (net_actual_bridge (interface) == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "the network '%s' has no bridge", interface->network);
  if (path_is_session () && geteuid () != 0)
    return make_by_helper (guest, interface, links, error) && open_vhost (guest, interface, links, error);
  spec.bridge = on_switch ? NULL : net_actual_bridge (interface);
  if (on_switch && net_actual_virtual_port (interface)->type == NETWORK_VIRTUAL_PORT_OPENVSWITCH)
    spec.mtu_of = net_actual_bridge (interface);
  spec.isolated = net_actual_isolated (interface);
  spec.known_addresses = net_actual_known_addresses (interface);
  if (!make_tap (&spec, interface, links, error))
    return false;
  crash_point ("net:tap");
  return (!on_switch || plug_into_switch (guest, interface, error)) && set_bandwidth (guest, interface, error)
         && open_vhost (guest, interface, links, error);
}

static bool
make_direct (const NetGuest *guest, DomainInterface *interface, NetLinks *links, GError **error)
{
  MacvtapSpec spec = {
    .lower = interface->actual != NULL ? interface->actual->dev : interface->dev, .queues = queues_of (interface),
    .mode = interface->actual != NULL ? interface->actual->mode : interface->direct_mode,
    .vnet_hdr = domain_interface_is_virtio (interface),
  };
  char name[TAP_NAME_SIZE];
  int fds[TAP_QUEUES_MAX];

  if (!macvtap_choose_name (interface->target_dev, name, error)
      || !net_record_add (guest->id, guest->name, interface->info.alias, net_thing_macvtap (name, interface->mac), error))
    return false;
  spec.name = name;
  memcpy (spec.mac, interface->mac, sizeof (spec.mac));
  if (!macvtap_make (&spec, fds, error))
    return false;
  take_name (interface, name);
  add_queues (links, interface, QEMU_FD_TAP, fds, spec.queues);
  return set_bandwidth (guest, interface, error)
         && open_vhost (guest, interface, links, error);
}

static bool
make_vdpa (const NetGuest *guest, DomainInterface *interface, NetLinks *links, GError **error)
{
  int fd = open (interface->dev, O_RDWR | O_CLOEXEC);

  if (fd < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot open the vDPA device '%s' of interface '%s'", interface->dev,
                       interface->info.alias);
  net_links_add (links, interface->info.alias, QEMU_FD_VDPA, fd);
  return true;
}

static bool
make_user (const NetGuest *guest, DomainInterface *interface, NetLinks *links, GError **error)
{
  int fd;

  if (interface->backend == NULL || interface->backend->type != INTERFACE_BACKEND_PASST)
    return true;
  if (!passt_start (guest, interface, &fd, error))
    return false;
  net_links_add (links, interface->info.alias, QEMU_FD_PASST, fd);
  return true;
}

/* Recorded before it is changed: what the function was is given back. */
static bool
set_up_function (const NetGuest *guest, const DomainInterface *interface, const char *parent, unsigned int number,
                 GError **error)
{
  const NetworkVlan *vlan = net_actual_vlan (interface);
  VfSettings settings = { .vlan = vlan != NULL && vlan->tags.n > 0 ? vlan->tags.items[0]->id : 0 };
  g_autofree char *mac = NULL;
  VfSettings before;

  if (vlan != NULL && (vlan->tags.n > 1 || vlan->trunk == TRI_YES))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "a virtual function has one VLAN, interface '%s' asks for several", interface->info.alias);
  if (!vf_get (parent, number, &before, error))
    return false;
  mac = g_strdup_printf ("%02x:%02x:%02x:%02x:%02x:%02x", before.mac[0], before.mac[1], before.mac[2], before.mac[3],
                         before.mac[4], before.mac[5]);
  memcpy (settings.mac, interface->mac, sizeof (settings.mac));
  return net_record_add (guest->id, guest->name, interface->info.alias,
                         json_pack ("{s:s, s:s, s:i, s:s, s:i}", "kind", "function", "device", parent, "number", (int) number,
                                    "mac", mac, "vlan", (int) before.vlan), error)
         && vf_set (parent, number, &settings, error);
}

static bool
make_host_device (const NetGuest *guest, DomainInterface *interface, NetLinks *links, GError **error)
{
  DomainHostdev view = vf_hostdev (interface);
  char parent[TAP_NAME_SIZE];
  unsigned int number;

  if (view.type != HOSTDEV_TYPE_PCI)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "interface '%s' of type 'hostdev' must be a virtual function on PCI", interface->info.alias);
  return vf_find (&view.pci.address, parent, &number, error)
         && set_up_function (guest, interface, parent, number, error)
         && hostdev_prepare (guest->id, guest->name, &view, error);
}

/* The others need nothing of the host but what QEMU opens. */
static const Make makes[INTERFACE_TYPE_LAST] = {
  [INTERFACE_TYPE_ETHERNET] = make_ethernet, [INTERFACE_TYPE_NETWORK] = make_bridged, [INTERFACE_TYPE_BRIDGE] = make_bridged,
  [INTERFACE_TYPE_DIRECT] = make_direct,     [INTERFACE_TYPE_VDPA] = make_vdpa,       [INTERFACE_TYPE_USER] = make_user,
  [INTERFACE_TYPE_HOSTDEV] = make_host_device,
};

/* --- making -------------------------------------------------------------------------------------------- */

static bool
make (const NetGuest *guest, DomainInterface *interface, NetLinks *links, GError **error)
{
  if (!net_check_document (interface, error))
    return false;
  if (interface->type == INTERFACE_TYPE_NETWORK && !net_port_plug (guest, interface, error))
    return false;
  crash_point ("net:port");
  if (!net_check_actual (interface, error))
    return false;
  return makes[net_actual_type (interface)] == NULL || makes[net_actual_type (interface)] (guest, interface, links, error);
}

bool
net_prepare (const NetGuest *guest, DomainInterface *interface, NetLinks *links, GError **error)
{
  g_autofree char *name = g_strdup (interface->target_dev);

  if (make (guest, interface, links, error))
    return true;
  net_links_drop (links, interface->info.alias);
  net_release (guest, interface);
  net_port_forget (interface);
  take_name (interface, name);
  return false;
}

bool
net_prepare_all (const NetGuest *guest, Domain *domain, NetLinks *links, GError **error)
{
  for (unsigned int i = 0; i < domain->interfaces.n; i++)
    if (!net_prepare (guest, domain->interfaces.items[i], links, error))
      {
        net_links_drop (links, NULL);
        net_release_all (guest->id, guest->name);
        return false;
      }
  return true;
}

void
net_recover (const Domain *live)
{
  g_autoptr (NetTaps) taps = net_taps_new ();

  net_taps_add (taps, live, NULL);
  net_taps_rejoin (taps);
}

/* --- removing --------------------------------------------------------------------------------------------- */

static bool
remove_port (const char *file, const json_t *thing)
{
  const char *network = json_get_string (thing, "network", "");
  uint8_t uuid[16];

  if (!uuid_parse (json_get_string (thing, "uuid", ""), uuid) || (!net_later_is_silent () && net_port_unplug (network, uuid)))
    return true;
  net_later_remove_port (file, network, uuid);
  return false;
}

static bool
remove_switch_port (const char *file, const json_t *thing)
{
  uint8_t uuid[16] = { 0 };

  uuid_parse (json_get_string (thing, "interface", ""), uuid);
  return ovs_remove (json_get_string (thing, "device", ""), (NetworkVirtualPortType) json_get_int (thing, "type", 0), uuid);
}

static bool
remove_macvtap (const char *file, const json_t *thing)
{
  uint8_t mac[6];

  if (mac_address_parse (json_get_string (thing, "mac", ""), mac))
    macvtap_remove (json_get_string (thing, "device", ""), mac);
  return true;
}

static bool
restore_function (const char *file, const json_t *thing)
{
  VfSettings settings = { .vlan = (unsigned int) json_get_int (thing, "vlan", 0) };
  g_autoptr (GError) error = NULL;

  if (mac_address_parse (json_get_string (thing, "mac", ""), settings.mac)
      && !vf_set (json_get_string (thing, "device", ""), (unsigned int) json_get_int (thing, "number", 0), &settings, &error))
    log_error ("%s", error->message);
  return true;
}

static bool
run_downscript (const char *file, const json_t *thing)
{
  g_autoptr (GError) error = NULL;

  if (!run_script (json_get_string (thing, "path", ""), json_get_string (thing, "device", ""), &error))
    log_error ("%s", error->message);
  return true;
}

/* False: it is there still, and may be gone later. */
static const struct { const char *kind; bool (*remove) (const char *file, const json_t *thing); } removals[] = {
  { "port", remove_port }, { "switch", remove_switch_port }, { "macvtap", remove_macvtap }, { "script", run_downscript },
  { "function", restore_function },
};

static bool
remove_thing (const char *file, const json_t *thing)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (removals); i++)
    if (strcmp (json_get_string (thing, "kind", ""), removals[i].kind) == 0)
      return removals[i].remove (file, thing);
  return true;
}

/* A record keeps what could not be removed. */
static void
remove_file (const char *file)
{
  g_autoptr (json_t) things = net_record_read (file);
  g_autoptr (json_t) left = json_array ();
  json_t *thing;
  size_t i;

  json_array_foreach (things, i, thing)
    if (!remove_thing (file, thing))
      json_array_append (left, thing);
  crash_point ("net:removed");
  if (json_array_size (things) > 0)
    net_record_keep (file, left);
}

static void
remove_recorded (int id, const char *name, const char *alias)
{
  g_auto (GStrv) files = net_record_files (id, name, alias);

  for (unsigned int i = 0; files[i] != NULL; i++)
    remove_file (files[i]);
}

void
net_sweep (bool (*runs) (int id, void *user), void *user)
{
  g_auto (GStrv) files = net_record_all ();

  for (unsigned int i = 0; files[i] != NULL; i++)
    if (!runs ((int) g_ascii_strtoll (files[i], NULL, 10), user))
      remove_file (files[i]);
}

void
net_release (const NetGuest *guest, const DomainInterface *interface)
{
  if (net_actual_type (interface) == INTERFACE_TYPE_HOSTDEV)
    {
      DomainHostdev view = vf_hostdev (interface);

      hostdev_release (guest->id, guest->name, &view);
    }
  remove_recorded (guest->id, guest->name, interface->info.alias);
}

void
net_release_all (int id, const char *name)
{
  remove_recorded (id, name, NULL);
}
