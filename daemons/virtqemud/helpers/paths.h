/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* helpers/paths.h: where the programs beside QEMU listen. All paths are absolute; the caller frees them. */
#pragma once

/* PATH_RUN/qemu/swtpm/ID-NAME-swtpm.sock: of the software TPM of a guest. */
char *helper_swtpm_socket (int id, const char *name);
/* In the guest's folder: of the program that serves the filesystem @alias. */
char *helper_virtiofs_socket (const char *lib_dir, const char *alias);
/* In the guest's folder: of the program that makes reservations for its disks. */
char *helper_reservations_socket (const char *lib_dir);
/* PATH_RUN/qemu/dbus/ID-NAME-dbus.sock: of the message bus for the display of the guest whose folder is @lib_dir, and how clients
 * address it. */
char *helper_dbus_socket (const char *lib_dir);
char *helper_dbus_address (const char *lib_dir);
/* PATH_LIB/shmem-NAME-sock: where a server of shared memory is looked for that has no path; nothing here makes it. */
char *helper_shmem_socket (const char *name);
