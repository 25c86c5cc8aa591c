/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fibers.h"

#include <stdio.h>
#include <string.h>

#include "protocol/swarm-calls.h"
#include "rpc/client.h"
#include "util/loop.h"

#define PATIENCE_MS 5000

typedef struct
{
  const char *path;
  GError *error;
} Question;

static void
print_fiber (const SwarmFiber *fiber)
{
  printf ("%6" G_GUINT64_FORMAT "  %-32s %-24s ", fiber->id, fiber->name, fiber->subject != NULL ? fiber->subject : "");
  if (fiber->why != NULL)
    printf ("%.1f s for %s\n", (double) fiber->waited / G_USEC_PER_SEC, fiber->why);
  else
    printf ("runs\n");
}

static void
ask (void *data)
{
  Question *question = data;
  g_autoptr (RpcClient) client = rpc_client_connect (question->path, &question->error);
  g_auto (SwarmListFibersRet) ret = { 0 };

  if (client != NULL)
    {
      rpc_client_set_timeout (client, PATIENCE_MS);
      if (swarm_call_list_fibers (client, &ret, &question->error))
        {
          printf ("%6s  %-32s %-24s %s\n", "FIBER", "DOES", "FOR", "WAITS");
          for (unsigned int i = 0; i < ret.n_fibers; i++)
            print_fiber (&ret.fibers[i]);
        }
    }
  loop_quit (0);
}

static void
begin (void *data)
{
  fiber_start ("ask a daemon", NULL, ask, data);
}

bool
fibers_print (const char *root, const char *name, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s/run/libvirt/%s-admin-sock", root,
                                           strcmp (name, "virtproxyd") == 0 ? "libvirt" : name);
  Question question = { .path = path };

  loop_defer (begin, &question);
  loop_run ();
  if (question.error == NULL)
    return true;
  g_propagate_error (error, question.error);
  return false;
}
