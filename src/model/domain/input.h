/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* input.h: keyboards, mice, tablets. */
#pragma once

#include "model/domain/info.h"

#define INPUT_TYPE_LIST(X) X (INPUT_TYPE_MOUSE, "mouse") X (INPUT_TYPE_TABLET, "tablet") X (INPUT_TYPE_KEYBOARD, "keyboard") \
  X (INPUT_TYPE_PASSTHROUGH, "passthrough") X (INPUT_TYPE_EVDEV, "evdev")
XML_ENUM_DECLARE (DomainInputType, INPUT_TYPE_, input_type, INPUT_TYPE_LIST)

#define INPUT_BUS_LIST(X) X (INPUT_BUS_PS2, "ps2") X (INPUT_BUS_USB, "usb") X (INPUT_BUS_XEN, "xen") \
  X (INPUT_BUS_PARALLELS, "parallels") X (INPUT_BUS_VIRTIO, "virtio") X (INPUT_BUS_NONE, "none")
XML_ENUM_DECLARE (DomainInputBus, INPUT_BUS_, input_bus, INPUT_BUS_LIST)

typedef struct
{
  DomainDeviceInfo info;
  DomainInputType type;
  DomainInputBus bus;
  DomainVirtioModel model;
} DomainInput;
