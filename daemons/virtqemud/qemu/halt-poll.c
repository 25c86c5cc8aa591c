/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/halt-poll.h"

#include <stdio.h>

#include "util/paths.h"

#define FOLDER "/sys/kernel/debug/kvm"

static uint64_t
read_counter (const char *folder, const char *guest, const char *name)
{
  g_autofree char *path = g_build_filename (folder, guest, name, NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? g_ascii_strtoull (text, NULL, 10) : 0;
}

void
qemu_halt_poll (pid_t pid, QemuHaltPoll *ret)
{
  g_autofree char *folder = path_host (FOLDER);
  g_autofree char *prefix = g_strdup_printf ("%d-", (int) pid);
  g_autoptr (GDir) guests = g_dir_open (folder, 0, NULL);
  const char *name;

  *ret = (QemuHaltPoll) { 0 };
  /* "PID-FD", a folder a virtual machine of KVM. */
  while (guests != NULL && (name = g_dir_read_name (guests)) != NULL)
    if (g_str_has_prefix (name, prefix))
      {
        ret->success_ns += read_counter (folder, name, "halt_poll_success_ns");
        ret->fail_ns += read_counter (folder, name, "halt_poll_fail_ns");
      }
}
