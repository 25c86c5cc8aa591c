/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Damaged documents: whatever comes, the parser answers with a domain or with an
 * error. What it accepts, it can write, and reads back as the same. The number
 * of rounds is MUTATION_ROUNDS of the environment, or enough for a second. */
#include "model/domain/test-platform.h"
#include "model/domain/tables.h"

#define DEFAULT_ROUNDS 4000

static GPtrArray *
read_seeds (void)
{
  g_autofree char *here = g_path_get_dirname (__FILE__);
  g_autofree char *path = g_build_filename (here, "cases", NULL);
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  GPtrArray *seeds = g_ptr_array_new_with_free_func (g_free);
  const char *file;

  g_assert_nonnull (directory);
  while ((file = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *name = g_build_filename (path, file, NULL);
      char *text;

      g_assert_true (g_file_get_contents (name, &text, NULL, NULL));
      g_ptr_array_add (seeds, text);
    }
  return seeds;
}

/* Values that are at the edges of something. */
static const char *const nasty[] = {
  "", "0", "-1", "1", "4294967295", "4294967296", "18446744073709551616", "0x1f", "none", "yes", "on", "&#x41;", "^1",
  "0-16383", "99999999999999999999", "pci", "usb", "virtio", "scsi", "drive", "00:00:00:00:00:00", "\xc3\xa4",
};

static void
replace (GString *text, gsize at, gsize length, const char *with)
{
  g_string_erase (text, (gssize) at, (gssize) length);
  g_string_insert (text, (gssize) at, with);
}

/* The first attribute's value from a random place on: from *@ret_at, so long. */
static bool
pick_value (GRand *random, const GString *text, gsize *ret_at, gsize *ret_length)
{
  gsize start = (gsize) g_rand_int_range (random, 0, (gint32) text->len);
  const char *open = strstr (text->str + start, "='");
  const char *close = open != NULL ? strchr (open + 2, '\'') : NULL;

  if (close == NULL)
    return false;
  *ret_at = open + 2 - text->str;
  *ret_length = close - open - 2;
  return true;
}

/* The value of an attribute becomes another, or that of another attribute. */
static void
mutate_value (GRand *random, GString *text)
{
  gsize at, length, other, other_length;
  g_autofree char *value = NULL;

  if (!pick_value (random, text, &at, &length) || !pick_value (random, text, &other, &other_length))
    return;
  value = g_rand_boolean (random) ? g_strndup (text->str + other, other_length)
                                  : g_strdup (nasty[g_rand_int_range (random, 0, G_N_ELEMENTS (nasty))]);
  replace (text, at, length, value);
}

/* The first line from a random place on that is an element of its own. */
static const char *
pick_line (GRand *random, const GString *text, const char **ret_end)
{
  gsize start = (gsize) g_rand_int_range (random, 0, (gint32) text->len);
  const char *close = strstr (text->str + start, "/>\n");
  const char *begin = close;

  while (begin != NULL && begin > text->str && *begin != '\n')
    begin--;
  *ret_end = close != NULL ? close + 2 : NULL;
  return begin;
}

/* An element appears twice, or elsewhere, or not at all. */
static void
mutate_line (GRand *random, GString *text)
{
  const char *end, *there_end;
  const char *begin = pick_line (random, text, &end), *there = pick_line (random, text, &there_end);
  g_autofree char *line = NULL;

  if (begin == NULL || there == NULL)
    return;
  line = g_strndup (begin, end - begin);
  if (g_rand_boolean (random))
    g_string_insert (text, there - text->str, line);
  else
    g_string_erase (text, begin - text->str, end - begin);
}

static void
mutate_byte (GRand *random, GString *text)
{
  text->str[g_rand_int_range (random, 0, (gint32) text->len)] = (char) g_rand_int_range (random, 0, 256);
}

static void
mutate (GRand *random, GString *text)
{
  static void (*const ways[]) (GRand *, GString *) = { mutate_value, mutate_value, mutate_line, mutate_line };
  int times = g_rand_int_range (random, 1, 4);

  for (int i = 0; i < times && text->len > 1; i++)
    ways[g_rand_int_range (random, 0, G_N_ELEMENTS (ways))] (random, text);
  if (g_rand_int_range (random, 0, 10) == 0)
    mutate_byte (random, text);
  if (g_rand_int_range (random, 0, 50) == 0)
    g_string_truncate (text, (gsize) g_rand_int_range (random, 0, (gint32) text->len));
}

static char *
read_and_write (const char *text, unsigned int parse_flags, unsigned int format_flags)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Domain) domain = domain_parse (text, strlen (text), parse_flags, &error);

  if (domain == NULL)
    g_error ("%s\n%s", error->message, text);
  return domain_format (domain, format_flags);
}

/* What is written is read; the second time nothing moves any more (the first
 * time controllers and disks are sorted). */
static void
check_round_trip (const Domain *domain, unsigned int parse_flags, unsigned int format_flags)
{
  g_autofree char *text = domain_format (domain, format_flags);
  g_autofree char *second = read_and_write (text, parse_flags, format_flags);
  g_autofree char *third = read_and_write (second, parse_flags, format_flags);

  g_assert_cmpuint (strlen (second), ==, strlen (text));
  g_assert_cmpstr (third, ==, second);
}

static bool
try_document (const char *xml, size_t length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Domain) domain = domain_parse (xml, length, DOMAIN_PARSE_INACTIVE, &error);
  g_autoptr (Domain) copy = NULL;

  g_assert_true ((domain == NULL) == (error != NULL));
  if (domain == NULL)
    return false;
  check_round_trip (domain, DOMAIN_PARSE_INACTIVE, DOMAIN_FORMAT_SECURE | DOMAIN_FORMAT_INACTIVE);
  copy = domain_copy (domain);
  g_assert_true (domain_equal (domain, copy));
  if (!domain_complete (domain, test_platform (), &error))
    {
      g_assert_nonnull (error);
      return false;
    }
  check_round_trip (domain, DOMAIN_PARSE_INACTIVE, DOMAIN_FORMAT_SECURE | DOMAIN_FORMAT_INACTIVE);
  domain_assign_aliases (domain);
  check_round_trip (domain, 0, DOMAIN_FORMAT_SECURE);
  return true;
}

static void
test_mutations (void)
{
  g_autoptr (GPtrArray) seeds = read_seeds ();
  const char *wanted = g_getenv ("MUTATION_ROUNDS");
  unsigned int rounds = wanted != NULL ? (unsigned int) g_ascii_strtoull (wanted, NULL, 10) : DEFAULT_ROUNDS;
  unsigned int accepted = 0;
  g_autoptr (GRand) random = g_rand_new_with_seed (wanted != NULL ? (guint32) g_get_real_time () : 1);

  for (unsigned int i = 0; i < rounds; i++)
    {
      g_autoptr (GString) text = g_string_new (seeds->pdata[g_rand_int_range (random, 0, (gint32) seeds->len)]);

      mutate (random, text);
      accepted += try_document (text->str, text->len);
    }
  g_test_message ("%u of %u accepted", accepted, rounds);
  g_assert_cmpuint (accepted, >, 0);
  g_assert_cmpuint (accepted, <, rounds);
}

static void
test_truncated (void)
{
  g_autoptr (GPtrArray) seeds = read_seeds ();
  const char *text = seeds->pdata[0];

  for (size_t length = 0; length < strlen (text); length += 7)
    try_document (text, length);
}

/* Depth and size cost no more than they must. */
static void
test_deep (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gint64 begin;

  for (unsigned int i = 0; i < 1000000; i++)
    g_string_append (text, "<a>");
  begin = g_get_monotonic_time ();
  g_assert_false (try_document (text->str, text->len));
  g_assert_cmpint (g_get_monotonic_time () - begin, <, G_USEC_PER_SEC);
}

static void
test_entities (void)
{
  static const char xml[] = "<!DOCTYPE domain [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>"
                            "<!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
                            "<domain type='qemu'><name>&b;&f;</name></domain>";

  g_assert_false (try_document (xml, strlen (xml)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mutations", test_mutations);
  g_test_add_func ("/truncated", test_truncated);
  g_test_add_func ("/deep", test_deep);
  g_test_add_func ("/entities", test_entities);
  return g_test_run ();
}
