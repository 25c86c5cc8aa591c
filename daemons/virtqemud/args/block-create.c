/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How images are made, and how an overlay names what it is based on. */
#include "args/block.h"

#include <string.h>

#include "args/private.h"
#include "util/error.h"

/* --- names of backing files -------------------------------------------------------------- */

/* "json:{...}": @backend below whatever reads the format. */
static char *
json_text (const BlockLayer *layer, json_t *backend)
{
  g_autoptr (json_t) file = backend;
  g_autoptr (json_t) whole = NULL;
  g_autofree char *text = NULL;

  if (layer->source->slices.n > 0)
    {
      const DomainStorageSlice *slice = layer->source->slices.items[0];

      file = json_pack ("{s:s, s:I, s:I, s:o}", "driver", "raw", "offset", (json_int_t) slice->offset, "size",
                        (json_int_t) slice->size, "file", g_steal_pointer (&file));
    }
  whole = json_pack ("{s:O}", "file", file);
  text = json_dumps (whole, JSON_COMPACT);
  return g_strconcat ("json:", text, NULL);
}

static char *
nbd_uri (const DomainStorageSource *source)
{
  const DomainStorageHost *host = source->hosts.items[0];
  const char *path = source->path;
  g_autofree char *name = NULL;

  if (host->transport == STORAGE_TRANSPORT_UNIX)
    return g_strdup_printf ("nbd+unix://%s%s?socket=%s", path != NULL ? "/" : "", path != NULL ? path : "", host->socket);
  name = block_uri_host (host);
  return g_strdup_printf ("nbd://%s:%u%s%s", name, host->port, path != NULL ? "/" : "", path != NULL ? path : "");
}

static char *
plain_uri (const DomainStorageSource *source)
{
  const DomainStorageHost *host = source->hosts.items[0];
  const char *path = source->path != NULL ? source->path : "", *query = source->query;
  const char *scheme = xml_enum_name (&storage_protocol_names, source->protocol);
  g_autofree char *name = NULL;

  if (host->transport == STORAGE_TRANSPORT_UNIX)
    return g_strdup_printf ("%s+unix:///%s?socket=%s", scheme, path, host->socket);
  name = block_uri_host (host);
  return g_strdup_printf ("%s://%s:%u%s%s%s%s", scheme, name, host->port, *path == '/' ? "" : "/", path,
                          query != NULL ? "?" : "", query != NULL ? query : "");
}

/* A URI where it says all there is; NULL: it does not. */
static char *
uri_text (const DomainStorageSource *source)
{
  bool has_options = source->ssl_verify != TRI_ABSENT || source->readahead != 0 || source->timeout != 0
                     || (source->cookies != NULL && source->cookies->items.n > 0) || source->initiator != NULL
                     || source->snapshot != NULL || source->tls_hostname != NULL;

  if (source->type != STORAGE_TYPE_NETWORK || source->hosts.n != 1 || has_options)
    return NULL;
  switch (source->protocol)
    {
    case STORAGE_PROTOCOL_NBD:
      return nbd_uri (source);
    case STORAGE_PROTOCOL_HTTP: case STORAGE_PROTOCOL_HTTPS: case STORAGE_PROTOCOL_FTP: case STORAGE_PROTOCOL_FTPS:
    case STORAGE_PROTOCOL_TFTP: case STORAGE_PROTOCOL_ISCSI: case STORAGE_PROTOCOL_GLUSTER:
      return plain_uri (source);
    default:
      return NULL;
    }
}

char *
block_backing_text (const BlockLayer *layer, GError **error)
{
  const DomainStorageSource *source = layer->source;
  json_t *backend;
  char *uri = NULL;

  if (source->slices.n == 0)
    {
      if (source->type == STORAGE_TYPE_FILE || source->type == STORAGE_TYPE_BLOCK)
        return g_strdup (source->path);
      if (source->type == STORAGE_TYPE_DIR)
        return g_strconcat ("fat:", source->path, NULL);
      uri = uri_text (source);
      if (uri != NULL)
        return uri;
    }
  backend = block_backend (layer, false, error);
  return backend != NULL ? json_text (layer, backend) : NULL;
}

/* --- making the storage --------------------------------------------------------------------- */

json_t *
block_create_storage (const BlockLayer *layer, uint64_t size, GError **error)
{
  g_autoptr (json_t) backend = NULL;
  json_t *options, *driver;
  DomainStorageProtocol protocol = layer->source->protocol;
  bool is_network = layer->source->type == STORAGE_TYPE_NETWORK;

  if (layer->source->type != STORAGE_TYPE_FILE && !is_network)
    return NULL;
  if (is_network && protocol != STORAGE_PROTOCOL_GLUSTER && protocol != STORAGE_PROTOCOL_RBD && protocol != STORAGE_PROTOCOL_SSH
      && protocol != STORAGE_PROTOCOL_NFS && protocol != STORAGE_PROTOCOL_SHEEPDOG)
    return NULL;
  backend = block_backend (layer, false, error);
  if (backend == NULL)
    return NULL;
  options = json_object ();
  driver = json_object_get (backend, "driver");
  json_object_set (options, "driver", driver);
  json_object_del (backend, "driver");
  if (is_network)
    json_object_set (options, "location", backend);
  else
    json_object_update (options, backend);
  set_int (options, "size", (int64_t) size);
  return options;
}

/* --- formatting it ---------------------------------------------------------------------------- */

/* The parts of LUKS that the document chooses. */
static void
set_luks_options (json_t *options, const BlockLayer *layer)
{
  const EncryptionCipher *cipher = layer->encryption->cipher;
  const EncryptionIvgen *ivgen = layer->encryption->ivgen;

  set_string (options, "key-secret", layer->names.encryption);
  if (cipher == NULL)
    return;
  set_format (options, "cipher-alg", "%s-%u", cipher->name, cipher->size);
  set_string (options, "cipher-mode", cipher->mode);
  set_string (options, "hash-alg", cipher->hash);
  if (ivgen == NULL)
    return;
  set_string (options, "ivgen-alg", ivgen->name);
  set_string (options, "ivgen-hash-alg", ivgen->hash);
}

static bool
set_backing (json_t *options, const BlockLayer *backing, GError **error)
{
  g_autofree char *text = NULL;
  bool is_luks;

  if (backing == NULL)
    return true;
  text = block_backing_text (backing, error);
  if (text == NULL)
    return false;
  is_luks = backing->source->format == STORAGE_FORMAT_RAW && backing->encryption != NULL
            && backing->encryption->engine != ENCRYPTION_ENGINE_LIBRBD;
  set_string (options, "backing-file", text);
  set_string (options, "backing-fmt",
              is_luks ? "luks" : xml_enum_name (&storage_format_names, backing->source->format));
  return true;
}

static const struct
{
  DomainStorageFormat format;
  const char *driver;
  bool has_backing, has_encryption;
} creatable[] = {
  { STORAGE_FORMAT_QCOW2, "qcow2", true, true }, { STORAGE_FORMAT_QCOW, "qcow", true, false },
  { STORAGE_FORMAT_QED, "qed", true, false }, { STORAGE_FORMAT_VMDK, "vmdk", true, false },
  { STORAGE_FORMAT_VPC, "vpc", false, false }, { STORAGE_FORMAT_VDI, "vdi", false, false },
  { STORAGE_FORMAT_VHD, "vhdx", false, false }, { STORAGE_FORMAT_PLOOP, "parallels", false, false },
};

static json_t *
create_luks (const BlockLayer *layer, uint64_t capacity)
{
  json_t *options = device_new ("luks");

  set_luks_options (options, layer);
  set_string (options, "file", layer->names.slice != NULL ? layer->names.slice : layer->names.storage);
  set_int (options, "size", (int64_t) capacity);
  return options;
}

json_t *
block_create_format (const BlockLayer *layer, const BlockLayer *backing, uint64_t capacity, GError **error)
{
  DomainStorageFormat format = layer->source->format;
  bool is_encrypted = layer->encryption != NULL && layer->encryption->engine != ENCRYPTION_ENGINE_LIBRBD;
  g_autoptr (json_t) options = NULL;
  json_t *encrypt;

  if (format == STORAGE_FORMAT_RAW || format == STORAGE_FORMAT_ABSENT)
    return is_encrypted ? create_luks (layer, capacity) : NULL;
  for (unsigned int i = 0; i < G_N_ELEMENTS (creatable); i++)
    {
      if (creatable[i].format != format)
        continue;
      options = device_new (creatable[i].driver);
      set_string (options, "file", layer->names.slice != NULL ? layer->names.slice : layer->names.storage);
      set_int (options, "size", (int64_t) capacity);
      if (creatable[i].has_backing && !set_backing (options, backing, error))
        return NULL;
      if (is_encrypted && creatable[i].has_encryption)
        {
          encrypt = device_new (NULL);
          set_string (encrypt, "format", "luks");
          set_luks_options (encrypt, layer);
          json_object_set_new (options, "encrypt", encrypt);
        }
      return g_steal_pointer (&options);
    }
  unsupported (error, "images of format '%s' cannot be made", xml_enum_name (&storage_format_names, format));
  return NULL;
}
