/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* networks.c: virtual networks, their ports and interfaces of guests through the library. */
#include <stdio.h>
#include <stdlib.h>

#include "client.h"
#include "documents.h"

static virNetworkPtr
find_network (virConnectPtr conn, const char *name)
{
  virNetworkPtr network = virNetworkLookupByName (conn, name);

  if (network == NULL)
    fail (name);
  return network;
}

/* How long @action takes is added to @samples. */
static bool
timed (virConnectPtr conn, const char *name, int (*action) (virNetworkPtr network), Samples *samples)
{
  virNetworkPtr network = find_network (conn, name);
  double begin = now_us ();
  bool done = action (network) == 0;

  samples_add (samples, now_us () - begin);
  virNetworkFree (network);
  return done;
}

static bool
define_one (virConnectPtr conn, const char *name, Samples *samples)
{
  static int number;
  char *xml = document_network (name, number++);
  double begin = now_us ();
  virNetworkPtr network = virNetworkDefineXML (conn, xml);

  samples_add (samples, now_us () - begin);
  free (xml);
  if (network != NULL)
    virNetworkFree (network);
  return network != NULL;
}

static bool
start_one (virConnectPtr conn, const char *name, Samples *samples)
{
  return timed (conn, name, virNetworkCreate, samples);
}

static bool
stop_one (virConnectPtr conn, const char *name, Samples *samples)
{
  return timed (conn, name, virNetworkDestroy, samples);
}

static bool
undefine_one (virConnectPtr conn, const char *name, Samples *samples)
{
  return timed (conn, name, virNetworkUndefine, samples);
}

void
run_net_define (int argc, char **argv)
{
  share (argc > 3 ? 3 : argc, argv, "define", define_one);
}

void
run_net_start (int argc, char **argv)
{
  share (argc, argv, "start", start_one);
}

void
run_net_stop (int argc, char **argv)
{
  share (argc, argv, "stop", stop_one);
}

void
run_net_undefine (int argc, char **argv)
{
  share (argc, argv, "undefine", undefine_one);
}

void
run_net_cycle (int argc, char **argv)
{
  virConnectPtr conn = open_uri (argv[0]);
  Samples starts = { 0 }, stops = { 0 };

  for (long i = argument (argc, argv, 2, 0); i > 0; i--)
    if (!start_one (conn, argv[1], &starts) || !stop_one (conn, argv[1], &stops))
      fail (argv[1]);
  virConnectClose (conn);
  result_samples ("start", &starts);
  result_samples ("stop", &stops);
  result_end ();
}

/* ---- ports ---- */

static virNetworkPortPtr
make_port (virNetworkPtr network, int number)
{
  char xml[512];
  virNetworkPortPtr port;

  snprintf (xml, sizeof xml,
            "<networkport><uuid>88888888-8888-4888-8888-%012x</uuid><owner><name>bench-%05d</name>"
            "<uuid>77777777-7777-4777-8777-%012x</uuid></owner>"
            "<mac address='52:54:00:77:%02x:%02x'/></networkport>",
            number, number, number, number / 256 % 256, number % 256);
  port = virNetworkPortCreateXML (network, xml, 0);
  if (port == NULL)
    fail ("a port");
  return port;
}

void
run_net_ports (int argc, char **argv)
{
  virConnectPtr conn = open_uri (argv[0]);
  virNetworkPtr network = find_network (conn, argv[1]);
  int filled = (int) argument (argc, argv, 2, 0);
  Samples created = { 0 }, deleted = { 0 };

  for (int i = virNetworkListAllPorts (network, NULL, 0); i < filled; i++)
    virNetworkPortFree (make_port (network, i));
  for (long i = argument (argc, argv, 3, 0); i > 0; i--)
    {
      double begin = now_us (), middle;
      virNetworkPortPtr port = make_port (network, filled);

      middle = now_us ();
      samples_add (&created, middle - begin);
      if (virNetworkPortDelete (port, 0) < 0)
        fail ("a port");
      samples_add (&deleted, now_us () - middle);
      virNetworkPortFree (port);
    }
  virNetworkFree (network);
  virConnectClose (conn);
  result_samples ("create", &created);
  result_samples ("delete", &deleted);
  result_end ();
}

void
run_attach (int argc, char **argv)
{
  virConnectPtr conn = open_uri (argv[0]);
  virDomainPtr domain = virDomainLookupByName (conn, argv[1]);
  Samples attached = { 0 }, detached = { 0 };
  char xml[256];

  snprintf (xml, sizeof xml,
            "<interface type='bridge'><mac address='52:54:00:77:ff:01'/><source bridge='%s'/>"
            "<model type='usb-net'/><address type='usb' bus='0' port='1'/></interface>", argv[2]);
  for (long i = argument (argc, argv, 3, 0); i > 0; i--)
    {
      double begin = now_us (), middle;

      if (domain == NULL || virDomainAttachDevice (domain, xml) < 0)
        fail (argv[1]);
      middle = now_us ();
      samples_add (&attached, middle - begin);
      if (virDomainDetachDevice (domain, xml) < 0)
        fail (argv[1]);
      samples_add (&detached, now_us () - middle);
    }
  virDomainFree (domain);
  virConnectClose (conn);
  result_samples ("attach", &attached);
  result_samples ("detach", &detached);
  result_end ();
}
