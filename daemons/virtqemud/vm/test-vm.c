/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of guests: their ids, and which may be started or defined anew. */
#include <string.h>

#include "util/error.h"
#include "util/loop.h"
#include "vm/vm.h"

static const uint8_t uuid_a[16] = { 1 }, uuid_b[16] = { 2 };

static Vm *
add (VmList *list, const uint8_t uuid[16], const char *name)
{
  Vm *vm = vm_new (uuid, name);

  g_assert_true (vm_list_add (list, vm, NULL));
  vm->config = domain_new ();
  vm_unref (vm);
  return vm;
}

static void
test_lookup (void)
{
  VmList *list = vm_list_new ();
  Vm *a = add (list, uuid_a, "a");
  g_autoptr (Vm) by_name = vm_list_by_name (list, "a");
  g_autoptr (Vm) by_uuid = vm_list_by_uuid (list, uuid_a);
  g_autoptr (Vm) by_id = NULL;
  g_autoptr (Vm) none = vm_list_by_name (list, "b");

  g_assert_true (by_name == a && by_uuid == a);
  g_assert_null (none);
  vm_list_assign_id (list, a, 7);
  by_id = vm_list_by_id (list, 7);
  g_assert_true (by_id == a);
  vm_list_release_id (list, a);
  g_assert_null (vm_list_by_id (list, 7));
  /* An id is not given twice. */
  vm_list_assign_id (list, a, 0);
  g_assert_cmpint (a->id, ==, 8);
  g_assert_cmpuint (vm_list_count (list, true, false), ==, 1);
  vm_list_remove (list, a);
  g_assert_true (by_name->removed);
  g_assert_cmpuint (vm_list_count (list, true, true), ==, 0);
  vm_list_free (list);
}

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
      VmList *list = vm_list_new ();
      Vm *a = add (list, uuid_a, "a");
      g_auto (JobGuard) guard = { 0 };
      g_autoptr (GError) error = NULL;
      g_autoptr (Vm) vm = NULL;

      if (claims[i].active)
        vm_list_assign_id (list, a, 0);
      vm = vm_list_claim (list, claims[i].uuid, claims[i].name, claims[i].must_not_run, &guard, "test", &error);
      if (claims[i].code == 0)
        g_assert_no_error (error);
      else
        g_assert_error (error, VIRT_ERROR, claims[i].code);
      g_assert_cmpint (vm == NULL, ==, claims[i].code != 0);
      if (vm != NULL && vm != a)
        {
          g_autoptr (Vm) seen = vm_list_by_name (list, claims[i].name);

          g_assert_null (seen);
          vm_list_publish (list, vm);
          seen = vm_list_by_name (list, claims[i].name);
          g_assert_true (seen == vm);
        }
      job_guard_clear (&guard);
      vm_list_free (list);
    }
}

static void
test_claim (void)
{
  fiber_start ("test", NULL, try_claims, NULL);
  while (fiber_count () > 0)
    loop_turn (1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vm/lookup", test_lookup);
  g_test_add_func ("/vm/claim", test_claim);
  return g_test_run ();
}
