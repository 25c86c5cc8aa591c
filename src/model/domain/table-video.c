/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-video.c: video cards. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (video_type, VIDEO_TYPE_LIST)
XML_ENUM_DEFINE (video_backend, VIDEO_BACKEND_LIST)
XML_ENUM_DEFINE (video_vgaconf, VIDEO_VGACONF_LIST)

static bool
is_gop (const void *object, unsigned int format_flags)
{
  return ((const DomainVideo *) object)->type == VIDEO_TYPE_GOP;
}

static bool
has_heads (const void *object, unsigned int format_flags)
{
  return ((const DomainVideo *) object)->heads != 0;
}

static const XmlField video_driver_rows[] = {
  XML_EMBED (DomainVideo, virtio, "", domain_virtio_rows),
  XML_ENUM (DomainVideo, backend, "@name", video_backend),
  XML_ENUM (DomainVideo, vgaconf, "@vgaconf", video_vgaconf, .flags = XML_LENIENT | XML_ABI, .when = is_gop),
  XML_END
};

#define SIZE(member_, path_) XML_UINT (DomainVideo, member_, path_, .flags = XML_ABI, XML_BAD (DOMAIN, XML_ERROR))

static const XmlField model_rows[] = {
  XML_ENUM (DomainVideo, type, "@type", video_type, .absent = VIDEO_TYPE_DEFAULT, .flags = XML_ALWAYS | XML_ABI,
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  SIZE (ram, "@ram"),
  SIZE (vram, "@vram"),
  SIZE (vram64, "@vram64"),
  SIZE (vgamem, "@vgamem"),
  XML_UINT (DomainVideo, heads, "@heads", .absent = -1, .flags = XML_ABI, .when = has_heads, XML_BAD (DOMAIN, INTERNAL_ERROR)),
  XML_YES_NO (DomainVideo, primary, "@primary", .absent = TRI_NO, .flags = XML_LENIENT | XML_ABI),
  XML_ON_OFF (DomainVideo, blob, "@blob", .flags = XML_ABI),
  XML_ON_OFF (DomainVideo, edid, "@edid", .flags = XML_ABI),
  XML_FLAG (DomainVideo, has_acceleration, "acceleration"),
  XML_YES_NO (DomainVideo, accel3d, "acceleration/@accel3d", .flags = XML_ABI),
  XML_YES_NO (DomainVideo, accel2d, "acceleration/@accel2d", .flags = XML_ABI),
  XML_STRING (DomainVideo, rendernode, "acceleration/@rendernode"),
  XML_UINT (DomainVideo, resolution_x, "resolution/@x", .absent = -1, .flags = XML_ABI),
  XML_UINT (DomainVideo, resolution_y, "resolution/@y", .absent = -1, .flags = XML_ABI),
  XML_END
};

static const XmlField video_rows[] = {
  XML_PART ("driver", video_driver_rows),
  XML_PART ("model", model_rows),
  XML_PLACE (DomainVideo),
  XML_END
};

static bool
video_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  const DomainVideo *video = object;

  if ((video->resolution_x == UINT_MAX) != (video->resolution_y == UINT_MAX))
    return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "'model/resolution' has not both, x= and y=");
  if (video->resolution_x == 0 || video->resolution_y == 0)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "'model/resolution': x and y are above 0");
  if (video->has_acceleration && video->accel2d == TRI_ABSENT && video->accel3d == TRI_ABSENT && video->rendernode == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "'model/acceleration' says nothing");
  return true;
}

const XmlSchema domain_video_schema
  = XML_SCHEMA (DomainVideo, "video", video_rows, .finish = video_finish, .from = VIR_FROM_DOMAIN);
