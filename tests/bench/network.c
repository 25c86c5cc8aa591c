/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network.c: bench-network, what a network on the host costs without any daemon: a bridge, rules and a dnsmasq by the
 * same libraries and the same command. */
#include <errno.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge.h"
#include "support.h"

#define MAX_WORDS 256
#define MAX_FILES 8

typedef struct
{
  char *path, *text;
} File;

/* What a network consists of; words and files as they were seen of a network that ran. */
typedef struct
{
  char *argv[MAX_WORDS + 1], *env[MAX_WORDS + 1];
  File files[MAX_FILES];        /* what dnsmasq reads, in the folder "files" by their number; their paths in "paths" */
  int n_files;
  char *rules, *removal;        /* in nft's language */
  const char *bridge, *address, *pid_file;
  struct nft_ctx *nft;
  pid_t pid;
} Host;

static char *
load (const char *folder, const char *name, size_t *ret_length)
{
  char path[512], *text = make (1, 256 * 1024);
  int fd;
  ssize_t length;

  snprintf (path, sizeof path, "%s/%s", folder, name);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  length = fd < 0 ? -1 : read (fd, text, 256 * 1024 - 1);
  if (length < 0)
    die ("cannot read %s: %s", path, strerror (errno));
  close (fd);
  if (ret_length != NULL)
    *ret_length = (size_t) length;
  return text;
}

/* The NUL-separated words of a file. */
static void
load_words (const char *folder, const char *name, char **words)
{
  size_t length;
  char *text = load (folder, name, &length);
  int n = 0;

  for (char *at = text; at < text + length && n < MAX_WORDS; at += strlen (at) + 1)
    words[n++] = at;
}

static void
store (const File *file)
{
  int fd = open (file->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  size_t length = strlen (file->text);

  if (fd < 0 || write (fd, file->text, length) != (ssize_t) length)
    die ("cannot write %s: %s", file->path, strerror (errno));
  close (fd);
}

static void
load_host (Host *host, const char *folder)
{
  char *paths[MAX_WORDS + 1] = { 0 };

  load_words (folder, "argv", host->argv);
  load_words (folder, "env", host->env);
  load_words (folder, "paths", paths);
  for (; paths[host->n_files] != NULL && host->n_files < MAX_FILES; host->n_files++)
    {
      char name[32];

      snprintf (name, sizeof name, "file%d", host->n_files);
      host->files[host->n_files] = (File) { paths[host->n_files], load (folder, name, NULL) };
    }
  host->rules = load (folder, "rules", NULL);
  host->removal = load (folder, "removal", NULL);
  host->nft = nft_ctx_new (NFT_CTX_DEFAULT);
}

/* dnsmasq is there when the process that was started ends: by then it serves. */
static void
start_dnsmasq (Host *host)
{
  pid_t child = vfork ();
  int status = -1;
  char text[32] = "";
  int fd;

  if (child == 0)
    {
      execve (host->argv[0], host->argv, host->env);
      _exit (127);
    }
  if (child < 0 || waitpid (child, &status, 0) < 0 || status != 0)
    die ("dnsmasq: status %d", status);
  fd = open (host->pid_file, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || read (fd, text, sizeof text - 1) <= 0)
    die ("%s: %s", host->pid_file, strerror (errno));
  close (fd);
  host->pid = atoi (text);
}

static void
stop_dnsmasq (Host *host)
{
  struct pollfd end = { (int) syscall (SYS_pidfd_open, host->pid, 0), POLLIN, 0 };

  kill (host->pid, SIGTERM);
  if (end.fd >= 0)
    poll (&end, 1, 10000);
  close (end.fd);
}

static void
start (Host *host)
{
  bridge_make (host->bridge, host->address);
  if (nft_run_cmd_from_buffer (host->nft, host->rules) != 0)
    die ("the rules are not taken");
  for (int i = 0; i < host->n_files; i++)
    store (&host->files[i]);
  start_dnsmasq (host);
}

static void
stop (Host *host)
{
  stop_dnsmasq (host);
  if (nft_run_cmd_from_buffer (host->nft, host->removal) != 0)
    die ("the rules are not removed");
  for (int i = 0; i < host->n_files; i++)
    unlink (host->files[i].path);
  unlink (host->pid_file);
  link_delete (host->bridge);
}

static void
run_cycle (int argc, char **argv)
{
  Host host = { .bridge = argv[1], .address = argv[2], .pid_file = argv[3] };
  Samples starts = { 0 }, stops = { 0 };

  load_host (&host, argv[0]);
  for (long i = argument (argc, argv, 4, 0); i > 0; i--)
    {
      double begin = now_us (), middle;

      start (&host);
      middle = now_us ();
      samples_add (&starts, middle - begin);
      middle = now_us ();
      stop (&host);
      samples_add (&stops, now_us () - middle);
    }
  result_samples ("start", &starts);
  result_samples ("stop", &stops);
  result_end ();
}

static void
run_taps (int argc, char **argv)
{
  int count = (int) argument (argc, argv, 1, 0);
  Samples samples = { 0 };

  for (int i = 0; i < count; i++)
    {
      char name[16];
      double begin = now_us ();

      snprintf (name, sizeof name, "b%dt%d", (int) getpid () % 100000, i % 10000);
      tap_make (name, argv[0]);
      samples_add (&samples, now_us () - begin);
    }
  result_samples ("tap", &samples);
  result_end ();
  fflush (stdout);
  while (getchar () != EOF)             /* they go with their descriptors */
    continue;
}

int
main (int argc, char **argv)
{
  static const Command commands[] = {
    /* Starts and stops the network that FOLDER describes. */
    { "cycle", "FOLDER BRIDGE ADDRESS PIDFILE COUNT", 5, run_cycle },
    /* Makes so many taps on a bridge, and keeps them until its standard input ends. */
    { "taps", "BRIDGE COUNT", 2, run_taps },
    { 0 },
  };

  return commands_main (commands, argc, argv);
}
