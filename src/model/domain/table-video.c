/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-video.c: video cards. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (video_type, VIDEO_TYPE_LIST)
XML_ENUM_DEFINE (video_backend, VIDEO_BACKEND_LIST)

static const XmlField video_driver_rows[] = {
  XML_ENUM (DomainVideo, backend, "@name", video_backend),
  XML_UNSUPPORTED ("@vgaconf"),
  XML_EMBED (DomainVideo, virtio, "", domain_virtio_rows),
  XML_END
};

static const XmlField video_rows[] = {
  XML_PART ("driver", video_driver_rows),
  XML_ENUM (DomainVideo, type, "model/@type", video_type, .absent = VIDEO_TYPE_DEFAULT, .flags = XML_ALWAYS,
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_UINT (DomainVideo, ram, "model/@ram", XML_BAD (DOMAIN, XML_ERROR)),
  XML_UINT (DomainVideo, vram, "model/@vram", XML_BAD (DOMAIN, XML_ERROR)),
  XML_UINT (DomainVideo, vram64, "model/@vram64", XML_BAD (DOMAIN, XML_ERROR)),
  XML_UINT (DomainVideo, vgamem, "model/@vgamem", XML_BAD (DOMAIN, XML_ERROR)),
  XML_UINT (DomainVideo, heads, "model/@heads", XML_BAD (DOMAIN, INTERNAL_ERROR)),
  XML_YES_NO (DomainVideo, primary, "model/@primary", .absent = TRI_NO),
  XML_ON_OFF (DomainVideo, blob, "model/@blob"),
  XML_FLAG (DomainVideo, has_acceleration, "model/acceleration"),
  XML_YES_NO (DomainVideo, accel2d, "model/acceleration/@accel2d"),
  XML_YES_NO (DomainVideo, accel3d, "model/acceleration/@accel3d"),
  XML_STRING (DomainVideo, rendernode, "model/acceleration/@rendernode"),
  XML_UINT (DomainVideo, resolution_x, "model/resolution/@x"),
  XML_UINT (DomainVideo, resolution_y, "model/resolution/@y"),
  XML_INFO (DomainVideo),
  XML_END
};

const XmlSchema domain_video_schema = XML_SCHEMA (DomainVideo, "video", video_rows, .from = VIR_FROM_DOMAIN);
