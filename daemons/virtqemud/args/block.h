/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* args/block.h: images as QEMU's block nodes.
 *
 * A layer of an image is two nodes: the storage, which finds and opens it, and the format, which reads it; a slice of a
 * storage that is not raw has a node of its own between them. The same objects go to the command line and to
 * blockdev-add. Nothing here touches images; what awaits says so. */
#pragma once

#include <jansson.h>

#include "model/domain/domain.h"
#include "qemu/config.h"
#include "util/cleanup.h"

/* What a layer's nodes and objects are called; NULL: there is none. */
typedef struct
{
  char *storage, *slice, *format;                       /* nodes; `slice` NULL: none of its own */
  char *auth, *encryption, *cookie, *tls_key;           /* secrets */
  char *tls, *reservations;                             /* other objects */
} BlockNames;

/* A layer with all that decides its nodes; all but the names is borrowed. */
typedef struct
{
  const DomainStorageSource *source;
  const Auth *auth;
  const Encryption *encryption;
  DomainDiskCache cache;
  DomainDiskIo io;
  DomainDiskDiscard discard;
  DomainDiskDetectZeroes detect_zeroes;
  bool readonly;
  bool ends_here;               /* it is known to be based on nothing */
  bool is_host_cdrom;           /* a drive of the host, with its tray */
  bool is_floppy;
  bool is_fixed;                /* opened once for all: cannot become writable by need */
  const char *fdset;            /* "/dev/fdset/2", in place of the path; NULL: none */
  unsigned int gluster_debug;   /* 0: QEMU's own */
  BlockNames names;
} BlockLayer;

void block_layer_clear (BlockLayer *layer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BlockLayer, block_layer_clear)

/* The layer @source by itself, written to: its names are those that its record (status) has, else they begin
 * with @stem ("libvirt-3"). TLS is used if the document or @config (may be NULL) says so. */
BlockLayer block_layer_of (const DomainStorageSource *source, const char *stem, const QemuConfig *config);
/* The layer @source of @disk: of all its layers, only the topmost is written to and has the disk's own rules. */
BlockLayer block_layer_of_disk (const DomainDisk *disk, const DomainStorageSource *source, const QemuConfig *config);

/* The cache that @disk has; guests that share a disk must not have it in caches of the host. */
DomainDiskCache block_disk_cache (const DomainDisk *disk);

/* Writes the names into the record of @source, which has none yet, so that a later daemon finds them there. */
void block_layer_record (const BlockLayer *layer, DomainStorageSource *source);

/* The driver and what it needs to find the image; with @secrets false nothing that refers to another object. NULL with
 * VIR_ERR_CONFIG_UNSUPPORTED if QEMU cannot reach such a source. Awaits if NFS is to be used as a user known by name. */
json_t *block_backend (const BlockLayer *layer, bool secrets, GError **error);

/* The nodes; @backing names the format node of the layer below, NULL: none is known. The slice's node is NULL without @error
 * if there is none. A name of more than 31 characters is VIR_ERR_INTERNAL_ERROR: QEMU does not take it. */
json_t *block_storage_node (const BlockLayer *layer, GError **error);
json_t *block_slice_node (const BlockLayer *layer);
json_t *block_format_node (const BlockLayer *layer, const char *backing, GError **error);
json_t *block_copy_on_read_node (const char *name, const BlockLayer *layer);

/* The text by which an overlay names @layer as its backing file: a path, a URI or "json:...". Caller frees. */
char *block_backing_text (const BlockLayer *layer, GError **error);

/* What blockdev-create takes to make the storage of an image of @size bytes, and to format it for @capacity bytes on top of
 * @backing (NULL: nothing). NULL without @error: there is nothing to make. */
json_t *block_create_storage (const BlockLayer *layer, uint64_t size, GError **error);
json_t *block_create_format (const BlockLayer *layer, const BlockLayer *backing, uint64_t capacity, GError **error);

/* The name of a server as it stands in a URI: IPv6 in brackets. Caller frees. */
char *block_uri_host (const DomainStorageHost *host);
/* "a=1; b=2": the cookies as one secret. Caller frees. */
char *block_cookies_text (const DomainStorageCookies *cookies);
/* Whether the connection to the source is to be encrypted. */
bool block_has_tls (const DomainStorageSource *source, const QemuConfig *config);
