/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about what confines guests. */
#include <string.h>

#include "driver.h"
#include "handlers/handlers.h"
#include "qemu/process.h"
#include "security/security.h"

/* One character is one item on the wire, with the NUL at the end. */
static void
put_text (const char *text, char **ret_text, unsigned int *ret_n)
{
  *ret_text = g_strdup (text);
  *ret_n = (unsigned int) strlen (text) + 1;
}

/* What confines guests, if anything does: the first of the drivers, unless that is only about users. */
static const SecurityDriver *
confining_driver (void)
{
  const SecurityDriver *first = security_drivers (driver.config)[0];

  return first != NULL && first->model != SECURITY_DAC ? first : NULL;
}

bool
handle_node_get_security_model (Call *call, NodeGetSecurityModelRet *ret, GError **error)
{
  const SecurityDriver *confining = confining_driver ();

  put_text (confining != NULL ? confining->name : "none", &ret->model, &ret->n_model);
  put_text (confining != NULL ? confining->doi : "0", &ret->doi, &ret->n_doi);
  return true;
}

/* The label that QEMU's process has; where nothing confines it, none. */
static void
put_label (const Vm *vm, DomainGetSecurityLabelRet *ret)
{
  const SecurityDriver *confining = confining_driver ();
  const DomainSeclabel *label = confining != NULL && vm->live != NULL ? security_label_of (vm->live, confining->model) : NULL;

  put_text (label != NULL && label->label != NULL ? label->label : "", &ret->label, &ret->n_label);
  ret->enforcing = label != NULL && security_is_enforcing (confining);
}

bool
handle_domain_get_security_label (Call *call, const DomainGetSecurityLabelArgs *args, DomainGetSecurityLabelRet *ret,
                                  GError **error)
{
  g_autoptr (Vm) vm = handler_vm (&args->dom, error);

  if (vm == NULL)
    return false;
  put_label (vm, ret);
  return true;
}

/* What confines the guest first, then whom it runs as. */
bool
handle_domain_get_security_label_list (Call *call, const DomainGetSecurityLabelListArgs *args,
                                       DomainGetSecurityLabelListRet *ret, GError **error)
{
  g_autoptr (Vm) vm = handler_vm (&args->dom, error);
  const DomainSeclabel *dac;

  if (vm == NULL)
    return false;
  if (vm->live == NULL)
    return true;
  dac = security_label_of (vm->live, SECURITY_DAC);
  ret->labels = g_new0 (DomainGetSecurityLabelRet, 2);
  put_label (vm, &ret->labels[ret->n_labels++]);
  if (dac != NULL && dac->label != NULL)
    {
      DomainGetSecurityLabelRet *item = &ret->labels[ret->n_labels++];

      put_text (dac->label, &item->label, &item->n_label);
    }
  ret->ret = (int) ret->n_labels;
  return true;
}
