/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each pair of files in cases/ is a test: NAME.in.xml is what was defined,
 * NAME.out.xml what libvirt 9.0.0 with QEMU 7.2 made of it. */
#include "model/domain/test-platform.h"

#define DIRECTORY "cases"

static char *
case_path (const char *name, const char *suffix)
{
  g_autofree char *here = g_path_get_dirname (__FILE__);
  g_autofree char *file = g_strconcat (name, suffix, NULL);

  return g_build_filename (here, DIRECTORY, file, NULL);
}

static char *
read_case (const char *name, const char *suffix)
{
  g_autofree char *path = case_path (name, suffix);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static Domain *
parse (const char *xml)
{
  g_autoptr (GError) error = NULL;
  Domain *domain = domain_parse (xml, strlen (xml), DOMAIN_PARSE_INACTIVE, &error);

  g_assert_no_error (error);
  return domain;
}

/* Those called common-... are of other hypervisors. */
static void
complete (Domain *domain, const char *name)
{
  g_autoptr (GError) error = NULL;

  if (g_str_has_prefix (name, "common-"))
    {
      domain_apply_common_defaults (domain, "x86_64");
      return;
    }
  domain_complete (domain, test_platform (), &error);
  g_assert_no_error (error);
}

static char *
format (const Domain *domain)
{
  return domain_format (domain, DOMAIN_FORMAT_SECURE | DOMAIN_FORMAT_INACTIVE);
}

/* What is defined becomes what stock makes of it. */
static void
test_defined (gconstpointer name)
{
  g_autofree char *in = read_case (name, ".in.xml");
  g_autofree char *out = read_case (name, ".out.xml");
  g_autoptr (Domain) domain = parse (in);
  g_autofree char *text = NULL;

  complete (domain, name);
  text = format (domain);
  g_assert_cmpstr (text, ==, out);
}

/* What is complete stays as it is: no address moves, nothing is added. Only
 * controllers may change places in the list, once. */
static void
test_stable (gconstpointer name)
{
  g_autofree char *out = read_case (name, ".out.xml");
  g_autoptr (Domain) domain = parse (out);
  g_autofree char *before = format (domain);
  g_autofree char *after = NULL, *again = NULL;
  g_autoptr (Domain) second = NULL;

  complete (domain, name);
  after = format (domain);
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpuint (strlen (before), ==, strlen (out));
  second = parse (after);
  again = format (second);
  g_assert_cmpstr (again, ==, after);
}

static void
test_copy (gconstpointer name)
{
  g_autofree char *out = read_case (name, ".out.xml");
  g_autoptr (Domain) domain = parse (out);
  g_autoptr (Domain) copy = domain_copy (domain);
  g_autofree char *text = format (domain);
  g_autofree char *copied = NULL;

  g_assert_true (domain_equal (domain, copy));
  g_clear_pointer (&domain, domain_free);
  copied = format (copy);
  g_assert_cmpstr (copied, ==, text);
  copy->memory++;
  domain = parse (out);
  g_assert_false (domain_equal (domain, copy));
}

/* Every alias is set and unique, but for a console that is a serial port and the
 * companions of a USB controller, and they are not part of the definition. */
static void
test_aliases (gconstpointer name)
{
  g_autofree char *out = read_case (name, ".out.xml");
  g_autoptr (Domain) domain = parse (out);
  g_autofree char *before = format (domain);
  g_autofree char *after = NULL;
  g_autofree DomainDevice *devices = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  domain_assign_aliases (domain);
  devices = domain_devices (domain);
  for (const DomainDevice *device = devices; device->element != NULL; device++)
    {
      bool has_none = strcmp (device->element, "panic") == 0 || strcmp (device->element, "memballoon") == 0;
      bool is_pair = strcmp (device->element, "console") == 0 || strcmp (device->element, "controller") == 0;

      if (device->info->alias == NULL && has_none)
        continue;
      g_assert_nonnull (device->info->alias);
      g_assert_true (g_hash_table_add (seen, device->info->alias) || is_pair);
    }
  after = format (domain);
  g_assert_cmpstr (after, ==, before);
}

/* Two devices never share a PCI function, and none is left without. */
static void
test_places (gconstpointer name)
{
  g_autofree char *in = read_case (name, ".in.xml");
  g_autoptr (Domain) domain = parse (in);
  g_autofree DomainDevice *devices = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  complete (domain, name);
  devices = domain_devices (domain);
  for (const DomainDevice *device = devices; device->element != NULL; device++)
    {
      const DomainAddress *address = &device->info->address;

      if (address->type == ADDRESS_TYPE_PCI && strcmp (device->element, "console") != 0)
        g_assert_true (g_hash_table_add (seen, GUINT_TO_POINTER (address->pci.bus << 8 | address->pci.slot << 3
                                                                 | address->pci.function | 1 << 16)));
    }
}

static void
add_case (const char *name)
{
  static const struct { const char *kind; GTestDataFunc test; } kinds[] = {
    { "defined", test_defined }, { "stable", test_stable }, { "copy", test_copy }, { "aliases", test_aliases },
    { "places", test_places },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *path = g_strdup_printf ("/domain/%s/%s", kinds[i].kind, name);

      g_test_add_data_func_full (path, g_strdup (name), kinds[i].test, g_free);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *path = NULL;
  g_autoptr (GDir) directory = NULL;
  g_autoptr (GError) error = NULL;
  const char *file;

  g_test_init (&argc, &argv, NULL);
  path = case_path ("", "");
  directory = g_dir_open (path, 0, &error);
  g_assert_no_error (error);
  while ((file = g_dir_read_name (directory)) != NULL)
    if (g_str_has_suffix (file, ".in.xml"))
      {
        g_autofree char *name = g_strndup (file, strlen (file) - strlen (".in.xml"));

        add_case (name);
      }
  return g_test_run ();
}
