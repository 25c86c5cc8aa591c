/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/nft.h"

#include <nftables/libnftables.h>
#include <sys/prctl.h>
#include <string.h>

#include "util/error.h"
#include "util/fiber.h"
#include "util/loop.h"
#include "util/worker.h"

/* A context may be used by one thread at a time, and keeps what it has read of the ruleset: one is made for each run. */
typedef struct nft_ctx NftContext;

typedef struct
{
  const char *commands, *author;
  bool wants_output;
  char *output;
  NftContext *context;
} Run;

const char *
nft_author (void)
{
  static char author[16];

  if (author[0] == '\0')
    g_snprintf (author, sizeof author, "nft-%08x", g_random_int ());
  return author;
}

/* The first complaint without the command that it quotes. */
static char *
words_of (const char *complaint)
{
  const char *words = complaint != NULL ? strstr (complaint, "Error: ") : NULL;

  words = words != NULL ? words + strlen ("Error: ") : "no reason is given";
  return g_strndup (words, strcspn (words, "\n"));
}

/* The command below which the first complaint points. */
static char *
command_of (const char *complaint)
{
  const char *line = complaint != NULL ? strchr (complaint, '\n') : NULL;

  return line != NULL ? g_strndup (line + 1, strcspn (line + 1, "\n")) : g_strdup ("");
}

static bool
run (void *args, GError **error)
{
  Run *self = args;
  NftContext *context = self->context = nft_ctx_new (NFT_CTX_DEFAULT);
  char former[16] = "";
  int status;

  if (context == NULL || nft_ctx_buffer_output (context) != 0 || nft_ctx_buffer_error (context) != 0)
    return fail (error, VIR_FROM_FIREWALL, VIR_ERR_INTERNAL_ERROR, "nftables cannot be used: no context");
  nft_ctx_output_set_flags (context, NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_HANDLE | NFT_CTX_OUTPUT_STATELESS);
  /* The kernel tells everybody who watches the name of the thread that made a change: so ours are known. */
  prctl (PR_GET_NAME, former);
  prctl (PR_SET_NAME, self->author);
  status = nft_run_cmd_from_buffer (context, self->commands);
  prctl (PR_SET_NAME, former);
  if (status != 0)
    {
      const char *complaint = nft_ctx_get_error_buffer (context);
      g_autofree char *words = words_of (complaint), *command = command_of (complaint);

      return fail (error, VIR_FROM_FIREWALL, VIR_ERR_INTERNAL_ERROR, "nftables refused '%s': %s", command, words);
    }
  if (self->wants_output)
    self->output = g_strdup (nft_ctx_get_output_buffer (context));
  return true;
}

static bool
free_context (void *context, GError **error)
{
  nft_ctx_free (context);
  return true;
}

/* With its socket goes what the transaction has removed, for which the kernel waits: nobody else has to. */
static void
leave_context (NftContext *context)
{
  g_autoptr (GError) error = NULL;

  if (fiber_self () == NULL)
    nft_ctx_free (context);
  else if (!worker_run_until ("the end of nftables", free_context, context, NULL, loop_now (), NULL, &error)
           && virt_error_is (error, VIR_ERR_OPERATION_ABORTED))
    fiber_cancel (fiber_self ());
}

bool
nft_run (const char *commands, char **ret_output, GError **error)
{
  Run args = { commands, nft_author (), ret_output != NULL };
  bool ok = worker_run ("nftables", run, &args, error);

  if (args.context != NULL)
    leave_context (args.context);
  if (!ok)
    return false;
  if (ret_output != NULL)
    *ret_output = args.output;
  return true;
}
