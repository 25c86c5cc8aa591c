/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "security/apparmor.h"
#include "security/dac.h"
#include "security/device-acl.h"
#include "security/files.h"
#include "security/owner.h"
#include "security/selinux.h"
#include "util/cleanup.h"
#include "util/error.h"

static bool
nobody_has (const char *range)
{
  return false;
}

static bool
all_have (const char *range)
{
  return true;
}

static void
test_ranges (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *context = security_selinux_with_range ("u:r:t:s0", "s0:c1,c2");

  g_assert_cmpstr (context, ==, "u:r:t:s0:c1,c2");
  g_assert_null (security_selinux_with_range ("nonsense", "s0"));
  for (unsigned int i = 0; i < 100; i++)
    {
      g_autofree char *range = security_selinux_choose_range ("s1-s1:c10.c12", nobody_has, NULL);
      unsigned int a, b;

      g_assert_cmpint (sscanf (range, "s1:c%u,c%u", &a, &b), ==, 2);
      g_assert_true (10 <= a && a < b && b <= 12);
    }
  g_assert_null (security_selinux_choose_range ("s0-s0:c0.c1023", all_have, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_null (security_selinux_choose_range ("s0:c7.c7", nobody_has, &error));
  g_assert_nonnull (error);
}

static void
test_users (void)
{
  static const struct { const char *label; bool ok; uid_t uid; gid_t gid; } cases[] = {
    { "+107:+108", true, 107, 108 }, { "107:108", true, 107, 108 }, { "root:root", true, 0, 0 },
    { "+1", false, 0, 0 },           { "+-1:1", false, 0, 0 },      { "nosuchuser:0", false, 0, 0 },
    { "0:nosuchgroup", false, 0, 0 },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      uid_t uid = 1;
      gid_t gid = 1;

      g_assert_cmpint (security_dac_parse (cases[i].label, &uid, &gid, &error), ==, cases[i].ok);
      if (cases[i].ok)
        g_assert_true (uid == cases[i].uid && gid == cases[i].gid);
      else
        g_assert_cmpint (virt_error_code (error), ==, VIR_ERR_INVALID_ARG);
    }
}

static GPtrArray *
files_of (const char *devices, Domain **ret_domain)
{
  static const SecurityDriver *const drivers[] = { &security_apparmor, &security_dac, NULL };
  static const QemuConfig config = { .dynamic_ownership = true };
  g_autofree char *xml
    = g_strdup_printf ("<domain type='qemu'><name>x</name><uuid>c7b3edbd-edaf-9455-926a-d65c16db1800</uuid><memory>1</memory>"
                       "<os><type arch='x86_64' machine='pc'>hvm</type><kernel>/k \"1\"</kernel></os><devices>%s</devices>"
                       "<seclabel type='dynamic' model='dac' relabel='yes'>"
                       "<label>+1:+2</label><imagelabel>+1:+2</imagelabel></seclabel>"
                       "<seclabel type='dynamic' model='apparmor' relabel='yes'>"
                       "<label>p</label><imagelabel>p</imagelabel></seclabel>"
                       "</domain>", devices);
  g_autoptr (GError) error = NULL;

  security_use_drivers (drivers);
  *ret_domain = domain_parse (xml, strlen (xml), 0, &error);
  g_assert_no_error (error);
  return security_files_of (*ret_domain, &config);
}

static void
test_files (void)
{
  g_autoptr (Domain) domain = NULL;
  g_autoptr (GPtrArray) files
    = files_of ("<disk type='file'><source file='/d'/><target dev='vda'/></disk>"
                "<disk type='network'><source protocol='nbd' name='n'><host name='h'/></source><target dev='vdb'/></disk>"
                "<disk type='file'><source file='/r'><seclabel model='dac' relabel='no'/></source>"
                "<target dev='vdc'/><readonly/></disk>"
                "<filesystem type='mount'><source dir='/f'/><target dir='t'/></filesystem>"
                "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"
                "<input type='passthrough' bus='virtio'><source evdev='/dev/input/event0'/></input>"
                "<hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/></source></hostdev>", &domain);
  static const struct { const char *path, *dac; bool write; } wanted[] = {
    { "/d", "+1:+2", true },           { "/r", NULL, false },
    { "/k \"1\"", "+1:+2", false },    { "/dev/bus/usb/001/002", "+1:+2", true },
    { "/dev/urandom", "+1:+2", false }, { "/dev/input/event0", "+1:+2", true }, { "/f", NULL, true },
  };
  g_autofree char *rules = NULL;
  const char *const own[] = { "/var/lib/libvirt/qemu/domain-1-x", NULL };

  g_assert_cmpuint (files->len, ==, G_N_ELEMENTS (wanted));
  for (unsigned int i = 0; i < files->len; i++)
    {
      const SecurityFile *file = files->pdata[i];

      g_assert_cmpstr (file->path, ==, wanted[i].path);
      g_assert_cmpstr (file->labels[SECURITY_DAC], ==, wanted[i].dac);
      g_assert_cmpint (file->write, ==, wanted[i].write);
    }
  rules = security_apparmor_rules (files, own);
  g_assert_cmpstr (rules, ==,
                   "# Written by virtqemud for each run of the guest.\n"
                   "  \"/var/lib/libvirt/qemu/domain-1-x/\" r,\n"
                   "  \"/var/lib/libvirt/qemu/domain-1-x/**\" rwk,\n"
                   "  \"/d\" rwk,\n  \"/r\" rk,\n  \"/k \\\"1\\\"\" rk,\n  \"/dev/bus/usb/001/002\" rwk,\n"
                   "  \"/dev/urandom\" rk,\n  \"/dev/input/event0\" rwk,\n  \"/f/\" r,\n  \"/f/**\" rwkl,\n");
}

static void
test_profile (void)
{
  g_autoptr (Domain) domain = NULL;
  g_autoptr (GPtrArray) files = files_of ("", &domain);
  g_autofree char *profile = security_apparmor_profile (domain);

  g_assert_cmpuint (files->len, ==, 1);
  g_assert_nonnull (strstr (profile, "profile libvirt-c7b3edbd-edaf-9455-926a-d65c16db1800 flags=(attach_disconnected) {"));
  g_assert_nonnull (strstr (profile, "#include <libvirt/libvirt-c7b3edbd-edaf-9455-926a-d65c16db1800.files>"));
}

/* What AppArmor's own compiler thinks of a profile with paths that are hard to write. */
static void
test_compiler (void)
{
  g_autoptr (Domain) domain = NULL;
  g_autoptr (GPtrArray) files
    = files_of ("<disk type='file'><source file='/a &quot;b&quot; {c} [d] *?^\\@ #e,'/><target dev='vda'/></disk>"
                "<filesystem type='mount'><source dir='/f g'/><target dir='t'/></filesystem>", &domain);
  g_autofree char *parser = g_find_program_in_path ("apparmor_parser"), *folder = g_dir_make_tmp ("test-apparmor-XXXXXX", NULL);
  g_autofree char *below = g_build_filename (folder, "libvirt", NULL), *name = NULL, *path = NULL, *list = NULL, *errors = NULL;
  g_autofree char *profile = security_apparmor_profile (domain), *rules = security_apparmor_rules (files, NULL);
  const char *argv[] = { parser, "-Q", "-K", "-I", folder, NULL, NULL };
  int status;

  if (parser == NULL)
    {
      rmdir (folder);
      g_test_skip ("apparmor_parser is not installed");
      return;
    }
  name = g_strdup ("libvirt-c7b3edbd-edaf-9455-926a-d65c16db1800");
  argv[5] = path = g_build_filename (below, name, NULL);
  list = g_strconcat (path, ".files", NULL);
  g_assert_cmpint (mkdir (below, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, profile, -1, NULL) && g_file_set_contents (list, rules, -1, NULL));
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &errors, &status, NULL));
  unlink (path);
  unlink (list);
  rmdir (below);
  rmdir (folder);
  if (status != 0)
    g_error ("%s\n%s", errors, rules);
}

/* --- taking and giving back -------------------------------------------------------------------- */

typedef struct
{
  char *folder, *image, *other, *record;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("test-security-XXXXXX", NULL);
  chmod (f->folder, 0755);
  f->image = g_build_filename (f->folder, "image", NULL);
  f->other = g_build_filename (f->folder, "an other", NULL);
  f->record = g_build_filename (f->folder, "record", NULL);
  g_file_set_contents (f->image, "x", 1, NULL);
  g_file_set_contents (f->other, "x", 1, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  unlink (f->image);
  unlink (f->other);
  unlink (f->record);
  g_assert_cmpint (rmdir (f->folder), ==, 0);
  g_free (f->folder);
  g_free (f->image);
  g_free (f->other);
  g_free (f->record);
}

static uid_t
owner_of (const char *path)
{
  struct stat st;

  g_assert_cmpint (stat (path, &st), ==, 0);
  return st.st_uid;
}

static GPtrArray *
one_file (const char *path, bool write, const char *label)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);
  SecurityFile *file = g_new0 (SecurityFile, 1);

  file->kind = SECURITY_FILE_IMAGE;
  file->path = (char *) path;
  file->write = write;
  file->labels[SECURITY_DAC] = (char *) label;
  g_ptr_array_add (files, file);
  return files;
}

static void
test_take (Fixture *f, gconstpointer data)
{
  const QemuOwner owner = { .user = true, .uid = 1, .gid = 2, .remember = true };
  g_autoptr (GPtrArray) image = one_file (f->image, true, "+1:+2"), other = one_file (f->other, true, "+1:+2");
  g_autoptr (GPtrArray) theirs = one_file (f->image, true, "+3:+3"), missing = one_file ("/nonexistent/x", true, "+1:+2");
  g_autofree char *second = g_strconcat (f->folder, "/second", NULL);
  g_autoptr (GError) error = NULL;

  if (geteuid () != 0)
    {
      g_test_skip ("only root changes owners");
      return;
    }
  g_assert_true (security_take_now (&owner, image, f->record, false, NULL));
  g_assert_true (security_take_now (&owner, other, f->record, true, NULL));
  g_assert_cmpuint (owner_of (f->image), ==, 1);
  g_assert_cmpuint (owner_of (f->other), ==, 1);
  /* What fails takes nothing, and leaves what was there. */
  g_assert_false (security_take_now (&owner, missing, f->record, true, &error));
  g_assert_cmpint (virt_error_code (error), ==, VIR_ERR_SYSTEM_ERROR);
  g_clear_error (&error);
  g_assert_cmpuint (owner_of (f->image), ==, 1);
  /* A second guest: the same user may, another not. */
  g_assert_true (security_take_now (&owner, image, second, false, NULL));
  if (getxattr (f->image, "trusted.libvirt.security.ref_dac", NULL, 0) > 0)
    {
      g_assert_false (security_take_now (&owner, theirs, second, true, &error));
      g_assert_cmpint (virt_error_code (error), ==, VIR_ERR_OPERATION_INVALID);
    }
  security_give_now (other, f->record);
  g_assert_cmpuint (owner_of (f->other), ==, 0);
  security_give_all_now (f->record);
  if (error != NULL)
    g_assert_cmpuint (owner_of (f->image), ==, 1);
  security_give_all_now (second);
  g_assert_cmpuint (owner_of (f->image), ==, 0);
  g_assert_cmpint (access (f->record, F_OK), ==, -1);
  g_assert_cmpint ((int) getxattr (f->image, "trusted.libvirt.security.dac", NULL, 0), ==, -1);
}

/* --- devices ---------------------------------------------------------------------------------------- */

static GArray *
some_nodes (void)
{
  GArray *nodes = security_nodes_new ();
  const SecurityNode list[] = {
    { .path = g_strdup ("/dev/null"), .mode = S_IFCHR | 0666, .major = 1, .minor = 3, .write = true },
    { .path = g_strdup ("/dev/link"), .target = g_strdup ("null"), .mode = S_IFLNK | 0777 },
    { .path = g_strdup ("/dev/sda"), .mode = S_IFBLK | 0600, .major = 8, .minor = 0 },
    { .mode = S_IFCHR, .major = 136, .any_minor = true, .write = true },
  };

  g_array_append_vals (nodes, list, G_N_ELEMENTS (list));
  return nodes;
}

/* What the kernel would answer: runs the few instructions that the program is made of. */
static int
run_program (const GArray *program, const struct bpf_cgroup_dev_ctx *context)
{
  uint64_t reg[11] = { 0 };

  for (unsigned int at = 0; at < program->len; at++)
    {
      const struct bpf_insn *in = &g_array_index (program, struct bpf_insn, at);
      uint64_t other = BPF_SRC (in->code) == BPF_X ? reg[in->src_reg] : (uint64_t) in->imm;

      if (in->code == (BPF_LDX | BPF_MEM | BPF_W))
        reg[in->dst_reg] = *(const uint32_t *) ((const char *) context + in->off);
      else if (in->code == (BPF_JMP | BPF_EXIT))
        return (int) reg[0];
      else if (BPF_CLASS (in->code) == BPF_JMP)
        at += reg[in->dst_reg] != other ? (unsigned int) in->off : 0;
      else if (BPF_OP (in->code) == BPF_MOV)
        reg[in->dst_reg] = other;
      else if (BPF_OP (in->code) == BPF_AND)
        reg[in->dst_reg] &= other;
      else if (BPF_OP (in->code) == BPF_RSH)
        reg[in->dst_reg] >>= other;
      else
        g_assert_not_reached ();
    }
  g_assert_not_reached ();
}

static void
test_program (void)
{
  static const struct { unsigned int type, access, major, minor; int allowed; } cases[] = {
    { BPF_DEVCG_DEV_CHAR, BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE, 1, 3, 1 },
    { BPF_DEVCG_DEV_CHAR, BPF_DEVCG_ACC_READ, 1, 3, 1 },
    { BPF_DEVCG_DEV_CHAR, BPF_DEVCG_ACC_MKNOD, 1, 3, 0 },
    { BPF_DEVCG_DEV_CHAR, BPF_DEVCG_ACC_READ, 1, 1, 0 },
    { BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_ACC_READ, 1, 3, 0 },
    { BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_ACC_READ, 8, 0, 1 },
    { BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_ACC_WRITE, 8, 0, 0 },
    { BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_ACC_READ, 8, 1, 0 },
    { BPF_DEVCG_DEV_CHAR, BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE, 136, 77, 1 },
    { BPF_DEVCG_DEV_CHAR, BPF_DEVCG_ACC_READ, 10, 232, 0 },
  };
  g_autoptr (GArray) nodes = some_nodes ();
  g_autoptr (GArray) program = security_devices_program (nodes);

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      struct bpf_cgroup_dev_ctx context = { cases[i].access << 16 | cases[i].type, cases[i].major, cases[i].minor };

      g_assert_cmpint (run_program (program, &context), ==, cases[i].allowed);
    }
}

/* The kernel's verifier likes it too. */
static void
test_verifier (void)
{
  g_autoptr (GArray) nodes = some_nodes ();
  g_autoptr (GArray) program = security_devices_program (nodes);
  union bpf_attr load = {
    .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE, .insn_cnt = program->len, .insns = (uintptr_t) program->data,
    .license = (uintptr_t) "LGPL",
  };
  fd_auto int fd = (int) syscall (SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);

  if (fd < 0 && (errno == EPERM || errno == ENOSYS))
    g_test_skip ("this kernel loads no programs for us");
  else if (fd < 0)
    g_error ("%s", g_strerror (errno));
}

/* What a process of @folder gets from opening @path to read: 0 or an errno. */
static int
open_inside (const char *folder, const char *path)
{
  g_autofree char *procs = g_build_filename (folder, "cgroup.procs", NULL);
  pid_t pid = fork ();
  int status;

  if (pid == 0)
    {
      int fd = open (procs, O_WRONLY);

      if (fd < 0 || write (fd, "0", 1) < 0)
        _exit (255);
      _exit (open (path, O_RDONLY) >= 0 ? 0 : errno);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return WEXITSTATUS (status);
}

/* On a host of version 2 alone, as far as this process knows. */
static void
test_version_2 (Fixture *f, gconstpointer data)
{
  static const QemuConfig config = { 0 };
  static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
  g_autofree char *mountinfo = NULL, *folder = NULL, *group = g_strdup_printf ("/test-security-%d", (int) getpid ());
  g_autoptr (GArray) nodes = some_nodes ();
  g_autoptr (GArray) none = security_nodes_new ();

  for (unsigned int i = 0; i < G_N_ELEMENTS (places) && mountinfo == NULL; i++)
    {
      g_autofree char *procs = g_build_filename (places[i], "cgroup.procs", NULL);

      g_free (folder);
      folder = g_strconcat (places[i], group, NULL);
      if (access (procs, W_OK) == 0 && mkdir (folder, 0755) == 0)
        mountinfo = g_strdup_printf ("1 0 0:1 / %s rw - cgroup2 cgroup2 rw\n", places[i]);
    }
  if (mountinfo == NULL)
    {
      g_test_skip ("there is no cgroup v2 here that we may use");
      return;
    }
  g_assert_true (g_file_set_contents (f->other, mountinfo, -1, NULL));
  cgroup_host_init (f->other);
  g_assert_true (security_devices_limit_now (group, 0, nodes, &config, NULL));
  if (open_inside (folder, "/dev/zero") == 0)
    g_test_skip ("this kernel takes no programs for control groups");
  else
    {
      g_assert_cmpint (open_inside (folder, "/dev/zero"), ==, EPERM);
      g_assert_cmpint (open_inside (folder, "/dev/null"), ==, 0);
      /* A new list takes the place of the old one. */
      g_assert_true (security_devices_limit_now (group, 0, none, &config, NULL));
      g_assert_cmpint (open_inside (folder, "/dev/null"), ==, EPERM);
    }
  cgroup_host_init (NULL);
  g_assert_cmpint (rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/security/ranges", test_ranges);
  g_test_add_func ("/security/users", test_users);
  g_test_add_func ("/security/files", test_files);
  g_test_add_func ("/security/profile", test_profile);
  g_test_add_func ("/security/compiler", test_compiler);
  g_test_add_func ("/security/program", test_program);
  g_test_add_func ("/security/verifier", test_verifier);
  g_test_add ("/security/version-2", Fixture, NULL, set_up, test_version_2, tear_down);
  g_test_add ("/security/take", Fixture, NULL, set_up, test_take, tear_down);
  return g_test_run ();
}
