/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* daemon.h: what every daemon of the swarm is.
 *
 * A daemon describes itself in a DaemonSpec and hands over to daemon_main, which
 * parses the command line, reads the configuration, takes the sockets it was given
 * or makes its own, sets up logging, the servers, the admin server and
 * notification, calls setup, says READY and runs the loop. */
#pragma once

#include "protocol/protocol.h"
#include "rpc/server.h"
#include "util/conf.h"

/* A program that is served on the main and read-only sockets, and its handlers:
 * the generated struct (RemoteHandlers...). Entries left NULL answer
 * VIR_ERR_NO_SUPPORT. */
typedef struct
{
  const RpcProgram *program;
  const void *handlers;
} DaemonProgram;

typedef struct
{
  const char *name;              /* "virtqemud" */
  const char *socket_prefix;     /* "virtqemud"; "libvirt" for virtproxyd */
  const char *summary;           /* for --help */
  const DaemonProgram *programs; /* ends with a NULL program */
  unsigned int families;         /* 1u << RPC_FAMILY_...: served here; others are forwarded */
  const char *scheme;            /* "qemu": the URI scheme served; NULL: none or any */
  bool proxy;                    /* opens any scheme by forwarding */
  bool owner_only;               /* no read-only socket; only peers of the daemon's own uid (virtlogd) */
  const int *capabilities;       /* CAP_... that it keeps as root, ended by -1; NULL: all */
  const char *const *conf_keys;  /* more keys allowed in <name>.conf; NULL-terminated or NULL */

  /* Before READY, on a fiber: reads more configuration, recovers state. */
  bool (*setup) (const Conf *conf, GError **error);
  /* After READY, on a fiber: what may come later (autostart). May be NULL. */
  void (*started) (void);
  /* SIGHUP, on a fiber. May be NULL. */
  void (*reload) (const Conf *conf);
  /* True while something must keep the daemon from its idle exit. May be NULL. */
  bool (*busy) (void);
  /* Checks the URI of CONNECT_OPEN beyond its scheme (path, host); NULL: the stock
   * rule (/system as root, /session otherwise). */
  bool (*check_uri) (const char *uri, GError **error);
  /* Stores a running piece of descriptor state: see daemon_store_fd. Called at start for
   * each descriptor that was kept, before setup. Takes @fd over. May be NULL. */
  void (*restore_fd) (const char *name, int fd);
} DaemonSpec;

/* Returns the exit status. */
int daemon_main (int argc, char **argv, const DaemonSpec *spec);

/* Keeps @fd in the service manager's descriptor store under @name (FDSTORE=1), so that
 * the next instance gets it through restore_fd; false if there is no store. */
bool daemon_store_fd (const char *name, int fd);
void daemon_forget_fd (const char *name);

/* The version reported to clients: major * 1,000,000 + minor * 1,000 + micro. */
#define VIRTSWARM_LIBVIRT_VERSION 9000000
