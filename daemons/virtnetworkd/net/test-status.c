/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is on disk of networks that run: read back whole, whatever a crash or somebody else left. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/ports.h"
#include "net/status.h"
#include "util/crash-point.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "util/uuid.h"

static const char document[] =
  "<network><name>%s</name><uuid>11111111-1111-4111-8111-111111111111</uuid>%s"
  "<bridge name='vbr7'/><mac address='52:54:00:11:22:33'/><ip address='10.1.2.1' prefix='24'/></network>";
static const char port_document[] =
  "<networkport><uuid>22222222-2222-4222-8222-%012u</uuid><owner><name>g</name><uuid>33333333-3333-4333-8333-333333333333</uuid>"
  "</owner><mac address='52:54:00:00:00:01'/>%s<plug type='network' bridge='vbr7'/></networkport>";
#define FLOOR "<bandwidth classID='%u'><inbound average='100' floor='%u'/></bandwidth>"

typedef struct { char *root; Net *net; } Fixture;

static Network *
parse (const char *name, const char *more)
{
  g_autofree char *text = g_strdup_printf (document, name, more);
  g_autoptr (GError) error = NULL;
  Network *network = xml_parse (&network_schema, text, strlen (text), 0, &error);

  g_assert_no_error (error);
  return network;
}

static NetworkPort *
parse_port (unsigned int number, const char *more)
{
  g_autofree char *text = g_strdup_printf (port_document, number, more);
  g_autoptr (GError) error = NULL;
  NetworkPort *port = xml_parse (&network_port_schema, text, strlen (text), 0, &error);

  g_assert_no_error (error);
  return port;
}

static void
fixture_set_up (Fixture *fixture, const void *data)
{
  fixture->root = g_dir_make_tmp ("net-status-XXXXXX", NULL);
  path_init (fixture->root, false);
  g_assert_true (net_status_setup (NULL) && definition_setup (&net_definitions, NULL));
  fixture->net = net_new ((const uint8_t[16]) { 1 }, "n");
  fixture->net->live = parse ("n", "");
}

static void
fixture_tear_down (Fixture *fixture, const void *data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->root);

  object_unref (fixture->net);
  g_assert_cmpint (system (command), ==, 0);
  g_free (fixture->root);
}

static GPtrArray *
load (unsigned int expected)
{
  GPtrArray *found = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (net_status_load (&found, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (found->len, ==, expected);
  return found;
}

static void
put (const char *name, const char *text)
{
  g_autofree char *path = net_status_path ("%s", name);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_true (state_dir_make_now (folder, 0700, NULL));
  g_assert_true (state_file_write_now (path, text, strlen (text), 0600, NULL));
}

static bool
is_there (const char *name)
{
  g_autofree char *path = net_status_path ("%s", name);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
test_round_trip (Fixture *fixture, const void *data)
{
  g_autofree char *more = g_strdup_printf (FLOOR, 5, 40);
  g_autoptr (GPtrArray) found = NULL;
  const NetStatus *status;

  net_port_adopt (fixture->net, parse_port (1, more));
  net_port_adopt (fixture->net, parse_port (2, ""));
  for (unsigned int i = 0; i < 2; i++)
    g_assert_true (net_port_save (fixture->net, fixture->net->ports->pdata[i], NULL));
  g_assert_true (net_status_save (fixture->net, fixture->net->live, NULL));
  found = load (1);
  status = found->pdata[0];
  g_assert_cmpstr (status->live->bridge.name, ==, "vbr7");
  g_assert_cmpuint (status->live->connections, ==, 2);
  g_assert_cmpuint (status->ports->len, ==, 2);
  g_assert_true (net_status_remove ("n", NULL));
  g_assert_false (is_there ("n.xml") || is_there ("n"));
  g_ptr_array_unref (load (0));
}

static void
test_classes (Fixture *fixture, const void *data)
{
  const struct { unsigned int class_id, floor; const char *bitmap; } rows[] = {
    { 0, 0, "0-2" }, { 3, 10, "0-3" }, { 70, 20, "0-3,70" }, { 65535, 30, "0-3,70,65535" },
  };
  uint64_t sum = 0;

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *more = g_strdup_printf (FLOOR, rows[i].class_id, rows[i].floor);
      g_autofree XmlBitmap *ids = NULL;
      g_autofree char *text = NULL;

      net_port_adopt (fixture->net, parse_port (i, rows[i].class_id > 0 ? more : ""));
      ids = net_class_ids (fixture->net);
      text = xml_bitmap_format (ids);
      sum += rows[i].floor;
      g_assert_cmpstr (text, ==, rows[i].bitmap);
      g_assert_cmpuint (net_floor_sum (fixture->net), ==, sum);
    }
}

/* Files that are no good are put aside and keep nobody from starting. */
static void
test_damage (Fixture *fixture, const void *data)
{
  static const struct { const char *file, *text; } rows[] = {
    { "empty.xml", "" }, { "torn.xml", "<networkstatus><network><name>to" }, { "other.xml", "<domain/>" },
    { "alien.xml", "<networkstatus><network><name>x</name></network></networkstatus>" },
    { "none.xml", "<networkstatus><class_id bitmap='0-2'/></networkstatus>" }, { "u.update", "{" },
    { "v.update", "{\"status\": 1}" }, { "n/ports/22222222-2222-4222-8222-222222222222.xml", "<networkport>" },
  };

  g_assert_true (net_status_save (fixture->net, fixture->net->live, NULL));
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    put (rows[i].file, rows[i].text);
  g_ptr_array_unref (load (1));
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *aside = g_strconcat (rows[i].file, ".bad", NULL);

      g_assert_false (is_there (rows[i].file));
      g_assert_true (is_there (aside));
    }
  g_ptr_array_unref (load (1));
}

static void
test_stray_ports (Fixture *fixture, const void *data)
{
  put ("gone/ports/22222222-2222-4222-8222-222222222222.xml", "<networkport/>");
  g_ptr_array_unref (load (0));
  g_assert_false (is_there ("gone"));
}

/* The title of the definition on disk, and that of the status. */
static void
assert_titles (const char *config, const char *live)
{
  g_autoptr (GPtrArray) definitions = NULL, statuses = load (1);

  g_assert_true (definition_load_all (&net_definitions, &definitions, NULL));
  g_assert_cmpuint (definitions->len, ==, 1);
  g_assert_cmpstr (((Network *) ((Definition *) definitions->pdata[0])->document)->title, ==, config);
  g_assert_cmpstr (((NetStatus *) statuses->pdata[0])->live->title, ==, live);
}

/* Killed at any step, both documents are the old ones or both the new ones. */
static void
test_both (Fixture *fixture, const void *data)
{
  g_autoptr (Network) live = parse ("n", "<title>new live</title>"), config = parse ("n", "<title>new config</title>");

  g_assert_true (net_save_config (fixture->net, parse ("n", "<title>old config</title>"), NULL));
  g_assert_true (net_status_save (fixture->net, fixture->net->live, NULL));
  assert_titles ("old config", NULL);
  for (unsigned int point = 0; point < 2; point++)
    {
      pid_t pid = fork ();

      if (pid == 0)
        {
          crash_point_arm (point == 0 ? "net-update:decided" : NULL);
          _exit (net_status_save_both (fixture->net, live, config, NULL) ? 0 : 1);
        }
      g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
      assert_titles ("new config", "new live");
      g_assert_false (is_there ("n.update"));
    }
}

int
main (int argc, char **argv)
{
  static const struct { const char *name; void (*func) (Fixture *fixture, const void *data); } tests[] = {
    { "round-trip", test_round_trip }, { "classes", test_classes }, { "damage", test_damage },
    { "stray-ports", test_stray_ports }, { "both-documents", test_both },
  };

  g_test_init (&argc, &argv, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/network/status/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, fixture_set_up, tests[i].func, fixture_tear_down);
    }
  return g_test_run ();
}
