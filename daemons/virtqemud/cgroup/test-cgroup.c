/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Groups in folders that only look like the kernel's: what is written where, in both versions. */
#include <glib/gstdio.h>
#include <string.h>

#include "cgroup/resources.h"
#include "util/error.h"
#include "util/paths.h"

#define GROUP "/machine/qemu-5-test.libvirt-qemu"

static const CgroupPlace whole = { CGROUP_WHOLE, 0 };
static char *root, *mountinfo;

static char *
path_of (const char *below)
{
  return g_strconcat (root, "/", below, NULL);
}

static void
put (const char *below, const char *text)
{
  g_autofree char *path = path_of (below), *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
expect (const char *below, const char *wanted)
{
  g_autofree char *path = path_of (below), *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, wanted);
}

/* A host of that kind. */
static void
begin (const char *const *lines)
{
  GString *text = g_string_new ("22 1 0:21 / /proc rw shared:1 - proc proc rw\n");
  g_autofree char *path = NULL;

  root = g_dir_make_tmp ("test-cgroup-XXXXXX", NULL);
  for (unsigned int i = 0; lines[i] != NULL; i += 2)
    g_string_append_printf (text, "%u 23 0:%u / %s/%s rw,relatime shared:%u - %s rw%s\n", i + 30, i + 30, root, lines[i], i,
                            *lines[i + 1] != '\0' ? "cgroup cgroup" : "cgroup2 cgroup2", lines[i + 1]);
  path = path_of ("mountinfo");
  g_file_set_contents (path, text->str, -1, NULL);
  g_string_free (text, TRUE);
  mountinfo = g_steal_pointer (&path);
  cgroup_host_init (mountinfo);
}

static void
end (void)
{
  const char *argv[] = { "rm", "-rf", root, NULL };

  cgroup_host_init (NULL);
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_clear_pointer (&root, g_free);
  g_clear_pointer (&mountinfo, g_free);
}

static const char *const first[] = { "cpu", ",cpu,cpuacct", "memory", ",memory", "systemd", ",xattr,name=systemd", NULL };
static const char *const second[] = { "v2", "", NULL };

static void
apply (CgroupSetting setting, int64_t value, const char *text)
{
  CgroupChange change = { setting, whole, value, text };
  g_autoptr (GError) error = NULL;

  cgroup_apply (GROUP, 0, &change, 1, &error);
  g_assert_no_error (error);
}

static void
test_host (void)
{
  g_autoptr (GError) error = NULL;

  begin (first);
  g_assert_cmpint (cgroup_version (CGROUP_CPU), ==, 1);
  g_assert_cmpint (cgroup_version (CGROUP_CPUACCT), ==, 1);
  g_assert_cmpint (cgroup_version (CGROUP_MEMORY), ==, 1);
  g_assert_cmpint (cgroup_version (CGROUP_CPUSET), ==, 0);
  g_assert_false (cgroup_require (CGROUP_BLKIO, &error));
  g_assert_true (virt_error_is (error, VIR_ERR_OPERATION_INVALID));
  g_assert_nonnull (strstr (error->message, "blkio"));
  end ();
  begin (second);
  put ("v2/cgroup.controllers", "cpuset cpu io memory hugetlb pids\n");
  cgroup_host_init (mountinfo);
  g_assert_cmpint (cgroup_version (CGROUP_CPU), ==, 2);
  g_assert_cmpint (cgroup_version (CGROUP_BLKIO), ==, 2);
  g_assert_cmpint (cgroup_version (CGROUP_CPUACCT), ==, 0);
  end ();
}

static void
test_first_version (void)
{
  begin (first);
  put ("cpu" GROUP "/cpu.shares", "1024\n");
  put ("cpu" GROUP "/cpu.cfs_quota_us", "-1\n");
  put ("memory" GROUP "/memory.limit_in_bytes", "9223372036854771712\n");
  g_assert_cmpint (cgroup_value (GROUP, whole, CGROUP_MEMORY_HARD), ==, CGROUP_NONE);
  apply (CGROUP_SHARES, 2048, NULL);
  expect ("cpu" GROUP "/cpu.shares", "2048");
  apply (CGROUP_QUOTA, CGROUP_NONE, NULL);
  expect ("cpu" GROUP "/cpu.cfs_quota_us", "-1");
  apply (CGROUP_MEMORY_HARD, 1 << 20, NULL);
  expect ("memory" GROUP "/memory.limit_in_bytes", "1048576");
  g_assert_cmpint (cgroup_value (GROUP, whole, CGROUP_MEMORY_HARD), ==, 1 << 20);
  apply (CGROUP_MEMORY_HARD, CGROUP_NONE, NULL);
  expect ("memory" GROUP "/memory.limit_in_bytes", "-1");
  /* What nobody set is what the kernel begins with. */
  g_assert_cmpint (cgroup_value ("/machine/other", whole, CGROUP_SHARES), ==, 1024);
  g_assert_cmpint (cgroup_value ("/machine/other", whole, CGROUP_QUOTA), ==, CGROUP_NONE);
  end ();
}

static void
test_second_version (void)
{
  begin (second);
  put ("v2/cgroup.controllers", "cpuset cpu io memory\n");
  cgroup_host_init (mountinfo);
  put ("v2" GROUP "/cpu.weight", "100\n");
  put ("v2" GROUP "/cpu.max", "max 100000\n");
  put ("v2" GROUP "/memory.max", "max\n");
  put ("v2" GROUP "/memory.swap.max", "max\n");
  put ("v2" GROUP "/io.weight", "default 100\n");
  g_assert_cmpint (cgroup_value (GROUP, whole, CGROUP_QUOTA), ==, CGROUP_NONE);
  g_assert_cmpint (cgroup_value (GROUP, whole, CGROUP_IO_WEIGHT), ==, 100);
  apply (CGROUP_SHARES, 300, NULL);
  expect ("v2" GROUP "/cpu.weight", "300");
  apply (CGROUP_PERIOD, 50000, NULL);
  expect ("v2" GROUP "/cpu.max", "max 50000");
  put ("v2" GROUP "/cpu.max", "20000 50000\n");
  g_assert_cmpint (cgroup_value (GROUP, whole, CGROUP_QUOTA), ==, 20000);
  g_assert_cmpint (cgroup_value (GROUP, whole, CGROUP_PERIOD), ==, 50000);
  apply (CGROUP_PERIOD, 60000, NULL);
  expect ("v2" GROUP "/cpu.max", "20000 60000");
  apply (CGROUP_QUOTA, CGROUP_NONE, NULL);
  expect ("v2" GROUP "/cpu.max", "max");
  apply (CGROUP_MEMORY_HARD, 1000, NULL);
  expect ("v2" GROUP "/memory.max", "1000");
  /* Memory and swap together, of which the kernel counts swap alone. */
  apply (CGROUP_MEMORY_SWAP, 1500, NULL);
  expect ("v2" GROUP "/memory.swap.max", "500");
  g_assert_cmpint (cgroup_value (GROUP, whole, CGROUP_MEMORY_SWAP), ==, 1500);
  apply (CGROUP_IO_WEIGHT, 200, NULL);
  expect ("v2" GROUP "/io.weight", "default 200");
  end ();
}

static void
test_taken_back (void)
{
  const CgroupChange changes[] = {
    { CGROUP_SHARES, whole, 2048, NULL }, { CGROUP_IO_READ_BYTES, whole, 1000, "/nonexistent" },
  };
  g_autoptr (GError) error = NULL;

  begin (second);
  put ("v2/cgroup.controllers", "cpu io\n");
  cgroup_host_init (mountinfo);
  put ("v2" GROUP "/cpu.weight", "100");
  put ("v2" GROUP "/io.max", "");
  g_assert_false (cgroup_apply (GROUP, 0, changes, 2, &error));
  g_assert_nonnull (strstr (error->message, "/nonexistent"));
  expect ("v2" GROUP "/cpu.weight", "100");
  end ();
}

static void
test_paths (void)
{
  g_autofree char *plain = NULL, *partition = NULL;

  begin (second);
  path_init ("/somewhere", false);
  plain = cgroup_path (3, "a guest", NULL);
  partition = cgroup_path (3, "a guest", "/machine/production");
  g_assert_true (g_str_has_prefix (plain, "/machine/qemu-3-"));
  g_assert_true (g_str_has_suffix (plain, ".libvirt-qemu"));
  g_assert_true (g_str_has_prefix (partition, "/machine/production.partition/qemu-3-"));
  path_init ("", false);
  end ();
}

static void
test_threads (void)
{
  static const struct { const char *comm; CgroupPlace place; } names[] = {
    { "CPU 0/TCG", { CGROUP_VCPU, 0 } },          { "CPU 12/KVM", { CGROUP_VCPU, 12 } },
    { "IO iothread3", { CGROUP_IOTHREAD, 3 } },   { "IO mon_iothread", { CGROUP_EMULATOR, 0 } },
    { "qemu-system-x86", { CGROUP_EMULATOR, 0 } }, { "worker", { CGROUP_EMULATOR, 0 } },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (names); i++)
    {
      CgroupPlace place = cgroup_thread_place (names[i].comm);

      g_assert_cmpint (place.part, ==, names[i].place.part);
      g_assert_cmpuint (place.index, ==, names[i].place.index);
    }
}

/* What a document asks for. */
static void
test_document (void)
{
  static const char xml[] =
    "<domain type='qemu'><name>a</name><memory>65536</memory><vcpu cpuset='0-1'>2</vcpu><iothreads>1</iothreads>"
    "<os><type>hvm</type></os>"
    "<cputune><shares>500</shares><period>20000</period><vcpupin vcpu='1' cpuset='1'/>"
    "<iothread_quota>9000</iothread_quota></cputune>"
    "<memtune><hard_limit unit='KiB'>1000</hard_limit></memtune></domain>";
  g_autoptr (Domain) domain = domain_parse (xml, strlen (xml), DOMAIN_PARSE_INACTIVE, NULL);
  g_auto (Resources) guest = { 0 }, threads = { 0 }, one = { 0 };
  const CgroupChange *change;

  g_assert_nonnull (domain);
  resources_of_guest (domain, &guest);
  g_assert_cmpuint (guest.changes->len, ==, 2);
  change = &g_array_index (guest.changes, CgroupChange, 1);
  g_assert_cmpint (change->setting, ==, CGROUP_MEMORY_HARD);
  g_assert_cmpint (change->value, ==, 1024000);
  resources_of_threads (domain, whole, &threads);
  g_assert_cmpuint (threads.changes->len, ==, 4);
  change = &g_array_index (threads.changes, CgroupChange, 2);
  g_assert_cmpint (change->setting, ==, CGROUP_CPUS);
  g_assert_cmpuint (change->place.index, ==, 1);
  g_assert_cmpstr (change->text, ==, "1");
  resources_of_threads (domain, (CgroupPlace) { CGROUP_IOTHREAD, 1 }, &one);
  g_assert_cmpuint (one.changes->len, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cgroup/host", test_host);
  g_test_add_func ("/cgroup/first-version", test_first_version);
  g_test_add_func ("/cgroup/second-version", test_second_version);
  g_test_add_func ("/cgroup/taken-back", test_taken_back);
  g_test_add_func ("/cgroup/paths", test_paths);
  g_test_add_func ("/cgroup/threads", test_threads);
  g_test_add_func ("/cgroup/document", test_document);
  return g_test_run ();
}
