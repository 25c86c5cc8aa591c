/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/device-acl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "cgroup/private.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"

#define LOG_CATEGORY "security.devices"

static bool
is_node (const SecurityNode *node)
{
  return node->target == NULL;
}

/* Reads and writes; or only reads. */
static const char *
rights (const SecurityNode *node)
{
  return node->write ? "rw" : "r";
}

/* --- version 1 -------------------------------------------------------------------------------- */

static bool
write_rule (const char *folder, const char *file, const SecurityNode *node, GError **error)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);
  char minor[16], text[64];

  g_snprintf (minor, sizeof minor, node->any_minor ? "*" : "%u", node->minor);
  g_snprintf (text, sizeof text, "%c %u:%s %s", S_ISBLK (node->mode) ? 'b' : 'c', node->major, minor, rights (node));
  return cgroup_write (path, text, error);
}

static bool
limit_files (const char *group, pid_t pid, const GArray *nodes, GError **error)
{
  g_autofree char *folder = cgroup_folder (CGROUP_DEVICES, group, pid, error);
  g_autofree char *deny = folder != NULL ? g_build_filename (folder, "devices.deny", NULL) : NULL;

  if (folder == NULL || !cgroup_write (deny, "a", error))
    return false;
  for (unsigned int i = 0; i < nodes->len; i++)
    if (is_node (&g_array_index (nodes, SecurityNode, i))
        && !write_rule (folder, "devices.allow", &g_array_index (nodes, SecurityNode, i), error))
      return false;
  return true;
}

/* --- version 2 --------------------------------------------------------------------------------- */

#define INSTRUCTION(code_, dst_, src_, off_, imm_) \
  ((struct bpf_insn) { .code = (code_), .dst_reg = (dst_), .src_reg = (src_), .off = (off_), .imm = (imm_) })
#define LOAD(dst_, member_) \
  INSTRUCTION (BPF_LDX | BPF_MEM | BPF_W, dst_, BPF_REG_1, offsetof (struct bpf_cgroup_dev_ctx, member_), 0)

static void
append (GArray *program, struct bpf_insn instruction)
{
  g_array_append_val (program, instruction);
}

/* Unless it is as @node says, jumps behind the rule; else answers yes. The type of what is opened is in register 2, what is
 * wanted of it in 3, its numbers in 4 and 5. */
static void
append_rule (GArray *program, const SecurityNode *node)
{
  int type = S_ISBLK (node->mode) ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
  int denied = BPF_DEVCG_ACC_MKNOD | (node->write ? 0 : BPF_DEVCG_ACC_WRITE);
  /* What follows each test. */
  int16_t after = (int16_t) (node->any_minor ? 6 : 7);

  append (program, INSTRUCTION (BPF_JMP | BPF_JNE | BPF_K, BPF_REG_2, 0, after, type));
  append (program, INSTRUCTION (BPF_ALU | BPF_MOV | BPF_X, BPF_REG_0, BPF_REG_3, 0, 0));
  append (program, INSTRUCTION (BPF_ALU | BPF_AND | BPF_K, BPF_REG_0, 0, 0, denied));
  append (program, INSTRUCTION (BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, after - 3, 0));
  append (program, INSTRUCTION (BPF_JMP | BPF_JNE | BPF_K, BPF_REG_4, 0, after - 4, (int) node->major));
  if (!node->any_minor)
    append (program, INSTRUCTION (BPF_JMP | BPF_JNE | BPF_K, BPF_REG_5, 0, 2, (int) node->minor));
  append (program, INSTRUCTION (BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1));
  append (program, INSTRUCTION (BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

GArray *
security_devices_program (const GArray *nodes)
{
  GArray *program = g_array_new (FALSE, FALSE, sizeof (struct bpf_insn));

  append (program, LOAD (BPF_REG_2, access_type));
  append (program, INSTRUCTION (BPF_ALU | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_2, 0, 0));
  append (program, INSTRUCTION (BPF_ALU | BPF_AND | BPF_K, BPF_REG_2, 0, 0, 0xffff));
  append (program, INSTRUCTION (BPF_ALU | BPF_RSH | BPF_K, BPF_REG_3, 0, 0, 16));
  append (program, LOAD (BPF_REG_4, major));
  append (program, LOAD (BPF_REG_5, minor));
  for (unsigned int i = 0; i < nodes->len; i++)
    if (is_node (&g_array_index (nodes, SecurityNode, i)))
      append_rule (program, &g_array_index (nodes, SecurityNode, i));
  append (program, INSTRUCTION (BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0));
  append (program, INSTRUCTION (BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  return program;
}

/* A new program takes the old one's place. */
static bool
limit_by_program (const char *group, const GArray *nodes, GError **error)
{
  g_autoptr (GArray) program = security_devices_program (nodes);
  g_autofree char *folder = g_strconcat (cgroup_unified (), group, NULL);
  union bpf_attr load = {
    .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE, .insn_cnt = program->len, .insns = (uintptr_t) program->data,
    .license = (uintptr_t) "LGPL", .prog_name = "devices",
  };
  fd_auto int fd = -1, dir = -1;
  union bpf_attr attach = { .attach_type = BPF_CGROUP_DEVICE };

  fd = (int) syscall (SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
  if (fd < 0)
    return fail_errno (error, VIR_FROM_CGROUP, errno, "the kernel does not take the device list of '%s'", group);
  dir = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  attach.target_fd = (uint32_t) dir;
  attach.attach_bpf_fd = (uint32_t) fd;
  if (dir < 0 || syscall (SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach) < 0)
    return fail_errno (error, VIR_FROM_CGROUP, errno, "cannot limit the devices of the control group '%s'", folder);
  return true;
}

/* --- both ------------------------------------------------------------------------------------------ */

bool
security_devices_come_first (void)
{
  return cgroup_version (CGROUP_DEVICES) == 1;
}

static bool
limit (const char *group, pid_t pid, const GArray *nodes, GError **error)
{
  if (security_devices_come_first ())
    return limit_files (group, pid, nodes, error);
  if (cgroup_unified () != NULL)
    return limit_by_program (group, nodes, error);
  return fail (error, VIR_FROM_CGROUP, VIR_ERR_OPERATION_UNSUPPORTED, "this host has no control groups");
}

static bool
is_named (const QemuConfig *config)
{
  return config->cgroup_controllers != NULL && g_strv_contains ((const char *const *) config->cgroup_controllers, "devices");
}

static bool
is_wanted (const char *group, const QemuConfig *config)
{
  return group != NULL && (config->cgroup_controllers == NULL || is_named (config));
}

bool
security_devices_limit_now (const char *group, pid_t pid, const GArray *nodes, const QemuConfig *config, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!is_wanted (group, config) || limit (group, pid, nodes, &local))
    return true;
  if (is_named (config))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  log_debug ("guests may open what their user may: %s", local->message);
  return true;
}

/* Where nothing was limited, nothing is to be allowed. */
static bool
has_list (const char *group)
{
  g_autofree char *folder = cgroup_folder_of (CGROUP_DEVICES, group, (CgroupPlace) { 0 });

  return !security_devices_come_first () || access (folder, F_OK) == 0;
}

static bool
change_files (const char *group, const char *file, const GArray *nodes, const GArray *kept, GError **error)
{
  g_autofree char *folder = cgroup_folder_of (CGROUP_DEVICES, group, (CgroupPlace) { 0 });

  for (unsigned int i = 0; i < nodes->len; i++)
    {
      const SecurityNode *node = &g_array_index (nodes, SecurityNode, i);
      bool keep = !is_node (node);

      for (unsigned int k = 0; kept != NULL && k < kept->len; k++)
        {
          const SecurityNode *other = &g_array_index (kept, SecurityNode, k);

          keep |= is_node (other) && other->major == node->major && other->minor == node->minor
                  && S_ISBLK (other->mode) == S_ISBLK (node->mode);
        }
      if (!keep && !write_rule (folder, file, node, error))
        return false;
    }
  return true;
}

bool
security_devices_allow_now (const char *group, pid_t pid, const GArray *nodes, const GArray *all, const QemuConfig *config,
                            GError **error)
{
  if (nodes->len == 0 || !is_wanted (group, config) || !has_list (group))
    return true;
  if (security_devices_come_first ())
    return change_files (group, "devices.allow", nodes, NULL, error);
  return security_devices_limit_now (group, pid, all, config, error);
}

void
security_devices_deny_now (const char *group, pid_t pid, const GArray *nodes, const GArray *kept, const QemuConfig *config)
{
  g_autoptr (GError) error = NULL;

  if (nodes->len == 0 || !is_wanted (group, config) || !has_list (group))
    return;
  if (!(security_devices_come_first () ? change_files (group, "devices.deny", nodes, kept, &error)
                                       : security_devices_limit_now (group, pid, kept, config, &error)))
    log_warning ("%s", error->message);
}
