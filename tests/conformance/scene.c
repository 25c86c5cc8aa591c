/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scene.h"

#include <string.h>
#include <time.h>

#include "qemu/config-table.h"
#include "qemu/firmware.h"
#include "util/cleanup.h"

#define NOW 1234567890          /* the corpus' present */
#define ZONE "VIR00:30"

/* --- qemu.conf ------------------------------------------------------------------------------ */

/* Of all cases that were not answered by a real daemon. */
static const char *const own_settings[][2] = {
  { "spice_tls", "1" }, { "spice_password", "123456" }, { "default_tls_x509_cert_dir", "/etc/pki/qemu" },
  { "vnc_tls_x509_cert_dir", "/etc/pki/libvirt-vnc" }, { "spice_tls_x509_cert_dir", "/etc/pki/libvirt-spice" },
  { "chardev_tls_x509_cert_dir", "/etc/pki/libvirt-chardev" }, { "nbd_tls_x509_cert_dir", "/etc/pki/libvirt-nbd/dummy,path" },
  { "vxhs_tls_x509_cert_dir", "/etc/pki/libvirt-vxhs/dummy,path" },
};

/* Folders need not be there, as they must for a daemon. */
static bool
set_setting (QemuConfig *config, const char *name, const char *value, GError **error)
{
  for (unsigned int i = 0; i < qemu_config_n_keys; i++)
    {
      const QemuConfigKey *key = &qemu_config_keys[i];
      void *at = key->offset != QEMU_CONFIG_NOWHERE ? G_STRUCT_MEMBER_P (config, key->offset) : NULL;

      if (strcmp (key->key, name) != 0 || at == NULL)
        continue;
      if (key->kind == KEY_STRING)
        {
          g_free (*(char **) at);
          *(char **) at = g_strdup (value);
        }
      else if (key->kind == KEY_BOOL)
        *(bool *) at = atoi (value) != 0;
      else if (key->kind == KEY_INT)
        *(int *) at = atoi (value);
      else
        *(unsigned int *) at = (unsigned int) atoi (value);
      return true;
    }
  return fail (error, VIR_FROM_CONF, VIR_ERR_INVALID_ARG, "what is the setting '%s'?", name);
}

QemuConfig *
scene_config (const CapsQuery *query, GError **error)
{
  g_autoptr (QemuConfig) config = qemu_config_load (error);
  g_auto (GStrv) settings = g_strsplit (query->config != NULL ? query->config : "", ",", -1);

  if (config == NULL)
    return NULL;
  config->stdio_logd = !query->is_new;
  for (unsigned int i = 0; !query->is_new && i < G_N_ELEMENTS (own_settings); i++)
    if (!set_setting (config, own_settings[i][0], own_settings[i][1], error))
      return NULL;
  for (unsigned int i = 0; settings[i] != NULL; i++)
    {
      char *value = strchr (settings[i], '=');

      if (value == NULL)
        continue;
      *value++ = '\0';
      if (!set_setting (config, settings[i], value, error))
        return NULL;
    }
  return g_steal_pointer (&config);
}

/* --- the host ----------------------------------------------------------------------------------- */

static QemuHugepages hugepages[] = {
  { (char *) "/dev/hugepages2M", 2048, true },
  { (char *) "/dev/hugepages1G", 1048576, false },
};

void
scene_fill (const CapsQuery *query, QemuArgsContext *context)
{
  if (query->is_new)
    return;
  context->hugepages = hugepages;
  context->n_hugepages = G_N_ELEMENTS (hugepages);
  context->host_nodes = xml_bitmap_parse ("0-7", 1024);         /* for as long as the program runs */
  context->auto_nodes = xml_bitmap_parse ("0-3", 1024);
  context->sev.cbitpos = 47;
  context->sev.reduced_phys_bits = 1;
  context->now = NOW;
  g_setenv ("TZ", ZONE, true);
  tzset ();
}

void
scene_prepare (Domain *domain)
{
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    {
      DomainGraphics *graphics = domain->graphics.items[i];

      if ((graphics->type == GRAPHICS_TYPE_EGL_HEADLESS || graphics->gl == TRI_YES) && graphics->type != GRAPHICS_TYPE_SDL
          && graphics->rendernode == NULL)
        graphics->rendernode = g_strdup ("/dev/dri/foo");
    }
}

/* For as long as the program runs. */
void
scene_firmware (const char *tree)
{
  static const char *folders[3];

  folders[0] = tree != NULL ? g_build_filename (tree, "usr/share/qemu/firmware", NULL) : NULL;
  folders[1] = tree != NULL ? g_build_filename (tree, "etc/qemu/firmware", NULL) : NULL;
  qemu_firmware_set_folders (tree != NULL ? folders : NULL);
}
