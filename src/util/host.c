/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The root of all host files, and the helpers that read below it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>

#include "util/cleanup.h"
#include "util/host-private.h"

/* More than any file of /proc or /sys that is read here has. */
#define MAX_FILE (8 * 1024 * 1024)

static char *root;

void
host_init (const char *sysroot)
{
  g_free (root);
  root = g_strdup (sysroot);
  host_cpu_forget ();
  host_numa_forget ();
  host_cache_forget ();
  host_identity_forget ();
}

static char *
below_root (const char *format, va_list arguments) G_GNUC_PRINTF (1, 0);

static char *
below_root (const char *format, va_list arguments)
{
  g_autofree char *path = g_strdup_vprintf (format, arguments);

  return g_strconcat (root != NULL ? root : "", path, NULL);
}

char *
host_path (const char *format, ...)
{
  va_list arguments;
  char *path;

  va_start (arguments, format);
  path = below_root (format, arguments);
  va_end (arguments);
  return path;
}

/* Files of /proc have no size: reads until the end. */
static char *
read_text (const char *path)
{
  fd_auto int fd = open (path, O_RDONLY | O_CLOEXEC);
  g_autoptr (GString) text = g_string_sized_new (4096);

  if (fd < 0)
    return NULL;
  for (;;)
    {
      size_t room = text->allocated_len - text->len - 1;
      ssize_t n = read (fd, text->str + text->len, room);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 || text->len > MAX_FILE)
        return NULL;
      text->len += (size_t) n;
      text->str[text->len] = '\0';
      if (n == 0)
        return g_strchomp (g_string_free (g_steal_pointer (&text), FALSE));
      if ((size_t) n == room)
        {
          gsize length = text->len;

          g_string_set_size (text, length * 2 + 4096);
          g_string_truncate (text, length);
        }
    }
}

char *
host_read (const char *format, ...)
{
  g_autofree char *path = NULL;
  va_list arguments;

  va_start (arguments, format);
  path = below_root (format, arguments);
  va_end (arguments);
  return read_text (path);
}

bool
host_read_number (uint64_t *ret_value, const char *format, ...)
{
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  path = below_root (format, arguments);
  va_end (arguments);
  text = read_text (path);
  return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, UINT64_MAX, ret_value, NULL);
}

GArray *
host_parse_list (const char *list)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (unsigned int));

  while (g_ascii_isdigit (*list))
    {
      char *end;
      guint64 first = g_ascii_strtoull (list, &end, 10);
      guint64 last = *end == '-' ? g_ascii_strtoull (end + 1, &end, 10) : first;

      /* No kernel has more CPUs or nodes than this. */
      for (guint64 number = first; number <= last && number < 65536; number++)
        {
          unsigned int value = (unsigned int) number;

          g_array_append_val (numbers, value);
        }
      list = *end == ',' ? end + 1 : end;
    }
  return numbers;
}

const char *
host_find_line (const char *text, const char *key)
{
  size_t length = strlen (key);

  for (const char *line = text; line != NULL; line = strchr (line, '\n'))
    {
      line += *line == '\n';
      if (strncmp (line, key, length) == 0 && !g_ascii_isalnum (line[length]) && line[length] != '_')
        return line + length;
    }
  return NULL;
}

/* Lines are "Key:  N kB", in a node's file "Node 0 Key:  N kB". */
uint64_t
host_meminfo_kib (const char *text, const char *key)
{
  g_autofree char *wanted = g_strconcat (key, ":", NULL);
  const char *found = text;

  while ((found = strstr (found, wanted)) != NULL)
    {
      if (found == text || found[-1] == '\n' || found[-1] == ' ')
        return g_ascii_strtoull (found + strlen (wanted), NULL, 10);
      found++;
    }
  return 0;
}

const char *
host_arch (void)
{
  static struct utsname names;

  if (names.machine[0] == '\0' && uname (&names) < 0)
    return "unknown";
  return names.machine;
}
