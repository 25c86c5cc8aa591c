/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/checks.h"

bool
call_check_flags (unsigned int flags, unsigned int allowed, virErrorDomain from, const char *api, GError **error)
{
  return (flags & ~allowed) == 0
         || fail (error, from, VIR_ERR_INVALID_ARG, "unsupported flags (0x%x) in %s", flags & ~allowed, api);
}

bool
call_check_exclusive (unsigned int flags, unsigned int exclusive, virErrorDomain from, const char *names,
                      const char *api, GError **error)
{
  return (flags & exclusive) != exclusive
         || fail (error, from, VIR_ERR_INVALID_ARG, "the flags %s exclude each other in %s", names, api);
}
