/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Character devices: the host's ends, in the shape of chardev-add and as text, and
 * the guest's. */
#include "args/private.h"

#include <string.h>

#include "util/error.h"

/* --- the host's end ---------------------------------------------------------------------- */

static json_t *
inet_address (const char *host, const char *service)
{
  json_t *address = json_object (), *data = json_object ();

  set_string (address, "type", "inet");
  set_string (data, "host", host != NULL ? host : "");
  set_string (data, "port", service != NULL ? service : "0");
  json_object_set_new (address, "data", data);
  return address;
}

static json_t *
string_address (const char *type, const char *key, const char *value)
{
  json_t *address = json_object (), *data = json_object ();

  set_string (address, "type", type);
  set_string (data, key, value);
  json_object_set_new (address, "data", data);
  return address;
}

static void
set_reconnect (json_t *data, const DomainChardevSource *source)
{
  if (source->reconnect == TRI_YES)
    set_int (data, "reconnect", source->reconnect_timeout);
  else if (source->reconnect == TRI_NO)
    set_int (data, "reconnect", 0);
}

static bool
fill_unix (Builder *b, json_t *data, const DomainChardevSource *source, const DomainDeviceInfo *info, GError **error)
{
  if (source->path == NULL)
    return unsupported (error, "UNIX socket of device '%s' has no path", info->alias);
  if (source->mode == CHARDEV_MODE_CONNECT)
    {
      json_object_set_new (data, "addr", string_address ("unix", "path", source->path));
      set_bool (data, "server", false);
      set_reconnect (data, source);
    }
  else
    {
      g_autofree char *fd = b->context->fd != NULL ? ask_fd (b, QEMU_FD_LISTEN, source->path, info, 0, error) : NULL;

      if (b->context->fd != NULL && fd == NULL)
        return false;
      json_object_set_new (data, "addr", fd != NULL ? string_address ("fd", "str", fd)
                                                    : string_address ("unix", "path", source->path));
      set_bool (data, "server", true);
      set_bool (data, "wait", false);
    }
  return true;
}

/* Certificates of this end of the connection, if it has TLS. */
static bool
fill_tls (Builder *b, json_t *data, const DomainChardevSource *source, const char *alias, GError **error)
{
  g_autofree char *id = g_strdup_printf ("objchar%s_tls0", alias);
  g_autofree char *key = g_strdup_printf ("char%s-secret0", alias);

  if (source->tls == TRI_NO || (source->tls == TRI_ABSENT && !b->context->config->chardev_tls))
    return true;
  set_string (data, "tls-creds", id);
  return add_tls_credentials (b, id, key, QEMU_TLS_CHARDEV, source->mode == CHARDEV_MODE_BIND, error);
}

static bool
fill_tcp (Builder *b, json_t *data, const DomainChardevSource *source, const char *alias, GError **error)
{
  json_object_set_new (data, "addr", inet_address (source->host, source->service));
  set_bool (data, "server", source->mode == CHARDEV_MODE_BIND);
  if (source->mode == CHARDEV_MODE_BIND)
    set_bool (data, "wait", false);
  else
    set_reconnect (data, source);
  if (source->protocol == CHARDEV_PROTOCOL_TELNET)
    set_bool (data, "telnet", true);
  return fill_tls (b, data, source, alias, error);
}

static void
fill_udp (json_t *data, const DomainChardevSource *source)
{
  json_object_set_new (data, "remote", inet_address (source->host, source->service));
  json_object_set_new (data, "local", inet_address (source->bind_host, source->bind_service));
}

/* Files are opened by the log daemon, which limits them; without it by QEMU. */
static bool
fill_file (Builder *b, json_t *data, const DomainChardevSource *source, const DomainDeviceInfo *info, GError **error)
{
  g_autofree char *set = NULL;

  if (!b->context->config->stdio_logd || b->context->fd == NULL)
    {
      set_string (data, "out", source->path);
      set_tristate (data, "append", source->append);
      return true;
    }
  set = ask_fdset (b, source->append == TRI_NO ? QEMU_FD_LOG_TRUNCATE : QEMU_FD_LOG, source->path, info, "source", error);
  if (set == NULL)
    return false;
  set_string (data, "out", set);
  set_bool (data, "append", true);
  return true;
}

static const char *const backend_types[] = {
  [CHARDEV_TYPE_NULL] = "null", [CHARDEV_TYPE_VC] = "vc", [CHARDEV_TYPE_PTY] = "pty", [CHARDEV_TYPE_DEV] = "serial",
  [CHARDEV_TYPE_FILE] = "file", [CHARDEV_TYPE_PIPE] = "pipe", [CHARDEV_TYPE_STDIO] = "stdio",
  [CHARDEV_TYPE_UDP] = "udp", [CHARDEV_TYPE_TCP] = "socket", [CHARDEV_TYPE_UNIX] = "socket",
  [CHARDEV_TYPE_SPICEVMC] = "spicevmc", [CHARDEV_TYPE_SPICEPORT] = "spiceport",
  [CHARDEV_TYPE_QEMU_VDAGENT] = "qemu-vdagent", [CHARDEV_TYPE_DBUS] = "dbus", [CHARDEV_TYPE_LAST] = NULL,
};

/* The "data" of a backend. */
static bool
fill_backend (Builder *b, json_t *data, const DomainChardevSource *source, const DomainDeviceInfo *info, GError **error)
{
  switch (source->type)
    {
    case CHARDEV_TYPE_DEV:
    case CHARDEV_TYPE_PIPE:
      set_string (data, "device", source->path);
      return true;
    case CHARDEV_TYPE_FILE:
      return fill_file (b, data, source, info, error);
    case CHARDEV_TYPE_UDP:
      fill_udp (data, source);
      return true;
    case CHARDEV_TYPE_TCP:
      return fill_tcp (b, data, source, info->alias, error);
    case CHARDEV_TYPE_UNIX:
      return fill_unix (b, data, source, info, error);
    case CHARDEV_TYPE_SPICEVMC:
      set_string (data, "type", "vdagent");
      return true;
    case CHARDEV_TYPE_SPICEPORT:
      set_string (data, "fqdn", source->channel);
      return true;
    case CHARDEV_TYPE_DBUS:
      set_string (data, "name", source->channel);
      return true;
    case CHARDEV_TYPE_QEMU_VDAGENT:
      set_tristate (data, "clipboard", source->clipboard);
      if (source->mouse != MOUSE_MODE_ABSENT)
        set_bool (data, "mouse", source->mouse == MOUSE_MODE_CLIENT);
      return true;
    default:
      return true;
    }
}

/* A copy of what passes, kept by the log daemon. */
static bool
fill_log (Builder *b, json_t *data, const DomainChardevSource *source, const DomainDeviceInfo *info, GError **error)
{
  g_autofree char *set = NULL;

  if (source->log_file == NULL)
    return true;
  if (!b->context->config->stdio_logd || b->context->fd == NULL)
    {
      set_string (data, "logfile", source->log_file);
      set_tristate (data, "logappend", source->log_append);
      return true;
    }
  set = ask_fdset (b, source->log_append == TRI_NO ? QEMU_FD_LOG_TRUNCATE : QEMU_FD_LOG, source->log_file, info, "log", error);
  if (set == NULL)
    return false;
  set_string (data, "logfile", set);
  set_bool (data, "logappend", true);
  return true;
}

/* Whether a QEMU may be built without it. */
static bool
is_optional (DomainChardevType type)
{
  return type == CHARDEV_TYPE_SPICEVMC || type == CHARDEV_TYPE_SPICEPORT || type == CHARDEV_TYPE_QEMU_VDAGENT
         || type == CHARDEV_TYPE_DBUS;
}

bool
build_chardev (Builder *b, const DomainChardevSource *source, const DomainDeviceInfo *info, GError **error)
{
  const char *alias = info->alias;
  const char *type = backend_types[source->type];
  g_autofree char *option = g_strconcat ("chardev:", type != NULL ? type : "", NULL);
  g_autoptr (json_t) chardev = json_object ();
  json_t *backend = json_object (), *data = json_object ();

  json_object_set_new (backend, "data", data);
  json_object_set_new (chardev, "backend", backend);
  if (type == NULL)
    return unsupported (error, "character device '%s' of type '%s' is not supported", alias,
                        xml_enum_name (&chardev_type_names, source->type));
  /* A parallel port of the host is a backend of its own. */
  if (source->type == CHARDEV_TYPE_DEV && g_str_has_prefix (alias, "parallel"))
    type = "parallel";
  if (is_optional (source->type) && !qemu_caps_has_option (b->context->caps, option))
    return unsupported (error, "character device '%s' is of type '%s', which %s does not have", alias,
                        xml_enum_name (&chardev_type_names, source->type), b->context->caps->binary);
  set_format (chardev, "id", "char%s", alias);
  set_string (backend, "type", type);
  if (!fill_backend (b, data, source, info, error) || !fill_log (b, data, source, info, error))
    return false;
  add_part (b, QEMU_CHARDEV, g_steal_pointer (&chardev));
  return true;
}

/* --- as text -------------------------------------------------------------------------------- */

/* Where a key of -chardev is found in the "data" of a backend. */
static const struct { const char *path[3], *key; } text_keys[] = {
  { { "device" }, "path" }, { { "out" }, "path" }, { { "append" }, "append" },
  { { "type" }, "name" }, { { "fqdn" }, "name" }, { { "name" }, "name" },
  { { "addr", "data", "path" }, "path" }, { { "addr", "data", "str" }, "fd" },
  { { "addr", "data", "host" }, "host" }, { { "addr", "data", "port" }, "port" },
  { { "remote", "data", "host" }, "host" }, { { "remote", "data", "port" }, "port" },
  { { "local", "data", "host" }, "localaddr" }, { { "local", "data", "port" }, "localport" },
  { { "telnet" }, "telnet" }, { { "server" }, "server" }, { { "wait" }, "wait" }, { { "reconnect" }, "reconnect" },
  { { "tls-creds" }, "tls-creds" }, { { "clipboard" }, "clipboard" }, { { "mouse" }, "mouse" },
  { { "logfile" }, "logfile" }, { { "logappend" }, "logappend" },
};

char *
chardev_to_text (const json_t *chardev)
{
  const json_t *backend = json_object_get (chardev, "backend");
  const json_t *data = json_object_get (backend, "data");
  GString *out = g_string_new (json_string_value (json_object_get (backend, "type")));

  if (g_str_equal (out->str, "qemu-vdagent"))
    g_string_append (out, ",name=vdagent");
  g_string_append_printf (out, ",id=%s", json_string_value (json_object_get (chardev, "id")));
  for (unsigned int i = 0; i < G_N_ELEMENTS (text_keys); i++)
    {
      const json_t *value = data;

      for (unsigned int k = 0; k < 3 && text_keys[i].path[k] != NULL; k++)
        value = json_object_get (value, text_keys[i].path[k]);
      if (json_is_string (value))
        {
          g_autofree char *escaped = escape_commas (json_string_value (value));

          g_string_append_printf (out, ",%s=%s", text_keys[i].key, escaped);
        }
      else if (json_is_integer (value))
        g_string_append_printf (out, ",%s=%" JSON_INTEGER_FORMAT, text_keys[i].key, json_integer_value (value));
      else if (json_is_true (value))
        g_string_append_printf (out, ",%s=on", text_keys[i].key);
      else if (json_is_false (value) && !g_str_equal (text_keys[i].key, "server"))
        g_string_append_printf (out, ",%s=off", text_keys[i].key);
    }
  return g_string_free (out, FALSE);
}

/* --- the guest's end --------------------------------------------------------------------------- */

static json_t *
chardev_device (const char *driver, const DomainChardev *port)
{
  json_t *device = device_new (driver);

  set_format (device, "chardev", "char%s", port->info.alias);
  set_string (device, "id", port->info.alias);
  return device;
}

static bool
add_chardev_device (Builder *b, json_t *device, const DomainChardev *port, GError **error)
{
  if (!need_type (b, json_string_value (json_object_get (device, "driver")), port->info.alias, error)
      || !set_address (b, device, &port->info, error))
    {
      json_decref (device);
      return false;
    }
  add_part (b, QEMU_DEVICE, device);
  return true;
}

/* What the machine has built in takes its other end by an option of its own. */
static const char *
serial_driver (const DomainChardev *serial)
{
  static const char *const by_target[] = {
    [CHARDEV_TARGET_ABSENT] = "isa-serial",
    [CHARDEV_TARGET_ISA_SERIAL] = "isa-serial", [CHARDEV_TARGET_USB_SERIAL] = "usb-serial",
    [CHARDEV_TARGET_PCI_SERIAL] = "pci-serial", [CHARDEV_TARGET_ISA_DEBUG] = "isa-debugcon",
    [CHARDEV_TARGET_SPAPR_VIO_SERIAL] = "spapr-vty", [CHARDEV_TARGET_SYSTEM_SERIAL] = "",
    [CHARDEV_TARGET_SCLP_SERIAL] = "sclpconsole", [CHARDEV_TARGET_LAST] = NULL,
  };

  return serial->model == SERIAL_MODEL_SCLPLMCONSOLE ? "sclplmconsole" : by_target[serial->target];
}

bool
build_serial (Builder *b, const DomainChardev *serial, GError **error)
{
  const char *driver = serial_driver (serial);
  json_t *device;

  if (driver == NULL)
    return unsupported (error, "serial port '%s' of type '%s' is not supported", serial->info.alias,
                        xml_enum_name (&chardev_target_names, serial->target));
  if (!build_chardev (b, &serial->source, &serial->info, error))
    return false;
  if (*driver == '\0')
    {
      add_option (b, "-serial", "chardev:char%s", serial->info.alias);
      return true;
    }
  device = chardev_device (driver, serial);
  if (g_str_equal (driver, "isa-serial") && serial->port >= 0)
    set_int (device, "index", serial->port);
  return add_chardev_device (b, device, serial, error);
}

bool
build_parallel (Builder *b, const DomainChardev *parallel, GError **error)
{
  return build_chardev (b, &parallel->source, &parallel->info, error)
         && add_chardev_device (b, chardev_device ("isa-parallel", parallel), parallel, error);
}

/* A TCP address inside the guest's user network that leads to the host's end. */
static bool
build_guestfwd (Builder *b, const DomainChardev *channel)
{
  json_t *netdev = json_object (), *list = json_array (), *item = json_object ();

  set_format (item, "str", "tcp:%s:%d-chardev:char%s", channel->address, channel->port, channel->info.alias);
  json_array_append_new (list, item);
  set_string (netdev, "type", "user");
  json_object_set_new (netdev, "guestfwd", list);
  set_string (netdev, "id", channel->info.alias);
  add_part (b, QEMU_NETDEV, netdev);
  return true;
}

bool
build_channel (Builder *b, const DomainChardev *channel, GError **error)
{
  json_t *device;

  if (!build_chardev (b, &channel->source, &channel->info, error))
    return false;
  if (channel->target == CHARDEV_TARGET_GUESTFWD)
    return build_guestfwd (b, channel);
  if (channel->target != CHARDEV_TARGET_VIRTIO)
    return unsupported (error, "channel '%s' of type '%s' is not supported", channel->info.alias,
                        xml_enum_name (&chardev_target_names, channel->target));
  device = chardev_device ("virtserialport", channel);
  set_string (device, "name", channel->source.type == CHARDEV_TYPE_SPICEVMC && channel->name == NULL
                                ? "com.redhat.spice.0" : channel->name);
  return add_chardev_device (b, device, channel, error);
}

bool
build_console (Builder *b, const DomainChardev *console, GError **error)
{
  const char *driver = console->target == CHARDEV_TARGET_VIRTIO ? "virtconsole"
                       : console->target == CHARDEV_TARGET_SCLP ? "sclpconsole"
                       : console->target == CHARDEV_TARGET_SCLPLM ? "sclplmconsole" : NULL;

  if (console->target == CHARDEV_TARGET_SERIAL || console->target == CHARDEV_TARGET_ABSENT)
    return true;                /* another view of the first serial port */
  if (driver == NULL)
    return unsupported (error, "console '%s' of type '%s' is not supported", console->info.alias,
                        xml_enum_name (&chardev_target_names, console->target));
  if (!build_chardev (b, &console->source, &console->info, error))
    return false;
  return add_chardev_device (b, chardev_device (driver, console), console, error);
}
