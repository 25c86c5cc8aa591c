/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chains of images, followed by their headers. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qemu/chain.h"
#include "util/error.h"

typedef struct { char *dir; } Fixture;

static void
set_up (Fixture *f, const void *data)
{
  f->dir = g_dir_make_tmp ("chain-XXXXXX", NULL);
}

static void
tear_down (Fixture *f, const void *data)
{
  g_autoptr (GDir) dir = g_dir_open (f->dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (f->dir, name, NULL);

      g_unlink (path);
    }
  g_rmdir (f->dir);
  g_free (f->dir);
}

static void
put32 (uint8_t *at, uint32_t value)
{
  for (int i = 0; i < 4; i++)
    at[i] = (uint8_t) (value >> (24 - 8 * i));
}

/* A qcow2 header with a backing file (NULL: none) of a format (NULL: not said). */
static void
make_qcow2 (Fixture *f, const char *name, const char *backing, const char *format)
{
  g_autofree char *path = g_build_filename (f->dir, name, NULL);
  uint8_t head[1024] = "QFI\xfb";
  unsigned int at = 104;

  put32 (head + 4, 3);
  put32 (head + 100, 104);
  if (format != NULL)
    {
      put32 (head + at, 0xe2792aca);
      put32 (head + at + 4, (uint32_t) strlen (format));
      memcpy (head + at + 8, format, strlen (format));
    }
  if (backing != NULL)
    {
      put32 (head + 12, 512);
      put32 (head + 16, (uint32_t) strlen (backing));
      memcpy (head + 512, backing, strlen (backing));
    }
  g_assert_true (g_file_set_contents (path, (char *) head, sizeof head, NULL));
}

static void
make_raw (Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->dir, name, NULL);

  g_assert_true (g_file_set_contents (path, "just bytes", -1, NULL));
}

static Domain *
domain_with (Fixture *f, const char *name, DomainStorageFormat format)
{
  Domain *domain = domain_new ();
  DomainDisk *disk = domain_disk_new ();

  disk->source.type = STORAGE_TYPE_FILE;
  disk->source.format = format;
  disk->source.path = g_build_filename (f->dir, name, NULL);
  xml_list_append (&domain->disks, disk);
  return domain;
}

/* "top.qcow2:1 base:2 end" */
static char *
describe (const Domain *domain)
{
  GString *out = g_string_new (NULL);

  for (const DomainStorageSource *s = &domain->disks.items[0]->source; s != NULL; s = s->backing)
    if (s->type == STORAGE_TYPE_ABSENT)
      g_string_append (out, "end");
    else
      {
        g_autofree char *name = g_path_get_basename (s->path);

        g_string_append_printf (out, "%s:%s:%u ", name, xml_enum_name (&storage_format_names, s->format), s->index);
      }
  return g_string_free (out, FALSE);
}

static void
check (Fixture *f, const char *top, DomainStorageFormat format, const char *expected)
{
  g_autoptr (Domain) domain = domain_with (f, top, format);
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;

  g_assert_true (qemu_chain_complete (domain, NULL, &error));
  g_assert_no_error (error);
  found = describe (domain);
  g_assert_cmpstr (found, ==, expected);
}

static void
check_fails (Fixture *f, const char *top, int code)
{
  g_autoptr (Domain) domain = domain_with (f, top, STORAGE_FORMAT_QCOW2);
  g_autoptr (GError) error = NULL;

  g_assert_false (qemu_chain_complete (domain, NULL, &error));
  g_assert_error (error, VIRT_ERROR, code);
}

static void
test_chains (Fixture *f, const void *data)
{
  make_raw (f, "raw");
  make_qcow2 (f, "alone", NULL, NULL);
  make_qcow2 (f, "middle", "raw", "raw");
  make_qcow2 (f, "top", "middle", "qcow2");
  make_qcow2 (f, "unsaid", "raw", NULL);
  make_qcow2 (f, "lenient", "alone", NULL);
  check (f, "raw", STORAGE_FORMAT_RAW, "raw:raw:1 end");
  check (f, "alone", STORAGE_FORMAT_QCOW2, "alone:qcow2:1 end");
  check (f, "top", STORAGE_FORMAT_QCOW2, "top:qcow2:1 middle:qcow2:2 raw:raw:3 end");
  check (f, "unsaid", STORAGE_FORMAT_QCOW2, "unsaid:qcow2:1 raw:raw:2 end");
  check (f, "lenient", STORAGE_FORMAT_QCOW2, "lenient:qcow2:1 alone:qcow2:2 end");
  /* What a raw image's guest wrote into it is not followed. */
  check (f, "top", STORAGE_FORMAT_RAW, "top:raw:1 end");
}

static void
test_mistakes (Fixture *f, const void *data)
{
  g_autofree char *cut = g_build_filename (f->dir, "damaged", NULL);

  make_qcow2 (f, "lost", "nowhere", "raw");
  make_qcow2 (f, "circle", "circle", "qcow2");
  make_qcow2 (f, "base", NULL, NULL);
  make_qcow2 (f, "upper", "base", "qcow2");
  make_qcow2 (f, "risky", "upper", NULL);
  make_qcow2 (f, "remote", "nbd://host/x", NULL);
  make_qcow2 (f, "strange", "gopher://host/x", "raw");
  make_qcow2 (f, "damaged", "base", "qcow2");
  g_assert_cmpint (truncate (cut, 514), ==, 0);
  check_fails (f, "absent", VIR_ERR_SYSTEM_ERROR);
  check_fails (f, "lost", VIR_ERR_SYSTEM_ERROR);
  check_fails (f, "circle", VIR_ERR_INTERNAL_ERROR);
  check_fails (f, "risky", VIR_ERR_OPERATION_INVALID);
  check_fails (f, "remote", VIR_ERR_OPERATION_INVALID);
  check_fails (f, "strange", VIR_ERR_INTERNAL_ERROR);
  check_fails (f, "damaged", VIR_ERR_INTERNAL_ERROR);
}

/* The last disk has the lowest number, an empty drive one too. */
static void
test_numbers (Fixture *f, const void *data)
{
  g_autoptr (Domain) domain = NULL;

  make_raw (f, "raw");
  domain = domain_with (f, "raw", STORAGE_FORMAT_RAW);
  xml_list_append (&domain->disks, domain_disk_new ());
  g_assert_true (qemu_chain_complete (domain, NULL, NULL));
  g_assert_cmpuint (domain->disks.items[0]->source.index, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/qemu-chain/chains", Fixture, NULL, set_up, test_chains, tear_down);
  g_test_add ("/qemu-chain/mistakes", Fixture, NULL, set_up, test_mistakes, tear_down);
  g_test_add ("/qemu-chain/numbers", Fixture, NULL, set_up, test_numbers, tear_down);
  return g_test_run ();
}
