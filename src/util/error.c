/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/error.h"

#include <string.h>

typedef VirtErrorDetail VirtErrorPrivate;
typedef GError VirtError;

static void
virt_error_private_init (VirtErrorPrivate *detail)
{
  detail->from = VIR_FROM_NONE;
  detail->level = VIR_ERR_ERROR;
  detail->int1 = detail->int2 = -1;
}

static void
virt_error_private_copy (const VirtErrorPrivate *from, VirtErrorPrivate *to)
{
  *to = *from;
  to->str1 = g_strdup (from->str1);
  to->str2 = g_strdup (from->str2);
  to->str3 = g_strdup (from->str3);
}

static void
virt_error_private_clear (VirtErrorPrivate *detail)
{
  g_free (detail->str1);
  g_free (detail->str2);
  g_free (detail->str3);
}

G_DEFINE_EXTENDED_ERROR (VirtError, virt_error)

const VirtErrorDetail *
virt_error_detail (const GError *error)
{
  static const VirtErrorDetail internal = { VIR_FROM_NONE, VIR_ERR_ERROR, NULL, NULL, NULL, -1, -1 };

  return error->domain == VIRT_ERROR ? virt_error_get_private (error) : &internal;
}

virErrorNumber
virt_error_code (const GError *error)
{
  return error->domain == VIRT_ERROR ? (virErrorNumber) error->code : VIR_ERR_INTERNAL_ERROR;
}

bool
virt_error_is (const GError *error, virErrorNumber code)
{
  return error != NULL && g_error_matches (error, VIRT_ERROR, code);
}

bool
fail (GError **error, virErrorDomain from, virErrorNumber code, const char *format, ...)
{
  va_list args;

  if (error == NULL)
    return false;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (VIRT_ERROR, code, format, args));
  va_end (args);
  virt_error_get_private (*error)->from = from;
  return false;
}

bool
fail_errno (GError **error, virErrorDomain from, int errnum, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (error == NULL)
    return false;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  fail (error, from, VIR_ERR_SYSTEM_ERROR, "%s: %s", text, g_strerror (errnum));
  virt_error_get_private (*error)->int1 = errnum;
  return false;
}

GError *
virt_error_new_remote (virErrorNumber code, virErrorDomain from, virErrorLevel level,
                       const char *message, const char *str1, const char *str2,
                       const char *str3, int int1, int int2)
{
  GError *error = g_error_new_literal (VIRT_ERROR, code, message != NULL ? message : "unknown error");
  VirtErrorDetail *detail = virt_error_get_private (error);

  detail->from = from;
  detail->level = level;
  detail->str1 = g_strdup (str1);
  detail->str2 = g_strdup (str2);
  detail->str3 = g_strdup (str3);
  detail->int1 = int1;
  detail->int2 = int2;
  return error;
}

void
virt_error_claim (GError *error, virErrorDomain from)
{
  VirtErrorPrivate *detail = error != NULL && error->domain == VIRT_ERROR ? virt_error_get_private (error) : NULL;

  if (detail != NULL && detail->from == VIR_FROM_NONE)
    detail->from = from;
}

void
error_prefix_apply (ErrorPrefix *prefix)
{
  if (prefix->error != NULL && *prefix->error != NULL)
    g_prefix_error (prefix->error, "%s: ", prefix->text);
  g_free (prefix->text);
}
