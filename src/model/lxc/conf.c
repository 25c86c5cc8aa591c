/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conf.c: an LXC configuration is written as the document that says the same, which
 * the domain's tables then read: they know what may be in it. */
#include "model/lxc/conf.h"

#include "util/error.h"

#include <string.h>

#define DEFAULT_MEMORY (64 * 1024)     /* KiB */
#define MAX_TTYS 1024

typedef struct { char *key, *value; unsigned int line; } Entry;

typedef struct
{
  char *type, *link, *flags, *mac, *name, *macvlan_mode, *vlan_id, *gateways[2];
  GPtrArray *addresses;
} Net;

typedef struct { char *path; GString *limits; } BlockDevice;

/* What has been gathered; texts of XML grow as their keys come. */
typedef struct
{
  GPtrArray *entries;
  GPtrArray *nets;
  GPtrArray *block_devices;     /* BlockDevice */
  GString *idmap, *filesystems, *capabilities;
  const char *rootfs;
} Conversion;

static void
entry_free (void *data)
{
  Entry *entry = data;

  g_free (entry->key);
  g_free (entry->value);
  g_free (entry);
}

static void
net_free (void *data)
{
  Net *net = data;
  char *texts[] = { net->type, net->link, net->flags, net->mac, net->name, net->macvlan_mode, net->vlan_id, net->gateways[0],
                    net->gateways[1] };

  for (unsigned int i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_ptr_array_unref (net->addresses);
  g_free (net);
}

static void
block_device_free (void *data)
{
  BlockDevice *device = data;

  g_free (device->path);
  g_string_free (device->limits, TRUE);
  g_free (device);
}

static void
conversion_clear (Conversion *c)
{
  g_ptr_array_unref (c->entries);
  g_ptr_array_unref (c->nets);
  g_string_free (c->idmap, TRUE);
  g_string_free (c->filesystems, TRUE);
  g_ptr_array_unref (c->block_devices);
  g_string_free (c->capabilities, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Conversion, conversion_clear)

static void append (GString *out, const char *format, ...) G_GNUC_PRINTF (2, 3);
static void
append (GString *out, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_markup_vprintf_escaped (format, args);
  va_end (args);
  g_string_append (out, text);
}

static bool
fail_entry (const Entry *entry, GError **error, const char *message)
{
  return fail (error, VIR_FROM_LXC, VIR_ERR_INTERNAL_ERROR, "line %u: %s = %s: %s", entry->line, entry->key, entry->value, message);
}

/* Newer names of keys, which are otherwise the same. */
static const char *const renamed[][2] = {
  { "lxc.uts.name", "lxc.utsname" }, { "lxc.rootfs.path", "lxc.rootfs" }, { "lxc.tty.max", "lxc.tty" },
  { "lxc.idmap", "lxc.id_map" }, { "lxc.mount.fstab", "lxc.mount" }, { "lxc.init.cmd", "lxc.init_cmd" },
};

static bool
read_entries (Conversion *c, const char *text, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (unsigned int i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strstrip (lines[i]);
      char *equals = strchr (line, '=');
      Entry *entry;

      if (*line == '\0' || *line == '#')
        continue;
      if (equals == NULL)
        return fail (error, VIR_FROM_LXC, VIR_ERR_INTERNAL_ERROR, "line %u: '%s' is not 'key = value'", i + 1, line);
      *equals = '\0';
      entry = g_new0 (Entry, 1);
      *entry = (Entry) { g_strdup (g_strstrip (line)), g_strdup (g_strstrip (equals + 1)), i + 1 };
      g_ptr_array_add (c->entries, entry);
      for (unsigned int k = 0; k < G_N_ELEMENTS (renamed); k++)
        if (strcmp (entry->key, renamed[k][0]) == 0)
          {
            g_free (entry->key);
            entry->key = g_strdup (renamed[k][1]);
          }
    }
  return true;
}

static const Entry *
find_entry (const Conversion *c, const char *key)
{
  for (unsigned int i = 0; i < c->entries->len; i++)
    if (strcmp (((Entry *) c->entries->pdata[i])->key, key) == 0)
      return c->entries->pdata[i];
  return NULL;
}

static const char *
find_value (const Conversion *c, const char *key)
{
  const Entry *entry = find_entry (c, key);

  return entry != NULL && *entry->value != '\0' ? entry->value : NULL;
}

/* "512M" in bytes. */
static bool
read_size (const char *text, uint64_t *ret_bytes)
{
  static const char units[] = "kmgt";
  const char *unit;
  char *end;
  uint64_t number = g_ascii_strtoull (text, &end, 10);

  if (end == text || *text == '-')
    return false;
  unit = *end != '\0' ? strchr (units, g_ascii_tolower (*end)) : NULL;
  if (*end != '\0' && (unit == NULL || end[1] != '\0'))
    return false;
  for (const char *u = units; unit != NULL && u <= unit; u++)
    if (__builtin_mul_overflow (number, (uint64_t) 1024, &number))
      return false;
  *ret_bytes = number;
  return true;
}

/* --- networks --------------------------------------------------------------------------- */

/* "lxc.net.3.type" is "type" of the fourth; "lxc.network.type" begins the next. */
static const char *
net_key (Conversion *c, const char *key, Net **ret_net)
{
  const char *rest = NULL;
  bool is_new = false;

  if (g_str_has_prefix (key, "lxc.network."))
    {
      rest = key + strlen ("lxc.network.");
      is_new = strcmp (rest, "type") == 0;
    }
  else if (g_str_has_prefix (key, "lxc.net."))
    {
      size_t digits = strspn (key + strlen ("lxc.net."), "0123456789");

      rest = key + strlen ("lxc.net.") + digits;
      if (digits == 0 || *rest != '.')
        return NULL;
      rest++;
      is_new = strcmp (rest, "type") == 0;
    }
  if (rest == NULL)
    return NULL;
  if (is_new || c->nets->len == 0)
    {
      Net *net = g_new0 (Net, 1);

      net->addresses = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (c->nets, net);
    }
  *ret_net = c->nets->pdata[c->nets->len - 1];
  return rest;
}

static void
read_net (Conversion *c, const Entry *entry)
{
  Net *net = NULL;
  const char *key = net_key (c, entry->key, &net);

  if (key == NULL)
    return;
  const struct { const char *key; char **at; } texts[] = {
    { "type", &net->type }, { "link", &net->link }, { "flags", &net->flags }, { "hwaddr", &net->mac }, { "name", &net->name },
    { "macvlan.mode", &net->macvlan_mode }, { "vlan.id", &net->vlan_id }, { "ipv4.gateway", &net->gateways[0] },
    { "ipv6.gateway", &net->gateways[1] },
  };

  if (strcmp (key, "ipv4") == 0 || strcmp (key, "ipv6") == 0 || strcmp (key, "ipv4.address") == 0 || strcmp (key, "ipv6.address") == 0)
    g_ptr_array_add (net->addresses, g_strdup (entry->value));
  for (unsigned int i = 0; i < G_N_ELEMENTS (texts); i++)
    if (strcmp (key, texts[i].key) == 0)
      {
        g_free (*texts[i].at);
        *texts[i].at = g_strdup (entry->value);
      }
}

static void
append_addresses (GString *out, const Net *net)
{
  static const char *const families[] = { "ipv4", "ipv6" };
  static const char *const any[] = { "0.0.0.0", "::" };

  for (unsigned int i = 0; i < net->addresses->len; i++)
    {
      g_auto (GStrv) parts = g_strsplit (net->addresses->pdata[i], "/", 2);

      append (out, "<ip address='%s' family='%s'", parts[0], families[strchr (parts[0], ':') != NULL]);
      if (parts[1] != NULL)
        append (out, " prefix='%s'", parts[1]);
      append (out, "/>");
    }
  for (unsigned int i = 0; i < G_N_ELEMENTS (families); i++)
    if (net->gateways[i] != NULL && strcmp (net->gateways[i], "auto") != 0)
      append (out, "<route family='%s' address='%s' gateway='%s'/>", families[i], any[i], net->gateways[i]);
}

/* An interface of the host that the container gets for itself. */
static void
append_host_interface (GString *out, const Net *net)
{
  append (out, "<hostdev mode='capabilities' type='net'><source><interface>%s%s%s</interface></source>", net->link,
          net->vlan_id != NULL ? "." : "", net->vlan_id ?: "");
  append_addresses (out, net);
  append (out, "</hostdev>");
}

static void
append_interface (GString *out, const Net *net)
{
  bool is_direct = strcmp (net->type, "macvlan") == 0;

  append (out, "<interface type='%s'>", is_direct ? "direct" : net->link != NULL ? "bridge" : "ethernet");
  if (net->mac != NULL)
    append (out, "<mac address='%s'/>", net->mac);
  if (is_direct)
    append (out, "<source dev='%s' mode='%s'/>", net->link, net->macvlan_mode ?: "private");
  else if (net->link != NULL)
    append (out, "<source bridge='%s'/>", net->link);
  append_addresses (out, net);
  if (net->name != NULL)
    append (out, "<guest dev='%s'/>", net->name);
  if (net->flags != NULL)
    append (out, "<link state='%s'/>", strcmp (net->flags, "up") == 0 ? "up" : "down");
  append (out, "</interface>");
}

/* Whether the container has a network of its own rather than the host's. */
static bool
append_nets (Conversion *c, GString *out, bool *ret_private, GError **error)
{
  bool any = false, shares = false;

  for (unsigned int i = 0; i < c->nets->len; i++)
    {
      const Net *net = c->nets->pdata[i];
      bool is_vlan = g_strcmp0 (net->type, "vlan") == 0, is_phys = g_strcmp0 (net->type, "phys") == 0;

      if (net->type == NULL || strcmp (net->type, "empty") == 0)
        continue;
      if (strcmp (net->type, "none") == 0)
        {
          shares = true;
          continue;
        }
      if (!is_vlan && !is_phys && strcmp (net->type, "veth") != 0 && strcmp (net->type, "macvlan") != 0)
        return fail (error, VIR_FROM_LXC, VIR_ERR_CONFIG_UNSUPPORTED, "networks of type '%s' are not supported", net->type);
      if (net->link == NULL && strcmp (net->type, "veth") != 0)
        return fail (error, VIR_FROM_LXC, VIR_ERR_INTERNAL_ERROR, "the network of type '%s' has no link", net->type);
      if (is_vlan && net->vlan_id == NULL)
        return fail (error, VIR_FROM_LXC, VIR_ERR_INTERNAL_ERROR, "the VLAN of '%s' has no id", net->link);
      any = true;
      if (is_vlan || is_phys)
        append_host_interface (out, net);
      else
        append_interface (out, net);
    }
  *ret_private = !any && !shares;
  return true;
}

/* --- file systems ----------------------------------------------------------------------- */

static const char *
find_option (char **options, const char *name)
{
  size_t length = strlen (name);

  for (unsigned int i = 0; options[i] != NULL; i++)
    if (strncmp (options[i], name, length) == 0 && (options[i][length] == '\0' || options[i][length] == '='))
      return options[i] + length + (options[i][length] == '=');
  return NULL;
}

static void
append_filesystem (GString *out, const char *source, const char *target, bool readonly)
{
  bool is_block = g_str_has_prefix (source, "/dev/");

  append (out, "<filesystem type='%s'><source %s='%s'/><target dir='%s'/>%s", is_block ? "block" : "mount", is_block ? "dev" : "dir",
          source, target, "");
  g_string_append (out, readonly ? "<readonly/></filesystem>" : "</filesystem>");
}

/* A line as in fstab; what every container has by itself is left out. */
static bool
read_mount (Conversion *c, const Entry *entry, GError **error)
{
  g_auto (GStrv) all = g_strsplit_set (entry->value, " \t", -1);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  g_autofree char *target = NULL;
  const char *inside;

  for (unsigned int i = 0; all[i] != NULL; i++)
    if (*all[i] != '\0')
      g_ptr_array_add (words, all[i]);
  if (words->len < 4)
    return fail_entry (entry, error, "it has not the four words source, target, type and options");
  inside = words->pdata[1];
  if (c->rootfs != NULL && g_str_has_prefix (inside, c->rootfs))
    inside += strlen (c->rootfs);
  target = g_strconcat (*inside == '/' ? "" : "/", inside, NULL);
  g_auto (GStrv) options = g_strsplit (words->pdata[3], ",", -1);
  bool readonly = find_option (options, "ro") != NULL;

  if (strcmp (words->pdata[2], "tmpfs") == 0)
    {
      const char *size = find_option (options, "size");
      uint64_t bytes = 0;

      if (size == NULL || !read_size (size, &bytes))
        return size == NULL || fail_entry (entry, error, "its size is not a number");
      append (c->filesystems, "<filesystem type='ram'><source usage='%" G_GUINT64_FORMAT "' units='KiB'/><target dir='%s'/>", bytes / 1024,
              target);
      g_string_append (c->filesystems, readonly ? "<readonly/></filesystem>" : "</filesystem>");
    }
  else if (*(char *) words->pdata[0] == '/')
    append_filesystem (c->filesystems, words->pdata[0], target, readonly);
  return true;
}

/* --- limits ------------------------------------------------------------------------------ */

/* "u CONTAINER HOST COUNT"; stock takes the first two the other way round, which is right for no
 * container, whose ids begin with 0, but has to go on where only that gives one. */
static bool
read_idmap (Conversion *c, const Entry *entry, GError **error)
{
  char kind, rest;
  unsigned int start, target, count;

  if (sscanf (entry->value, "%c %u %u %u%c", &kind, &start, &target, &count, &rest) != 4 || (kind != 'u' && kind != 'g'))
    return fail_entry (entry, error, "it is not 'u' or 'g' and three numbers");
  if (start != 0 && target == 0)
    {
      target = start;
      start = 0;
    }
  append (c->idmap, "<%s start='%u' target='%u' count='%u'/>", kind == 'u' ? "uid" : "gid", start, target, count);
  return true;
}

static void
read_dropped (Conversion *c, const Entry *entry)
{
  g_auto (GStrv) names = g_strsplit_set (entry->value, " \t", -1);

  for (unsigned int i = 0; names[i] != NULL; i++)
    if (*names[i] != '\0')
      append (c->capabilities, "<%s state='off'/>", names[i]);
}

/* The device of these numbers, new or known. */
static BlockDevice *
block_device (Conversion *c, const char *numbers)
{
  g_autofree char *path = g_strconcat ("/dev/block/", numbers, NULL);
  BlockDevice *device;

  for (unsigned int i = 0; i < c->block_devices->len; i++)
    if (strcmp (((BlockDevice *) c->block_devices->pdata[i])->path, path) == 0)
      return c->block_devices->pdata[i];
  device = g_new0 (BlockDevice, 1);
  *device = (BlockDevice) { g_steal_pointer (&path), g_string_new (NULL) };
  g_ptr_array_add (c->block_devices, device);
  return device;
}

/* "MAJOR:MINOR VALUE" */
static bool
read_block_device (Conversion *c, const Entry *entry, GError **error)
{
  static const char *const names[][2] = {
    { "weight_device", "weight" }, { "throttle.read_bps_device", "read_bytes_sec" },
    { "throttle.write_bps_device", "write_bytes_sec" }, { "throttle.read_iops_device", "read_iops_sec" },
    { "throttle.write_iops_device", "write_iops_sec" },
  };
  g_auto (GStrv) words = g_strsplit_set (entry->value, " \t", 2);

  for (unsigned int i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_has_suffix (entry->key, names[i][0]))
      {
        if (words[1] == NULL)
          return fail_entry (entry, error, "it is not a device and a number");
        append (block_device (c, words[0])->limits, "<%s>%s</%s>", names[i][1], g_strstrip (words[1]), names[i][1]);
      }
  return true;
}

/* Keys that may come more than once. */
static bool
read_lists (Conversion *c, GError **error)
{
  for (unsigned int i = 0; i < c->entries->len; i++)
    {
      const Entry *entry = c->entries->pdata[i];
      bool ok = true;

      if (g_str_has_prefix (entry->key, "lxc.net"))
        read_net (c, entry);
      else if (strcmp (entry->key, "lxc.mount.entry") == 0)
        ok = read_mount (c, entry, error);
      else if (strcmp (entry->key, "lxc.id_map") == 0)
        ok = read_idmap (c, entry, error);
      else if (strcmp (entry->key, "lxc.cap.drop") == 0)
        read_dropped (c, entry);
      else if (g_str_has_prefix (entry->key, "lxc.cgroup.blkio."))
        ok = read_block_device (c, entry, error);
      else if (strcmp (entry->key, "lxc.mount") == 0)
        return fail (error, VIR_FROM_LXC, VIR_ERR_INTERNAL_ERROR,
                     "line %u: the file '%s' is not read: lxc.mount.entry has to say what is mounted", entry->line, entry->value);
      if (!ok)
        return false;
    }
  return true;
}

static bool
append_memory (const Conversion *c, GString *out, GError **error)
{
  static const char *const limits[][2] = {
    { "lxc.cgroup.memory.limit_in_bytes", "hard_limit" }, { "lxc.cgroup.memory.soft_limit_in_bytes", "soft_limit" },
    { "lxc.cgroup.memory.memsw.limit_in_bytes", "swap_hard_limit" },
  };
  g_autoptr (GString) tune = g_string_new (NULL);
  uint64_t memory = DEFAULT_MEMORY;

  for (unsigned int i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      const Entry *entry = find_entry (c, limits[i][0]);
      uint64_t bytes;

      if (entry == NULL)
        continue;
      if (!read_size (entry->value, &bytes))
        return fail_entry (entry, error, "it is no size");
      append (tune, "<%s>%" G_GUINT64_FORMAT "</%s>", limits[i][1], bytes / 1024, limits[i][1]);
      if (i == 0)
        memory = bytes / 1024;
    }
  append (out, "<memory>%" G_GUINT64_FORMAT "</memory>", memory);
  g_string_append_printf (out, "<memtune>%s</memtune>", tune->str);
  return true;
}

static void
append_cpus (const Conversion *c, GString *out)
{
  static const char *const limits[][2] = {
    { "lxc.cgroup.cpu.shares", "shares" }, { "lxc.cgroup.cpu.cfs_period_us", "period" }, { "lxc.cgroup.cpu.cfs_quota_us", "quota" },
  };
  const char *cpus = find_value (c, "lxc.cgroup.cpuset.cpus"), *nodes = find_value (c, "lxc.cgroup.cpuset.mems");

  if (cpus != NULL)
    append (out, "<vcpu placement='static' cpuset='%s'>1</vcpu>", cpus);
  if (nodes != NULL)
    append (out, "<numatune><memory mode='strict' nodeset='%s'/></numatune>", nodes);
  g_string_append (out, "<cputune>");
  for (unsigned int i = 0; i < G_N_ELEMENTS (limits); i++)
    if (find_value (c, limits[i][0]) != NULL)
      append (out, "<%s>%s</%s>", limits[i][1], find_value (c, limits[i][0]), limits[i][1]);
  g_string_append (out, "</cputune><blkiotune>");
  if (find_value (c, "lxc.cgroup.blkio.weight") != NULL)
    append (out, "<weight>%s</weight>", find_value (c, "lxc.cgroup.blkio.weight"));
  for (unsigned int i = 0; i < c->block_devices->len; i++)
    {
      const BlockDevice *device = c->block_devices->pdata[i];

      append (out, "<device><path>%s</path>", device->path);
      g_string_append_printf (out, "%s</device>", device->limits->str);
    }
  g_string_append (out, "</blkiotune>");
}

static void
append_os (const Conversion *c, GString *out)
{
  static const char *const archs[][2] = { { "x86", "i686" }, { "i386", "i686" }, { "i586", "i686" }, { "amd64", "x86_64" } };
  const char *arch = find_value (c, "lxc.arch"), *init = find_value (c, "lxc.init_cmd");

  for (unsigned int i = 0; arch != NULL && i < G_N_ELEMENTS (archs); i++)
    if (strcmp (arch, archs[i][0]) == 0)
      arch = archs[i][1];
  g_string_append (out, "<os><type");
  if (arch != NULL)
    append (out, " arch='%s'", arch);
  append (out, ">exe</type><init>%s</init></os>", init ?: "/sbin/init");
}

static bool
append_consoles (const Conversion *c, GString *out, GError **error)
{
  const Entry *entry = find_entry (c, "lxc.tty");
  char *end = NULL;
  uint64_t count = entry != NULL ? g_ascii_strtoull (entry->value, &end, 10) : 0;

  if (entry != NULL && (*entry->value == '\0' || *end != '\0' || count > MAX_TTYS))
    return fail_entry (entry, error, "it is no number of consoles");
  for (unsigned int i = 0; i < count; i++)
    append (out, "<console type='pty'><target type='lxc' port='%u'/></console>", i);
  return true;
}

static bool
write_document (Conversion *c, GString *out, GError **error)
{
  g_autoptr (GString) nets = g_string_new (NULL);
  bool is_private = false;

  append (out, "<domain type='lxc'><name>%s</name>", find_value (c, "lxc.utsname") ?: "unnamed");
  if (!append_memory (c, out, error) || !append_nets (c, nets, &is_private, error))
    return false;
  append_cpus (c, out);
  append_os (c, out);
  if (c->idmap->len > 0)
    g_string_append_printf (out, "<idmap>%s</idmap>", c->idmap->str);
  g_string_append_printf (out, "<features>%s<capabilities policy='allow'>%s</capabilities></features>", is_private ? "<privnet/>" : "",
                          c->capabilities->str);
  g_string_append (out, "<clock offset='utc'/><on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot>"
                        "<on_crash>destroy</on_crash><devices><emulator>/usr/libexec/libvirt_lxc</emulator>");
  if (c->rootfs != NULL)
    append_filesystem (out, c->rootfs, "/", false);
  g_string_append_printf (out, "%s%s", c->filesystems->str, nets->str);
  if (!append_consoles (c, out, error))
    return false;
  g_string_append (out, "</devices></domain>");
  return true;
}

Domain *
lxc_conf_to_domain (const char *text, GError **error)
{
  g_auto (Conversion) c = {
    .entries = g_ptr_array_new_with_free_func (entry_free), .nets = g_ptr_array_new_with_free_func (net_free),
    .idmap = g_string_new (NULL), .filesystems = g_string_new (NULL),
    .block_devices = g_ptr_array_new_with_free_func (block_device_free),
    .capabilities = g_string_new (NULL),
  };
  g_autoptr (GString) document = g_string_new (NULL);

  if (!read_entries (&c, text, error))
    return NULL;
  c.rootfs = find_value (&c, "lxc.rootfs");
  if (!read_lists (&c, error) || !write_document (&c, document, error))
    return NULL;
  return domain_parse (document->str, document->len, DOMAIN_PARSE_INACTIVE | DOMAIN_PARSE_VALIDATE, error);
}
