/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/check.h"

#include "daemon/peer.h"
#include "net/tap.h"
#include "util/error.h"
#include "util/log.h"

#define LOG_CATEGORY "qemu.net"
#define CALL_MS 30000

#define BIT(type_) (1u << INTERFACE_TYPE_##type_)
#define TAPS (BIT (ETHERNET) | BIT (NETWORK) | BIT (BRIDGE))

static bool
is_one_of (DomainInterfaceType type, unsigned int types)
{
  return types & (1u << type);
}

static bool
refuse_as (virErrorDomain from, const DomainInterface *interface, DomainInterfaceType type, const char *what, GError **error)
{
  return fail (error, from, VIR_ERR_CONFIG_UNSUPPORTED, "interface '%s' of type '%s' %s", interface->info.alias,
               xml_enum_name (&interface_type_names, type), what);
}

static bool
refuse (const DomainInterface *interface, DomainInterfaceType type, const char *what, GError **error)
{
  return refuse_as (VIR_FROM_QEMU, interface, type, what, error);
}

/* What is kept, but is nothing to QEMU: as stock, it does not keep a guest from starting. */
static void
mention_ignored (const DomainInterface *interface)
{
  if (interface->backend_domain != NULL)
    log_warning ("interface '%s': <backenddomain> means nothing to QEMU", interface->info.alias);
  if (interface->guest_dev != NULL)
    log_warning ("interface '%s': QEMU does not name interfaces inside the guest (<guest>)", interface->info.alias);
}

bool
net_check_document (const DomainInterface *interface, GError **error)
{
  mention_ignored (interface);
  if ((interface->script != NULL || interface->downscript != NULL) && interface->type != INTERFACE_TYPE_ETHERNET)
    return refuse (interface, interface->type, "runs no scripts", error);
  if (interface->filterref != NULL)
    {
      static const DaemonPeer virtnwfilterd = { "virtnwfilterd", "nwfilter", "keeps the network filters", VIR_ERR_NO_SUPPORT };
      g_autoptr (RpcClient) client = daemon_peer_connect (&virtnwfilterd, CALL_MS, error);

      return client != NULL && refuse (interface, interface->type, "cannot be filtered yet", error);
    }
  return true;
}

bool
net_check_actual (const DomainInterface *interface, GError **error)
{
  DomainInterfaceType type = net_actual_type (interface);
  const NetworkVirtualPort *port = net_actual_virtual_port (interface);
  unsigned int queues = interface->driver != NULL ? interface->driver->queues : 0;

  if (queues > 1 && !is_one_of (type, TAPS | BIT (DIRECT) | BIT (VHOSTUSER) | BIT (VDPA)))
    return refuse (interface, type, "has one queue only", error);
  if (queues > TAP_QUEUES_MAX)
    return refuse (interface, type, "has 256 queues at most", error);
  if (interface->backend != NULL && interface->backend->tap != NULL && !is_one_of (type, TAPS))
    return refuse (interface, type, "has no tap device to choose", error);
  if (net_actual_vlan (interface) != NULL && !net_is_on_switch (interface) && type != INTERFACE_TYPE_HOSTDEV)
    return refuse_as (VIR_FROM_DOMAIN, interface, type, "has no VLAN: only ports of Open vSwitch have", error);
  if (net_actual_isolated (interface) && (net_is_on_switch (interface) || !is_one_of (type, BIT (NETWORK) | BIT (BRIDGE))))
    return refuse_as (VIR_FROM_DOMAIN, interface, type, "cannot be isolated: only ports of the kernel's bridges can", error);
  if (port != NULL && (port->type == NETWORK_VIRTUAL_PORT_QBG || port->type == NETWORK_VIRTUAL_PORT_QBH))
    return refuse (interface, type, "cannot be associated with a switch by 802.1Qbg or 802.1Qbh", error);
  if (net_actual_bandwidth (interface) != NULL && !is_one_of (type, TAPS | BIT (DIRECT)))
    log_warning ("interface '%s' of type '%s': its bandwidth is not limited", interface->info.alias,
                 xml_enum_name (&interface_type_names, type));
  return true;
}
