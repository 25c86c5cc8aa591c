/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where images are, in the words of QEMU's protocol drivers. */
#include "args/block.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "args/private.h"
#include "util/error.h"
#include "util/worker.h"

/* --- servers ---------------------------------------------------------------------------- */

/* Ports are texts for QEMU. */
static void
set_inet_host (json_t *server, const DomainStorageHost *host)
{
  set_string (server, "host", host->name);
  set_format (server, "port", "%u", host->port);
}

/* {"host", "port"} */
static json_t *
inet_host (const DomainStorageHost *host)
{
  json_t *server = json_object ();

  set_inet_host (server, host);
  return server;
}

/* The same with its kind, or a UNIX socket. */
static json_t *
socket_address (const DomainStorageHost *host)
{
  json_t *server;

  if (host->transport == STORAGE_TRANSPORT_UNIX)
    return json_pack ("{s:s, s:s}", "type", "unix", "path", host->socket);
  server = json_pack ("{s:s}", "type", "inet");
  set_inet_host (server, host);
  return server;
}

char *
block_uri_host (const DomainStorageHost *host)
{
  return strchr (host->name, ':') != NULL && *host->name != '[' ? g_strdup_printf ("[%s]", host->name)
                                                               : g_strdup (host->name);
}

/* The only server, of which QEMU takes one. */
static const DomainStorageHost *
only_host (const DomainStorageSource *source, GError **error)
{
  const char *protocol = xml_enum_name (&storage_protocol_names, source->protocol);

  if (source->hosts.n == 1)
    return source->hosts.items[0];
  fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "protocol '%s' has exactly one host, not %u", protocol, source->hosts.n);
  return NULL;
}

/* The same, reached over TCP. */
static const DomainStorageHost *
only_inet_host (const DomainStorageSource *source, GError **error)
{
  const DomainStorageHost *host = only_host (source, error);

  if (host == NULL || host->transport != STORAGE_TRANSPORT_UNIX)
    return host;
  unsupported (error, "protocol '%s' goes over no UNIX socket", xml_enum_name (&storage_protocol_names, source->protocol));
  return NULL;
}

/* --- protocols ------------------------------------------------------------------------------ */

typedef bool (*Backend) (const BlockLayer *layer, bool secrets, json_t *node, GError **error);

static bool
nbd (const BlockLayer *layer, bool secrets, json_t *node, GError **error)
{
  const DomainStorageHost *host = only_host (layer->source, error);

  if (host == NULL)
    return false;
  json_object_set_new (node, "server", socket_address (host));
  set_string (node, "export", layer->source->path);
  if (secrets)
    set_string (node, "tls-creds", layer->names.tls);
  set_string (node, "tls-hostname", layer->source->tls_hostname);
  return true;
}

static void
set_rbd_encryption (json_t *node, const BlockLayer *layer)
{
  json_t *encrypt = json_object ();

  set_string (encrypt, "format", xml_enum_name (&encryption_format_names, layer->encryption->format));
  set_string (encrypt, "key-secret", layer->names.encryption);
  json_object_set_new (node, "encrypt", encrypt);
}

/* "pool/image", or "pool/namespace/image". */
static bool
rbd_image (const DomainStorageSource *source, json_t *node, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (source->path != NULL ? source->path : "", "/", 3);
  unsigned int n = g_strv_length (parts);

  if (n < 2)
    return unsupported (error, "'%s' is no image of RBD, which is POOL/IMAGE", source->path);
  set_string (node, "pool", parts[0]);
  if (n == 3)
    set_string (node, "namespace", parts[1]);
  set_string (node, "image", parts[n - 1]);
  return true;
}

static bool
rbd (const BlockLayer *layer, bool secrets, json_t *node, GError **error)
{
  const DomainStorageSource *source = layer->source;
  g_autoptr (json_t) servers = json_array ();

  if (!rbd_image (source, node, error))
    return false;
  set_string (node, "snapshot", source->snapshot);
  set_string (node, "conf", source->config);
  for (unsigned int i = 0; i < source->hosts.n; i++)
    json_array_append_new (servers, inet_host (source->hosts.items[i]));
  if (source->hosts.n > 0)
    json_object_set (node, "server", servers);
  if (secrets && layer->encryption != NULL && layer->encryption->engine == ENCRYPTION_ENGINE_LIBRBD)
    set_rbd_encryption (node, layer);
  if (secrets && layer->auth != NULL)
    {
      set_string (node, "user", layer->auth->username);
      json_object_set_new (node, "auth-client-required", json_pack ("[s, s]", "cephx", "none"));
      set_string (node, "key-secret", layer->names.auth);
    }
  return true;
}

/* "volume/path" */
static bool
gluster (const BlockLayer *layer, bool secrets, json_t *node, GError **error)
{
  const DomainStorageSource *source = layer->source;
  const char *slash = source->path != NULL ? strchr (source->path, '/') : NULL;
  g_autofree char *volume = slash != NULL ? g_strndup (source->path, (size_t) (slash - source->path)) : NULL;
  json_t *servers = json_array ();

  for (unsigned int i = 0; i < source->hosts.n; i++)
    json_array_append_new (servers, socket_address (source->hosts.items[i]));
  set_string (node, "volume", volume);
  set_string (node, "path", slash != NULL ? slash + 1 : NULL);
  json_object_set_new (node, "server", servers);
  if (secrets)
    set_uint (node, "debug", layer->gluster_debug);
  return slash != NULL
         || fail (error, VIR_FROM_QEMU, VIR_ERR_XML_ERROR, "'%s' is no image of gluster, which is VOLUME/PATH", source->path);
}

/* "iqn.2013-07.com.example:target/1" */
static bool
iscsi (const BlockLayer *layer, bool secrets, json_t *node, GError **error)
{
  const DomainStorageSource *source = layer->source;
  const DomainStorageHost *host = only_inet_host (source, error);
  g_autofree char *name = host != NULL ? block_uri_host (host) : NULL;
  g_autofree char *target = NULL;
  const char *slash;
  guint64 lun = 0;

  if (host == NULL)
    return false;
  slash = source->path != NULL ? strrchr (source->path, '/') : NULL;
  if (slash != NULL && !g_ascii_string_to_unsigned (slash + 1, 10, 0, UINT_MAX, &lun, NULL))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "'%s' is no unit of the iSCSI target '%s'", slash + 1,
                 source->path);
  target = slash != NULL ? g_strndup (source->path, (size_t) (slash - source->path)) : g_strdup (source->path);
  set_format (node, "portal", "%s:%u", name, host->port != 0 ? host->port : 3260);
  set_string (node, "target", target);
  set_int (node, "lun", (int64_t) lun);
  set_string (node, "transport", host->transport == STORAGE_TRANSPORT_RDMA ? "iser" : "tcp");
  if (secrets && layer->auth != NULL)
    {
      set_string (node, "user", layer->auth->username);
      set_string (node, "password-secret", layer->names.auth);
    }
  set_string (node, "initiator-name", source->initiator);
  return true;
}

char *
block_cookies_text (const DomainStorageCookies *cookies)
{
  GString *text = g_string_new (NULL);

  for (unsigned int i = 0; i < cookies->items.n; i++)
    g_string_append_printf (text, "%s%s=%s", i > 0 ? "; " : "", cookies->items.items[i]->name, cookies->items.items[i]->value);
  return g_string_free (text, FALSE);
}

/* What libcurl fetches. */
static bool
curl (const BlockLayer *layer, bool secrets, json_t *node, GError **error)
{
  const DomainStorageSource *source = layer->source;
  const DomainStorageHost *host = only_inet_host (source, error);
  g_autofree char *name = host != NULL ? block_uri_host (host) : NULL;
  const char *path = source->path != NULL ? source->path : "";

  if (host == NULL)
    return false;
  set_format (node, "url", "%s://%s:%u%s%s%s%s", xml_enum_name (&storage_protocol_names, source->protocol), name, host->port,
              *path == '/' ? "" : "/", path, source->query != NULL ? "?" : "", source->query != NULL ? source->query : "");
  set_tristate (node, "sslverify", source->ssl_verify);
  set_uint (node, "readahead", source->readahead);
  set_uint (node, "timeout", source->timeout);
  if (secrets && layer->auth != NULL)
    {
      set_string (node, "username", layer->auth->username);
      set_string (node, "password-secret", layer->names.auth);
    }
  if (secrets)
    set_string (node, "cookie-secret", layer->names.cookie);
  else if (source->cookies != NULL && source->cookies->items.n > 0)
    {
      g_autofree char *cookies = block_cookies_text (source->cookies);

      set_string (node, "cookie", cookies);
    }
  return true;
}

static bool
ssh (const BlockLayer *layer, bool secrets, json_t *node, GError **error)
{
  const DomainStorageHost *host = only_inet_host (layer->source, error);

  if (host == NULL)
    return false;
  set_string (node, "path", layer->source->path);
  json_object_set_new (node, "server", inet_host (host));
  if (layer->auth != NULL)
    set_string (node, "user", layer->auth->username);
  return true;
}

/* A name to look up; NSS may ask a server for it. */
typedef struct
{
  const char *name;
  bool is_group, is_known;
  int64_t id;
} IdLookup;

static bool
look_up_id (void *args, GError **error)
{
  IdLookup *lookup = args;
  const struct passwd *user = lookup->is_group ? NULL : getpwnam (lookup->name);
  const struct group *group = lookup->is_group ? getgrnam (lookup->name) : NULL;

  lookup->is_known = user != NULL || group != NULL;
  if (lookup->is_known)
    lookup->id = user != NULL ? (int64_t) user->pw_uid : (int64_t) group->gr_gid;
  return true;
}

/* "+107" is a number whatever users there are; else it is a name, or a number if there is no such name. */
static bool
set_nfs_id (json_t *node, const char *text, bool is_group, GError **error)
{
  IdLookup lookup = { .name = text, .is_group = is_group };
  const char *what = is_group ? "group" : "user";
  guint64 id;

  if (text == NULL)
    return true;
  if (*text != '+' && !worker_run ("users of NFS", look_up_id, &lookup, error))
    return false;
  if (lookup.is_known)
    set_int (node, what, lookup.id);
  else if (g_ascii_string_to_unsigned (*text == '+' ? text + 1 : text, 10, 0, UINT32_MAX, &id, NULL))
    set_int (node, what, (int64_t) id);
  else
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "identity: there is no %s '%s'", what, text);
  return true;
}

static bool
nfs (const BlockLayer *layer, bool secrets, json_t *node, GError **error)
{
  const DomainStorageHost *host = only_inet_host (layer->source, error);

  if (host == NULL)
    return false;
  json_object_set_new (node, "server", json_pack ("{s:s, s:s}", "host", host->name, "type", "inet"));
  set_string (node, "path", layer->source->path);
  return set_nfs_id (node, layer->source->user, false, error) && set_nfs_id (node, layer->source->group, true, error);
}

static bool
sheepdog (const BlockLayer *layer, bool secrets, json_t *node, GError **error)
{
  const DomainStorageHost *host = only_host (layer->source, error);

  if (host == NULL)
    return false;
  json_object_set_new (node, "server", socket_address (host));
  set_string (node, "vdi", layer->source->path);
  return true;
}

static bool
vxhs (const BlockLayer *layer, bool secrets, json_t *node, GError **error)
{
  const DomainStorageHost *host = only_inet_host (layer->source, error);

  if (host == NULL)
    return false;
  set_string (node, "vdisk-id", layer->source->path);
  json_object_set_new (node, "server", inet_host (host));
  if (secrets)
    set_string (node, "tls-creds", layer->names.tls);
  return true;
}

/* By protocol; the driver's name is the protocol's. */
static const Backend network_backends[STORAGE_PROTOCOL_LAST] = {
  [STORAGE_PROTOCOL_NBD] = nbd, [STORAGE_PROTOCOL_RBD] = rbd, [STORAGE_PROTOCOL_SHEEPDOG] = sheepdog,
  [STORAGE_PROTOCOL_GLUSTER] = gluster, [STORAGE_PROTOCOL_ISCSI] = iscsi, [STORAGE_PROTOCOL_HTTP] = curl,
  [STORAGE_PROTOCOL_HTTPS] = curl, [STORAGE_PROTOCOL_FTP] = curl, [STORAGE_PROTOCOL_FTPS] = curl,
  [STORAGE_PROTOCOL_TFTP] = curl, [STORAGE_PROTOCOL_SSH] = ssh, [STORAGE_PROTOCOL_VXHS] = vxhs,
  [STORAGE_PROTOCOL_NFS] = nfs,
};

/* --- types ----------------------------------------------------------------------------------- */

static bool
network (const BlockLayer *layer, bool secrets, json_t *node, GError **error)
{
  DomainStorageProtocol protocol = layer->source->protocol;

  if (protocol == STORAGE_PROTOCOL_ABSENT || network_backends[protocol] == NULL)
    return unsupported (error, "a source of protocol '%s' is not supported", xml_enum_name (&storage_protocol_names, protocol));
  set_string (node, "driver", xml_enum_name (&storage_protocol_names, protocol));
  return network_backends[protocol] (layer, secrets, node, error);
}

static bool
local (const BlockLayer *layer, bool secrets, json_t *node, GError **error)
{
  const char *path = layer->fdset != NULL ? layer->fdset : layer->source->path;

  if (path == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "an image has no path");
  set_string (node, "driver", layer->source->type == STORAGE_TYPE_FILE ? "file"
                              : layer->is_host_cdrom ? "host_cdrom" : "host_device");
  set_string (node, "filename", path);
  if (secrets)
    {
      set_string (node, "aio", xml_enum_name (&disk_io_names, layer->io));
      set_string (node, "pr-manager", layer->names.reservations);
    }
  return true;
}

static bool
folder (const BlockLayer *layer, bool secrets, json_t *node, GError **error)
{
  set_string (node, "driver", "vvfat");
  set_string (node, "dir", layer->source->path);
  set_bool (node, "floppy", layer->is_floppy);
  if (secrets)
    set_bool (node, "rw", !layer->readonly);
  return true;
}

static bool
nvme (const BlockLayer *layer, bool secrets, json_t *node, GError **error)
{
  const PciAddress *pci = layer->source->pci;

  set_string (node, "driver", "nvme");
  set_format (node, "device", "%04x:%02x:%02x.%x", pci->domain, pci->bus, pci->slot, pci->function);
  set_uint (node, "namespace", layer->source->nvme_namespace);
  return true;
}

static const Backend type_backends[STORAGE_TYPE_LAST] = {
  [STORAGE_TYPE_FILE] = local, [STORAGE_TYPE_BLOCK] = local, [STORAGE_TYPE_DIR] = folder, [STORAGE_TYPE_NETWORK] = network,
  [STORAGE_TYPE_NVME] = nvme,
};

json_t *
block_backend (const BlockLayer *layer, bool secrets, GError **error)
{
  DomainStorageType type = layer->source->type;
  g_autoptr (json_t) node = json_object ();

  if (type_backends[type] == NULL)
    {
      unsupported (error, "a source of type '%s' is not supported", xml_enum_name (&storage_type_names, type));
      return NULL;
    }
  return type_backends[type] (layer, secrets, node, error) ? g_steal_pointer (&node) : NULL;
}
