/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a QEMU that is not to be trusted writes to its monitor, while fibers wait for replies. */
#include "fuzz.h"

#include <jansson.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu/qmp.h"
#include "util/loop.h"

static void
on_event (Qmp *qmp, const char *name, json_t *data, int64_t when_us, void *user)
{
  g_assert_nonnull (name);
  g_assert_true (json_is_object (data));
  g_assert_cmpint (when_us, >=, 0);
}

static void
on_closed (Qmp *qmp, const GError *reason, void *user)
{
  g_assert_nonnull (reason);
}

static void
greet (void *data)
{
  qmp_greet (data, FOREVER, NULL);
}

static void
command (void *data)
{
  g_autoptr (GError) error = NULL;
  json_t *result = qmp_command (data, "query-status", NULL, FOREVER, &error);

  g_assert_true ((result == NULL) == (error != NULL));
  json_decref (result);
}

static void
raw (void *data)
{
  G_GNUC_UNUSED g_autofree char *text = qmp_raw (data, "{\"execute\":\"query-version\",\"id\":7}", -1, FOREVER, NULL);
}

static void
hmp (void *data)
{
  G_GNUC_UNUSED g_autofree char *text = qmp_hmp (data, "info version", FOREVER, NULL);
}

static void
batch (void *data)
{
  g_autoptr (QmpBatch) commands = qmp_batch_new (data);

  for (unsigned int i = 0; i < 2; i++)
    qmp_batch_add (commands, "query-cpus-fast", NULL);
  if (qmp_batch_run (commands, FOREVER, NULL))
    for (unsigned int i = 0; i < 2; i++)
      json_decref (qmp_batch_take (commands, i, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const QmpHandler handler = { on_event, on_closed };
  static const FiberFunc waiters[] = { greet, command, raw, hmp, batch };
  Qmp *qmp;
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
    g_error ("no socket pair");
  qmp = qmp_new (pair[0], "guest", &handler, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (waiters); i++)
    fiber_start ("waiter", NULL, waiters[i], qmp);
  while (qmp_is_open (qmp) && size > 0)
    {
      ssize_t n = send (pair[1], data, MIN (size, data[0] % 2 == 0 ? size : 100), MSG_NOSIGNAL);

      if (n > 0)
        {
          data += n;
          size -= (size_t) n;
        }
      loop_turn (0);
    }
  close (pair[1]);
  while (fiber_count () > 0 || qmp_is_open (qmp))
    loop_turn (0);
  qmp_unref (qmp);
  return 0;
}
