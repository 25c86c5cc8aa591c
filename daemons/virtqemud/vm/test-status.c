/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is written of guests that run, and what is made of files that are no good. */
#include <string.h>

#include "util/error.h"
#include "vm/state.h"
#include "vm/status.h"

#define DOMAIN_TEXT(id_)                                                                    \
  "<domain type='qemu' id='" id_ "'><name>g</name><uuid>11111111-1111-4111-8111-000000000001</uuid>" \
  "<memory unit='KiB'>16384</memory><vcpu>1</vcpu>"                                          \
  "<os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os></domain>"

/* As a stock daemon leaves it, with much that is not read. */
static const char stock[] =
  "<!-- a warning -->\n"
  "<domstatus state='paused' reason='ioerror' pid='7690'>\n"
  "  <taint flag='high-privileges'/><taint flag='custom-monitor'/>\n"
  "  <monitor path='/var/lib/libvirt/qemu/domain-4-g/monitor.sock' type='unix'/>\n"
  "  <namespaces><mount/></namespaces><vcpus><vcpu id='0' pid='7696'/></vcpus>\n"
  "  <qemuCaps><flag name='kvm'/></qemuCaps><fakereboot/>\n"
  "  <devices><device alias='usb'/></devices>\n" DOMAIN_TEXT ("4") "</domstatus>";

static Vm *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  Vm *vm = NULL;

  g_assert_true (vm_status_parse (&vm, text, strlen (text), &error));
  g_assert_no_error (error);
  return vm;
}

static void
test_stock (void)
{
  g_autoptr (Vm) vm = parse (stock);

  g_assert_cmpint (vm->live->id, ==, 4);
  g_assert_cmpint (vm->state, ==, VIR_DOMAIN_PAUSED);
  g_assert_cmpint (vm->reason, ==, VIR_DOMAIN_PAUSED_IOERROR);
  g_assert_cmpint (vm->record.pid, ==, 7690);
  g_assert_cmpstr (vm->record.monitor_path, ==, "/var/lib/libvirt/qemu/domain-4-g/monitor.sock");
  g_assert_cmpuint (vm->taint, ==, VM_TAINT_CUSTOM_MONITOR | VM_TAINT_HIGH_PRIVILEGES);
  g_assert_true (vm->fake_reboot);
}

static void
test_round_trip (void)
{
  g_autoptr (Vm) vm = parse (stock);
  g_autoptr (Vm) again = NULL;
  g_autofree char *text = NULL;

  vm->id = 4;
  vm->state = VIR_DOMAIN_RUNNING;
  vm->reason = VIR_DOMAIN_RUNNING_UNPAUSED;
  vm->record.start_time = 123456789;
  vm->record.cgroup = g_strdup ("/sys/fs/cgroup/a<b&'c");
  vm->taint |= VM_TAINT_CUSTOM_ARGV;
  vm->end = VM_END_SHUTDOWN;
  vm->autodestroy_peer = 5;
  text = vm_status_format (vm);
  again = parse (text);
  g_assert_cmpint (again->state, ==, VIR_DOMAIN_RUNNING);
  g_assert_cmpint (again->reason, ==, VIR_DOMAIN_RUNNING_UNPAUSED);
  g_assert_cmpuint (again->record.start_time, ==, 123456789);
  g_assert_cmpstr (again->record.cgroup, ==, vm->record.cgroup);
  g_assert_cmpstr (again->record.monitor_path, ==, vm->record.monitor_path);
  g_assert_cmpuint (again->taint, ==, vm->taint);
  g_assert_cmpint (again->end, ==, VM_END_SHUTDOWN);
  g_assert_true (again->fake_reboot);
  /* The client of an earlier daemon cannot be told from any other that is gone. */
  g_assert_true (again->autodestroy_peer == VM_AUTODESTROY_LOST);
  g_auto (GStrv) changes = domain_changes (again->live, vm->live);
  g_assert_cmpstr (changes[0], ==, NULL);
}

static const char *const bad[] = {
  "",
  "garbage",
  "<domain/>",
  "<domstatus/>",
  "<domstatus state='running' reason='booted' pid='1'></domstatus>",
  "<domstatus state='nonsense' reason='booted' pid='1'>" DOMAIN_TEXT ("4") "</domstatus>",
  "<domstatus reason='booted' pid='1'>" DOMAIN_TEXT ("4") "</domstatus>",
  "<domstatus state='running' reason='booted' pid='1'>" DOMAIN_TEXT ("x") "</domstatus>",
  "<domstatus state='running' reason='booted' pid='1'><domain type='qemu' id='4'/></domstatus>",
  "<domstatus state='running' reason='booted' pid='1'><domain type='qemu' id='4'>",
};

static void
test_bad (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      Vm *vm = NULL;

      g_assert_false (vm_status_parse (&vm, bad[i], strlen (bad[i]), &error));
      g_assert_nonnull (error);
      g_assert_null (vm);
    }
}

static void
test_names (void)
{
  for (int state = VIR_DOMAIN_NOSTATE; state < VIR_DOMAIN_LAST; state++)
    {
      g_assert_cmpint (vm_state_from_name (vm_state_name (state)), ==, state);
      for (int reason = 0; reason < 20; reason++)
        {
          const char *name = vm_reason_name (state, reason);

          g_assert_cmpint (vm_reason_from_name (state, name), ==, strcmp (name, "unknown") == 0 ? 0 : reason);
        }
    }
  g_assert_null (vm_state_name (99));
  g_assert_cmpint (vm_state_from_name ("nonsense"), ==, -1);
  g_assert_cmpstr (vm_reason_name (VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_POSTCOPY_FAILED), ==, "post-copy failed");
  g_assert_cmpstr (vm_reason_name (VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_API_ERROR), ==, "api error");
  g_assert_cmpstr (vm_reason_name (VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_DAEMON), ==, "daemon");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vm-status/stock", test_stock);
  g_test_add_func ("/vm-status/round-trip", test_round_trip);
  g_test_add_func ("/vm-status/bad", test_bad);
  g_test_add_func ("/vm-status/names", test_names);
  return g_test_run ();
}
