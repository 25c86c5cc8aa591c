/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-argv.c: the command line that a domain gets from a known QEMU, on the host that the corpus assumes. */
#include "args/args.h"
#include "caps-platform.h"
#include "conform.h"
#include "helpers/paths.h"
#include "hostdev/sysfs.h"
#include "qemu/prepare.h"
#include "qemu/process.h"
#include "scene.h"
#include "qemu/volumes.h"
#include "util/loop.h"
#include "util/paths.h"

/* What lies below it lies where the corpus says, once it is cut off again. */
#define ROOT "/@root@"
#define CORPUS_CID 42           /* the address of a virtual socket that is to be chosen */
#define CORPUS_TPM "/dev/test"  /* where a software TPM listens */

static CapsQuery query;
static char *firmware_tree, *fd_groups, *pools;
static const GOptionEntry options[] = {
  { "caps-set", 0, 0, G_OPTION_ARG_STRING, &query.set, "build for this set of capabilities", "SET" },
  { "caps", 0, 0, G_OPTION_ARG_FILENAME, &query.file, "the set's file", "FILE" },
  { "swtpm", 0, 0, G_OPTION_ARG_STRING, &query.swtpm, "the only version of an emulated TPM that can be made", "VERSION" },
  { "gic", 0, 0, G_OPTION_ARG_STRING, &query.gic, "GIC versions of the set: none, v2, v3 or both", "WHICH" },
  { "host-cpu", 0, 0, G_OPTION_ARG_STRING, &query.host_cpu, "the host's processor", "MODEL" },
  { "flags", 0, 0, G_OPTION_ARG_STRING, &query.flags, "what is unusual about the host", "FLAG" },
  { "env", 0, 0, G_OPTION_ARG_STRING, &query.env, "variables of the daemon", "A=X,B=Y" },
  { "fdgroup", 0, 0, G_OPTION_ARG_STRING, &fd_groups, "descriptors that the client gave", "NAME:FD,FD|NAME:FD" },
  { "firmware", 0, 0, G_OPTION_ARG_FILENAME, &firmware_tree, "the folder that has usr/share/qemu/firmware and etc/qemu/firmware", "DIR" },
  { "config", 0, 0, G_OPTION_ARG_STRING, &query.config, "settings of the daemon", "A=X,B=Y" },
  { 0 }
};

typedef struct
{
  const char *path;
  char *text;
  GError *error;
  int next_fd;
  bool done;
} Work;

/* The @index-th descriptor of @group. */
static char *
group_fd (const char *group, unsigned int index)
{
  g_auto (GStrv) groups = g_strsplit (fd_groups != NULL ? fd_groups : "", "|", -1);

  for (unsigned int i = 0; groups[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit_set (groups[i], ":,", -1);

      if (g_strcmp0 (words[0], group) == 0)
        return index + 1 < g_strv_length (words) ? g_strdup (words[index + 1]) : NULL;
    }
  return NULL;
}

/* Descriptors are numbers only: the comparison leaves them out. */
static char *
number_fd (QemuFdKind kind, const char *path, const DomainDeviceInfo *device, unsigned int index, void *user, GError **error)
{
  Work *work = user;

  if (kind == QEMU_FD_VSOCK && ((const DomainVsock *) device)->auto_cid == TRI_YES)
    ((DomainVsock *) device)->cid = CORPUS_CID;
  if (kind == QEMU_FD_GROUP)
    return group_fd (path, index);
  return g_strdup_printf ("%d", work->next_fd++);
}

/* Values are not compared. */
static bool
make_secret (const QemuSecretUse *use, json_t *object, void *user, GError **error)
{
  json_object_update_new (object, json_pack ("{s:s, s:s, s:s, s:s}", "data", "", "keyid", "masterKey0", "iv", "", "format",
                                             "base64"));
  return true;
}

static bool
is_host_cdrom (const char *path, void *user)
{
  return g_str_equal (path, "/dev/cdrom");
}

/* Pools lie beside the guests; "TYPE+NAME" is a volume of that type, a name alone a device. */
static bool
look_up_volume (const char *pool, const char *name, QemuVolume *ret_volume, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.xml", pools, pool);
  const char *plus = strchr (name, '+');
  g_autofree char *type = plus != NULL ? g_strndup (name, (size_t) (plus - name)) : g_strdup ("block");

  if (g_str_equal (pool, "inactive"))
    return true;
  if (g_str_equal (name, "nonexistent"))
    return fail (error, VIR_FROM_STORAGE, VIR_ERR_NO_STORAGE_VOL, "there is no volume '%s'", name);
  ret_volume->pool_xml = conform_read (path, error);
  ret_volume->is_active = true;
  ret_volume->type = g_str_equal (type, "file") ? VIR_STORAGE_VOL_FILE : g_str_equal (type, "dir") ? VIR_STORAGE_VOL_DIR
                                                                                                   : VIR_STORAGE_VOL_BLOCK;
  ret_volume->path = g_strdup_printf ("/some/%s/device/%s", type, plus != NULL ? plus + 1 : name);
  return ret_volume->pool_xml != NULL;
}

static bool
resolve_volumes (Domain *domain, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  g_free (pools);
  pools = g_build_filename (folder, "..", "aux", NULL);
  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (!qemu_volume_resolve (domain->disks.items[i], look_up_volume, error))
      return false;
  return true;
}

static Domain *
complete_domain (const char *path, GError **error)
{
  g_autofree char *xml = conform_read (path, error);
  g_autoptr (Domain) domain = xml != NULL ? domain_parse (xml, strlen (xml), DOMAIN_PARSE_INACTIVE, error) : NULL;
  const DomainPlatform *platform;

  /* A set that was recorded describes a host of its kind. */
  query.is_start = true;
  sysfs_set_scsi_node ("/dev/sg0");
  query.is_new = query.set != NULL && g_str_has_prefix (query.set, "real:");
  platform = domain != NULL ? caps_platform (&query, error) : NULL;
  if (platform == NULL || !domain_complete (domain, platform, error))
    return NULL;
  domain_assign_aliases (domain);
  return g_steal_pointer (&domain);
}

/* With the corpus' place for the socket of a software TPM. */
static char *
text_of (const QemuArgs *args, const char *name)
{
  g_autofree char *text = qemu_args_to_text (args);
  g_autofree char *socket = helper_swtpm_socket (-1, name);
  g_auto (GStrv) pieces = g_strsplit (text, socket, -1);

  return g_strjoinv (CORPUS_TPM, pieces);
}

static char *
command_line (Work *work, GError **error)
{
  g_autoptr (Domain) domain = complete_domain (work->path, error);
  g_autoptr (QemuCaps) caps = domain != NULL ? caps_qemu (&query, domain->os.arch, error) : NULL;
  g_autoptr (QemuConfig) config = caps != NULL ? scene_config (&query, error) : NULL;
  g_auto (QemuHome) home = { 0 };
  g_autoptr (QemuArgs) args = NULL;
  QemuArgsContext context = { .config = config, .caps = caps, .id = -1, .sandbox = true, .user = work };

  if (config == NULL)
    return NULL;
  /* What a real one answered, it answered without starting anything. */
  if (!query.is_new)
    {
      context.fd = number_fd;
      context.secret = make_secret;
      context.is_host_cdrom = is_host_cdrom;
    }
  home = qemu_home_of (-1, domain->name);
  context.lib_dir = home.dir;
  context.channel_dir = home.channel_dir;
  scene_fill (&query, &context);
  context.shown = query.is_new;
  if (query.is_new)
    qemu_show_plainly (domain);
  scene_prepare (domain);
  scene_firmware (firmware_tree);
  if (!resolve_volumes (domain, work->path, error) || !qemu_prepare_offline (domain, &home, config, caps, error))
    return NULL;
  args = qemu_args_build (domain, &context, error);
  return args != NULL ? text_of (args, domain->name) : NULL;
}

static void
run_in_fiber (void *data)
{
  Work *work = data;
  g_autofree char *text = command_line (work, &work->error);
  g_auto (GStrv) pieces = text != NULL ? g_strsplit (text, ROOT, -1) : NULL;

  if (text != NULL)
    work->text = g_strjoinv ("", pieces);
  work->done = true;
  loop_quit (0);
}

static char *
run (const char *path, GError **error)
{
  Work work = { .path = path, .next_fd = 3 };

  path_init (ROOT, false);
  fiber_start ("conform", path, run_in_fiber, &work);
  /* What awaits nothing is done already. */
  if (!work.done)
    loop_run ();
  if (work.error != NULL)
    g_propagate_error (error, work.error);
  return work.text;
}

const ConformKind conform_argv = { "argv", options, run };
