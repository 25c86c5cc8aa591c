/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/backing-name.h"

#include <string.h>

#include "model/domain/storage-tables.h"
#include "util/error.h"
#include "util/json.h"
#include "xml/xml.h"

#define MAX_DEPTH 8             /* of nodes within nodes in one name */

void
backing_source_free (DomainStorageSource *source)
{
  xml_free (&storage_backing_schema, source);
}

static bool
bad (GError **error, const char *name, const char *why)
{
  return fail (error, VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "the name '%s' of a backing file %s", name, why);
}

/* --- parts of sources ------------------------------------------------------------------------ */

static void
become_local (DomainStorageSource *source, DomainStorageType type, const char *path)
{
  source->type = type;
  g_free (source->path);
  source->path = g_strdup (path);
}

static void
add_host (DomainStorageSource *source, const char *name, unsigned int port, const char *socket)
{
  DomainStorageHost *host = g_new0 (DomainStorageHost, 1);

  host->transport = socket != NULL ? STORAGE_TRANSPORT_UNIX : STORAGE_TRANSPORT_TCP;
  host->socket = g_strdup (socket);
  if (socket == NULL)
    {
      host->name = g_strdup (name != NULL ? name : "");
      host->port = port != 0 ? port : domain_storage_default_port (source->protocol);
    }
  xml_list_append (&source->hosts, host);
}

static bool
become_network (DomainStorageSource *source, const char *protocol, const char *name, GError **error)
{
  int value = xml_enum_value (&storage_protocol_names, protocol);

  if (value <= 0)
    return bad (error, name, "is of a protocol that is not known");
  source->type = STORAGE_TYPE_NETWORK;
  source->protocol = (DomainStorageProtocol) value;
  return true;
}

static bool
read_port (const char *text, unsigned int *ret_port)
{
  guint64 port;

  if (!g_ascii_string_to_unsigned (text, 10, 0, UINT16_MAX, &port, NULL))
    return false;
  *ret_port = (unsigned int) port;
  return true;
}

/* --- URIs ---------------------------------------------------------------------------------------- */

static char *
query_value (const char *query, const char *key)
{
  g_autoptr (GHashTable) values = query != NULL ? g_uri_parse_params (query, -1, "&", G_URI_PARAMS_NONE, NULL) : NULL;

  return values != NULL ? g_strdup (g_hash_table_lookup (values, key)) : NULL;
}

/* Names of images begin without a slash where they are no paths. */
static const char *
image_name (DomainStorageProtocol protocol, const char *path)
{
  bool is_path = protocol == STORAGE_PROTOCOL_SSH || protocol == STORAGE_PROTOCOL_NFS;

  return *path == '/' && !is_path ? path + 1 : path;
}

static bool
read_uri (DomainStorageSource *source, const char *name, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (name, G_URI_FLAGS_ENCODED_QUERY | G_URI_FLAGS_HAS_PASSWORD, NULL);
  g_auto (GStrv) scheme = uri != NULL ? g_strsplit (g_uri_get_scheme (uri), "+", 2) : NULL;
  g_autofree char *socket = uri != NULL ? query_value (g_uri_get_query (uri), "socket") : NULL;
  const char *path;

  if (uri == NULL)
    return bad (error, name, "is no URI");
  if (!become_network (source, scheme[0], name, error))
    return false;
  path = image_name (source->protocol, g_uri_get_path (uri));
  source->path = *path != '\0' ? g_strdup (path) : NULL;
  if (source->protocol == STORAGE_PROTOCOL_HTTP || source->protocol == STORAGE_PROTOCOL_HTTPS)
    source->query = g_strdup (g_uri_get_query (uri));
  if (g_strcmp0 (scheme[1], "unix") == 0 && socket == NULL)
    return bad (error, name, "has no socket");
  add_host (source, g_uri_get_host (uri), g_uri_get_port (uri) > 0 ? (unsigned int) g_uri_get_port (uri) : 0, socket);
  if (g_strcmp0 (scheme[1], "rdma") == 0)
    source->hosts.items[0]->transport = STORAGE_TRANSPORT_RDMA;
  return true;
}

/* --- QEMU's older notations ---------------------------------------------------------------------- */

/* "nbd:unix:PATH[:exportname=NAME]", "nbd:HOST:PORT[:exportname=NAME]" */
static bool
read_old_nbd (DomainStorageSource *source, const char *name, GError **error)
{
  g_auto (GStrv) export = g_strsplit (name + strlen ("nbd:"), ":exportname=", 2);
  const char *colon = strrchr (export[0], ':');
  g_autofree char *host = colon != NULL ? g_strndup (export[0], (size_t) (colon - export[0])) : NULL;
  unsigned int port = 0;

  if (!become_network (source, "nbd", name, error))
    return false;
  source->path = g_strdup (export[1]);
  if (g_str_has_prefix (export[0], "unix:"))
    add_host (source, NULL, 0, export[0] + strlen ("unix:"));
  else if (colon == NULL || !read_port (colon + 1, &port))
    return bad (error, name, "has no port");
  else
    add_host (source, host, port, NULL);
  return true;
}

/* Splits at colons that no backslash is before, and takes the backslashes away. */
static GPtrArray *
split_rbd (const char *text)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);
  GString *word = g_string_new (NULL);

  for (; *text != '\0'; text++)
    if (*text == '\\' && text[1] != '\0')
      g_string_append_c (word, *++text);
    else if (*text == ':')
      {
        g_ptr_array_add (words, g_string_free (word, FALSE));
        word = g_string_new (NULL);
      }
    else
      g_string_append_c (word, *text);
  g_ptr_array_add (words, g_string_free (word, FALSE));
  return words;
}

/* "host:port;host;..." */
static void
add_rbd_hosts (DomainStorageSource *source, const char *text)
{
  g_auto (GStrv) hosts = g_strsplit_set (text, ";,", -1);

  for (unsigned int i = 0; hosts[i] != NULL; i++)
    {
      char *colon = strrchr (hosts[i], ':');
      unsigned int port = 0;

      if (colon != NULL && colon == strchr (hosts[i], ':') && read_port (colon + 1, &port))
        *colon = '\0';
      add_host (source, hosts[i], port, NULL);
    }
}

static void
become_rbd_user (DomainStorageSource *source, const char *user)
{
  if (source->auth == NULL)
    source->auth = xml_new (&auth_schema);
  g_free (source->auth->username);
  source->auth->username = g_strdup (user);
}

/* "rbd:POOL/IMAGE[@SNAPSHOT][:KEY=VALUE...]" */
static bool
read_old_rbd (DomainStorageSource *source, const char *name, GError **error)
{
  g_autoptr (GPtrArray) words = split_rbd (name + strlen ("rbd:"));
  char *image = g_ptr_array_index (words, 0), *at = strrchr (image, '@');

  if (!become_network (source, "rbd", name, error))
    return false;
  if (at != NULL)
    *at++ = '\0';
  source->path = g_strdup (image);
  source->snapshot = g_strdup (at);
  for (unsigned int i = 1; i < words->len; i++)
    {
      char *word = g_ptr_array_index (words, i);

      if (g_str_has_prefix (word, "mon_host="))
        add_rbd_hosts (source, word + strlen ("mon_host="));
      else if (g_str_has_prefix (word, "conf="))
        source->config = g_strdup (word + strlen ("conf="));
      else if (g_str_has_prefix (word, "id="))
        become_rbd_user (source, word + strlen ("id="));
    }
  return true;
}

/* --- JSON ------------------------------------------------------------------------------------------ */

/* "server.host" and "server.0.host" as objects within objects. */
static json_t *
nest (const json_t *flat)
{
  json_t *whole = json_object ();
  const char *key;
  json_t *value;

  json_object_foreach ((json_t *) flat, key, value)
    {
      g_auto (GStrv) steps = g_strsplit (key, ".", MAX_DEPTH);
      json_t *at = whole;

      for (unsigned int i = 0; steps[i + 1] != NULL; i++)
        {
          json_t *next = json_object_get (at, steps[i]);

          if (!json_is_object (next))
            {
              next = json_object ();
              json_object_set_new (at, steps[i], next);
            }
          at = next;
        }
      json_object_set (at, steps[g_strv_length (steps) - 1], value);
    }
  return whole;
}

/* The @i-th of a list, which may be an object with numbers as its keys. */
static const json_t *
list_item (const json_t *list, unsigned int i)
{
  char key[16];

  g_snprintf (key, sizeof key, "%u", i);
  return json_is_array (list) ? json_array_get (list, i) : json_object_get (list, key);
}

static unsigned int
json_port (const json_t *server)
{
  const json_t *port = json_object_get (server, "port");
  unsigned int value = 0;

  if (json_is_integer (port))
    return (unsigned int) json_integer_value (port);
  if (json_is_string (port))
    read_port (json_string_value (port), &value);
  return value;
}

static void
add_server (DomainStorageSource *source, const json_t *server)
{
  const char *path = json_get_string (server, "path", json_get_string (server, "socket", NULL));

  /* Wrapped in the form of older versions. */
  if (json_is_object (json_object_get (server, "data")))
    {
      add_server (source, json_object_get (server, "data"));
      return;
    }
  add_host (source, json_get_string (server, "host", NULL), json_port (server), path);
}

static void
add_servers (DomainStorageSource *source, const json_t *node)
{
  const json_t *server = json_object_get (node, "server");

  if (server == NULL)
    add_server (source, node);
  else if (json_is_array (server) || json_object_get (server, "0") != NULL)
    for (unsigned int i = 0; list_item (server, i) != NULL; i++)
      add_server (source, list_item (server, i));
  else
    add_server (source, server);
}

typedef bool (*JsonReader) (DomainStorageSource *source, const json_t *node, const char *name, unsigned int depth, GError **error);
static bool read_node (DomainStorageSource *source, const json_t *flat, const char *name, unsigned int depth, GError **error);

static bool
json_file (DomainStorageSource *source, const json_t *node, const char *name, unsigned int depth, GError **error)
{
  const char *path = json_get_string (node, "filename", NULL);
  bool is_device = g_str_has_prefix (json_get_string (node, "driver", ""), "host_");

  if (path == NULL)
    return bad (error, name, "has no file");
  become_local (source, is_device ? STORAGE_TYPE_BLOCK : STORAGE_TYPE_FILE, path);
  return true;
}

static bool
json_nbd (DomainStorageSource *source, const json_t *node, const char *name, unsigned int depth, GError **error)
{
  source->path = g_strdup (json_get_string (node, "export", NULL));
  add_servers (source, node);
  return true;
}

static bool
json_rbd (DomainStorageSource *source, const json_t *node, const char *name, unsigned int depth, GError **error)
{
  const char *pool = json_get_string (node, "pool", NULL), *image = json_get_string (node, "image", NULL);
  const char *space = json_get_string (node, "namespace", NULL), *user = json_get_string (node, "user", NULL);

  if (pool == NULL || image == NULL)
    return bad (error, name, "has no pool or image");
  source->path = space != NULL ? g_strjoin ("/", pool, space, image, NULL) : g_strjoin ("/", pool, image, NULL);
  source->snapshot = g_strdup (json_get_string (node, "snapshot", NULL));
  source->config = g_strdup (json_get_string (node, "conf", NULL));
  if (user != NULL)
    become_rbd_user (source, user);
  if (json_object_get (node, "server") != NULL)
    add_servers (source, node);
  return true;
}

static bool
json_gluster (DomainStorageSource *source, const json_t *node, const char *name, unsigned int depth, GError **error)
{
  const char *volume = json_get_string (node, "volume", NULL), *path = json_get_string (node, "path", NULL);

  if (volume == NULL || path == NULL)
    return bad (error, name, "has no volume or path");
  source->path = g_strjoin ("/", volume, *path == '/' ? path + 1 : path, NULL);
  add_servers (source, node);
  return true;
}

static bool
json_iscsi (DomainStorageSource *source, const json_t *node, const char *name, unsigned int depth, GError **error)
{
  const char *target = json_get_string (node, "target", NULL), *portal = json_get_string (node, "portal", NULL);
  const char *colon = portal != NULL ? strrchr (portal, ':') : NULL, *lun = json_get_string (node, "lun", NULL);
  g_autofree char *host = colon != NULL ? g_strndup (portal, (size_t) (colon - portal)) : g_strdup (portal);
  unsigned int port = 0;

  if (target == NULL || portal == NULL || (colon != NULL && !read_port (colon + 1, &port)))
    return bad (error, name, "has no target or portal");
  source->path = lun != NULL ? g_strjoin ("/", target, lun, NULL)
                             : g_strdup_printf ("%s/%d", target, (int) json_get_int (node, "lun", 0));
  add_host (source, host, port, NULL);
  if (g_str_equal (json_get_string (node, "transport", "tcp"), "iser"))
    source->hosts.items[0]->transport = STORAGE_TRANSPORT_RDMA;
  source->initiator = g_strdup (json_get_string (node, "initiator-name", NULL));
  return true;
}

static bool
json_curl (DomainStorageSource *source, const json_t *node, const char *name, unsigned int depth, GError **error)
{
  const char *url = json_get_string (node, "url", NULL);
  const json_t *verify = json_object_get (node, "sslverify");

  if (url == NULL)
    return bad (error, name, "has no URL");
  source->readahead = (uint64_t) json_get_int (node, "readahead", 0);
  source->timeout = (uint64_t) json_get_int (node, "timeout", 0);
  if (json_is_boolean (verify))
    source->ssl_verify = json_is_true (verify) ? TRI_YES : TRI_NO;
  else if (json_is_string (verify))
    source->ssl_verify = g_str_equal (json_string_value (verify), "off") ? TRI_NO : TRI_YES;
  return read_uri (source, url, error);
}

/* What has a path on one server. */
static bool
json_path (DomainStorageSource *source, const json_t *node, const char *name, unsigned int depth, GError **error)
{
  const char *path = json_get_string (node, "path", json_get_string (node, "vdi", json_get_string (node, "vdisk-id", NULL)));

  if (path == NULL)
    return bad (error, name, "has no path");
  source->path = g_strdup (path);
  add_servers (source, node);
  return true;
}

static bool
json_nvme (DomainStorageSource *source, const json_t *node, const char *name, unsigned int depth, GError **error)
{
  unsigned int domain, bus, slot, function;

  if (sscanf (json_get_string (node, "device", ""), "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
    return bad (error, name, "has no PCI device");
  source->type = STORAGE_TYPE_NVME;
  source->pci = g_new0 (PciAddress, 1);
  source->pci->domain = domain;
  source->pci->bus = bus;
  source->pci->slot = slot;
  source->pci->function = function;
  source->nvme_namespace = (uint64_t) json_get_int (node, "namespace", 0);
  source->managed = TRI_YES;
  return true;
}

static bool
json_vvfat (DomainStorageSource *source, const json_t *node, const char *name, unsigned int depth, GError **error)
{
  if (json_get_string (node, "dir", NULL) == NULL)
    return bad (error, name, "has no folder");
  become_local (source, STORAGE_TYPE_DIR, json_get_string (node, "dir", NULL));
  return true;
}

/* Part of another node. */
static bool
json_raw (DomainStorageSource *source, const json_t *node, const char *name, unsigned int depth, GError **error)
{
  const json_t *offset = json_object_get (node, "offset"), *size = json_object_get (node, "size");
  DomainStorageSlice *slice;

  if (source->format == STORAGE_FORMAT_ABSENT && depth == 0)
    source->format = STORAGE_FORMAT_RAW;
  if (json_is_integer (size))
    {
      slice = g_new0 (DomainStorageSlice, 1);
      slice->type = STORAGE_SLICE_STORAGE;
      slice->offset = json_is_integer (offset) ? (uint64_t) json_integer_value (offset) : 0;
      slice->size = (uint64_t) json_integer_value (size);
      xml_list_append (&source->slices, slice);
    }
  return read_node (source, json_object_get (node, "file"), name, depth + 1, error);
}

static const struct { const char *driver; JsonReader read; bool is_network; } drivers[] = {
  { "file", json_file, false }, { "host_device", json_file, false }, { "host_cdrom", json_file, false },
  { "raw", json_raw, false }, { "nvme", json_nvme, false }, { "vvfat", json_vvfat, false },
  { "nbd", json_nbd, true }, { "rbd", json_rbd, true }, { "gluster", json_gluster, true }, { "iscsi", json_iscsi, true },
  { "ssh", json_path, true }, { "nfs", json_path, true }, { "sheepdog", json_path, true }, { "vxhs", json_path, true },
  { "http", json_curl, true }, { "https", json_curl, true }, { "ftp", json_curl, true }, { "ftps", json_curl, true },
};

/* A driver that reads a format names it, and has its storage as "file". */
static bool
read_format_node (DomainStorageSource *source, const json_t *node, const char *driver, const char *name, unsigned int depth,
                  GError **error)
{
  int format = xml_enum_value (&storage_format_names, driver);

  if (format <= 0)
    return bad (error, name, "has a driver that is not known");
  source->format = (DomainStorageFormat) format;
  return read_node (source, json_object_get (node, "file"), name, depth + 1, error);
}

static bool
read_node (DomainStorageSource *source, const json_t *flat, const char *name, unsigned int depth, GError **error)
{
  g_autoptr (json_t) node = json_is_object (flat) ? nest (flat) : NULL;
  const char *driver = json_get_string (node, "driver", NULL);

  if (node == NULL || depth == MAX_DEPTH)
    return bad (error, name, "does not say where its storage is");
  if (driver == NULL && json_object_get (node, "file") != NULL)
    return read_node (source, json_object_get (node, "file"), name, depth + 1, error);
  if (driver == NULL && json_get_string (node, "filename", NULL) != NULL)
    return json_file (source, node, name, depth, error);
  for (unsigned int i = 0; driver != NULL && i < G_N_ELEMENTS (drivers); i++)
    if (g_str_equal (drivers[i].driver, driver))
      return (!drivers[i].is_network || become_network (source, driver, name, error))
             && drivers[i].read (source, node, name, depth, error);
  return driver != NULL ? read_format_node (source, node, driver, name, depth, error)
                        : bad (error, name, "has no driver");
}

static bool
read_json (DomainStorageSource *source, const char *name, GError **error)
{
  const char *text = name + strlen ("json:");
  g_autoptr (json_t) node = json_from_text (text, strlen (text), "the name of a backing file", error);

  return node != NULL && read_node (source, node, name, 0, error);
}

/* --- the whole ------------------------------------------------------------------------------------------ */

static bool
is_scheme (const char *name)
{
  size_t length = strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

  return length > 0 && g_str_has_prefix (name + length, "://");
}

static bool
read_path (DomainStorageSource *source, const char *name, const DomainStorageSource *overlay, GError **error)
{
  g_autofree char *folder = NULL, *path = NULL;

  if (g_path_is_absolute (name))
    {
      become_local (source, STORAGE_TYPE_FILE, name);
      return true;
    }
  if (overlay->path == NULL || (overlay->type != STORAGE_TYPE_FILE && overlay->type != STORAGE_TYPE_BLOCK))
    return bad (error, name, "is relative, but its overlay is no file");
  folder = g_path_get_dirname (overlay->path);
  path = g_build_filename (folder, name, NULL);
  become_local (source, STORAGE_TYPE_FILE, path);
  return true;
}

static bool
read_name (DomainStorageSource *source, const char *name, const DomainStorageSource *overlay, GError **error)
{
  if (g_str_has_prefix (name, "json:"))
    return read_json (source, name, error);
  if (g_str_has_prefix (name, "fat:"))
    {
      become_local (source, STORAGE_TYPE_DIR, strrchr (name, ':') + 1);
      return true;
    }
  if (g_str_has_prefix (name, "file:"))
    return read_path (source, name + strlen (g_str_has_prefix (name, "file://") ? "file://" : "file:"), overlay, error);
  if (is_scheme (name))
    return read_uri (source, name, error);
  if (g_str_has_prefix (name, "nbd:"))
    return read_old_nbd (source, name, error);
  if (g_str_has_prefix (name, "rbd:"))
    return read_old_rbd (source, name, error);
  return read_path (source, name, overlay, error);
}

DomainStorageSource *
backing_source_of (const char *name, const DomainStorageSource *overlay, GError **error)
{
  g_autoptr (DomainStorageSource) source = xml_new (&storage_backing_schema);

  return read_name (source, name, overlay, error) ? g_steal_pointer (&source) : NULL;
}
