/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security/selinux.h: contexts, by their parts "USER:ROLE:TYPE:RANGE". */
#pragma once

#include "security/security.h"

/* What the policy gives guests and their files. */
typedef struct
{
  char *domain, *domain_tcg;    /* with KVM, without */
  char *image;                  /* what a guest writes */
  char *content;                /* what guests only read */
} SelinuxContexts;

/* Those of the policy, or what the reference policy has. Static; reads files once. */
const SelinuxContexts *security_selinux_contexts (void);

/* A context with another @range. Caller frees; NULL if @context has no range. */
char *security_selinux_with_range (const char *context, const char *range);

/* "s0:c1,c2" of two categories from the @own range ("s0-s0:c0.c1023") that @is_taken says no guest has. Caller frees;
 * VIR_ERR_INTERNAL_ERROR if there are none. */
char *security_selinux_choose_range (const char *own, bool (*is_taken) (const char *range), GError **error);
