/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/target.h"

#include "model/domain/domain.h"
#include "util/error.h"
#include "util/host.h"

static bool
serves_arch (const QemuCaps *caps, const char *arch)
{
  return g_str_equal (caps->arch, arch) || (g_str_equal (caps->arch, "x86_64") && g_str_equal (arch, "i686"));
}

static bool
choose_accel (const QemuCaps *caps, const char *virttype, QemuAccel *ret_accel, GError **error)
{
  QemuAccel accel = caps->accel[QEMU_ACCEL_KVM] ? QEMU_ACCEL_KVM : QEMU_ACCEL_TCG;

  if (virttype != NULL && g_str_equal (virttype, "qemu"))
    accel = QEMU_ACCEL_TCG;
  else if (virttype != NULL && g_str_equal (virttype, "kvm"))
    accel = QEMU_ACCEL_KVM;
  else if (virttype != NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "QEMU does not run guests of type '%s'", virttype);
  if (!caps->accel[accel])
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "%s cannot run guests of type '%s' on this host",
                 caps->binary, virttype);
  *ret_accel = accel;
  return true;
}

bool
qemu_target_find (const char *emulator, const char *arch, const char *machine, const char *virttype, QemuTarget *ret,
                  GError **error)
{
  *ret = (QemuTarget) { 0 };
  if (arch != NULL && !domain_arch_is_known (arch))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "there is no architecture '%s'", arch);
  *ret = (QemuTarget) { .emulator = emulator != NULL ? g_strdup (emulator) : qemu_find_binary (arch ?: host_arch ()) };
  if (ret->emulator == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "this host has no emulator for architecture '%s'",
                 arch ?: host_arch ());
  ret->caps = qemu_caps_get (ret->emulator, error);
  if (ret->caps == NULL)
    return false;
  if (arch != NULL && !serves_arch (ret->caps, arch))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "%s emulates '%s', not '%s'", ret->emulator, ret->caps->arch, arch);
  ret->arch = arch ?: ret->caps->arch;
  ret->machine = machine != NULL ? qemu_caps_machine (ret->caps, machine) : qemu_caps_default_machine (ret->caps);
  /* Without any board, "none" is only for asking QEMU. */
  if (ret->machine == NULL || g_str_equal (ret->machine->name, "none"))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "%s has no machine '%s'", ret->emulator,
                 machine != NULL ? machine : "by default");
  return choose_accel (ret->caps, virttype, &ret->accel, error);
}

void
qemu_target_clear (QemuTarget *target)
{
  g_free (target->emulator);
  g_clear_pointer (&target->caps, qemu_caps_unref);
}
