/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain/device-edit.h"

#include <string.h>

#include "model/domain/rules.h"
#include "model/domain/tables.h"

/* --- by itself ------------------------------------------------------------------------------- */

void
domain_device_clear (DomainDevice *device)
{
  if (device->element != NULL)
    xml_free (domain_device_schema (device->element), device->info);
  *device = (DomainDevice) { 0 };
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)

/* The schema for the root element of @xml; of a disk for what is no document, which then says so. */
static const XmlSchema *
schema_of (const char *xml, size_t length, GError **error)
{
  g_autoptr (xmlDoc) doc = xmlReadMemory (xml, (int) MIN (length, G_MAXINT), "device", NULL,
                                          XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  const xmlNode *root = doc != NULL ? xmlDocGetRootElement (doc) : NULL;
  const XmlSchema *schema;

  if (root == NULL)
    return &domain_disk_schema;
  schema = domain_device_schema ((const char *) root->name);
  if (schema == NULL)
    fail (error, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "there is no kind of device '%s'", (const char *) root->name);
  return schema;
}

bool
domain_device_parse (const char *xml, size_t length, DomainParseFlags flags, DomainDevice *ret, GError **error)
{
  const XmlSchema *schema = schema_of (xml, length, error);
  void *device = schema != NULL ? xml_parse (schema, xml, length, flags, error) : NULL;

  if (device == NULL)
    return false;
  *ret = (DomainDevice) { schema->element, device };
  return true;
}

char *
domain_device_format (const DomainDevice *device, DomainFormatFlags flags)
{
  return xml_format (domain_device_schema (device->element), device->info, flags);
}

DomainDevice
domain_device_copy (const DomainDevice *device)
{
  return (DomainDevice) { device->element, xml_copy (domain_device_schema (device->element), device->info) };
}

bool
domain_device_equal (const DomainDevice *a, const DomainDevice *b)
{
  return strcmp (a->element, b->element) == 0
         && xml_equal (domain_device_schema (a->element), a->info, b->info, NULL);
}

/* --- which one is meant ------------------------------------------------------------------------ */

#define MAX_KEYS 8

/* By which rows a device of a kind is told apart: beginnings of paths. Kinds that are not here: by all
 * that is said of it. */
static const struct
{
  const char *element;
  const char *keys[MAX_KEYS];           /* when a client means one that is there */
  const char *unique[MAX_KEYS];         /* there are no two of; none: there may be */
} identities[] = {
  { "disk", { "target/@dev" }, { "target/@dev" } },
  { "interface", { "mac/@address", "alias/", "address/" }, { NULL } },
  { "controller", { "@type", "@index", "alias/" }, { "@type", "@index" } },
  { "hostdev", { "@mode", "@type", "source", "alias/" }, { "@mode", "@type", "source" } },
  { "lease", { "lockspace", "key" }, { "lockspace", "key" } },
  { "graphics", { "@type" }, { NULL } },
  { "serial", { "@type", "source/", "target/@port", "alias/", "address/" }, { NULL } },
  { "parallel", { "@type", "source/", "target/@port", "alias/", "address/" }, { NULL } },
  { "console", { "@type", "source/", "target/", "alias/", "address/" }, { NULL } },
  { "channel", { "@type", "source/", "target/@type", "target/@name", "target/@address", "target/@port", "alias/", "address/" },
    { "target/@name", "target/@address", "target/@port" } },
  { "filesystem", { "target/@dir" }, { "target/@dir" } },
  { "memory", { "@model", "source", "target/size", "target/node", "target/label", "uuid", "alias/", "address/" }, { NULL } },
  { "shmem", { "@name", "model/", "size", "server/", "alias/", "address/" }, { "@name" } },
};

/* NULL: all rows; for what is unique: none. */
static const char *const *
keys_of (const char *element, bool unique)
{
  static const char *const none[MAX_KEYS] = { NULL };

  for (unsigned int i = 0; i < G_N_ELEMENTS (identities); i++)
    if (strcmp (identities[i].element, element) == 0)
      return unique ? identities[i].unique : identities[i].keys;
  return unique ? none : NULL;
}

typedef struct { const char *const *keys; bool differs; } Match;

/* What @path is of one device counts if the client said it. */
static bool
note_difference (const char *path, const char *wanted, const char *there, void *data)
{
  Match *match = data;
  const char *below = strchr (path, '/') + 1;
  bool counts = match->keys == NULL;

  if (*wanted == '\0' || strcmp (wanted, "absent") == 0)
    return true;
  for (unsigned int i = 0; !counts && i < MAX_KEYS && match->keys[i] != NULL; i++)
    counts = g_str_has_prefix (below, match->keys[i]);
  match->differs = counts;
  return !counts;
}

static bool
fits (const char *const *keys, const DomainDevice *wanted, const DomainDevice *there)
{
  Match match = { .keys = keys };

  xml_compare (domain_device_schema (wanted->element), wanted->info, there->info, 0, note_difference, &match);
  return !match.differs;
}

/* What a client called it, for errors; the kind's name comes before. Caller frees. */
static char *
describe (const DomainDevice *device)
{
  if (strcmp (device->element, "disk") == 0)
    return g_strdup_printf (" '%s'", ((const DomainDisk *) (const void *) device->info)->target.dev);
  if (strcmp (device->element, "interface") == 0)
    {
      const uint8_t *mac = ((const DomainInterface *) (const void *) device->info)->mac;

      return g_strdup_printf (" with the address %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    }
  if (strcmp (device->element, "lease") != 0 && device->info->alias != NULL)
    return g_strdup_printf (" '%s'", device->info->alias);
  return g_strdup (" like this");
}

static bool
fail_missing (const DomainDevice *wanted, GError **error)
{
  g_autofree char *what = describe (wanted);
  virErrorDomain from = strcmp (wanted->element, "interface") == 0 ? VIR_FROM_DOMAIN : VIR_FROM_QEMU;
  virErrorNumber code = strcmp (wanted->element, "redirdev") == 0 ? VIR_ERR_OPERATION_INVALID : VIR_ERR_DEVICE_MISSING;

  return fail (error, from, code, "the domain has no %s%s", wanted->element, what);
}

/* "A serial port" is none in particular. */
static bool
is_vague (const DomainDevice *wanted)
{
  const DomainChardev *port = (const DomainChardev *) (const void *) wanted->info;

  return (strcmp (wanted->element, "serial") == 0 || strcmp (wanted->element, "parallel") == 0) && port->port < 0
         && port->info.alias == NULL && port->info.address.type == ADDRESS_TYPE_ABSENT;
}

bool
domain_device_find (const Domain *domain, const DomainDevice *wanted, DomainDevice *ret, GError **error)
{
  DomainDevice device, found = { 0 };

  if (is_vague (wanted))
    return fail_missing (wanted, error);
  for (unsigned int i = 0; domain_device_nth (domain, wanted->element, i, &device); i++)
    {
      if (!fits (keys_of (wanted->element, false), wanted, &device))
        continue;
      if (found.element != NULL && strcmp (wanted->element, "interface") == 0)
        {
          g_autofree char *what = describe (wanted);

          return fail (error, VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED,
                       "the domain has several of %s%s: say its PCI address or alias", wanted->element, what);
        }
      if (found.element == NULL)
        found = device;
    }
  if (found.element == NULL)
    return fail_missing (wanted, error);
  *ret = found;
  return true;
}

bool
domain_device_by_alias (const Domain *domain, const char *alias, DomainDevice *ret)
{
  g_autofree DomainDevice *devices = domain_devices (domain);

  for (const DomainDevice *device = devices; device->element != NULL; device++)
    if (g_strcmp0 (device->info->alias, alias) == 0)
      {
        *ret = *device;
        return true;
      }
  return false;
}

/* A channel may be without what would tell it apart, a controller gets its number later. */
static bool
has_identity (const DomainDevice *device)
{
  const DomainChardev *channel = (const DomainChardev *) (const void *) device->info;

  if (strcmp (device->element, "controller") == 0)
    return ((const DomainController *) (const void *) device->info)->index >= 0;
  return keys_of (device->element, true)[0] != NULL
         && (strcmp (device->element, "channel") != 0 || channel->name != NULL || channel->address != NULL);
}

bool
domain_device_check_new (const Domain *domain, const DomainDevice *device, GError **error)
{
  const char *const *keys = keys_of (device->element, true);
  DomainDevice other;

  for (unsigned int i = 0; has_identity (device) && domain_device_nth (domain, device->element, i, &other); i++)
    if (fits (keys, device, &other))
      {
        g_autofree char *what = describe (device);

        return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "the domain has a %s%s already", device->element, what);
      }
  return true;
}
