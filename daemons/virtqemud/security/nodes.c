/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/nodes.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MAX_LINKS 8
#define PTS_MAJOR 136

static void
node_clear (void *data)
{
  SecurityNode *node = data;

  g_free (node->path);
  g_free (node->target);
  g_free (node->context);
}

GArray *
security_nodes_new (void)
{
  GArray *nodes = g_array_new (FALSE, TRUE, sizeof (SecurityNode));

  g_array_set_clear_func (nodes, node_clear);
  return nodes;
}

static bool
has_path (const GArray *nodes, const char *path)
{
  for (unsigned int i = 0; i < nodes->len; i++)
    if (g_strcmp0 (g_array_index (nodes, SecurityNode, i).path, path) == 0)
      return true;
  return false;
}

/* Where a link at @path leads, as a path without dots. NULL: nowhere. */
static char *
follow (const char *path, char *target, size_t size)
{
  ssize_t n = readlink (path, target, size - 1);
  g_autofree char *folder = g_path_get_dirname (path);

  if (n <= 0)
    return NULL;
  target[n] = '\0';
  return g_canonicalize_filename (target, folder);
}

static char *
read_context (const char *path)
{
  char text[512];
  ssize_t n = lgetxattr (path, "security.selinux", text, sizeof text - 1);

  return n > 0 ? g_strndup (text, (gsize) n) : NULL;
}

/* The node at @path, and the links that lead to it. */
static void
add_path (GArray *nodes, const char *path, bool write)
{
  g_autofree char *here = g_canonicalize_filename (path, "/");

  for (unsigned int i = 0; i < MAX_LINKS && g_str_has_prefix (here, "/dev/") && !has_path (nodes, here); i++)
    {
      SecurityNode node = { .write = write };
      char target[512];
      struct stat st;
      char *next = NULL;

      if (lstat (here, &st) < 0 || (!S_ISLNK (st.st_mode) && !S_ISCHR (st.st_mode) && !S_ISBLK (st.st_mode)))
        return;
      if (S_ISLNK (st.st_mode))
        {
          next = follow (here, target, sizeof target);
          if (next == NULL)
            return;
          node.target = g_strdup (target);
        }
      node.path = g_strdup (here);
      node.context = read_context (here);
      node.mode = st.st_mode;
      node.uid = st.st_uid;
      node.gid = st.st_gid;
      node.major = major (st.st_rdev);
      node.minor = minor (st.st_rdev);
      g_array_append_val (nodes, node);
      if (next == NULL)
        return;
      g_free (here);
      here = next;
    }
}

static void
add_folder (GArray *nodes, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      add_path (nodes, path, true);
    }
}

/* What sound and displays of the host want, where guests use them themselves. */
static void
add_host_media (GArray *nodes, const Domain *domain)
{
  for (unsigned int i = 0; i < domain->audios.n; i++)
    if (domain->audios.items[i]->type == AUDIO_TYPE_ALSA)
      add_folder (nodes, "/dev/snd");
    else if (domain->audios.items[i]->type == AUDIO_TYPE_OSS)
      add_path (nodes, "/dev/dsp", true);
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    if (domain->graphics.items[i]->gl == TRI_YES || domain->graphics.items[i]->type == GRAPHICS_TYPE_EGL_HEADLESS)
      add_folder (nodes, "/dev/dri");
}

GArray *
security_common_nodes_now (const Domain *domain, const QemuConfig *config)
{
  GArray *nodes = security_nodes_new ();
  SecurityNode pts = { .mode = S_IFCHR, .major = PTS_MAJOR, .any_minor = true, .write = true };

  for (unsigned int i = 0; config->cgroup_device_acl[i] != NULL; i++)
    add_path (nodes, config->cgroup_device_acl[i], true);
  if (domain->type == VIRT_TYPE_KVM)
    add_path (nodes, "/dev/kvm", true);
  g_array_append_val (nodes, pts);
  add_host_media (nodes, domain);
  return nodes;
}

void
security_add_nodes_now (GArray *nodes, const GPtrArray *files)
{
  for (unsigned int i = 0; i < files->len; i++)
    {
      const SecurityFile *file = files->pdata[i];

      if (g_str_has_prefix (file->path, "/dev/"))
        add_path (nodes, file->path, file->write);
    }
}
