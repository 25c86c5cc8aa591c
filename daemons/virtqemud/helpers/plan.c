/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers/private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"

HelperPlan *
helper_plan_new (const char *kind, const char *program)
{
  HelperPlan *plan = g_new0 (HelperPlan, 1);

  plan->kind = kind;
  plan->argv = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (plan->argv, g_strdup (program));
  return plan;
}

void
helper_plan_add (HelperPlan *plan, const char *format, ...)
{
  va_list values;

  va_start (values, format);
  g_ptr_array_add (plan->argv, g_strdup_vprintf (format, values));
  va_end (values);
}

void
helper_plan_free (HelperPlan *plan)
{
  if (plan == NULL)
    return;
  g_ptr_array_unref (plan->argv);
  g_free (plan->socket);
  g_free (plan->log);
  g_free (plan->ready);
  if (plan->secret != NULL)
    explicit_bzero (plan->secret, strlen (plan->secret));
  g_free (plan->secret);
  g_free (plan);
}

int
helper_secret_pipe (const char *secret, GError **error)
{
  size_t length = strlen (secret);
  int ends[2];
  bool fits;

  if (pipe2 (ends, O_CLOEXEC) < 0)
    {
      fail_errno (error, VIR_FROM_QEMU, errno, "cannot make a pipe for a passphrase");
      return -1;
    }
  fits = length <= PIPE_BUF && write (ends[1], secret, length) == (ssize_t) length;
  close (ends[1]);
  if (fits)
    return ends[0];
  close (ends[0]);
  fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "a passphrase has more than %d bytes", PIPE_BUF);
  return -1;
}
