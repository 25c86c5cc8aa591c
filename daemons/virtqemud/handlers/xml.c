/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The document of a guest. */
#include "handlers/handlers.h"
#include "qemu/cpu.h"
#include "vm/figures.h"

/* The document as the flags of the public call want it. */
static DomainFormatFlags
format_flags (unsigned int flags, bool inactive)
{
  return ((flags & (VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_MIGRATABLE)) ? DOMAIN_FORMAT_SECURE : 0)
         | (inactive ? DOMAIN_FORMAT_INACTIVE : 0)
         | ((flags & VIR_DOMAIN_XML_MIGRATABLE) ? DOMAIN_FORMAT_MIGRATABLE : 0);
}

bool
handle_domain_get_xml_desc (Call *call, const DomainGetXmlDescArgs *args, DomainGetXmlDescRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_autoptr (Domain) copy = NULL;
  Domain *domain;
  bool inactive;

  if (!handler_check_flags (args->flags, VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_UPDATE_CPU
                                           | VIR_DOMAIN_XML_MIGRATABLE, "virDomainGetXMLDesc", error))
    return false;
  if ((args->flags & (VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_MIGRATABLE)) && call_readonly (call))
    return fail (error, VIR_FROM_DOM, VIR_ERR_OPERATION_DENIED,
                 "secrets in documents are not for read-only connections");
  vm = handler_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  inactive = (args->flags & VIR_DOMAIN_XML_INACTIVE) || vm->live == NULL;
  domain = inactive && vm->config != NULL ? vm->config : vm_domain (vm);
  /* What the balloon leaves the guest now is what the live document calls its current memory. */
  if (domain == vm->live)
    domain->current_memory = vm_balloon_kib (vm);
  if (args->flags & VIR_DOMAIN_XML_UPDATE_CPU)
    {
      /* A copy: finding out what the emulator can do lets others at the guest. */
      copy = domain_copy (domain);
      if (!qemu_cpu_update (copy, error))
        return false;
      domain = copy;
    }
  ret->xml = domain_format (domain, format_flags (args->flags, inactive));
  return true;
}
