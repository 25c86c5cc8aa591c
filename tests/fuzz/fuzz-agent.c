/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a guest writes to the channel of its agent, while a fiber waits for an answer of some shape. */
#include "fuzz.h"

#include <jansson.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/answer.h"
#include "util/loop.h"

static const AnswerShape *const shapes[] = {
  &answer_int, &answer_hostname, &answer_timezone, &answer_os_info, &answer_users, &answer_vcpus, &answer_filesystems,
  &answer_disks, &answer_interfaces, &answer_ssh_keys, &answer_anything,
};

typedef struct
{
  Agent *agent;
  const AnswerShape *shape;     /* NULL: a sync */
} Asker;

static void
ask (void *data)
{
  Asker *asker = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) answer = NULL;

  if (asker->shape == NULL)
    {
      /* Nobody guesses what is asked for. */
      g_assert_false (agent_sync (asker->agent, FOREVER, NULL));
      return;
    }
  answer = agent_command (asker->agent, "guest-test", NULL, FOREVER, &error);
  g_assert_true ((answer == NULL) == (error != NULL));
  if (answer != NULL && !answer_check (answer, asker->shape, "guest-test", &error))
    g_assert_nonnull (error);
}

/* The first byte chooses what is asked. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  unsigned int what = size > 0 ? data[0] % (G_N_ELEMENTS (shapes) + 1) : 0;
  Asker asker = { .shape = what < G_N_ELEMENTS (shapes) ? shapes[what] : NULL };
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
    g_error ("no socket pair");
  asker.agent = agent_new (pair[0], "guest");
  fiber_start ("asker", NULL, ask, &asker);
  for (size_t sent = 1; sent < size && fiber_count () > 0;)
    {
      ssize_t n = send (pair[1], data + sent, MIN (size - sent, 4096), MSG_NOSIGNAL);

      if (n > 0)
        sent += (size_t) n;
      loop_turn (0);
    }
  close (pair[1]);
  while (fiber_count () > 0)
    loop_turn (0);
  agent_unref (asker.agent);
  return 0;
}
