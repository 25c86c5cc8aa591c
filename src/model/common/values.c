/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/common/values.h"

#include <arpa/inet.h>

bool
ip_address_parse (const char *text, IpAddress *ret_address)
{
  IpAddress address = { 0 };
  struct in_addr v4;

  if (strchr (text, ':') != NULL)
    {
      if (inet_pton (AF_INET6, text, address.bytes) != 1)
        return false;
      address.family = AF_INET6;
    }
  else
    {
      if (text[strspn (text, "0123456789abcdefABCDEFxX.")] != '\0' || inet_aton (text, &v4) == 0)
        return false;
      memcpy (address.bytes, &v4, sizeof (v4));
      address.family = AF_INET;
    }
  *ret_address = address;
  return true;
}

void
ip_address_append (const IpAddress *address, GString *out)
{
  char text[INET6_ADDRSTRLEN];

  if (address->family != 0)
    g_string_append (out, inet_ntop (address->family, address->bytes, text, sizeof (text)));
}

char *
ip_address_text (const IpAddress *address)
{
  GString *out = g_string_new (NULL);

  ip_address_append (address, out);
  return g_string_free (out, FALSE);
}

bool
ip_address_equal (const IpAddress *a, const IpAddress *b)
{
  return memcmp (a, b, sizeof (*a)) == 0;
}

unsigned int
ip_address_bits (const IpAddress *address)
{
  return address->family == AF_INET6 ? 128 : 32;
}

bool
ip_address_in_subnet (const IpAddress *address, const IpAddress *network, unsigned int prefix)
{
  if (address->family != network->family)
    return false;
  for (unsigned int bit = 0; bit < prefix; bit++)
    if (((address->bytes[bit / 8] ^ network->bytes[bit / 8]) & (0x80 >> bit % 8)) != 0)
      return false;
  return true;
}

int
ip_address_netmask_prefix (const IpAddress *netmask)
{
  unsigned int bits = ip_address_bits (netmask), prefix = 0;

  while (prefix < bits && (netmask->bytes[prefix / 8] & (0x80 >> prefix % 8)) != 0)
    prefix++;
  for (unsigned int bit = prefix; bit < bits; bit++)
    if ((netmask->bytes[bit / 8] & (0x80 >> bit % 8)) != 0)
      return -1;
  return prefix;
}

int
ip_address_compare (const IpAddress *a, const IpAddress *b)
{
  return memcmp (a->bytes, b->bytes, sizeof (a->bytes));
}

bool
mac_address_parse (const char *text, uint8_t ret_mac[6])
{
  uint8_t mac[6];

  for (unsigned int i = 0; i < sizeof (mac); i++)
    {
      char *end = NULL;
      uint64_t byte = g_ascii_isxdigit (*text) ? g_ascii_strtoull (text, &end, 16) : UINT64_MAX;

      if (byte > 0xff || *end != (i + 1 < sizeof (mac) ? ':' : '\0'))
        return false;
      mac[i] = byte;
      text = end + 1;
    }
  memcpy (ret_mac, mac, sizeof (mac));
  return true;
}

bool
text_is_made_of (const char *text, const char *others)
{
  if (text == NULL || *text == '\0')
    return false;
  for (; *text != '\0'; text++)
    if (!g_ascii_isalnum (*text) && strchr (others, *text) == NULL)
      return false;
  return true;
}

static bool
type_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  return ip_address_parse (text, value) || xml_fail_value (field, node, text, error);
}

static void
type_format (const XmlField *field, const void *value, GString *out)
{
  ip_address_append (value, out);
}

static bool
type_is_absent (const XmlField *field, const void *value)
{
  return ((const IpAddress *) value)->family == 0;
}

const XmlType xml_type_ip_address = {
  .name = "an IP address", .size = sizeof (IpAddress), .parse = type_parse, .format = type_format, .is_absent = type_is_absent,
};

static const XmlHex domain_hex = { "0x%04x", 0xffff };
static const XmlHex bus_hex = { "0x%02x", 0xff };
static const XmlHex slot_hex = { "0x%02x", 0x1f };
static const XmlHex function_hex = { "0x%x", 7 };

const XmlField pci_address_rows[] = {
  XML_HEX (PciAddress, domain, "@domain", domain_hex, .flags = XML_ALWAYS),
  XML_HEX (PciAddress, bus, "@bus", bus_hex, .flags = XML_ALWAYS),
  XML_HEX (PciAddress, slot, "@slot", slot_hex, .flags = XML_ALWAYS),
  XML_HEX (PciAddress, function, "@function", function_hex, .flags = XML_ALWAYS),
  XML_END
};

static bool
bytes_b_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  return xml_type_bytes.parse (reader, field, node, text, value, error);
}

static void
bytes_b_format (const XmlField *field, const void *value, GString *out)
{
  xml_type_bytes.format (field, value, out);
}

const XmlType xml_type_bytes_b = {
  .name = "a size with unit=", .size = sizeof (uint64_t), .is_integer = true, .parse = bytes_b_parse, .format = bytes_b_format,
  .unit = "B",
};

static bool
count_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  return true;
}

static void
count_format (const XmlField *field, const void *value, GString *out)
{
  const XmlList *list = value;

  g_string_append_printf (out, "%u", list->n);
}

static bool
count_is_absent (const XmlField *field, const void *value)
{
  return false;
}

static bool
count_equal (const void *a, const void *b)
{
  return ((const XmlList *) a)->n == ((const XmlList *) b)->n;
}

const XmlType xml_type_count = {
  .name = "a number from 0", .size = sizeof (XmlList), .parse = count_parse, .format = count_format,
  .is_absent = count_is_absent, .equal = count_equal,
};
