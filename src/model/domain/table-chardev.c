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
#define RECONNECT \
  XML_YES_NO (DomainChardevSource, reconnect, "source/reconnect/@enabled"), \
  XML_UINT (DomainChardevSource, reconnect_timeout, "source/reconnect/@timeout")

/* A socket whose path is chosen at start has no source yet. */
static bool
has_path (const void *object, unsigned int format_flags)
{
  return ((const DomainChardevSource *) object)->path != NULL;
}

static const XmlField plain_rows[] = { XML_IGNORED ("source"), XML_END };
static const XmlField pty_rows[] = { PATH (XML_LIVE), XML_END };
static const XmlField path_rows[] = { NEEDED_PATH, XML_END };
static const XmlField file_rows[] = {
  NEEDED_PATH,
  XML_ON_OFF (DomainChardevSource, append, "source/@append"),
  XML_END
};
static const XmlField unix_rows[] = {
  XML_ENUM (DomainChardevSource, mode, "source/@mode", chardev_mode, .when = has_path),
  PATH (0),
  RECONNECT,
  XML_END
};
static const XmlField tcp_rows[] = {
  XML_ENUM (DomainChardevSource, mode, "source/@mode", chardev_mode),
  XML_STRING (DomainChardevSource, host, "source/@host", XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_STRING (DomainChardevSource, service, "source/@service", XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_YES_NO (DomainChardevSource, tls, "source/@tls"),
  RECONNECT,
  XML_ENUM (DomainChardevSource, protocol, "protocol/@type", chardev_protocol, .absent = CHARDEV_PROTOCOL_RAW,
            .flags = XML_ALWAYS, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_END
};
static const XmlField udp_rows[] = {
  XML_STRING (DomainChardevSource, bind_host, "source[mode=bind]/@host"),
  XML_STRING (DomainChardevSource, bind_service, "source[mode=bind]/@service"),
  XML_STRING (DomainChardevSource, host, "source[mode=connect]/@host"),
  XML_STRING (DomainChardevSource, service, "source[mode=connect]/@service", XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_END
};
static const XmlField spiceport_rows[] = {
  XML_STRING (DomainChardevSource, channel, "source/@channel", XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_END
};

static const XmlField *const source_rows_by_type[] = {
  [CHARDEV_TYPE_NULL] = plain_rows, [CHARDEV_TYPE_VC] = plain_rows, [CHARDEV_TYPE_STDIO] = plain_rows,
  [CHARDEV_TYPE_SPICEVMC] = plain_rows, [CHARDEV_TYPE_PTY] = pty_rows, [CHARDEV_TYPE_DEV] = path_rows,
  [CHARDEV_TYPE_PIPE] = path_rows, [CHARDEV_TYPE_FILE] = file_rows, [CHARDEV_TYPE_UNIX] = unix_rows,
  [CHARDEV_TYPE_TCP] = tcp_rows, [CHARDEV_TYPE_UDP] = udp_rows, [CHARDEV_TYPE_SPICEPORT] = spiceport_rows,
  [CHARDEV_TYPE_DBUS] = NULL,
};
static const XmlCases source_cases = XML_CASES_OF (DomainChardevSource, type, chardev_type, source_rows_by_type);

#define TYPE_ROW(flags_) \
  XML_ENUM (DomainChardevSource, type, "@type", chardev_type, .absent = CHARDEV_TYPE_PTY, .flags = XML_ALWAYS | (flags_), \
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED))
#define BODY_ROWS \
  XML_CASES (source_cases), \
  XML_IGNORED ("protocol"), \
  XML_UNSUPPORTED ("source/seclabel"), \
  XML_STRING (DomainChardevSource, log_file, "log/@file"), \
  XML_ON_OFF (DomainChardevSource, log_append, "log/@append")

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
  XML_ENUM (DomainChardev, target, "target/@type", chardev_target, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED), __VA_ARGS__)
#define TARGET_PORT(...) \
  XML_INT (DomainChardev, port, "target/@port", .absent = -1, XML_BAD (DOMAIN, XML_ERROR), __VA_ARGS__)

static const XmlField serial_rows[] = {
  XML_EMBED (DomainChardev, source, "", domain_chardev_source_rows),
  TARGET_TYPE (),
  TARGET_PORT (),
  XML_ENUM (DomainChardev, model, "target/model/@name", serial_model, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_INFO (DomainChardev),
  XML_END
};

static const XmlField parallel_rows[] = {
  XML_EMBED (DomainChardev, source, "", domain_chardev_source_rows),
  TARGET_PORT (),
  XML_INFO (DomainChardev),
  XML_END
};

static const XmlField console_rows[] = {
  XML_EMBED (DomainChardev, source, "", type_rows),
  XML_STRING (DomainChardev, source.path, "@tty", .flags = XML_LIVE | XML_WRITE_ONLY, .when = is_serial_pty),
  XML_EMBED (DomainChardev, source, "", body_rows),
  TARGET_TYPE (),
  TARGET_PORT (),
  XML_INFO (DomainChardev),
  XML_END
};

static const XmlField virtio_target_rows[] = {
  XML_STRING (DomainChardev, name, "target/@name"),
  XML_ENUM (DomainChardev, state, "target/@state", channel_state, .flags = XML_LIVE),
  XML_END
};
static const XmlField guestfwd_target_rows[] = {
  XML_STRING (DomainChardev, address, "target/@address", XML_MISSING (DOMAIN, XML_ERROR)),
  TARGET_PORT (XML_MISSING (DOMAIN, XML_ERROR)),
  XML_END
};
static const XmlField *const target_rows_by_type[] = {
  [CHARDEV_TARGET_VIRTIO] = virtio_target_rows,
  [CHARDEV_TARGET_GUESTFWD] = guestfwd_target_rows,
};
static const XmlCases target_cases = XML_CASES_OF (DomainChardev, target, chardev_target, target_rows_by_type);

/* The case is chosen by an attribute of the same child, which comes first. */
static const XmlField channel_rows[] = {
  XML_EMBED (DomainChardev, source, "", domain_chardev_source_rows),
  TARGET_TYPE (XML_MISSING (DOMAIN, XML_ERROR)),
  XML_CASES (target_cases),
  XML_INFO (DomainChardev),
  XML_END
};

static bool
chardev_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainChardevSource *source = &((DomainChardev *) object)->source;

  if (source->mode == CHARDEV_MODE_ABSENT
      && (source->type == CHARDEV_TYPE_TCP || (source->type == CHARDEV_TYPE_UNIX && source->path != NULL)))
    source->mode = CHARDEV_MODE_CONNECT;
  return true;
}

/* A channel's socket that we chose the path of is chosen anew at each start. */
static bool
channel_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainChardev *channel = object;

  if ((xml_reader_flags (reader) & XML_PARSE_INACTIVE) && channel->source.type == CHARDEV_TYPE_UNIX
      && channel->target == CHARDEV_TARGET_VIRTIO && channel->source.path != NULL
      && (strstr (channel->source.path, "/channel/target/domain-") != NULL
          || strstr (channel->source.path, "/channel/domain-") != NULL))
    {
      g_clear_pointer (&channel->source.path, g_free);
      channel->source.mode = CHARDEV_MODE_ABSENT;
    }
  return chardev_finish (reader, node, object, error);
}

#define CHARDEV_SCHEMA(element_, rows_, finish_) \
  XML_SCHEMA (DomainChardev, element_, rows_, .finish = finish_, .from = VIR_FROM_DOMAIN)

const XmlSchema domain_serial_schema = CHARDEV_SCHEMA ("serial", serial_rows, chardev_finish);
const XmlSchema domain_parallel_schema = CHARDEV_SCHEMA ("parallel", parallel_rows, chardev_finish);
const XmlSchema domain_console_schema = CHARDEV_SCHEMA ("console", console_rows, chardev_finish);
const XmlSchema domain_channel_schema = CHARDEV_SCHEMA ("channel", channel_rows, channel_finish);
