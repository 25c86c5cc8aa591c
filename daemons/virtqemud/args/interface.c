/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interfaces: the cards that guests see. */
#include "args/private.h"

#include <string.h>

#include "args/netdev.h"
#include "net/vf.h"

/* What no QEMU makes, by the type of the document. */
static const struct { DomainInterfaceType type; const char *why; } refused[] = {
  { INTERFACE_TYPE_NULL, "QEMU has no card that is connected to nothing" },
  { INTERFACE_TYPE_VDS, "it belongs to VMware's switches" },
};

static bool
check_interface (const DomainInterface *interface, GError **error)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (refused); i++)
    if (interface->type == refused[i].type)
      return unsupported (error, "interface '%s' of type '%s' is not supported by QEMU: %s", interface->info.alias,
                          xml_enum_name (&interface_type_names, interface->type), refused[i].why);
  return true;
}

static bool
has_property (const Builder *b, const char *driver, const char *property, const DomainInterface *interface, GError **error)
{
  return qemu_caps_has_prop (b->context->caps, driver, property)
         || unsupported (error, "interface '%s': %s has no %s with property '%s'", interface->info.alias,
                         b->context->caps->binary, driver, property);
}

/* The offloads of the host's and of the guest's side. */
static void
set_offloads (json_t *device, const DomainInterfaceDriver *driver)
{
  const struct { const char *key; Tristate value; } offloads[] = {
    { "csum", driver->host.csum },             { "gso", driver->host.gso },
    { "host_tso4", driver->host.tso4 },        { "host_tso6", driver->host.tso6 },
    { "host_ecn", driver->host.ecn },          { "host_ufo", driver->host.ufo },
    { "mrg_rxbuf", driver->host.mrg_rxbuf },   { "guest_csum", driver->guest.csum },
    { "guest_tso4", driver->guest.tso4 },      { "guest_tso6", driver->guest.tso6 },
    { "guest_ecn", driver->guest.ecn },        { "guest_ufo", driver->guest.ufo },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (offloads); i++)
    set_tristate (device, offloads[i].key, offloads[i].value);
}

/* Two vectors a queue pair, one for changes of the configuration, one for control. */
static void
set_queues (json_t *device, const DomainInterface *interface, unsigned int queues)
{
  if (queues < 2)
    return;
  set_bool (device, "mq", true);
  if (interface->info.address.type == ADDRESS_TYPE_PCI)
    set_uint (device, "vectors", 2 * queues + 2);
}

static bool
set_driver (const Builder *b, json_t *device, const DomainInterface *interface, const char *type, GError **error)
{
  const DomainInterfaceDriver *driver = interface->driver;
  const struct { const char *key; unsigned int value; } sizes[] = {
    { "rx_queue_size", driver->rx_queue_size }, { "tx_queue_size", driver->tx_queue_size },
  };
  const struct { const char *key; Tristate value; } hashes[] = { { "rss", driver->rss }, { "hash", driver->rss_hash_report } };

  if (driver->txmode != INTERFACE_TXMODE_ABSENT)
    set_string (device, "tx", driver->txmode == INTERFACE_TXMODE_TIMER ? "timer" : "bh");
  set_tristate (device, "ioeventfd", driver->ioeventfd);
  set_tristate (device, "event_idx", driver->event_idx);
  set_offloads (device, driver);
  set_virtio (device, &driver->virtio);
  for (unsigned int i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      if (sizes[i].value != 0 && !has_property (b, type, sizes[i].key, interface, error))
        return false;
      set_uint (device, sizes[i].key, sizes[i].value);
    }
  for (unsigned int i = 0; i < G_N_ELEMENTS (hashes); i++)
    {
      if (hashes[i].value != TRI_ABSENT && !has_property (b, type, hashes[i].key, interface, error))
        return false;
      set_tristate (device, hashes[i].key, hashes[i].value);
    }
  return true;
}

static bool
set_teaming (json_t *device, const DomainInterface *interface)
{
  if (interface->teaming != NULL && interface->teaming->type == TEAMING_TYPE_PERSISTENT)
    set_bool (device, "failover", true);
  return true;
}

/* What only virtio cards have. */
static bool
set_virtio_card (const Builder *b, json_t *device, const DomainInterface *interface, const char *type, GError **error)
{
  set_queues (device, interface, netdev_queues (b, interface));
  if (netdev_is_shown (b))
    return true;
  if (interface->mtu != 0 && !has_property (b, type, "host_mtu", interface, error))
    return false;
  set_uint (device, "host_mtu", interface->mtu);
  return set_teaming (device, interface) && (interface->driver == NULL || set_driver (b, device, interface, type, error));
}

/* The model of the document and QEMU's driver; others are QEMU's names already. */
static json_t *
interface_device (Builder *b, const DomainInterface *interface, GError **error)
{
  const char *model = interface->model ?: "rtl8139";
  const uint8_t *mac = interface->mac;
  g_autofree char *virtio = NULL;
  g_autoptr (json_t) device = NULL;

  if (g_str_has_prefix (model, "virtio"))
    {
      virtio = virtio_driver (b, "net", &interface->info, g_str_equal (model, "virtio-transitional"),
                              g_str_equal (model, "virtio-non-transitional"), error);
      model = virtio;
    }
  else if (!need_type (b, model, interface->info.alias, error))
    return NULL;
  if (model == NULL)
    return NULL;
  device = device_new (model);
  if (virtio != NULL && !set_virtio_card (b, device, interface, virtio, error))
    return NULL;
  set_format (device, "netdev", "host%s", interface->info.alias);
  set_string (device, "id", interface->info.alias);
  set_format (device, "mac", "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
  set_uint (device, "bootindex", boot_index (&interface->info, &b->boot_network));
  if (!set_address (b, device, &interface->info, error))
    return NULL;
  set_rom (device, &interface->info);
  return g_steal_pointer (&device);
}

bool
build_interface (Builder *b, const DomainInterface *interface, GError **error)
{
  g_autoptr (json_t) device = NULL;

  if (!check_interface (interface, error))
    return false;
  if (netdev_is_host_device (b, interface))
    {
      DomainHostdev view = vf_hostdev (interface);

      return build_hostdev (b, &view, error);
    }
  device = interface_device (b, interface, error);
  if (device == NULL || !build_netdev (b, interface, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}
