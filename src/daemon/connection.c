/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls that are the same in every daemon: opening, features, identity. */
#include <string.h>
#include <unistd.h>

#include "daemon/daemon-private.h"
#include "protocol/lxc.h"
#include "protocol/qemu.h"
#include "protocol/remote.h"
#include "protocol/rpc-frame.h"
#include "protocol/swarm.h"
#include "util/error.h"
#include "util/host.h"
#include "util/paths.h"

#define OPEN_READONLY 1u

static const char connection_key;

static void
connection_free (void *data)
{
  Connection *connection = data;

  g_free (connection->uri);
  g_clear_pointer (&connection->forward, forward_free);
  g_free (connection);
}

Connection *
peer_connection (Peer *peer)
{
  Connection *connection = peer_get_data (peer, &connection_key);

  if (connection == NULL)
    {
      connection = g_new0 (Connection, 1);
      peer_set_data (peer, &connection_key, connection, connection_free);
    }
  return connection;
}

/* ---- URIs ---- */

void
connect_uri_clear (ConnectUri *uri)
{
  g_clear_pointer (&uri->scheme, g_free);
  g_clear_pointer (&uri->host, g_free);
  g_clear_pointer (&uri->path, g_free);
}

bool
connect_uri_parse (ConnectUri *ret_uri, const char *uri, GError **error)
{
  g_autoptr (GError) reason = NULL;

  *ret_uri = (ConnectUri) { 0 };
  if (g_uri_split (uri, G_URI_FLAGS_NONE, &ret_uri->scheme, NULL, &ret_uri->host, NULL,
                   &ret_uri->path, NULL, NULL, &reason)
      && ret_uri->scheme != NULL)
    return true;
  connect_uri_clear (ret_uri);
  return fail (error, VIR_FROM_URI, VIR_ERR_INTERNAL_ERROR, "'%s' is no connection URI: %s", uri,
               reason != NULL ? reason->message : "it has no scheme");
}

/* The rule of all drivers: their scheme, no host, /system or /session. */
static bool
check_uri (const DaemonSpec *spec, const char *uri, GError **error)
{
  g_auto (ConnectUri) parsed = { 0 };
  const char *path;

  if (*uri == '\0')
    return true;
  if (!connect_uri_parse (&parsed, uri, error))
    return false;
  if (!g_str_equal (parsed.scheme, spec->scheme) || (parsed.host != NULL && *parsed.host != '\0'))
    return fail (error, VIR_FROM_NONE, VIR_ERR_NO_CONNECT, "%s does not serve '%s', only %s:///system and %s:///session",
                 spec->name, uri, spec->scheme, spec->scheme);
  path = parsed.path;
  if (g_str_equal (path, "/embed"))
    return fail (error, VIR_FROM_URI, VIR_ERR_INVALID_ARG, "'%s': an embedded driver lives in its client, not in %s",
                 uri, spec->name);
  if (g_str_equal (path, "/system") ? path_is_session () : !g_str_equal (path, "/session"))
    return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "'%s' has path '%s', not /%s", uri, path,
                 path_is_session () ? "session" : "system");
  return spec->check_uri == NULL || spec->check_uri (uri, error);
}

static char *
default_uri (const DaemonSpec *spec)
{
  return g_strdup_printf ("%s:///%s", spec->scheme, path_is_session () ? "session" : "system");
}

/* ---- handlers ---- */

static bool
connect_open (Call *call, const ConnectOpenArgs *args, GError **error)
{
  const DaemonSpec *spec = daemon_spec ();
  Connection *connection = peer_connection (call_peer (call));

  if (connection->open)
    return fail (error, VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "this connection is open already, to '%s'", connection->uri);
  if (args->name == NULL)
    return fail (error, VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "a URI is needed to open a connection");
  if (spec->scheme == NULL)
    return fail (error, VIR_FROM_NONE, VIR_ERR_NO_CONNECT, "%s opens no '%s'", spec->name, args->name);
  if (!check_uri (spec, args->name, error))
    return false;
  connection->open = true;
  connection->uri = *args->name != '\0' ? g_strdup (args->name) : default_uri (spec);
  if (args->flags & OPEN_READONLY)
    peer_set_readonly (call_peer (call));
  return true;
}

static bool
connect_close (Call *call, GError **error)
{
  peer_close_later (call_peer (call));
  return true;
}

static bool
connect_get_uri (Call *call, ConnectGetUriRet *ret, GError **error)
{
  ret->uri = g_strdup (peer_connection (call_peer (call))->uri);
  return true;
}

static bool
auth_list (Call *call, AuthListRet *ret, GError **error)
{
  ret->types = g_new0 (RemoteAuthType, 1);
  ret->types[0] = REMOTE_AUTH_NONE;
  ret->n_types = 1;
  return true;
}

/* The driver's own answer for features of drivers. */
static bool
driver_feature (Call *call, const ConnectSupportsFeatureArgs *args, ConnectSupportsFeatureRet *ret, GError **error)
{
  for (const DaemonProgram *p = daemon_spec ()->programs; p->program != NULL; p++)
    if (p->program == &remote_program && p->handlers != NULL
        && ((const RemoteHandlers *) p->handlers)->connect_supports_feature != NULL)
      return ((const RemoteHandlers *) p->handlers)->connect_supports_feature (call, args, ret, error);
  return true;
}

static bool
connect_supports_feature (Call *call, const ConnectSupportsFeatureArgs *args, ConnectSupportsFeatureRet *ret,
                          GError **error)
{
  Peer *peer = call_peer (call);

  switch (args->feature)
    {
    case VIR_DRV_FEATURE_PROGRAM_KEEPALIVE:
      peer_set_keepalive (peer);
      ret->supported = 1;
      return true;
    case VIR_DRV_FEATURE_FD_PASSING:
      ret->supported = peer_transport (peer) == PEER_UNIX;
      return true;
    case VIR_DRV_FEATURE_TYPED_PARAM_STRING:
    case VIR_DRV_FEATURE_REMOTE_EVENT_CALLBACK:
    case VIR_DRV_FEATURE_REMOTE_CLOSE_CALLBACK:
    case VIR_DRV_FEATURE_NETWORK_UPDATE_HAS_CORRECT_ORDER:
      ret->supported = 1;
      return true;
    default:
      return driver_feature (call, args, ret, error);
    }
}

static bool
set_close_callback (Call *call, bool wanted, GError **error)
{
  Connection *connection = peer_connection (call_peer (call));

  if (connection->close_callback == wanted)
    return fail (error, VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR,
                 wanted ? "a close callback is registered already" : "no close callback is registered");
  connection->close_callback = wanted;
  return true;
}

static bool
connect_register_close_callback (Call *call, GError **error)
{
  return set_close_callback (call, true, error);
}

static bool
connect_unregister_close_callback (Call *call, GError **error)
{
  return set_close_callback (call, false, error);
}

/* Only a process of the daemon's own user that can read the host's token speaks for
 * others. */
static bool
connect_set_identity (Call *call, const ConnectSetIdentityArgs *args, GError **error)
{
  Peer *peer = call_peer (call);
  g_autofree char *token = system_token (error);
  const char *given;
  Identity identity;
  bool trusted;

  if (token == NULL || !identity_from_params (&identity, args->params, args->n_params, &given, error))
    return false;
  trusted = given != NULL && g_str_equal (token, given) && peer_credentials (peer)->uid == (int64_t) geteuid ();
  if (trusted)
    peer_set_identity (peer, &identity);
  identity_clear (&identity);
  return trusted || fail (error, VIR_FROM_IDENTITY, VIR_ERR_ACCESS_DENIED,
                          "process %" G_GINT64_FORMAT " may not speak for others", peer_credentials (peer)->pid);
}

/* ---- what all daemons answer alike ---- */

static bool
connect_get_lib_version (Call *call, ConnectGetLibVersionRet *ret, GError **error)
{
  ret->lib_ver = VIRTSWARM_LIBVIRT_VERSION;
  return true;
}

static bool
connect_get_hostname (Call *call, ConnectGetHostnameRet *ret, GError **error)
{
  return host_name (&ret->hostname, error);
}

/* What is between the client and this host is the client's to know. */
static bool
connect_is_secure (Call *call, ConnectIsSecureRet *ret, GError **error)
{
  ret->secure = 1;
  return true;
}

static const RemoteHandlers connection_handlers = {
  .connect_open = connect_open,
  .connect_close = connect_close,
  .connect_get_uri = connect_get_uri,
  .connect_get_lib_version = connect_get_lib_version,
  .connect_get_hostname = connect_get_hostname,
  .connect_is_secure = connect_is_secure,
  .connect_supports_feature = connect_supports_feature,
  .connect_register_close_callback = connect_register_close_callback,
  .connect_unregister_close_callback = connect_unregister_close_callback,
  .connect_set_identity = connect_set_identity,
  .auth_list = auth_list,
};

/* ---- what the server asks ---- */

static bool
is_driver_program (const RpcProgram *program)
{
  return program == &remote_program || program == &qemu_program || program == &lxc_program;
}

/* What may be asked before CONNECT_OPEN. */
static bool
before_open (const RpcProgram *program, const RpcProc *proc, const void *args)
{
  if (program != &remote_program)
    return false;
  switch (proc->number)
    {
    case REMOTE_PROC_CONNECT_OPEN:
    case REMOTE_PROC_CONNECT_CLOSE:
      return true;
    case REMOTE_PROC_CONNECT_SUPPORTS_FEATURE:
      return ((const ConnectSupportsFeatureArgs *) args)->feature == VIR_DRV_FEATURE_PROGRAM_KEEPALIVE;
    default:
      return proc->family == RPC_FAMILY_AUTH;
    }
}

static bool
check_call (Call *call, const void *args, GError **error)
{
  const RpcProgram *program = call_program (call);

  if (!is_driver_program (program) || peer_connection (call_peer (call))->open
      || before_open (program, call_proc (call), args))
    return true;
  return fail (error, VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "no connection is open: %s comes before CONNECT_OPEN",
               rpc_proc_name (program, call_proc (call)));
}

static const void *
find_handlers (Peer *peer, const RpcProgram *program, const RpcProc *proc)
{
  if (program == &remote_program && rpc_proc_is_served (proc, &connection_handlers))
    return &connection_handlers;
  if (program == &swarm_program)
    return &daemon_swarm_handlers;
  for (const DaemonProgram *p = daemon_spec ()->programs; p->program != NULL; p++)
    if (p->program == program)
      return p->handlers;
  return NULL;
}

const ServerOps daemon_main_server_ops = {
  .handlers = find_handlers,
  .check = check_call,
  .intercept = forward_intercept,
  .drained = forward_drained,
};
