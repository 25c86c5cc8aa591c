/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "protocol/admin.h"
#include "protocol/keepalive.h"
#include "protocol/lock.h"
#include "protocol/log.h"
#include "protocol/lxc.h"
#include "protocol/protocol.h"
#include "protocol/qemu.h"
#include "protocol/remote.h"
#include "protocol/swarm.h"
#include "util/error.h"

static const RpcProgram *const programs[] = {
  &remote_program, &qemu_program, &lxc_program, &admin_program, &lock_program, &log_program,
  &keepalive_program, &swarm_program, NULL,
};

static const RpcProc *
remote (unsigned int number)
{
  return rpc_program_proc (&remote_program, number);
}

static void
test_lookup (void)
{
  g_assert_true (rpc_program_find (programs, 0x20008086) == &remote_program);
  g_assert_true (rpc_program_find (programs, 0x20008100) == &swarm_program);
  g_assert_null (rpc_program_find (programs, 0x20008088));
  g_assert_cmpstr (rpc_proc_name (&remote_program, remote (16)), ==, "domain_get_info");
  g_assert_cmpstr (rpc_proc_api (&remote_program, remote (16)), ==, "virDomainGetInfo");
  g_assert_cmpuint (remote (16)->args_size, ==, sizeof (DomainGetInfoArgs));
  g_assert_cmpuint (remote (16)->ret_size, ==, sizeof (DomainGetInfoRet));
  g_assert_null (remote (0));
  g_assert_null (rpc_program_proc (&remote_program, -1));
  g_assert_null (rpc_program_proc (&remote_program, 457));
  g_assert_nonnull (remote (456));
}

/* Every row is consistent with itself. */
static void
test_rows (void)
{
  unsigned int calls = 0, events = 0;

  for (const RpcProgram *const *program = programs; *program != NULL; program++)
    for (unsigned int i = 1; i < (*program)->n_procs; i++)
      {
        const RpcProc *proc = rpc_program_proc (*program, i);

        g_assert_nonnull (proc);
        g_assert_cmpuint (proc->number, ==, i);
        g_assert_true ((proc->kind == RPC_PROC_CALL) == (proc->handler != RPC_NO_HANDLER));
        g_assert_true ((proc->args == RPC_VOID) == (proc->args_size == 0));
        g_assert_true ((proc->ret == RPC_VOID) == (proc->ret_size == 0));
        g_assert_cmpuint (strlen (rpc_proc_name (*program, proc)), >, 2);
        calls += proc->kind == RPC_PROC_CALL;
        events += proc->kind == RPC_PROC_EVENT;
      }
  g_assert_cmpuint (calls, ==, 442);
  g_assert_cmpuint (events, ==, 56);
}

static void
test_readonly (void)
{
  DomainGetXmlDescArgs xml = { .flags = VIR_DOMAIN_XML_INACTIVE };
  DomainInterfaceAddressesArgs addresses = { .source = VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE };

  g_assert_true (rpc_proc_readonly_allowed (remote (REMOTE_PROC_DOMAIN_GET_INFO), NULL));
  g_assert_false (rpc_proc_readonly_allowed (remote (REMOTE_PROC_DOMAIN_DESTROY), NULL));
  g_assert_true (rpc_proc_readonly_never (remote (REMOTE_PROC_DOMAIN_DESTROY)));
  g_assert_true (rpc_proc_readonly_never (remote (REMOTE_PROC_DOMAIN_DEL_THROTTLE_GROUP)));
  g_assert_false (rpc_proc_readonly_never (remote (REMOTE_PROC_DOMAIN_GET_XML_DESC)));
  g_assert_true (rpc_proc_readonly_allowed (remote (REMOTE_PROC_DOMAIN_GET_XML_DESC), &xml));
  xml.flags |= VIR_DOMAIN_XML_SECURE;
  g_assert_false (rpc_proc_readonly_allowed (remote (REMOTE_PROC_DOMAIN_GET_XML_DESC), &xml));
  xml.flags = VIR_DOMAIN_XML_MIGRATABLE;
  g_assert_false (rpc_proc_readonly_allowed (remote (REMOTE_PROC_DOMAIN_GET_XML_DESC), &xml));
  g_assert_true (rpc_proc_readonly_allowed (remote (REMOTE_PROC_DOMAIN_INTERFACE_ADDRESSES),
                                            &addresses));
  addresses.source = VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT;
  g_assert_false (rpc_proc_readonly_allowed (remote (REMOTE_PROC_DOMAIN_INTERFACE_ADDRESSES),
                                             &addresses));
}

static void
test_acl (void)
{
  static const struct { unsigned int flags; bool holds[3]; } rows[] = {
    { 0, { true, true, false } },
    { VIR_DOMAIN_AFFECT_LIVE, { true, false, false } },
    { VIR_DOMAIN_AFFECT_CONFIG, { true, false, true } },
    { VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG, { true, false, true } },
  };
  /* write always; save for neither CONFIG nor LIVE; save for CONFIG */
  static const RpcPermission permissions[] = {
    RPC_PERMISSION_WRITE, RPC_PERMISSION_SAVE, RPC_PERMISSION_SAVE,
  };
  DomainAttachDeviceFlagsArgs args = { 0 };
  unsigned int n;
  const RpcRule *rules = rpc_proc_acl (&remote_program,
                                       remote (REMOTE_PROC_DOMAIN_ATTACH_DEVICE_FLAGS), &n);

  g_assert_cmpuint (n, ==, 3);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    for (unsigned int j = 0; j < n; j++)
      {
        args.flags = rows[i].flags;
        g_assert_cmpint (rules[j].object, ==, RPC_OBJECT_DOMAIN);
        g_assert_cmpint (rules[j].permission, ==, permissions[j]);
        g_assert_cmpint (rpc_when_holds (&rules[j].when, &args), ==, rows[i].holds[j]);
      }
  g_assert_null (rpc_proc_acl (&remote_program, remote (REMOTE_PROC_AUTH_LIST), &n));
  g_assert_cmpuint (n, ==, 0);
  g_assert_nonnull (rpc_proc_aclfilter (&remote_program,
                                        remote (REMOTE_PROC_CONNECT_LIST_ALL_DOMAINS), &n));
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (rpc_object_names[RPC_OBJECT_STORAGE_POOL], ==, "storage-pool");
  g_assert_cmpstr (rpc_permission_names[RPC_PERMISSION_READ_SECURE], ==, "read-secure");
}

/* The domains that stock 9.0.0 was seen to use in refusals. */
static void
test_error_domains (void)
{
  static const struct { unsigned int proc; virErrorDomain from; } rows[] = {
    { REMOTE_PROC_NODE_SUSPEND_FOR_DURATION, VIR_FROM_DOMAIN },
    { REMOTE_PROC_CONNECT_COMPARE_CPU, VIR_FROM_DOMAIN },
    { REMOTE_PROC_DOMAIN_DEFINE_XML, VIR_FROM_DOMAIN },
    { REMOTE_PROC_DOMAIN_SNAPSHOT_CREATE_XML, VIR_FROM_DOMAIN_SNAPSHOT },
    { REMOTE_PROC_DOMAIN_CHECKPOINT_CREATE_XML, VIR_FROM_DOMAIN_CHECKPOINT },
    { REMOTE_PROC_NETWORK_DEFINE_XML, VIR_FROM_NETWORK },
    { REMOTE_PROC_STORAGE_POOL_DEFINE_XML, VIR_FROM_STORAGE },
    { REMOTE_PROC_STORAGE_VOL_WIPE, VIR_FROM_STORAGE },
    { REMOTE_PROC_SECRET_DEFINE_XML, VIR_FROM_SECRET },
    { REMOTE_PROC_NWFILTER_DEFINE_XML, VIR_FROM_NWFILTER },
    { REMOTE_PROC_INTERFACE_CHANGE_BEGIN, VIR_FROM_INTERFACE },
    { REMOTE_PROC_NODE_DEVICE_DETTACH, VIR_FROM_NODEDEV },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (remote (rows[i].proc)->error_domain, ==, rows[i].from);
}

static void
test_properties (void)
{
  const RpcProc *event = remote (REMOTE_PROC_DOMAIN_EVENT_CALLBACK_LIFECYCLE);

  g_assert_false (remote (REMOTE_PROC_AUTH_LIST)->needs_auth);
  g_assert_true (remote (REMOTE_PROC_CONNECT_OPEN)->needs_auth);
  g_assert_cmpint (remote (REMOTE_PROC_CONNECT_OPEN)->route, ==, RPC_ROUTE_OPEN);
  g_assert_cmpint (remote (REMOTE_PROC_NETWORK_CREATE)->daemon, ==, RPC_DAEMON_VIRTNETWORKD);
  g_assert_cmpint (remote (REMOTE_PROC_NODE_DEVICE_RESET)->conn, ==, RPC_CONN_PRIMARY);
  g_assert_cmpint (remote (REMOTE_PROC_DOMAIN_OPEN_CONSOLE)->stream, ==, RPC_STREAM_READ);
  g_assert_cmpint (remote (REMOTE_PROC_STORAGE_VOL_UPLOAD)->sparse_flag, ==,
                   VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM);
  g_assert_cmpint (remote (REMOTE_PROC_DOMAIN_OPEN_GRAPHICS)->fds_in, ==, 1);
  g_assert_cmpint (remote (REMOTE_PROC_DOMAIN_CREATE_WITH_FILES)->fds_in, ==, RPC_FDS_ANY);
  g_assert_cmpint (event->event_id, ==, VIR_DOMAIN_EVENT_ID_LIFECYCLE);
  g_assert_true (event->has_callback_id);
  g_assert_false (remote (REMOTE_PROC_DOMAIN_EVENT_LIFECYCLE)->has_callback_id);
  g_assert_cmpint (remote (REMOTE_PROC_DOMAIN_GET_INFO)->event_id, ==, RPC_NO_EVENT);
}

static bool
get_info (Call *call, const DomainGetInfoArgs *args, DomainGetInfoRet *ret, GError **error)
{
  ret->state = args->dom.id;
  return true;
}

static void
test_dispatch (void)
{
  RemoteHandlers handlers = { .domain_get_info = get_info };
  LogHandlers log = { NULL };
  DomainGetInfoArgs args = { .dom = { .id = 3 } };
  DomainGetInfoRet ret = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (rpc_dispatch (&remote_program, remote (16), &handlers, NULL, &args, &ret, &error));
  g_assert_no_error (error);
  g_assert_cmpint (ret.state, ==, 3);
  g_assert_false (rpc_dispatch (&remote_program, remote (12), &handlers, NULL, NULL, NULL, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_NO_SUPPORT);
  g_assert_cmpint (virt_error_detail (error)->from, ==, VIR_FROM_DOMAIN);
  g_assert_nonnull (strstr (error->message, "virDomainDestroy"));
  g_clear_error (&error);
  g_assert_false (rpc_fail_readonly (&qemu_program, rpc_program_proc (&qemu_program, 1), &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_DENIED);
  g_assert_cmpint (virt_error_detail (error)->from, ==, VIR_FROM_NONE);
  g_assert_nonnull (strstr (error->message, "virDomainQemuMonitorCommand"));
  g_assert_false (rpc_proc_is_served (rpc_program_proc (&log_program, 1), &log));
  g_assert_false (rpc_proc_is_served (remote (REMOTE_PROC_DOMAIN_EVENT_LIFECYCLE), &handlers));
  g_assert_false (rpc_proc_is_served (remote (16), NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/lookup", test_lookup);
  g_test_add_func ("/protocol/rows", test_rows);
  g_test_add_func ("/protocol/readonly", test_readonly);
  g_test_add_func ("/protocol/acl", test_acl);
  g_test_add_func ("/protocol/error-domains", test_error_domains);
  g_test_add_func ("/protocol/properties", test_properties);
  g_test_add_func ("/protocol/dispatch", test_dispatch);
  return g_test_run ();
}
