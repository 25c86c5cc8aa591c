/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-graphics.c: displays. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (graphics_type, GRAPHICS_TYPE_LIST)
XML_ENUM_DEFINE (listen_type, LISTEN_TYPE_LIST)
XML_ENUM_DEFINE (password_connected, PASSWORD_CONNECTED_LIST)
XML_ENUM_DEFINE (vnc_share, VNC_SHARE_LIST)
XML_ENUM_DEFINE (spice_mode, SPICE_MODE_LIST)
XML_ENUM_DEFINE (spice_channel, SPICE_CHANNEL_LIST)
XML_ENUM_DEFINE (spice_image, SPICE_IMAGE_LIST)
XML_ENUM_DEFINE (spice_wan, SPICE_WAN_LIST)
XML_ENUM_DEFINE (spice_streaming, SPICE_STREAMING_LIST)
XML_ENUM_DEFINE (mouse_mode, MOUSE_MODE_LIST)

static const XmlField listen_rows[] = {
  XML_ENUM (DomainListen, type, "@type", listen_type, .flags = XML_REQUIRED),
  XML_STRING (DomainListen, address, "@address"),
  XML_STRING (DomainListen, network, "@network"),
  XML_STRING (DomainListen, socket, "@socket"),
  XML_END
};
static const XmlSchema listen_schema = XML_SCHEMA (DomainListen, "listen", listen_rows);

static const XmlField channel_rows[] = {
  XML_ENUM (DomainSpiceChannel, name, "@name", spice_channel, .flags = XML_REQUIRED),
  XML_ENUM (DomainSpiceChannel, mode, "@mode", spice_mode, .flags = XML_REQUIRED),
  XML_END
};
static const XmlSchema channel_schema = XML_SCHEMA (DomainSpiceChannel, "channel", channel_rows);

/* The attributes listen= and socket= repeat what the first <listen> says. */
static bool
listen_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  return true;
}

static const char *
first_listen (const XmlField *field, const void *value)
{
  const XmlList *listens = value;
  const DomainListen *first = listens->n > 0 ? listens->items[0] : NULL;
  bool wants_socket = strcmp (field->path, "@socket") == 0;

  if (first == NULL || wants_socket != (first->type == LISTEN_TYPE_SOCKET))
    return NULL;
  return wants_socket ? first->socket : first->address;
}

static void
listen_format (const XmlField *field, const void *value, GString *out)
{
  g_autofree char *escaped = g_markup_escape_text (first_listen (field, value), -1);

  g_string_append (out, escaped);
}

static bool
listen_is_absent (const XmlField *field, const void *value)
{
  return first_listen (field, value) == NULL;
}

static bool
listen_equal (const void *a, const void *b)
{
  return true;
}

static const XmlType type_listen = {
  .name = "as in the first <listen>", .size = sizeof (XmlList), .parse = listen_parse, .format = listen_format,
  .is_absent = listen_is_absent, .equal = listen_equal,
};

/* Displays that listen on a socket or not at all have no port. */
static bool
has_port (const void *object, unsigned int format_flags)
{
  const DomainGraphics *graphics = object;
  DomainListenType type = graphics->listens.n > 0 ? graphics->listens.items[0]->type : LISTEN_TYPE_ABSENT;

  return type != LISTEN_TYPE_NONE && type != LISTEN_TYPE_SOCKET;
}

/* A port that is allocated at start is -1 in the definition. */
static bool
port_is_printed (const void *object, unsigned int format_flags)
{
  const DomainGraphics *graphics = object;

  return has_port (object, format_flags)
         && (graphics->autoport != TRI_YES || !(format_flags & XML_FORMAT_INACTIVE));
}

static bool
is_allocated (const void *object, unsigned int format_flags)
{
  const DomainGraphics *graphics = object;

  return graphics->type == GRAPHICS_TYPE_VNC && has_port (object, format_flags) && !port_is_printed (object, format_flags);
}

static void
minus_one_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append (out, "-1");
}

static bool
never_absent (const XmlField *field, const void *value)
{
  return false;
}

static const XmlType type_minus_one = {
  .name = "-1", .size = sizeof (int), .parse = listen_parse, .format = minus_one_format, .is_absent = never_absent,
};

#define LISTEN_ATTRIBUTE(name_) \
  XML_VALUE (DomainGraphics, listens, name_, type_listen, .flags = XML_WRITE_ONLY)
#define PORT XML_INT (DomainGraphics, port, "@port", .when = port_is_printed, XML_BAD (DOMAIN, INTERNAL_ERROR))
#define AUTOPORT XML_YES_NO (DomainGraphics, autoport, "@autoport", .flags = XML_LENIENT, .when = has_port)
#define PASSWORD \
  XML_STRING (DomainGraphics, password, "@passwd", .flags = XML_SECRET), \
  XML_STRING (DomainGraphics, password_valid_to, "@passwdValidTo", .flags = XML_SECRET), \
  XML_ENUM (DomainGraphics, connected, "@connected", password_connected, .flags = XML_SECRET, \
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED))

static const XmlField vnc_rows[] = {
  LISTEN_ATTRIBUTE ("@socket"),
  PORT,
  XML_VALUE (DomainGraphics, port, "@port", type_minus_one, .flags = XML_WRITE_ONLY, .when = is_allocated),
  AUTOPORT,
  XML_INT (DomainGraphics, websocket, "@websocket", XML_BAD (DOMAIN, INTERNAL_ERROR)),
  LISTEN_ATTRIBUTE ("@listen"),
  XML_STRING (DomainGraphics, keymap, "@keymap"),
  XML_ENUM (DomainGraphics, share, "@sharePolicy", vnc_share),
  XML_YES_NO (DomainGraphics, power_control, "@powerControl"),
  PASSWORD,
  XML_ITEMS (DomainGraphics, listens, "listen", listen_schema),
  XML_UINT (DomainGraphics, audio_id, "audio/@id"),
  XML_END
};

static const XmlField spice_rows[] = {
  PORT,
  XML_INT (DomainGraphics, tls_port, "@tlsPort", .when = port_is_printed, XML_BAD (DOMAIN, INTERNAL_ERROR)),
  AUTOPORT,
  LISTEN_ATTRIBUTE ("@listen"),
  XML_STRING (DomainGraphics, keymap, "@keymap"),
  XML_ENUM (DomainGraphics, spice.default_mode, "@defaultMode", spice_mode, .absent = SPICE_MODE_ANY),
  PASSWORD,
  XML_ITEMS (DomainGraphics, listens, "listen", listen_schema),
  XML_ITEMS (DomainGraphics, spice.channels, "channel", channel_schema),
  XML_ENUM (DomainGraphics, spice.image, "image/@compression", spice_image),
  XML_ENUM (DomainGraphics, spice.jpeg, "jpeg/@compression", spice_wan),
  XML_ENUM (DomainGraphics, spice.zlib, "zlib/@compression", spice_wan),
  XML_ON_OFF (DomainGraphics, spice.playback, "playback/@compression"),
  XML_ENUM (DomainGraphics, spice.streaming, "streaming/@mode", spice_streaming),
  XML_ENUM (DomainGraphics, spice.mouse, "mouse/@mode", mouse_mode),
  XML_YES_NO (DomainGraphics, spice.clipboard, "clipboard/@copypaste"),
  XML_YES_NO (DomainGraphics, spice.filetransfer, "filetransfer/@enable"),
  XML_YES_NO (DomainGraphics, spice.gl, "gl/@enable"),
  XML_STRING (DomainGraphics, spice.gl_rendernode, "gl/@rendernode"),
  XML_END
};

static const XmlField sdl_rows[] = {
  XML_STRING (DomainGraphics, display, "@display"),
  XML_STRING (DomainGraphics, xauth, "@xauth"),
  XML_YES_NO (DomainGraphics, fullscreen, "@fullscreen"),
  XML_YES_NO (DomainGraphics, sdl_gl, "gl/@enable"),
  XML_END
};

static const XmlField egl_rows[] = { XML_STRING (DomainGraphics, spice.gl_rendernode, "gl/@rendernode"), XML_END };

static const XmlField *const rows_by_type[] = {
  [GRAPHICS_TYPE_VNC] = vnc_rows, [GRAPHICS_TYPE_SPICE] = spice_rows, [GRAPHICS_TYPE_SDL] = sdl_rows,
  [GRAPHICS_TYPE_EGL_HEADLESS] = egl_rows, [GRAPHICS_TYPE_DBUS] = NULL,
};
static const XmlCases type_cases = XML_CASES_OF (DomainGraphics, type, graphics_type, rows_by_type);

static const XmlField graphics_rows[] = {
  XML_ENUM (DomainGraphics, type, "@type", graphics_type, .flags = XML_REQUIRED),
  XML_CASES (type_cases),
  XML_END
};

/* Turns the attributes listen= and socket= into the first <listen>. */
static bool
finish_listen (xmlNode *node, DomainGraphics *graphics, GError **error)
{
  const char *address = xml_attribute (node, "listen");
  const char *socket = graphics->type == GRAPHICS_TYPE_VNC ? xml_attribute (node, "socket") : NULL;
  DomainListen *first = graphics->listens.n > 0 ? graphics->listens.items[0] : NULL;

  if (address != NULL && *address == '\0')
    address = NULL;
  if (first != NULL && first->type == LISTEN_TYPE_ADDRESS && first->address != NULL && address != NULL
      && strcmp (first->address, address) != 0)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error,
                     "listen='%s' is not the address '%s' of the first <listen>", address, first->address);
  if (first != NULL)
    {
      if (first->type == LISTEN_TYPE_ADDRESS && first->address == NULL)
        first->address = g_strdup (address);
      return true;
    }
  first = xml_new (&listen_schema);
  first->type = socket != NULL ? LISTEN_TYPE_SOCKET : LISTEN_TYPE_ADDRESS;
  if (graphics->type == GRAPHICS_TYPE_SPICE && graphics->spice.gl == TRI_YES && address == NULL)
    first->type = LISTEN_TYPE_NONE;
  first->address = socket == NULL ? g_strdup (address) : NULL;
  first->socket = g_strdup (socket);
  xml_list_append (&graphics->listens, first);
  return true;
}

static void
finish_ports (XmlReader *reader, DomainGraphics *graphics)
{
  bool inactive = (xml_reader_flags (reader) & XML_PARSE_INACTIVE) != 0;

  if (graphics->type == GRAPHICS_TYPE_VNC && (graphics->port == -1 || graphics->port == 0))
    graphics->autoport = TRI_YES;
  if (graphics->port == -1 && graphics->tls_port == -1)
    graphics->autoport = TRI_YES;
  if (graphics->autoport == TRI_YES && inactive)
    graphics->port = graphics->type == GRAPHICS_TYPE_VNC ? -1 : 0;
  if (graphics->autoport == TRI_YES && inactive)
    graphics->tls_port = 0;
}

static bool
graphics_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainGraphics *graphics = object;

  if (graphics->type != GRAPHICS_TYPE_VNC && graphics->type != GRAPHICS_TYPE_SPICE)
    return true;
  finish_ports (reader, graphics);
  return finish_listen (node, graphics, error);
}

const XmlSchema domain_graphics_schema
  = XML_SCHEMA (DomainGraphics, "graphics", graphics_rows, .finish = graphics_finish, .from = VIR_FROM_DOMAIN);
