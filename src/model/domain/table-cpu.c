/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-cpu.c: a guest's CPU. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (cpu_mode, CPU_MODE_LIST)
XML_ENUM_DEFINE (cpu_match, CPU_MATCH_LIST)
XML_ENUM_DEFINE (cpu_check, CPU_CHECK_LIST)
XML_ENUM_DEFINE (cpu_fallback, CPU_FALLBACK_LIST)
XML_ENUM_DEFINE (cpu_policy, CPU_POLICY_LIST)
XML_ENUM_DEFINE (cpu_cache_mode, CPU_CACHE_MODE_LIST)
XML_ENUM_DEFINE (cpu_address_mode, CPU_ADDRESS_MODE_LIST)

#define FEATURES_MAX 4096

static const XmlField cpu_feature_rows[] = {
  XML_ENUM (DomainCpuFeature, policy, "@policy", cpu_policy, .absent = CPU_POLICY_REQUIRE, .flags = XML_ALWAYS | XML_ABI,
            XML_BAD (CPU, CONFIG_UNSUPPORTED)),
  XML_STRING (DomainCpuFeature, name, "@name", .flags = XML_ABI, XML_MISSING (CPU, XML_ERROR)),
  XML_END
};
static const XmlSchema cpu_feature_schema = XML_SCHEMA (DomainCpuFeature, "feature", cpu_feature_rows);

static bool
has_model (const void *object, unsigned int format_flags)
{
  return ((const DomainCpu *) object)->model != NULL;
}

const XmlField domain_cpu_head_rows[] = {
  XML_ENUM (DomainCpu, mode, "@mode", cpu_mode, .flags = XML_ABI, XML_BAD (CPU, CONFIG_UNSUPPORTED)),
  XML_ENUM (DomainCpu, match, "@match", cpu_match, .flags = XML_ABI),
  XML_ENUM (DomainCpu, check, "@check", cpu_check),
  XML_ON_OFF (DomainCpu, migratable, "@migratable", .flags = XML_ABI),
  XML_ENUM (DomainCpu, fallback, "model/@fallback", cpu_fallback, XML_BAD (CPU, CONFIG_UNSUPPORTED), .when = has_model),
  XML_STRING (DomainCpu, vendor_id, "model/@vendor_id", .flags = XML_ABI),
  XML_STRING (DomainCpu, model, "model", .flags = XML_ABI),
  XML_STRING (DomainCpu, vendor, "vendor", .flags = XML_ABI),
  XML_END
};

const XmlField domain_cpu_tail_rows[] = {
  XML_UINT (DomainCpu, topology.sockets, "topology/@sockets", .flags = XML_ABI),
  XML_UINT (DomainCpu, topology.dies, "topology/@dies", .flags = XML_ABI),
  XML_UINT (DomainCpu, topology.clusters, "topology/@clusters", .flags = XML_ABI),
  XML_UINT (DomainCpu, topology.cores, "topology/@cores", .flags = XML_ABI),
  XML_UINT (DomainCpu, topology.threads, "topology/@threads", .flags = XML_ABI),
  XML_INT (DomainCpu, cache_level, "cache/@level", .absent = -1, .flags = XML_ABI),
  XML_ENUM (DomainCpu, cache_mode, "cache/@mode", cpu_cache_mode, .flags = XML_ABI),
  XML_ENUM (DomainCpu, address_mode, "maxphysaddr/@mode", cpu_address_mode, .flags = XML_ABI),
  XML_UINT (DomainCpu, address_bits, "maxphysaddr/@bits", .flags = XML_ABI),
  XML_UINT (DomainCpu, address_limit, "maxphysaddr/@limit", .flags = XML_ABI),
  XML_ITEMS (DomainCpu, features, "feature", cpu_feature_schema, .flags = XML_ABI),
  XML_CHILD (DomainCpu, numa, "numa", domain_numa_schema, .flags = XML_ABI),
  XML_END
};

static const XmlField cpu_rows[] = {
  XML_PART ("", domain_cpu_head_rows),
  XML_PART ("", domain_cpu_tail_rows),
  XML_END
};

#define FAIL(node_, from_, code_, ...) return xml_fail (node_, VIR_FROM_##from_, VIR_ERR_##code_, error, __VA_ARGS__)
#define VENDOR_ID_LENGTH 12
#define CACHE_LEVEL_MAX 3

/* Whether the children say all that they must. */
static bool
check_children (xmlNode *node, const DomainCpu *cpu, GError **error)
{
  static const char *const needed[][2] = {
    { "topology", "sockets" }, { "topology", "cores" }, { "topology", "threads" }, { "cache", "mode" }, { "maxphysaddr", "mode" },
  };
  static const char *const positive[] = { "sockets", "dies", "clusters", "cores", "threads" };

  for (xmlNode *child = node->children; child != NULL; child = child->next)
    {
      if (child->type != XML_ELEMENT_NODE)
        continue;
      for (unsigned int i = 0; i < G_N_ELEMENTS (needed); i++)
        if (strcmp ((const char *) child->name, needed[i][0]) == 0 && xml_attribute (child, needed[i][1]) == NULL)
          FAIL (child, XML, XML_ERROR, "'@%s' is missing", needed[i][1]);
      for (unsigned int i = 0; strcmp ((const char *) child->name, "topology") == 0 && i < G_N_ELEMENTS (positive); i++)
        if (g_strcmp0 (xml_attribute (child, positive[i]), "0") == 0)
          FAIL (child, XML, XML_ERROR, "attribute '%s' is 0", positive[i]);
      if (strcmp ((const char *) child->name, "cache") == 0 && cpu->cache_level != -1
          && (cpu->cache_level < 1 || cpu->cache_level > CACHE_LEVEL_MAX))
        FAIL (child, CPU, XML_ERROR, "the level of the cache is not within 1 to %d", CACHE_LEVEL_MAX);
    }
  return true;
}

static bool
check_vendor_id (xmlNode *node, const char *vendor_id, GError **error)
{
  if (vendor_id == NULL)
    return true;
  if (strlen (vendor_id) != VENDOR_ID_LENGTH)
    FAIL (node, CPU, XML_ERROR, "'model' has vendor_id='%s', not of %d characters", vendor_id, VENDOR_ID_LENGTH);
  if (strchr (vendor_id, ',') != NULL)
    FAIL (node, CPU, XML_ERROR, "'model' has vendor_id='%s', with a comma", vendor_id);
  return true;
}

/* Forgets what says nothing in the CPU's mode. */
static bool
finish_mode (xmlNode *node, DomainCpu *cpu, GError **error)
{
  if (cpu->mode == CPU_MODE_ABSENT)
    cpu->mode = CPU_MODE_CUSTOM;
  if (cpu->migratable != TRI_ABSENT && cpu->mode != CPU_MODE_HOST_PASSTHROUGH && cpu->mode != CPU_MODE_MAXIMUM)
    FAIL (node, CPU, CONFIG_UNSUPPORTED, "'migratable' is for the modes host-passthrough and maximum");
  if (cpu->vendor != NULL && cpu->model == NULL)
    FAIL (node, CPU, XML_ERROR, "'vendor' without a model");
  if (cpu->mode == CPU_MODE_HOST_PASSTHROUGH || cpu->mode == CPU_MODE_MAXIMUM)
    {
      g_clear_pointer (&cpu->model, g_free);
      g_clear_pointer (&cpu->vendor, g_free);
    }
  if (cpu->model == NULL && cpu->mode != CPU_MODE_HOST_MODEL)
    cpu->fallback = CPU_FALLBACK_ABSENT;
  else if (cpu->fallback == CPU_FALLBACK_ABSENT)
    cpu->fallback = CPU_FALLBACK_ALLOW;
  if (cpu->mode == CPU_MODE_CUSTOM && cpu->model == NULL)
    {
      if (cpu->features.n > 0)
        FAIL (node, CPU, XML_ERROR, "features without a model");
      cpu->mode = CPU_MODE_ABSENT;
    }
  if (cpu->mode != CPU_MODE_CUSTOM)
    cpu->match = CPU_MATCH_ABSENT;
  else if (cpu->match == CPU_MATCH_ABSENT)
    cpu->match = CPU_MATCH_EXACT;
  return true;
}

/* Every feature has a name, and one of its own. No processor has nearly as many as are allowed. */
static bool
check_features (xmlNode *node, const DomainCpu *cpu, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  if (cpu->features.n > FEATURES_MAX)
    FAIL (node, CPU, XML_ERROR, "%u features, more than %d", cpu->features.n, FEATURES_MAX);
  for (unsigned int i = 0; i < cpu->features.n; i++)
    {
      const char *name = cpu->features.items[i]->name;

      if (*name == '\0')
        FAIL (node, CPU, XML_ERROR, "a feature has no name");
      if (!g_hash_table_add (seen, (void *) name))
        FAIL (node, CPU, XML_ERROR, "feature '%s' is there twice", name);
    }
  return true;
}

static bool
cpu_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainCpu *cpu = object;

  if (!check_children (node, cpu, error) || !check_vendor_id (node, cpu->vendor_id, error) || !finish_mode (node, cpu, error))
    return false;
  if (cpu->topology.sockets != 0 && cpu->topology.dies == 0)
    cpu->topology.dies = 1;
  return check_features (node, cpu, error);
}

const XmlSchema domain_cpu_schema = XML_SCHEMA (DomainCpu, "cpu", cpu_rows, .finish = cpu_finish, .from = VIR_FROM_CPU);

DomainCpu *
domain_cpu_new (void)
{
  return xml_new (&domain_cpu_schema);
}
