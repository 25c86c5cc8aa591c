/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Video cards that a program beside QEMU draws. */
#include "helpers/private.h"
#include "helpers/vhost-user.h"
#include "security/owner.h"
#include "util/paths.h"

HelperPlan *
helper_plan_gpu (const HelperGuest *guest, const void *device, GError **error)
{
  const DomainVideo *video = device;
  QemuOwner owner = qemu_owner_of (guest->config, guest->domain);
  g_autofree char *program = NULL;
  HelperPlan *plan;

  if (video->backend != VIDEO_BACKEND_VHOSTUSER)
    return NULL;
  program = vhost_user_find ("gpu", error);
  if (program == NULL)
    return NULL;
  plan = helper_plan_new ("vhost-user-gpu", program);
  plan->log = path_driver (PATH_LOG, "qemu", "%s-%s-vhost-user-gpu.log", guest->domain->name, video->info.alias);
  plan->set_user = owner.user;
  plan->uid = owner.uid;
  plan->gid = owner.gid;
  helper_plan_add (plan, "--fd=%d", HELPER_LISTEN_FD);
  if (video->accel3d == TRI_YES)
    helper_plan_add (plan, "--virgl");
  if (video->rendernode != NULL)
    helper_plan_add (plan, "--render-node=%s", video->rendernode);
  return plan;
}
