/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-swarm: the daemons of the swarm on hosts without systemd. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "fibers.h"
#include "guests.h"
#include "swarm.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/state-file.h"

#define LOG_CATEGORY "swarm"

enum
{
  EXIT_OK = 0,
  EXIT_FAILED = 1,
  EXIT_USAGE = 2,
  EXIT_NOT_UP = 3,
};

typedef struct
{
  SwarmOptions swarm;     /* owned */
  bool json, foreground, guests;
  char **words;           /* after the command; argv's */
} Options;

static void
options_clear (Options *options)
{
  g_free (options->swarm.root);
  g_free (options->swarm.unit_dir);
  g_free (options->swarm.bin_dir);
  g_strfreev (options->swarm.only);
  g_strfreev (options->swarm.enable);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char help[] =
  "Usage: virt-swarm COMMAND [OPTION...]\n"
  "\n"
  "Runs the virtualization daemons where there is no systemd: listens on the sockets of\n"
  "their unit files, starts each when a client connects, starts it again after a crash.\n"
  "\n"
  "Commands:\n"
  "  up            listen; returns as soon as clients may connect\n"
  "  down          end the daemons; guests go on\n"
  "  restart       replace the running daemons, after an upgrade; what they hold is kept\n"
  "  status        what runs (exit status 3: the swarm is not up)\n"
  "  env           print the shell command that points clients to this swarm\n"
  "  logs [NAME]   show the end of the daemons' error output\n"
  "  fibers NAME   what the daemon NAME is doing: for whom, waiting for what, since when\n"
  "\n"
  "Options:\n"
  "  --root DIR         keep everything of this swarm below DIR (default: the host itself)\n"
  "  --only NAME,...    up: these daemons and what they require\n"
  "  --enable UNIT,...  up: more sockets, such as virtproxyd-tcp.socket\n"
  "  --bindir DIR       up: where the daemons' programs are\n"
  "  --unitdir DIR      up: where the unit files are\n"
  "  --foreground       up: do not go to the background\n"
  "  --guests           down: end the guests as well\n"
  "  --json             status: as JSON\n"
  "  --help, --version\n";

/* Beside the program if it runs from a build tree. */
static char *
build_tree_dir (const char *name, const char *probe)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *dir = g_path_get_dirname (program != NULL ? program : "/");
  g_autofree char *candidate = g_build_filename (dir, "..", "..", name, NULL);
  g_autofree char *file = g_build_filename (candidate, probe, NULL);

  return g_file_test (file, G_FILE_TEST_EXISTS) ? g_canonicalize_filename (candidate, NULL) : NULL;
}

static void
set_default_dirs (SwarmOptions *options)
{
  g_autofree char *build_units = build_tree_dir ("systemd", "virtswarm-tmpfiles.conf");

  if (options->bin_dir == NULL && build_units != NULL)
    options->bin_dir = build_tree_dir ("daemons", ".");
  if (options->unit_dir == NULL)
    options->unit_dir = g_strdup (build_units != NULL ? build_units : UNIT_DIR);
}

/* Tells the process that waits for us how it went: nothing written means well. */
static void
report (int fd, const GError *error)
{
  if (error != NULL && write (fd, error->message, strlen (error->message)) < 0)
    log_error ("%s", error->message);
}

static bool
redirect_output (const char *root, GError **error)
{
  g_autofree char *path = g_strconcat (root, "/var/log/libvirt/virt-swarm.log", NULL);
  g_autofree char *dir = g_path_get_dirname (path);
  fd_auto int null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  fd_auto int log = -1;

  if (!state_dir_make_now (dir, 0755, error))
    return false;
  log = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot open %s", path);
  return dup2 (null, 0) >= 0 && dup2 (log, 1) >= 0 && dup2 (log, 2) >= 0;
}

/* The process that stays. @fd: where the waiting one reads. */
static int
run_swarm (const Options *options, int lock_fd, int fd)
{
  g_autoptr (GError) error = NULL;
  int status;

  setsid ();
  if (chdir ("/") < 0 || (!options->foreground && !redirect_output (options->swarm.root, &error))
      || !log_set_outputs ("1:stderr", &error) || !log_set_level (LOG_LEVEL_INFO, &error)
      || !swarm_load (&options->swarm, lock_fd, &error) || !swarm_begin (&error))
    {
      report (fd, error);
      swarm_clear ();
      return EXIT_FAILED;
    }
  close (fd);
  status = loop_run ();
  swarm_clear ();
  return status;
}

static int
wait_for_swarm (pid_t pid, int fd)
{
  g_autoptr (GString) message = g_string_new (NULL);
  char part[512];
  ssize_t length;

  while ((length = read (fd, part, sizeof part)) > 0 || (length < 0 && errno == EINTR))
    g_string_append_len (message, part, MAX (length, 0));
  if (message->len == 0 && waitpid (pid, NULL, WNOHANG) == 0)
    return EXIT_OK;
  fprintf (stderr, "virt-swarm: %s\n", message->len > 0 ? message->str : "ended unexpectedly; see its log");
  return EXIT_FAILED;
}

static int
command_up (Options *options)
{
  g_autoptr (GError) error = NULL;
  int lock_fd, pipe_fds[2];
  pid_t pid;

  set_default_dirs (&options->swarm);
  if (!swarm_lock (options->swarm.root, &lock_fd, &error))
    {
      if (error == NULL)
        {
          printf ("The swarm is up already.\n");
          return EXIT_OK;
        }
      fprintf (stderr, "virt-swarm: %s\n", error->message);
      return EXIT_FAILED;
    }
  if (options->foreground)
    return run_swarm (options, lock_fd, dup (2));
  if (pipe2 (pipe_fds, O_CLOEXEC) < 0 || (pid = fork ()) < 0)
    {
      fprintf (stderr, "virt-swarm: cannot go to the background: %s\n", g_strerror (errno));
      return EXIT_FAILED;
    }
  if (pid == 0)
    {
      close (pipe_fds[0]);
      return run_swarm (options, lock_fd, pipe_fds[1]);
    }
  close (pipe_fds[1]);
  return wait_for_swarm (pid, pipe_fds[0]);
}

/* Nobody looks after the daemons (any more): take them over, to end them. */
static int
down_without_swarm (Options *options, GError **error)
{
  SwarmOptions *swarm_options = &options->swarm;
  int lock_fd, status;

  g_clear_pointer (&swarm_options->unit_dir, g_free);
  g_clear_pointer (&swarm_options->bin_dir, g_free);
  if (!swarm_recall_dirs (swarm_options->root, &swarm_options->unit_dir, &swarm_options->bin_dir))
    return EXIT_OK;
  if (!swarm_lock (options->swarm.root, &lock_fd, error))
    {
      if (*error == NULL)
        fail (error, VIR_FROM_NONE, VIR_ERR_OPERATION_INVALID, "the swarm is just coming up or going down");
      return EXIT_FAILED;
    }
  if (!swarm_load (swarm_options, lock_fd, error) || !swarm_begin (error))
    return EXIT_FAILED;
  swarm_end_soon ();
  status = loop_run ();
  swarm_clear ();
  return status;
}

static int
command_down (Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) reply = NULL;
  int status = EXIT_OK;

  if (options->guests && !guests_end (options->swarm.root, &error))
    {
      fprintf (stderr, "virt-swarm: %s\n", error->message);
      return EXIT_FAILED;
    }
  reply = control_ask (options->swarm.root, "down", &error);
  if (reply == NULL && error == NULL)
    status = down_without_swarm (options, &error);
  if (error != NULL)
    fprintf (stderr, "virt-swarm: %s\n", error->message);
  return error != NULL ? EXIT_FAILED : status;
}

static int
command_restart (Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) reply = control_ask (options->swarm.root, "restart", &error);

  if (reply == NULL)
    fprintf (stderr, "virt-swarm: %s\n", error != NULL ? error->message : "the swarm is not up");
  return reply != NULL ? EXIT_OK : error != NULL ? EXIT_FAILED : EXIT_NOT_UP;
}

static void
print_status (const json_t *status)
{
  const json_t *daemons = json_object_get (status, "daemons");
  size_t i;
  json_t *daemon;

  printf ("%-14s %-11s %8s %10s %9s  %s\n", "DAEMON", "STATE", "PID", "UPTIME", "RESTARTS", "SOCKET");
  json_array_foreach (daemons, i, daemon)
    {
      const json_t *first = json_array_get (json_object_get (daemon, "sockets"), 0);
      const char *last_end = json_get_string (daemon, "last_end", NULL);
      g_autofree char *pid = g_strdup_printf ("%d", (int) json_get_int (daemon, "pid", 0));
      g_autofree char *uptime = g_strdup_printf ("%.0f s", json_number_value (json_object_get (daemon, "uptime")));
      bool runs = json_get_int (daemon, "pid", 0) != 0;

      printf ("%-14s %-11s %8s %10s %9d  %s\n", json_get_string (daemon, "name", "?"),
              json_get_string (daemon, "state", "?"), runs ? pid : "-", runs ? uptime : "-",
              (int) json_get_int (daemon, "restarts", 0), json_get_string (first, "address", ""));
      if (last_end != NULL && strcmp (json_get_string (daemon, "state", ""), "failed") == 0)
        printf ("%-14s   %s; see %s\n", "", last_end, json_get_string (daemon, "log", ""));
    }
}

static int
command_status (Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) status = control_ask (options->swarm.root, "status", &error);
  g_autofree char *text = NULL;

  if (error != NULL)
    {
      fprintf (stderr, "virt-swarm: %s\n", error->message);
      return EXIT_FAILED;
    }
  if (options->json)
    {
      g_autoptr (json_t) not_up = json_pack ("{sb, ss, s[]}", "up", 0, "root", options->swarm.root, "daemons");

      text = json_to_text (status != NULL ? status : not_up);
      printf ("%s\n", text);
    }
  else if (status != NULL)
    print_status (status);
  else
    printf ("The swarm is not up.\n");
  return status != NULL ? EXIT_OK : EXIT_NOT_UP;
}

static int
command_env (Options *options)
{
  static const char *const sockets[] = { "libvirt-sock", "virtqemud-sock" };
  g_autofree char *socket_path = NULL, *uri = NULL, *quoted = NULL;

  for (unsigned int i = 0; i < G_N_ELEMENTS (sockets); i++)
    {
      g_free (socket_path);
      socket_path = g_strdup_printf ("%s/run/libvirt/%s", options->swarm.root, sockets[i]);
      if (g_file_test (socket_path, G_FILE_TEST_EXISTS))
        break;
    }
  uri = *options->swarm.root != '\0' ? g_strdup_printf ("qemu+unix:///system?socket=%s", socket_path)
                               : g_strdup ("qemu:///system");
  quoted = g_shell_quote (uri);
  printf ("export LIBVIRT_DEFAULT_URI=%s\n", quoted);
  return EXIT_OK;
}

static int
command_logs (Options *options)
{
  g_autofree char *dir = g_strconcat (options->swarm.root, "/var/log/libvirt", NULL);
  g_auto (GStrv) names = NULL;
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();

  if (options->words[0] != NULL)
    names = g_strdupv ((char *[]) { g_strconcat (options->words[0], ".log", NULL), NULL });
  else if (!state_dir_list_now (dir, ".log", &names, NULL))
    return EXIT_FAILED;
  g_ptr_array_add (argv, (char *) "tail");
  g_ptr_array_add (argv, (char *) "-n50");
  g_ptr_array_add (argv, (char *) "--");
  for (char **name = names; *name != NULL; name++)
    g_ptr_array_add (argv, g_build_filename (dir, *name, NULL));
  g_ptr_array_add (argv, NULL);
  if (argv->len == 4)
    return EXIT_OK;
  execvp ("tail", (char **) argv->pdata);
  fprintf (stderr, "virt-swarm: cannot run tail: %s\n", g_strerror (errno));
  return EXIT_FAILED;
}

static int
command_fibers (Options *options)
{
  g_autoptr (GError) error = NULL;

  if (options->words[0] == NULL)
    {
      fputs ("virt-swarm: fibers of which daemon? Try 'virt-swarm fibers virtqemud'.\n", stderr);
      return EXIT_USAGE;
    }
  if (fibers_print (options->swarm.root, options->words[0], &error))
    return EXIT_OK;
  fprintf (stderr, "virt-swarm: %s\n", error->message);
  return EXIT_FAILED;
}

static const struct
{
  const char *name;
  int (*run) (Options *options);
  int max_words;
} commands[] = {
  { "up", command_up, 0 },   { "down", command_down, 0 }, { "status", command_status, 0 },
  { "env", command_env, 0 }, { "logs", command_logs, 1 }, { "restart", command_restart, 0 },
  { "fibers", command_fibers, 1 },
};

static const struct option long_options[] = {
  { "root", required_argument, NULL, 'r' },    { "only", required_argument, NULL, 'o' },
  { "enable", required_argument, NULL, 'e' },  { "bindir", required_argument, NULL, 'b' },
  { "unitdir", required_argument, NULL, 'u' }, { "foreground", no_argument, NULL, 'f' },
  { "guests", no_argument, NULL, 'g' },        { "json", no_argument, NULL, 'j' },
  { "help", no_argument, NULL, 'h' },          { "version", no_argument, NULL, 'V' },
  { NULL },
};

static void
set_path (char **path)
{
  g_free (*path);
  *path = g_canonicalize_filename (optarg, NULL);
}

static void
set_list (char ***list)
{
  g_strfreev (*list);
  *list = g_strsplit (optarg, ",", -1);
}

/* -1: go on; else the exit status. */
static int
parse_option (Options *options, int option)
{
  switch (option)
    {
    case 'r':
      set_path (&options->swarm.root);
      if (strcmp (options->swarm.root, "/") == 0)
        *options->swarm.root = '\0';
      return -1;
    case 'o': set_list (&options->swarm.only); return -1;
    case 'e': set_list (&options->swarm.enable); return -1;
    case 'b': set_path (&options->swarm.bin_dir); return -1;
    case 'u': set_path (&options->swarm.unit_dir); return -1;
    case 'f': options->foreground = true; return -1;
    case 'g': options->guests = true; return -1;
    case 'j': options->json = true; return -1;
    case 'h': fputs (help, stdout); return EXIT_OK;
    case 'V': printf ("virt-swarm (virtswarm) %s\n", VERSION); return EXIT_OK;
    default: fputs ("Try 'virt-swarm --help'.\n", stderr); return EXIT_USAGE;
    }
}

int
main (int argc, char **argv)
{
  g_auto (Options) options = { .swarm.root = g_strdup ("") };
  const char *name;
  int option, status = -1;

  while (status < 0 && (option = getopt_long (argc, argv, "hV", long_options, NULL)) >= 0)
    status = parse_option (&options, option);
  if (status >= 0)
    return status;
  name = argv[optind];
  options.words = argv + optind + 1;
  for (unsigned int i = 0; name != NULL && i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i].name, name) == 0 && argc - optind - 1 <= commands[i].max_words)
      return commands[i].run (&options);
  if (name == NULL)
    fputs (help, stderr);
  else
    fprintf (stderr, "virt-swarm: '%s' is no command, or has arguments it does not take; try 'virt-swarm --help'\n", name);
  return EXIT_USAGE;
}
