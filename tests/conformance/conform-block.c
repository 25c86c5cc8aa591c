/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-block.c: disks as block nodes, images that are made, and bitmaps along a chain, in the form of the corpus. */
#include "conform.h"

#include <string.h>

#include "args/block.h"
#include "block/bitmaps.h"
#include "model/domain/tables.h"
#include "util/json.h"

#define MAX_NODES 6

static char *what, *folder, *backing_path, *nodes_path, *bitmap, *shallow;
static gint64 capacity, physical;
static int top = 1, base;
static const GOptionEntry options[] = {
  { "do", 0, 0, G_OPTION_ARG_STRING, &what, "blockdev, create, detect, validate, backup, copy, commit or delete", "WHAT" },
  { "folder", 0, 0, G_OPTION_ARG_FILENAME, &folder, "where further results go", "FOLDER" },
  { "backing", 0, 0, G_OPTION_ARG_FILENAME, &backing_path, "the disk that a new image is based on", "FILE" },
  { "capacity", 0, 0, G_OPTION_ARG_INT64, &capacity, "of a new image", "BYTES" },
  { "physical", 0, 0, G_OPTION_ARG_INT64, &physical, "of its storage", "BYTES" },
  { "nodes", 0, 0, G_OPTION_ARG_FILENAME, &nodes_path, "QEMU's nodes", "FILE" },
  { "bitmap", 0, 0, G_OPTION_ARG_STRING, &bitmap, "its name", "NAME" },
  { "shallow", 0, 0, G_OPTION_ARG_STRING, &shallow, "true: only the topmost layer is copied", "BOOL" },
  { "top", 0, 0, G_OPTION_ARG_INT, &top, "number of the topmost layer", "N" },
  { "base", 0, 0, G_OPTION_ARG_INT, &base, "number of the layer that is committed to", "N" },
  { 0 }
};

/* --- disks --------------------------------------------------------------------------------- */

/* The text between and with @begin and @end, cut out of *@text; NULL: there is none. */
static char *
cut (char **text, const char *begin, const char *end)
{
  char *from = strstr (*text, begin), *to = from != NULL ? strstr (from, end) : NULL;
  char *piece = to != NULL ? g_strndup (from, (size_t) (to - from) + strlen (end)) : NULL;

  if (piece != NULL)
    memmove (from, to + strlen (end), strlen (to + strlen (end)) + 1);
  return piece;
}

/* The corpus leaves out where the guest sees a disk, and gives those that are to be made a cipher, which is in none that
 * a guest has. */
static DomainDisk *
read_disk (const char *path, GError **error)
{
  g_autofree char *text = conform_read (path, error);
  g_autofree char *encryption = NULL, *whole = NULL;
  g_auto (GStrv) pieces = NULL;
  DomainDisk *disk;

  if (text == NULL)
    return NULL;
  if (strstr (text, "<cipher") != NULL)
    encryption = cut (&text, "<encryption", "</encryption>");
  pieces = g_strsplit (text, "</disk>", 2);
  whole = g_strjoinv (strstr (text, "<target") != NULL ? "</disk>" : "<target dev='vda'/></disk>", pieces);
  disk = xml_parse (&domain_disk_schema, whole, strlen (whole), XML_PARSE_STATUS, error);
  if (disk == NULL)
    return NULL;
  if (encryption != NULL)
    disk->encryption = xml_parse (&encryption_schema, encryption, strlen (encryption), 0, error);
  domain_storage_apply_defaults (&disk->source);
  return disk;
}

static void
free_disk (DomainDisk *disk)
{
  xml_free (&domain_disk_schema, disk);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DomainDisk, free_disk)

static void
append_json (GString *out, const json_t *value)
{
  char *text = value != NULL ? json_dumps (value, JSON_INDENT (2)) : NULL;

  g_string_append_printf (out, "%s\n", text != NULL ? text : "NULL");
  free (text);
}

/* Secrets as the corpus calls them; of cookies it knows nothing. */
static void
rename_secrets (BlockLayer *layer)
{
  g_clear_pointer (&layer->names.cookie, g_free);
  if (layer->names.auth != NULL)
    {
      g_free (layer->names.auth);
      layer->names.auth = g_strconcat (layer->names.storage, "-secalias", NULL);
    }
  if (layer->names.encryption != NULL)
    {
      g_free (layer->names.encryption);
      layer->names.encryption = g_strconcat (layer->names.format, "-encalias", NULL);
    }
}

static bool
print_source (GString *out, const BlockLayer *layer, GError **error)
{
  g_autoptr (json_t) source = block_backend (layer, false, error);
  g_autofree char *text = source != NULL ? block_backing_text (layer, error) : NULL;
  g_autoptr (json_t) parsed = NULL;

  if (text == NULL)
    return false;
  g_string_append (out, "(\nsource only properties:\n");
  append_json (out, source);
  g_string_append (out, "backing store string:\n");
  if (!g_str_has_prefix (text, "json:"))
    g_string_append_printf (out, "%s\n)\n", text);
  else
    {
      parsed = json_loads (text + strlen ("json:"), 0, NULL);
      g_string_append (out, "json:{\"file\":");
      append_json (out, json_object_get (parsed, "file"));
      g_string_append (out, "}\n)\n");
    }
  return true;
}

static bool
print_layer (GString *out, GString *sources, const BlockLayer *layer, const BlockLayer *below, GError **error)
{
  g_autoptr (json_t) format = block_format_node (layer, below != NULL ? below->names.format : NULL, error);
  g_autoptr (json_t) slice = block_slice_node (layer);
  g_autoptr (json_t) storage = format != NULL ? block_storage_node (layer, error) : NULL;

  if (storage == NULL)
    return false;
  append_json (out, format);
  if (slice != NULL)
    append_json (out, slice);
  append_json (out, storage);
  return print_source (sources, layer, error);
}

static bool
has_next (const DomainStorageSource *source)
{
  return source->backing != NULL && source->backing->type != STORAGE_TYPE_ABSENT;
}

static bool
print_layers (GString *out, GString *sources, const DomainDisk *disk, GError **error)
{
  for (const DomainStorageSource *source = &disk->source; source != NULL && source->type != STORAGE_TYPE_ABSENT;
       source = source->backing)
    {
      g_auto (BlockLayer) layer = block_layer_of_disk (disk, source, NULL), below = { 0 };

      rename_secrets (&layer);
      if (has_next (source))
        below = block_layer_of_disk (disk, source->backing, NULL);
      if (!print_layer (out, sources, &layer, has_next (source) ? &below : NULL, error))
        return false;
    }
  return true;
}

static char *
run_blockdev (const char *path, GError **error)
{
  g_autoptr (DomainDisk) disk = read_disk (path, error);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GString) sources = g_string_new (NULL);
  g_autofree char *file = folder != NULL ? g_build_filename (folder, "srconly", NULL) : NULL;

  if (disk == NULL || !print_layers (out, sources, disk, error))
    return NULL;
  if (file != NULL && !g_file_set_contents (file, sources->str, -1, error))
    return NULL;
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
print_creation (GString *out, const char *title, const json_t *options_json)
{
  g_string_append_printf (out, "%s:\n", title);
  if (options_json != NULL)
    append_json (out, options_json);
  else
    g_string_append (out, "<null>\n");
}

static char *
run_create (const char *path, GError **error)
{
  g_autoptr (DomainDisk) disk = read_disk (path, error);
  g_autoptr (DomainDisk) lower = NULL;
  g_auto (BlockLayer) layer = { 0 }, below = { 0 };
  g_autoptr (json_t) storage = NULL, format = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) failure = NULL;

  if (disk == NULL)
    return NULL;
  if (backing_path != NULL && (lower = read_disk (backing_path, error)) == NULL)
    return NULL;
  layer = block_layer_of_disk (disk, &disk->source, NULL);
  rename_secrets (&layer);
  if (lower != NULL)
    below = block_layer_of_disk (lower, &lower->source, NULL);
  storage = block_create_storage (&layer, (uint64_t) physical, &failure);
  if (failure == NULL)
    format = block_create_format (&layer, lower != NULL ? &below : NULL, (uint64_t) capacity, &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  print_creation (out, "protocol", storage);
  print_creation (out, "format", format);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* --- bitmaps ---------------------------------------------------------------------------------- */

static const char *const chain[MAX_NODES] = {
  "libvirt-1-format", "libvirt-2-format", "libvirt-3-format", "libvirt-4-format", "libvirt-5-format", NULL,
};

static GHashTable *
read_nodes (const char *path, GError **error)
{
  g_autofree char *text = conform_read (path, error);
  g_autoptr (json_t) reply = text != NULL ? json_from_text (text, strlen (text), "nodes", error) : NULL;

  return reply != NULL ? bitmaps_of_nodes (reply) : NULL;
}

static void
print_node (GString *out, const char *name, const BitmapNode *node)
{
  g_string_append_printf (out, "%s:\n%s", name, node->is_qcow2_v2 ? " qcow2 v2\n" : "");
  for (unsigned int i = 0; i < node->bitmaps->len; i++)
    {
      const Bitmap *b = g_ptr_array_index (node->bitmaps, i);

      g_string_append_printf (out, " %8s: record:%d busy:%d persist:%d inconsist:%d gran:%" G_GUINT64_FORMAT
                              " dirty:%" G_GUINT64_FORMAT "\n", b->name, b->recording, b->busy, b->persistent,
                              b->inconsistent, b->granularity, b->dirty);
    }
}

static void
print_nodes (GString *out, GHashTable *nodes)
{
  for (unsigned int i = 0; chain[i] != NULL; i++)
    if (g_hash_table_contains (nodes, chain[i]))
      print_node (out, chain[i], g_hash_table_lookup (nodes, chain[i]));
}

static json_t *
backup_actions (GHashTable *nodes)
{
  const BitmapMerge merge = {
    .chain = chain, .name = bitmap, .target = "target_node", .target_name = "target-bitmap-name",
  };
  json_t *actions = json_array ();

  bitmaps_add_merge (nodes, &merge, actions);
  return actions;
}

static void
print_removal (GString *out, GHashTable *nodes)
{
  g_autofree const char **reopen = NULL;
  g_autoptr (json_t) actions = bitmaps_for_removal (nodes, chain, bitmap, &reopen);

  append_json (out, actions);
  if (reopen == NULL || reopen[0] == NULL)
    return;
  g_string_append (out, "reopen nodes:\n");
  for (unsigned int i = 0; reopen[i] != NULL; i++)
    g_string_append_printf (out, "%s\n", reopen[i]);
}

static void
print_merge (GString *out, json_t *actions)
{
  g_string_append (out, "merge bitmpas:\n");
  if (json_array_size (actions) > 0)
    append_json (out, actions);
  json_decref (actions);
}

static char *
run_bitmaps (const char *path, GError **error)
{
  g_autoptr (GHashTable) nodes = read_nodes (nodes_path != NULL ? nodes_path : path, error);
  g_autoptr (json_t) actions = NULL;
  GString *out;

  if (nodes == NULL)
    return NULL;
  out = g_string_new (NULL);
  if (g_str_equal (what, "detect"))
    print_nodes (out, nodes);
  else if (g_str_equal (what, "validate"))
    g_string_append (out, bitmap_is_valid (nodes, chain, bitmap) ? "true\n" : "false\n");
  else if (g_str_equal (what, "delete"))
    print_removal (out, nodes);
  else if (g_str_equal (what, "copy"))
    append_json (out, actions = bitmaps_for_copy (nodes, chain, "mirror-format-node", g_strcmp0 (shallow, "true") == 0));
  else if (g_str_equal (what, "commit"))
    print_merge (out, bitmaps_for_commit (nodes, chain + top - 1, chain[base - 1], top == 1));
  else
    append_json (out, actions = backup_actions (nodes));
  return g_string_free (out, FALSE);
}

static char *
run (const char *path, GError **error)
{
  if (what == NULL || g_str_equal (what, "blockdev"))
    return run_blockdev (path, error);
  if (g_str_equal (what, "create"))
    return run_create (path, error);
  return run_bitmaps (path, error);
}

const ConformKind conform_block = { "block", options, run };
