/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* daemon-private.h: the inside of the skeleton, for the files of daemon/ alone. */
#pragma once

#include "daemon/daemon.h"
#include "protocol/remote.h"
#include "protocol/swarm.h"

/* Exit statuses, as stock daemons have them. */
typedef enum
{
  EXIT_OK = 0,
  EXIT_PIDFILE = 1,
  EXIT_USAGE = 1,
  EXIT_RUNDIR = 2,
  EXIT_INIT = 3,
  EXIT_SIGNAL = 4,
  EXIT_PRIVILEGES = 5,
  EXIT_NETWORK = 6,
  EXIT_CONFIG = 7,
  EXIT_DRIVER = 11,
} ExitStatus;

/* ---- options.c ---- */

typedef struct
{
  bool background, verbose;
  bool timeout_given;
  unsigned int timeout;         /* seconds, 0: none */
  char *config, *pid_file, *root;
} DaemonOptions;

/* Parses the command line. False: exit with *@ret_status (help was printed, or an error). */
bool daemon_options_parse (DaemonOptions *options, const DaemonSpec *spec, int argc, char **argv,
                           int *ret_status);

/* ---- settings.c ---- */

typedef struct
{
  char *unix_sock_group, *unix_sock_ro_perms, *unix_sock_rw_perms, *unix_sock_admin_perms, *unix_sock_dir;
  char *auth_unix_ro, *auth_unix_rw, *auth_tcp;
  char *listen_addr, *tcp_port;
  bool listen_tcp;
  char *log_filters, *log_outputs;
  unsigned int log_level;
  char *host_uuid, *host_uuid_source;
  ServerLimits limits, admin_limits;
} DaemonSettings;

/* Reads @conf; errors name file, line and key. */
bool daemon_settings_load (DaemonSettings *settings, const DaemonSpec *spec, const Conf *conf, GError **error);
/* Puts logging up by settings, environment and command line. */
bool daemon_logging_start (const DaemonSettings *settings, const DaemonSpec *spec,
                           const DaemonOptions *options, GError **error);

/* ---- sockets.c ---- */

typedef enum { SOCKET_MAIN, SOCKET_RO, SOCKET_ADMIN, SOCKET_TCP, SOCKET_TLS, N_SOCKET_KINDS } SocketKind;

typedef struct
{
  SocketKind kind;
  int fd;
} DaemonSocket;

/* The listening sockets: those passed by name, or, without activation, sockets of
 * our own. Array of DaemonSocket. NULL on error. */
GArray *daemon_sockets_open (const DaemonSpec *spec, const DaemonSettings *settings, GError **error);
/* Where a socket of @prefix lies ("virtqemud", SOCKET_RO): the path. Caller frees. */
char *daemon_socket_path (const char *prefix, SocketKind kind);

/* ---- notify.c ---- */

/* Reads the descriptors passed to this process; those not listed as sockets were
 * kept by us: names and numbers, in two arrays of the same length. NULL without
 * activation. */
typedef struct
{
  char *name;
  int fd;
} PassedFd;
/* Array of PassedFd; empty without activation. NULL on error. *@ret_activated tells
 * whether sockets were passed. */
GArray *daemon_passed_fds (GError **error);
void daemon_notify (const char *state);

/* ---- privileges.c ---- */

/* Keeps no more capabilities than @spec names, once sockets and pid file are there. */
bool daemon_drop_privileges (const DaemonSpec *spec, GError **error);

/* ---- main.c ---- */

const DaemonSpec *daemon_spec (void);
const DaemonSettings *daemon_settings (void);
/* The daemon's servers in the order the admin program lists them: main, then
 * "admin". Borrowed array, *@ret_n of them. */
Server *const *daemon_servers (unsigned int *ret_n);
/* The idle time-out, seconds; 0 turns it off. The count starts anew. */
void daemon_set_timeout (unsigned int seconds);
unsigned int daemon_timeout (void);
/* Begins an orderly stop, as SIGTERM does; returns at once, so that the reply gets out. */
void daemon_begin_shutdown (void);

/* ---- connection.c ---- */

/* What CONNECT_OPEN has made of a peer. */
typedef struct
{
  bool open;
  char *uri;
  bool close_callback;          /* wants to hear that its daemon went away */
  struct Forward *forward;      /* see forward.c; NULL until needed */
} Connection;
Connection *peer_connection (Peer *peer);
extern const ServerOps daemon_main_server_ops;
/* The parts of a URI that choose a daemon. */
typedef struct
{
  char *scheme, *host, *path;
} ConnectUri;
void connect_uri_clear (ConnectUri *uri);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ConnectUri, connect_uri_clear)
bool connect_uri_parse (ConnectUri *ret_uri, const char *uri, GError **error);

/* ---- identity-params.c ---- */

/* Typed parameters of an identity and back. Unknown ones are errors. */
RemoteTypedParam *identity_to_params (const Identity *identity, const char *token, unsigned int *ret_n);
bool identity_from_params (Identity *ret_identity, const RemoteTypedParam *params, unsigned int n,
                           const char **ret_token, GError **error);
/* The host's token that marks calls between daemons; made if it is not there. Caller
 * frees. Reads a small file: does not await. */
char *system_token (GError **error);

/* ---- forward.c ---- */

/* Takes a call or stream frame that another daemon serves; see ServerOps.intercept. */
bool forward_intercept (Peer *peer, const RpcProgram *program, const RpcProc *proc, RpcFrame *frame);
/* Makes *@error, of a connection to @daemon at @path that failed, say what to do about it;
 * @code if the daemon is not on this host at all. */
void daemon_fail_absent (const char *daemon, const char *path, virErrorNumber code, GError **error);
/* Opens the connection that serves everything of a proxy's peer. Awaits. */
bool forward_open (Peer *peer, const char *scheme, const char *uri, GError **error);
void forward_free (struct Forward *forward);
void forward_drained (Peer *peer);

/* ---- handover.c ---- */

/* The proxy's CONNECT_OPEN: takes the call. */
void handover_open (Peer *peer, RpcFrame *frame);
extern const SwarmHandlers daemon_swarm_handlers;

/* ---- fibers.c: what the swarm program answers on the admin socket ---- */

extern const SwarmHandlers daemon_swarm_admin_handlers;
