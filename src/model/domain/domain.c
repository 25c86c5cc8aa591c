/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain/domain.h"
#include "model/domain/tables.h"
#include "util/uuid.h"

G_STATIC_ASSERT ((int) DOMAIN_PARSE_INACTIVE == (int) XML_PARSE_INACTIVE);
G_STATIC_ASSERT ((int) DOMAIN_PARSE_STATUS == (int) XML_PARSE_STATUS);
G_STATIC_ASSERT ((int) DOMAIN_PARSE_VALIDATE == (int) XML_PARSE_STRICT);
G_STATIC_ASSERT ((int) DOMAIN_FORMAT_SECURE == (int) XML_FORMAT_SECURE);
G_STATIC_ASSERT ((int) DOMAIN_FORMAT_INACTIVE == (int) XML_FORMAT_INACTIVE);
G_STATIC_ASSERT ((int) DOMAIN_FORMAT_MIGRATABLE == (int) XML_FORMAT_MIGRATABLE);
G_STATIC_ASSERT ((int) DOMAIN_FORMAT_STATUS == (int) XML_FORMAT_STATUS);

static bool
uuid_is_absent (const uint8_t *uuid)
{
  static const uint8_t zero[DOMAIN_UUID_LENGTH];

  return memcmp (uuid, zero, sizeof (zero)) == 0;
}

Domain *
domain_parse (const char *xml, size_t length, DomainParseFlags flags, GError **error)
{
  Domain *domain = xml_parse (&domain_schema, xml, length, flags, error);

  if (domain == NULL)
    return NULL;
  if (uuid_is_absent (domain->uuid))
    uuid_generate (domain->uuid);
  if (domain->has_genid && uuid_is_absent (domain->genid))
    uuid_generate (domain->genid);
  return domain;
}

char *
domain_format (const Domain *domain, DomainFormatFlags flags)
{
  return xml_format (&domain_schema, domain, flags);
}

Domain *
domain_copy (const Domain *domain)
{
  return xml_copy (&domain_schema, domain);
}

void
domain_free (Domain *domain)
{
  xml_free (&domain_schema, domain);
}

bool
domain_equal (const Domain *a, const Domain *b)
{
  return xml_equal (&domain_schema, a, b, NULL);
}

Domain *
domain_new (void)
{
  return xml_new (&domain_schema);
}

DomainDisk *
domain_disk_new (void)
{
  return xml_new (&domain_disk_schema);
}

DomainController *
domain_controller_new (DomainControllerType type, int index, DomainControllerModel model)
{
  DomainController *controller = xml_new (&domain_controller_schema);

  controller->type = type;
  controller->index = index;
  controller->model = model;
  return controller;
}

DomainInterface *
domain_interface_new (void)
{
  return xml_new (&domain_interface_schema);
}

DomainChardev *
domain_chardev_new (DomainChardevType type)
{
  DomainChardev *chardev = xml_new (&domain_serial_schema);

  chardev->source.type = type;
  return chardev;
}

DomainInput *
domain_input_new (DomainInputType type, DomainInputBus bus)
{
  DomainInput *input = xml_new (&domain_input_schema);

  input->type = type;
  input->bus = bus;
  return input;
}

DomainVideo *
domain_video_new (void)
{
  return xml_new (&domain_video_schema);
}

DomainMemballoon *
domain_memballoon_new (void)
{
  return xml_new (&domain_memballoon_schema);
}

unsigned int
domain_vcpus_now (const Domain *domain)
{
  return domain->vcpus != 0 ? domain->vcpus : domain->vcpus_max;
}

/* The alias as the guest has it, which it has only while it runs. */
static bool
is_named (const DomainChardev *chardev, const char *name)
{
  return name == NULL || g_strcmp0 (chardev->info.alias, name) == 0;
}

DomainChardev *
domain_find_console (const Domain *domain, const char *device_name)
{
  for (unsigned int i = 0; i < domain->consoles.n; i++)
    if (is_named (domain->consoles.items[i], device_name))
      return domain->consoles.items[i];
  for (unsigned int i = 0; i < domain->serials.n; i++)
    if (is_named (domain->serials.items[i], device_name))
      return domain->serials.items[i];
  for (unsigned int i = 0; i < domain->parallels.n; i++)
    if (is_named (domain->parallels.items[i], device_name))
      return domain->parallels.items[i];
  return NULL;
}
