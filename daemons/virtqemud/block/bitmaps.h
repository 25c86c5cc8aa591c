/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* block/bitmaps.h: dirty bitmaps along a chain of images, computed without touching QEMU.
 *
 * A checkpoint's bitmap has one part in every layer that was written to since: an overlay made later continues the
 * bitmaps of the layer below it. What was written since a checkpoint is the union of the parts. Chains are arrays
 * of the names of format nodes, the topmost first, ended by NULL. Nothing here awaits. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What collects the writes to a node while a job copies to it. */
#define BITMAP_ACTIVE_WRITE "libvirt-tmp-activewrite"

typedef struct
{
  char *name;
  bool recording, busy, persistent, inconsistent;
  uint64_t granularity, dirty;  /* bytes */
} Bitmap;

typedef struct
{
  bool is_qcow2_v2;             /* cannot store bitmaps */
  GPtrArray *bitmaps;           /* Bitmap *, in QEMU's order */
} BitmapNode;

/* The nodes in @reply, the answer to query-named-block-nodes: node name -> BitmapNode. Unref it. */
GHashTable *bitmaps_of_nodes (const json_t *reply);

/* The bitmap of @node called @name, NULL if there is none. Borrowed. */
const Bitmap *bitmap_find (GHashTable *nodes, const char *node, const char *name);

/* Whether the parts of bitmap @name begin in the topmost layer of @chain, follow each other without a gap, and are all persistent,
 * recording and sound: only then do they tell what was written. */
bool bitmap_is_valid (GHashTable *nodes, const char *const *chain, const char *name);

/* How bitmaps are brought to one node. */
typedef struct
{
  const char *const *chain;     /* from the layer whose bitmaps they are */
  const char *base;             /* merge the layers above it only; NULL: the whole chain */
  const char *name;             /* one bitmap; NULL: each that is valid, the last of the layer's first */
  const char *target;           /* the node that gets them */
  const char *target_name;      /* NULL: their own names */
  const char *write_node;       /* its BITMAP_ACTIVE_WRITE is merged in; NULL: none */
  bool persistent, recording;   /* of those that are made */
} BitmapMerge;

/* Appends to @actions, the list of a transaction, what makes the bitmaps of @merge that the target lacks, and merges
 * the parts into them. */
void bitmaps_add_merge (GHashTable *nodes, const BitmapMerge *merge, json_t *actions);

/* The same, complete, for a block copy to @target (shallow: only the topmost layer), and for a commit of the layers from the
 * first of @chain down to @base, which ends (is_active: guests wrote to it meanwhile). A list of actions, maybe empty. */
json_t *bitmaps_for_copy (GHashTable *nodes, const char *const *chain, const char *target, bool shallow);
json_t *bitmaps_for_commit (GHashTable *nodes, const char *const *chain, const char *base, bool is_active);

/* Actions that remove all parts of bitmap @name, NULL if there are none. @ret_reopen gets the nodes that must be writable
 * for it, the lowest first, ended by NULL (free the array only). */
json_t *bitmaps_for_removal (GHashTable *nodes, const char *const *chain, const char *name, const char ***ret_reopen);
