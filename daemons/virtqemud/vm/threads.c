/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/threads.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "qemu/process.h"

/* Puts the thread @tid into the table if its name says that it is a virtual CPU: "CPU 3/KVM". */
static void
note_thread (Vm *vm, const char *tid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%s/comm", (int) vm->process->pid, tid);
  g_autofree char *name = NULL;
  unsigned int vcpu;

  if (g_file_get_contents (path, &name, NULL, NULL) && sscanf (name, "CPU %u/", &vcpu) == 1
      && vcpu < vm->n_vcpu_threads)
    vm->vcpu_threads[vcpu] = (pid_t) g_ascii_strtoll (tid, NULL, 10);
}

static void
scan (Vm *vm)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%d/task", (int) vm->process->pid);
  g_autoptr (GDir) tasks = g_dir_open (folder, 0, NULL);
  const char *tid;

  vm->n_vcpu_threads = vm->live->vcpus_max;
  vm->vcpu_threads = g_new0 (pid_t, vm->n_vcpu_threads);
  while (tasks != NULL && (tid = g_dir_read_name (tasks)) != NULL)
    note_thread (vm, tid);
}

pid_t
vm_vcpu_thread (Vm *vm, unsigned int vcpu)
{
  if (vm->process == NULL || vm->live == NULL)
    return 0;
  if (vm->vcpu_threads == NULL)
    scan (vm);
  return vcpu < vm->n_vcpu_threads ? vm->vcpu_threads[vcpu] : 0;
}

void
vm_threads_forget (Vm *vm)
{
  g_clear_pointer (&vm->vcpu_threads, g_free);
  vm->n_vcpu_threads = 0;
}

void
vm_thread_waits (pid_t pid, pid_t tid, uint64_t *ret_delay_ns, uint64_t *ret_wait_ns)
{
  g_autofree char *schedstat_path = g_strdup_printf ("/proc/%d/task/%d/schedstat", (int) pid, (int) tid);
  g_autofree char *sched_path = g_strdup_printf ("/proc/%d/task/%d/sched", (int) pid, (int) tid);
  g_autofree char *schedstat = NULL, *sched = NULL;
  const char *line;
  unsigned long long delay;
  static int counts = -1;       /* whether the kernel can tell of waits for the disk */

  *ret_delay_ns = *ret_wait_ns = 0;
  if (counts < 0)
    counts = access ("/proc/sys/kernel/sched_schedstats", F_OK) == 0;
  if (g_file_get_contents (schedstat_path, &schedstat, NULL, NULL) && sscanf (schedstat, "%*u %llu", &delay) == 1)
    *ret_delay_ns = delay;
  if (counts && g_file_get_contents (sched_path, &sched, NULL, NULL) && (line = strstr (sched, "iowait_sum")) != NULL
      && (line = strchr (line, ':')) != NULL)
    *ret_wait_ns = (uint64_t) (g_ascii_strtod (line + 1, NULL) * 1e6);
}
