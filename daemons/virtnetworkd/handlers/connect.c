/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about the connection itself. */
#include "daemon/daemon.h"
#include "handlers/handlers.h"

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
