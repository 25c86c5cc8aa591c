/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a driver says of pools and volumes, and no document can: it is written, not read. */
#include "model/storage/volume.h"

static void *
parse (const XmlSchema *schema, const char *xml)
{
  g_autoptr (GError) error = NULL;
  void *object = xml_parse (schema, xml, strlen (xml), 0, &error);

  g_assert_no_error (error);
  return object;
}

/* Writes @object, frees it, and checks that what was written is read without what a driver says. */
static void
check (const XmlSchema *schema, void *object, const char *live, const char *definition)
{
  g_autofree char *text = xml_format (schema, object, 0);
  void *copy = xml_copy (schema, object);
  g_autofree char *copied = xml_format (schema, copy, 0);

  g_assert_cmpstr (text, ==, live);
  g_assert_cmpstr (copied, ==, live);
  xml_free (schema, copy);
  xml_free (schema, object);

  object = parse (schema, text);
  g_autofree char *again = xml_format (schema, object, 0);
  g_assert_cmpstr (again, ==, definition);
  xml_free (schema, object);
}

static PoolExtent *
extent_new (uint64_t start, uint64_t end)
{
  PoolExtent *extent = g_new0 (PoolExtent, 1);

  *extent = (PoolExtent) { start, end };
  return extent;
}

#define POOL(sizes_, device_)                                                    \
  "<pool type='disk'>\n  <name>p</name>\n" sizes_                                \
  "  <source>\n    <device path='/dev/sda'" device_                              \
  "    <format type='gpt'/>\n  </source>\n  <target>\n    <path>/dev</path>\n  </target>\n</pool>\n"
#define SIZES(capacity_, allocation_, available_)                                \
  "  <capacity unit='bytes'>" capacity_ "</capacity>\n"                          \
  "  <allocation unit='bytes'>" allocation_ "</allocation>\n"                    \
  "  <available unit='bytes'>" available_ "</available>\n"

static void
test_pool (void)
{
  StoragePool *pool = parse (&storage_pool_schema, POOL ("", "/>\n"));

  pool->capacity = 100;
  pool->allocation = 60;
  pool->available = 40;
  xml_list_append (&pool->source.devices.items[0]->free, extent_new (0, 512));
  check (&storage_pool_schema, pool,
         POOL (SIZES ("100", "60", "40"), ">\n      <freeExtent start='0' end='512'/>\n    </device>\n"),
         POOL (SIZES ("0", "0", "0"), "/>\n"));
}

#define VOLUME(source_, physical_, timestamps_)                                  \
  "<volume type='block'>\n  <name>v</name>\n" source_                            \
  "  <capacity unit='bytes'>7</capacity>\n" physical_                            \
  "  <target>\n    <path>/dev/a/v</path>\n" timestamps_ "  </target>\n</volume>\n"

static void
test_volume (void)
{
  StorageVolume *volume = parse (&storage_volume_schema, VOLUME ("", "", ""));
  VolumeExtents *extents = g_new0 (VolumeExtents, 1);

  extents->path = g_strdup ("/dev/sda2");
  xml_list_append (&extents->extents, extent_new (1, 2));
  xml_list_append (&extents->extents, extent_new (4, 8));
  xml_list_append (&volume->sources, extents);
  volume->physical = 9;
  volume->target.timestamps = (VolumeTimestamps) {
    .access = G_GINT64_CONSTANT (1341933637273190990), .modification = G_GINT64_CONSTANT (1341930622000000000),
    .change = G_GINT64_CONSTANT (1341930622047000000), .birth = 1,
  };
  check (&storage_volume_schema, volume,
         VOLUME ("  <source>\n    <device path='/dev/sda2'>\n      <extent start='1' end='2'/>\n"
                 "      <extent start='4' end='8'/>\n    </device>\n  </source>\n",
                 "  <physical unit='bytes'>9</physical>\n",
                 "    <timestamps>\n      <atime>1341933637.273190990</atime>\n      <mtime>1341930622</mtime>\n"
                 "      <ctime>1341930622.047000000</ctime>\n      <btime>0.000000001</btime>\n    </timestamps>\n"),
         VOLUME ("", "", ""));
}

/* Slashes that say nothing are dropped. */
static void
test_clean_path (void)
{
  static const struct { const char *path, *clean; } cases[] = {
    { "", "" }, { "/", "/" }, { "//", "//" }, { "///", "/" }, { "a", "a" }, { "a/", "a" }, { "/a//b/", "/a/b" },
    { "//a///b//", "//a/b" }, { "////a", "/a" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup (cases[i].path);

      storage_clean_path (&path);
      g_assert_cmpstr (path, ==, cases[i].clean);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/live/pool", test_pool);
  g_test_add_func ("/live/volume", test_volume);
  g_test_add_func ("/live/clean-path", test_clean_path);
  return g_test_run ();
}
