/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/config-table.h"

#define MAX_PORT 65535
#define AT(member_) offsetof (QemuConfig, member_)
#define WORDS(...) ((const char *const[]) { __VA_ARGS__, NULL })

#define STRING(key_, ...) { .key = #key_, .kind = KEY_STRING, .offset = AT (key_), __VA_ARGS__ }
#define BOOL(key_) { .key = #key_, .kind = KEY_BOOL, .offset = AT (key_) }
#define LIST(key_, ...) { .key = #key_, .kind = KEY_LIST, .offset = AT (key_), __VA_ARGS__ }
#define SIZE(key_) { .key = #key_, .kind = KEY_SIZE, .offset = AT (key_) }
#define RANGE(key_, member_, min_, max_) { .key = #key_, .kind = KEY_UINT, .offset = AT (member_), .min = min_, .max = max_ }
#define NUMBER(key_) RANGE (key_, key_, 0, UINT32_MAX)
#define NONE(key_, kind_, why_, ...) \
  { .key = #key_, .kind = KEY_##kind_, .offset = QEMU_CONFIG_NOWHERE, .no_effect = why_, .max = UINT32_MAX, __VA_ARGS__ }

#define TLS_DIR(key_, use_) { .key = #key_ "_tls_x509_cert_dir", .kind = KEY_STRING, .offset = AT (tls[use_].cert_dir) }
#define TLS_VERIFY(key_, use_) \
  { .key = #key_ "_tls_x509_verify", .kind = KEY_INT, .offset = AT (tls[use_].verify), .min = 0, .max = 1 }
#define TLS_SECRET(key_, use_) \
  { .key = #key_ "_tls_x509_secret_uuid", .kind = KEY_STRING, .offset = AT (tls[use_].secret_uuid) }
#define TLS_PRIORITY(key_, use_) { .key = #key_ "_tls_priority", .kind = KEY_STRING, .offset = AT (tls[use_].priority) }

#define NO_MIGRATION "guests are not migrated yet"
#define NO_BACKUP "guests are not backed up yet"
#define NO_SAVE "guests are not saved yet"
#define NO_RDP "this QEMU serves no RDP"
#define NO_SHUTDOWN "guests outlive the daemon, and nothing here ends them with the host"

static const char *const image_formats[] = { "raw", "gzip", "bzip2", "xz", "lzop", "zstd", NULL };
static const char *const shutdown_scopes[] = { "none", "persistent", "transient", "all", NULL };

/* In the order of stock's file. */
const QemuConfigKey qemu_config_keys[] = {
  TLS_DIR (default, QEMU_TLS_DEFAULT), TLS_VERIFY (default, QEMU_TLS_DEFAULT), TLS_SECRET (default, QEMU_TLS_DEFAULT),
  TLS_PRIORITY (default, QEMU_TLS_DEFAULT),

  STRING (vnc_listen), BOOL (vnc_auto_unix_socket), BOOL (vnc_tls), TLS_DIR (vnc, QEMU_TLS_VNC),
  TLS_VERIFY (vnc, QEMU_TLS_VNC), TLS_SECRET (vnc, QEMU_TLS_VNC), TLS_PRIORITY (vnc, QEMU_TLS_VNC),
  STRING (vnc_password), BOOL (vnc_sasl), STRING (vnc_sasl_dir), BOOL (vnc_allow_host_audio),

  STRING (spice_listen), BOOL (spice_tls), TLS_DIR (spice, QEMU_TLS_SPICE), BOOL (spice_auto_unix_socket),
  STRING (spice_password), BOOL (spice_sasl), STRING (spice_sasl_dir),

  NONE (rdp_listen, STRING, NO_RDP), TLS_DIR (rdp, QEMU_TLS_RDP), NONE (rdp_username, STRING, NO_RDP),
  NONE (rdp_password, STRING, NO_RDP),

  BOOL (chardev_tls), TLS_DIR (chardev, QEMU_TLS_CHARDEV), TLS_VERIFY (chardev, QEMU_TLS_CHARDEV),
  TLS_SECRET (chardev, QEMU_TLS_CHARDEV), TLS_PRIORITY (chardev, QEMU_TLS_CHARDEV),

  BOOL (vxhs_tls), TLS_DIR (vxhs, QEMU_TLS_VXHS), TLS_SECRET (vxhs, QEMU_TLS_VXHS),
  BOOL (nbd_tls), TLS_DIR (nbd, QEMU_TLS_NBD), TLS_SECRET (nbd, QEMU_TLS_NBD), TLS_PRIORITY (nbd, QEMU_TLS_NBD),

  TLS_DIR (migrate, QEMU_TLS_MIGRATE), TLS_VERIFY (migrate, QEMU_TLS_MIGRATE), TLS_SECRET (migrate, QEMU_TLS_MIGRATE),
  TLS_PRIORITY (migrate, QEMU_TLS_MIGRATE), NONE (migrate_tls_force, BOOL, NO_MIGRATION),
  TLS_DIR (backup, QEMU_TLS_BACKUP), TLS_VERIFY (backup, QEMU_TLS_BACKUP), TLS_SECRET (backup, QEMU_TLS_BACKUP),
  TLS_PRIORITY (backup, QEMU_TLS_BACKUP),

  BOOL (nographics_allow_host_audio),
  RANGE (remote_display_port_min, display_port_min, 5900, MAX_PORT),
  RANGE (remote_display_port_max, display_port_max, 5900, MAX_PORT),
  RANGE (remote_websocket_port_min, websocket_port_min, 5700, MAX_PORT),
  RANGE (remote_websocket_port_max, websocket_port_max, 5700, MAX_PORT),

  { .key = "security_driver", .kind = KEY_STRING_OR_LIST, .offset = AT (security_driver),
    .words = WORDS ("selinux", "apparmor", "none") },
  BOOL (security_default_confined), BOOL (security_require_confined),
  STRING (user), STRING (group), BOOL (dynamic_ownership), BOOL (remember_owner),
  LIST (cgroup_controllers,
        .words = WORDS ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "net_cls", "perf_event")),
  LIST (cgroup_device_acl),

  NONE (save_image_format, STRING, NO_SAVE, .words = image_formats), STRING (dump_image_format, .words = image_formats),
  NONE (snapshot_image_format, STRING, "guests have no snapshots yet", .words = image_formats),
  STRING (auto_dump_path), BOOL (auto_dump_bypass_cache), NONE (auto_dump_max_size, SIZE, "dumps are not limited"),
  NONE (auto_start_bypass_cache, BOOL, NO_SAVE), NUMBER (auto_start_delay),
  NONE (auto_shutdown_try_save, STRING, NO_SHUTDOWN, .words = shutdown_scopes),
  NONE (auto_shutdown_try_shutdown, STRING, NO_SHUTDOWN, .words = shutdown_scopes),
  NONE (auto_shutdown_poweroff, STRING, NO_SHUTDOWN, .words = shutdown_scopes),
  NONE (auto_shutdown_wait, UINT, NO_SHUTDOWN), NONE (auto_shutdown_restore, BOOL, NO_SHUTDOWN),
  NONE (auto_save_bypass_cache, BOOL, NO_SAVE),

  { .key = "hugetlbfs_mount", .kind = KEY_STRING_OR_LIST, .offset = AT (hugetlbfs_mount) },
  STRING (bridge_helper), BOOL (set_process_name), NUMBER (max_processes), NUMBER (max_files),
  NONE (max_threads_per_process, UINT, "a guest may have 16384 threads"), SIZE (max_core), BOOL (dump_guest_core),
  NONE (mac_filter, BOOL, "frames are filtered by network filters only"), NONE (relaxed_acs_check, BOOL, "what a device is grouped with is the kernel's to say"),
  { .key = "lock_manager", .kind = KEY_STRING, .offset = QEMU_CONFIG_NOWHERE },
  NUMBER (max_queued),
  NONE (keepalive_interval, INT, NO_MIGRATION, .min = -1), NONE (keepalive_count, UINT, NO_MIGRATION),
  { .key = "seccomp_sandbox", .kind = KEY_INT, .offset = AT (seccomp_sandbox), .min = -1, .max = 1 },
  NONE (migration_address, STRING, NO_MIGRATION), NONE (migration_host, STRING, NO_MIGRATION),
  NONE (migration_port_min, UINT, NO_MIGRATION), NONE (migration_port_max, UINT, NO_MIGRATION),
  NONE (backup_port_min, UINT, NO_BACKUP), NONE (backup_port_max, UINT, NO_BACKUP),
  BOOL (log_timestamp), LIST (nvram),
  { .key = "stdio_handler", .kind = KEY_STRING, .offset = QEMU_CONFIG_NOWHERE, .words = WORDS ("logd", "file") },
  RANGE (gluster_debug_level, gluster_debug_level, 0, 9), BOOL (virtiofsd_debug),
  LIST (namespaces, .words = WORDS ("mount")), STRING (memory_backing_dir),
  STRING (pr_helper), NONE (slirp_helper, STRING, "user networks are QEMU's own or passt's"), NONE (qemu_rdp, STRING, NO_RDP),
  NONE (qemu_vnc, STRING, "QEMU serves VNC itself"), STRING (dbus_daemon), STRING (swtpm_user), STRING (swtpm_group),
  NONE (capability_filters, LIST, "what QEMU can do is not known by these names here"),
  STRING (deprecation_behavior, .words = WORDS ("none", "omit", "reject", "crash")),
  NONE (sched_core, STRING, "who shares a core is left to the scheduler", .words = WORDS ("none", "vcpus", "emulator", "full")),
  NONE (storage_use_nbdkit, BOOL, "QEMU opens network disks itself"),
  NONE (shared_filesystems, LIST, NO_MIGRATION),
  NONE (default_cpu_deprecated_features, STRING, "no emulator is asked which features are deprecated"),
  { .key = "allow_disk_format_probing", .kind = KEY_INT, .offset = QEMU_CONFIG_NOWHERE, .min = 0, .max = 0 },
  NONE (clear_emulator_capabilities, BOOL, "they are always taken away"),

  /* Of our own. */
  NUMBER (hook_timeout),
};
const unsigned int qemu_config_n_keys = G_N_ELEMENTS (qemu_config_keys);
