/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trusted platform modules: the host's, or one made of software beside QEMU. */
#include "args/private.h"

#include <string.h>

#include "helpers/paths.h"

/* The module itself and the file that stops what it does, as descriptors: QEMU may not open them. */
static bool
build_passthrough (Builder *b, const DomainTpm *tpm, GError **error)
{
  g_autofree char *device = NULL, *cancel = NULL;

  if (b->context->fd == NULL)
    {
      g_autofree char *path = escape_commas (tpm->device);

      add_option (b, "-tpmdev", "passthrough,id=tpm-%s,path=%s", tpm->info.alias, path);
      return true;
    }
  device = ask_fdset (b, QEMU_FD_TPM, tpm->device, &tpm->info, "tpm", error);
  if (device == NULL)
    return false;
  cancel = ask_fdset (b, QEMU_FD_TPM_CANCEL, tpm->device, &tpm->info, "cancel", error);
  if (cancel == NULL)
    return false;
  add_option (b, "-tpmdev", "passthrough,id=tpm-%s,path=%s,cancel-path=%s", tpm->info.alias, device, cancel);
  return true;
}

static void
build_emulator (Builder *b, const DomainTpm *tpm)
{
  g_autofree char *own = helper_swtpm_socket (b->context->id, b->domain->name);
  const char *path = tpm->backend == TPM_BACKEND_EXTERNAL ? tpm->source.path : own;
  json_t *chardev = json_pack ("{s:s, s:{s:s, s:{s:{s:s, s:{s:s}}, s:b}}}", "id", "chrtpm", "backend", "type", "socket",
                               "data", "addr", "type", "unix", "data", "path", path, "server", 0);

  add_part (b, QEMU_CHARDEV, chardev);
  add_option (b, "-tpmdev", "emulator,id=tpm-%s,chardev=chrtpm", tpm->info.alias);
}

/* Machines of ARM have no bus where a PC's chip would be. */
static char *
tpm_driver (const Builder *b, const DomainTpm *tpm)
{
  const char *model = xml_enum_name (&tpm_model_names, tpm->model);
  bool sysbus = tpm->model == TPM_MODEL_TIS
                && (g_str_equal (b->domain->os.arch, "aarch64") || g_str_equal (b->domain->os.arch, "armv7l"));

  return g_strconcat (model != NULL ? model : "tpm-tis", sysbus ? "-device" : "", NULL);
}

bool
build_tpm (Builder *b, const DomainTpm *tpm, GError **error)
{
  g_autofree char *driver = tpm_driver (b, tpm);
  bool proxy = tpm->model == TPM_MODEL_SPAPR_PROXY;
  g_autoptr (json_t) device = NULL;

  if (!need_type (b, driver, tpm->info.alias, error))
    return false;
  if (tpm->backend != TPM_BACKEND_PASSTHROUGH)
    build_emulator (b, tpm);
  else if (!proxy && !build_passthrough (b, tpm, error))
    return false;
  device = device_new (driver);
  set_string (device, "id", tpm->info.alias);
  if (proxy)
    set_string (device, "host-path", tpm->device);
  else
    set_format (device, "tpmdev", "tpm-%s", tpm->info.alias);
  /* Where a PC's module is, its model says. */
  if (tpm->info.address.type == ADDRESS_TYPE_SPAPR_VIO && !set_address (b, device, &tpm->info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}
