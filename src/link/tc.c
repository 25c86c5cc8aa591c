/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/tc.h"

#include <string.h>

#include "util/error.h"
#include "util/process.h"

#define TC_MS 10000

/* A queue that lets through @rate at most, borrowing up to its peak, with nothing else beside it. Rates of documents are
 * in KiB a second, and so are tc's "kbps". */
static void
append_queue (GString *out, const char *name, const NetworkRate *rate)
{
  g_string_append_printf (out, "qdisc replace dev %s root handle 1: htb default 1\n", name);
  g_string_append_printf (out, "class add dev %s parent 1: classid 1:1 htb rate %" G_GUINT64_FORMAT "kbps", name, rate->average);
  if (rate->peak != 0)
    g_string_append_printf (out, " ceil %" G_GUINT64_FORMAT "kbps", rate->peak);
  if (rate->burst != 0)
    g_string_append_printf (out, " burst %" G_GUINT64_FORMAT "kb", rate->burst);
  g_string_append_c (out, '\n');
}

/* What comes in faster is dropped. */
static void
append_police (GString *out, const char *name, const NetworkRate *rate)
{
  g_string_append_printf (out, "qdisc add dev %s ingress\n", name);
  g_string_append_printf (out, "filter add dev %s parent ffff: protocol all u32 match u32 0 0 police rate %" G_GUINT64_FORMAT
                          "kbps burst %" G_GUINT64_FORMAT "kb mtu 64kb drop flowid :1\n",
                          name, rate->average, rate->burst != 0 ? rate->burst : rate->average);
}

static bool
is_limit (const NetworkRate *rate)
{
  return rate != NULL && rate->average != 0;
}

char *
tc_script (const char *name, const NetworkBandwidth *bandwidth, bool is_tap)
{
  const NetworkRate *inbound = bandwidth != NULL ? bandwidth->inbound : NULL;
  const NetworkRate *outbound = bandwidth != NULL ? bandwidth->outbound : NULL;
  const NetworkRate *sent = is_tap ? inbound : outbound, *received = is_tap ? outbound : inbound;
  g_autoptr (GString) out = g_string_new (NULL);

  if (is_limit (sent))
    append_queue (out, name, sent);
  if (is_limit (received))
    append_police (out, name, received);
  return out->len > 0 ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

static bool
run_tc (const char *name, const char *script, bool forgiving, GError **error)
{
  const char *argv[] = { "tc", "-force", "-batch", "-", NULL };
  const char *strict[] = { "tc", "-batch", "-", NULL };
  ProcessSpec spec = { .argv = forgiving ? argv : strict };
  ProcessLimits limits = { .deadline = deadline_in_ms (TC_MS) };
  g_auto (ProcessResult) result = { 0 };

  if (!process_run (&spec, script, strlen (script), &limits, &result, error))
    return false;
  if (forgiving || result.status == 0)
    return true;
  return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "the bandwidth of '%s' cannot be set: tc says '%s'", name,
               g_strstrip (result.errors));
}

/* What is not there is not removed. */
static bool
clear (const char *name, GError **error)
{
  g_autofree char *script = g_strdup_printf ("qdisc del dev %s root\nqdisc del dev %s ingress\n", name, name);

  return run_tc (name, script, true, error);
}

bool
tc_set_bandwidth (const char *name, const NetworkBandwidth *bandwidth, bool is_tap, GError **error)
{
  g_autofree char *script = tc_script (name, bandwidth, is_tap);
  g_autofree char *fair = NULL;

  if (!clear (name, error))
    return false;
  if (script == NULL)
    return true;
  if (!run_tc (name, script, false, error))
    {
      clear (name, NULL);
      return false;
    }
  /* Streams share fairly where the kernel can do that; the limit holds without. */
  fair = g_strdup_printf ("qdisc add dev %s parent 1:1 handle 2: sfq perturb 10\n", name);
  return run_tc (name, fair, true, error);
}
