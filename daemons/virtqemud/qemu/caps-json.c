/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The capabilities document, as the cache keeps it and the prober makes it, read into
 * a QemuCaps. */
#include "qemu/caps.h"

#include "util/error.h"
#include "util/json.h"

#define WHAT "QEMU capabilities"

static const char *const accel_names[QEMU_ACCEL_N] = { "tcg", "kvm" };

static void
machine_free (void *data)
{
  QemuMachine *machine = data;

  g_free (machine->name);
  g_free (machine->alias);
  g_free (machine->default_ram_id);
  g_free (machine->default_cpu_type);
  g_free (machine);
}

static void
cpu_model_free (void *data)
{
  QemuCpuModel *model = data;

  g_free (model->name);
  g_free (model->type_name);
  g_strfreev (model->blockers);
  g_free (model);
}

QemuCaps *
qemu_caps_ref (const QemuCaps *caps)
{
  QemuCaps *counted = (QemuCaps *) caps;

  counted->refs++;
  return counted;
}

void
qemu_caps_unref (QemuCaps *caps)
{
  if (caps == NULL || --caps->refs > 0)
    return;
  for (int i = 0; i < QEMU_ACCEL_N; i++)
    {
      g_clear_pointer (&caps->cpus[i], g_ptr_array_unref);
      json_decref (caps->cpu_host[i]);
    }
  g_clear_pointer (&caps->machines, g_ptr_array_unref);
  g_clear_pointer (&caps->types, g_hash_table_unref);
  g_clear_pointer (&caps->commands, g_hash_table_unref);
  g_clear_pointer (&caps->options, g_hash_table_unref);
  g_clear_pointer (&caps->lacks, g_hash_table_unref);
  g_clear_pointer (&caps->device_props, g_hash_table_unref);
  g_free (caps->binary);
  g_free (caps->arch);
  g_free (caps->package);
  g_free (caps);
}

/* An array of strings as a set that owns them. */
static GHashTable *
set_from_array (const json_t *array)
{
  GHashTable *set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  json_t *item;
  size_t i;

  json_array_foreach ((json_t *) array, i, item)
    if (json_is_string (item))
      g_hash_table_add (set, g_strdup (json_string_value (item)));
  return set;
}

static bool
read_set (const json_t *json, const char *key, GHashTable **ret_set, GError **error)
{
  json_t *array;

  if (!json_want_array (json, key, WHAT, &array, error))
    return false;
  *ret_set = set_from_array (array);
  return true;
}

static char **
strv_from_array (const json_t *array)
{
  g_autoptr (GPtrArray) strv = g_ptr_array_new_with_free_func (g_free);
  json_t *item;
  size_t i;

  if (!json_is_array (array))
    return NULL;
  json_array_foreach ((json_t *) array, i, item)
    if (json_is_string (item))
      g_ptr_array_add (strv, g_strdup (json_string_value (item)));
  g_ptr_array_add (strv, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&strv), FALSE);
}

static bool
read_machines (const json_t *json, QemuCaps *caps, GError **error)
{
  json_t *array, *item;
  size_t i;

  if (!json_want_array (json, "machines", WHAT, &array, error))
    return false;
  caps->machines = g_ptr_array_new_with_free_func (machine_free);
  json_array_foreach (array, i, item)
    {
      QemuMachine *machine = g_new0 (QemuMachine, 1);
      const char *name;

      g_ptr_array_add (caps->machines, machine);
      if (!json_want_string (item, "name", WHAT ", machines", &name, error))
        return false;
      machine->name = g_strdup (name);
      machine->alias = g_strdup (json_get_string (item, "alias", NULL));
      machine->default_ram_id = g_strdup (json_get_string (item, "default-ram-id", NULL));
      machine->default_cpu_type = g_strdup (json_get_string (item, "default-cpu-type", NULL));
      machine->max_cpus = (unsigned int) CLAMP (json_get_int (item, "cpu-max", 0), 0, 65535);
      machine->is_default = json_get_bool (item, "is-default", false);
      machine->deprecated = json_get_bool (item, "deprecated", false);
      machine->hotpluggable_cpus = json_get_bool (item, "hotpluggable-cpus", false);
      machine->numa_mem = json_get_bool (item, "numa-mem-supported", false);
    }
  return true;
}

static bool
read_accel (const json_t *json, QemuAccel accel, QemuCaps *caps, GError **error)
{
  json_t *array, *item, *host = json_object_get (json, "host");
  size_t i;

  if (!json_want_array (json, "cpus", WHAT, &array, error))
    return false;
  caps->accel[accel] = true;
  caps->cpus[accel] = g_ptr_array_new_with_free_func (cpu_model_free);
  json_array_foreach (array, i, item)
    {
      QemuCpuModel *model = g_new0 (QemuCpuModel, 1);
      const char *name;

      g_ptr_array_add (caps->cpus[accel], model);
      if (!json_want_string (item, "name", WHAT ", CPU models", &name, error))
        return false;
      model->name = g_strdup (name);
      model->type_name = g_strdup (json_get_string (item, "typename", NULL));
      model->deprecated = json_get_bool (item, "deprecated", false);
      model->is_static = json_get_bool (item, "static", false);
      model->migration_safe = json_get_bool (item, "migration-safe", false);
      model->blockers = strv_from_array (json_object_get (item, "unavailable-features"));
    }
  if (json_is_object (json_object_get (host, "props")))
    caps->cpu_host[accel] = json_incref (host);
  return true;
}

static bool
read_props (const json_t *json, QemuCaps *caps, GError **error)
{
  json_t *object, *array;
  const char *type;

  if (!json_want_object (json, "props", WHAT, &object, error))
    return false;
  caps->device_props = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                              (GDestroyNotify) g_hash_table_unref);
  json_object_foreach (object, type, array)
    g_hash_table_insert (caps->device_props, g_strdup (type), set_from_array (array));
  return true;
}

QemuCaps *
qemu_caps_from_json (const json_t *json, GError **error)
{
  g_autoptr (QemuCaps) caps = g_new0 (QemuCaps, 1);
  const char *binary, *arch;
  json_t *accels;
  int64_t version;

  caps->refs = 1;
  if (!json_want_string (json, "binary", WHAT, &binary, error)
      || !json_want_string (json, "arch", WHAT, &arch, error)
      || !json_want_int (json, "version", WHAT, &version, error)
      || !json_want_object (json, "accel", WHAT, &accels, error)
      || !read_machines (json, caps, error)
      || !read_set (json, "types", &caps->types, error)
      || !read_set (json, "commands", &caps->commands, error)
      || !read_set (json, "options", &caps->options, error)
      || !read_props (json, caps, error))
    return NULL;
  for (int i = 0; i < QEMU_ACCEL_N; i++)
    {
      json_t *accel = json_object_get (accels, accel_names[i]);

      if (accel != NULL && !read_accel (accel, (QemuAccel) i, caps, error))
        return NULL;
    }
  caps->binary = g_strdup (binary);
  caps->arch = g_strdup (arch);
  caps->version = (unsigned int) CLAMP (version, 0, UINT32_MAX);
  caps->package = g_strdup (json_get_string (json, "package", ""));
  return g_steal_pointer (&caps);
}

/* --- questions --------------------------------------------------------------- */

static bool
has (const QemuCaps *caps, GHashTable *set, const char *name)
{
  return caps->lacks != NULL ? !g_hash_table_contains (caps->lacks, name) : g_hash_table_contains (set, name);
}

bool
qemu_caps_has_type (const QemuCaps *caps, const char *qom_type)
{
  return has (caps, caps->types, qom_type);
}

bool
qemu_caps_has_command (const QemuCaps *caps, const char *command)
{
  return has (caps, caps->commands, command);
}

bool
qemu_caps_has_option (const QemuCaps *caps, const char *option_parameter)
{
  return has (caps, caps->options, option_parameter);
}

bool
qemu_caps_has_prop (const QemuCaps *caps, const char *device, const char *property)
{
  GHashTable *props = g_hash_table_lookup (caps->device_props, device);
  g_autofree char *name = caps->lacks != NULL ? g_strconcat (device, ".", property, NULL) : NULL;

  if (name != NULL)
    return !g_hash_table_contains (caps->lacks, name);
  return props != NULL && g_hash_table_contains (props, property);
}

const QemuMachine *
qemu_caps_machine (const QemuCaps *caps, const char *name)
{
  for (unsigned int i = 0; name != NULL && i < caps->machines->len; i++)
    {
      const QemuMachine *machine = caps->machines->pdata[i];

      if (g_str_equal (machine->name, name) || g_strcmp0 (machine->alias, name) == 0)
        return machine;
    }
  return NULL;
}

const QemuMachine *
qemu_caps_default_machine (const QemuCaps *caps)
{
  for (unsigned int i = 0; i < caps->machines->len; i++)
    {
      const QemuMachine *machine = caps->machines->pdata[i];

      if (machine->is_default)
        return machine;
    }
  return NULL;
}
