/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "block/bitmaps.h"

#include <string.h>

#include "util/cleanup.h"

/* Bitmaps of three layers: "a" in all, "b" in the first two, "gap" in the first and the last, "old" not in the first,
 * "broken" inconsistent below, "idle" not recording. */
static const char reply_text[] =
  "[{\"node-name\": \"top\", \"image\": {\"format-specific\": {\"type\": \"qcow2\", \"data\": {\"compat\": \"1.1\"}}},"
  "  \"dirty-bitmaps\": [{\"busy\": true},"
  "   {\"name\": \"a\", \"recording\": true, \"persistent\": true, \"granularity\": 65536, \"count\": 7},"
  "   {\"name\": \"b\", \"recording\": true, \"persistent\": true, \"granularity\": 4096},"
  "   {\"name\": \"gap\", \"recording\": true, \"persistent\": true},"
  "   {\"name\": \"broken\", \"recording\": true, \"persistent\": true},"
  "   {\"name\": \"idle\", \"recording\": false, \"persistent\": true}]},"
  " {\"node-name\": \"middle\", \"image\": {\"format-specific\": {\"type\": \"qcow2\", \"data\": {\"compat\": \"0.10\"}}},"
  "  \"dirty-bitmaps\": [{\"name\": \"a\", \"recording\": true, \"persistent\": true, \"granularity\": 512},"
  "   {\"name\": \"b\", \"recording\": true, \"persistent\": true},"
  "   {\"name\": \"old\", \"recording\": true, \"persistent\": true},"
  "   {\"name\": \"broken\", \"recording\": true, \"persistent\": true, \"inconsistent\": true}]},"
  " {\"node-name\": \"bottom\","
  "  \"dirty-bitmaps\": [{\"name\": \"a\", \"recording\": true, \"persistent\": true},"
  "   {\"name\": \"gap\", \"recording\": true, \"persistent\": true}]},"
  " {\"no-name\": true}]";

static const char *const chain[] = { "top", "middle", "bottom", NULL };

static GHashTable *
make_nodes (void)
{
  g_autoptr (json_t) reply = json_loads (reply_text, 0, NULL);

  g_assert_nonnull (reply);
  return bitmaps_of_nodes (reply);
}

static void
assert_json (const json_t *value, const char *expected)
{
  g_autoptr (json_t) want = json_loads (expected, 0, NULL);
  g_autofree char *text = json_dumps (value, JSON_COMPACT);

  g_assert_nonnull (want);
  if (!json_equal (value, want))
    g_error ("expected %s, found %s", expected, text);
}

static void
test_reading (void)
{
  g_autoptr (GHashTable) nodes = make_nodes ();
  const BitmapNode *top = g_hash_table_lookup (nodes, "top"), *middle = g_hash_table_lookup (nodes, "middle");
  const Bitmap *a = bitmap_find (nodes, "top", "a");

  g_assert_cmpuint (g_hash_table_size (nodes), ==, 3);
  g_assert_cmpuint (top->bitmaps->len, ==, 5);
  g_assert_false (top->is_qcow2_v2);
  g_assert_true (middle->is_qcow2_v2);
  g_assert_cmpuint (a->granularity, ==, 65536);
  g_assert_cmpuint (a->dirty, ==, 7);
  g_assert_true (a->recording && a->persistent && !a->busy && !a->inconsistent);
  g_assert_null (bitmap_find (nodes, "top", "old"));
  g_assert_null (bitmap_find (nodes, "nowhere", "a"));
}

static void
test_validity (void)
{
  static const struct { const char *name; bool valid; } cases[] = {
    { "a", true }, { "b", true }, { "gap", false }, { "old", false }, { "broken", false }, { "idle", false }, { "none", false },
  };
  g_autoptr (GHashTable) nodes = make_nodes ();

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (bitmap_is_valid (nodes, chain, cases[i].name), ==, cases[i].valid);
  g_assert_true (bitmap_is_valid (nodes, chain + 1, "old"));
}

static void
test_commit (void)
{
  g_autoptr (GHashTable) nodes = make_nodes ();
  g_autoptr (json_t) active = bitmaps_for_commit (nodes, chain, "middle", true);
  g_autoptr (json_t) idle = bitmaps_for_commit (nodes, chain + 1, "bottom", false);

  assert_json (active,
    "[{\"type\": \"block-dirty-bitmap-merge\", \"data\": {\"node\": \"middle\", \"target\": \"b\", \"bitmaps\": ["
    "   {\"node\": \"top\", \"name\": \"b\"}, {\"node\": \"middle\", \"name\": \"libvirt-tmp-activewrite\"}]}},"
    " {\"type\": \"block-dirty-bitmap-merge\", \"data\": {\"node\": \"middle\", \"target\": \"a\", \"bitmaps\": ["
    "   {\"node\": \"top\", \"name\": \"a\"}, {\"node\": \"middle\", \"name\": \"libvirt-tmp-activewrite\"}]}},"
    " {\"type\": \"block-dirty-bitmap-remove\", \"data\": {\"node\": \"middle\", \"name\": \"libvirt-tmp-activewrite\"}}]");
  assert_json (json_array_get (idle, 0),
    "{\"type\": \"block-dirty-bitmap-add\", \"data\": {\"node\": \"bottom\", \"name\": \"old\", \"persistent\": true,"
    " \"disabled\": false, \"granularity\": 0}}");
  g_assert_cmpuint (json_array_size (idle), ==, 5);
}

static void
test_copy (void)
{
  g_autoptr (GHashTable) nodes = make_nodes ();
  g_autoptr (json_t) shallow = bitmaps_for_copy (nodes, chain, "mirror", true);
  g_autoptr (json_t) deep = bitmaps_for_copy (nodes, chain, "mirror", false);

  /* Two bitmaps are made and filled, one of writes is removed. */
  g_assert_cmpuint (json_array_size (shallow), ==, 5);
  g_assert_cmpuint (json_array_size (deep), ==, 5);
  assert_json (json_array_get (shallow, 3),
    "{\"type\": \"block-dirty-bitmap-merge\", \"data\": {\"node\": \"mirror\", \"target\": \"a\", \"bitmaps\": ["
    " {\"node\": \"top\", \"name\": \"a\"}, {\"node\": \"mirror\", \"name\": \"libvirt-tmp-activewrite\"}]}}");
  assert_json (json_array_get (deep, 3),
    "{\"type\": \"block-dirty-bitmap-merge\", \"data\": {\"node\": \"mirror\", \"target\": \"a\", \"bitmaps\": ["
    " {\"node\": \"top\", \"name\": \"a\"}, {\"node\": \"middle\", \"name\": \"a\"}, {\"node\": \"bottom\", \"name\": \"a\"},"
    " {\"node\": \"mirror\", \"name\": \"libvirt-tmp-activewrite\"}]}}");
}

static void
test_removal (void)
{
  g_autoptr (GHashTable) nodes = make_nodes ();
  g_autofree const char **reopen = NULL, **none = NULL;
  g_autoptr (json_t) actions = bitmaps_for_removal (nodes, chain, "a", &reopen);

  g_assert_cmpuint (json_array_size (actions), ==, 3);
  g_assert_cmpstr (reopen[0], ==, "bottom");
  g_assert_cmpstr (reopen[1], ==, "middle");
  g_assert_null (reopen[2]);
  g_assert_null (bitmaps_for_removal (nodes, chain, "none", &none));
  g_assert_null (none);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bitmaps/reading", test_reading);
  g_test_add_func ("/bitmaps/validity", test_validity);
  g_test_add_func ("/bitmaps/commit", test_commit);
  g_test_add_func ("/bitmaps/copy", test_copy);
  g_test_add_func ("/bitmaps/removal", test_removal);
  return g_test_run ();
}
