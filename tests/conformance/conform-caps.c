/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-caps.c: what a QEMU can do for a guest, by its recorded replies to the questions that stock asks. */
#include <string.h>

#include "conform.h"
#include "host/caps.h"
#include "host/domain-caps.h"
#include "model/domain/domain.h"
#include "qemu/qmp.h"
#include "scene.h"
#include "util/json.h"
#include "util/loop.h"

/* The corpus' host, in what does not come from its QEMU. */
static const char *const loaders[] = {
  "/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF32_CODE.fd", "/usr/share/OVMF/OVMF_CODE.fd", NULL,
};
static const DomainCapsHost host = { .tpm_versions = 1u << TPM_VERSION_2_0, .has_vfio = true, .loaders = loaders };

static char *emulator, *arch, *machine, *virt_type;
static const GOptionEntry options[] = {
  { "emulator", 0, 0, G_OPTION_ARG_STRING, &emulator, "the emulator", "PATH" },
  { "arch", 0, 0, G_OPTION_ARG_STRING, &arch, "architecture of the guest", "ARCH" },
  { "machine", 0, 0, G_OPTION_ARG_STRING, &machine, "type of its machine", "TYPE" },
  { "virttype", 0, 0, G_OPTION_ARG_STRING, &virt_type, "kvm or qemu", "TYPE" },
  { 0 }
};

/* The replies, in their order: {"execute", "reply"}. Questions and answers alternate, an empty line after each. */
static json_t *
read_replies (const char *text)
{
  g_auto (GStrv) pieces = g_strsplit (text, "\n\n", -1);
  g_autoptr (json_t) asked = NULL;
  json_t *out = json_array ();

  for (unsigned int i = 0; pieces[i] != NULL; i++)
    {
      json_error_t where;
      g_autoptr (json_t) json = qmp_parse (pieces[i], &where);
      json_t *command = json_object_get (json, "execute"), *answer = json_object_get (json, "return");

      if (command != NULL)
        {
          json_decref (asked);
          asked = json_incref (command);
        }
      else if (asked != NULL && answer != NULL)
        json_array_append_new (out, json_pack ("{s:O, s:O}", "execute", asked, "reply", answer));
    }
  return out;
}

/* The @nth reply to @command, borrowed; NULL: there is none. */
static json_t *
reply (const json_t *replies, const char *command, unsigned int nth)
{
  json_t *item;
  size_t i;

  json_array_foreach ((json_t *) replies, i, item)
    if (strcmp (json_get_string (item, "execute", ""), command) == 0 && nth-- == 0)
      return json_object_get (item, "reply");
  return NULL;
}

/* What the @nth QEMU answered of its processors. Its best model is asked for again and again, the last time with everything. */
static json_t *
accel_of (const json_t *replies, unsigned int nth)
{
  json_t *cpus = reply (replies, "query-cpu-definitions", nth), *item;
  json_t *out = json_pack ("{s:O}", "cpus", cpus);
  unsigned int seen = 0;
  size_t i;

  json_array_foreach ((json_t *) replies, i, item)
    {
      json_t *model = json_object_get (json_object_get (item, "reply"), "model");

      seen += strcmp (json_get_string (item, "execute", ""), "query-cpu-definitions") == 0;
      if (model != NULL && seen == nth + 1)
        json_object_set (out, "host", model);
    }
  return out;
}

/* With KVM the first QEMU runs with it, and a second one without. */
static json_t *
accels_of (const json_t *replies)
{
  bool kvm = json_get_bool (reply (replies, "query-kvm", 0), "enabled", false);

  return kvm ? json_pack ("{s:o, s:o*}", "kvm", accel_of (replies, 0), "tcg", accel_of (replies, 1))
             : json_pack ("{s:o}", "tcg", accel_of (replies, 0));
}

static QemuCaps *
caps_of (const json_t *replies, GError **error)
{
  const QemuAnswers answers = {
    reply (replies, "query-version", 0), reply (replies, "query-target", 0), reply (replies, "query-machines", 0),
    reply (replies, "query-commands", 0), reply (replies, "qom-list-types", 0),
    reply (replies, "query-command-line-options", 0), reply (replies, "query-chardev-backends", 0),
    reply (replies, "query-tpm-models", 0), reply (replies, "query-qmp-schema", 0),
  };
  g_autoptr (json_t) document = qemu_caps_document (emulator, &answers, json_object ());

  json_object_set_new (document, "accel", accels_of (replies));
  return qemu_caps_from_json (document, error);
}

typedef struct
{
  const char *path;
  char *text;
  GError *error;
  bool done;
} Work;

static void
format (void *data)
{
  Work *work = data;
  g_autofree char *folder = g_path_get_dirname (work->path), *tree = g_build_filename (folder, "../../_shared/qemu-firmware", NULL);
  g_autofree char *text = conform_read (work->path, &work->error);
  g_autoptr (json_t) replies = text != NULL ? read_replies (text) : NULL;
  g_autoptr (QemuCaps) caps = replies != NULL ? caps_of (replies, &work->error) : NULL;
  QemuTarget target = { .caps = caps, .emulator = emulator, .arch = arch };

  scene_firmware (tree);
  if (caps != NULL)
    {
      target.machine = machine != NULL ? qemu_caps_machine (caps, machine) : qemu_caps_default_machine (caps);
      target.accel = g_strcmp0 (virt_type, "kvm") == 0 ? QEMU_ACCEL_KVM : QEMU_ACCEL_TCG;
    }
  if (caps != NULL && (target.machine == NULL || !caps->accel[target.accel]))
    fail (&work->error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the QEMU of '%s' has no such machine or guests", work->path);
  else if (caps != NULL)
    work->text = domain_caps_format_target (&target, &host);
  work->done = true;
  loop_quit (0);
}

static char *
run (const char *path, GError **error)
{
  Work work = { .path = path };

  fiber_start ("conform", path, format, &work);
  if (!work.done)
    loop_run ();
  if (work.error != NULL)
    g_propagate_error (error, work.error);
  return work.text;
}

const ConformKind conform_domain_caps = { "domain-capabilities", options, run };

/* --- the host's -------------------------------------------------------------------------------- */

static const GOptionEntry host_options[] = {
  { "arch", 0, 0, G_OPTION_ARG_STRING, &arch, "architecture of host and guest", "ARCH" },
  { 0 }
};

/* The one emulator of a host is what @path recorded of it, in stock's own form. It has no list of machines. */
static char *
run_host (const char *path, GError **error)
{
  g_autofree char *recorded = conform_read (path, error);
  g_autofree char *binary = g_strconcat ("/usr/bin/qemu-system-", arch, NULL);
  bool kvm = recorded != NULL && strstr (recorded, "<flag name='kvm'/>") != NULL;
  g_autoptr (json_t) json = json_pack ("{s:s, s:s, s:i, s:[], s:[], s:[], s:[], s:{}, s:{s:{s:[]}, s:o*}}", "binary", binary,
                                       "arch", arch, "version", 0, "machines", "types", "commands", "options", "props",
                                       "accel", "tcg", "cpus", "kvm", kvm ? json_pack ("{s:[]}", "cpus") : NULL);
  g_autoptr (QemuCaps) caps = recorded != NULL ? qemu_caps_from_json (json, error) : NULL;
  HostCaps *document = xml_new (&host_capabilities_schema);
  char *text = NULL;

  document->cpu = xml_new (&cpu_schema);
  document->cpu->arch = g_strdup (arch);
  document->power = xml_new (&capability_power_schema);
  document->iommu = TRI_NO;
  if (caps != NULL)
    {
      host_caps_add_guest (document, arch, binary, caps);
      text = xml_format (&host_capabilities_schema, document, 0);
    }
  xml_free (&host_capabilities_schema, document);
  return text;
}

const ConformKind conform_host_caps = { "capabilities", host_options, run_host };
