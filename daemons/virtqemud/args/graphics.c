/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Displays for people. */
#include "args/private.h"

#include <string.h>

#include "util/error.h"

#define VNC_FIRST_PORT 5900
#define VNC_TLS "vnc-tls-creds0"

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
  if (config->vnc_tls && !add_tls_credentials (b, VNC_TLS, VNC_TLS "-secret0", QEMU_TLS_VNC, true, error))
    return false;
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
  if (config->vnc_tls)
    g_string_append (out, ",tls-creds=" VNC_TLS);
  if (config->vnc_sasl)
    g_string_append (out, ",sasl=on");
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
  g_autofree char *escaped = value != NULL ? escape_commas (value) : NULL;

  if (escaped != NULL)
    g_string_append_printf (out, ",%s=%s", key, escaped);
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

/* Where it listens; for TLS, with certificates. */
static bool
append_spice_listen (GString *out, const DomainGraphics *graphics, const QemuConfig *config, GError **error)
{
  const DomainListen *listen = first_listen (graphics);

  if (listen != NULL && listen->type == LISTEN_TYPE_SOCKET)
    {
      g_string_append (out, "unix=on");
      append_named (out, "addr", listen->socket);
      return true;
    }
  if (listen != NULL && listen->type == LISTEN_TYPE_NONE)
    {
      g_string_append (out, "port=0");
      return true;
    }
  if (graphics->tls_port > 0 && !config->spice_tls)
    return unsupported (error, "SPICE has a TLS port (%d), but TLS is off (qemu.conf: spice_tls)", graphics->tls_port);
  if (graphics->port > 0 || graphics->tls_port <= 0)
    g_string_append_printf (out, "port=%d", MAX (graphics->port, 0));
  if (graphics->tls_port > 0)
    g_string_append_printf (out, "%stls-port=%d", out->len > 0 ? "," : "", graphics->tls_port);
  append_named (out, "addr", listen != NULL && listen->address != NULL ? listen->address : config->spice_listen);
  return true;
}

static bool
build_spice (Builder *b, const DomainGraphics *graphics, GError **error)
{
  const QemuConfig *config = b->context->config;
  g_autoptr (GString) out = g_string_new (NULL);

  if (!qemu_caps_has_command (b->context->caps, "query-spice"))
    return unsupported (error, "%s has no SPICE server", b->context->caps->binary);
  if (!append_spice_listen (out, graphics, config, error))
    return false;
  if (config->spice_sasl)
    g_string_append (out, ",sasl=on");
  if (graphics->password == NULL && config->spice_password == NULL)
    g_string_append (out, ",disable-ticketing=on");
  if (graphics->tls_port > 0)
    append_named (out, "x509-dir", config->tls[QEMU_TLS_SPICE].cert_dir);
  if (!append_spice_channels (out, graphics, config->spice_tls, error))
    return false;
  append_spice_tuning (out, graphics);
  g_string_append (out, ",seamless-migration=on");
  if (graphics->keymap != NULL)
    add_option (b, "-k", "%s", graphics->keymap);
  add_option (b, "-spice", "%s", out->str);
  return true;
}

/* --- displays of QEMU itself --------------------------------------------------------------------- */

static void
append_gl (GString *out, const DomainGraphics *graphics)
{
  if (graphics->gl != TRI_ABSENT)
    append_named (out, "gl", graphics->gl == TRI_YES ? "on" : "off");
  append_named (out, "rendernode", graphics->rendernode);
}

static bool
build_dbus (Builder *b, const DomainGraphics *graphics, GString *out, GError **error)
{
  if (graphics->p2p == TRI_YES)
    g_string_append (out, ",p2p=on");
  else if (graphics->address == NULL)
    return unsupported (error, "a D-Bus display needs p2p='yes' or the address of a bus: a bus for one guest is not supported");
  else
    append_named (out, "addr", graphics->address);
  append_gl (out, graphics);
  if (graphics->audio_id != 0)
    append_audiodev (b, out, graphics->audio_id);
  return true;
}

bool
build_graphics (Builder *b, const DomainGraphics *graphics, GError **error)
{
  const char *kind = xml_enum_name (&graphics_type_names, graphics->type);
  g_autofree char *option = g_strconcat ("display:", kind, NULL);
  g_autoptr (GString) out = g_string_new (kind);

  if (graphics->type == GRAPHICS_TYPE_VNC)
    return build_vnc (b, graphics, error);
  if (graphics->type == GRAPHICS_TYPE_SPICE)
    return build_spice (b, graphics, error);
  if (graphics->type == GRAPHICS_TYPE_RDP || graphics->type == GRAPHICS_TYPE_DESKTOP
      || !qemu_caps_has_option (b->context->caps, option))
    return unsupported (error, "graphics of type '%s' are not supported by %s", kind, b->context->caps->binary);
  if (graphics->type == GRAPHICS_TYPE_SDL && graphics->fullscreen == TRI_YES)
    add_flag (b, "-full-screen");
  if (graphics->type == GRAPHICS_TYPE_DBUS && !build_dbus (b, graphics, out, error))
    return false;
  if (graphics->type == GRAPHICS_TYPE_SDL || graphics->type == GRAPHICS_TYPE_EGL_HEADLESS)
    append_gl (out, graphics);
  add_option (b, "-display", "%s", out->str);
  return true;
}
