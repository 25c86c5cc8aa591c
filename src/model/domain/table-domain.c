/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-domain.c: a domain's own elements. */
#include "model/domain/rules.h"
#include "model/domain/tables.h"
#include "util/uuid.h"

#define ACTION(member_, fallback_) \
  XML_ENUM (Domain, member_, #member_, lifecycle_action, .absent = LIFECYCLE_ACTION_##fallback_, .flags = XML_ALWAYS, \
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED))

static const XmlField domain_rows[] = {
  XML_ENUM (Domain, type, "@type", virt_type, .flags = XML_ABI, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED),
            XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_INT (Domain, id, "@id", .absent = -1, .flags = XML_LIVE),
  XML_PART ("", domain_namespace_attribute_rows),
  XML_STRING (Domain, name, "name", XML_MISSING (DOMAIN, NO_NAME)),
  XML_UUID (Domain, uuid, "uuid", .flags = XML_ABI, XML_BAD (DOMAIN, INTERNAL_ERROR)),
  XML_UUID (Domain, hwuuid, "hwuuid", .flags = XML_ABI, XML_BAD (DOMAIN, INTERNAL_ERROR)),
  XML_FLAG (Domain, has_genid, "genid"),
  XML_UUID (Domain, genid, "genid", .flags = XML_ABI, XML_BAD (DOMAIN, INTERNAL_ERROR)),
  XML_STRING (Domain, title, "title"),
  XML_STRING (Domain, description, "description"),
  XML_FLAG (Domain, has_metadata, "metadata"),
  XML_FOREIGN (Domain, metadata, "metadata"),
  XML_UINT (Domain, memory_slots, "maxMemory/@slots", .flags = XML_ABI),
  XML_KIB (Domain, max_memory, "maxMemory", .flags = XML_ABI),
  XML_ON_OFF (Domain, dump_core, "memory/@dumpCore"),
  XML_KIB (Domain, memory, "memory", .flags = XML_ABI),
  XML_KIB (Domain, current_memory, "currentMemory"),
  XML_CHILD (Domain, blkiotune, "blkiotune", domain_blkiotune_schema),
  XML_CHILD (Domain, memtune, "memtune", domain_memtune_schema),
  XML_CHILD (Domain, memory_backing, "memoryBacking", domain_memory_backing_schema),
  XML_ENUM (Domain, vcpu_placement, "vcpu/@placement", vcpu_placement, .absent = VCPU_PLACEMENT_STATIC, .flags = XML_ALWAYS),
  XML_VALUE (Domain, vcpu_cpuset, "vcpu/@cpuset", domain_set_type),
  XML_UINT (Domain, vcpus, "vcpu/@current", XML_BAD (DOMAIN, XML_ERROR)),
  XML_UINT (Domain, vcpus_max, "vcpu", .absent = 1, .flags = XML_ALWAYS | XML_ABI, XML_BAD (DOMAIN, XML_ERROR)),
  XML_ITEMS (Domain, vcpu_list, "vcpus/vcpu", domain_vcpu_schema),
  XML_UINT (Domain, iothreads, "iothreads", XML_BAD (DOMAIN, XML_ERROR)),
  XML_ITEMS (Domain, iothread_ids, "iothreadids/iothread", domain_iothread_schema),
  XML_CHILD (Domain, default_iothread, "defaultiothread", domain_default_iothread_schema),
  XML_CHILD (Domain, cputune, "cputune", domain_cputune_schema),
  XML_CHILD (Domain, numatune, "numatune", domain_numatune_schema),
  XML_STRING (Domain, partition, "resource/partition"),
  XML_STRING (Domain, appid, "resource/fibrechannel/@appid", .flags = XML_LATER),
  XML_ITEMS (Domain, sysinfos, "sysinfo", domain_sysinfo_schema, .flags = XML_ABI),
  XML_STRING (Domain, bootloader, "bootloader", .flags = XML_LATER),
  XML_STRING (Domain, bootloader_args, "bootloader_args", .flags = XML_LATER),
  XML_PART ("os", domain_os_rows),
  XML_CHILD (Domain, idmap, "idmap", domain_idmap_schema, .flags = XML_ABI),
  XML_EMBED (Domain, features, "features", domain_feature_rows, .flags = XML_CLOSED),
  XML_CHILD (Domain, cpu, "cpu", domain_cpu_schema),
  XML_EMBED (Domain, clock, "clock", domain_clock_rows),
  ACTION (on_poweroff, DESTROY),
  ACTION (on_reboot, RESTART),
  ACTION (on_crash, DESTROY),
  XML_ENUM (Domain, on_lockfailure, "on_lockfailure", lock_failure, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_YES_NO (Domain, pm_suspend_to_mem, "pm/suspend-to-mem/@enabled"),
  XML_YES_NO (Domain, pm_suspend_to_disk, "pm/suspend-to-disk/@enabled"),
  XML_CHILD (Domain, perf, "perf", domain_perf_schema),
  XML_ITEMS (Domain, throttle_groups, "throttlegroups/throttlegroup", domain_iotune_schema, .flags = XML_LATER),
  XML_PART ("devices", domain_device_rows, .flags = XML_KEEP_EMPTY),
  XML_ITEMS (Domain, seclabels, "seclabel", domain_seclabel_schema),
  XML_CHILD (Domain, keywrap, "keywrap", domain_keywrap_schema, .flags = XML_ABI),
  XML_CHILD (Domain, launch_security, "launchSecurity", domain_launch_security_schema, .flags = XML_ABI),
  XML_PART ("", domain_namespace_rows),
  XML_END
};

const xmlNode *
domain_node_below (const xmlNode *node, const char *path)
{
  const char *slash = strchr (path, '/');
  size_t length = slash != NULL ? (size_t) (slash - path) : strlen (path);

  for (const xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && strncmp ((const char *) child->name, path, length) == 0 && child->name[length] == '\0')
      return slash != NULL ? domain_node_below (child, slash + 1) : child;
  return node;
}

static bool
check_texts (xmlNode *node, const Domain *domain, GError **error)
{
  if (strchr (domain->name, '/') != NULL)
    return xml_fail (domain_node_below (node, "name"), VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error,
                     "the name '%s' has a '/'", domain->name);
  if (strchr (domain->name, '\n') != NULL)
    return xml_fail (domain_node_below (node, "name"), VIR_FROM_XML, VIR_ERR_XML_DETAIL, error, "the name has a line break");
  if (domain->title != NULL && strchr (domain->title, '\n') != NULL)
    return xml_fail (domain_node_below (node, "title"), VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "the title has a line break");
  if (domain->os.type == OS_TYPE_ABSENT)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'os/type' is missing");
  return true;
}

/* Tells the group of an item, and its place among those of the group. */
typedef unsigned int (*GroupOf) (const void *item, int *ret_place);

static unsigned int
controller_group (const void *item, int *ret_place)
{
  const DomainController *controller = item;

  /* The companions of a USB controller come after it. */
  *ret_place = controller->index < 0             ? INT_MIN
               : controller->index > INT_MAX / 2 ? INT_MAX
               : controller->index * 2 + (controller->model >= CONTROLLER_MODEL_ICH9_UHCI1
                                          && controller->model <= CONTROLLER_MODEL_ICH9_UHCI3);
  return controller->type;
}

static unsigned int
disk_group (const void *item, int *ret_place)
{
  const DomainDisk *disk = item;

  *ret_place = domain_disk_number (disk->target.dev);
  return disk->target.is_bus_guessed ? DISK_BUS_ABSENT : disk->target.bus;
}

/* Keeps the items of a group together and in order, where the first of them is. One
 * without a place (INT_MIN) comes after all that are there when it comes, and before
 * all that come later. */
static void
sort_groups (XmlList *list, GroupOf group_of)
{
  for (unsigned int i = 1; i < list->n; i++)
    {
      int place, other_place;
      unsigned int group = group_of (list->items[i], &place), at = i;

      if (place == INT_MIN)
        place = INT_MAX;
      for (unsigned int j = 0; j < i; j++)
        if (group_of (list->items[j], &other_place) == group)
          {
            at = other_place <= place ? j + 1 : j;
            if (other_place > place)
              break;
          }
      if (at < i)
        {
          void *item = xml_list_steal (list, i);

          xml_list_insert (list, at, item);
        }
    }
}

void
domain_sort_devices (Domain *domain)
{
  sort_groups ((XmlList *) &domain->controllers, controller_group);
  sort_groups ((XmlList *) &domain->disks, disk_group);
}

/* Forgets the program of a container in what is none. */
static void
drop_init (DomainOs *os)
{
  char **texts[] = { &os->init, &os->init_dir, &os->init_user, &os->init_group };

  for (unsigned int i = 0; i < G_N_ELEMENTS (texts); i++)
    g_clear_pointer (texts[i], g_free);
  while (os->init_args.n > 0)
    {
      DomainInitArg *arg = xml_list_steal (&os->init_args, 0);

      g_free (arg->value);
      g_free (arg);
    }
  while (os->init_env.n > 0)
    {
      DomainInitEnv *env = xml_list_steal (&os->init_env, 0);

      g_free (env->name);
      g_free (env->value);
      g_free (env);
    }
}

/* The firmware's tables say the guest's own UUID. */
static bool
finish_sysinfo (xmlNode *node, Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->sysinfos.n; i++)
    {
      SysinfoSystem *system = domain->sysinfos.items[i]->system;
      uint8_t uuid[DOMAIN_UUID_LENGTH];

      if (system == NULL || system->uuid == NULL)
        continue;
      if (!uuid_parse (system->uuid, uuid))
        return xml_fail (domain_node_below (node, "sysinfo/system"), VIR_FROM_SYSINFO, VIR_ERR_XML_DETAIL, error,
                         "the UUID '%s' is none", system->uuid);
      if (memcmp (uuid, domain->uuid, sizeof (uuid)) != 0)
        return xml_fail (domain_node_below (node, "sysinfo/system"), VIR_FROM_SYSINFO, VIR_ERR_XML_DETAIL, error,
                         "this and 'uuid' say different UUIDs");
      g_free (system->uuid);
      system->uuid = g_malloc (UUID_TEXT_SIZE);
      uuid_format (uuid, system->uuid);
    }
  return true;
}

/* Of each security driver there is one label; a guest with several names them. What says
 * nothing but a driver's name is none. */
static bool
check_seclabels (xmlNode *node, Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->seclabels.n; i++)
    {
      const char *model = domain->seclabels.items[i]->model;

      if (model == NULL && domain->seclabels.n > 1)
        return xml_fail (domain_node_below (node, "seclabel"), VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error,
                         "of several labels one has no model");
      for (unsigned int j = 0; model != NULL && j < i; j++)
        if (g_strcmp0 (domain->seclabels.items[j]->model, model) == 0)
          return xml_fail (domain_node_below (node, "seclabel"), VIR_FROM_DOMAIN, VIR_ERR_XML_DETAIL, error,
                           "there are two labels of the model '%s'", model);
    }
  for (unsigned int i = domain->seclabels.n; i-- > 0;)
    if (domain->seclabels.items[i]->type == SECLABEL_TYPE_ABSENT && strcmp (domain->seclabels.items[i]->model, "none") != 0)
      xml_free (&domain_seclabel_schema, xml_list_steal (&domain->seclabels, i));
  return true;
}

/* Which actions follow which end. */
static bool
check_actions (xmlNode *node, const Domain *domain, GError **error)
{
  const struct { const char *name; DomainLifecycleAction action; } ends[] = {
    { "on_poweroff", domain->on_poweroff }, { "on_reboot", domain->on_reboot },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (ends); i++)
    if (ends[i].action == LIFECYCLE_ACTION_COREDUMP_DESTROY || ends[i].action == LIFECYCLE_ACTION_COREDUMP_RESTART)
      return xml_fail (domain_node_below (node, ends[i].name), VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error,
                       "only a crash leaves a core dump");
  return true;
}

/* Elements in which nothing is said are not there. */
static void
drop_empty (Domain *domain)
{
  const struct { void **child; const XmlSchema *schema; } groups[] = {
    { (void **) &domain->blkiotune, &domain_blkiotune_schema }, { (void **) &domain->memtune, &domain_memtune_schema },
    { (void **) &domain->memory_backing, &domain_memory_backing_schema }, { (void **) &domain->cputune, &domain_cputune_schema },
    { (void **) &domain->numatune, &domain_numatune_schema }, { (void **) &domain->perf, &domain_perf_schema },
    { (void **) &domain->idmap, &domain_idmap_schema }, { (void **) &domain->keywrap, &domain_keywrap_schema },
    { (void **) &domain->default_iothread, &domain_default_iothread_schema }, { (void **) &domain->cpu, &domain_cpu_schema },
    { (void **) &domain->qemu, &domain_qemu_commandline_schema },
    { (void **) &domain->qemu_capabilities, &domain_qemu_capabilities_schema },
    { (void **) &domain->qemu_override, &domain_qemu_override_schema },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      void *empty = *groups[i].child != NULL ? xml_new (groups[i].schema) : NULL;

      if (empty != NULL && xml_equal (groups[i].schema, *groups[i].child, empty, NULL))
        {
          xml_free (groups[i].schema, *groups[i].child);
          *groups[i].child = NULL;
        }
      xml_free (groups[i].schema, empty);
    }
}

static uint64_t
device_memory (const Domain *domain)
{
  uint64_t sum = 0;

  for (unsigned int i = 0; i < domain->memories.n; i++)
    sum += domain->memories.items[i]->size;
  return sum;
}

/* A guest with NUMA cells has their memory, and that of devices. */
static bool
finish_memory (xmlNode *node, Domain *domain, GError **error)
{
  if (domain->memory == 0 && domain_numa_memory (domain->cpu) != 0)
    domain->memory = domain_numa_memory (domain->cpu) + device_memory (domain);
  if (domain->memory == 0)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'memory' is missing or 0, and there are no NUMA cells");
  return true;
}

/* Disks name the groups. */
static bool
check_throttle_groups (xmlNode *node, const Domain *domain, GError **error)
{
  const xmlNode *place = domain_node_below (node, "throttlegroups/throttlegroup");

  for (unsigned int i = 0; i < domain->throttle_groups.n; i++)
    {
      const char *group = domain->throttle_groups.items[i]->group;

      if (group == NULL)
        return xml_fail (place, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'group_name' is missing");
      for (unsigned int j = 0; j < i; j++)
        if (strcmp (domain->throttle_groups.items[j]->group, group) == 0)
          return xml_fail (place, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "group '%s' is there twice", group);
    }
  return true;
}

/* What is printed of a Fibre Channel guest is one line of visible characters. */
static bool
check_appid (xmlNode *node, const char *appid, GError **error)
{
  for (const char *c = appid != NULL ? appid : ""; *c != '\0'; c++)
    if (!g_ascii_isprint (*c))
      return xml_fail (domain_node_below (node, "resource/fibrechannel"), VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error,
                       "'appid' has a character that is not printed");
  return true;
}

/* Rules compare devices with each other; no machine has room for more. */
#define MAX_DEVICES 4096

static bool
check_device_count (xmlNode *node, const Domain *domain, GError **error)
{
  g_autofree DomainDevice *devices = domain_devices (domain);
  unsigned int n = 0;

  while (devices[n].element != NULL)
    n++;
  return n <= MAX_DEVICES
         || xml_fail (domain_node_below (node, "devices"), VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error,
                      "there are %u devices, more than %d", n, MAX_DEVICES);
}

static bool
domain_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  Domain *domain = object;

  if (!check_texts (node, domain, error) || !check_device_count (node, domain, error))
    return false;
  if (!finish_memory (node, domain, error))
    return false;
  domain->has_current_memory = domain->current_memory != 0;
  if (!domain->has_current_memory || domain->current_memory > domain->memory)
    domain->current_memory = domain->memory;
  if (domain->vcpus == domain->vcpus_max)
    domain->vcpus = 0;
  if (domain->os.type != OS_TYPE_EXE)
    drop_init (&domain->os);
  domain_sort_devices (domain);
  if (!check_seclabels (node, domain, error) || !check_appid (node, domain->appid, error)
      || !check_throttle_groups (node, domain, error) || !check_actions (node, domain, error)
      || !finish_sysinfo (node, domain, error) || !domain_finish_os (node, domain, error)
      || !domain_finish_tuning (node, domain, error) || !domain_finish_features (node, domain, error)
      || !domain_finish_clock (node, domain, error))
    return false;
  drop_empty (domain);
  return true;
}

const XmlSchema domain_schema = XML_SCHEMA (Domain, "domain", domain_rows, .finish = domain_finish, .from = VIR_FROM_DOMAIN,
                                            .namespaces = domain_namespaces);
