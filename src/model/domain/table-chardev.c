/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-chardev.c: serial and parallel ports, consoles and channels. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (chardev_type, CHARDEV_TYPE_LIST)
XML_ENUM_DEFINE (chardev_mode, CHARDEV_MODE_LIST)
XML_ENUM_DEFINE (chardev_protocol, CHARDEV_PROTOCOL_LIST)
XML_ENUM_DEFINE (chardev_target, CHARDEV_TARGET_LIST)
XML_ENUM_DEFINE (serial_model, SERIAL_MODEL_LIST)
XML_ENUM_DEFINE (channel_state, CHANNEL_STATE_LIST)

#define PATH(flags_) XML_STRING (DomainChardevSource, path, "source/@path", .flags = (flags_))
#define NEEDED_PATH XML_STRING (DomainChardevSource, path, "source/@path", XML_MISSING (DOMAIN, INTERNAL_ERROR))
#define SECLABELS \
  XML_ITEMS (DomainChardevSource, seclabels, "source/seclabel", domain_device_seclabel_schema)
#define RECONNECT \
  XML_YES_NO (DomainChardevSource, reconnect, "source/reconnect/@enabled"), \
  XML_UINT (DomainChardevSource, reconnect_timeout, "source/reconnect/@timeout", .absent = -1)

static bool
has_log (const void *object, unsigned int format_flags)
{
  return ((const DomainChardevSource *) object)->log_file != NULL;
}

/* A socket whose path is chosen at start has no source yet. */
static bool
has_path (const void *object, unsigned int format_flags)
{
  return ((const DomainChardevSource *) object)->path != NULL;
}

static const XmlField plain_rows[] = { XML_IGNORED ("source"), XML_END };
static const XmlField pty_rows[] = {
  PATH (XML_LIVE),
  XML_IGNORED ("source/seclabel"),
  XML_END
};
static const XmlField path_rows[] = { NEEDED_PATH, SECLABELS, XML_END };
static const XmlField file_rows[] = {
  NEEDED_PATH,
  XML_ON_OFF (DomainChardevSource, append, "source/@append"),
  SECLABELS,
  XML_END
};
static const XmlField unix_rows[] = {
  XML_ENUM (DomainChardevSource, mode, "source/@mode", chardev_mode, .when = has_path),
  PATH (0),
  SECLABELS,
  RECONNECT,
  XML_END
};
static const XmlField tcp_rows[] = {
  XML_ENUM (DomainChardevSource, mode, "source/@mode", chardev_mode),
  XML_STRING (DomainChardevSource, host, "source/@host", XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_STRING (DomainChardevSource, service, "source/@service", XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_YES_NO (DomainChardevSource, tls, "source/@tls"),
  XML_IGNORED ("source/@tlsFromConfig"),
  RECONNECT,
  XML_ENUM (DomainChardevSource, protocol, "protocol/@type", chardev_protocol, .absent = CHARDEV_PROTOCOL_RAW,
            .flags = XML_ALWAYS, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_END
};
static const XmlField udp_rows[] = {
  XML_STRING (DomainChardevSource, bind_host, "source[mode=bind]/@host"),
  XML_STRING (DomainChardevSource, bind_service, "source[mode=bind]/@service"),
  XML_STRING (DomainChardevSource, host, "source[mode=connect]/@host"),
  XML_STRING (DomainChardevSource, service, "source[mode=connect]/@service"),
  XML_END
};
static const XmlField channel_name_rows[] = {
  XML_STRING (DomainChardevSource, channel, "source/@channel", XML_MISSING (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_END
};
static const XmlField dbus_rows[] = { XML_STRING (DomainChardevSource, channel, "source/@channel"), XML_END };
static const XmlField nmdm_rows[] = {
  XML_STRING (DomainChardevSource, master, "source/@master"),
  XML_STRING (DomainChardevSource, slave, "source/@slave"),
  XML_END
};
static const XmlField vdagent_rows[] = {
  XML_YES_NO (DomainChardevSource, clipboard, "source/clipboard/@copypaste"),
  XML_ENUM (DomainChardevSource, mouse, "source/mouse/@mode", mouse_mode),
  XML_END
};

static const XmlField *const source_rows_by_type[] = {
  [CHARDEV_TYPE_NULL] = plain_rows, [CHARDEV_TYPE_VC] = plain_rows, [CHARDEV_TYPE_STDIO] = plain_rows,
  [CHARDEV_TYPE_SPICEVMC] = plain_rows, [CHARDEV_TYPE_PTY] = pty_rows, [CHARDEV_TYPE_DEV] = path_rows,
  [CHARDEV_TYPE_PIPE] = path_rows, [CHARDEV_TYPE_FILE] = file_rows, [CHARDEV_TYPE_UNIX] = unix_rows,
  [CHARDEV_TYPE_TCP] = tcp_rows, [CHARDEV_TYPE_UDP] = udp_rows, [CHARDEV_TYPE_SPICEPORT] = channel_name_rows,
  [CHARDEV_TYPE_NMDM] = nmdm_rows, [CHARDEV_TYPE_QEMU_VDAGENT] = vdagent_rows, [CHARDEV_TYPE_DBUS] = dbus_rows,
};
static const XmlCases source_cases = XML_CASES_OF (DomainChardevSource, type, chardev_type, source_rows_by_type);

#define TYPE_ROW(flags_) \
  XML_ENUM (DomainChardevSource, type, "@type", chardev_type, .absent = CHARDEV_TYPE_PTY, .flags = XML_ALWAYS | (flags_), \
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED))
#define BODY_ROWS \
  XML_CASES (source_cases), \
  XML_IGNORED ("protocol"), \
  XML_STRING (DomainChardevSource, log_file, "log/@file"), \
  XML_ON_OFF (DomainChardevSource, log_append, "log/@append", .when = has_log)

const XmlField domain_chardev_source_rows[] = { TYPE_ROW (0), BODY_ROWS, XML_END };

static const XmlField type_rows[] = { TYPE_ROW (0), XML_END };
static const XmlField body_rows[] = { BODY_ROWS, XML_END };

/* A serial console's pty, a second time where older clients look for it. */
static bool
is_serial_pty (const void *object, unsigned int format_flags)
{
  const DomainChardev *console = object;

  return console->source.type == CHARDEV_TYPE_PTY && console->target == CHARDEV_TARGET_SERIAL;
}

#define TARGET_TYPE(...) \
  XML_ENUM (DomainChardev, target, "target/@type", chardev_target, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED), __VA_ARGS__)
#define TARGET_PORT(...) \
  XML_INT (DomainChardev, port, "target/@port", .absent = -1, .flags = XML_ABI, XML_BAD (DOMAIN, XML_ERROR), __VA_ARGS__)

static const XmlField serial_rows[] = {
  XML_EMBED (DomainChardev, source, "", domain_chardev_source_rows),
  TARGET_TYPE (),
  TARGET_PORT (),
  XML_ENUM (DomainChardev, model, "target/model/@name", serial_model, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_PLACE (DomainChardev),
  XML_END
};

static const XmlField parallel_rows[] = {
  XML_EMBED (DomainChardev, source, "", domain_chardev_source_rows),
  TARGET_PORT (),
  XML_PLACE (DomainChardev),
  XML_END
};

static const XmlField console_rows[] = {
  XML_EMBED (DomainChardev, source, "", type_rows),
  XML_STRING (DomainChardev, source.path, "@tty", .flags = XML_LIVE | XML_WRITE_ONLY, .when = is_serial_pty),
  XML_EMBED (DomainChardev, source, "", body_rows),
  TARGET_TYPE (),
  TARGET_PORT (),
  XML_PLACE (DomainChardev),
  XML_END
};

static const XmlField virtio_target_rows[] = {
  XML_STRING (DomainChardev, name, "target/@name", .flags = XML_ABI),
  XML_ENUM (DomainChardev, state, "target/@state", channel_state, .flags = XML_LIVE),
  XML_END
};
static const XmlField guestfwd_target_rows[] = {
  XML_STRING (DomainChardev, address, "target/@address", .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  TARGET_PORT (XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};
static const XmlField *const target_rows_by_type[] = {
  [CHARDEV_TARGET_VIRTIO] = virtio_target_rows,
  [CHARDEV_TARGET_XEN] = virtio_target_rows,
  [CHARDEV_TARGET_GUESTFWD] = guestfwd_target_rows,
};
static const XmlCases target_cases = XML_CASES_OF (DomainChardev, target, chardev_target, target_rows_by_type);

/* The case is chosen by an attribute of the same child, which comes first. */
static const XmlField channel_rows[] = {
  XML_EMBED (DomainChardev, source, "", domain_chardev_source_rows),
  TARGET_TYPE (XML_MISSING (DOMAIN, XML_ERROR)),
  XML_CASES (target_cases),
  XML_PLACE (DomainChardev),
  XML_END
};

/* The target types of each element are neighbours in the enumeration. */
static bool
check_target (xmlNode *node, const DomainChardev *chardev, DomainChardevTarget first, DomainChardevTarget last, GError **error)
{
  if (chardev->target == CHARDEV_TARGET_ABSENT || (chardev->target >= first && chardev->target <= last))
    return true;
  return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "'target/@type': a %s has no type '%s'",
                   (const char *) node->name, xml_enum_name (&chardev_target_names, chardev->target));
}

/* Only UDP has a source for each direction. */
static bool
check_source_count (const xmlNode *node, const DomainChardevSource *source, GError **error)
{
  unsigned int most = source->type == CHARDEV_TYPE_UDP ? 2 : 1, count = 0;

  for (const xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && strcmp ((const char *) child->name, "source") == 0 && ++count > most)
      return xml_fail (child, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "a source of type '%s' has at most %u such elements",
                       xml_enum_name (&chardev_type_names, source->type), most);
  return true;
}

static void
set_text (char **member, const char *text)
{
  g_free (*member);
  *member = text != NULL && *text != '\0' ? g_strdup (text) : NULL;
}

/* A source of UDP that does not say its direction is where to send; the first of
 * each direction counts. */
static bool
finish_udp (const xmlNode *node, DomainChardevSource *source, GError **error)
{
  bool seen[CHARDEV_MODE_LAST] = { false };

  for (xmlNode *child = node->children; child != NULL; child = child->next)
    {
      const char *text;
      unsigned int mode;

      if (child->type != XML_ELEMENT_NODE || strcmp ((const char *) child->name, "source") != 0)
        continue;
      text = xml_attribute (child, "mode");
      mode = text != NULL ? xml_enum_value (&chardev_mode_names, text) : CHARDEV_MODE_CONNECT;
      if (mode == CHARDEV_MODE_ABSENT)
        return xml_fail (child, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "attribute 'mode' is '%s', not one of bind, connect", text);
      if (seen[mode])
        continue;
      seen[mode] = true;
      set_text (mode == CHARDEV_MODE_BIND ? &source->bind_host : &source->host, xml_attribute (child, "host"));
      set_text (mode == CHARDEV_MODE_BIND ? &source->bind_service : &source->service, xml_attribute (child, "service"));
    }
  if (source->service == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, error, "'source[mode=connect]/@service' is missing");
  return true;
}

static bool
source_finish (const xmlNode *node, DomainChardevSource *source, GError **error)
{
  bool connects = source->type == CHARDEV_TYPE_TCP || (source->type == CHARDEV_TYPE_UNIX && source->path != NULL);

  if (!check_source_count (node, source, error))
    return false;
  if (source->type == CHARDEV_TYPE_UDP && !finish_udp (node, source, error))
    return false;
  if (source->mode == CHARDEV_MODE_ABSENT && connects)
    source->mode = CHARDEV_MODE_CONNECT;
  if (source->reconnect == TRI_YES && source->reconnect_timeout == UINT_MAX)
    return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "'source/reconnect/@timeout' is missing");
  if (source->reconnect != TRI_ABSENT
      && (source->mode != CHARDEV_MODE_CONNECT || (source->type == CHARDEV_TYPE_UNIX && source->path == NULL)))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, error,
                     "'source/reconnect': only a source of mode='connect' connects again");
  return true;
}

bool
domain_chardev_source_finish (const xmlNode *node, DomainChardevSource *source, GError **error)
{
  if (source->type == CHARDEV_TYPE_UNIX && source->path == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, error, "'source/@path' is missing");
  return source_finish (node, source, error);
}

static bool
chardev_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  return domain_chardev_source_finish (node, &((DomainChardev *) object)->source, error);
}

static bool
serial_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  return check_target (node, object, CHARDEV_TARGET_ISA_SERIAL, CHARDEV_TARGET_ISA_DEBUG, error)
         && chardev_finish (reader, node, object, error);
}

static bool
console_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  return check_target (node, object, CHARDEV_TARGET_SERIAL, CHARDEV_TARGET_SCLPLM, error)
         && chardev_finish (reader, node, object, error);
}

static bool
is_channel_target (DomainChardevTarget target)
{
  return target == CHARDEV_TARGET_VIRTIO || target == CHARDEV_TARGET_XEN || target == CHARDEV_TARGET_GUESTFWD;
}

/* A channel's socket that we chose the path of is chosen anew at each start. */
static bool
channel_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainChardev *channel = object;

  if (!is_channel_target (channel->target))
    return check_target (node, channel, CHARDEV_TARGET_GUESTFWD, CHARDEV_TARGET_GUESTFWD, error);
  if ((xml_reader_flags (reader) & XML_PARSE_INACTIVE) && channel->source.type == CHARDEV_TYPE_UNIX
      && channel->target == CHARDEV_TARGET_VIRTIO && channel->source.path != NULL
      && (strstr (channel->source.path, "/channel/target/domain-") != NULL
          || strstr (channel->source.path, "/channel/domain-") != NULL))
    {
      g_clear_pointer (&channel->source.path, g_free);
      channel->source.mode = CHARDEV_MODE_ABSENT;
    }
  return source_finish (node, &channel->source, error);
}

#define CHARDEV_SCHEMA(element_, rows_, finish_) \
  XML_SCHEMA (DomainChardev, element_, rows_, .finish = finish_, .from = VIR_FROM_DOMAIN)

const XmlSchema domain_serial_schema = CHARDEV_SCHEMA ("serial", serial_rows, serial_finish);
const XmlSchema domain_parallel_schema = CHARDEV_SCHEMA ("parallel", parallel_rows, chardev_finish);
const XmlSchema domain_console_schema = CHARDEV_SCHEMA ("console", console_rows, console_finish);
const XmlSchema domain_channel_schema = CHARDEV_SCHEMA ("channel", channel_rows, channel_finish);
