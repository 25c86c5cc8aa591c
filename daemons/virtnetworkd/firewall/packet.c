/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/packet.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "util/json.h"

/* What a rule looks at, of one packet. */
typedef enum
{
  FIELD_UNKNOWN,
  FIELD_ABSENT,         /* packets of this kind do not have it: no rule about it matches */
  FIELD_TEXT,
  FIELD_NUMBER,
  FIELD_PLACE,
} FieldKind;

typedef struct
{
  FieldKind kind;
  const char *text;
  int64_t number;       /* of a text too, if it has one */
  const PacketPlace *place;
} Field;

static Field
text_field (const char *text, int64_t number)
{
  return (Field) { .kind = text == NULL || *text == '\0' ? FIELD_UNKNOWN : FIELD_TEXT, .text = text, .number = number };
}

static Field
number_field (int64_t number)
{
  return (Field) { .kind = number < 0 ? FIELD_UNKNOWN : FIELD_NUMBER, .number = number };
}

static Field
protocol_field (const Packet *packet)
{
  return text_field (packet->protocol, strcmp (packet->protocol, "tcp") == 0 ? IPPROTO_TCP : IPPROTO_UDP);
}

static Field
meta_field (const Packet *packet, const char *key)
{
  bool forwarded = strcmp (packet->hook, "forward") == 0;

  if (strcmp (key, "iifname") == 0 || strcmp (key, "iif") == 0)
    return text_field (packet->in, -1);
  if (strcmp (key, "oifname") == 0 || strcmp (key, "oif") == 0)
    return forwarded ? text_field (packet->out, -1) : (Field) { .kind = FIELD_ABSENT };
  if (strcmp (key, "nfproto") == 0)
    return text_field (packet->is_v6 ? "ipv6" : "ipv4", packet->is_v6 ? 10 : 2);
  if (strcmp (key, "protocol") == 0)
    return text_field (packet->is_v6 ? "ip6" : "ip", packet->is_v6 ? 0x86dd : 0x0800);
  if (strcmp (key, "l4proto") == 0)
    return protocol_field (packet);
  if (strcmp (key, "pkttype") == 0)
    return text_field (packet->cast, -1);
  /* Marks are for somebody's own traffic. */
  return strcmp (key, "mark") == 0 ? number_field (0) : (Field) { .kind = FIELD_UNKNOWN };
}

static Field
ct_field (const Packet *packet, const char *key)
{
  if (strcmp (key, "state") == 0)
    return text_field (packet->state, -1);
  if (strcmp (key, "direction") == 0)
    return text_field (packet->direction, -1);
  return strcmp (key, "mark") == 0 ? number_field (0) : (Field) { .kind = FIELD_UNKNOWN };
}

static Field
payload_field (const Packet *packet, const char *protocol, const char *field)
{
  bool is_ip = strcmp (protocol, "ip") == 0, is_ip6 = strcmp (protocol, "ip6") == 0;

  if (is_ip || is_ip6)
    {
      if (is_ip6 != packet->is_v6)
        return (Field) { .kind = FIELD_ABSENT };
      if (strcmp (field, "saddr") == 0)
        return (Field) { .kind = FIELD_PLACE, .place = &packet->source };
      if (strcmp (field, "daddr") == 0)
        return (Field) { .kind = FIELD_PLACE, .place = &packet->destination };
      return strcmp (field, is_ip ? "protocol" : "nexthdr") == 0 ? protocol_field (packet) : (Field) { .kind = FIELD_UNKNOWN };
    }
  if (strcmp (protocol, "ether") == 0)
    return (Field) { .kind = FIELD_UNKNOWN };
  if (strcmp (protocol, packet->protocol) != 0 && strcmp (protocol, "th") != 0)
    return (Field) { .kind = FIELD_ABSENT };
  if (strcmp (field, "sport") == 0)
    return number_field (packet->source_port);
  return strcmp (field, "dport") == 0 ? number_field (packet->destination_port) : (Field) { .kind = FIELD_UNKNOWN };
}

/* The kind of route, if that is what is asked about the destination alone. */
static Field
fib_field (const Packet *packet, json_t *fib)
{
  json_t *flags = json_object_get (fib, "flags");
  const char *flag = json_is_array (flags) ? json_string_value (json_array_get (flags, 0)) : json_string_value (flags);

  if (strcmp (json_get_string (fib, "result", ""), "type") != 0 || g_strcmp0 (flag, "daddr") != 0 || json_array_size (flags) > 1)
    return (Field) { .kind = FIELD_UNKNOWN };
  return text_field (packet->route, -1);
}

static Field
field_of (const Packet *packet, json_t *left)
{
  json_t *meta = json_object_get (left, "meta"), *ct = json_object_get (left, "ct"), *payload = json_object_get (left, "payload");
  json_t *masked = json_object_get (left, "&"), *fib = json_object_get (left, "fib");

  if (meta != NULL)
    return meta_field (packet, json_get_string (meta, "key", ""));
  if (ct != NULL)
    return ct_field (packet, json_get_string (ct, "key", ""));
  if (payload != NULL)
    return payload_field (packet, json_get_string (payload, "protocol", ""), json_get_string (payload, "field", ""));
  if (fib != NULL)
    return fib_field (packet, fib);
  if (masked != NULL && json_is_integer (json_array_get (masked, 1)))
    {
      Field field = field_of (packet, json_array_get (masked, 0));

      field.number &= json_integer_value (json_array_get (masked, 1));
      return field.kind == FIELD_NUMBER ? field : (Field) { .kind = FIELD_UNKNOWN };
    }
  return (Field) { .kind = FIELD_UNKNOWN };
}

static Answer
yes_or_no (bool yes)
{
  return yes ? ANSWER_YES : ANSWER_NO;
}

/* Text may end in an asterisk for any end. */
static Answer
text_is (const char *text, const char *value)
{
  size_t length = strlen (value);

  return yes_or_no (length > 0 && value[length - 1] == '*' ? strncmp (text, value, length - 1) == 0 : strcmp (text, value) == 0);
}

/* Whether an address of @place is one of the @prefix network. */
static Answer
place_in (const PacketPlace *place, const char *network, unsigned int prefix)
{
  IpAddress address;

  if (!ip_address_parse (network, &address) || address.family != place->address.family)
    return ANSWER_NO;
  if (!ip_address_in_subnet (&place->address, &address, MIN (prefix, place->prefix)))
    return ANSWER_NO;
  return prefix <= place->prefix ? ANSWER_YES : ANSWER_MAYBE;
}

static Answer
place_between (const PacketPlace *place, const char *first, const char *last)
{
  IpAddress start, end;

  if (first == NULL || last == NULL || !ip_address_parse (first, &start) || !ip_address_parse (last, &end)
      || start.family != place->address.family || end.family != place->address.family)
    return ANSWER_NO;
  if (place->prefix < ip_address_bits (&place->address))
    return ANSWER_MAYBE;
  return yes_or_no (ip_address_compare (&start, &place->address) <= 0 && ip_address_compare (&place->address, &end) <= 0);
}

static Answer
field_in_range (const Field *field, json_t *range)
{
  json_t *first = json_array_get (range, 0), *last = json_array_get (range, 1);

  if (field->kind == FIELD_PLACE)
    return place_between (field->place, json_string_value (first), json_string_value (last));
  if (field->kind != FIELD_NUMBER || !json_is_integer (first) || !json_is_integer (last))
    return ANSWER_MAYBE;
  return yes_or_no (json_integer_value (first) <= field->number && field->number <= json_integer_value (last));
}

static Answer
field_is (const Field *field, json_t *value)
{
  json_t *prefix = json_object_get (value, "prefix"), *range = json_object_get (value, "range");

  if (field->kind == FIELD_ABSENT)
    return ANSWER_NO;
  if (field->kind == FIELD_UNKNOWN)
    return ANSWER_MAYBE;
  if (range != NULL)
    return field_in_range (field, range);
  if (prefix != NULL && field->kind == FIELD_PLACE)
    return place_in (field->place, json_get_string (prefix, "addr", ""), json_get_int (prefix, "len", 0));
  if (json_is_string (value) && field->kind == FIELD_PLACE)
    return place_in (field->place, json_string_value (value), ip_address_bits (&field->place->address));
  if (json_is_string (value) && field->kind == FIELD_TEXT)
    return text_is (field->text, json_string_value (value));
  if (json_is_integer (value) && (field->kind == FIELD_NUMBER || field->number >= 0))
    return yes_or_no (json_integer_value (value) == field->number);
  return ANSWER_MAYBE;
}

static Answer
both (Answer a, Answer b)
{
  if (a == ANSWER_NO || b == ANSWER_NO)
    return ANSWER_NO;
  return a == ANSWER_YES && b == ANSWER_YES ? ANSWER_YES : ANSWER_MAYBE;
}

static Answer
any_of (const Packet *packet, json_t *left, json_t *values, PacketSets sets, void *user)
{
  Answer result = ANSWER_NO;
  json_t *value;
  size_t i;

  json_array_foreach (values, i, value)
    {
      Answer answer = packet_has (packet, left, value, sets, user);

      if (answer == ANSWER_YES)
        return ANSWER_YES;
      if (answer == ANSWER_MAYBE)
        result = ANSWER_MAYBE;
    }
  return result;
}

Answer
packet_has (const Packet *packet, json_t *left, json_t *value, PacketSets sets, void *user)
{
  json_t *fields = json_object_get (left, "concat"), *element = json_object_get (value, "elem");
  json_t *set = json_object_get (value, "set"), *parts = json_object_get (value, "concat"), *part;
  Answer result = ANSWER_YES;
  Field field;
  size_t i;

  if (element != NULL)
    return packet_has (packet, left, json_object_get (element, "val"), sets, user);
  if (set != NULL || json_is_array (value))
    return any_of (packet, left, set != NULL ? set : value, sets, user);
  if (json_is_string (value) && json_string_value (value)[0] == '@')
    {
      set = sets (json_string_value (value) + 1, user);
      return set != NULL ? any_of (packet, left, set, sets, user) : ANSWER_MAYBE;
    }
  if (fields != NULL)
    {
      if (json_array_size (fields) != json_array_size (parts))
        return ANSWER_MAYBE;
      json_array_foreach (parts, i, part)
        result = both (result, packet_has (packet, json_array_get (fields, i), part, sets, user));
      return result;
    }
  field = field_of (packet, left);
  return field_is (&field, value);
}

/* Nobody has given these packets another destination. */
static bool
is_about_dnat (json_t *left, json_t *right)
{
  json_t *ct = json_object_get (left, "ct");

  return ct != NULL && strcmp (json_get_string (ct, "key", ""), "status") == 0 && json_is_string (right)
         && strcmp (json_string_value (right), "dnat") == 0;
}

Answer
packet_matches (const Packet *packet, json_t *match, PacketSets sets, void *user)
{
  json_t *left = json_object_get (match, "left"), *right = json_object_get (match, "right");
  const char *op = json_get_string (match, "op", "");
  bool negated = strcmp (op, "!=") == 0;
  Answer answer;

  if (!negated && strcmp (op, "==") != 0 && strcmp (op, "in") != 0)
    return ANSWER_MAYBE;
  if (field_of (packet, left).kind == FIELD_ABSENT)
    return ANSWER_NO;
  answer = is_about_dnat (left, right) ? ANSWER_NO : packet_has (packet, left, right, sets, user);
  return !negated || answer == ANSWER_MAYBE ? answer : yes_or_no (answer == ANSWER_NO);
}
