/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/nwfilter/values.h"

#include "model/common/values.h"

#include <arpa/inet.h>

#define COMMENT_MAX 256
#define IPSET_NAME_MAX 31
#define IPSET_FLAGS_MAX 6

/* Numbers */

/* A number in decimal or, after 0x, in hexadecimal. */
static bool
parse_number (const NwFilterKind *kind, const char *text, unsigned int *ret_number, bool *ret_is_hex)
{
  bool is_hex = !kind->is_decimal && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  const char *digits = is_hex ? text + 2 : text;
  char *end;

  if (is_hex ? !g_ascii_isxdigit (*digits) : !g_ascii_isdigit (*digits))
    return false;
  uint64_t number = g_ascii_strtoull (digits, &end, is_hex ? 16 : 10);
  if (*end != '\0' || number < kind->min || number > kind->max)
    return false;
  *ret_number = number;
  *ret_is_hex = is_hex;
  return true;
}

static bool
read_number (const NwFilterKind *kind, const char *text, GString *out)
{
  unsigned int number;
  bool is_hex;

  for (const NwFilterName *name = kind->names; name != NULL && name->name != NULL; name++)
    if (g_ascii_strcasecmp (name->name, text) == 0)
      {
        g_string_append (out, name->name);
        return true;
      }
  if (!parse_number (kind, text, &number, &is_hex))
    return false;
  for (const NwFilterName *name = kind->names; name != NULL && name->name != NULL; name++)
    if (name->number == number)
      {
        g_string_append (out, name->name);
        return true;
      }
  g_string_append_printf (out, is_hex ? "0x%x" : "%u", number);
  return true;
}

static bool
read_bool (const NwFilterKind *kind, const char *text, GString *out)
{
  bool value = strcmp (text, "true") == 0 || strcmp (text, "yes") == 0 || strcmp (text, "1") == 0;

  g_string_append (out, value ? "true" : "false");
  return true;
}

/* Addresses */

static bool
read_mac (const NwFilterKind *kind, const char *text, GString *out)
{
  uint8_t mac[6];

  if (!mac_address_parse (text, mac))
    return false;
  xml_type_mac.format (NULL, mac, out);
  return true;
}

/* Ones, then zeros. */
static bool
read_mac_mask (const NwFilterKind *kind, const char *text, GString *out)
{
  uint8_t mac[6];
  uint64_t bits = 0;

  if (!mac_address_parse (text, mac))
    return false;
  for (unsigned int i = 0; i < sizeof (mac); i++)
    bits = bits << 8 | mac[i];
  bits = ~bits & 0xffffffffffff;
  if ((bits & (bits + 1)) != 0)
    return false;
  xml_type_mac.format (NULL, mac, out);
  return true;
}

/* kind->max bits long: 32 or 128. */
static bool
read_address (const NwFilterKind *kind, const char *text, GString *out)
{
  IpAddress address;

  if (!ip_address_parse (text, &address) || ip_address_bits (&address) != kind->max)
    return false;
  ip_address_append (&address, out);
  return true;
}

static bool
read_address_mask (const NwFilterKind *kind, const char *text, GString *out)
{
  IpAddress mask;

  if (strpbrk (text, ".:") == NULL)
    return read_number (kind, text, out);
  if (!ip_address_parse (text, &mask) || ip_address_bits (&mask) != kind->max || ip_address_netmask_prefix (&mask) < 0)
    return false;
  g_string_append_printf (out, "%d", ip_address_netmask_prefix (&mask));
  return true;
}

/* Flags */

/* The sum of the names between commas, blanks aside. */
static bool
parse_flags (const NwFilterName *names, const char *text, unsigned int *ret_flags)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  unsigned int flags = 0;

  for (char **word = words; *word != NULL; word++)
    {
      const NwFilterName *name = names;

      if (*g_strstrip (*word) == '\0')
        continue;
      while (name->name != NULL && g_ascii_strcasecmp (name->name, *word) != 0)
        name++;
      if (name->name == NULL)
        return false;
      flags |= name->number;
    }
  *ret_flags = flags;
  return true;
}

/* The first name that is all of them, or those that are one of them. */
static void
append_flags (const NwFilterName *names, unsigned int flags, GString *out)
{
  size_t start = out->len;

  for (const NwFilterName *name = names; name->name != NULL; name++)
    if (name->number == flags)
      {
        g_string_append (out, name->name);
        return;
      }
  for (const NwFilterName *name = names; name->name != NULL; name++)
    if ((name->number & (name->number - 1)) == 0 && (flags & name->number))
      g_string_append_printf (out, "%s%s", out->len > start ? "," : "", name->name);
}

#define STATE_NONE (1u << 4)

static bool
read_states (const NwFilterKind *kind, const char *text, GString *out)
{
  unsigned int flags;

  if (!parse_flags (kind->names, text, &flags))
    return false;
  append_flags (kind->names, flags & STATE_NONE ? STATE_NONE : flags, out);
  return true;
}

/* "MASK/FLAGS" */
static bool
read_tcp_flags (const NwFilterKind *kind, const char *text, GString *out)
{
  const char *slash = strchr (text, '/');
  g_autofree char *first = slash != NULL ? g_strndup (text, slash - text) : NULL;
  unsigned int mask, flags;

  if (slash == NULL || !parse_flags (kind->names, first, &mask) || !parse_flags (kind->names, slash + 1, &flags))
    return false;
  append_flags (kind->names, mask, out);
  g_string_append_c (out, '/');
  append_flags (kind->names, flags, out);
  return true;
}

/* Up to six "src" or "dst" between commas. */
static bool
read_ipset_flags (const NwFilterKind *kind, const char *text, GString *out)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  unsigned int n = g_strv_length (words);

  if (n == 0 || n > IPSET_FLAGS_MAX)
    return false;
  for (unsigned int i = 0; i < n; i++)
    {
      bool is_src = g_ascii_strcasecmp (words[i], "src") == 0;

      if (!is_src && g_ascii_strcasecmp (words[i], "dst") != 0)
        return false;
      g_string_append_printf (out, "%s%s", i > 0 ? "," : "", is_src ? "src" : "dst");
    }
  return true;
}

/* Text */

static bool
read_ipset (const NwFilterKind *kind, const char *text, GString *out)
{
  static const char others[] = " :_.-+";

  if (strlen (text) > IPSET_NAME_MAX)
    return false;
  for (const char *c = text; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr (others, *c) == NULL)
      return false;
  g_string_append (out, text);
  return true;
}

/* Cut at its largest length, between characters. */
static bool
read_comment (const NwFilterKind *kind, const char *text, GString *out)
{
  size_t length = strlen (text);

  if (length > COMMENT_MAX)
    {
      length = COMMENT_MAX;
      while (length > 0 && ((unsigned char) text[length] & 0xc0) == 0x80)
        length--;
    }
  g_string_append_len (out, text, (gssize) length);
  return true;
}

/* The kinds */

static const NwFilterName ether_types[] = {
  { "arp", 0x806 }, { "rarp", 0x8035 }, { "ipv4", 0x800 }, { "ipv6", 0x86dd }, { "vlan", 0x8100 }, { 0 },
};
static const NwFilterName opcodes[] = {
  { "Request", 1 }, { "Reply", 2 }, { "Request_Reverse", 3 }, { "Reply_Reverse", 4 }, { "DRARP_Request", 5 },
  { "DRARP_Reply", 6 }, { "DRARP_Error", 7 }, { "InARP_Request", 8 }, { "ARP_NAK", 9 }, { 0 },
};
static const NwFilterName ip_protocols[] = {
  { "tcp", 6 }, { "udp", 17 }, { "udplite", 136 }, { "esp", 50 }, { "ah", 51 }, { "icmp", 1 }, { "igmp", 2 }, { "sctp", 132 },
  { "icmpv6", 58 }, { 0 },
};
static const NwFilterName states[] = {
  { "NEW", 1 << 0 }, { "ESTABLISHED", 1 << 1 }, { "RELATED", 1 << 2 }, { "INVALID", 1 << 3 }, { "NONE", STATE_NONE }, { 0 },
};
static const NwFilterName tcp_flags[] = {
  { "NONE", 0 }, { "ALL", 0x3f }, { "FIN", 0x1 }, { "SYN", 0x2 }, { "RST", 0x4 }, { "PSH", 0x8 }, { "ACK", 0x10 }, { "URG", 0x20 },
  { 0 },
};

const NwFilterKind nwfilter_mac = { "a MAC address", read_mac };
const NwFilterKind nwfilter_mac_mask = { "a mask of a MAC address", read_mac_mask };
const NwFilterKind nwfilter_ipv4 = { "an IPv4 address", read_address, .max = 32 };
const NwFilterKind nwfilter_ipv4_mask = { "a netmask or 0 to 32 bits", read_address_mask, .max = 32, .is_decimal = true };
const NwFilterKind nwfilter_ipv6 = { "an IPv6 address", read_address, .max = 128 };
const NwFilterKind nwfilter_ipv6_mask = { "a netmask or 0 to 128 bits", read_address_mask, .max = 128, .is_decimal = true };
const NwFilterKind nwfilter_uint8 = { "a number of 0 to 255", read_number, .max = 0xff };
const NwFilterKind nwfilter_uint16 = { "a number of 0 to 65535", read_number, .max = 0xffff };
const NwFilterKind nwfilter_uint32 = { "a number of 0 to 4294967295", read_number, .max = 0xffffffff };
const NwFilterKind nwfilter_dscp = { "a number of 0 to 63", read_number, .max = 63 };
const NwFilterKind nwfilter_vlan_id = { "a number of 0 to 4095", read_number, .max = 4095 };
const NwFilterKind nwfilter_connections = { "a decimal number of 0 to 65535", read_number, .max = 0xffff, .is_decimal = true };
const NwFilterKind nwfilter_ether_type
  = { "arp, rarp, ipv4, ipv6, vlan or a number of 1536 to 65535", read_number, .min = 0x600, .max = 0xffff, .names = ether_types };
const NwFilterKind nwfilter_encapsulated
  = { "arp, rarp, ipv4, ipv6, vlan or a number of 0 to 65535", read_number, .max = 0xffff, .names = ether_types };
const NwFilterKind nwfilter_opcode
  = { "an ARP operation like Request or Reply or a number of 0 to 65535", read_number, .max = 0xffff, .names = opcodes };
const NwFilterKind nwfilter_ip_protocol
  = { "a protocol like tcp, udp or icmp or a number of 0 to 255", read_number, .max = 0xff, .names = ip_protocols };
const NwFilterKind nwfilter_bool = { "true or false", read_bool };
const NwFilterKind nwfilter_states = { "NONE or some of NEW, ESTABLISHED, RELATED, INVALID", read_states, .names = states };
const NwFilterKind nwfilter_tcp_flags
  = { "two sets, with / between them, of FIN, SYN, RST, PSH, ACK, URG, ALL or NONE", read_tcp_flags, .names = tcp_flags };
const NwFilterKind nwfilter_ipset = { "a name of letters, digits and ' :_.-+'", read_ipset };
const NwFilterKind nwfilter_ipset_flags = { "one to six of src and dst", read_ipset_flags };
const NwFilterKind nwfilter_comment = { "text", read_comment, .is_text = true };

/* The type */

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

/* "$NAME", "$NAME[index]" or "$NAME[@iterator]"; iterator 0 goes without saying. */
static bool
read_variable (const char *text, GString *out)
{
  size_t length = strspn (text + 1, NAME_CHARACTERS);
  const char *index = text + 1 + length;
  const char *digits = index[0] == '[' && index[1] == '@' ? index + 2 : index + 1;
  unsigned int number;
  bool is_hex;

  if (length == 0)
    return false;
  g_string_append_len (out, text, (gssize) length + 1);
  if (*index == '\0')
    return true;
  g_autofree char *inner = g_strndup (digits, strcspn (digits, "]"));
  const NwFilterKind kind = { .max = UINT16_MAX, .is_decimal = true };
  if (*index != '[' || strcmp (digits + strlen (inner), "]") != 0 || !parse_number (&kind, inner, &number, &is_hex))
    return false;
  if (index[1] != '@' || number != 0)
    g_string_append_printf (out, index[1] == '@' ? "[@%u]" : "[%u]", number);
  return true;
}

static bool
value_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  const NwFilterKind *kind = field->aux;
  g_autoptr (GString) out = g_string_new (NULL);

  if (text[0] == '$' && !kind->is_text ? !read_variable (text, out) : !kind->read (kind, text, out))
    return xml_fail (node, VIR_FROM_NWFILTER, VIR_ERR_INTERNAL_ERROR, error, "attribute '%s' is '%.200s', not %s, nor a variable",
                     field->path + 1, text, kind->name);
  g_free (*(char **) value);
  *(char **) value = g_strdup (out->str);
  return true;
}

const XmlType nwfilter_type_value = {
  .name = "text", .parse = value_parse, XML_LIKE_STRING,
};
