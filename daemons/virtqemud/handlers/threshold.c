/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A line in an image which, when the guest writes behind it, is told once. */
#include <string.h>

#include "handlers/handlers.h"
#include "qemu/qmp.h"
#include "util/json.h"
#include "vm/block.h"
#include "vm/lifecycle.h"

/* "vda", "vda[3]", or a path: the image, NULL with @error if there is none. */
static const DomainStorageSource *
find_image (const Vm *vm, const char *name, GError **error)
{
  const char *bracket = strchr (name, '[');
  g_autofree char *target = bracket != NULL ? g_strndup (name, (gsize) (bracket - name)) : g_strdup (name);
  uint64_t index = bracket != NULL ? g_ascii_strtoull (bracket + 1, NULL, 10) : 0;
  const DomainDisk *disk = vm_find_disk (vm->live, target);
  const DomainStorageSource *image = disk != NULL ? &disk->source : NULL;

  for (; image != NULL && index != 0 && image->index != index; image = image->backing)
    ;
  if (image == NULL || image->index == 0)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "domain '%s' has no image '%s'", vm->name, name);
  return image;
}

bool
handle_domain_set_block_threshold (Call *call, const DomainSetBlockThresholdArgs *args, GError **error)
{
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (Vm) vm = NULL;
  const DomainStorageSource *image;
  g_autofree char *node = NULL;

  if (!handler_check_flags (args->flags, 0, "virDomainSetBlockThreshold", error))
    return false;
  vm = handler_active_vm_job (&args->dom, &guard, "threshold of an image", error);
  image = vm != NULL ? find_image (vm, args->dev, error) : NULL;
  if (image == NULL)
    return false;
  node = g_strdup_printf ("libvirt-%u-storage", image->index);
  return vm_command (vm, "block-set-write-threshold",
                     json_pack ("{s:s, s:I}", "node-name", node, "write-threshold", (json_int_t) args->threshold), error);
}
