/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes of interfaces while their guest runs. */
#include <net/if.h>
#include <string.h>

#include "model/domain/tables.h"
#include "net/check.h"
#include "net/ovs.h"
#include "net/port.h"
#include "net/tap.h"
#include "net/tc.h"
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

  if (asked->alias != NULL && g_strcmp0 (asked->alias, is->alias) != 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "the alias of interface '%s' cannot be changed", is->alias);
  if (asked->boot_order != 0 && asked->boot_order != is->boot_order)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "the boot order of interface '%s' cannot be changed", is->alias);
  if (asked->address.type != ADDRESS_TYPE_ABSENT && memcmp (&asked->address, &is->address, sizeof (is->address)) != 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "the address of interface '%s' cannot be changed", is->alias);
  if ((asked->rom_bar != TRI_ABSENT && asked->rom_bar != is->rom_bar)
      || (asked->rom_enabled != TRI_ABSENT && asked->rom_enabled != is->rom_enabled)
      || (asked->rom_file != NULL && g_strcmp0 (asked->rom_file, is->rom_file) != 0))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "the ROM of interface '%s' cannot be changed", is->alias);
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

/* The document follows. */
static void
take_over (DomainInterface *live, const DomainInterface *wanted)
{
  DomainInterface *copy = xml_copy (&domain_interface_schema, wanted);

#define SWAP(member_)                              \
  do                                               \
    {                                              \
      __typeof__ (live->member_) was = live->member_; \
      live->member_ = copy->member_;               \
      copy->member_ = was;                         \
    }                                              \
  while (0)
  SWAP (vlan);
  SWAP (bandwidth);
  SWAP (bridge);
#undef SWAP
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

bool
net_update (const NetGuest *guest, DomainInterface *live, const DomainInterface *wanted, Qmp *qmp, GError **error)
{
  Update update = { .guest = guest, .live = live, .qmp = qmp };
  bool limits_change;

  for (unsigned int i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      if (!needs_step (i, live, wanted) || steps[i].apply (&update, wanted, error))
        continue;
      while (i-- > 0)
        if (needs_step (i, live, wanted))
          steps[i].apply (&update, live, NULL);
      return false;
    }
  limits_change = bandwidth_differs (live, wanted);
  take_over (live, wanted);
  if (limits_change)
    net_take_actual_bandwidth (live);
  return true;
}

static bool
is_tap (const DomainInterface *interface)
{
  DomainInterfaceType type = net_actual_type (interface);

  return type == INTERFACE_TYPE_ETHERNET || type == INTERFACE_TYPE_NETWORK || type == INTERFACE_TYPE_BRIDGE;
}

bool
net_can_limit (const DomainInterface *interface)
{
  return is_tap (interface) || net_actual_type (interface) == INTERFACE_TYPE_DIRECT;
}

bool
net_set_bandwidth (const NetGuest *guest, const DomainInterface *interface, const NetworkBandwidth *bandwidth, GError **error)
{
  if (!net_can_limit (interface) || interface->target_dev == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "the bandwidth of interface '%s' of type '%s' cannot be limited",
                 interface->info.alias, xml_enum_name (&interface_type_names, net_actual_type (interface)));
  if (interface->type == INTERFACE_TYPE_NETWORK && !net_port_set_bandwidth (interface, bandwidth, error))
    return false;
  return tc_set_bandwidth (interface->target_dev, bandwidth, is_tap (interface), error);
}
