/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* USB devices and smartcards that reach the guest through a connection, and hubs. */
#include "args/private.h"

/* A channel to whoever looks at the display has a name that says what is passed; others are as any character device. */
static bool
build_remote (Builder *b, const DomainChardevSource *source, const char *spice_name, const DomainDeviceInfo *info,
              GError **error)
{
  json_t *chardev;

  if (source->type != CHARDEV_TYPE_SPICEVMC)
    return build_chardev (b, source, info, error);
  if (!qemu_caps_has_option (b->context->caps, "chardev:spicevmc"))
    return unsupported (error, "device '%s' needs SPICE, which %s does not have", info->alias, b->context->caps->binary);
  chardev = json_pack ("{s:{s:s, s:{s:s}}}", "backend", "type", "spicevmc", "data", "type", spice_name);
  set_format (chardev, "id", "char%s", info->alias);
  add_part (b, QEMU_CHARDEV, chardev);
  return true;
}

static bool
add_device (Builder *b, json_t *json, const DomainDeviceInfo *info, GError **error)
{
  g_autoptr (json_t) device = json;

  set_string (device, "id", info->alias);
  set_uint (device, "bootindex", info->boot_order);
  if (!need_type (b, json_string_value (json_object_get (device, "driver")), info->alias, error)
      || !set_address (b, device, info, error))
    return false;
  add_part (b, QEMU_DEVICE, g_steal_pointer (&device));
  return true;
}

/* --- USB ------------------------------------------------------------------------------ */

/* A number as the filter has it: "0x%04X", or -1 for any. */
static void
append_number (GString *out, int number, int digits)
{
  if (number < 0)
    g_string_append (out, "-1:");
  else
    g_string_append_printf (out, "0x%0*X:", digits, (unsigned int) number);
}

static char *
filter_text (const DomainRedirFilter *filter)
{
  GString *out = g_string_new (NULL);

  for (unsigned int i = 0; i < filter->devices.n; i++)
    {
      const DomainRedirFilterDevice *rule = filter->devices.items[i];

      if (i > 0)
        g_string_append_c (out, '|');
      append_number (out, rule->class, 2);
      append_number (out, rule->vendor, 4);
      append_number (out, rule->product, 4);
      append_number (out, rule->version, 4);
      g_string_append_c (out, rule->allow == TRI_YES ? '1' : '0');
    }
  return g_string_free (out, FALSE);
}

bool
build_redirdev (Builder *b, const DomainRedirdev *redirdev, GError **error)
{
  const DomainRedirFilter *filter = b->domain->redirfilter;
  json_t *device;

  if (!build_remote (b, &redirdev->source, "usbredir", &redirdev->info, error))
    return false;
  device = device_new ("usb-redir");
  set_format (device, "chardev", "char%s", redirdev->info.alias);
  if (filter != NULL)
    {
      g_autofree char *text = filter_text (filter);

      set_string (device, "filter", text);
    }
  return add_device (b, device, &redirdev->info, error);
}

bool
build_hub (Builder *b, const DomainHub *hub, GError **error)
{
  return add_device (b, device_new ("usb-hub"), &hub->info, error);
}

/* --- smartcards -------------------------------------------------------------------------- */

/* Certificates of the host that stand for a card. */
static json_t *
certificates_device (const DomainSmartcard *smartcard)
{
  json_t *device = device_new ("ccid-card-emulated");

  set_string (device, "backend", "certificates");
  for (unsigned int i = 0; i < smartcard->certificates.n; i++)
    {
      g_autofree char *key = g_strdup_printf ("cert%u", i + 1);

      set_string (device, key, smartcard->certificates.items[i]->name);
    }
  set_string (device, "db", smartcard->database ?: "/etc/pki/nssdb");
  return device;
}

bool
build_smartcard (Builder *b, const DomainSmartcard *smartcard, GError **error)
{
  json_t *device;

  switch (smartcard->mode)
    {
    case SMARTCARD_MODE_HOST:
      device = device_new ("ccid-card-emulated");
      set_string (device, "backend", "nss-emulated");
      break;
    case SMARTCARD_MODE_HOST_CERTIFICATES:
      device = certificates_device (smartcard);
      break;
    default:
      if (!build_remote (b, &smartcard->source, "smartcard", &smartcard->info, error))
        return false;
      device = device_new ("ccid-card-passthru");
      set_format (device, "chardev", "char%s", smartcard->info.alias);
      break;
    }
  return add_device (b, device, &smartcard->info, error);
}
