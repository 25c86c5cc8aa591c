/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* client.c: bench-client, what programs do, through whatever libvirt.so.0 there is. */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "documents.h"
#include "support.h"

#define WARM_UP 50

void
fail (const char *what)
{
  die ("%s: %s", what, virGetLastErrorMessage ());
}

virConnectPtr
open_uri (const char *uri)
{
  virConnectPtr conn = virConnectOpen (uri);

  if (conn == NULL)
    fail (uri);
  return conn;
}

static virDomainPtr
find (virConnectPtr conn, const char *name)
{
  virDomainPtr domain = virDomainLookupByName (conn, name);

  if (domain == NULL)
    fail (name);
  return domain;
}

/* ---- single calls ---- */

typedef struct
{
  const char *name;
  bool (*call) (virConnectPtr conn, virDomainPtr domain);
} Call;

static bool
call_version (virConnectPtr conn, virDomainPtr domain)
{
  unsigned long version;

  (void) domain;
  return virConnectGetLibVersion (conn, &version) == 0;
}

static bool
call_list (virConnectPtr conn, virDomainPtr domain)
{
  virDomainPtr *domains;
  int n = virConnectListAllDomains (conn, &domains, 0);

  (void) domain;
  if (n < 0)
    return false;
  for (int i = 0; i < n; i++)
    virDomainFree (domains[i]);
  free (domains);
  return true;
}

static bool
call_info (virConnectPtr conn, virDomainPtr domain)
{
  virDomainInfo info;

  (void) conn;
  return virDomainGetInfo (domain, &info) == 0;
}

static bool
call_state (virConnectPtr conn, virDomainPtr domain)
{
  int state, reason;

  (void) conn;
  return virDomainGetState (domain, &state, &reason, 0) == 0;
}

static bool
call_xml (virConnectPtr conn, virDomainPtr domain)
{
  char *xml = virDomainGetXMLDesc (domain, 0);

  (void) conn;
  free (xml);
  return xml != NULL;
}

static bool
call_stats (virConnectPtr conn, virDomainPtr domain)
{
  virDomainPtr domains[] = { domain, NULL };
  virDomainStatsRecordPtr *records;
  int n = virDomainListGetStats (domains, 0, &records, 0);

  (void) conn;
  if (n < 0)
    return false;
  virDomainStatsRecordListFree (records);
  return true;
}

static bool
call_memory (virConnectPtr conn, virDomainPtr domain)
{
  virDomainMemoryStatStruct stats[VIR_DOMAIN_MEMORY_STAT_NR];

  (void) conn;
  return virDomainMemoryStats (domain, stats, VIR_DOMAIN_MEMORY_STAT_NR, 0) >= 0;
}

/* Of all guests: @groups of VIR_DOMAIN_STATS_..., 0: all. */
static bool
all_stats (virConnectPtr conn, unsigned int groups)
{
  virDomainStatsRecordPtr *records;
  int n = virConnectGetAllDomainStats (conn, groups, &records, 0);

  if (n < 0)
    return false;
  virDomainStatsRecordListFree (records);
  return true;
}

static bool
call_all_stats (virConnectPtr conn, virDomainPtr domain)
{
  (void) domain;
  return all_stats (conn, 0);
}

static bool
call_block_stats (virConnectPtr conn, virDomainPtr domain)
{
  (void) domain;
  return all_stats (conn, VIR_DOMAIN_STATS_BLOCK);
}

static bool
call_disk (virConnectPtr conn, virDomainPtr domain)
{
  virDomainBlockStatsStruct stats;

  (void) conn;
  return virDomainBlockStats (domain, "vda", &stats, sizeof stats) == 0;
}

static const Call calls[] = {
  { "version", call_version }, { "list", call_list }, { "dominfo", call_info }, { "domstate", call_state },
  { "dumpxml", call_xml },     { "stats", call_stats }, { "memory", call_memory },
  { "domstats", call_all_stats }, { "blockstats", call_block_stats }, { "domblkstat", call_disk },
};

static const Call *
find_call (const char *name)
{
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (strcmp (calls[i].name, name) == 0)
      return &calls[i];
  die ("there is no call '%s'", name);
}

static void
run_call (int argc, char **argv)
{
  const Call *call = find_call (argv[1]);
  virConnectPtr conn = open_uri (argv[0]);
  virDomainPtr domain = argc > 3 ? find (conn, argv[3]) : NULL;
  long count = argument (argc, argv, 2, 0), warm_up = count > WARM_UP ? WARM_UP : 0;
  Samples samples = { 0 };

  for (long i = -warm_up; i < count; i++)
    {
      double begin = now_us ();

      if (!call->call (conn, domain))
        fail (call->name);
      if (i >= 0)
        samples_add (&samples, now_us () - begin);
    }
  if (domain != NULL)
    virDomainFree (domain);
  virConnectClose (conn);
  result_samples ("call", &samples);
  result_end ();
}

static void
run_open (int argc, char **argv)
{
  Samples samples = { 0 };

  for (long i = argument (argc, argv, 1, 0); i > 0; i--)
    {
      double begin = now_us ();

      virConnectClose (open_uri (argv[0]));
      samples_add (&samples, now_us () - begin);
    }
  result_samples ("open", &samples);
  result_end ();
}

/* ---- definitions ---- */

/* Defines @first to @first + @count - 1 of @prefix. */
static void
define (int argc, char **argv, char *(*document) (const char *name))
{
  virConnectPtr conn = open_uri (argv[0]);
  long count = argument (argc, argv, 2, 0), first = argument (argc, argv, 3, 0);
  Samples samples = { 0 };

  for (long i = first; i < first + count; i++)
    {
      char name[64], *xml;
      virDomainPtr domain;
      double begin;

      snprintf (name, sizeof name, "%s-%05ld", argv[1], i);
      xml = document (name);
      begin = now_us ();
      domain = virDomainDefineXML (conn, xml);
      if (domain == NULL)
        fail (name);
      samples_add (&samples, now_us () - begin);
      virDomainFree (domain);
      free (xml);
    }
  virConnectClose (conn);
  result_samples ("define", &samples);
  result_end ();
}

static void
run_define (int argc, char **argv)
{
  define (argc, argv, document_usual);
}

static void
run_define_tiny (int argc, char **argv)
{
  define (argc, argv, document_tiny);
}

/* Calls @each for every guest whose name begins with @prefix. */
static void
for_each (const char *uri, const char *prefix, unsigned int flags, bool (*each) (virDomainPtr domain, Samples *samples))
{
  virConnectPtr conn = open_uri (uri);
  virDomainPtr *domains;
  int n = virConnectListAllDomains (conn, &domains, flags);
  Samples samples = { 0 };

  if (n < 0)
    fail ("list");
  for (int i = 0; i < n; i++)
    {
      if (strncmp (virDomainGetName (domains[i]), prefix, strlen (prefix)) == 0 && !each (domains[i], &samples))
        fail (virDomainGetName (domains[i]));
      virDomainFree (domains[i]);
    }
  free (domains);
  virConnectClose (conn);
  result_samples ("each", &samples);
  result_end ();
}

/* Whether the guest of @record answers for itself: its disk's figures are there, and fresh. */
static bool
is_fresh (virDomainStatsRecordPtr record)
{
  unsigned long long reads;

  return virTypedParamsGetULLong (record->params, record->nparams, "block.0.rd.reqs", &reads) == 1
         && virTypedParamsGetULLong (record->params, record->nparams, "block.age-ms", &reads) == 0;
}

static void
run_reached (int argc, char **argv)
{
  virConnectPtr conn = open_uri (argv[0]);
  long wanted = argument (argc, argv, 1, 0), reached = -1;
  double begin = now_us ();

  while (reached != wanted && now_us () - begin < 30e6)
    {
      virDomainStatsRecordPtr *records;
      int n = virConnectGetAllDomainStats (conn, VIR_DOMAIN_STATS_BLOCK, &records, 0);

      if (n < 0)
        fail ("domstats");
      reached = 0;
      for (int i = 0; i < n; i++)
        reached += is_fresh (records[i]);
      virDomainStatsRecordListFree (records);
    }
  virConnectClose (conn);
  result_number ("reached", (double) reached);
  result_end ();
}

static bool
destroy_one (virDomainPtr domain, Samples *samples)
{
  double begin = now_us ();

  if (virDomainDestroy (domain) < 0)
    return false;
  samples_add (samples, now_us () - begin);
  return true;
}

static bool
undefine_one (virDomainPtr domain, Samples *samples)
{
  double begin = now_us ();

  if (virDomainUndefine (domain) < 0)
    return false;
  samples_add (samples, now_us () - begin);
  return true;
}

static void
run_destroy (int argc, char **argv)
{
  for_each (argv[0], argv[1], VIR_CONNECT_LIST_DOMAINS_ACTIVE, destroy_one);
}

static void
run_undefine (int argc, char **argv)
{
  for_each (argv[0], argv[1], VIR_CONNECT_LIST_DOMAINS_PERSISTENT, undefine_one);
}

/* ---- many clients ---- */

/* One of the clients that share the work. */
typedef struct
{
  const char *uri, *prefix;
  int first, count, step;
  bool (*each) (virConnectPtr conn, const char *name, Samples *samples);
  pthread_barrier_t *barrier;
  Samples samples;
} Sharer;

static void *
do_share (void *data)
{
  Sharer *sharer = data;
  virConnectPtr conn = open_uri (sharer->uri);

  pthread_barrier_wait (sharer->barrier);
  for (int i = sharer->first; i < sharer->count; i += sharer->step)
    {
      char name[64];

      snprintf (name, sizeof name, "%s-%05d", sharer->prefix, i);
      if (!sharer->each (conn, name, &sharer->samples))
        fail (name);
    }
  virConnectClose (conn);
  return NULL;
}

void
share (int argc, char **argv, const char *what, bool (*each) (virConnectPtr conn, const char *name, Samples *samples))
{
  int count = (int) argument (argc, argv, 2, 1), clients = (int) argument (argc, argv, 3, 1);
  pthread_t *threads = make ((size_t) clients, sizeof *threads);
  Sharer *sharers = make ((size_t) clients, sizeof *sharers);
  pthread_barrier_t barrier;
  Samples samples = { 0 };
  double begin;

  pthread_barrier_init (&barrier, NULL, (unsigned int) clients + 1);
  for (int i = 0; i < clients; i++)
    {
      sharers[i] = (Sharer) { argv[0], argv[1], i, count, clients, each, &barrier, { 0 } };
      if (pthread_create (&threads[i], NULL, do_share, &sharers[i]) != 0)
        die ("cannot make a thread");
    }
  pthread_barrier_wait (&barrier);
  begin = now_us ();
  for (int i = 0; i < clients; i++)
    {
      pthread_join (threads[i], NULL);
      for (size_t n = 0; n < sharers[i].samples.length; n++)
        samples_add (&samples, sharers[i].samples.values[n]);
    }
  result_number ("wall", now_us () - begin);
  result_samples (what, &samples);
  result_end ();
}

static bool
start_one (virConnectPtr conn, const char *name, Samples *samples)
{
  virDomainPtr domain = find (conn, name);
  double begin = now_us ();
  bool done = virDomainCreateWithFlags (domain, VIR_DOMAIN_START_PAUSED) == 0;

  samples_add (samples, now_us () - begin);
  virDomainFree (domain);
  return done;
}

static void
run_start (int argc, char **argv)
{
  share (argc, argv, "start", start_one);
}

static void
ignore_error (void *data, virErrorPtr error)
{
  (void) data;
  (void) error;
}

int
main (int argc, char **argv)
{
  static const Command commands[] = {
    { "call", "URI CALL COUNT [DOMAIN]", 3, run_call },
    { "open", "URI COUNT", 2, run_open },
    { "define", "URI PREFIX COUNT [FIRST]", 3, run_define },
    { "define-tiny", "URI PREFIX COUNT [FIRST]", 3, run_define_tiny },
    { "start", "URI PREFIX COUNT [CLIENTS]", 3, run_start },
    /* Waits until so many guests' monitors have answered the daemon. */
    { "reached", "URI COUNT", 2, run_reached },
    { "destroy", "URI PREFIX", 2, run_destroy },
    { "undefine", "URI PREFIX", 2, run_undefine },
    { "net-define", "URI PREFIX COUNT", 3, run_net_define },
    { "net-cycle", "URI NAME COUNT", 3, run_net_cycle },
    { "net-start", "URI PREFIX COUNT [CLIENTS]", 3, run_net_start },
    { "net-stop", "URI PREFIX COUNT [CLIENTS]", 3, run_net_stop },
    { "net-undefine", "URI PREFIX COUNT", 3, run_net_undefine },
    /* Fills the network up to so many ports, then makes and removes COUNT more, one at a time. */
    { "net-ports", "URI NAME PORTS COUNT", 4, run_net_ports },
    /* Gives a guest an interface on a bridge and takes it back. */
    { "attach", "URI DOMAIN BRIDGE COUNT", 4, run_attach },
    { 0 },
  };

  virSetErrorFunc (NULL, ignore_error);
  return commands_main (commands, argc, argv);
}
