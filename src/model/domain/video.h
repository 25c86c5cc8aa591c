/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* video.h: video cards. */
#pragma once

#include "model/domain/info.h"

#define VIDEO_TYPE_LIST(X) X (VIDEO_TYPE_DEFAULT, "default") X (VIDEO_TYPE_VGA, "vga") X (VIDEO_TYPE_CIRRUS, "cirrus") \
  X (VIDEO_TYPE_VMVGA, "vmvga") X (VIDEO_TYPE_XEN, "xen") X (VIDEO_TYPE_VBOX, "vbox") X (VIDEO_TYPE_QXL, "qxl") \
  X (VIDEO_TYPE_PARALLELS, "parallels") X (VIDEO_TYPE_VIRTIO, "virtio") X (VIDEO_TYPE_GOP, "gop") \
  X (VIDEO_TYPE_NONE, "none") X (VIDEO_TYPE_BOCHS, "bochs") X (VIDEO_TYPE_RAMFB, "ramfb")
XML_ENUM_DECLARE (DomainVideoType, VIDEO_TYPE_, video_type, VIDEO_TYPE_LIST)

#define VIDEO_BACKEND_LIST(X) X (VIDEO_BACKEND_QEMU, "qemu") X (VIDEO_BACKEND_VHOSTUSER, "vhostuser")
XML_ENUM_DECLARE (DomainVideoBackend, VIDEO_BACKEND_, video_backend, VIDEO_BACKEND_LIST)

#define VIDEO_VGACONF_LIST(X) X (VIDEO_VGACONF_IO, "io") X (VIDEO_VGACONF_ON, "on") X (VIDEO_VGACONF_OFF, "off")
XML_ENUM_DECLARE (DomainVideoVgaconf, VIDEO_VGACONF_, video_vgaconf, VIDEO_VGACONF_LIST)

typedef struct
{
  DomainDeviceInfo info;
  DomainVideoType type;
  unsigned int ram, vram, vram64, vgamem;   /* KiB; 0: absent */
  unsigned int heads;           /* UINT_MAX: absent */
  Tristate primary, blob, edid;
  bool has_acceleration;
  Tristate accel2d, accel3d;
  char *rendernode;
  unsigned int resolution_x, resolution_y;  /* UINT_MAX: absent */
  DomainVideoBackend backend;
  DomainVideoVgaconf vgaconf;   /* gop */
  DomainVirtioOptions virtio;
} DomainVideo;
