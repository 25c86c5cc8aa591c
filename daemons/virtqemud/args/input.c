/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Input devices. */
#include "args/private.h"

/* A device of the host, of which all that happens goes to the guest's devices. */
static bool
build_evdev (Builder *b, const DomainInput *input, GError **error)
{
  json_t *object;

  if (!need_type (b, "input-linux", input->info.alias, error))
    return false;
  object = object_new ("input-linux", "", input->info.alias);
  set_string (object, "evdev", input->source);
  set_tristate (object, "repeat", input->repeat);
  if (input->grab == INPUT_GRAB_ALL)
    set_bool (object, "grab_all", true);
  set_string (object, "grab-toggle", xml_enum_name (&input_toggle_names, input->grab_toggle));
  add_part (b, QEMU_OBJECT, object);
  return true;
}

bool
build_input (Builder *b, const DomainInput *input, GError **error)
{
  static const char *const usb[] = {
    [INPUT_TYPE_MOUSE] = "usb-mouse", [INPUT_TYPE_TABLET] = "usb-tablet", [INPUT_TYPE_KEYBOARD] = "usb-kbd",
    [INPUT_TYPE_LAST] = NULL,
  };
  static const char *const virtio[] = {
    [INPUT_TYPE_MOUSE] = "mouse", [INPUT_TYPE_TABLET] = "tablet", [INPUT_TYPE_KEYBOARD] = "keyboard",
    [INPUT_TYPE_PASSTHROUGH] = "input-host", [INPUT_TYPE_LAST] = NULL,
  };
  g_autofree char *driver = NULL;
  g_autoptr (json_t) device = NULL;

  if (input->bus == INPUT_BUS_PS2)
    return true;                /* part of the machine */
  if (input->type == INPUT_TYPE_EVDEV)
    return build_evdev (b, input, error);
  if (input->bus == INPUT_BUS_USB)
    driver = g_strdup (usb[input->type]);
  else if (input->bus == INPUT_BUS_VIRTIO && virtio[input->type] != NULL)
    {
      driver = virtio_driver (b, virtio[input->type], &input->info, input->model == VIRTIO_MODEL_TRANSITIONAL,
                              input->model == VIRTIO_MODEL_NON_TRANSITIONAL, error);
      if (driver == NULL)
        return false;
    }
  if (driver == NULL)
    return unsupported (error, "input device '%s' of type '%s' on bus '%s' is not supported", input->info.alias,
                        xml_enum_name (&input_type_names, input->type),
                        xml_enum_name (&input_bus_names, input->bus));
  device = device_new (driver);
  set_virtio (device, &input->virtio);
  set_string (device, "id", input->info.alias);
  if (input->type == INPUT_TYPE_PASSTHROUGH)
    set_string (device, "evdev", input->source);
  if (!need_type (b, driver, input->info.alias, error) || !set_address (b, device, &input->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}
