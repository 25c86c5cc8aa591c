/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* files.c: what the disk needs. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "floor.h"
#include "support.h"

void
read_folder (const char *path)
{
  static char bytes[64 * 1024];
  DIR *folder = opendir (path);
  struct dirent *entry;

  if (folder == NULL)
    die ("cannot read %s: %s", path, strerror (errno));
  while ((entry = readdir (folder)) != NULL)
    {
      struct stat about;
      int fd = openat (dirfd (folder), entry->d_name, O_RDONLY | O_CLOEXEC);

      if (fd >= 0 && fstat (fd, &about) == 0 && S_ISREG (about.st_mode))
        while (read (fd, bytes, sizeof bytes) > 0)
          ;
      if (fd >= 0)
        close (fd);
    }
  closedir (folder);
}

static void
replace (int folder, const char *name, const char *bytes, size_t length)
{
  int fd = openat (folder, ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  if (fd < 0 || write (fd, bytes, length) != (ssize_t) length || fsync (fd) < 0 || close (fd) < 0
      || renameat (folder, ".new", folder, name) < 0 || fsync (folder) < 0)
    die ("cannot write %s: %s", name, strerror (errno));
}

void
floor_write (int argc, char **argv)
{
  int folder = open (argv[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  size_t length = (size_t) argument (argc, argv, 2, 0);
  char *bytes = make (1, length);
  Samples samples = { 0 };

  if (folder < 0)
    die ("cannot open %s: %s", argv[0], strerror (errno));
  memset (bytes, 'x', length);
  for (long i = argument (argc, argv, 1, 0); i > 0; i--)
    {
      char name[32];
      double begin = now_us ();

      snprintf (name, sizeof name, "%ld.xml", i);
      replace (folder, name, bytes, length);
      samples_add (&samples, now_us () - begin);
    }
  result_samples ("write", &samples);
  result_end ();
}
