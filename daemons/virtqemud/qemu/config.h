/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/config.h: /etc/libvirt/qemu.conf as values.
 *
 * Every key that stock knows has a row in config-table.c, which says where its value goes, what it may be,
 * and for keys of things that do not exist here, why it has no effect. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What has certificates of its own; what says nothing has those of the default. */
typedef enum
{
  QEMU_TLS_DEFAULT,
  QEMU_TLS_VNC,
  QEMU_TLS_SPICE,
  QEMU_TLS_RDP,
  QEMU_TLS_CHARDEV,
  QEMU_TLS_VXHS,
  QEMU_TLS_NBD,
  QEMU_TLS_MIGRATE,
  QEMU_TLS_BACKUP,
  QEMU_TLS_N,
} QemuTlsUse;

/* Complete after loading: defaults are filled in. */
typedef struct
{
  char *cert_dir;               /* absolute, without the root; never NULL */
  int verify;                   /* of clients' certificates: 0 or 1 */
  char *secret_uuid;            /* of the key's passphrase; NULL: the key has none */
  char *priority;               /* NULL: QEMU's own */
} QemuTls;

typedef struct
{
  /* Whom guests run as; only as root. uid/gid are 0 with user_missing set when the
   * configured user does not exist here: guests then run as the daemon does. */
  char *user, *group;
  uid_t uid;
  gid_t gid;
  bool user_missing;
  bool dynamic_ownership, remember_owner;
  char **security_driver;                   /* "selinux", "apparmor", "none"; NULL: what the kernel has */
  bool security_default_confined, security_require_confined;
  char **namespaces;                        /* "mount"; NULL: it is used where it can be */

  QemuTls tls[QEMU_TLS_N];
  bool vnc_tls, spice_tls, chardev_tls, nbd_tls, vxhs_tls;      /* whether it is used where the document is silent */

  char *vnc_listen, *spice_listen;
  char *vnc_password, *spice_password;      /* NULL: none */
  bool vnc_auto_unix_socket, spice_auto_unix_socket, vnc_allow_host_audio, nographics_allow_host_audio;
  bool vnc_sasl, spice_sasl;
  char *vnc_sasl_dir, *spice_sasl_dir;      /* NULL: the library's */
  unsigned int display_port_min, display_port_max;
  unsigned int websocket_port_min, websocket_port_max;

  int seccomp_sandbox;                      /* -1: where QEMU can, 0 off, 1 on */
  bool stdio_logd;                          /* guest logs by virtlogd, else by file */
  bool log_timestamp, dump_guest_core, set_process_name;
  unsigned int max_processes, max_files;    /* 0: inherited */
  uint64_t max_core;                        /* bytes; UINT64_MAX: unlimited */
  char *memory_backing_dir;
  char **hugetlbfs_mount;                   /* NULL: the host's own mounts; empty: none is used */
  char **nvram;                             /* CODE:VARS pairs; NULL: none given */

  char *auto_dump_path, *dump_image_format; /* "raw", "gzip", "bzip2", "xz", "lzop", "zstd" */
  bool auto_dump_bypass_cache;

  char **cgroup_controllers;                /* NULL: all */
  char **cgroup_device_acl;                 /* never NULL */

  char *bridge_helper, *pr_helper, *dbus_daemon;         /* programs: a path or a name in PATH */
  char *swtpm_user, *swtpm_group;
  uid_t swtpm_uid;
  gid_t swtpm_gid;
  bool virtiofsd_debug;
  unsigned int gluster_debug_level;
  char *deprecation_behavior;               /* "none", "omit", "reject", "crash" */

  unsigned int max_queued;                  /* calls waiting for one guest; 0: no limit */
  unsigned int auto_start_delay;            /* ms between autostarts */
  unsigned int hook_timeout;                /* seconds that a hook may take; 0: no limit */
} QemuConfig;

/* Reads PATH_CONF/qemu.conf over the defaults; a file that is not there is fine.
 * A mistake in the file is an error naming file and line; a key that nobody knows, and one that has no effect here, is
 * logged with file and line. Awaits (worker). */
QemuConfig *qemu_config_load (GError **error);
void qemu_config_free (QemuConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuConfig, qemu_config_free)
