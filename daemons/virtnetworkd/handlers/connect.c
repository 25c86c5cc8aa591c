/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about the connection itself. */
#include "daemon/daemon.h"
#include "handlers/handlers.h"
#include "util/host.h"

bool
handle_connect_get_type (Call *call, ConnectGetTypeRet *ret, GError **error)
{
  ret->type = g_strdup ("network");
  return true;
}

bool
handle_connect_get_version (Call *call, ConnectGetVersionRet *ret, GError **error)
{
  ret->hv_ver = VIRTSWARM_LIBVIRT_VERSION;
  return true;
}

bool
handle_connect_get_lib_version (Call *call, ConnectGetLibVersionRet *ret, GError **error)
{
  ret->lib_ver = VIRTSWARM_LIBVIRT_VERSION;
  return true;
}

bool
handle_connect_get_hostname (Call *call, ConnectGetHostnameRet *ret, GError **error)
{
  return host_name (&ret->hostname, error);
}

bool
handle_connect_is_secure (Call *call, ConnectIsSecureRet *ret, GError **error)
{
  ret->secure = 1;
  return true;
}
