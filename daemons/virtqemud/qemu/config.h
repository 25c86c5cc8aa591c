/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/config.h: /etc/libvirt/qemu.conf as values. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct
{
  /* Whom guests run as; only as root. uid/gid are 0 with user_missing set when the
   * configured user does not exist here: guests then run as the daemon does. */
  char *user, *group;
  uid_t uid;
  gid_t gid;
  bool user_missing;
  bool dynamic_ownership, remember_owner;

  char *vnc_listen, *spice_listen;
  char *vnc_password, *spice_password;      /* NULL: none */
  bool vnc_auto_unix_socket, vnc_allow_host_audio, nographics_allow_host_audio;
  bool vnc_tls, spice_tls, vnc_sasl;
  unsigned int display_port_min, display_port_max;
  unsigned int websocket_port_min, websocket_port_max;

  int seccomp_sandbox;                      /* -1: where QEMU can, 0 off, 1 on */
  bool stdio_logd;                          /* guest logs by virtlogd, else by file */
  bool log_timestamp, dump_guest_core, set_process_name;
  unsigned int max_processes, max_files;    /* 0: inherited */
  uint64_t max_core;                        /* bytes; UINT64_MAX: unlimited */
  char *memory_backing_dir, *auto_dump_path;
  char **nvram;                             /* CODE:VARS pairs; NULL: none given */
  char **cgroup_device_acl;
  unsigned int max_queued;                  /* calls waiting for one guest; 0: no limit */
  unsigned int auto_start_delay;            /* ms between autostarts */
} QemuConfig;

/* Reads PATH_CONF/qemu.conf over the defaults; a file that is not there is fine.
 * A mistake in the file is an error naming file and line. */
QemuConfig *qemu_config_load (GError **error);
void qemu_config_free (QemuConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuConfig, qemu_config_free)
