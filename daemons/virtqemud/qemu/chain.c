/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/chain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/worker.h"

#define MAX_LAYERS 200
#define MAX_NAME 1023           /* of a backing file, by the format's definition */
#define EXTENSION_END 0u
#define EXTENSION_BACKING_FORMAT 0xe2792acau

/* One image to look at, and what is found below it: plain values for the worker. */
typedef struct
{
  char *path;
  DomainStorageFormat format;
  bool block;
} Layer;

typedef struct
{
  DomainDisk *disk;             /* not touched by the worker */
  GArray *layers;               /* Layer; the first is the disk's own */
} Chain;

/* --- reading headers (on a worker) ------------------------------------------------------ */

static uint32_t
be32 (const uint8_t *p)
{
  return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

static uint64_t
be64 (const uint8_t *p)
{
  return (uint64_t) be32 (p) << 32 | be32 (p + 4);
}

/* The format that the first bytes announce; raw if none. */
static DomainStorageFormat
probe_format (const uint8_t *head, size_t length)
{
  static const struct { const char *magic; unsigned int offset, length; DomainStorageFormat format; } magics[] = {
    { "QFI\xfb", 0, 4, STORAGE_FORMAT_QCOW2 }, { "QED\0", 0, 4, STORAGE_FORMAT_QED },
    { "KDMV", 0, 4, STORAGE_FORMAT_VMDK }, { "COWD", 0, 4, STORAGE_FORMAT_VMDK },
    { "\x7f\x10\xda\xbe", 64, 4, STORAGE_FORMAT_VDI }, { "conectix", 0, 8, STORAGE_FORMAT_VPC },
    { "LUKS\xba\xbe", 0, 6, STORAGE_FORMAT_LUKS },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (magics); i++)
    if (length >= magics[i].offset + magics[i].length
        && memcmp (head + magics[i].offset, magics[i].magic, magics[i].length) == 0)
      return magics[i].format;
  return STORAGE_FORMAT_RAW;
}

/* Looks through the header extensions for the format of the backing file; 0 if it is not said. */
static DomainStorageFormat
qcow2_backing_format (const uint8_t *head, size_t length)
{
  size_t at = be32 (head + 4) >= 3 && length >= 104 ? be32 (head + 100) : 72;

  while (at <= length && length - at >= 8)
    {
      uint32_t type = be32 (head + at), size = be32 (head + at + 4);
      g_autofree char *name = NULL;

      at += 8;
      if (type == EXTENSION_END || size > length - at)
        return STORAGE_FORMAT_ABSENT;
      if (type == EXTENSION_BACKING_FORMAT)
        {
          name = g_strndup ((const char *) head + at, size);
          return (DomainStorageFormat) xml_enum_value (&storage_format_names, name);
        }
      at += (size + 7) & ~(size_t) 7;
    }
  return STORAGE_FORMAT_ABSENT;
}

/* The name of the backing file; NULL: none. */
static bool
qcow2_backing_name (int fd, const char *path, const uint8_t *head, size_t length, char **ret_name, GError **error)
{
  uint64_t offset;
  uint32_t size;
  char name[MAX_NAME + 1];

  *ret_name = NULL;
  if (length < 72)
    return true;
  offset = be64 (head + 8);
  size = be32 (head + 16);
  if (offset == 0 || size == 0)
    return true;
  if (size > MAX_NAME || pread (fd, name, size, (off_t) offset) != (ssize_t) size)
    return fail (error, VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "the header of image '%s' is damaged", path);
  name[size] = '\0';
  *ret_name = g_strdup (name);
  return true;
}

/* A name from a header as a path beside the overlay. */
static char *
resolve (const char *overlay, const char *name, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (overlay);

  if (g_str_has_prefix (name, "json:") || (strstr (name, "://") != NULL && *name != '/'))
    return fail_null (error, VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED,
                      "backing file '%s' of image '%s' is not a local file", name, overlay);
  if (g_str_has_prefix (name, "file:"))
    name += strlen ("file:");
  return g_path_is_absolute (name) ? g_strdup (name) : g_build_filename (folder, name, NULL);
}

/* Finds what @layer is based on: *@ret_next.path NULL if nothing. */
static bool
probe_layer (const Layer *layer, Layer *ret_next, GError **error)
{
  fd_auto int fd = open (layer->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  g_autofree char *name = NULL;
  uint8_t head[4096];
  struct stat st;
  ssize_t length;

  if (fd < 0 || fstat (fd, &st) < 0)
    return fail_errno (error, VIR_FROM_STORAGE, errno, "cannot access image '%s'", layer->path);
  if (layer->format != STORAGE_FORMAT_QCOW2 || S_ISDIR (st.st_mode))
    return true;                /* QEMU says what is wrong with a folder */
  length = pread (fd, head, sizeof head, 0);
  if (length < 8 || probe_format (head, (size_t) length) != STORAGE_FORMAT_QCOW2)
    return true;                /* and with an image of another format */
  if (!qcow2_backing_name (fd, layer->path, head, (size_t) length, &name, error))
    return false;
  if (name == NULL)
    return true;
  ret_next->path = resolve (layer->path, name, error);
  ret_next->format = qcow2_backing_format (head, (size_t) length);
  return ret_next->path != NULL;
}

/* What the overlay does not say of a backing file must be raw: anything else could have been written
 * into a raw image by its guest, to reach a file of the host. */
static bool
check_backing (Layer *backing, const char *overlay, GError **error)
{
  fd_auto int fd = open (backing->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  uint8_t head[512];
  struct stat st;
  ssize_t length;

  if (fd < 0 || fstat (fd, &st) < 0)
    return fail_errno (error, VIR_FROM_STORAGE, errno, "cannot access backing file '%s' of image '%s'", backing->path,
                       overlay);
  backing->block = S_ISBLK (st.st_mode);
  if (backing->format != STORAGE_FORMAT_ABSENT)
    return true;
  length = pread (fd, head, sizeof head, 0);
  if (length > 0 && probe_format (head, (size_t) length) != STORAGE_FORMAT_RAW)
    return fail (error, VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID,
                 "image '%s' does not say the format of its backing file '%s', which is not raw", overlay,
                 backing->path);
  backing->format = STORAGE_FORMAT_RAW;
  return true;
}

static bool
probe_chain (Chain *chain, GError **error)
{
  for (;;)
    {
      Layer last = g_array_index (chain->layers, Layer, chain->layers->len - 1);
      Layer next = { 0 };

      if (!probe_layer (&last, &next, error))
        return false;
      if (next.path == NULL)
        return true;
      g_array_append_val (chain->layers, next);
      if (chain->layers->len > MAX_LAYERS)
        return fail (error, VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID,
                     "image '%s' has more than %u layers: its chain may be a circle",
                     g_array_index (chain->layers, Layer, 0).path, MAX_LAYERS);
      if (!check_backing (&g_array_index (chain->layers, Layer, chain->layers->len - 1), last.path, error))
        return false;
    }
}

static bool
probe_chains (void *args, GError **error)
{
  GArray *chains = args;

  for (unsigned int i = 0; i < chains->len; i++)
    if (!probe_chain (&g_array_index (chains, Chain, i), error))
      return false;
  return true;
}

/* --- on the loop -------------------------------------------------------------------------- */

static void
layer_clear (void *data)
{
  g_free (((Layer *) data)->path);
}

static void
chain_clear (void *data)
{
  g_array_unref (((Chain *) data)->layers);
}

static GArray *
chains_of (Domain *domain)
{
  GArray *chains = g_array_new (FALSE, TRUE, sizeof (Chain));

  g_array_set_clear_func (chains, chain_clear);
  for (unsigned int i = 0; i < domain->disks.n; i++)
    {
      DomainDisk *disk = domain->disks.items[i];
      Chain chain = { .disk = disk };
      Layer top = { .format = disk->source.format };

      if (disk->source.path == NULL || disk->source.backing != NULL || disk->source.fd_group != NULL
          || (disk->source.type != STORAGE_TYPE_FILE && disk->source.type != STORAGE_TYPE_BLOCK))
        continue;
      chain.layers = g_array_new (FALSE, TRUE, sizeof (Layer));
      g_array_set_clear_func (chain.layers, layer_clear);
      top.path = g_strdup (disk->source.path);
      g_array_append_val (chain.layers, top);
      g_array_append_val (chains, chain);
    }
  return chains;
}

static void
attach_layers (const Chain *chain)
{
  DomainStorageSource *source = &chain->disk->source;

  for (unsigned int i = 1; i < chain->layers->len; i++)
    {
      const Layer *layer = &g_array_index (chain->layers, Layer, i);

      source->backing = g_new0 (DomainStorageSource, 1);
      source = source->backing;
      source->type = layer->block ? STORAGE_TYPE_BLOCK : STORAGE_TYPE_FILE;
      source->format = layer->format;
      source->path = g_strdup (layer->path);
    }
  source->backing = g_new0 (DomainStorageSource, 1);    /* the end is known */
}

/* Whether QEMU has nodes for it: cards have a drive of old, and a process of its own serves a vhost-user disk. */
static bool
has_nodes (const DomainDisk *disk)
{
  return disk->target.bus != DISK_BUS_SD && disk->source.type != STORAGE_TYPE_VHOST_USER;
}

/* Numbers the layers of @disk, the topmost first; a drive without a medium keeps a number for one. */
static void
number_layers (DomainDisk *disk, unsigned int *next)
{
  if (has_nodes (disk) && domain_storage_is_empty (&disk->source))
    (*next)++;
  for (DomainStorageSource *source = has_nodes (disk) ? &disk->source : NULL;
       source != NULL && !domain_storage_is_empty (source); source = source->backing)
    source->index = (*next)++;
}

void
qemu_chain_number (Domain *domain)
{
  unsigned int next = 1;

  for (unsigned int i = domain->disks.n; i-- > 0;)
    number_layers (domain->disks.items[i], &next);
}

bool
qemu_chain_complete (Domain *domain, GError **error)
{
  g_autoptr (GArray) chains = chains_of (domain);

  if (chains->len > 0 && !worker_run ("image headers", probe_chains, chains, error))
    return false;
  for (unsigned int i = 0; i < chains->len; i++)
    attach_layers (&g_array_index (chains, Chain, i));
  qemu_chain_number (domain);
  return true;
}
