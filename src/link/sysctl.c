/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/error.h"

#define NUMBER_SIZE 32

static bool
read_number (const char *name, int *ret)
{
  g_autofree char *path = g_strconcat ("/proc/sys/", name, NULL);
  fd_auto int fd = open (path, O_RDONLY | O_CLOEXEC);
  char text[NUMBER_SIZE] = "";

  if (fd < 0 || read (fd, text, sizeof (text) - 1) <= 0)
    return false;
  *ret = (int) strtol (text, NULL, 10);
  return true;
}

static bool
write_number (const char *name, int value)
{
  g_autofree char *path = g_strconcat ("/proc/sys/", name, NULL);
  fd_auto int fd = open (path, O_WRONLY | O_CLOEXEC);
  char text[NUMBER_SIZE];
  int length = g_snprintf (text, sizeof (text), "%d\n", value);

  return fd >= 0 && write (fd, text, (size_t) length) == length;
}

bool
sysctl_get (int *ret, GError **error, const char *format, ...)
{
  g_autofree char *name = NULL;
  va_list values;

  va_start (values, format);
  name = g_strdup_vprintf (format, values);
  va_end (values);
  return read_number (name, ret) || fail_errno (error, VIR_FROM_NONE, errno, "cannot read the sysctl %s", name);
}

bool
sysctl_set (int value, GError **error, const char *format, ...)
{
  g_autofree char *name = NULL;
  va_list values;
  int there;

  va_start (values, format);
  name = g_strdup_vprintf (format, values);
  va_end (values);
  if (read_number (name, &there) && there == value)
    return true;
  return write_number (name, value)
         || fail_errno (error, VIR_FROM_NONE, errno, "cannot set the sysctl %s to %d", name, value);
}
