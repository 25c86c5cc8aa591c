/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Displays for people. */
#include "args/private.h"

#include <string.h>

#include "util/error.h"

#define VNC_FIRST_PORT 5900

/* The first <listen>, NULL if there is none. */
static const DomainListen *
first_listen (const DomainGraphics *graphics)
{
  return graphics->listens.n > 0 ? graphics->listens.items[0] : NULL;
}

static bool
build_vnc (Builder *b, const DomainGraphics *graphics, GError **error)
{
  const QemuConfig *config = b->context->config;
  const DomainListen *listen = first_listen (graphics);
  const char *address = listen != NULL && listen->address != NULL ? listen->address : config->vnc_listen;
  g_autoptr (GString) out = g_string_new (NULL);

  if (!qemu_caps_has_command (b->context->caps, "query-vnc"))
    return unsupported (error, "%s has no VNC server", b->context->caps->binary);
  if (config->vnc_tls || config->vnc_sasl)
    return unsupported (error, "VNC with TLS or SASL (qemu.conf: vnc_tls, vnc_sasl) is not supported");
  if (listen != NULL && listen->type == LISTEN_TYPE_SOCKET)
    {
      g_autofree char *path = escape_commas (listen->socket);

      g_string_append_printf (out, "vnc=unix:%s", path);
    }
  else if (listen != NULL && listen->type == LISTEN_TYPE_NONE)
    g_string_append (out, "none");
  else
    {
      bool v6 = strchr (address, ':') != NULL;

      if (graphics->port < VNC_FIRST_PORT)
        return unsupported (error, "VNC port %d is below %d", graphics->port, VNC_FIRST_PORT);
      g_string_append_printf (out, "%s%s%s:%d", v6 ? "[" : "", address, v6 ? "]" : "",
                              graphics->port - VNC_FIRST_PORT);
      if (graphics->websocket > 0)
        g_string_append_printf (out, ",websocket=%d", graphics->websocket);
    }
  if (graphics->share != VNC_SHARE_ABSENT)
    g_string_append_printf (out, ",share=%s", xml_enum_name (&vnc_share_names, graphics->share));
  if (graphics->password != NULL || config->vnc_password != NULL)
    g_string_append (out, ",password=on");
  if (graphics->power_control != TRI_ABSENT)
    g_string_append_printf (out, ",power-control=%s", graphics->power_control == TRI_YES ? "on" : "off");
  append_audiodev (b, out, graphics->audio_id);
  if (graphics->keymap != NULL)
    add_option (b, "-k", "%s", graphics->keymap);
  add_option (b, "-vnc", "%s", out->str);
  return true;
}

static void
append_named (GString *out, const char *key, const char *value)
{
  if (value != NULL)
    g_string_append_printf (out, ",%s=%s", key, value);
}

static bool
append_spice_channels (GString *out, const DomainGraphics *graphics, bool tls, GError **error)
{
  if (graphics->spice.default_mode == SPICE_MODE_SECURE)
    g_string_append (out, ",tls-channel=default");
  else if (graphics->spice.default_mode == SPICE_MODE_INSECURE)
    g_string_append (out, ",plaintext-channel=default");
  for (unsigned int i = 0; i < graphics->spice.channels.n; i++)
    {
      const DomainSpiceChannel *channel = graphics->spice.channels.items[i];
      const char *name = xml_enum_name (&spice_channel_names, channel->name);

      if (channel->mode == SPICE_MODE_SECURE && !tls)
        return unsupported (error, "SPICE channel '%s' is to be secure, but TLS is off (qemu.conf: spice_tls)", name);
      if (channel->mode == SPICE_MODE_SECURE)
        g_string_append_printf (out, ",tls-channel=%s", name);
      else if (channel->mode == SPICE_MODE_INSECURE)
        g_string_append_printf (out, ",plaintext-channel=%s", name);
    }
  return true;
}

static void
append_spice_tuning (GString *out, const DomainGraphics *graphics)
{
  if (graphics->spice.mouse != MOUSE_MODE_ABSENT)
    g_string_append_printf (out, ",agent-mouse=%s", graphics->spice.mouse == MOUSE_MODE_CLIENT ? "on" : "off");
  append_named (out, "image-compression", xml_enum_name (&spice_image_names, graphics->spice.image));
  append_named (out, "jpeg-wan-compression", xml_enum_name (&spice_wan_names, graphics->spice.jpeg));
  append_named (out, "zlib-glz-wan-compression", xml_enum_name (&spice_wan_names, graphics->spice.zlib));
  append_named (out, "playback-compression", xml_enum_name (&on_off_names, graphics->spice.playback));
  append_named (out, "streaming-video", xml_enum_name (&spice_streaming_names, graphics->spice.streaming));
  if (graphics->spice.clipboard == TRI_NO)
    g_string_append (out, ",disable-copy-paste=on");
  if (graphics->spice.filetransfer == TRI_NO)
    g_string_append (out, ",disable-agent-file-xfer=on");
  if (graphics->gl == TRI_YES)
    {
      g_string_append (out, ",gl=on");
      append_named (out, "rendernode", graphics->rendernode);
    }
}

static bool
build_spice (Builder *b, const DomainGraphics *graphics, GError **error)
{
  const QemuConfig *config = b->context->config;
  const DomainListen *listen = first_listen (graphics);
  g_autoptr (GString) out = g_string_new (NULL);

  if (!qemu_caps_has_command (b->context->caps, "query-spice"))
    return unsupported (error, "%s has no SPICE server", b->context->caps->binary);
  if (config->spice_tls)
    return unsupported (error, "SPICE with TLS (qemu.conf: spice_tls) is not supported");
  if (listen != NULL && listen->type == LISTEN_TYPE_SOCKET)
    {
      g_autofree char *path = escape_commas (listen->socket);

      g_string_append_printf (out, "unix=on,addr=%s", path);
    }
  else if (listen != NULL && listen->type == LISTEN_TYPE_NONE)
    g_string_append (out, "port=0");
  else
    {
      g_string_append_printf (out, "port=%d", MAX (graphics->port, 0));
      append_named (out, "addr", listen != NULL && listen->address != NULL ? listen->address : config->spice_listen);
    }
  if (graphics->password == NULL && config->spice_password == NULL)
    g_string_append (out, ",disable-ticketing=on");
  if (!append_spice_channels (out, graphics, config->spice_tls, error))
    return false;
  append_spice_tuning (out, graphics);
  g_string_append (out, ",seamless-migration=on");
  if (graphics->keymap != NULL)
    add_option (b, "-k", "%s", graphics->keymap);
  add_option (b, "-spice", "%s", out->str);
  return true;
}

bool
build_graphics (Builder *b, const DomainGraphics *graphics, GError **error)
{
  const char *kind = xml_enum_name (&graphics_type_names, graphics->type);
  g_autofree char *option = g_strconcat ("display:", kind, NULL);

  if (graphics->type == GRAPHICS_TYPE_VNC)
    return build_vnc (b, graphics, error);
  if (graphics->type == GRAPHICS_TYPE_SPICE)
    return build_spice (b, graphics, error);
  if (!qemu_caps_has_option (b->context->caps, option)
      || (graphics->type != GRAPHICS_TYPE_SDL && graphics->type != GRAPHICS_TYPE_EGL_HEADLESS))
    return unsupported (error, "graphics of type '%s' are not supported by %s", kind, b->context->caps->binary);
  if (graphics->type == GRAPHICS_TYPE_SDL && graphics->fullscreen == TRI_YES)
    add_flag (b, "-full-screen");
  if (graphics->type == GRAPHICS_TYPE_SDL && graphics->gl != TRI_ABSENT)
    add_option (b, "-display", "sdl,gl=%s", graphics->gl == TRI_YES ? "on" : "off");
  else if (graphics->rendernode != NULL)
    add_option (b, "-display", "%s,rendernode=%s", kind, graphics->rendernode);
  else
    add_option (b, "-display", "%s", kind);
  return true;
}
