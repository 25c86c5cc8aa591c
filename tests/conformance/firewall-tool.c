/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall-tool.c: what virtnetworkd's firewall does, for tests in a network namespace of their own.
 *
 *   firewall-tool rules|apply|apply-all|obstacles FILE...    FILE: the document of a network, bridge named
 *   firewall-tool remove|cycle NAME...                       cycle: apply and remove 100 times; documents
 *   firewall-tool list
 *   firewall-tool watch FILE...                              puts the rules back whenever somebody removes them; prints "lost"
 *   firewall-tool scale NUMBER                               times of a network more where there are NUMBER */
#include <stdio.h>
#include <string.h>

#include "firewall/firewall.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/loop.h"

static GPtrArray *lives;
static char **arguments;

static Network *
read_network (const char *text, GError **error)
{
  return xml_parse (&network_schema, text, strlen (text), XML_PARSE_INACTIVE, error);
}

static void
free_network (void *network)
{
  xml_free (&network_schema, network);
}

static bool
read_networks (GError **error)
{
  for (char **path = arguments; *path != NULL; path++)
    {
      g_autofree char *text = NULL;
      Network *live;

      if (!g_file_get_contents (*path, &text, NULL, error) || (live = read_network (text, error)) == NULL)
        return false;
      g_ptr_array_add (lives, live);
    }
  return true;
}

static bool
do_rules (GError **error)
{
  for (unsigned int i = 0; i < lives->len; i++)
    {
      g_autofree char *rules = firewall_rules (g_ptr_array_index (lives, i));

      fputs (rules, stdout);
    }
  return true;
}

static bool
do_apply (GError **error)
{
  for (unsigned int i = 0; i < lives->len; i++)
    if (firewall_is_needed (g_ptr_array_index (lives, i)) && !firewall_apply (g_ptr_array_index (lives, i), error))
      return false;
  return true;
}

static bool
do_apply_all (GError **error)
{
  return firewall_apply_all (lives, error);
}

static bool
do_remove (GError **error)
{
  for (char **name = arguments; *name != NULL; name++)
    if (!firewall_remove (*name, error))
      return false;
  return true;
}

static bool
do_cycle (GError **error)
{
  for (unsigned int i = 0; i < 100; i++)
    {
      const Network *live = g_ptr_array_index (lives, i % lives->len);

      if (!firewall_apply (live, error) || !firewall_remove (live->bridge.name, error))
        return false;
    }
  return true;
}

static bool
do_list (GError **error)
{
  g_auto (GStrv) bridges = NULL;

  if (!firewall_list (&bridges, error))
    return false;
  for (char **bridge = bridges; *bridge != NULL; bridge++)
    puts (*bridge);
  return true;
}

static void
on_lost (void)
{
  g_autoptr (GError) error = NULL;

  if (!firewall_apply_all (lives, &error))
    printf ("cannot put back: %s\n", error->message);
  puts ("lost");
  fflush (stdout);
}

static bool
do_watch (GError **error)
{
  if (!firewall_watch (on_lost, error) || !firewall_apply_all (lives, error))
    return false;
  puts ("watching");
  fflush (stdout);
  return fiber_sleep (G_MAXUINT32, error);
}

static Network *
numbered (unsigned int number)
{
  g_autofree char *text = g_strdup_printf ("<network><name>n%u</name><bridge name='virbr%u'/><forward mode='nat'/>"
                                           "<ip address='10.%u.%u.1' prefix='24'/></network>", number, number, number / 250,
                                           number % 250);

  return read_network (text, NULL);
}

static bool
do_scale (GError **error)
{
  unsigned int n = g_ascii_strtoull (arguments[0], NULL, 10);
  uint64_t begin, applied;

  for (unsigned int i = 0; i < n; i++)
    g_ptr_array_add (lives, numbered (i));
  begin = loop_now ();
  if (!firewall_apply_all (lives, error))
    return false;
  printf ("all %u: %.1f ms\n", n, (loop_now () - begin) / 1000.0);
  for (unsigned int i = n; i < n + 10; i++)
    {
      Network *live = numbered (i);

      g_ptr_array_add (lives, live);
      begin = loop_now ();
      if (!firewall_apply (live, error))
        return false;
      applied = loop_now ();
      if (i % 2 == 0 && !firewall_remove (live->bridge.name, error))
        return false;
      printf ("one more: %.1f ms, removed: %.1f ms\n", (applied - begin) / 1000.0, (loop_now () - applied) / 1000.0);
    }
  return true;
}

static bool
do_obstacles (GError **error)
{
  for (unsigned int i = 0; i < lives->len; i++)
    {
      g_auto (GStrv) warnings = firewall_obstacles (g_ptr_array_index (lives, i));

      for (char **warning = warnings; *warning != NULL; warning++)
        puts (*warning);
    }
  return true;
}

static const struct { const char *name; bool (*run) (GError **error); bool reads; } actions[] = {
  { "rules", do_rules, true }, { "apply", do_apply, true }, { "apply-all", do_apply_all, true }, { "remove", do_remove, false },
  { "cycle", do_cycle, true }, { "list", do_list, false }, { "watch", do_watch, true }, { "scale", do_scale, false },
  { "obstacles", do_obstacles, true },
};

static void
act (void *name)
{
  g_autoptr (GError) error = NULL;
  bool ok = false;

  for (unsigned int i = 0; i < G_N_ELEMENTS (actions); i++)
    if (strcmp (actions[i].name, name) == 0)
      ok = (!actions[i].reads || read_networks (&error)) && actions[i].run (&error);
  if (!ok)
    fprintf (stderr, "%s\n", error != NULL ? error->message : "no such action");
  loop_quit (ok ? 0 : 1);
}

static void
begin (void *name)
{
  fiber_start ("action", NULL, act, name);
}

int
main (int argc, char **argv)
{
  int status;

  if (argc < 2)
    return 2;
  lives = g_ptr_array_new_with_free_func (free_network);
  arguments = argv + 2;
  loop_defer (begin, argv[1]);
  status = loop_run ();
  g_ptr_array_unref (lives);
  return status;
}
