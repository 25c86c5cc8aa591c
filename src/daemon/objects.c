/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/objects.h"

#include <string.h>

#include "util/uuid.h"

#define JOB_TIMEOUT_MS 30000
#define LEAST_PATIENCE_MS 5000

void
object_init (Object *object, ObjectClass *class, const uint8_t uuid[16], const char *name)
{
  object->class = class;
  object->refs = 1;
  memcpy (object->uuid, uuid, sizeof object->uuid);
  object->name = g_strdup (name);
}

void *
object_ref (void *data)
{
  Object *object = data;

  object->refs++;
  return object;
}

void
object_unref (void *data)
{
  Object *object = data;
  g_autofree char *name = NULL;

  if (object == NULL || --object->refs > 0)
    return;
  name = object->name;
  object->class->free (object);
}

static virErrorDomain
job_errors (const ObjectClass *class)
{
  return class->driver != VIR_FROM_NONE ? class->driver : class->domain;
}

bool
object_job (JobGuard *guard, Object *object, const char *what, GError **error)
{
  const ObjectClass *class = object->class;
  g_autofree char *subject = g_strdup_printf ("%s '%s'", class->noun, object->name);
  Deadline deadline = deadline_in_ms (JOB_TIMEOUT_MS);

  if (class->max_queued > 0 && g_queue_get_length (&object->job.waiters) >= class->max_queued)
    return fail (error, job_errors (class), VIR_ERR_OPERATION_FAILED,
                 "cannot begin '%s' on %s: %u calls wait for it already, as many as %s allows", what, subject,
                 class->max_queued, class->max_queued_key);
  if (!job_guard (guard, &object->job, what, subject, deadline, error))
    {
      if (error != NULL)
        virt_error_claim (*error, job_errors (class));
      return false;
    }
  object->change_by = deadline;
  if (!object->removed)
    return true;
  job_guard_clear (guard);
  return fail (error, job_errors (class), class->missing, "%s is gone", subject);
}

Deadline
object_change_deadline (const Object *object)
{
  return MAX (object->change_by, deadline_in_ms (LEAST_PATIENCE_MS));
}

/* --- the list ----------------------------------------------------------------------------- */

struct ObjectList
{
  ObjectClass *class;
  GPtrArray *objects;           /* counted, in order of arrival */
  GHashTable *by_uuid;          /* Object.uuid -> Object */
  GHashTable *by_name;          /* Object.name -> Object */
};

ObjectList *
object_list_new (ObjectClass *class)
{
  ObjectList *list = g_new0 (ObjectList, 1);

  list->class = class;
  list->objects = g_ptr_array_new_with_free_func (object_unref);
  list->by_uuid = g_hash_table_new (uuid_hash, uuid_equal);
  list->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  return list;
}

void
object_list_free (ObjectList *list)
{
  if (list == NULL)
    return;
  g_hash_table_unref (list->by_name);
  g_hash_table_unref (list->by_uuid);
  g_ptr_array_unref (list->objects);
  g_free (list);
}

/* A reference on @object if it is there for all to see. */
static void *
visible (Object *object)
{
  return object != NULL && !object->reserved ? object_ref (object) : NULL;
}

void *
object_list_by_uuid (ObjectList *list, const uint8_t uuid[16])
{
  return visible (g_hash_table_lookup (list->by_uuid, uuid));
}

void *
object_list_by_name (ObjectList *list, const char *name)
{
  return visible (g_hash_table_lookup (list->by_name, name));
}

static bool
is_chosen (const Object *object, bool (*filter) (const void *object, const void *data), const void *data)
{
  return !object->reserved && (filter == NULL || filter (object, data));
}

GPtrArray *
object_list_all (ObjectList *list, bool (*filter) (const void *object, const void *data), const void *data)
{
  GPtrArray *found = g_ptr_array_new_full (list->objects->len, object_unref);

  for (unsigned int i = 0; i < list->objects->len; i++)
    if (is_chosen (list->objects->pdata[i], filter, data))
      g_ptr_array_add (found, object_ref (list->objects->pdata[i]));
  return found;
}

unsigned int
object_list_count (ObjectList *list, bool (*filter) (const void *object, const void *data), const void *data)
{
  unsigned int n = 0;

  for (unsigned int i = 0; i < list->objects->len; i++)
    n += is_chosen (list->objects->pdata[i], filter, data);
  return n;
}

const void *
object_list_find (ObjectList *list, bool (*filter) (const void *object, const void *data), const void *data)
{
  for (unsigned int i = 0; i < list->objects->len; i++)
    if (filter (list->objects->pdata[i], data))
      return list->objects->pdata[i];
  return NULL;
}

/* Fails if @name or @uuid stands for another object than both together; *@ret_object is the one of both, or NULL. Borrowed. */
static bool
check_unique (ObjectList *list, const uint8_t uuid[16], const char *name, Object **ret_object, GError **error)
{
  Object *same_uuid = g_hash_table_lookup (list->by_uuid, uuid);
  Object *same_name = g_hash_table_lookup (list->by_name, name);
  char text[UUID_TEXT_SIZE];

  if (same_uuid != NULL && same_uuid != same_name)
    return fail (error, list->class->domain, VIR_ERR_OPERATION_FAILED, "%s '%s' is already defined with uuid %s",
                 list->class->noun, same_uuid->name, uuid_format (uuid, text));
  if (same_name != NULL && same_uuid == NULL)
    return fail (error, list->class->domain, VIR_ERR_OPERATION_FAILED, "%s '%s' already exists with uuid %s",
                 list->class->noun, name, uuid_format (same_name->uuid, text));
  *ret_object = same_uuid;
  return true;
}

static void
list_insert (ObjectList *list, Object *object)
{
  g_ptr_array_add (list->objects, object_ref (object));
  g_hash_table_insert (list->by_uuid, object->uuid, object);
  g_hash_table_insert (list->by_name, object->name, object);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Object, object_unref)

void *
object_list_claim (ObjectList *list, const uint8_t uuid[16], const char *name,
                   void *(*make) (const uint8_t uuid[16], const char *name),
                   bool (*check) (const void *object, GError **error),
                   JobGuard *guard, const char *what, GError **error)
{
  for (;;)
    {
      g_autoptr (Object) object = NULL;
      g_autoptr (GError) local = NULL;
      Object *found;

      if (!check_unique (list, uuid, name, &found, error))
        return NULL;
      if (found == NULL)
        {
          object = make (uuid, name);
          object->reserved = true;
          list_insert (list, object);
        }
      else if (check != NULL && !check (found, error))
        return NULL;
      else
        object = object_ref (found);
      if (!object_job (guard, object, what, &local))
        {
          /* It went away while its job was waited for: look again. */
          if (object->removed)
            continue;
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
      /* Nobody else may have changed what was checked before the wait. */
      if (g_hash_table_lookup (list->by_name, name) == object
          && (found == NULL || check == NULL || check (object, NULL)))
        return g_steal_pointer (&object);
      job_guard_clear (guard);
    }
}

void
object_list_publish (ObjectList *list, void *data)
{
  Object *object = data;

  object->reserved = false;
}

bool
object_list_add (ObjectList *list, void *data, GError **error)
{
  Object *object = data, *found;

  if (!check_unique (list, object->uuid, object->name, &found, error))
    return false;
  if (found != NULL)
    return fail (error, list->class->domain, VIR_ERR_OPERATION_FAILED, "%s '%s' is there already",
                 list->class->noun, object->name);
  list_insert (list, object);
  return true;
}

void
object_list_remove (ObjectList *list, void *data)
{
  Object *object = data;

  if (object->removed)
    return;
  object->removed = true;
  g_hash_table_remove (list->by_uuid, object->uuid);
  g_hash_table_remove (list->by_name, object->name);
  g_ptr_array_remove (list->objects, object);
}

bool
object_list_rename (ObjectList *list, void *data, const char *name, GError **error)
{
  Object *object = data;

  if (g_hash_table_contains (list->by_name, name))
    return fail (error, list->class->domain, VIR_ERR_OPERATION_INVALID, "%s with name '%s' already exists",
                 list->class->noun, name);
  g_hash_table_remove (list->by_name, object->name);
  g_free (object->name);
  object->name = g_strdup (name);
  g_hash_table_insert (list->by_name, object->name, object);
  return true;
}
