/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/bitmaps.h"

#include "util/json.h"

/* --- reading ----------------------------------------------------------------------------- */

static void
bitmap_free (void *data)
{
  Bitmap *bitmap = data;

  g_free (bitmap->name);
  g_free (bitmap);
}

static void
node_free (void *data)
{
  BitmapNode *node = data;

  g_ptr_array_unref (node->bitmaps);
  g_free (node);
}

static Bitmap *
read_bitmap (const json_t *item)
{
  Bitmap *bitmap = g_new0 (Bitmap, 1);

  bitmap->name = g_strdup (json_get_string (item, "name", ""));
  bitmap->recording = json_get_bool (item, "recording", false);
  bitmap->busy = json_get_bool (item, "busy", false);
  bitmap->persistent = json_get_bool (item, "persistent", false);
  bitmap->inconsistent = json_get_bool (item, "inconsistent", false);
  bitmap->granularity = (uint64_t) json_integer_value (json_object_get (item, "granularity"));
  bitmap->dirty = (uint64_t) json_integer_value (json_object_get (item, "count"));
  return bitmap;
}

static BitmapNode *
read_node (const json_t *item)
{
  BitmapNode *node = g_new0 (BitmapNode, 1);
  const json_t *format = json_object_get (json_object_get (item, "image"), "format-specific");
  const json_t *entry;
  size_t i;

  node->bitmaps = g_ptr_array_new_with_free_func (bitmap_free);
  node->is_qcow2_v2 = g_str_equal (json_get_string (format, "type", ""), "qcow2")
                      && g_str_equal (json_get_string (json_object_get (format, "data"), "compat", ""), "0.10");
  json_array_foreach (json_object_get (item, "dirty-bitmaps"), i, entry)
    /* One without a name is QEMU's own. */
    if (json_object_get (entry, "name") != NULL)
      g_ptr_array_add (node->bitmaps, read_bitmap (entry));
  return node;
}

GHashTable *
bitmaps_of_nodes (const json_t *reply)
{
  GHashTable *nodes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, node_free);
  const json_t *item;
  size_t i;

  json_array_foreach ((json_t *) reply, i, item)
    {
      const char *name = json_get_string (item, "node-name", NULL);

      if (name != NULL)
        g_hash_table_replace (nodes, g_strdup (name), read_node (item));
    }
  return nodes;
}

const Bitmap *
bitmap_find (GHashTable *nodes, const char *node, const char *name)
{
  const BitmapNode *entry = g_hash_table_lookup (nodes, node);

  for (unsigned int i = 0; entry != NULL && i < entry->bitmaps->len; i++)
    {
      const Bitmap *bitmap = g_ptr_array_index (entry->bitmaps, i);

      if (g_str_equal (bitmap->name, name))
        return bitmap;
    }
  return NULL;
}

bool
bitmap_is_valid (GHashTable *nodes, const char *const *chain, const char *name)
{
  bool ended = false, found = false;

  for (; *chain != NULL; chain++)
    {
      const Bitmap *bitmap = bitmap_find (nodes, *chain, name);

      if (bitmap == NULL)
        {
          ended = true;
          continue;
        }
      if (ended || !bitmap->persistent || !bitmap->recording || bitmap->inconsistent)
        return false;
      found = true;
    }
  return found;
}

/* --- actions --------------------------------------------------------------------------------- */

static void
add_action (json_t *actions, const char *type, json_t *data)
{
  json_array_append_new (actions, json_pack ("{s:s, s:o}", "type", type, "data", data));
}

static void
add_removal (json_t *actions, const char *node, const char *name)
{
  add_action (actions, "block-dirty-bitmap-remove", json_pack ("{s:s, s:s}", "node", node, "name", name));
}

/* The parts of bitmap @name from the top down to above @base; *@ret_granularity is that of the topmost. */
static json_t *
parts_of (GHashTable *nodes, const BitmapMerge *merge, const char *name, uint64_t *ret_granularity)
{
  json_t *parts = json_array ();

  for (const char *const *node = merge->chain; *node != NULL && g_strcmp0 (*node, merge->base) != 0; node++)
    {
      const Bitmap *bitmap = bitmap_find (nodes, *node, name);

      if (bitmap == NULL)
        break;
      if (json_array_size (parts) == 0)
        *ret_granularity = bitmap->granularity;
      json_array_append_new (parts, json_pack ("{s:s, s:s}", "node", *node, "name", name));
    }
  return parts;
}

static void
add_one (GHashTable *nodes, const BitmapMerge *merge, const char *name, json_t *actions)
{
  const char *target = merge->target_name != NULL ? merge->target_name : name;
  uint64_t granularity = 0;
  g_autoptr (json_t) parts = parts_of (nodes, merge, name, &granularity);

  if (json_array_size (parts) == 0)
    return;
  if (bitmap_find (nodes, merge->target, target) == NULL)
    add_action (actions, "block-dirty-bitmap-add",
                json_pack ("{s:s, s:s, s:b, s:b, s:I}", "node", merge->target, "name", target, "persistent",
                           merge->persistent, "disabled", !merge->recording, "granularity", (json_int_t) granularity));
  if (merge->write_node != NULL)
    json_array_append_new (parts, json_pack ("{s:s, s:s}", "node", merge->write_node, "name", BITMAP_ACTIVE_WRITE));
  add_action (actions, "block-dirty-bitmap-merge",
              json_pack ("{s:s, s:s, s:O}", "node", merge->target, "target", target, "bitmaps", parts));
}

void
bitmaps_add_merge (GHashTable *nodes, const BitmapMerge *merge, json_t *actions)
{
  const BitmapNode *top = g_hash_table_lookup (nodes, merge->chain[0]);

  if (merge->name != NULL)
    {
      add_one (nodes, merge, merge->name, actions);
      return;
    }
  for (unsigned int i = top != NULL ? top->bitmaps->len : 0; i-- > 0;)
    {
      const Bitmap *bitmap = g_ptr_array_index (top->bitmaps, i);

      if (bitmap_is_valid (nodes, merge->chain, bitmap->name))
        add_one (nodes, merge, bitmap->name, actions);
    }
}

json_t *
bitmaps_for_copy (GHashTable *nodes, const char *const *chain, const char *target, bool shallow)
{
  const BitmapMerge merge = {
    .chain = chain, .base = shallow ? chain[1] : NULL, .target = target, .write_node = target, .persistent = true,
    .recording = true,
  };
  json_t *actions = json_array ();

  bitmaps_add_merge (nodes, &merge, actions);
  add_removal (actions, target, BITMAP_ACTIVE_WRITE);
  return actions;
}

json_t *
bitmaps_for_commit (GHashTable *nodes, const char *const *chain, const char *base, bool is_active)
{
  const BitmapMerge merge = {
    .chain = chain, .base = base, .target = base, .write_node = is_active ? base : NULL, .persistent = true,
    .recording = true,
  };
  json_t *actions = json_array ();

  bitmaps_add_merge (nodes, &merge, actions);
  if (is_active)
    add_removal (actions, base, BITMAP_ACTIVE_WRITE);
  return actions;
}

json_t *
bitmaps_for_removal (GHashTable *nodes, const char *const *chain, const char *name, const char ***ret_reopen)
{
  g_autoptr (json_t) actions = json_array ();
  g_autoptr (GPtrArray) reopen = g_ptr_array_new ();

  *ret_reopen = NULL;
  for (const char *const *node = chain; *node != NULL; node++)
    {
      if (bitmap_find (nodes, *node, name) == NULL)
        continue;
      add_removal (actions, *node, name);
      if (node != chain)
        g_ptr_array_insert (reopen, 0, (void *) *node);
    }
  if (json_array_size (actions) == 0)
    return NULL;
  g_ptr_array_add (reopen, NULL);
  *ret_reopen = (const char **) g_ptr_array_steal (reopen, NULL);
  return g_steal_pointer (&actions);
}
