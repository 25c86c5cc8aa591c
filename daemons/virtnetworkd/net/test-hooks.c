/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The administrator's programs: which run, with what, and what their failing does. */
#include <string.h>
#include <sys/stat.h>

#include "net/hooks.h"
#include "util/fiber.h"
#include "util/loop.h"
#include "util/paths.h"

static const char network_text[] =
  "<network><name>n</name><uuid>11111111-1111-4111-8111-111111111111</uuid><bridge name='b'/></network>";
static const char port_text[] =
  "<networkport><uuid>22222222-1111-4111-8111-111111111111</uuid>"
  "<owner><name>g</name><uuid>33333333-1111-4111-8111-111111111111</uuid></owner>"
  "<mac address='52:54:00:11:22:33'/></networkport>";

typedef struct { char *root; } Fixture;

static void
fixture_set_up (Fixture *fixture, const void *data)
{
  fixture->root = g_dir_make_tmp ("net-hooks-XXXXXX", NULL);
  path_init (fixture->root, false);
}

static void
fixture_tear_down (Fixture *fixture, const void *data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", fixture->root);

  g_assert_cmpint (system (command), ==, 0);
  g_free (fixture->root);
}

/* A program that notes its name, arguments and input, and fails at @failing. */
static void
install (const Fixture *fixture, const char *name, int mode, const char *failing)
{
  g_autofree char *path = path_make (PATH_CONF, "hooks/%s", name), *folder = g_path_get_dirname (path);
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\necho \"$(basename $0) $*\" >> %s/log\ncat > %s/input\n"
                                           "test $2 != %s || { echo words >&2; exit 7; }\n",
                                           fixture->root, fixture->root, failing);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (chmod (path, (mode_t) mode), ==, 0);
}

static char *
contents (const Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->root, name, NULL);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : g_strdup ("");
}

typedef struct { NetHook hook; Network *network; NetworkPort *port; bool ok; GError *error; } Try;

static void
run_hook (void *data)
{
  Try *try = data;

  try->ok = net_hook_run (try->hook, try->network, try->port, &try->error);
}

/* False and *@ret_words: it failed. */
static bool
try_hook (NetHook hook, bool with_port, char **ret_words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Network) network = xml_parse (&network_schema, network_text, strlen (network_text), 0, &error);
  NetworkPort *port = xml_parse (&network_port_schema, port_text, strlen (port_text), 0, &error);
  Try try = { hook, network, with_port ? port : NULL, false, NULL };

  g_assert_no_error (error);
  fiber_start ("test", NULL, run_hook, &try);
  while (fiber_count () > 0)
    loop_turn (1000);
  xml_free (&network_port_schema, port);
  if (try.ok)
    return true;
  g_assert_error (try.error, VIRT_ERROR, VIR_ERR_HOOK_SCRIPT_FAILED);
  g_assert_cmpint (virt_error_detail (try.error)->from, ==, VIR_FROM_HOOK);
  *ret_words = g_strdup (try.error->message);
  g_error_free (try.error);
  return false;
}

static void
test_none (Fixture *fixture, const void *data)
{
  g_autofree char *words = NULL, *log = NULL;

  g_assert_true (try_hook (NET_HOOK_START, false, &words));
  install (fixture, "network", 0644, "start");
  g_assert_true (try_hook (NET_HOOK_START, false, &words));
  log = contents (fixture, "log");
  g_assert_cmpstr (log, ==, "");
}

static void
test_occasions (Fixture *fixture, const void *data)
{
  static const struct { NetHook hook; bool with_port; const char *line; } rows[] = {
    { NET_HOOK_START, false, "n start begin -" },
    { NET_HOOK_STARTED, false, "n started begin -" },
    { NET_HOOK_STOPPED, false, "n stopped end -" },
    { NET_HOOK_UPDATED, false, "n updated begin -" },
    { NET_HOOK_PORT_CREATED, true, "n port-created begin -" },
    { NET_HOOK_PORT_DELETED, true, "n port-deleted begin -" },
  };
  g_autofree char *log = NULL;
  g_autoptr (GString) wanted = g_string_new (NULL);

  install (fixture, "network", 0755, "never");
  install (fixture, "network.d/20", 0755, "never");
  install (fixture, "network.d/10", 0755, "never");
  install (fixture, "network.d/off", 0644, "never");
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *words = NULL, *input = NULL;

      g_assert_true (try_hook (rows[i].hook, rows[i].with_port, &words));
      input = contents (fixture, "input");
      g_assert_true (g_str_has_prefix (input, "<hookData>\n  <network>\n    <name>n</name>\n"));
      g_assert_cmpint (strstr (input, "\n  </network>\n  <networkport>\n    <uuid>22222222-") != NULL, ==, rows[i].with_port);
      g_assert_true (g_str_has_suffix (input, "\n</hookData>\n"));
      g_string_append_printf (wanted, "network %s\n10 %s\n20 %s\n", rows[i].line, rows[i].line, rows[i].line);
    }
  log = contents (fixture, "log");
  g_assert_cmpstr (log, ==, wanted->str);
}

/* All run, and the first that failed is named. */
static void
test_failing (Fixture *fixture, const void *data)
{
  g_autofree char *words = NULL, *log = NULL;

  install (fixture, "network.d/1", 0755, "never");
  install (fixture, "network.d/2", 0755, "start");
  install (fixture, "network.d/3", 0755, "never");
  g_assert_false (try_hook (NET_HOOK_START, false, &words));
  g_assert_nonnull (strstr (words, "/hooks/network.d/2 n start begin -' failed: "));
  g_assert_nonnull (strstr (words, "words"));
  log = contents (fixture, "log");
  g_assert_cmpstr (log, ==, "1 n start begin -\n2 n start begin -\n3 n start begin -\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path_, function_) g_test_add (path_, Fixture, NULL, fixture_set_up, function_, fixture_tear_down)
  ADD ("/net-hooks/none", test_none);
  ADD ("/net-hooks/occasions", test_occasions);
  ADD ("/net-hooks/failing", test_failing);
  return g_test_run ();
}
