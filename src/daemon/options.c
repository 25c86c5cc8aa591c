/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/daemon-private.h"

static void
print_help (const DaemonSpec *spec)
{
  printf ("Usage: %s [OPTION...]\n\n"
          "%s: %s.\n\n"
          "  -h, --help             show this help and exit\n"
          "  -v, --verbose          log at least informational messages\n"
          "  -d, --daemon           go to the background once ready, write the pid file\n"
          "  -l, --listen           accepted for compatibility: TCP sockets come with\n"
          "                         the unit virtproxyd-tcp.socket or listen_tcp\n"
          "  -t, --timeout SECONDS  exit after so long without a client or anything running\n"
          "  -f, --config FILE      configuration file instead of the default\n"
          "  -p, --pid-file FILE    pid file instead of the default\n"
          "  -r, --root DIR         prefix for all files below /etc, /run and /var\n"
          "  -V, --version          show the version and exit\n\n"
          "Sockets, files and signals are described in %s(8).\n",
          spec->name, spec->name, spec->summary, spec->name);
}

static bool
parse_timeout (DaemonOptions *options, const DaemonSpec *spec, const char *text)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT, &value, NULL))
    {
      fprintf (stderr, "%s: --timeout: '%s' is not a number of seconds above 0\n", spec->name, text);
      return false;
    }
  options->timeout = (unsigned int) value;
  options->timeout_given = true;
  return true;
}

static void
take_string (char **target, const char *value)
{
  g_free (*target);
  *target = g_strdup (value);
}

/* Handles one option; false ends the parsing with *@ret_status. */
static bool
take_option (DaemonOptions *options, const DaemonSpec *spec, int c, int *ret_status)
{
  switch (c)
    {
    case 'd':
      options->background = true;
      return true;
    case 'v':
      options->verbose = true;
      return true;
    case 'l':
      return true;
    case 't':
      return parse_timeout (options, spec, optarg);
    case 'f':
      take_string (&options->config, optarg);
      return true;
    case 'p':
      take_string (&options->pid_file, optarg);
      return true;
    case 'r':
      take_string (&options->root, optarg);
      return true;
    case 'h':
      print_help (spec);
      *ret_status = EXIT_OK;
      return false;
    case 'V':
      printf ("%s (Virtswarm) %s\n", spec->name, VIRTSWARM_VERSION);
      *ret_status = EXIT_OK;
      return false;
    default:
      return false;
    }
}

bool
daemon_options_parse (DaemonOptions *options, const DaemonSpec *spec, int argc, char **argv, int *ret_status)
{
  static const struct option longs[] = {
    { "daemon", no_argument, NULL, 'd' },        { "verbose", no_argument, NULL, 'v' },
    { "listen", no_argument, NULL, 'l' },        { "timeout", required_argument, NULL, 't' },
    { "config", required_argument, NULL, 'f' },  { "pid-file", required_argument, NULL, 'p' },
    { "root", required_argument, NULL, 'r' },    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },       { 0 },
  };
  int c;

  *ret_status = EXIT_USAGE;
  while ((c = getopt_long (argc, argv, "dvlt:f:p:r:hV", longs, NULL)) >= 0)
    if (!take_option (options, spec, c, ret_status))
      return false;
  if (optind < argc)
    {
      fprintf (stderr, "%s: '%s' is one argument too many\n", spec->name, argv[optind]);
      return false;
    }
  if (options->root != NULL && !g_path_is_absolute (options->root))
    {
      fprintf (stderr, "%s: --root: '%s' is not an absolute directory\n", spec->name, options->root);
      return false;
    }
  return true;
}
