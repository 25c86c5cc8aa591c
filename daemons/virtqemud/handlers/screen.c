/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pictures of the screens of guests. */
#include "handlers/by-file.h"
#include "handlers/handlers.h"
#include "util/cleanup.h"

#define PIECE 65536

/* A picture on its way to a client, a piece at a time. */
typedef struct
{
  Stream *stream;
  int fd;
} Picture;

static void
send_picture (void *data)
{
  Picture *picture = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *piece = g_malloc (PIECE);
  ssize_t n;

  while ((n = file_by_qemu_read (picture->fd, piece, PIECE, &error)) > 0)
    if (!stream_send (picture->stream, piece, (size_t) n, NULL))
      break;
  if (n == 0)
    {
      stream_send_eof (picture->stream);
      stream_finish (picture->stream);
    }
  else if (n < 0)
    stream_fail (picture->stream, error);
  stream_unref (picture->stream);
  fd_clear (&picture->fd);
  g_free (picture);
}

/* The video device and its head that make up screen @screen. */
static const DomainVideo *
find_screen (const Domain *domain, unsigned int screen, unsigned int *ret_head)
{
  for (unsigned int i = 0; i < domain->videos.n; i++)
    {
      const DomainVideo *video = domain->videos.items[i];
      unsigned int heads = MAX (video->heads, 1);

      if (video->type == VIDEO_TYPE_NONE)
        continue;
      if (screen < heads)
        {
          *ret_head = screen;
          return video;
        }
      screen -= heads;
    }
  return NULL;
}

static bool
has_screen (const Domain *domain)
{
  unsigned int head;

  return find_screen (domain, 0, &head) != NULL;
}

bool
handle_domain_screenshot (Call *call, const DomainScreenshotArgs *args, DomainScreenshotRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  const DomainVideo *video;
  unsigned int head;
  Picture *picture;
  int fd;

  if (!handler_check_flags (args->flags, 0, "virDomainScreenshot", error))
    return false;
  vm = handler_active_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  if (!has_screen (vm->live))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain '%s' has no screen", vm->name);
  video = find_screen (vm->live, args->screen, &head);
  if (video == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                 "domain '%s' has no screen %u", vm->name, args->screen);
  fd = file_by_qemu (vm, "screendump", json_pack ("{s:s, s:s, s:i}", "format", "png", "device", video->info.alias,
                                                  "head", (int) head), error);
  if (fd < 0)
    return false;
  picture = g_new (Picture, 1);
  *picture = (Picture) { call_open_stream (call), fd };
  fiber_start ("screenshot to a client", vm->name, send_picture, picture);
  ret->mime = g_strdup ("image/png");
  return true;
}
