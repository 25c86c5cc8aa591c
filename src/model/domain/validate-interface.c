/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate-interface.c: rules of network interfaces. They change nothing. */
#include "model/domain/rules.h"

#include <string.h>

bool
domain_interface_is_virtio (const DomainInterface *interface)
{
  const char *model = interface->model;

  return model != NULL && (strcmp (model, "virtio") == 0 || strcmp (model, "virtio-transitional") == 0
                           || strcmp (model, "virtio-non-transitional") == 0);
}

#define REFUSE_INTERFACE(from_, code_, ...) REFUSE_DEVICE (from_, &interface->info, "interface", n, code_, __VA_ARGS__)

#define IPV4_PREFIX_MIN 4
#define IPV4_PREFIX_MAX 27
#define IPV6_PREFIX 64

/* The network that QEMU makes for an interface of type user. */
static bool
check_user_ips (const DomainInterface *interface, unsigned int n, GError **error)
{
  unsigned int seen[NETWORK_FAMILY_LAST] = { 0 };

  for (unsigned int i = 0; i < interface->ips.n; i++)
    {
      const DomainIp *ip = interface->ips.items[i];

      if (ip->peer.family != 0)
        REFUSE_INTERFACE (QEMU, CONFIG_UNSUPPORTED, "the guest's end has no peer");
      if (seen[ip->family]++ > 0)
        REFUSE_INTERFACE (QEMU, CONFIG_UNSUPPORTED, "there may be one address of family '%s'",
                        xml_enum_name (&network_family_names, ip->family));
      if (ip->family == NETWORK_FAMILY_IPV4 && ip->prefix != 0 && (ip->prefix < IPV4_PREFIX_MIN || ip->prefix > IPV4_PREFIX_MAX))
        REFUSE_INTERFACE (QEMU, XML_ERROR, "prefix='%u' is not within %u to %u", ip->prefix, IPV4_PREFIX_MIN, IPV4_PREFIX_MAX);
      if (ip->family == NETWORK_FAMILY_IPV6 && ip->prefix != 0 && ip->prefix != IPV6_PREFIX)
        REFUSE_INTERFACE (QEMU, CONFIG_UNSUPPORTED, "prefix='%u' of an IPv6 address is not %u", ip->prefix, IPV6_PREFIX);
    }
  return true;
}

static bool
check_ips (const DomainInterface *interface, unsigned int n, GError **error)
{
  if (interface->routes.n > 0)
    REFUSE_INTERFACE (QEMU, CONFIG_UNSUPPORTED, "QEMU sets no routes in the guest");
  if (interface->type == INTERFACE_TYPE_USER)
    return check_user_ips (interface, n, error);
  if (interface->ips.n > 0 && interface->type != INTERFACE_TYPE_VDPA)
    REFUSE_INTERFACE (QEMU, CONFIG_UNSUPPORTED, "QEMU sets no addresses in the guest");
  return true;
}

static bool
is_power_of_two (unsigned int number)
{
  return (number & (number - 1)) == 0;
}

static bool
check_driver (const Domain *domain, const DomainInterface *interface, unsigned int n, GError **error)
{
  const DomainInterfaceDriver *driver = interface->driver;

  if (driver != NULL && (!is_power_of_two (driver->rx_queue_size) || !is_power_of_two (driver->tx_queue_size)))
    REFUSE_INTERFACE (QEMU, CONFIG_UNSUPPORTED, "%s is no power of two",
                    is_power_of_two (driver->rx_queue_size) ? "tx_queue_size" : "rx_queue_size");
  if (g_strcmp0 (interface->model, "usb-net") == 0 && interface->info.address.type == ADDRESS_TYPE_ABSENT && domain_has_pci (domain))
    REFUSE_INTERFACE (DOMAIN, INTERNAL_ERROR, "a card of model 'usb-net' must say where it is: it has no place on PCI");
  if (interface->type == INTERFACE_TYPE_VDPA && !domain_interface_is_virtio (interface))
    REFUSE_INTERFACE (QEMU, CONFIG_UNSUPPORTED, "type='vdpa' has no model '%s'", interface->model);
  return true;
}

static bool
check_teaming (const DomainInterface *interface, unsigned int n, GError **error)
{
  const DomainTeaming *teaming = interface->teaming;

  if (teaming == NULL)
    return true;
  if (teaming->type == TEAMING_TYPE_PERSISTENT && !domain_interface_is_virtio (interface))
    REFUSE_INTERFACE (QEMU, CONFIG_UNSUPPORTED, "teaming: the persistent interface has model 'virtio', not '%s'",
                    interface->model);
  if (teaming->type == TEAMING_TYPE_TRANSIENT && interface->type != INTERFACE_TYPE_HOSTDEV && interface->type != INTERFACE_TYPE_NETWORK)
    REFUSE_INTERFACE (QEMU, CONFIG_UNSUPPORTED, "teaming: the transient interface has type 'hostdev', not '%s'",
                    xml_enum_name (&interface_type_names, interface->type));
  return true;
}

/* What only some types do. */
static bool
check_type (const DomainInterface *interface, unsigned int n, GError **error)
{
  const char *type = xml_enum_name (&interface_type_names, interface->type);
  bool has_tap = interface->type == INTERFACE_TYPE_NETWORK || interface->type == INTERFACE_TYPE_BRIDGE;

  if (interface->mtu != 0 && !has_tap && interface->type != INTERFACE_TYPE_ETHERNET && interface->type != INTERFACE_TYPE_VHOSTUSER)
    REFUSE_INTERFACE (QEMU, CONFIG_UNSUPPORTED, "type='%s' has no <mtu>", type);
  if (interface->coalesce_frames != 0 && !has_tap)
    REFUSE_INTERFACE (QEMU, CONFIG_UNSUPPORTED, "type='%s' has no <coalesce>", type);
  if (interface->isolated == TRI_YES && !has_tap)
    REFUSE_INTERFACE (DOMAIN, CONFIG_UNSUPPORTED, "type='%s' has no isolated <port>", type);
  if (interface->isolated == TRI_YES && interface->virtual_port != NULL
      && interface->virtual_port->type != NETWORK_VIRTUAL_PORT_ABSENT)
    REFUSE_INTERFACE (DOMAIN, CONFIG_UNSUPPORTED, "a <virtualport> has no isolated <port>");
  return true;
}

bool
domain_validate_interfaces (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->interfaces.n; i++)
    {
      const DomainInterface *interface = domain->interfaces.items[i];

      if (!check_ips (interface, i, error) || !check_driver (domain, interface, i, error) || !check_teaming (interface, i, error)
          || !check_type (interface, i, error))
        return false;
    }
  return true;
}
