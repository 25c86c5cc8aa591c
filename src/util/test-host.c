/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"
#include "util/fiber.h"
#include "util/host.h"
#include "util/loop.h"
#include "util/uuid.h"

/* A made-up host: files by path. A later row for a path replaces an earlier one; NULL removes it. */
typedef struct
{
  const char *path, *text;
} HostFile;

static char *root;

static void
put (const char *path, const char *text)
{
  g_autofree char *full = g_strconcat (root, path, NULL);
  g_autofree char *folder = g_path_get_dirname (full);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  if (text == NULL)
    g_unlink (full);
  else
    g_assert_true (g_file_set_contents (full, text, -1, NULL));
}

static void
put_all (const HostFile *files)
{
  for (; files->path != NULL; files++)
    put (files->path, files->text);
}

G_GNUC_PRINTF (2, 3) static void
put_at (const char *text, const char *format, ...)
{
  g_autofree char *path = NULL;
  va_list arguments;

  va_start (arguments, format);
  path = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  put (path, text);
}

#define CPU "/sys/devices/system/cpu/"
#define NODE "/sys/devices/system/node/"

static const HostFile common_files[] = {
  { "/proc/cpuinfo",
    "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: A CPU @ 2.10GHz\n"
    "stepping\t: 7\nmicrocode\t: 0x5003\ncpu MHz\t\t: 2599.957\nflags\t\t: fpu vme avx2\n"
    "address sizes\t: 46 bits physical, 48 bits virtual\n\nprocessor\t: 1\nvendor_id\t: Other\n\n" },
  { "/proc/meminfo",
    "MemTotal:       16000000 kB\nMemFree:         8000000 kB\nMemAvailable:   12000000 kB\n"
    "Buffers:          100000 kB\n"
    "Cached:          2000000 kB\nSwapCached:            5 kB\n" },
  { "/proc/stat",
    "cpu  1000 20 300 40000 500 6 7 8 9 10\ncpu0 600 10 100 20000 400 1 2 0 0 0\n"
    "cpu10 400 10 200 20000 100 5 5 0 0 0\nintr 1 2 3\nctxt 5\n" },
  { NULL },
};

/* Two nodes with a socket each, two cores, two threads. */
static void
make_numa_host (void)
{
  put_all (common_files);
  put (CPU "present", "0-7\n");
  put (CPU "online", "0-7\n");
  put (NODE "online", "0-1\n");
  for (unsigned int i = 0; i < 8; i++)
    {
      g_autofree char *siblings = g_strdup_printf ("%u-%u\n", i & ~1u, i | 1);

      put_at (siblings, CPU "cpu%u/topology/thread_siblings_list", i);
      put_at (i < 4 ? "0\n" : "1\n", CPU "cpu%u/topology/physical_package_id", i);
      put_at (i % 4 < 2 ? "0\n" : "1\n", CPU "cpu%u/topology/core_id", i);
      put_at ("0\n", CPU "cpu%u/topology/die_id", i);
      put_at ("3\n", CPU "cpu%u/cache/index3/level", i);
      put_at ("Unified\n", CPU "cpu%u/cache/index3/type", i);
      put_at ("20480K\n", CPU "cpu%u/cache/index3/size", i);
      put_at (i < 4 ? "0\n" : "1\n", CPU "cpu%u/cache/index3/id", i);
      put_at (i < 4 ? "0-3\n" : "4-7\n", CPU "cpu%u/cache/index3/shared_cpu_list", i);
      for (unsigned int index = 0; index < 3; index++)
        {
          put_at (index == 2 ? "2\n" : "1\n", CPU "cpu%u/cache/index%u/level", i, index);
          put_at (index == 1 ? "Instruction\n" : "Data\n", CPU "cpu%u/cache/index%u/type", i, index);
        }
    }
  for (unsigned int i = 0; i < 2; i++)
    {
      g_autofree char *meminfo = g_strdup_printf ("Node %u MemTotal:       8000000 kB\n"
                                                  "Node %u MemFree:        %u000000 kB\n", i, i, i + 3);

      put_at (meminfo, NODE "node%u/meminfo", i);
      put_at (i == 0 ? "0-3\n" : "4-7\n", NODE "node%u/cpulist", i);
      put_at (i == 0 ? "10 21\n" : "21 10\n", NODE "node%u/distance", i);
      put_at (i == 0 ? "1024\n" : "0\n", NODE "node%u/hugepages/hugepages-2048kB/nr_hugepages", i);
      put_at (i == 0 ? "1000\n" : "0\n", NODE "node%u/hugepages/hugepages-2048kB/free_hugepages", i);
    }
  put ("/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "2\n");
  put ("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "1024\n");
  put ("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "1000\n");
}

/* No NUMA, one of four CPUs offline, nothing that /proc and /sys may lack. */
static void
make_plain_host (void)
{
  put_all (common_files);
  put ("/proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n");
  put (CPU "present", "0-3");
  put (CPU "online", "0,2-3");
  for (unsigned int i = 0; i < 4; i++)
    if (i != 1)
      {
        put_at (i == 0 ? "0" : "2-3", CPU "cpu%u/topology/thread_siblings_list", i);
        put_at ("-1", CPU "cpu%u/topology/physical_package_id", i);
        put_at (i == 0 ? "0" : "1", CPU "cpu%u/topology/core_id", i);
      }
}

/* -- CPUs ---------------------------------------------------------------------------- */

static void
assert_info (unsigned int cpus, unsigned int nodes, unsigned int sockets, unsigned int cores, unsigned int threads)
{
  HostNodeInfo info;

  g_assert_true (host_node_info (&info, NULL));
  g_assert_cmpuint (info.cpus, ==, cpus);
  g_assert_cmpuint (info.nodes, ==, nodes);
  g_assert_cmpuint (info.sockets, ==, sockets);
  g_assert_cmpuint (info.cores, ==, cores);
  g_assert_cmpuint (info.threads, ==, threads);
}

static void
test_node_info (void)
{
  HostNodeInfo info;

  make_numa_host ();
  assert_info (8, 2, 1, 2, 2);
  g_assert_true (host_node_info (&info, NULL));
  g_assert_cmpuint (info.memory_kib, ==, 16000000);
  g_assert_cmpuint (info.mhz, ==, 2599);
  g_assert_cmpstr (info.model, ==, host_arch ());
  /* One CPU less is seen. */
  put (CPU "online", "0-6");
  g_assert_true (host_node_info (&info, NULL));
  g_assert_cmpuint (info.cpus, ==, 7);
}

static void
test_plain_node_info (void)
{
  HostNodeInfo info;
  g_autoptr (GError) error = NULL;

  make_plain_host ();
  /* 1 node, 1 socket, 2 cores, 2 threads is 4, which is right, although one of them is away. */
  assert_info (3, 1, 1, 2, 2);
  put (CPU "online", NULL);
  g_assert_false (host_node_info (&info, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
}

static void
test_odd_node_info (void)
{
  make_plain_host ();
  put (CPU "present", "0-4");
  assert_info (3, 1, 1, 5, 1);
}

static void
test_cpu_map (void)
{
  g_autofree uint8_t *map = NULL;
  size_t length = 0;
  unsigned int online = 0;

  make_plain_host ();
  put (CPU "present", "0-9");
  put (CPU "online", "0,2-3,8");
  g_assert_cmpuint (host_cpu_count (), ==, 10);
  g_assert_true (host_cpu_map (&map, &length, &online, NULL));
  g_assert_cmpmem (map, length, "\x0d\x01", 2);
  g_assert_cmpuint (online, ==, 4);
}

static void
test_cpu_stats (void)
{
  HostStat stats[HOST_STATS_MAX];
  unsigned int n = 0;
  uint64_t tick = 1000000000 / (uint64_t) sysconf (_SC_CLK_TCK);

  make_plain_host ();
  g_assert_true (host_cpu_stats (HOST_CPU_ALL, stats, &n, NULL));
  g_assert_cmpuint (n, ==, 4);
  g_assert_cmpstr (stats[0].name, ==, "kernel");
  g_assert_cmpuint (stats[0].value, ==, (300 + 6 + 7) * tick);
  g_assert_cmpstr (stats[1].name, ==, "user");
  g_assert_cmpuint (stats[1].value, ==, 1020 * tick);
  g_assert_cmpstr (stats[2].name, ==, "idle");
  g_assert_cmpuint (stats[2].value, ==, 40000 * tick);
  g_assert_cmpstr (stats[3].name, ==, "iowait");
  g_assert_cmpuint (stats[3].value, ==, 500 * tick);
  g_assert_true (host_cpu_stats (10, stats, &n, NULL));
  g_assert_cmpuint (stats[0].value, ==, 210 * tick);
  for (unsigned int i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (host_cpu_stats ((int[]) { 1, -2, 100 }[i], stats, &n, &error));
      g_assert_error (error, VIRT_ERROR, VIR_ERR_INVALID_ARG);
    }
}

static void
test_cpu_model (void)
{
  make_numa_host ();
  g_assert_cmpstr (host_cpu_model ()->vendor, ==, "GenuineIntel");
  g_assert_cmpstr (host_cpu_model ()->model_name, ==, "A CPU @ 2.10GHz");
  g_assert_cmpuint (host_cpu_model ()->family, ==, 6);
  g_assert_cmpuint (host_cpu_model ()->model, ==, 85);
  g_assert_cmpuint (host_cpu_model ()->stepping, ==, 7);
  g_assert_cmpstr (host_cpu_model ()->microcode, ==, "0x5003");
  g_assert_cmpuint (host_cpu_model ()->physical_bits, ==, 46);
  g_assert_true (host_cpu_has_flag ("avx2"));
  g_assert_false (host_cpu_has_flag ("avx"));
  make_plain_host ();
  host_init (root);
  g_assert_null (host_cpu_model ()->vendor);
  g_assert_true (host_cpu_has_flag ("asimd"));
  put ("/proc/cpuinfo", NULL);
  host_init (root);
  g_assert_false (host_cpu_has_flag ("asimd"));
}

/* -- Memory ----------------------------------------------------------------------------- */

static void
test_cells (void)
{
  unsigned int n = 0;
  const HostCell *cells;

  make_numa_host ();
  cells = host_cells (&n);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpuint (cells[1].id, ==, 1);
  g_assert_cmpuint (cells[1].memory_kib, ==, 8000000);
  g_assert_cmpuint (cells[1].n_distances, ==, 2);
  g_assert_cmpuint (cells[1].distances[0].cell, ==, 0);
  g_assert_cmpuint (cells[1].distances[0].value, ==, 21);
  g_assert_cmpuint (cells[1].n_cpus, ==, 4);
  g_assert_cmpuint (cells[1].cpus[2].id, ==, 6);
  g_assert_cmpuint (cells[1].cpus[2].socket, ==, 1);
  g_assert_cmpuint (cells[1].cpus[2].core, ==, 1);
  g_assert_cmpstr (cells[1].cpus[2].siblings, ==, "6-7");
  g_assert_true (cells[1].cpus[2].online);
}

static void
test_plain_cell (void)
{
  unsigned int n = 0;
  const HostCell *cells;

  make_plain_host ();
  cells = host_cells (&n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (cells[0].memory_kib, ==, 16000000);
  g_assert_cmpuint (cells[0].n_distances, ==, 0);
  g_assert_cmpuint (cells[0].n_cpus, ==, 4);
  g_assert_false (cells[0].cpus[1].online);
  g_assert_cmpuint (cells[0].cpus[2].socket, ==, 0);
}

static void
assert_stat (const HostStat *stat, const char *name, uint64_t value)
{
  g_assert_cmpstr (stat->name, ==, name);
  g_assert_cmpuint (stat->value, ==, value);
}

static void
test_memory_stats (void)
{
  HostStat stats[HOST_STATS_MAX];
  unsigned int n = 0;
  g_autoptr (GError) error = NULL;
  uint64_t bytes = 0;

  make_numa_host ();
  g_assert_true (host_memory_stats (HOST_CELL_ALL, stats, &n, NULL));
  g_assert_cmpuint (n, ==, 4);
  assert_stat (&stats[0], "total", 16000000);
  assert_stat (&stats[1], "free", 8000000);
  assert_stat (&stats[2], "buffers", 100000);
  assert_stat (&stats[3], "cached", 2000000);
  g_assert_true (host_memory_stats (1, stats, &n, NULL));
  g_assert_cmpuint (n, ==, 2);
  assert_stat (&stats[0], "total", 8000000);
  assert_stat (&stats[1], "free", 4000000);
  g_assert_false (host_memory_stats (2, stats, &n, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_INVALID_ARG);
  g_clear_error (&error);

  g_assert_true (host_cell_free_memory (0, &bytes, NULL));
  g_assert_cmpuint (bytes, ==, 3000000ull * 1024);
  g_assert_false (host_cell_free_memory (2, &bytes, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
  g_assert_true (host_free_memory (&bytes, NULL));
  g_assert_cmpuint (bytes, ==, 7000000ull * 1024);
}

static void
test_pages (void)
{
  unsigned int n = 0;
  const unsigned int *sizes;
  unsigned int base = (unsigned int) sysconf (_SC_PAGESIZE) / 1024;
  uint64_t total = 0, free_pages = 0;
  g_autoptr (GError) size = NULL, cell = NULL;

  make_numa_host ();
  sizes = host_page_sizes (&n);
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpuint (sizes[0], ==, base);
  g_assert_cmpuint (sizes[1], ==, 2048);
  g_assert_cmpuint (sizes[2], ==, 1048576);
  g_assert_true (host_pages (0, 2048, &total, &free_pages, NULL));
  g_assert_cmpuint (total, ==, 1024);
  g_assert_cmpuint (free_pages, ==, 1000);
  g_assert_true (host_pages (0, base, &total, &free_pages, NULL));
  g_assert_cmpuint (free_pages, ==, 3000000 / base);
  g_assert_cmpuint (total, ==, (8000000 - 1024 * 2048) / base);
  g_assert_true (host_pages (HOST_CELL_ALL, 1048576, &total, &free_pages, NULL));
  g_assert_cmpuint (total, ==, 2);
  g_assert_true (host_pages (HOST_CELL_ALL, base, &total, &free_pages, NULL));
  g_assert_cmpuint (total, ==, (16000000 - 1024 * 2048 - 2 * 1048576) / base);
  g_assert_false (host_pages (0, 5, &total, &free_pages, &size));
  g_assert_error (size, VIRT_ERROR, VIR_ERR_OPERATION_FAILED);
  g_assert_false (host_pages (7, 2048, &total, &free_pages, &cell));
  g_assert_error (cell, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
}

static void
test_plain_pages (void)
{
  uint64_t total = 0, free_pages = 0;

  make_plain_host ();
  put ("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "16\n");
  put ("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "4\n");
  g_assert_true (host_pages (0, 2048, &total, &free_pages, NULL));
  g_assert_cmpuint (total, ==, 16);
  g_assert_cmpuint (free_pages, ==, 4);
}

static void
test_caches (void)
{
  unsigned int n = 0;
  const HostCache *caches;

  make_numa_host ();
  caches = host_caches (&n);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpuint (caches[1].id, ==, 1);
  g_assert_cmpuint (caches[1].level, ==, 3);
  g_assert_cmpstr (caches[1].type, ==, "both");
  g_assert_cmpuint (caches[1].size_kib, ==, 20480);
  g_assert_cmpstr (caches[1].cpus, ==, "4-7");
}

/* -- Identity ------------------------------------------------------------------------------ */

#define FIRMWARE "4c4c4544-0031-4410-8052-b7c04f4e3532"
#define MACHINE "3d1219c7c4c5404aaa1f6d2a48adfda4"

static void
assert_uuid (const char *wanted)
{
  uint8_t uuid[UUID_SIZE];

  g_assert_true (uuid_parse (wanted, uuid));
  g_assert_cmpmem (host_uuid (), UUID_SIZE, uuid, UUID_SIZE);
}

static void
test_uuid (void)
{
  uint8_t random[UUID_SIZE];

  memcpy (random, host_uuid (), UUID_SIZE);
  g_assert_true (uuid_is_valid (random));
  g_assert_cmpmem (host_uuid (), UUID_SIZE, random, UUID_SIZE);
  put ("/etc/machine-id", MACHINE "\n");
  host_init (root);
  assert_uuid (MACHINE);
  put ("/sys/class/dmi/id/product_uuid", "ffffffff-ffff-ffff-ffff-ffffffffffff\n");
  host_init (root);
  assert_uuid (MACHINE);
  put ("/sys/class/dmi/id/product_uuid", FIRMWARE "\n");
  host_init (root);
  assert_uuid (FIRMWARE);
  g_assert_true (host_set_uuid (NULL, "machine-id", NULL));
  assert_uuid (MACHINE);
  g_assert_true (host_set_uuid (NULL, "smbios", NULL));
  assert_uuid (FIRMWARE);
  g_assert_true (host_set_uuid ("8510b1a1-1afa-4da6-8111-785fae202c1e", "machine-id", NULL));
  assert_uuid ("8510b1a1-1afa-4da6-8111-785fae202c1e");
  g_assert_false (host_set_uuid ("8510b1a1", NULL, NULL));
  g_assert_false (host_set_uuid ("11111111-1111-1111-1111-111111111111", NULL, NULL));
  g_assert_false (host_set_uuid (NULL, "tea leaves", NULL));
  assert_uuid ("8510b1a1-1afa-4da6-8111-785fae202c1e");
}

static void
test_features (void)
{
  g_assert_cmpstr (host_boot_id (), ==, "");
  g_assert_false (host_has_selinux ());
  g_assert_false (host_has_apparmor ());
  g_assert_false (host_has_iommu ());
  g_assert_cmpuint (host_suspend_modes (), ==, 0);

  host_init (root);
  put ("/proc/sys/kernel/random/boot_id", "2f4d6d55-bdd4-4039-bb80-61317d9384db\n");
  put ("/sys/fs/selinux/enforce", "0");
  put ("/proc/self/attr/current", "system_u:system_r:virtd_t:s0");
  put ("/sys/module/apparmor/parameters/enabled", "Y\n");
  put ("/sys/kernel/iommu_groups/0/type", "DMA\n");
  put ("/sys/power/state", "freeze mem disk\n");
  put ("/sys/power/disk", "[platform] shutdown reboot suspend\n");
  g_assert_cmpstr (host_boot_id (), ==, "2f4d6d55-bdd4-4039-bb80-61317d9384db");
  g_assert_true (host_has_selinux ());
  g_assert_true (host_has_apparmor ());
  g_assert_true (host_has_iommu ());
  g_assert_cmpuint (host_suspend_modes (), ==, HOST_SUSPEND_MEM | HOST_SUSPEND_DISK | HOST_SUSPEND_HYBRID);
  put ("/sys/power/disk", "[disabled]\n");
  put ("/proc/self/attr/current", "kernel");
  g_assert_cmpuint (host_suspend_modes (), ==, HOST_SUSPEND_MEM);
  g_assert_false (host_has_selinux ());
}

static void
ask_name (void *data)
{
  char **names = data;

  g_assert_true (host_name (&names[0], NULL));
  g_assert_true (host_name (&names[1], NULL));
}

static void
test_name (void)
{
  char *names[2] = { NULL };
  char own[256];

  g_assert_cmpint (gethostname (own, sizeof own), ==, 0);
  fiber_start ("name", NULL, ask_name, names);
  while (fiber_count () > 0)
    loop_turn (1000);
  g_assert_cmpstr (names[0], ==, names[1]);
  g_assert_cmpuint (strlen (names[0]), >, 0);
  if (strchr (own, '.') != NULL || g_str_has_prefix (own, "localhost"))
    g_assert_cmpstr (names[0], ==, own);
  g_free (names[0]);
  g_free (names[1]);
}

/* The host we are on, whatever it is. */
static void
test_real (void)
{
  HostNodeInfo info;
  HostStat stats[HOST_STATS_MAX];
  unsigned int n = 0, online = 0;
  g_autofree uint8_t *map = NULL;
  size_t length;
  uint64_t bytes = 0;

  host_init (NULL);
  g_assert_true (host_node_info (&info, NULL));
  g_assert_true (host_cpu_map (&map, &length, &online, NULL));
  g_assert_cmpuint (info.cpus, ==, online);
  g_assert_cmpuint (info.cpus, >=, 1);
  g_assert_cmpuint (info.nodes * info.sockets * info.cores * info.threads, >=, info.cpus);
  g_assert_true (host_memory_stats (HOST_CELL_ALL, stats, &n, NULL));
  g_assert_cmpuint (stats[0].value, >, stats[1].value);
  g_assert_true (host_free_memory (&bytes, NULL));
  g_assert_cmpuint (bytes, >, 0);
  g_assert_true (host_cpu_stats (HOST_CPU_ALL, stats, &n, NULL));
  g_assert_cmpuint (stats[2].value, >, 0);
  g_assert_cmpuint (strlen (host_boot_id ()), ==, 36);
}

static const struct { const char *path; void (*run) (void); } cases[] = {
  { "/host/node-info", test_node_info },
  { "/host/plain-node-info", test_plain_node_info },
  { "/host/odd-node-info", test_odd_node_info },
  { "/host/cpu-map", test_cpu_map },
  { "/host/cpu-stats", test_cpu_stats },
  { "/host/cpu-model", test_cpu_model },
  { "/host/cells", test_cells },
  { "/host/plain-cell", test_plain_cell },
  { "/host/memory-stats", test_memory_stats },
  { "/host/pages", test_pages },
  { "/host/plain-pages", test_plain_pages },
  { "/host/caches", test_caches },
  { "/host/uuid", test_uuid },
  { "/host/features", test_features },
  { "/host/name", test_name },
  { "/host/real", test_real },
};

static void
run_case (const void *data)
{
  const char *remove[] = { "rm", "-rf", NULL, NULL };

  root = g_dir_make_tmp ("test-host-XXXXXX", NULL);
  host_init (root);
  cases[GPOINTER_TO_UINT (data)].run ();
  host_init (NULL);
  remove[2] = root;
  g_assert_true (g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_clear_pointer (&root, g_free);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, GUINT_TO_POINTER (i), run_case);
  return g_test_run ();
}
