/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* graphics.h: displays. */
#pragma once

#include "model/domain/info.h"

#define GRAPHICS_TYPE_LIST(X) X (GRAPHICS_TYPE_SDL, "sdl") X (GRAPHICS_TYPE_VNC, "vnc") X (GRAPHICS_TYPE_RDP, "rdp") \
  X (GRAPHICS_TYPE_DESKTOP, "desktop") X (GRAPHICS_TYPE_SPICE, "spice") X (GRAPHICS_TYPE_EGL_HEADLESS, "egl-headless") \
  X (GRAPHICS_TYPE_DBUS, "dbus")
XML_ENUM_DECLARE (DomainGraphicsType, GRAPHICS_TYPE_, graphics_type, GRAPHICS_TYPE_LIST)

#define LISTEN_TYPE_LIST(X) X (LISTEN_TYPE_NONE, "none") X (LISTEN_TYPE_ADDRESS, "address") \
  X (LISTEN_TYPE_NETWORK, "network") X (LISTEN_TYPE_SOCKET, "socket")
XML_ENUM_DECLARE (DomainListenType, LISTEN_TYPE_, listen_type, LISTEN_TYPE_LIST)

#define PASSWORD_CONNECTED_LIST(X) X (PASSWORD_CONNECTED_FAIL, "fail") X (PASSWORD_CONNECTED_DISCONNECT, "disconnect") \
  X (PASSWORD_CONNECTED_KEEP, "keep")
XML_ENUM_DECLARE (DomainPasswordConnected, PASSWORD_CONNECTED_, password_connected, PASSWORD_CONNECTED_LIST)

#define VNC_SHARE_LIST(X) X (VNC_SHARE_ALLOW_EXCLUSIVE, "allow-exclusive") X (VNC_SHARE_FORCE_SHARED, "force-shared") \
  X (VNC_SHARE_IGNORE, "ignore")
XML_ENUM_DECLARE (DomainVncShare, VNC_SHARE_, vnc_share, VNC_SHARE_LIST)

#define SPICE_MODE_LIST(X) X (SPICE_MODE_SECURE, "secure") X (SPICE_MODE_INSECURE, "insecure") X (SPICE_MODE_ANY, "any")
XML_ENUM_DECLARE (DomainSpiceMode, SPICE_MODE_, spice_mode, SPICE_MODE_LIST)

#define SPICE_CHANNEL_LIST(X) X (SPICE_CHANNEL_MAIN, "main") X (SPICE_CHANNEL_DISPLAY, "display") \
  X (SPICE_CHANNEL_INPUTS, "inputs") X (SPICE_CHANNEL_CURSOR, "cursor") X (SPICE_CHANNEL_PLAYBACK, "playback") \
  X (SPICE_CHANNEL_RECORD, "record") X (SPICE_CHANNEL_SMARTCARD, "smartcard") X (SPICE_CHANNEL_USBREDIR, "usbredir")
XML_ENUM_DECLARE (DomainSpiceChannelName, SPICE_CHANNEL_, spice_channel, SPICE_CHANNEL_LIST)

#define SPICE_IMAGE_LIST(X) X (SPICE_IMAGE_AUTO_GLZ, "auto_glz") X (SPICE_IMAGE_AUTO_LZ, "auto_lz") \
  X (SPICE_IMAGE_QUIC, "quic") X (SPICE_IMAGE_GLZ, "glz") X (SPICE_IMAGE_LZ, "lz") X (SPICE_IMAGE_OFF, "off")
XML_ENUM_DECLARE (DomainSpiceImage, SPICE_IMAGE_, spice_image, SPICE_IMAGE_LIST)

#define SPICE_WAN_LIST(X) X (SPICE_WAN_AUTO, "auto") X (SPICE_WAN_NEVER, "never") X (SPICE_WAN_ALWAYS, "always")
XML_ENUM_DECLARE (DomainSpiceWan, SPICE_WAN_, spice_wan, SPICE_WAN_LIST)

#define SPICE_STREAMING_LIST(X) X (SPICE_STREAMING_FILTER, "filter") X (SPICE_STREAMING_ALL, "all") X (SPICE_STREAMING_OFF, "off")
XML_ENUM_DECLARE (DomainSpiceStreaming, SPICE_STREAMING_, spice_streaming, SPICE_STREAMING_LIST)

#define MOUSE_MODE_LIST(X) X (MOUSE_MODE_SERVER, "server") X (MOUSE_MODE_CLIENT, "client")
XML_ENUM_DECLARE (DomainMouseMode, MOUSE_MODE_, mouse_mode, MOUSE_MODE_LIST)

typedef struct
{
  DomainListenType type;
  char *address, *network, *socket;
  unsigned int from_config;     /* status: 1 if the host's configuration chose the address */
  Tristate auto_generated;      /* status: of a socket */
} DomainListen;

typedef struct
{
  DomainSpiceChannelName name;
  DomainSpiceMode mode;
} DomainSpiceChannel;

typedef struct
{
  DomainDeviceInfo info;        /* nothing of it is in the document */
  DomainGraphicsType type;
  int port;                     /* -1 with autoport: to be allocated; 0: absent */
  int tls_port;                 /* spice; as port */
  Tristate autoport;
  int websocket;                /* vnc; 0: absent, -1: allocate */
  char *keymap;
  char *password;               /* a secret */
  char *password_valid_to;      /* UTC, "2011-04-09T15:51:00" */
  DomainPasswordConnected connected;
  DomainVncShare share;
  Tristate power_control;
  XML_LIST (DomainListen) listens;
  unsigned int audio_id;        /* vnc, dbus; 0: absent */
  struct
  {
    XML_LIST (DomainSpiceChannel) channels;
    DomainSpiceMode default_mode;
    DomainSpiceImage image;
    DomainSpiceWan jpeg, zlib;
    Tristate playback;
    DomainSpiceStreaming streaming;
    DomainMouseMode mouse;
    Tristate clipboard, filetransfer;
  } spice;
  char *display, *xauth;        /* sdl; desktop: display */
  Tristate fullscreen;          /* sdl, desktop */
  Tristate gl;                  /* spice, sdl, dbus */
  char *rendernode;             /* spice, egl-headless, dbus */
  Tristate replace_user, multi_user;    /* rdp */
  char *username;               /* rdp */
  char *address;                /* dbus */
  Tristate p2p;                 /* dbus */
} DomainGraphics;
