/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/start-host.h"

#include <linux/capability.h>
#include <string.h>

#include "model/domain/host-sysinfo.h"
#include "model/domain/tables.h"
#include "util/error.h"
#include "util/host.h"
#include "util/json.h"
#include "util/process.h"
#include "util/state-file.h"
#include "util/worker.h"

#define NODES_PATH "/sys/devices/system/node/has_memory"
#define MAX_NODES 1024
#define DMI_TIMEOUT_MS 5000

/* --- what the host has ------------------------------------------------------------------------ */

static bool
wants_hugepages (const Domain *domain)
{
  for (unsigned int i = 0; i < domain->memories.n; i++)
    if (domain->memories.items[i]->page_size != 0)
      return true;
  return domain->memory_backing != NULL && domain->memory_backing->hugepages;
}

static XmlBitmap *
read_nodes (void)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents (NODES_PATH, &text, NULL, NULL))
    return xml_bitmap_parse ("0", MAX_NODES);   /* a kernel without NUMA */
  return xml_bitmap_parse (g_strstrip (text), MAX_NODES);
}

/* What dmidecode prints; NULL: there is no such program, or no such table. */
static DomainSysinfo *
read_sysinfo (void)
{
  static const char *const argv[] = { "dmidecode", "-q", "-t", "0,1", NULL };
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;

  if (!process_run_simple (argv, DMI_TIMEOUT_MS, &text, &local))
    return NULL;
  return host_sysinfo_from_dmi (text, NULL, NULL);
}

bool
qemu_start_host_read (QemuStartHost *host, const Domain *domain, const QemuConfig *config, GError **error)
{
  if (wants_hugepages (domain))
    {
      host->hugepages = qemu_hugepages_list (config, error);
      if (host->hugepages == NULL)
        return false;
    }
  host->nodes = domain->numatune != NULL || domain->memories.n > 0 ? read_nodes () : NULL;
  host->sysinfo = domain->os.smbios == SMBIOS_MODE_HOST ? read_sysinfo () : NULL;
  return true;
}

void
qemu_start_host_clear (QemuStartHost *host)
{
  g_clear_pointer (&host->hugepages, g_array_unref);
  g_clear_pointer (&host->nodes, g_free);
  xml_free (&domain_sysinfo_schema, host->sysinfo);
  host->sysinfo = NULL;
}

void
qemu_start_host_fill (const QemuStartHost *host, QemuArgsContext *context)
{
  if (host->hugepages != NULL)
    {
      context->hugepages = (const QemuHugepages *) (const void *) host->hugepages->data;
      context->n_hugepages = host->hugepages->len;
    }
  context->host_nodes = host->nodes;
  context->host_sysinfo = host->sysinfo;
}

/* --- files ------------------------------------------------------------------------------------- */

static void
add_once (GPtrArray *folders, const char *folder)
{
  for (unsigned int i = 0; i < folders->len; i++)
    if (strcmp (folders->pdata[i], folder) == 0)
      return;
  g_ptr_array_add (folders, g_strdup (folder));
}

/* The folder that a part needs: one of huge pages, or that of plain files; what the document names is not ours. */
static void
add_folder (GPtrArray *folders, const char *path, const Domain *domain, const QemuArgsContext *context)
{
  g_autofree char *plain = qemu_memory_folder (context->config, context->id, domain->name);
  g_autofree char *parent = g_path_get_dirname (path);

  if (strcmp (parent, plain) == 0)
    add_once (folders, plain);
  for (unsigned int i = 0; i < context->n_hugepages; i++)
    {
      g_autofree char *folder = qemu_hugepages_folder (&context->hugepages[i], context->id, domain->name);

      if (strcmp (path, folder) == 0)
        add_once (folders, folder);
    }
}

static bool
make_folders (const QemuArgs *args, const Domain *domain, const QemuArgsContext *context, const QemuOwner *owner, GError **error)
{
  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func (g_free);
  unsigned int n;
  const QemuPart *parts = qemu_args_parts (args, &n);

  for (unsigned int i = 0; i < n; i++)
    {
      const char *path = parts[i].kind == QEMU_OBJECT ? json_get_string (parts[i].json, "mem-path", NULL) : NULL;

      if (path != NULL)
        add_folder (folders, path, domain, context);
    }
  if (folders->len == 0)
    return true;
  g_ptr_array_add (folders, NULL);
  return qemu_memory_folders_make (context->lib_dir, (char **) folders->pdata, owner->user ? owner->uid : (uid_t) -1, owner->gid,
                                   error);
}

typedef struct { const char *folder, *name, *text; } TextFile;

static bool
write_text (void *args, GError **error)
{
  const TextFile *file = args;
  g_autofree char *path = g_build_filename (file->folder, file->name, NULL);

  return state_file_write_now (path, file->text, strlen (file->text), 0644, error);
}

bool
qemu_start_files_make (const QemuArgs *args, const Domain *domain, const QemuArgsContext *context, const QemuOwner *owner,
                       GError **error)
{
  const DomainLaunchSecurity *launch = domain->launch_security;
  TextFile certificate = { context->lib_dir, "dh_cert.base64", launch != NULL ? launch->dh_cert : NULL };
  TextFile session = { context->lib_dir, "session.base64", launch != NULL ? launch->session : NULL };

  if (!make_folders (args, domain, context, owner, error))
    return false;
  return (certificate.text == NULL || worker_run ("write a certificate", write_text, &certificate, error))
         && (session.text == NULL || worker_run ("write a session", write_text, &session, error));
}

uint64_t
qemu_start_caps (const Domain *domain)
{
  bool raw = false;

  for (unsigned int i = 0; i < domain->disks.n; i++)
    raw = raw || domain->disks.items[i]->rawio == TRI_YES;
  for (unsigned int i = 0; i < domain->hostdevs.n; i++)
    raw = raw || domain->hostdevs.items[i]->rawio == TRI_YES;
  return raw ? UINT64_C (1) << CAP_SYS_RAWIO : 0;
}
