/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-leases.c: the lists of leases and of guests' addresses. */
#include <string.h>

#include "dnsmasq/private.h"
#include "util/cleanup.h"
#include "util/error.h"

#define NOW 1000

static const char leases_text[] =
  "[ { \"ip-address\": \"10.0.0.2\", \"mac-address\": \"52:54:00:00:00:0a\", \"hostname\": \"a\", \"client-id\": \"01:02\","
  "    \"expiry-time\": 2000 },"
  "  { \"ip-address\": \"10.0.0.3\", \"mac-address\": \"52:54:00:00:00:0b\", \"expiry-time\": 999 },"
  "  { \"ip-address\": \"10.0.0.4\", \"mac-address\": \"52:54:00:00:00:0c\", \"expiry-time\": 0 },"
  "  { \"mac-address\": \"52:54:00:00:00:0d\" }, 7,"
  "  { \"iaid\": \"12\", \"ip-address\": \"fd00::2\", \"mac-address\": \"52:54:00:00:00:0a\", \"client-id\": \"00:03\","
  "    \"server-duid\": \"00:01\", \"expiry-time\": 2000 } ]\n";

static void
test_leases (void)
{
  static const struct { const char *text, *mac; int n; const char *ips[3]; } rows[] = {
    { "", NULL, 0, { NULL } },
    { "[\n\n]\n", NULL, 0, { NULL } },
    { leases_text, NULL, 3, { "10.0.0.2", "10.0.0.4", "fd00::2" } },
    { leases_text, "52:54:00:00:00:0A", 2, { "10.0.0.2", "fd00::2" } },
    { leases_text, "52:54:0:0:0:c", 1, { "10.0.0.4" } },
    { leases_text, "52:54:00:00:00:0b", 0, { NULL } },
    { "{}", NULL, -1, { NULL } },
    { "[ {", NULL, -1, { NULL } },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) leases = dnsmasq_read_leases (rows[i].text, rows[i].mac, NOW, &error);

      g_assert_cmpint (leases != NULL ? (int) leases->len : -1, ==, rows[i].n);
      g_assert_true (leases != NULL || virt_error_is (error, VIR_ERR_INTERNAL_ERROR));
      for (int j = 0; j < rows[i].n; j++)
        g_assert_cmpstr (((DnsmasqLease *) leases->pdata[j])->ip, ==, rows[i].ips[j]);
    }
}

static void
test_lease (void)
{
  g_autoptr (GPtrArray) leases = dnsmasq_read_leases (leases_text, NULL, NOW, NULL);
  const DnsmasqLease *first = leases->pdata[0], *last = leases->pdata[2];

  g_assert_cmpstr (first->hostname, ==, "a");
  g_assert_cmpstr (first->client_id, ==, "01:02");
  g_assert_cmpint (first->expiry, ==, 2000);
  g_assert_true (!first->is_v6 && first->iaid == NULL && last->is_v6 && last->hostname == NULL);
  g_assert_cmpstr (last->iaid, ==, "12");
}

static void
test_guests (void)
{
  static const struct { const char *domain; uint8_t last; const char *expected; } rows[] = {
    { NULL, 0, "[\n\n]\n" },
    { "g", 1, "[\n  {\n    \"domain\": \"g\",\n    \"macs\": [\n      \"52:54:00:00:00:01\"\n    ]\n  }\n]\n" },
    { "h\"", 2, "[\n  {\n    \"domain\": \"g\",\n    \"macs\": [\n      \"52:54:00:00:00:01\"\n    ]\n  },\n  {\n"
                "    \"domain\": \"h\\\"\",\n    \"macs\": [\n      \"52:54:00:00:00:02\"\n    ]\n  }\n]\n" },
    { "g", 3, "[\n  {\n    \"domain\": \"g\",\n    \"macs\": [\n      \"52:54:00:00:00:01\",\n      \"52:54:00:00:00:03\"\n"
              "    ]\n  },\n  {\n    \"domain\": \"h\\\"\",\n    \"macs\": [\n      \"52:54:00:00:00:02\"\n    ]\n  }\n]\n" },
  };
  g_autoptr (GPtrArray) guests = dnsmasq_guests_new ();

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = NULL;

      if (rows[i].domain != NULL)
        for (unsigned int twice = 0; twice < 2; twice++)
          dnsmasq_guests_add (guests, rows[i].domain, (const uint8_t[]) { 0x52, 0x54, 0, 0, 0, rows[i].last });
      text = dnsmasq_guests_text (guests);
      g_assert_cmpstr (text, ==, rows[i].expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dnsmasq/leases", test_leases);
  g_test_add_func ("/dnsmasq/lease", test_lease);
  g_test_add_func ("/dnsmasq/guests", test_guests);
  return g_test_run ();
}
