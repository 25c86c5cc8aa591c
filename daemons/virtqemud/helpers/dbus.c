/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A message bus for one guest, on which QEMU offers its display. */
#include <string.h>

#include "helpers/paths.h"
#include "helpers/private.h"
#include "security/owner.h"
#include "util/error.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "util/worker.h"

/* Whoever can reach the socket may talk to QEMU: the folder that it is in decides. */
#define CONFIGURATION                                                                       \
  "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"    \
  " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"                     \
  "<busconfig>\n"                                                                           \
  "  <type>org.libvirt.qemu</type>\n"                                                       \
  "  <listen>unix:path=%s</listen>\n"                                                       \
  "  <auth>EXTERNAL</auth>\n"                                                               \
  "  <policy context='default'>\n"                                                          \
  "    <allow user='*'/>\n"                                                                 \
  "    <allow own='*'/>\n"                                                                  \
  "    <allow send_destination='*' eavesdrop='true'/>\n"                                    \
  "    <allow eavesdrop='true'/>\n"                                                         \
  "  </policy>\n"                                                                           \
  "</busconfig>\n"

typedef struct
{
  const char *path, *text;
} File;

static bool
write_file (void *args, GError **error)
{
  const File *file = args;

  return state_file_write_now (file->path, file->text, strlen (file->text), 0644, error);
}

HelperPlan *
helper_plan_dbus (const HelperGuest *guest, const void *device, GError **error)
{
  const DomainGraphics *graphics = device;
  QemuOwner owner = qemu_owner_of (guest->config, guest->domain);
  g_autofree char *socket = helper_dbus_socket (guest->lib_dir);
  g_autofree char *address = helper_dbus_address (guest->lib_dir);
  g_autofree char *path = g_strconcat (guest->lib_dir, "/dbus.conf", NULL);
  g_autofree char *escaped = g_markup_escape_text (socket, -1);
  g_autofree char *text = g_strdup_printf (CONFIGURATION, escaped);
  File file = { path, text };
  HelperPlan *plan;

  if (graphics->type != GRAPHICS_TYPE_DBUS || g_strcmp0 (graphics->address, address) != 0)
    return NULL;
  if (!worker_run ("configure a bus", write_file, &file, error))
    return NULL;
  plan = helper_plan_new ("dbus-daemon", guest->config->dbus_daemon);
  plan->alias = "dbus";
  plan->socket = g_steal_pointer (&socket);
  plan->binds = true;
  plan->ready = g_strconcat (guest->lib_dir, "/dbus.ready", NULL);
  plan->log = path_driver (PATH_LOG, "qemu", "%s-dbus.log", guest->domain->name);
  plan->set_user = owner.user;
  plan->uid = owner.uid;
  plan->gid = owner.gid;
  helper_plan_add (plan, "--config-file=%s", path);
  helper_plan_add (plan, "--nofork");
  helper_plan_add (plan, "--nopidfile");
  helper_plan_add (plan, "--print-address=%d", HELPER_READY_FD);
  return plan;
}
