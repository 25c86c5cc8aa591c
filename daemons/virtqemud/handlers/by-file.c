/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handlers/by-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qemu/process.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/worker.h"
#include "vm/lifecycle.h"

typedef struct
{
  const char *folder, *name;
  int fd;
} Make;

/* A new file that the group of its folder may write: that is the guest's. */
static bool
make_work (void *args, GError **error)
{
  Make *make = args;
  fd_auto int folder = open (make->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  fd_auto int fd = -1;
  struct stat owner;

  if (folder < 0 || fstat (folder, &owner) < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot open the folder '%s'", make->folder);
  fd = openat (folder, make->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0 || fchown (fd, (uid_t) -1, owner.st_gid) < 0 || fchmod (fd, 0660) < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot make the file '%s/%s'", make->folder, make->name);
  make->fd = fd_steal (&fd);
  return true;
}

static bool
remove_work (void *args, GError **error)
{
  unlink (args);
  return true;
}

int
file_by_qemu (Vm *vm, const char *command, json_t *args, GError **error)
{
  static unsigned int serial;
  g_autoptr (json_t) owned = args;
  g_autofree char *name = g_strdup_printf ("file-%u", ++serial);
  g_autofree char *folder = vm->process != NULL ? g_strdup (vm->process->lib_dir) : NULL;
  g_autofree char *path = g_build_filename (folder != NULL ? folder : "", name, NULL);
  Make make = { .folder = folder, .name = name, .fd = -1 };
  fd_auto int fd = -1;
  bool done;

  if (folder == NULL)
    {
      fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain '%s' is starting", vm->name);
      return -1;
    }
  remove_work (path, NULL);
  if (!worker_run ("making a file for QEMU", make_work, &make, error))
    return -1;
  fd = make.fd;
  json_object_set_new (owned, "filename", json_string (path));
  done = vm_command (vm, command, g_steal_pointer (&owned), error);
  worker_run ("removing a file of QEMU", remove_work, path, NULL);
  return done ? fd_steal (&fd) : -1;
}

typedef struct
{
  int fd;
  char *buffer;
  size_t size, length;
} Read;

static bool
read_work (void *args, GError **error)
{
  Read *work = args;

  while (work->length < work->size)
    {
      ssize_t n = read (work->fd, work->buffer + work->length, work->size - work->length);

      if (n == 0)
        break;
      if (n < 0 && errno != EINTR)
        return fail_errno (error, VIR_FROM_QEMU, errno, "cannot read what QEMU wrote");
      if (n > 0)
        work->length += (size_t) n;
    }
  return true;
}

ssize_t
file_by_qemu_read (int fd, void *buffer, size_t size, GError **error)
{
  Read work = { .fd = fd, .buffer = buffer, .size = size };

  return worker_run ("reading a file of QEMU", read_work, &work, error) ? (ssize_t) work.length : -1;
}
