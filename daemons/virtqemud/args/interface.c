/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interfaces. */
#include "args/private.h"

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
  set_format (device, "netdev", "host%s", interface->info.alias);
  set_string (device, "id", interface->info.alias);
  set_format (device, "mac", "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
  set_uint (device, "host_mtu", virtio != NULL ? interface->mtu : 0);
  set_uint (device, "bootindex", boot_index (&interface->info, &b->boot_network));
  if (!set_address (b, device, &interface->info, error))
    return NULL;
  set_rom (device, &interface->info);
  return g_steal_pointer (&device);
}

bool
build_interface (Builder *b, const DomainInterface *interface, GError **error)
{
  json_t *netdev, *device;

  if (interface->type != INTERFACE_TYPE_USER)
    return unsupported (error, "interface '%s' of type '%s' is not supported", interface->info.alias,
                        xml_enum_name (&interface_type_names, interface->type));
  device = interface_device (b, interface, error);
  if (device == NULL)
    return false;
  netdev = json_object ();
  set_string (netdev, "type", "user");
  set_format (netdev, "id", "host%s", interface->info.alias);
  add_part (b, QEMU_NETDEV, netdev);
  add_part (b, QEMU_DEVICE, device);
  return true;
}
