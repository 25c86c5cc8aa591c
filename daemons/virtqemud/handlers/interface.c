/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about a guest's network interfaces. */
#include <string.h>

#include "driver.h"
#include "handlers/agent.h"
#include "handlers/tuning.h"
#include "link/rtnl.h"
#include "model/domain/tables.h"
#include "net/net.h"
#include "net/port.h"
#include "util/worker.h"

static char *
mac_text (const uint8_t *m)
{
  return g_strdup_printf ("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

/* By the address of its card or the name of its host's end. */
static DomainInterface *
find_interface (const Domain *domain, const char *device, GError **error)
{
  for (unsigned int i = 0; i < domain->interfaces.n; i++)
    {
      DomainInterface *interface = domain->interfaces.items[i];
      uint8_t mac[6];

      if ((mac_address_parse (device, mac) && memcmp (mac, interface->mac, sizeof (mac)) == 0)
          || g_strcmp0 (interface->target_dev, device) == 0)
        return interface;
    }
  return fail_null (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "domain '%s' has no interface '%s'", domain->name, device);
}

/* --- counters ------------------------------------------------------------------------------------------- */

bool
handle_domain_interface_stats (Call *call, const DomainInterfaceStatsArgs *args, DomainInterfaceStatsRet *ret,
                               GError **error)
{
  g_autoptr (Vm) vm = handler_active_vm (&args->dom, error);
  const DomainInterface *interface = vm != NULL ? find_interface (vm->live, args->device, error) : NULL;
  NetCounters counters;

  if (interface == NULL)
    return false;
  if (interface->target_dev == NULL)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR,
                 "the interface '%s' of domain '%s' has no device on the host that counts", args->device, vm->name);
  if (!net_interface_counters (interface, &counters))
    return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "the host counts nothing for the device '%s' of domain '%s'",
                 interface->target_dev, vm->name);
  *ret = (DomainInterfaceStatsRet) {
    .rx_bytes = (int64_t) counters.received.bytes, .rx_packets = (int64_t) counters.received.packets,
    .rx_errs = (int64_t) counters.received.errors, .rx_drop = (int64_t) counters.received.dropped,
    .tx_bytes = (int64_t) counters.sent.bytes,     .tx_packets = (int64_t) counters.sent.packets,
    .tx_errs = (int64_t) counters.sent.errors,     .tx_drop = (int64_t) counters.sent.dropped,
  };
  return true;
}

/* --- bandwidth -------------------------------------------------------------------------------------------- */

enum { RATE_INBOUND, RATE_OUTBOUND };

/* The limits of a direction, in KiB a second and KiB. */
static const struct
{
  const char *name;
  unsigned int direction;
  size_t offset;                /* in NetworkRate */
} rates[] = {
  { VIR_DOMAIN_BANDWIDTH_IN_AVERAGE, RATE_INBOUND, offsetof (NetworkRate, average) },
  { VIR_DOMAIN_BANDWIDTH_IN_PEAK, RATE_INBOUND, offsetof (NetworkRate, peak) },
  { VIR_DOMAIN_BANDWIDTH_IN_BURST, RATE_INBOUND, offsetof (NetworkRate, burst) },
  { VIR_DOMAIN_BANDWIDTH_IN_FLOOR, RATE_INBOUND, offsetof (NetworkRate, floor) },
  { VIR_DOMAIN_BANDWIDTH_OUT_AVERAGE, RATE_OUTBOUND, offsetof (NetworkRate, average) },
  { VIR_DOMAIN_BANDWIDTH_OUT_PEAK, RATE_OUTBOUND, offsetof (NetworkRate, peak) },
  { VIR_DOMAIN_BANDWIDTH_OUT_BURST, RATE_OUTBOUND, offsetof (NetworkRate, burst) },
};

static const NetworkRate *
rate_of (const NetworkBandwidth *bandwidth, unsigned int direction)
{
  if (bandwidth == NULL)
    return NULL;
  return direction == RATE_INBOUND ? bandwidth->inbound : bandwidth->outbound;
}

bool
handle_domain_get_interface_parameters (Call *call, const DomainGetInterfaceParametersArgs *args,
                                        DomainGetInterfaceParametersRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (Params) params = { 0 };
  const Domain *domain = tuning_query (&args->dom, args->flags, "virDomainGetInterfaceParameters", &vm, error);
  const DomainInterface *interface = domain != NULL ? find_interface (domain, args->device, error) : NULL;

  if (interface == NULL)
    return false;
  for (unsigned int i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      const NetworkRate *rate = rate_of (net_actual_bandwidth (interface), rates[i].direction);
      uint64_t value = rate != NULL ? *(const uint64_t *) (const void *) ((const char *) rate + rates[i].offset) : 0;

      params_add_uint (&params, rates[i].name, (unsigned int) value);
    }
  params_reply (&params, args->nparams, &ret->params, &ret->n_params, &ret->nparams);
  return true;
}

static bool
is_unlimited (const NetworkRate *rate)
{
  return rate->average == 0 && rate->floor == 0;
}

/* The new limits of one direction: those given replace all of the old; an average of 0 ends them. */
static void
set_direction (NetworkRate **rate, unsigned int direction, const DomainSetInterfaceParametersArgs *args)
{
  NetworkRate wanted = { 0 };
  bool given = false;

  for (unsigned int i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      const RemoteTypedParamValue *value = rates[i].direction == direction
                                             ? params_find (args->params, args->n_params, rates[i].name) : NULL;

      if (value == NULL)
        continue;
      given = true;
      *(uint64_t *) (void *) ((char *) &wanted + rates[i].offset) = value->ui;
    }
  if (!given)
    return;
  if (is_unlimited (&wanted))
    g_clear_pointer (rate, g_free);
  else
    {
      *rate = *rate != NULL ? *rate : g_new0 (NetworkRate, 1);
      **rate = wanted;
    }
}

static bool
edit_bandwidth (Domain *domain, void *user, GError **error)
{
  const DomainSetInterfaceParametersArgs *args = user;
  DomainInterface *interface = find_interface (domain, args->device, error);
  NetworkBandwidth *wanted;

  if (interface == NULL)
    return false;
  if (!net_can_limit (interface))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "the bandwidth of interfaces of type '%s' cannot be limited",
                 xml_enum_name (&interface_type_names, interface->type));
  wanted = interface->bandwidth != NULL ? interface->bandwidth : xml_new (&network_bandwidth_schema);
  interface->bandwidth = wanted;
  set_direction (&wanted->inbound, RATE_INBOUND, args);
  set_direction (&wanted->outbound, RATE_OUTBOUND, args);
  if (wanted->inbound == NULL && wanted->outbound == NULL)
    {
      xml_free (&network_bandwidth_schema, wanted);
      interface->bandwidth = NULL;
    }
  net_take_actual_bandwidth (interface);
  return true;
}

static bool
apply_bandwidth (Vm *vm, const Domain *wanted, void *user, GError **error)
{
  const DomainSetInterfaceParametersArgs *args = user;
  const DomainInterface *interface = find_interface (wanted, args->device, error), *live;
  NetGuest guest = net_guest_of (wanted, driver.config);

  if (interface == NULL)
    return false;
  if (interface->type != INTERFACE_TYPE_NETWORK && interface->bandwidth != NULL && interface->bandwidth->inbound != NULL
      && interface->bandwidth->inbound->floor != 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED,
                 "a floor of bandwidth is for interfaces on a virtual network, not for type '%s'",
                 xml_enum_name (&interface_type_names, interface->type));
  if (net_set_bandwidth (&guest, interface, interface->bandwidth, error))
    return true;
  live = find_interface (vm->live, args->device, NULL);
  net_set_bandwidth (&guest, live, live->bandwidth, NULL);
  return false;
}

bool
handle_domain_set_interface_parameters (Call *call, const DomainSetInterfaceParametersArgs *args, GError **error)
{
  static const ParamRow rows[] = {
    { VIR_DOMAIN_BANDWIDTH_IN_AVERAGE, VIR_TYPED_PARAM_UINT },  { VIR_DOMAIN_BANDWIDTH_IN_PEAK, VIR_TYPED_PARAM_UINT },
    { VIR_DOMAIN_BANDWIDTH_IN_BURST, VIR_TYPED_PARAM_UINT },    { VIR_DOMAIN_BANDWIDTH_IN_FLOOR, VIR_TYPED_PARAM_UINT },
    { VIR_DOMAIN_BANDWIDTH_OUT_AVERAGE, VIR_TYPED_PARAM_UINT }, { VIR_DOMAIN_BANDWIDTH_OUT_PEAK, VIR_TYPED_PARAM_UINT },
    { VIR_DOMAIN_BANDWIDTH_OUT_BURST, VIR_TYPED_PARAM_UINT },
  };
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (Vm) vm = NULL;
  unsigned int affect;

  if (!params_check (args->params, args->n_params, rows, G_N_ELEMENTS (rows), error))
    return false;
  vm = tuning_change (&args->dom, args->flags, true, "virDomainSetInterfaceParameters", "change of bandwidth", &guard, &affect,
                      error);
  return vm != NULL && vm_edit (vm, affect, edit_bandwidth, apply_bandwidth, (void *) args, error);
}

/* --- addresses -------------------------------------------------------------------------------------------------- */

typedef struct
{
  DomainInterfaceAddressesRet *ret;
  unsigned int room;
} Addresses;

/* Begins the entry of @interface; its name is the host's. */
static RemoteDomainInterface *
add_entry (Addresses *addresses, const DomainInterface *interface, const char *name)
{
  RemoteDomainInterface *entry;

  if (addresses->ret->n_ifaces == addresses->room)
    {
      addresses->room = MAX (4, addresses->room * 2);
      addresses->ret->ifaces = g_renew (RemoteDomainInterface, addresses->ret->ifaces, addresses->room);
    }
  entry = &addresses->ret->ifaces[addresses->ret->n_ifaces++];
  *entry = (RemoteDomainInterface) { .name = g_strdup (name), .hwaddr = mac_text (interface->mac) };
  return entry;
}

static void
add_address (RemoteDomainInterface *entry, int type, char *address, unsigned int prefix)
{
  entry->addrs = g_renew (RemoteDomainIpAddr, entry->addrs, entry->n_addrs + 1);
  entry->addrs[entry->n_addrs++] = (RemoteDomainIpAddr) { .type = type, .addr = address, .prefix = prefix };
}

static bool
add_leases (Addresses *addresses, const DomainInterface *interface, GError **error)
{
  g_auto (NetworkGetDhcpLeasesRet) leases = { 0 };
  RemoteDomainInterface *entry;

  if (!net_port_leases (interface->network, interface->mac, &leases, error))
    return false;
  if (leases.n_leases == 0)
    return true;
  entry = add_entry (addresses, interface, interface->target_dev != NULL ? interface->target_dev : "-");
  for (unsigned int i = 0; i < leases.n_leases; i++)
    add_address (entry, leases.leases[i].type, g_strdup (leases.leases[i].ipaddr), leases.leases[i].prefix);
  return true;
}

static bool
lease_addresses (const Domain *domain, Addresses *addresses, GError **error)
{
  for (unsigned int i = 0; i < domain->interfaces.n; i++)
    if (domain->interfaces.items[i]->type == INTERFACE_TYPE_NETWORK
        && !add_leases (addresses, domain->interfaces.items[i], error))
      return false;
  return true;
}

static bool
read_neighbours (void *data, GError **error)
{
  g_autoptr (Rtnl) rtnl = rtnl_open (error);
  GArray **found = data;

  *found = rtnl != NULL ? rtnl_neighbours (rtnl, error) : NULL;
  return *found != NULL;
}

static bool
has_neighbours (const DomainInterface *interface)
{
  return interface->type == INTERFACE_TYPE_NETWORK || interface->type == INTERFACE_TYPE_BRIDGE
         || interface->type == INTERFACE_TYPE_ETHERNET;
}

static void
add_neighbours (Addresses *addresses, const DomainInterface *interface, const GArray *neighbours)
{
  RemoteDomainInterface *entry = NULL;

  for (unsigned int i = 0; i < neighbours->len; i++)
    {
      const RtnlNeighbour *neighbour = &g_array_index (neighbours, RtnlNeighbour, i);

      if (memcmp (neighbour->mac, interface->mac, sizeof (neighbour->mac)) != 0)
        continue;
      entry = entry != NULL ? entry : add_entry (addresses, interface, interface->target_dev);
      add_address (entry, neighbour->address.family == AF_INET6 ? VIR_IP_ADDR_TYPE_IPV6 : VIR_IP_ADDR_TYPE_IPV4,
                   ip_address_text (&neighbour->address), 0);
    }
}

static bool
neighbour_addresses (const Domain *domain, Addresses *addresses, GError **error)
{
  g_autoptr (GArray) neighbours = NULL;

  if (!worker_run ("read neighbours", read_neighbours, &neighbours, error))
    return false;
  for (unsigned int i = 0; i < domain->interfaces.n; i++)
    if (has_neighbours (domain->interfaces.items[i]))
      add_neighbours (addresses, domain->interfaces.items[i], neighbours);
  return true;
}

bool
handle_domain_interface_addresses (Call *call, const DomainInterfaceAddressesArgs *args,
                                   DomainInterfaceAddressesRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_autoptr (Domain) domain = NULL;
  Addresses addresses = { .ret = ret };

  if (!handler_check_flags (args->flags, 0, "virDomainInterfaceAddresses", error))
    return false;
  vm = handler_active_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  /* Others may change the guest while the answers come. */
  switch (args->source)
    {
    case VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE:
      domain = domain_copy (vm->live);
      return lease_addresses (domain, &addresses, error);
    case VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP:
      domain = domain_copy (vm->live);
      return neighbour_addresses (domain, &addresses, error);
    case VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT:
      return handler_agent_interfaces (&args->dom, ret, error);
    default:
      return fail (error, VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED, "unknown source of addresses %u", args->source);
    }
}
