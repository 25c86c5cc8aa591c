/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/home.h: what a running guest has on the file system: its folder, key, sockets, variables of its
 * firmware, and the record of the files it took. */
#pragma once

#include "model/domain/domain.h"
#include "qemu/config.h"
#include "security/owner.h"

/* Where things are, by the guest's id and name. */
typedef struct
{
  char *dir;            /* PATH_LIB/qemu/domain-ID-NAME */
  char *channel_dir;    /* PATH_LIB/qemu/channel/target/domain-ID-NAME */
  char *monitor;        /* in dir */
  char *record;         /* PATH_RUN/qemu/domain-ID-NAME.owners */
  char *pid;            /* PATH_RUN/qemu/NAME.pid: for administrators; nothing here reads it */
  char *log;            /* PATH_LOG/qemu/NAME.log */
  bool reset_nvram;     /* the variables of its firmware begin anew with the next start */
} QemuHome;
QemuHome qemu_home_of (int id, const char *name);
void qemu_home_clear (QemuHome *home);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QemuHome, qemu_home_clear)

/* A UNIX socket that QEMU is to have listening. */
typedef struct
{
  char *path;
  int fd;
} QemuListener;

/* Makes folders, key and sockets, copies the variables' template, and takes @files (SecurityFile). @listeners: an
 * array of QemuListener with paths; gets the descriptors (close-on-exec, the caller's). The first is the monitor. On failure
 * nothing is left. Awaits (one worker). */
bool qemu_home_make (const QemuHome *home, const Domain *domain, const QemuOwner *owner, const GPtrArray *files,
                     GArray *listeners, GError **error);

/* One more socket for a guest that runs, and the folder of channels if it is in that. Blocks: for workers. */
bool qemu_home_add_listener_now (const QemuHome *home, const QemuOwner *owner, QemuListener *listener, GError **error);

/* Writes the pid file. Never awaits; failures are logged. */
void qemu_home_note_pid (const QemuHome *home, pid_t pid);

/* Removes it all and gives the files back. Failures are logged. Awaits (one worker). */
void qemu_home_remove (const QemuHome *home);

/* An array for qemu_home_make that closes and frees its elements. */
GArray *qemu_listeners_new (void);
void qemu_listeners_add (GArray *listeners, const char *path);
/* Makes the socket and has it listen; the folder must exist. It is the guest's user's to connect to unless it is @ours. On a
 * worker. */
bool qemu_listener_make_now (const QemuOwner *owner, QemuListener *listener, bool ours, GError **error);

/* Removes a folder with all below it; never follows a link. What is not there is fine. On a worker. */
void qemu_remove_tree_now (const char *path);
