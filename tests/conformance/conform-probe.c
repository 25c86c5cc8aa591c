/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-probe.c: an image and what it is based on, in the form of the corpus. */
#include <fcntl.h>
#include <string.h>

#include "conform.h"
#include "qemu/backing-name.h"
#include "qemu/chain.h"
#include "qemu/image-header.h"
#include "util/cleanup.h"
#include "xml/xml.h"

static char *format_name, *shown;
static const GOptionEntry options[] = {
  { "format", 0, 0, G_OPTION_ARG_STRING, &format_name, "of the image; auto: nobody knows", "FORMAT" },
  { "show", 0, 0, G_OPTION_ARG_STRING, &shown, "folders under another name", "FOLDER=NAME" },
  { 0 }
};

/* The corpus' numbers are those of a list that begins with "none". */
static unsigned int
format_number (DomainStorageFormat format)
{
  static const DomainStorageFormat order[] = {
    [1] = STORAGE_FORMAT_RAW, STORAGE_FORMAT_DIR, STORAGE_FORMAT_BOCHS, STORAGE_FORMAT_CLOOP, STORAGE_FORMAT_DMG,
    STORAGE_FORMAT_ISO, STORAGE_FORMAT_VPC, STORAGE_FORMAT_VDI, STORAGE_FORMAT_FAT, STORAGE_FORMAT_VHD, STORAGE_FORMAT_PLOOP,
    STORAGE_FORMAT_COW, STORAGE_FORMAT_QCOW, STORAGE_FORMAT_QCOW2, STORAGE_FORMAT_QED, STORAGE_FORMAT_VMDK,
  };

  for (unsigned int i = 1; i < G_N_ELEMENTS (order); i++)
    if (order[i] == format)
      return i;
  return 0;
}

static bool
read_header (const DomainStorageSource *source, ImageHeader *header, GError **error)
{
  fd_auto int fd = source->type == STORAGE_TYPE_NETWORK ? -1 : open (source->path, O_RDONLY | O_CLOEXEC);

  return fd < 0 || image_header_read_now (fd, source->path, source->format, header, error);
}

/* The path with its folder as the corpus calls it. */
static char *
shown_path (const char *path, const char *folder)
{
  g_auto (GStrv) words = g_strsplit (shown != NULL ? shown : "", "=", 2);
  const char *base = strrchr (path, '/');

  if (words[0] == NULL || words[1] == NULL || !g_str_has_prefix (path, folder))
    return g_strdup (path);
  return g_strconcat (words[1], base, NULL);
}

static bool
print_layer (GString *out, const DomainStorageSource *source, const char *relative, const char *folder, char **ret_backing,
             GError **error)
{
  g_auto (ImageHeader) header = { 0 };
  bool is_network = source->type == STORAGE_TYPE_NETWORK;
  g_autofree char *path = shown_path (source->path, folder);

  if (!read_header (source, &header, error))
    return false;
  g_string_append_printf (out, "%spath:%s\nbackingStoreRaw: %s\ncapacity: %" G_GUINT64_FORMAT "\nencryption: %d\n"
                          "relPath:%s\ntype:%d\nformat:%u\nprotocol:%s\nhostname:%s\n", out->len > 0 ? "\n" : "", path,
                          header.backing != NULL ? header.backing : "<null>", header.capacity, header.is_encrypted,
                          relative != NULL ? relative : "<null>", (int) source->type, format_number (source->format),
                          is_network ? xml_enum_name (&storage_protocol_names, source->protocol) : "none",
                          source->hosts.n > 0 ? source->hosts.items[0]->name : "<null>");
  *ret_backing = g_steal_pointer (&header.backing);
  return true;
}

static bool
is_relative (const char *name)
{
  return name != NULL && *name != '/' && strchr (name, ':') == NULL;
}

static char *
run (const char *path, GError **error)
{
  DomainStorageSource top = { .type = STORAGE_TYPE_FILE, .path = (char *) path, .format = STORAGE_FORMAT_RAW };
  g_autofree char *folder = g_path_get_dirname (path), *name = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  bool done;

  if (format_name != NULL && !g_str_equal (format_name, "auto"))
    top.format = (DomainStorageFormat) xml_enum_value (&storage_format_names, format_name);
  done = qemu_chain_probe_now (&top, 0, 0, error);
  for (const DomainStorageSource *layer = &top; done && layer != NULL && layer->type != STORAGE_TYPE_ABSENT; layer = layer->backing)
    {
      g_autofree char *above = g_steal_pointer (&name);

      done = print_layer (out, layer, is_relative (above) ? above : NULL, folder, &name, error);
    }
  backing_source_free (top.backing);
  return done ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

const ConformKind conform_probe = { "probe", options, run };
