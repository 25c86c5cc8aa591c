/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* handlers.h: the calls that virtqemud serves, and what they share.
 *
 * A call is served by the function handle_NAME in the file of its subject; its line in
 * the list below puts it into the table and declares it with its type. */
#pragma once

#include "daemon/checks.h"
#include "daemon/params.h"
#include "protocol/qemu.h"
#include "protocol/remote.h"
#include "rpc/call.h"
#include "rpc/server.h"
#include "util/error.h"
#include "vm/vm.h"

#define REMOTE_HANDLERS(X)                                                                    \
  /* connect */                                                                               \
  X (connect_get_type) X (connect_get_version) X (connect_get_max_vcpus) X (connect_get_capabilities) \
  X (connect_get_domain_capabilities) X (connect_get_sysinfo) X (connect_supports_feature)    \
  X (connect_num_of_domains) X (connect_list_domains) X (connect_num_of_defined_domains)      \
  X (connect_list_defined_domains) X (connect_list_all_domains)                               \
  X (connect_domain_xml_to_native)                                                            \
  /* processors */                                                                            \
  X (connect_compare_cpu) X (connect_baseline_cpu) X (connect_compare_hypervisor_cpu)         \
  X (connect_baseline_hypervisor_cpu) X (connect_get_cpu_model_names)                         \
  /* node */                                                                                  \
  X (node_get_info) X (node_get_cpu_map) X (node_get_cpu_stats) X (node_get_memory_stats)     \
  X (node_get_free_memory) X (node_get_cells_free_memory) X (node_get_free_pages)             \
  X (node_get_security_model)                                                                 \
  /* node devices */                                                                          \
  X (node_device_dettach) X (node_device_detach_flags) X (node_device_re_attach)              \
  X (node_device_reset)                                                                       \
  /* lookup */                                                                                \
  X (domain_lookup_by_id) X (domain_lookup_by_name) X (domain_lookup_by_uuid)                 \
  X (domain_get_info) X (domain_get_state) X (domain_get_os_type) X (domain_get_max_memory)   \
  X (domain_get_max_vcpus) X (domain_get_vcpus_flags) X (domain_is_active)                    \
  X (domain_is_persistent) X (domain_is_updated) X (domain_get_autostart)                     \
  X (domain_get_control_info) X (domain_has_managed_save_image)                               \
  X (domain_managed_save_remove) X (domain_get_security_label)                                \
  X (domain_get_security_label_list) X (domain_get_messages) X (domain_snapshot_num)          \
  X (domain_get_job_info) X (domain_get_job_stats) X (domain_abort_job) X (domain_abort_job_flags) X (domain_get_iothread_info)               \
  /* define */                                                                                \
  X (domain_define_xml) X (domain_define_xml_flags) X (domain_undefine)                       \
  X (domain_undefine_flags) X (domain_rename) X (domain_set_autostart)                        \
  X (domain_set_metadata) X (domain_get_metadata)                                             \
  /* lifecycle */                                                                             \
  X (domain_create) X (domain_create_with_flags) X (domain_create_with_files)                 \
  X (domain_create_xml) X (domain_create_xml_with_files) X (domain_destroy)                   \
  X (domain_destroy_flags) X (domain_shutdown) X (domain_shutdown_flags) X (domain_reboot)    \
  X (domain_get_autostart_once) X (domain_set_autostart_once) X (domain_set_lifecycle_action) \
  X (domain_core_dump) X (domain_core_dump_with_format)                                       \
  X (domain_reset) X (domain_suspend) X (domain_resume) X (domain_pm_wakeup)                  \
  /* devices */                                                                               \
  X (domain_attach_device) X (domain_attach_device_flags) X (domain_detach_device)            \
  X (domain_detach_device_flags) X (domain_detach_device_alias) X (domain_update_device_flags) \
  X (domain_set_vcpus) X (domain_set_vcpus_flags) X (domain_set_vcpu)                         \
  /* XML */                                                                                   \
  X (domain_get_xml_desc)                                                                     \
  X (domain_set_block_threshold)                                                              \
  /* statistics */                                                                            \
  X (connect_get_all_domain_stats) X (domain_block_stats) X (domain_block_stats_flags)        \
  X (domain_get_block_info) X (domain_interface_stats) X (domain_memory_stats)                \
  X (domain_get_cpu_stats) X (domain_get_vcpus) X (domain_get_vcpu_pin_info)                  \
  X (domain_get_emulator_pin_info) X (domain_get_disk_errors) X (domain_interface_addresses)  \
  X (domain_get_interface_parameters) X (domain_set_interface_parameters)  \
  /* resources */                                                                             \
  X (domain_get_scheduler_type) X (domain_get_scheduler_parameters)                           \
  X (domain_get_scheduler_parameters_flags) X (domain_set_scheduler_parameters)               \
  X (domain_set_scheduler_parameters_flags) X (domain_pin_vcpu) X (domain_pin_vcpu_flags)     \
  X (domain_pin_emulator) X (domain_pin_iothread) X (domain_get_memory_parameters)            \
  X (domain_set_memory_parameters) X (domain_get_numa_parameters)                             \
  X (domain_set_numa_parameters) X (domain_get_blkio_parameters)                              \
  X (domain_set_blkio_parameters) X (domain_set_memory) X (domain_set_memory_flags)           \
  X (domain_set_max_memory) X (domain_set_memory_stats_period)                                \
  X (domain_get_block_io_tune) X (domain_set_block_io_tune) X (domain_add_iothread)           \
  X (domain_del_iothread) X (domain_set_iothread_params) X (domain_get_perf_events)           \
  X (domain_set_perf_events) X (domain_start_dirty_rate_calc)                                 \
  /* input and output */                                                                      \
  X (domain_open_console) X (domain_open_channel) X (domain_screenshot) X (domain_send_key)   \
  X (domain_memory_peek) X (domain_block_peek) X (domain_block_resize)                       \
  X (domain_inject_nmi) X (domain_open_graphics) X (domain_open_graphics_fd)                  \
  X (domain_fd_associate)                                                                   \
  /* guest agent */                                                                           \
  X (domain_get_time) X (domain_set_time) X (domain_fsfreeze) X (domain_fsthaw)               \
  X (domain_fstrim) X (domain_get_fsinfo) X (domain_get_hostname) X (domain_get_guest_info)   \
  X (domain_get_guest_vcpus) X (domain_set_guest_vcpus) X (domain_set_user_password)          \
  X (domain_authorized_ssh_keys_get) X (domain_authorized_ssh_keys_set)                       \
  X (domain_agent_set_response_timeout) X (domain_pm_suspend_for_duration)                    \
  /* events */                                                                                \
  X (connect_domain_event_register) X (connect_domain_event_deregister)                       \
  X (connect_domain_event_register_any) X (connect_domain_event_deregister_any)               \
  X (connect_domain_event_callback_register_any)                                              \
  X (connect_domain_event_callback_deregister_any)

#define QEMU_HANDLERS(X)                                                                      \
  X (domain_monitor_command) X (domain_monitor_command_with_files) X (domain_agent_command)   \
  X (connect_domain_monitor_event_register) X (connect_domain_monitor_event_deregister)

/* A function of the type that the table wants. */
#define DECLARE_REMOTE(name_) __typeof__ (*((RemoteHandlers *) 0)->name_) handle_##name_;
#define DECLARE_QEMU(name_) __typeof__ (*((QemuHandlers *) 0)->name_) handle_##name_;
REMOTE_HANDLERS (DECLARE_REMOTE)
QEMU_HANDLERS (DECLARE_QEMU)
#undef DECLARE_REMOTE
#undef DECLARE_QEMU

extern const RemoteHandlers remote_handlers;
extern const QemuHandlers qemu_handlers;

/* --- what handlers begin with ---------------------------------------------------------- */

/* The guest that a client means: by uuid, as stock. A reference; VIR_ERR_NO_DOMAIN. */
Vm *handler_vm (const RemoteNonnullDomain *dom, GError **error);
/* The same if it runs, else VIR_ERR_OPERATION_INVALID. */
Vm *handler_active_vm (const RemoteNonnullDomain *dom, GError **error);

/* The same with its job, for a change named @what (static); after that it is still there. Awaits. */
Vm *handler_vm_job (const RemoteNonnullDomain *dom, JobGuard *guard, const char *what, GError **error);
/* Likewise, and it runs. */
Vm *handler_active_vm_job (const RemoteNonnullDomain *dom, JobGuard *guard, const char *what, GError **error);

/* Fails with VIR_ERR_INVALID_ARG if @flags has others than @allowed. @api is the public function. */
bool handler_check_flags (unsigned int flags, unsigned int allowed, const char *api, GError **error);

/* Fails with VIR_ERR_INVALID_ARG if @flags has both AFFECT_LIVE and AFFECT_CONFIG. */
bool handler_one_affect (unsigned int flags, const char *api, GError **error);

/* A filter of vm_list_all: @data points to an unsigned int of VIR_CONNECT_LIST_DOMAINS_... */
bool handler_is_listed (const void *vm, const void *data);

/* A map with all of @cpus set; the caller owns it. */
uint8_t *handler_full_cpu_map (unsigned int cpus, unsigned int *ret_length);

/* What a virtual CPU of a guest that runs is doing. */
void handler_put_vcpu (Vm *vm, unsigned int number, RemoteVcpuInfo *ret);

/* What a reply says of a guest; the caller owns its strings. */
void handler_put_domain (RemoteNonnullDomain *ret, const Vm *vm);
