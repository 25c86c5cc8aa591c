/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes of interfaces while their guest runs. */
#include <net/if.h>
#include <string.h>

#include "link/ovs.h"
#include "link/tc.h"
#include "model/domain/tables.h"
#include "net/check.h"
#include "net/limit.h"
#include "net/port.h"
#include "net/tap.h"
#include "util/error.h"
#include "util/fiber.h"

#define LINK_MS 30000

/* --- what may change ------------------------------------------------------------------------- */

/* Gives @to what @from has of what can be changed, or of what @to leaves open: what is different then is refused. */
static void
hide_changes (DomainInterface *to, const DomainInterface *from)
{
#define TAKE_COPY(schema_, member_)                                                            \
  xml_free (&schema_, to->member_);                                                            \
  to->member_ = from->member_ != NULL ? xml_copy (&schema_, from->member_) : NULL
#define TAKE_TEXT(member_) g_free (to->member_), to->member_ = g_strdup (from->member_)
  TAKE_COPY (network_vlan_schema, vlan);
  TAKE_COPY (network_bandwidth_schema, bandwidth);
  TAKE_COPY (nwfilter_ref_schema, filterref);
  TAKE_COPY (domain_interface_actual_schema, actual);
  TAKE_TEXT (bridge);
  TAKE_TEXT (network);
  TAKE_TEXT (portgroup);
  if (to->target_dev == NULL)
    TAKE_TEXT (target_dev);
  if (to->model == NULL)
    TAKE_TEXT (model);
#undef TAKE_COPY
#undef TAKE_TEXT
  to->trust_rx_filters = from->trust_rx_filters;
  to->isolated = from->isolated;
  to->link = from->link;
  to->coalesce_frames = from->coalesce_frames;
  memcpy (to->port_id, from->port_id, sizeof (to->port_id));
  g_free (to->info.alias);
  g_free (to->info.loadparm);
  g_free (to->info.rom_file);
  to->info = (DomainDeviceInfo) { 0 };
}

static bool
equal_parts (const XmlSchema *schema, const void *a, const void *b)
{
  return (a == NULL) == (b == NULL) && (a == NULL || xml_equal (schema, a, b, NULL));
}

/* A place that says nothing is the old one. */
static bool
check_place (const DomainInterface *live, const DomainInterface *wanted, GError **error)
{
  const DomainDeviceInfo *is = &live->info, *asked = &wanted->info;
  bool rom = (asked->rom_bar != TRI_ABSENT && asked->rom_bar != is->rom_bar)
             || (asked->rom_enabled != TRI_ABSENT && asked->rom_enabled != is->rom_enabled)
             || (asked->rom_file != NULL && g_strcmp0 (asked->rom_file, is->rom_file) != 0);
  bool moves = asked->address.type != ADDRESS_TYPE_ABSENT && memcmp (&asked->address, &is->address, sizeof (is->address)) != 0;
  const struct { bool changes; const char *what; } rules[] = {
    { asked->alias != NULL && g_strcmp0 (asked->alias, is->alias) != 0, "alias" },
    { asked->boot_order != 0 && asked->boot_order != is->boot_order, "boot order" },
    { moves, "address" },
    { rom, "ROM" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (rules); i++)
    if (rules[i].changes)
      return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "the %s of interface '%s' cannot be changed",
                   rules[i].what, is->alias);
  return true;
}

static bool
check_rest (const DomainInterface *live, const DomainInterface *wanted, GError **error)
{
  DomainInterface *a = xml_copy (&domain_interface_schema, live), *b = xml_copy (&domain_interface_schema, wanted);
  g_autofree char *path = NULL;
  bool same;

  hide_changes (b, live);
  hide_changes (a, live);
  same = xml_equal (&domain_interface_schema, a, b, &path);
  xml_free (&domain_interface_schema, a);
  xml_free (&domain_interface_schema, b);
  return same || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                       "interface '%s': '%s' cannot be changed while the guest runs", live->info.alias, path);
}

bool
net_check_update (const DomainInterface *live, const DomainInterface *wanted, GError **error)
{
  DomainInterfaceType type = net_actual_type (live);
  bool is_tap = type == INTERFACE_TYPE_BRIDGE || type == INTERFACE_TYPE_NETWORK;

  if (!check_place (live, wanted, error) || !check_rest (live, wanted, error))
    return false;
  if (!equal_parts (&nwfilter_ref_schema, live->filterref, wanted->filterref))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "interface '%s': filters (<filterref>) need virtnwfilterd, which this host does not have", live->info.alias);
  if (!equal_parts (&network_vlan_schema, live->vlan, wanted->vlan) && !net_is_on_switch (live))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "interface '%s' has no VLAN: only ports of Open vSwitch have", live->info.alias);
  if (!is_tap && (live->isolated != wanted->isolated || live->coalesce_frames != wanted->coalesce_frames))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                 "interface '%s' of type '%s' has no port or coalescing to change", live->info.alias,
                 xml_enum_name (&interface_type_names, type));
  return true;
}

/* --- steps ------------------------------------------------------------------------------------------ */

typedef struct
{
  const NetGuest *guest;
  const DomainInterface *live;  /* whose device it is */
  Qmp *qmp;
} Update;

typedef struct
{
  bool (*differs) (const DomainInterface *a, const DomainInterface *b);
  /* Brings the device to what @to says. */
  bool (*apply) (const Update *update, const DomainInterface *to, GError **error);
} Step;

static bool
bridge_differs (const DomainInterface *a, const DomainInterface *b)
{
  return g_strcmp0 (a->bridge, b->bridge) != 0;
}

static bool
apply_bridge (const Update *update, const DomainInterface *to, GError **error)
{
  OvsPort port = {
    .bridge = to->bridge, .name = update->live->target_dev, .mac = to->mac, .vm_uuid = update->guest->uuid,
    .port = net_actual_virtual_port (update->live), .vlan = to->vlan,
  };

  if (net_is_on_switch (update->live))
    return ovs_add (&port, error);
  if (if_nametoindex (to->bridge) == 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "there is no bridge '%s'", to->bridge);
  return tap_set_bridge (update->live->target_dev, to->bridge, error);
}

static bool
vlan_differs (const DomainInterface *a, const DomainInterface *b)
{
  return !equal_parts (&network_vlan_schema, a->vlan, b->vlan);
}

static bool
apply_vlan (const Update *update, const DomainInterface *to, GError **error)
{
  return ovs_set_vlan (update->live->target_dev, to->vlan, error);
}

static bool
isolation_differs (const DomainInterface *a, const DomainInterface *b)
{
  return (a->isolated == TRI_YES) != (b->isolated == TRI_YES);
}

static bool
apply_isolation (const Update *update, const DomainInterface *to, GError **error)
{
  return tap_set_isolated (update->live->target_dev, to->isolated == TRI_YES, error);
}

static bool
coalescing_differs (const DomainInterface *a, const DomainInterface *b)
{
  return a->coalesce_frames != b->coalesce_frames;
}

static bool
apply_coalescing (const Update *update, const DomainInterface *to, GError **error)
{
  return tap_set_coalesce (update->live->target_dev, to->coalesce_frames, error);
}

static bool
bandwidth_differs (const DomainInterface *a, const DomainInterface *b)
{
  return !equal_parts (&network_bandwidth_schema, a->bandwidth, b->bandwidth);
}

static bool
apply_bandwidth (const Update *update, const DomainInterface *to, GError **error)
{
  return net_set_bandwidth (update->guest, update->live, to->bandwidth, error);
}

static bool
link_differs (const DomainInterface *a, const DomainInterface *b)
{
  return (a->link == LINK_STATE_DOWN) != (b->link == LINK_STATE_DOWN);
}

static bool
apply_link (const Update *update, const DomainInterface *to, GError **error)
{
  return qmp_do (update->qmp, "set_link", json_pack ("{s:s, s:b}", "name", update->live->info.alias, "up",
                                                     to->link != LINK_STATE_DOWN), deadline_in_ms (LINK_MS), error);
}

/* The isolation of a port ends when it leaves its bridge, so it comes after. */
static const Step steps[] = {
  { bridge_differs, apply_bridge },           { vlan_differs, apply_vlan },           { isolation_differs, apply_isolation },
  { coalescing_differs, apply_coalescing },   { bandwidth_differs, apply_bandwidth }, { link_differs, apply_link },
};

static bool
needs_step (unsigned int i, const DomainInterface *live, const DomainInterface *wanted)
{
  /* A new bridge makes a new port. */
  if (steps[i].apply == apply_isolation && bridge_differs (live, wanted))
    return wanted->isolated == TRI_YES;
  return steps[i].differs (live, wanted);
}

#define SWAP(a_, b_, member_)                      \
  do                                               \
    {                                              \
      __typeof__ ((a_)->member_) was = (a_)->member_; \
      (a_)->member_ = (b_)->member_;               \
      (b_)->member_ = was;                         \
    }                                              \
  while (0)

/* The document follows. */
static void
take_over (DomainInterface *live, const DomainInterface *wanted)
{
  DomainInterface *copy = xml_copy (&domain_interface_schema, wanted);

  SWAP (live, copy, vlan);
  SWAP (live, copy, bandwidth);
  SWAP (live, copy, bridge);
  live->trust_rx_filters = wanted->trust_rx_filters;
  live->isolated = wanted->isolated;
  live->link = wanted->link;
  live->coalesce_frames = wanted->coalesce_frames;
  xml_free (&domain_interface_schema, copy);
}

void
net_take_actual_bandwidth (DomainInterface *interface)
{
  if (interface->actual == NULL)
    return;
  xml_free (&network_class_bandwidth_schema, interface->actual->bandwidth);
  interface->actual->bandwidth = interface->bandwidth != NULL ? xml_copy (&network_class_bandwidth_schema, interface->bandwidth)
                                                              : NULL;
}

/* --- another network ---------------------------------------------------------------------------------- */

static bool
network_differs (const DomainInterface *a, const DomainInterface *b)
{
  return g_strcmp0 (a->network, b->network) != 0 || g_strcmp0 (a->portgroup, b->portgroup) != 0;
}

/* Gives the tap the bridge and the limits of @moved's network. */
static bool
join_network (const DomainInterface *live, const DomainInterface *moved, GError **error)
{
  DomainInterfaceType type = net_actual_type (moved);

  if ((type != INTERFACE_TYPE_NETWORK && type != INTERFACE_TYPE_BRIDGE) || net_is_on_switch (moved)
      || net_actual_bridge (moved) == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                 "interface '%s' cannot move to network '%s', which is no bridge of the kernel, while the guest runs",
                 live->info.alias, moved->network);
  return tap_set_bridge (live->target_dev, net_actual_bridge (moved), error)
         && tc_set_bandwidth (live->target_dev, net_actual_bandwidth (moved), true, error);
}

/* Plugs the tap into the network that @wanted says, then gives the old port back. The old port stays in the
 * interface's record, where it does no harm. */
static bool
move_network (const NetGuest *guest, DomainInterface *live, const DomainInterface *wanted, GError **error)
{
  DomainInterface *moved = xml_copy (&domain_interface_schema, wanted);
  bool plugged, done;

  net_port_forget (moved);
  plugged = net_port_plug (guest, moved, error);
  done = plugged && join_network (live, moved, error);
  if (done)
    {
      net_port_unplug (live->network, live->port_id);
      SWAP (live, moved, network);
      SWAP (live, moved, portgroup);
      SWAP (live, moved, actual);
      memcpy (live->port_id, moved->port_id, sizeof (live->port_id));
    }
  else if (plugged)
    {
      tap_set_bridge (live->target_dev, net_actual_bridge (live), NULL);
      tc_set_bandwidth (live->target_dev, net_actual_bandwidth (live), true, NULL);
      net_port_unplug (moved->network, moved->port_id);
    }
  xml_free (&domain_interface_schema, moved);
  return done;
}

/* --- all of it ------------------------------------------------------------------------------------------ */

/* Makes all steps, or none. */
static bool
take_steps (const Update *update, const DomainInterface *wanted, GError **error)
{
  const DomainInterface *live = update->live;

  for (unsigned int i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      if (!needs_step (i, live, wanted) || steps[i].apply (update, wanted, error))
        continue;
      while (i-- > 0)
        if (needs_step (i, live, wanted))
          steps[i].apply (update, live, NULL);
      return false;
    }
  return true;
}

static void
take_steps_back (const Update *update, const DomainInterface *wanted)
{
  for (unsigned int i = G_N_ELEMENTS (steps); i-- > 0;)
    if (needs_step (i, update->live, wanted))
      steps[i].apply (update, update->live, NULL);
}

bool
net_update (const NetGuest *guest, DomainInterface *live, const DomainInterface *wanted, Qmp *qmp, GError **error)
{
  Update update = { .guest = guest, .live = live, .qmp = qmp };
  bool limits_change;

  if (!take_steps (&update, wanted, error))
    return false;
  if (network_differs (live, wanted) && !move_network (guest, live, wanted, error))
    {
      take_steps_back (&update, wanted);
      return false;
    }
  limits_change = bandwidth_differs (live, wanted);
  take_over (live, wanted);
  if (limits_change)
    net_take_actual_bandwidth (live);
  return true;
}

bool
net_can_limit (const DomainInterface *interface)
{
  return net_is_tap (interface) || net_actual_type (interface) == INTERFACE_TYPE_DIRECT;
}

bool
net_set_bandwidth (const NetGuest *guest, const DomainInterface *interface, const NetworkBandwidth *bandwidth, GError **error)
{
  if (!net_can_limit (interface) || interface->target_dev == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "the bandwidth of interface '%s' of type '%s' cannot be limited", interface->info.alias,
                 xml_enum_name (&interface_type_names, net_actual_type (interface)));
  if (interface->type == INTERFACE_TYPE_NETWORK && !net_port_set_bandwidth (interface, bandwidth, error))
    return false;
  return net_limit (guest->uuid, interface, bandwidth, error);
}
