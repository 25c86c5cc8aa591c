/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Queues of devices: what the kernel has of them afterwards is what the program tc would have made. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "link/queue-private.h"
#include "link/tc.h"
#include "util/error.h"

/* What tc shows of the bridge br0. */
static char *
shown (const char *what)
{
  g_autofree char *command = g_strdup_printf ("tc -d %s show dev br0", what);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_assert_true (g_spawn_command_line_sync (command, &text, NULL, NULL, &error));
  g_assert_no_error (error);
  return text;
}

static void
run (const char *command)
{
  g_assert_cmpint (system (command), ==, 0);
}

static Rtnl *
begin (void)
{
  static const RtnlBridge bridge = { .mac = { 0x52, 0x54, 0, 1, 2, 3 } };
  g_autoptr (GError) error = NULL;
  Rtnl *rtnl = rtnl_open (&error);

  g_assert_no_error (error);
  g_assert_true (rtnl_add_bridge (rtnl, "br0", &bridge, &error));
  return rtnl;
}

static void
end (Rtnl *rtnl)
{
  g_assert_true (rtnl_remove (rtnl, "br0", NULL));
  rtnl_close (rtnl);
}

/* --- classes ------------------------------------------------------------------------------------ */

static void
test_classes (void)
{
  static const struct { QueueClass class; const char *words; } cases[] = {
    { { QUEUE_RATE (1000ul), QUEUE_RATE (5000ul), QUEUE_SIZE (1024ul), 85 },
      "rate 1000kbps ceil 5000kbps burst 1024kb quantum 85" },
    { { QUEUE_RATE (7ul), 0, 0, 1 }, "rate 7kbps quantum 1" },
    { { QUEUE_RATE (5000000ul), QUEUE_RATE (9000000ul), 65000, 2000 },
      "rate 5000000kbps ceil 9000000kbps burst 65000b quantum 2000" },
  };
  Rtnl *rtnl = begin ();

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *command = g_strdup_printf ("tc class add dev br0 parent 1: classid 1:1 htb %s", cases[i].words);
      g_autofree char *ours = NULL, *theirs = NULL, *our_queue = NULL, *their_queue = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (queue_clear (rtnl, "br0", &error));
      run ("tc qdisc add dev br0 root handle 1: htb default 2");
      run (command);
      theirs = shown ("class");
      their_queue = shown ("qdisc");
      g_assert_true (queue_clear (rtnl, "br0", &error) && queue_add_root (rtnl, "br0", 2, &error)
                     && queue_set_class (rtnl, "br0", 0, 1, &cases[i].class, &error));
      g_assert_no_error (error);
      ours = shown ("class");
      our_queue = shown ("qdisc");
      g_assert_cmpstr (ours, ==, theirs);
      g_assert_cmpstr (our_queue, ==, their_queue);
    }
  end (rtnl);
}

static void
test_change (void)
{
  static const uint8_t mac[6] = { 0x52, 0x54, 0, 0xaa, 0xbb, 0xcc }, other[6] = { 0x52, 0x54, 0, 0xaa, 0xbb, 0xcd };
  QueueClass class = { .rate = QUEUE_RATE (100ul), .quantum = 5 }, faster = { .rate = QUEUE_RATE (200ul), .quantum = 5 };
  g_autofree char *classes = NULL, *filters = NULL, *no_classes = NULL, *no_filters = NULL;
  g_autoptr (GError) error = NULL;
  Rtnl *rtnl = begin ();

  g_assert_true (queue_add_root (rtnl, "br0", 2, &error) && queue_set_class (rtnl, "br0", 0, 1, &class, &error)
                 && queue_set_class (rtnl, "br0", 1, 3, &class, &error) && queue_share (rtnl, "br0", 3, 3, &error)
                 && queue_set_receiver (rtnl, "br0", 3, mac, &error));
  g_assert_true (queue_set_class (rtnl, "br0", 1, 3, &faster, &error) && queue_share (rtnl, "br0", 3, 3, &error)
                 && queue_set_receiver (rtnl, "br0", 3, other, &error));
  g_assert_no_error (error);
  classes = shown ("class");
  g_assert_nonnull (strstr (classes, "class htb 1:3 parent 1:1"));
  g_assert_nonnull (strstr (classes, "rate 1600Kbit"));
  filters = shown ("filter");
  g_assert_nonnull (strstr (filters, "flowid 1:3"));
  g_assert_nonnull (strstr (filters, "match 00aabbcd/ffffffff at -12"));
  g_assert_null (strstr (filters, "00aabbcc"));
  g_assert_nonnull (strstr (filters, "match 00005254/0000ffff at -16"));
  g_assert_true (queue_remove_class (rtnl, "br0", 3, &error) && queue_remove_class (rtnl, "br0", 3, &error));
  no_classes = shown ("class");
  g_assert_null (strstr (no_classes, "1:3"));
  no_filters = shown ("filter");
  g_assert_null (strstr (no_filters, "flowid"));
  g_assert_false (queue_set_receiver (rtnl, "br0", QUEUE_CLASS_MAX, mac, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
  end (rtnl);
}

/* --- a device's limits ------------------------------------------------------------------------------ */

static void
test_limits (void)
{
  static const NetworkRate rate = { .average = 1000, .peak = 5000, .burst = 1024 };
  NetworkBandwidth inbound = { .inbound = (NetworkRate *) &rate }, outbound = { .outbound = (NetworkRate *) &rate };
  const struct { const NetworkBandwidth *bandwidth; bool is_tap, sent; } cases[] = {
    { &inbound, true, true }, { NULL, true, false }, { &outbound, false, true },
  };
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;
  Rtnl *rtnl = begin ();

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *classes = NULL;

      g_assert_true (tc_set_bandwidth ("br0", cases[i].bandwidth, cases[i].is_tap, &error));
      g_assert_no_error (error);
      classes = shown ("class");
      g_assert_cmpint (strstr (classes, "rate 8Mbit ceil 40Mbit linklayer ethernet burst 1Mb/1") != NULL, ==, cases[i].sent);
    }
  /* Policing, where the kernel has it; else nothing is left of what was asked. */
  if (tc_set_bandwidth ("br0", &outbound, true, &error))
    {
      g_autofree char *filters = shown ("filter");

      g_assert_nonnull (strstr (filters, "police"));
    }
  else
    {
      g_assert_error (error, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
      after = shown ("qdisc");
      g_assert_null (strstr (after, "ingress"));
    }
  end (rtnl);
}

/* The message for the kernels that know it: as tc sends it for "rate 128kbps burst 256kb mtu 64kb". */
static void
test_police (void)
{
  RtnlRequest request = { 0 };
  const struct nlattr *attribute, *part, *inner;
  const struct tc_police *police = NULL;
  const uint32_t *table = NULL;
  uint32_t class = 0;

  mnl_nlmsg_put_header (request.room);
  queue_put_police (&request, QUEUE_RATE (128ul), QUEUE_SIZE (256ul));
  /* Header, kind and options; tc's 1184 bytes have a tcmsg besides. */
  g_assert_cmpuint (request.header.nlmsg_len, ==, 1184 - sizeof (struct tcmsg));
  mnl_attr_for_each (attribute, &request.header, 0)
    if (mnl_attr_get_type (attribute) == TCA_OPTIONS)
      mnl_attr_for_each_nested (part, attribute)
        {
          if (mnl_attr_get_type (part) == TCA_U32_CLASSID)
            class = mnl_attr_get_u32 (part);
          if (mnl_attr_get_type (part) == TCA_U32_POLICE)
            mnl_attr_for_each_nested (inner, part)
              {
                if (mnl_attr_get_type (inner) == TCA_POLICE_TBF)
                  police = mnl_attr_get_payload (inner);
                if (mnl_attr_get_type (inner) == TCA_POLICE_RATE)
                  table = mnl_attr_get_payload (inner);
              }
        }
  g_assert_nonnull (police);
  g_assert_nonnull (table);
  g_assert_cmpuint (class, ==, 1);
  g_assert_cmpint (police->action, ==, TC_POLICE_SHOT);
  g_assert_cmpuint (police->rate.rate, ==, 128000);
  g_assert_cmpuint (police->rate.cell_log, ==, 9);
  g_assert_cmpuint (police->burst, ==, 32000000);
  g_assert_cmpuint (police->mtu, ==, 65536);
  g_assert_cmpuint (table[0], ==, 62500);
  g_assert_cmpuint (table[255], ==, 16000000);
}

static void
test_quantum (void)
{
  g_assert_cmpuint (queue_quantum (1000), ==, 85);
  g_assert_cmpuint (queue_quantum (300), ==, 25);
  g_assert_cmpuint (queue_quantum (1), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/queue/police", test_police);
  g_test_add_func ("/queue/quantum", test_quantum);
  if (unshare (CLONE_NEWNET) != 0)
    {
      g_test_message ("queues are not tested, a network of its own needs root: %s", g_strerror (errno));
      return g_test_run ();
    }
  g_test_add_func ("/queue/classes", test_classes);
  g_test_add_func ("/queue/change", test_change);
  g_test_add_func ("/queue/limits", test_limits);
  return g_test_run ();
}
