/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent/answer.h"

#include "util/error.h"
#include "util/json.h"

/* The largest lists that a reply to a client takes, and for vCPUs more than any guest has. */
#define MAX_FILESYSTEMS 256
#define MAX_DISKS 256
#define MAX_INTERFACES 2048
#define MAX_ADDRESSES 2048
#define MAX_USERS 2048
#define MAX_VCPUS 4096
#define MAX_KEYS 2048

/* --- shapes ------------------------------------------------------------------------------------ */

#define INT(key_) { .key = key_, .kind = ANSWER_INT }
#define INT_OPT(key_) { .key = key_, .kind = ANSWER_INT, .optional = true }
#define BOOL(key_) { .key = key_, .kind = ANSWER_BOOL }
#define BOOL_OPT(key_) { .key = key_, .kind = ANSWER_BOOL, .optional = true }
#define STRING(key_) { .key = key_, .kind = ANSWER_STRING }
#define STRING_OPT(key_) { .key = key_, .kind = ANSWER_STRING, .optional = true }
#define OBJECT(key_, inner_) { .key = key_, .kind = ANSWER_OBJECT, .inner = inner_ }
#define OBJECT_OPT(key_, inner_) { .key = key_, .kind = ANSWER_OBJECT, .inner = inner_, .optional = true }
#define ARRAY(key_, inner_, max_) { .key = key_, .kind = ANSWER_ARRAY, .inner = inner_, .max = max_ }
#define ARRAY_OPT(key_, inner_, max_) { .key = key_, .kind = ANSWER_ARRAY, .inner = inner_, .max = max_, .optional = true }
#define END { .key = NULL }

static const AnswerShape string_item = { .key = "item", .kind = ANSWER_STRING };

static const AnswerShape pci_members[] = { INT ("domain"), INT ("bus"), INT ("slot"), INT ("function"), END };
static const AnswerShape address_members[] = {
  OBJECT ("pci-controller", pci_members), STRING ("bus-type"), INT ("bus"), INT ("target"), INT ("unit"),
  STRING_OPT ("serial"), STRING_OPT ("dev"), END
};
static const AnswerShape address_item = OBJECT ("disk", address_members);

static const AnswerShape filesystem_members[] = {
  STRING ("name"), STRING ("mountpoint"), STRING ("type"), INT_OPT ("used-bytes"), INT_OPT ("total-bytes"),
  ARRAY ("disk", &address_item, MAX_DISKS), END
};
static const AnswerShape filesystem_item = OBJECT ("filesystem", filesystem_members);

static const AnswerShape disk_members[] = {
  STRING ("name"), BOOL ("partition"), ARRAY_OPT ("dependencies", &string_item, MAX_DISKS),
  OBJECT_OPT ("address", address_members), STRING_OPT ("alias"), END
};
static const AnswerShape disk_item = OBJECT ("disk", disk_members);

static const AnswerShape ip_members[] = { STRING ("ip-address"), STRING ("ip-address-type"), INT ("prefix"), END };
static const AnswerShape ip_item = OBJECT ("address", ip_members);
static const AnswerShape interface_members[] = {
  STRING ("name"), STRING_OPT ("hardware-address"), ARRAY_OPT ("ip-addresses", &ip_item, MAX_ADDRESSES), END
};
static const AnswerShape interface_item = OBJECT ("interface", interface_members);

static const AnswerShape user_members[] = {
  STRING ("user"), STRING_OPT ("domain"), { .key = "login-time", .kind = ANSWER_NUMBER }, END
};
static const AnswerShape user_item = OBJECT ("user", user_members);

static const AnswerShape vcpu_members[] = { INT ("logical-id"), BOOL ("online"), BOOL_OPT ("can-offline"), END };
static const AnswerShape vcpu_item = OBJECT ("vcpu", vcpu_members);

static const AnswerShape hostname_members[] = { STRING ("host-name"), END };
static const AnswerShape timezone_members[] = { STRING_OPT ("zone"), INT ("offset"), END };
static const AnswerShape keys_members[] = { ARRAY ("keys", &string_item, MAX_KEYS), END };
static const AnswerShape os_members[] = {
  STRING_OPT ("id"), STRING_OPT ("name"), STRING_OPT ("pretty-name"), STRING_OPT ("version"), STRING_OPT ("version-id"),
  STRING_OPT ("machine"), STRING_OPT ("variant"), STRING_OPT ("variant-id"), STRING_OPT ("kernel-release"),
  STRING_OPT ("kernel-version"), END
};

const AnswerShape answer_anything = { .key = "return", .kind = ANSWER_ANYTHING };
const AnswerShape answer_int = INT ("return");
const AnswerShape answer_hostname = OBJECT ("return", hostname_members);
const AnswerShape answer_timezone = OBJECT ("return", timezone_members);
const AnswerShape answer_os_info = OBJECT ("return", os_members);
const AnswerShape answer_ssh_keys = OBJECT ("return", keys_members);
const AnswerShape answer_users = ARRAY ("return", &user_item, MAX_USERS);
const AnswerShape answer_vcpus = ARRAY ("return", &vcpu_item, MAX_VCPUS);
const AnswerShape answer_filesystems = ARRAY ("return", &filesystem_item, MAX_FILESYSTEMS);
const AnswerShape answer_disks = ARRAY ("return", &disk_item, MAX_DISKS);
const AnswerShape answer_interfaces = ARRAY ("return", &interface_item, MAX_INTERFACES);

/* --- checking ------------------------------------------------------------------------------------ */

static const char *const kind_names[] = {
  [ANSWER_INT] = "an integer", [ANSWER_BOOL] = "a truth value", [ANSWER_STRING] = "a text", [ANSWER_NUMBER] = "a number",
  [ANSWER_OBJECT] = "an object", [ANSWER_ARRAY] = "a list", [ANSWER_ANYTHING] = "anything",
};

static bool
has_kind (const json_t *value, AnswerKind kind)
{
  switch (kind)
    {
    case ANSWER_INT:
      return json_is_integer (value);
    case ANSWER_BOOL:
      return json_is_boolean (value);
    case ANSWER_STRING:
      return json_is_string (value);
    case ANSWER_NUMBER:
      return json_is_number (value);
    case ANSWER_OBJECT:
      return json_is_object (value);
    case ANSWER_ARRAY:
      return json_is_array (value);
    case ANSWER_ANYTHING:
      break;
    }
  return true;
}

static bool
check_items (const json_t *list, const AnswerShape *shape, const char *command, GError **error)
{
  size_t n = json_array_size (list);

  if (n > shape->max)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                 "the guest agent answered '%s' with a list '%s' of %zu items, more than %u", command, shape->key, n,
                 shape->max);
  for (size_t i = 0; i < n; i++)
    if (!answer_check (json_array_get (list, i), shape->inner, command, error))
      return false;
  return true;
}

static bool
check_members (const json_t *object, const AnswerShape *shape, const char *command, GError **error)
{
  for (const AnswerShape *member = shape->inner; member->key != NULL; member++)
    {
      const json_t *value = json_object_get (object, member->key);

      if ((value == NULL || json_is_null (value)) && member->optional)
        continue;
      if (value == NULL)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                     "the guest agent answered '%s' without '%s' in '%s'", command, member->key, shape->key);
      if (!answer_check (value, member, command, error))
        return false;
    }
  return true;
}

bool
answer_check (const json_t *answer, const AnswerShape *shape, const char *command, GError **error)
{
  if (!has_kind (answer, shape->kind))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "the guest agent answered '%s' with a '%s' that is not %s",
                 command, shape->key, kind_names[shape->kind]);
  if (shape->kind == ANSWER_ARRAY)
    return check_items (answer, shape, command, error);
  return shape->kind != ANSWER_OBJECT || check_members (answer, shape, command, error);
}
