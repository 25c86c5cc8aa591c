/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent/vcpus.h"

#include "util/error.h"
#include "util/json.h"

#define MAX_ID 16384

bool
agent_get_vcpus (AgentCall *call, AgentVcpu **ret_vcpus, unsigned int *ret_n, GError **error)
{
  g_autoptr (json_t) answer = agent_ask (call, "guest-get-vcpus", NULL, &answer_vcpus, error);
  g_autofree AgentVcpu *vcpus = NULL;
  json_t *item;
  size_t i;

  if (answer == NULL)
    return false;
  vcpus = g_new0 (AgentVcpu, json_array_size (answer) + 1);
  json_array_foreach (answer, i, item)
    {
      int64_t id = json_get_int (item, "logical-id", -1);

      if (id < 0 || id >= MAX_ID)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                     "the guest agent of domain '%s' has a vCPU of the impossible number %" G_GINT64_FORMAT,
                     call->vm->name, id);
      vcpus[i] = (AgentVcpu) { (unsigned int) id, json_get_bool (item, "online", false),
                               json_get_bool (item, "can-offline", false) };
    }
  *ret_n = (unsigned int) json_array_size (answer);
  *ret_vcpus = g_steal_pointer (&vcpus);
  return true;
}

/* Has @changes made; the agent may stop short, and is then told the rest. */
static bool
change (AgentCall *call, json_t *changes, GError **error)
{
  g_autoptr (json_t) left = changes;

  while (json_array_size (left) > 0)
    {
      g_autoptr (json_t) answer = agent_ask (call, "guest-set-vcpus", json_pack ("{s:O}", "vcpus", left), &answer_int,
                                             error);
      json_int_t done = json_integer_value (answer);

      if (answer == NULL)
        return false;
      if (done <= 0 || (size_t) done > json_array_size (left))
        return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                     "the guest agent of domain '%s' changed %" JSON_INTEGER_FORMAT " of %zu vCPUs", call->vm->name, done,
                     json_array_size (left));
      while (done-- > 0)
        json_array_remove (left, 0);
    }
  return true;
}

static void
add_change (json_t *changes, const AgentVcpu *vcpu, bool online)
{
  json_array_append_new (changes, json_pack ("{s:i, s:b}", "logical-id", (int) vcpu->id, "online", online));
}

bool
agent_set_vcpus (AgentCall *call, const XmlBitmap *wanted, bool online, GError **error)
{
  g_autofree AgentVcpu *vcpus = NULL;
  g_autoptr (json_t) changes = json_array ();
  g_autofree char *seen = g_malloc0 (MAX_ID);
  unsigned int n;

  if (!agent_get_vcpus (call, &vcpus, &n, error))
    return false;
  for (unsigned int i = 0; i < n; i++)
    {
      seen[vcpus[i].id] = true;
      if (!xml_bitmap_has (wanted, vcpus[i].id))
        continue;
      if (!online && !vcpus[i].offlinable)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "the guest of domain '%s' cannot do without vCPU %u",
                     call->vm->name, vcpus[i].id);
      if (vcpus[i].online != online)
        add_change (changes, &vcpus[i], online);
    }
  for (unsigned int id = 0; id < wanted->n_bits; id++)
    if (xml_bitmap_has (wanted, id) && !seen[id])
      return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the guest of domain '%s' has no vCPU %u",
                   call->vm->name, id);
  return change (call, g_steal_pointer (&changes), error);
}

static unsigned int
count_online (const AgentVcpu *vcpus, unsigned int n)
{
  unsigned int online = 0;

  for (unsigned int i = 0; i < n; i++)
    online += vcpus[i].online;
  return online;
}

bool
agent_count_vcpus (AgentCall *call, unsigned int *ret_online, GError **error)
{
  g_autofree AgentVcpu *vcpus = NULL;
  unsigned int n;

  if (!agent_get_vcpus (call, &vcpus, &n, error))
    return false;
  *ret_online = count_online (vcpus, n);
  return true;
}

bool
agent_set_vcpu_count (AgentCall *call, unsigned int count, GError **error)
{
  g_autofree AgentVcpu *vcpus = NULL;
  g_autoptr (json_t) changes = json_array ();
  unsigned int n, online;

  if (!agent_get_vcpus (call, &vcpus, &n, error))
    return false;
  if (count > n)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "the guest of domain '%s' knows %u vCPUs, fewer than %u",
                 call->vm->name, n, count);
  online = count_online (vcpus, n);
  for (unsigned int i = 0; i < n && online < count; i++)
    if (!vcpus[i].online)
      {
        add_change (changes, &vcpus[i], true);
        online++;
      }
  for (unsigned int i = n; i > 0 && online > count; i--)
    if (vcpus[i - 1].online && vcpus[i - 1].offlinable)
      {
        add_change (changes, &vcpus[i - 1], false);
        online--;
      }
  if (online != count)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "the guest of domain '%s' cannot do with %u vCPUs",
                 call->vm->name, count);
  return change (call, g_steal_pointer (&changes), error);
}
