/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/admin.h"

#include <string.h>

#include "daemon/admin-params.h"
#include "daemon/daemon-private.h"
#include "daemon/daemon.h"
#include "rpc/server.h"
#include "util/error.h"
#include "util/log.h"

#define LOG_CATEGORY "daemon.admin"

/* Fails with VIR_ERR_INVALID_ARG if @flags has bits: no call knows any. */
static bool
check_flags (Call *call, unsigned int flags, GError **error)
{
  if (flags == 0)
    return true;
  return fail (error, VIR_FROM_ADMIN, VIR_ERR_INVALID_ARG, "flags 0x%x are not known to %s", flags,
               rpc_proc_api (&admin_program, call_proc (call)));
}

/* ---- Finding things ---- */

/* @from is the subsystem that errors name: it differs between calls. */
static Server *
find_server (const char *name, virErrorDomain from, GError **error)
{
  unsigned int n;
  Server *const *servers = daemon_servers (&n);

  for (unsigned int i = 0; i < n; i++)
    if (strcmp (server_name (servers[i]), name) == 0)
      return servers[i];
  return fail_null (error, from, VIR_ERR_NO_SERVER, "this daemon has no server '%s'", name);
}

static Peer *
find_client (const AdminNonnullClient *client, virErrorDomain from, Server **ret_server, GError **error)
{
  Server *server = find_server (client->srv.name, from, error);
  Peer *peer;

  if (server == NULL)
    return NULL;
  peer = server_find_peer (server, client->id);
  if (peer == NULL)
    return fail_null (error, from, VIR_ERR_NO_CLIENT, "server '%s' has no client %" G_GUINT64_FORMAT,
                      client->srv.name, client->id);
  if (ret_server != NULL)
    *ret_server = server;
  return peer;
}

/* ---- Connection ---- */

static bool
admin_connect_open (Call *call, const AdminConnectOpenArgs *args, GError **error)
{
  return check_flags (call, args->flags, error);
}

static bool
admin_connect_close (Call *call, GError **error)
{
  peer_close_later (call_peer (call));
  return true;
}

static bool
admin_connect_get_lib_version (Call *call, AdminConnectGetLibVersionRet *ret, GError **error)
{
  ret->libVer = VIRTSWARM_LIBVIRT_VERSION;
  return true;
}

/* ---- Servers ---- */

static int
compare_servers (const void *a, const void *b)
{
  return strcmp (((const AdminNonnullServer *) a)->name, ((const AdminNonnullServer *) b)->name);
}

static bool
admin_connect_list_servers (Call *call, const AdminConnectListServersArgs *args,
                            AdminConnectListServersRet *ret, GError **error)
{
  Server *const *servers;

  if (!check_flags (call, args->flags, error))
    return false;
  servers = daemon_servers (&ret->ret);
  if (args->need_results == 0)
    return true;
  ret->servers = g_new0 (AdminNonnullServer, ret->ret);
  ret->n_servers = ret->ret;
  for (unsigned int i = 0; i < ret->ret; i++)
    ret->servers[i].name = g_strdup (server_name (servers[i]));
  qsort (ret->servers, ret->n_servers, sizeof *ret->servers, compare_servers);
  return true;
}

static bool
admin_connect_lookup_server (Call *call, const AdminConnectLookupServerArgs *args,
                             AdminConnectLookupServerRet *ret, GError **error)
{
  if (!check_flags (call, args->flags, error) || find_server (args->name, VIR_FROM_RPC, error) == NULL)
    return false;
  ret->srv.name = g_strdup (args->name);
  return true;
}

/* What can be set of a server's limits. */
static const AdminSetting pool_settings[] = {
  { VIR_THREADPOOL_WORKERS_MIN, offsetof (ServerLimits, min_workers) },
  { VIR_THREADPOOL_WORKERS_MAX, offsetof (ServerLimits, max_workers) },
  { VIR_THREADPOOL_WORKERS_PRIORITY, offsetof (ServerLimits, prio_workers) },
};

static const AdminSetting client_settings[] = {
  { VIR_SERVER_CLIENTS_MAX, offsetof (ServerLimits, max_clients) },
  { VIR_SERVER_CLIENTS_UNAUTH_MAX, offsetof (ServerLimits, max_anonymous_clients) },
};

static bool
admin_server_get_threadpool_parameters (Call *call, const AdminServerGetThreadpoolParametersArgs *args,
                                        AdminServerGetThreadpoolParametersRet *ret, GError **error)
{
  AdminParams params = ADMIN_PARAMS_INIT (&ret->params, &ret->n_params);
  const ServerLimits *limits;
  unsigned int workers;
  Server *server;
  ServerUse use;

  if (!check_flags (call, args->flags, error))
    return false;
  server = find_server (args->srv.name, VIR_FROM_RPC, error);
  if (server == NULL)
    return false;
  limits = server_limits (server);
  use = server_use (server);
  workers = limits->max_workers == 0 ? 0 : MAX (use.running, limits->min_workers);
  admin_params_add_uint (&params, VIR_THREADPOOL_WORKERS_MIN, limits->min_workers);
  admin_params_add_uint (&params, VIR_THREADPOOL_WORKERS_MAX, limits->max_workers);
  admin_params_add_uint (&params, VIR_THREADPOOL_WORKERS_CURRENT, workers);
  admin_params_add_uint (&params, VIR_THREADPOOL_WORKERS_FREE, workers > use.running ? workers - use.running : 0);
  admin_params_add_uint (&params, VIR_THREADPOOL_WORKERS_PRIORITY, limits->prio_workers);
  admin_params_add_uint (&params, VIR_THREADPOOL_JOB_QUEUE_DEPTH, use.queued);
  return true;
}

static bool
check_pool (const ServerLimits *old, const ServerLimits *new, GError **error)
{
  if ((old->max_workers == 0) != (new->max_workers == 0))
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, VIR_THREADPOOL_WORKERS_MAX
                 " cannot change between zero and %u",
                 old->max_workers == 0 ? new->max_workers : old->max_workers);
  if (new->min_workers > new->max_workers)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG,
                 VIR_THREADPOOL_WORKERS_MIN " %u would be above " VIR_THREADPOOL_WORKERS_MAX " %u",
                 new->min_workers, new->max_workers);
  return true;
}

static bool
admin_server_set_threadpool_parameters (Call *call, const AdminServerSetThreadpoolParametersArgs *args,
                                        GError **error)
{
  ServerLimits limits;
  Server *server;

  if (!check_flags (call, args->flags, error))
    return false;
  server = find_server (args->srv.name, VIR_FROM_ADMIN, error);
  if (server == NULL)
    return false;
  limits = *server_limits (server);
  if (!admin_settings_apply (pool_settings, G_N_ELEMENTS (pool_settings), args->params, args->n_params,
                             &limits, error)
      || !check_pool (server_limits (server), &limits, error))
    return false;
  server_set_limits (server, &limits);
  return true;
}

static bool
admin_server_get_client_limits (Call *call, const AdminServerGetClientLimitsArgs *args,
                                AdminServerGetClientLimitsRet *ret, GError **error)
{
  AdminParams params = ADMIN_PARAMS_INIT (&ret->params, &ret->n_params);
  const ServerLimits *limits;
  Server *server;
  ServerUse use;

  if (!check_flags (call, args->flags, error))
    return false;
  server = find_server (args->srv.name, VIR_FROM_RPC, error);
  if (server == NULL)
    return false;
  limits = server_limits (server);
  use = server_use (server);
  admin_params_add_uint (&params, VIR_SERVER_CLIENTS_MAX, limits->max_clients);
  admin_params_add_uint (&params, VIR_SERVER_CLIENTS_CURRENT, use.clients);
  admin_params_add_uint (&params, VIR_SERVER_CLIENTS_UNAUTH_MAX, limits->max_anonymous_clients);
  admin_params_add_uint (&params, VIR_SERVER_CLIENTS_UNAUTH_CURRENT, use.anonymous);
  return true;
}

static bool
admin_server_set_client_limits (Call *call, const AdminServerSetClientLimitsArgs *args, GError **error)
{
  ServerLimits limits;
  Server *server;

  if (!check_flags (call, args->flags, error))
    return false;
  server = find_server (args->srv.name, VIR_FROM_ADMIN, error);
  if (server == NULL)
    return false;
  limits = *server_limits (server);
  if (!admin_settings_apply (client_settings, G_N_ELEMENTS (client_settings), args->params, args->n_params,
                             &limits, error))
    return false;
  if (limits.max_anonymous_clients > limits.max_clients)
    return fail (error, VIR_FROM_RPC, VIR_ERR_INVALID_ARG,
                 VIR_SERVER_CLIENTS_UNAUTH_MAX " %u would be above " VIR_SERVER_CLIENTS_MAX " %u",
                 limits.max_anonymous_clients, limits.max_clients);
  server_set_limits (server, &limits);
  return true;
}

static bool
admin_server_update_tls_files (Call *call, const AdminServerUpdateTlsFilesArgs *args, GError **error)
{
  if (!check_flags (call, args->flags, error) || find_server (args->srv.name, VIR_FROM_RPC, error) == NULL)
    return false;
  return fail (error, VIR_FROM_RPC, VIR_ERR_INTERNAL_ERROR, "server '%s' has no TLS socket", args->srv.name);
}

/* ---- Clients ---- */

static void
describe_client (Server *server, Peer *peer, AdminNonnullClient *ret_client)
{
  ret_client->srv.name = g_strdup (server_name (server));
  ret_client->id = peer_id (peer);
  ret_client->timestamp = peer_connected_at (peer);
  ret_client->transport = (unsigned int) peer_transport (peer);
}

typedef struct
{
  Server *server;
  GArray *clients;
} ClientList;

static void
add_client (Peer *peer, void *data)
{
  ClientList *list = data;
  AdminNonnullClient client = { 0 };

  describe_client (list->server, peer, &client);
  g_array_append_val (list->clients, client);
}

static bool
admin_server_list_clients (Call *call, const AdminServerListClientsArgs *args,
                           AdminServerListClientsRet *ret, GError **error)
{
  ClientList list = { 0 };

  if (!check_flags (call, args->flags, error))
    return false;
  list.server = find_server (args->srv.name, VIR_FROM_RPC, error);
  if (list.server == NULL)
    return false;
  ret->ret = server_use (list.server).clients;
  if (args->need_results == 0)
    return true;
  if (ret->ret > ADMIN_CLIENT_LIST_MAX)
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "server '%s' has %u clients; a list holds at most %d",
                 args->srv.name, ret->ret, ADMIN_CLIENT_LIST_MAX);
  list.clients = g_array_sized_new (false, true, sizeof (AdminNonnullClient), ret->ret);
  server_foreach_peer (list.server, add_client, &list);
  ret->ret = ret->n_clients = list.clients->len;
  ret->clients = (AdminNonnullClient *) (void *) g_array_free (list.clients, false);
  return true;
}

static bool
admin_server_lookup_client (Call *call, const AdminServerLookupClientArgs *args,
                            AdminServerLookupClientRet *ret, GError **error)
{
  const AdminNonnullClient wanted = { .srv = args->srv, .id = args->id };
  Server *server;
  Peer *peer;

  if (!check_flags (call, args->flags, error))
    return false;
  peer = find_client (&wanted, VIR_FROM_RPC, &server, error);
  if (peer == NULL)
    return false;
  describe_client (server, peer, &ret->clnt);
  return true;
}

static bool
admin_client_get_info (Call *call, const AdminClientGetInfoArgs *args, AdminClientGetInfoRet *ret,
                       GError **error)
{
  AdminParams params = ADMIN_PARAMS_INIT (&ret->params, &ret->n_params);
  g_auto (AdminNames) names = { 0 };
  g_autoptr (Peer) peer = NULL;
  const Identity *identity;
  Peer *found;

  if (!check_flags (call, args->flags, error))
    return false;
  found = find_client (&args->clnt, VIR_FROM_ADMIN, NULL, error);
  if (found == NULL)
    return false;
  peer = peer_ref (found);
  if (!admin_names_find (peer_identity (peer), &names, error))
    return false;
  identity = peer_identity (peer);
  admin_params_add_bool (&params, VIR_CLIENT_INFO_READONLY, peer_readonly (peer));
  admin_params_add_string (&params, VIR_CLIENT_INFO_SOCKET_ADDR, peer_address (peer));
  admin_params_add_string (&params, VIR_CLIENT_INFO_SASL_USER_NAME, identity->sasl_user);
  admin_params_add_string (&params, VIR_CLIENT_INFO_X509_DISTINGUISHED_NAME, identity->x509_dname);
  admin_params_add_id (&params, VIR_CLIENT_INFO_UNIX_USER_ID, identity->uid);
  admin_params_add_string (&params, VIR_CLIENT_INFO_UNIX_USER_NAME, names.user);
  admin_params_add_id (&params, VIR_CLIENT_INFO_UNIX_GROUP_ID, identity->gid);
  admin_params_add_string (&params, VIR_CLIENT_INFO_UNIX_GROUP_NAME, names.group);
  admin_params_add_id (&params, VIR_CLIENT_INFO_UNIX_PROCESS_ID, identity->pid);
  admin_params_add_string (&params, VIR_CLIENT_INFO_SELINUX_CONTEXT, identity->selinux);
  return true;
}

static bool
admin_client_close (Call *call, const AdminClientCloseArgs *args, GError **error)
{
  Peer *peer;

  if (!check_flags (call, args->flags, error))
    return false;
  peer = find_client (&args->clnt, VIR_FROM_RPC, NULL, error);
  if (peer == NULL)
    return false;
  log_info ("server '%s': client %" G_GUINT64_FORMAT " is disconnected by the administrator",
            args->clnt.srv.name, args->clnt.id);
  peer_close (peer);
  return true;
}

/* ---- Logging ---- */

static unsigned int
count_words (const char *text)
{
  unsigned int n = 0;

  for (const char *at = text + strspn (text, " "); *at != '\0'; at += strspn (at, " "))
    {
      n++;
      at += strcspn (at, " ");
    }
  return n;
}

static bool
admin_connect_get_logging_outputs (Call *call, const AdminConnectGetLoggingOutputsArgs *args,
                                   AdminConnectGetLoggingOutputsRet *ret, GError **error)
{
  if (!check_flags (call, args->flags, error))
    return false;
  ret->outputs = log_get_outputs ();
  ret->noutputs = count_words (ret->outputs);
  return true;
}

static bool
admin_connect_get_logging_filters (Call *call, const AdminConnectGetLoggingFiltersArgs *args,
                                   AdminConnectGetLoggingFiltersRet *ret, GError **error)
{
  g_autofree char *filters = NULL;

  if (!check_flags (call, args->flags, error))
    return false;
  filters = log_get_filters ();
  ret->nfilters = count_words (filters);
  ret->filters = ret->nfilters == 0 ? NULL : g_steal_pointer (&filters);
  return true;
}

static bool
admin_connect_set_logging_outputs (Call *call, const AdminConnectSetLoggingOutputsArgs *args, GError **error)
{
  return check_flags (call, args->flags, error) && log_set_outputs (args->outputs, error);
}

static bool
admin_connect_set_logging_filters (Call *call, const AdminConnectSetLoggingFiltersArgs *args, GError **error)
{
  return check_flags (call, args->flags, error) && log_set_filters (args->filters, error);
}

/* ---- The daemon ---- */

static bool
admin_connect_set_daemon_timeout (Call *call, const AdminConnectSetDaemonTimeoutArgs *args, GError **error)
{
  if (!check_flags (call, args->flags, error))
    return false;
  daemon_set_timeout (args->timeout);
  return true;
}

static bool
admin_connect_daemon_shutdown (Call *call, const AdminConnectDaemonShutdownArgs *args, GError **error)
{
  if (!check_flags (call, args->flags, error))
    return false;
  log_info ("the administrator asks for a shutdown");
  daemon_begin_shutdown ();
  return true;
}

const AdminHandlers admin_handlers = {
  .connect_open = admin_connect_open,
  .connect_close = admin_connect_close,
  .connect_get_lib_version = admin_connect_get_lib_version,
  .connect_list_servers = admin_connect_list_servers,
  .connect_lookup_server = admin_connect_lookup_server,
  .server_get_threadpool_parameters = admin_server_get_threadpool_parameters,
  .server_set_threadpool_parameters = admin_server_set_threadpool_parameters,
  .server_list_clients = admin_server_list_clients,
  .server_lookup_client = admin_server_lookup_client,
  .client_get_info = admin_client_get_info,
  .client_close = admin_client_close,
  .server_get_client_limits = admin_server_get_client_limits,
  .server_set_client_limits = admin_server_set_client_limits,
  .connect_get_logging_outputs = admin_connect_get_logging_outputs,
  .connect_get_logging_filters = admin_connect_get_logging_filters,
  .connect_set_logging_outputs = admin_connect_set_logging_outputs,
  .connect_set_logging_filters = admin_connect_set_logging_filters,
  .server_update_tls_files = admin_server_update_tls_files,
  .connect_set_daemon_timeout = admin_connect_set_daemon_timeout,
  .connect_daemon_shutdown = admin_connect_daemon_shutdown,
};
