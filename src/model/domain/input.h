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

#define INPUT_GRAB_LIST(X) X (INPUT_GRAB_ALL, "all")
XML_ENUM_DECLARE (DomainInputGrab, INPUT_GRAB_, input_grab, INPUT_GRAB_LIST)

#define INPUT_TOGGLE_LIST(X) X (INPUT_TOGGLE_CTRL_CTRL, "ctrl-ctrl") X (INPUT_TOGGLE_ALT_ALT, "alt-alt") \
  X (INPUT_TOGGLE_SHIFT_SHIFT, "shift-shift") X (INPUT_TOGGLE_META_META, "meta-meta") \
  X (INPUT_TOGGLE_SCROLLLOCK, "scrolllock") X (INPUT_TOGGLE_CTRL_SCROLLLOCK, "ctrl-scrolllock")
XML_ENUM_DECLARE (DomainInputToggle, INPUT_TOGGLE_, input_toggle, INPUT_TOGGLE_LIST)

typedef struct
{
  DomainDeviceInfo info;
  DomainInputType type;
  DomainInputBus bus;
  DomainVirtioModel model;
  char *source;                 /* passthrough, evdev: the host's device */
  DomainInputGrab grab;         /* evdev */
  DomainInputToggle grab_toggle;    /* evdev */
  Tristate repeat;              /* evdev */
  DomainVirtioOptions virtio;
} DomainInput;
