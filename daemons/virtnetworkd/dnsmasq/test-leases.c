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

#define ONE "[\n  {\n    \"domain\": \"g\",\n    \"macs\": [\n      \"52:54:00:00:00:01\"\n    ]\n  }\n]\n"
#define TWO "[\n  {\n    \"domain\": \"g\",\n" \
  "    \"macs\": [\n      \"52:54:00:00:00:01\",\n      \"52:54:00:00:00:02\"\n    ]\n  }\n]\n"
#define BOTH "[\n  {\n    \"domain\": \"g\",\n" \
  "    \"macs\": [\n      \"52:54:00:00:00:01\"\n    ]\n  },\n  {\n    \"domain\": \"h\",\n" \
  "    \"macs\": [\n      \"52:54:00:00:00:02\"\n    ]\n  }\n]\n"
#define ONLY_H "[\n  {\n    \"domain\": \"h\",\n    \"macs\": [\n      \"52:54:00:00:00:02\"\n    ]\n  }\n]\n"

static void
test_guests (void)
{
  static const struct { const char *text, *domain, *mac; bool present; const char *expected; } rows[] = {
    { "", "g", "52:54:00:00:00:01", true, ONE },
    { "what is this", "g", "52:54:00:00:00:01", true, ONE },
    { ONE, "g", "52:54:00:00:00:01", true, NULL },
    { ONE, "g", "52:54:00:00:00:02", true, TWO },
    { ONE, "h", "52:54:00:00:00:02", true, BOTH },
    { BOTH, "g", "52:54:00:00:00:01", false, ONLY_H },
    { ONE, "g", "52:54:00:00:00:01", false, "[\n\n]\n" },
    { ONE, "g", "52:54:00:00:00:02", false, NULL },
    { "", "g", "52:54:00:00:00:02", false, NULL },
    { "[ 1, {} ]", "g", "52:54:00:00:00:02", false, NULL },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *changed = dnsmasq_change_guests (rows[i].text, rows[i].domain, rows[i].mac, rows[i].present);

      g_assert_cmpstr (changed, ==, rows[i].expected);
    }
}

/* Guests come and go in any order: the list is what it would be if it were read and written each time. */
static void
test_many_guests (void)
{
  g_autofree char *text = g_strdup ("");
  g_autoptr (json_t) expected = json_array ();
  GRand *random = g_rand_new_with_seed (7);

  for (unsigned int i = 0; i < 300; i++)
    {
      g_autofree char *domain = g_strdup_printf ("g\"%d", g_rand_int_range (random, 0, 12));
      bool present = g_rand_boolean (random);
      char *changed = dnsmasq_change_guests (text, domain, "52:54:00:00:00:01", present);
      g_autofree char *wanted = NULL;
      size_t at = 0;

      while (at < json_array_size (expected)
             && strcmp (json_string_value (json_object_get (json_array_get (expected, at), "domain")), domain) != 0)
        at++;
      if (present && at == json_array_size (expected))
        json_array_append_new (expected, json_pack ("{s:s,s:[s]}", "domain", domain, "macs", "52:54:00:00:00:01"));
      else if (!present)
        json_array_remove (expected, at);
      if (changed != NULL)
        {
          g_free (text);
          text = changed;
        }
      wanted = json_array_size (expected) == 0 ? g_strdup ("[\n\n]") : json_dumps (expected, JSON_INDENT (2));
      if (*text != '\0')
        g_assert_true (g_str_has_prefix (text, wanted) && strcmp (text + strlen (wanted), "\n") == 0);
    }
  g_rand_free (random);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dnsmasq/leases", test_leases);
  g_test_add_func ("/dnsmasq/lease", test_lease);
  g_test_add_func ("/dnsmasq/guests", test_guests);
  g_test_add_func ("/dnsmasq/many-guests", test_many_guests);
  return g_test_run ();
}
