/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CPUs: which there are, what they are and what they do. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"
#include "util/host-private.h"

static struct
{
  bool have_model;
  HostCpuModel model;
  char *cpuinfo;              /* of the first CPU; the model's strings are its */
  unsigned int mhz;

  char *online;               /* the kernel's list for which info was made */
  HostNodeInfo info;

  unsigned int count;
} cpu;

static char *no_flags[] = { NULL };

void
host_cpu_forget (void)
{
  if (cpu.model.flags != no_flags)
    g_strfreev (cpu.model.flags);
  g_free ((char *) cpu.model.vendor);
  g_free ((char *) cpu.model.model_name);
  g_free ((char *) cpu.model.microcode);
  g_free (cpu.online);
  memset (&cpu, 0, sizeof cpu);
}

/* -- Model --------------------------------------------------------------------------- */

/* The value of "key\t: value" in a text of /proc/cpuinfo. NULL if there is none. Caller frees. */
static char *
cpuinfo_value (const char *text, const char *key)
{
  const char *rest = host_find_line (text, key);

  if (rest == NULL)
    return NULL;
  rest += strspn (rest, " \t");
  if (*rest != ':')
    return NULL;
  rest += 1 + strspn (rest + 1, " \t");
  return g_strndup (rest, strcspn (rest, "\n"));
}

static unsigned int
cpuinfo_number (const char *text, const char *key)
{
  g_autofree char *value = cpuinfo_value (text, key);

  return value != NULL ? (unsigned int) g_ascii_strtoull (value, NULL, 10) : 0;
}

static void
read_model (void)
{
  g_autofree char *text = host_read ("/proc/cpuinfo");
  g_autofree char *flags = NULL;
  char *end;

  if (text == NULL)
    text = g_strdup ("");
  end = strstr (text, "\n\n");
  if (end != NULL)
    *end = '\0';
  flags = cpuinfo_value (text, "flags");
  if (flags == NULL)
    flags = cpuinfo_value (text, "Features");
  cpu.model = (HostCpuModel) {
    .vendor = cpuinfo_value (text, "vendor_id"),
    .model_name = cpuinfo_value (text, "model name"),
    .family = cpuinfo_number (text, "cpu family"),
    .model = cpuinfo_number (text, "model"),
    .stepping = cpuinfo_number (text, "stepping"),
    .microcode = cpuinfo_value (text, "microcode"),
    .flags = flags != NULL ? g_strsplit (flags, " ", -1) : no_flags,
    .physical_bits = cpuinfo_number (text, "address sizes"),
  };
  cpu.mhz = cpuinfo_number (text, "cpu MHz");
  cpu.have_model = true;
}

const HostCpuModel *
host_cpu_model (void)
{
  if (!cpu.have_model)
    read_model ();
  return &cpu.model;
}

bool
host_cpu_has_flag (const char *flag)
{
  return g_strv_contains ((const char *const *) host_cpu_model ()->flags, flag);
}

/* -- Which there are -------------------------------------------------------------------- */

unsigned int
host_cpu_count (void)
{
  g_autofree char *present = NULL;
  g_autoptr (GArray) numbers = NULL;

  if (cpu.count == 0)
    {
      present = host_read ("/sys/devices/system/cpu/present");
      numbers = host_parse_list (present != NULL ? present : "0");
      cpu.count = numbers->len > 0 ? g_array_index (numbers, unsigned int, numbers->len - 1) + 1 : 1;
    }
  return cpu.count;
}

static char *
read_online (GError **error)
{
  char *online = host_read ("/sys/devices/system/cpu/online");

  if (online == NULL)
    return fail_errno_null (error, VIR_FROM_NONE, errno, "cannot read /sys/devices/system/cpu/online");
  return online;
}

bool
host_cpu_map (uint8_t **ret_map, size_t *ret_length, unsigned int *ret_online, GError **error)
{
  g_autofree char *online = read_online (error);
  g_autoptr (GArray) numbers = NULL;
  size_t length = (host_cpu_count () + 7) / 8;
  uint8_t *map;

  if (online == NULL)
    return false;
  numbers = host_parse_list (online);
  map = g_malloc0 (length);
  for (unsigned int i = 0; i < numbers->len; i++)
    {
      unsigned int number = g_array_index (numbers, unsigned int, i);

      if (number / 8 < length)
        map[number / 8] |= (uint8_t) (1u << number % 8);
    }
  *ret_map = map;
  *ret_length = length;
  if (ret_online != NULL)
    *ret_online = numbers->len;
  return true;
}

/* -- Node information ---------------------------------------------------------------------- */

/* Adds a name to a set; makes nothing of one that is there. */
G_GNUC_PRINTF (2, 3) static void
add_name (GHashTable *set, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_hash_table_add (set, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

/* The most names with a common part before the last '/'. */
static unsigned int
largest_group (GHashTable *names)
{
  g_autoptr (GHashTable) sizes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  unsigned int largest = 0;
  GHashTableIter iter;
  void *name;

  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      char *group = g_path_get_dirname (name);
      unsigned int size = GPOINTER_TO_UINT (g_hash_table_lookup (sizes, group)) + 1;

      g_hash_table_replace (sizes, group, GUINT_TO_POINTER (size));
      largest = MAX (largest, size);
    }
  return largest;
}

static GHashTable *
name_set_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/* Sockets in a node, cores in a socket and threads in a core: the most of each, over the
 * online CPUs of all cells. */
static void
count_topology (HostNodeInfo *info)
{
  g_autoptr (GHashTable) sockets = name_set_new ();
  g_autoptr (GHashTable) cores = name_set_new ();
  g_autoptr (GHashTable) threads = name_set_new ();
  unsigned int n_cells;
  const HostCell *cells = host_cells (&n_cells);

  for (unsigned int i = 0; i < n_cells; i++)
    for (unsigned int j = 0; j < cells[i].n_cpus; j++)
      {
        const HostCpu *one = &cells[i].cpus[j];

        if (!one->online)
          continue;
        add_name (sockets, "%u/%u", i, one->socket);
        add_name (cores, "%u.%u/%u.%u", i, one->socket, one->die, one->core);
        add_name (threads, "%u.%u.%u.%u/%u", i, one->socket, one->die, one->core, one->id);
      }
  info->nodes = n_cells;
  info->sockets = largest_group (sockets);
  info->cores = largest_group (cores);
  info->threads = largest_group (threads);
}

static void
make_info (const char *online)
{
  g_autoptr (GArray) numbers = host_parse_list (online);
  unsigned int n_cells;
  const HostCell *cells = host_cells (&n_cells);
  HostNodeInfo info = { .model = host_arch (), .cpus = numbers->len };

  host_cpu_model ();
  info.mhz = cpu.mhz;
  for (unsigned int i = 0; i < n_cells; i++)
    info.memory_kib += cells[i].memory_kib;
  count_topology (&info);
  /* A host whose parts are not all alike cannot be told in four numbers. */
  if (info.nodes * info.sockets * info.cores * info.threads != host_cpu_count ())
    {
      info.nodes = info.sockets = info.threads = 1;
      info.cores = host_cpu_count ();
    }
  cpu.info = info;
}

bool
host_node_info (HostNodeInfo *ret_info, GError **error)
{
  g_autofree char *online = read_online (error);

  if (online == NULL)
    return false;
  if (g_strcmp0 (online, cpu.online) != 0)
    {
      make_info (online);
      g_free (cpu.online);
      cpu.online = g_steal_pointer (&online);
    }
  *ret_info = cpu.info;
  return true;
}

/* -- What they do --------------------------------------------------------------------------- */

/* The columns of a line of /proc/stat. */
enum { CPU_USER, CPU_NICE, CPU_SYSTEM, CPU_IDLE, CPU_IOWAIT, CPU_IRQ, CPU_SOFTIRQ, CPU_COLUMNS };

bool
host_cpu_stats (int number, HostStat ret_stats[HOST_STATS_MAX], unsigned int *ret_n, GError **error)
{
  g_autofree char *text = host_read ("/proc/stat");
  g_autofree char *key = number == HOST_CPU_ALL ? g_strdup ("cpu") : g_strdup_printf ("cpu%d", number);
  uint64_t tick_ns = 1000000000 / (uint64_t) sysconf (_SC_CLK_TCK);
  uint64_t ns[CPU_COLUMNS] = { 0 };
  const char *line;

  if (text == NULL)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot read /proc/stat");
  line = number >= HOST_CPU_ALL ? host_find_line (text, key) : NULL;
  if (line == NULL)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "there is no CPU %d", number);
  for (int i = 0; i < CPU_COLUMNS; i++)
    ns[i] = g_ascii_strtoull (line, (char **) &line, 10) * tick_ns;
  ret_stats[0] = (HostStat) { VIR_NODE_CPU_STATS_KERNEL, ns[CPU_SYSTEM] + ns[CPU_IRQ] + ns[CPU_SOFTIRQ] };
  ret_stats[1] = (HostStat) { VIR_NODE_CPU_STATS_USER, ns[CPU_USER] + ns[CPU_NICE] };
  ret_stats[2] = (HostStat) { VIR_NODE_CPU_STATS_IDLE, ns[CPU_IDLE] };
  ret_stats[3] = (HostStat) { VIR_NODE_CPU_STATS_IOWAIT, ns[CPU_IOWAIT] };
  *ret_n = 4;
  return true;
}
