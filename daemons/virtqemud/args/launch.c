/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guests whose memory the host cannot read. */
#include "args/machine.h"

#include "util/error.h"

#define ID "lsec0"

void
append_launch_security (const Builder *b, GString *out)
{
  if (b->domain->launch_security != NULL)
    g_string_append (out, ",confidential-guest-support=" ID);
}

/* Certificate and session are in files of the guest's folder. */
static bool
build_sev (Builder *b, const DomainLaunchSecurity *launch, GError **error)
{
  unsigned int cbitpos = launch->cbitpos != UINT_MAX ? launch->cbitpos : b->context->sev.cbitpos;
  unsigned int reduced = launch->reduced_phys_bits != UINT_MAX ? launch->reduced_phys_bits : b->context->sev.reduced_phys_bits;
  json_t *object;

  if (cbitpos == 0)
    return unsupported (error, "<launchSecurity type='sev'>: this host's processor has no SEV, and <cbitpos> is not given");
  object = object_new ("sev-guest", "", ID);
  set_int (object, "cbitpos", cbitpos);
  set_int (object, "reduced-phys-bits", reduced);
  if (launch->policy != UINT64_MAX)
    set_int (object, "policy", (int64_t) launch->policy);
  if (launch->dh_cert != NULL)
    set_format (object, "dh-cert-file", "%s/dh_cert.base64", b->context->lib_dir);
  if (launch->session != NULL)
    set_format (object, "session-file", "%s/session.base64", b->context->lib_dir);
  set_tristate (object, "kernel-hashes", launch->kernel_hashes);
  add_part (b, QEMU_OBJECT, object);
  return true;
}

bool
build_launch_security (Builder *b, GError **error)
{
  const DomainLaunchSecurity *launch = b->domain->launch_security;
  static const char *const types[] = {
    [LAUNCH_SECURITY_SEV] = "sev-guest", [LAUNCH_SECURITY_S390_PV] = "s390-pv-guest", [LAUNCH_SECURITY_LAST] = NULL,
  };

  if (launch == NULL)
    return true;
  if (types[launch->type] == NULL)
    return unsupported (error, "<launchSecurity type='%s'> is not supported by the QEMU driver",
                        xml_enum_name (&launch_security_names, launch->type));
  if (!need_type (b, types[launch->type], "<launchSecurity>", error))
    return false;
  if (launch->type == LAUNCH_SECURITY_SEV)
    return build_sev (b, launch, error);
  add_part (b, QEMU_OBJECT, object_new (types[launch->type], "", ID));
  return true;
}
