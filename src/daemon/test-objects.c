/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Named objects: who may have which name and uuid, and who waits for whom. */
#include <string.h>

#include "daemon/objects.h"
#include "util/error.h"
#include "util/loop.h"

typedef struct { OBJECT_BASE; bool active; } Thing;

static unsigned int freed;

static void
thing_free (void *data)
{
  freed++;
  g_free (data);
}

static ObjectClass class = {
  .noun = "thing", .domain = VIR_FROM_NETWORK, .driver = VIR_FROM_XML, .missing = VIR_ERR_NO_NETWORK,
  .max_queued_key = "max_queued of thing.conf", .free = thing_free,
};

static const uint8_t uuid_a[16] = { 1 }, uuid_b[16] = { 2 }, uuid_c[16] = { 3 };

static void *
make (const uint8_t uuid[16], const char *name)
{
  Thing *thing = g_new0 (Thing, 1);

  object_init (&thing->object, &class, uuid, name);
  return thing;
}

static Thing *
add (ObjectList *list, const uint8_t uuid[16], const char *name)
{
  Thing *thing = make (uuid, name);

  g_assert_true (object_list_add (list, thing, NULL));
  object_unref (thing);
  return thing;
}

static void
run (FiberFunc func, void *data)
{
  fiber_start ("test", NULL, func, data);
  while (fiber_count () > 0)
    loop_turn (1000);
}

static bool
is_active (const void *data, const void *wanted)
{
  const Thing *thing = data;

  return thing->active == *(const bool *) wanted;
}

static bool
check_inactive (const void *data, GError **error)
{
  const Thing *thing = data;

  return !thing->active || fail (error, VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID, "thing '%s' is active", thing->name);
}

static void
test_list (void)
{
  ObjectList *list = object_list_new (&class);
  static const bool yes = true;
  Thing *a = add (list, uuid_a, "a"), *b = add (list, uuid_b, "b");
  Thing *by_name = object_list_by_name (list, "a"), *by_uuid = object_list_by_uuid (list, uuid_a);
  g_autoptr (GPtrArray) all = object_list_all (list, NULL, NULL), active = NULL;

  g_assert_true (by_name == a && by_uuid == a && a->refs == 4);
  g_assert_null (object_list_by_name (list, "c"));
  g_assert_null (object_list_by_uuid (list, uuid_c));
  g_assert_true (all->len == 2 && all->pdata[0] == a && all->pdata[1] == b);
  b->active = true;
  active = object_list_all (list, is_active, &yes);
  g_assert_true (active->len == 1 && active->pdata[0] == b);
  g_assert_cmpuint (object_list_count (list, is_active, &yes), ==, 1);
  g_assert_cmpuint (object_list_count (list, NULL, NULL), ==, 2);
  b->reserved = true;
  g_assert_cmpuint (object_list_count (list, is_active, &yes), ==, 0);
  g_assert_true (object_list_find (list, is_active, &yes) == b);
  b->reserved = false;
  freed = 0;
  object_list_remove (list, a);
  object_list_remove (list, a);
  g_assert_true (a->removed && freed == 0);
  g_assert_null (object_list_by_name (list, "a"));
  g_assert_cmpuint (object_list_count (list, NULL, NULL), ==, 1);
  object_unref (by_name);
  object_unref (by_uuid);
  g_clear_pointer (&all, g_ptr_array_unref);
  g_assert_cmpuint (freed, ==, 1);
  g_clear_pointer (&active, g_ptr_array_unref);
  object_list_free (list);
  g_assert_cmpuint (freed, ==, 2);
  object_unref (NULL);
}

static void
test_add_unique (void)
{
  ObjectList *list = object_list_new (&class);
  static const struct { const uint8_t *uuid; const char *name, *words; } rows[] = {
    { uuid_a, "a", "thing 'a' is there already" },
    { uuid_a, "b", "thing 'a' is already defined with uuid 01000000-0000-0000-0000-000000000000" },
    { uuid_b, "a", "thing 'a' already exists with uuid 01000000-0000-0000-0000-000000000000" },
  };

  add (list, uuid_a, "a");
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      Thing *thing = make (rows[i].uuid, rows[i].name);

      g_assert_false (object_list_add (list, thing, &error));
      g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_FAILED);
      g_assert_cmpstr (error->message, ==, rows[i].words);
      g_assert_cmpint (virt_error_detail (error)->from, ==, VIR_FROM_NETWORK);
      object_unref (thing);
    }
  object_list_free (list);
}

static void
test_rename (void)
{
  ObjectList *list = object_list_new (&class);
  Thing *a = add (list, uuid_a, "a"), *found;
  g_autoptr (GError) error = NULL;

  add (list, uuid_b, "b");
  g_assert_false (object_list_rename (list, a, "b", &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_INVALID);
  g_assert_true (object_list_rename (list, a, "c", NULL));
  found = object_list_by_name (list, "c");
  g_assert_true (found == a);
  object_unref (found);
  g_assert_null (object_list_by_name (list, "a"));
  object_list_free (list);
}

/* --- claims --------------------------------------------------------------------------------- */

static const struct { const uint8_t *uuid; const char *name; bool active, must_not_run; int code; } claims[] = {
  { uuid_a, "a", false, false, 0 },
  { uuid_a, "a", true, false, 0 },
  { uuid_a, "a", false, true, 0 },
  { uuid_a, "a", true, true, VIR_ERR_OPERATION_INVALID },
  { uuid_a, "b", false, false, VIR_ERR_OPERATION_FAILED },
  { uuid_b, "a", false, false, VIR_ERR_OPERATION_FAILED },
  { uuid_b, "b", false, false, 0 },
};

static void
try_claims (void *data)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (claims); i++)
    {
      ObjectList *list = object_list_new (&class);
      Thing *a = add (list, uuid_a, "a"), *thing;
      g_auto (JobGuard) guard = { 0 };
      g_autoptr (GError) error = NULL;

      a->active = claims[i].active;
      thing = object_list_claim (list, claims[i].uuid, claims[i].name, make,
                                 claims[i].must_not_run ? check_inactive : NULL, &guard, "test", &error);
      if (claims[i].code == 0)
        g_assert_no_error (error);
      else
        g_assert_error (error, VIRT_ERROR, claims[i].code);
      g_assert_cmpint (thing == NULL, ==, claims[i].code != 0);
      g_assert_cmpint (guard.job == NULL, ==, claims[i].code != 0);
      if (thing != NULL && thing != a)
        {
          Thing *seen;

          g_assert_null (object_list_by_name (list, claims[i].name));
          g_assert_cmpuint (object_list_count (list, NULL, NULL), ==, 1);
          object_list_publish (list, thing);
          seen = object_list_by_name (list, claims[i].name);
          g_assert_true (seen == thing);
          object_unref (seen);
        }
      job_guard_clear (&guard);
      object_unref (thing);
      object_list_free (list);
    }
}

static void
test_claim (void)
{
  run (try_claims, NULL);
}

/* What the first holder of a job does before the second gets it. */
typedef enum { KEEP, DROP, RENAME, ACTIVATE } Deed;
typedef struct { Deed deed; ObjectList *list; Thing *first; GError *error; bool again; } Race;

static void
claim_first (void *data)
{
  Race *race = data;
  g_auto (JobGuard) guard = { 0 };

  race->first = object_list_claim (race->list, uuid_a, "a", make, check_inactive, &guard, "first", NULL);
  g_assert_true (fiber_sleep (20, NULL));
  if (race->deed == DROP)
    object_list_remove (race->list, race->first);
  else
    object_list_publish (race->list, race->first);
  if (race->deed == RENAME)
    g_assert_true (object_list_rename (race->list, race->first, "other", NULL));
  race->first->active = race->deed == ACTIVATE;
}

static void
claim_second (void *data)
{
  Race *race = data;
  g_auto (JobGuard) guard = { 0 };
  Thing *second = object_list_claim (race->list, uuid_a, "a", make, check_inactive, &guard, "second", &race->error);

  race->again = second != NULL && second == race->first;
  /* What was dropped is made anew. */
  g_assert_true (second == NULL || second->reserved == (race->deed == DROP));
  object_unref (second);
}

static void
test_race (const void *data)
{
  static const struct { bool again; int code; } outcomes[] = {
    [KEEP] = { true, 0 }, [DROP] = { false, 0 }, [RENAME] = { false, VIR_ERR_OPERATION_FAILED },
    [ACTIVATE] = { false, VIR_ERR_OPERATION_INVALID },
  };
  Race race = { .deed = GPOINTER_TO_INT (data), .list = object_list_new (&class) };

  fiber_start ("first", NULL, claim_first, &race);
  run (claim_second, &race);
  g_assert_cmpint (race.again, ==, outcomes[race.deed].again);
  g_assert_cmpint (race.error != NULL ? race.error->code : 0, ==, outcomes[race.deed].code);
  g_clear_error (&race.error);
  object_unref (race.first);
  object_list_free (race.list);
}

/* --- jobs ----------------------------------------------------------------------------------- */

static void
hold_and_remove (void *data)
{
  Thing *thing = data;
  g_auto (JobGuard) guard = { 0 };

  g_assert_true (object_job (&guard, &thing->object, "hold", NULL));
  g_assert_cmpuint (object_change_deadline (&thing->object), >, deadline_in_ms (20000));
  g_assert_true (fiber_sleep (20, NULL));
  thing->removed = true;
}

static void
wait_in_vain (void *data)
{
  Thing *thing = data;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (object_job (&guard, &thing->object, "wait", &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_NO_NETWORK);
  g_assert_cmpint (virt_error_detail (error)->from, ==, VIR_FROM_XML);
  g_assert_null (guard.job);
}

static void
one_too_many (void *data)
{
  Thing *thing = data;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (object_job (&guard, &thing->object, "begin", &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_FAILED);
  g_assert_nonnull (strstr (error->message, "'begin' on thing 'a': 1 calls wait for it already, as many as max_queued of"));
}

static void
test_job (void)
{
  Thing *thing = make (uuid_a, "a");

  class.max_queued = 1;
  fiber_start ("hold", NULL, hold_and_remove, thing);
  fiber_start ("wait", NULL, wait_in_vain, thing);
  run (one_too_many, thing);
  class.max_queued = 0;
  g_assert_null (thing->job.owner);
  object_unref (thing);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/objects/list", test_list);
  g_test_add_func ("/objects/add-unique", test_add_unique);
  g_test_add_func ("/objects/rename", test_rename);
  g_test_add_func ("/objects/claim", test_claim);
  g_test_add_data_func ("/objects/race/kept", GINT_TO_POINTER (KEEP), test_race);
  g_test_add_data_func ("/objects/race/dropped", GINT_TO_POINTER (DROP), test_race);
  g_test_add_data_func ("/objects/race/renamed", GINT_TO_POINTER (RENAME), test_race);
  g_test_add_data_func ("/objects/race/activated", GINT_TO_POINTER (ACTIVATE), test_race);
  g_test_add_func ("/objects/job", test_job);
  return g_test_run ();
}
