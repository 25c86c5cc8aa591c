/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handlers/handlers.h: the calls that this daemon serves, and what they begin with. */
#pragma once

#include "daemon/checks.h"
#include "daemon/params.h"
#include "net/net.h"
#include "protocol/remote.h"
#include "rpc/call.h"

/* Each is handle_NAME of its file. */
#define REMOTE_HANDLERS(X)                                                                            \
  /* connect.c */                                                                                     \
  X (connect_get_type) X (connect_get_version)                                                        \
  /* lookup.c */                                                                                      \
  X (network_lookup_by_name) X (network_lookup_by_uuid) X (connect_num_of_networks)                   \
  X (connect_num_of_defined_networks) X (connect_list_networks) X (connect_list_defined_networks)     \
  X (connect_list_all_networks) X (network_get_xml_desc) X (network_get_bridge_name)                  \
  X (network_is_active) X (network_is_persistent) X (network_get_autostart)                           \
  /* define.c */                                                                                      \
  X (network_define_xml) X (network_define_xml_flags) X (network_undefine) X (network_set_autostart)  \
  X (network_create_xml) X (network_create_xml_flags) X (network_create) X (network_destroy)          \
  /* change.c */                                                                                      \
  X (network_update)                                                                                  \
  /* metadata.c */                                                                                    \
  X (network_set_metadata) X (network_get_metadata)                                                   \
  /* ports.c */                                                                                       \
  X (network_list_all_ports) X (network_port_lookup_by_uuid) X (network_port_create_xml)              \
  X (network_port_get_parameters) X (network_port_set_parameters) X (network_port_get_xml_desc)       \
  X (network_port_delete)                                                                             \
  /* leases.c */                                                                                      \
  X (network_get_dhcp_leases)                                                                         \
  /* events.c */                                                                                      \
  X (connect_network_event_register_any) X (connect_network_event_deregister_any)

/* A function of the type that the table wants. */
#define DECLARE_REMOTE(name_) __typeof__ (*((RemoteHandlers *) 0)->name_) handle_##name_;
REMOTE_HANDLERS (DECLARE_REMOTE)
#undef DECLARE_REMOTE

extern const RemoteHandlers remote_handlers;

/* Fails with VIR_ERR_INVALID_ARG if @flags has others than @allowed. @api is the public function. */
bool handler_check_flags (unsigned int flags, unsigned int allowed, const char *api, GError **error);

/* The network that a client means: by uuid, as stock. A reference; VIR_ERR_NO_NETWORK. */
Net *handler_net (const RemoteNonnullNetwork *network, GError **error);
/* The same with its job, for a change named @what (static); after that it is still there. Awaits. */
Net *handler_net_job (const RemoteNonnullNetwork *network, JobGuard *guard, const char *what, GError **error);

/* What a reply says of a network; the caller owns its strings. */
void handler_put_net (RemoteNonnullNetwork *ret, const Net *net);
