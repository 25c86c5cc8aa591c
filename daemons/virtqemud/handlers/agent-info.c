/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the agent inside a guest tells of it: users, systems, disks, interfaces. */
#include <string.h>

#include "agent/disks.h"
#include "handlers/agent.h"
#include "util/json.h"

/* Adds parameters whose names are made of text and numbers: ADD (string, value, "fs.%u.name", i). */
#define ADD(type_, value_, ...)                                                          \
  do                                                                                     \
    {                                                                                    \
      char add_name_[VIR_TYPED_PARAM_FIELD_LENGTH];                                      \
                                                                                         \
      snprintf (add_name_, sizeof add_name_, __VA_ARGS__);                               \
      params_add_##type_ (params, add_name_, value_);                                    \
    }                                                                                    \
  while (0)

/* The same for a text that may be absent. */
#define ADD_IF(value_, ...)                                                              \
  do                                                                                     \
    {                                                                                    \
      const char *add_value_ = value_;                                                   \
                                                                                         \
      if (add_value_ != NULL)                                                            \
        ADD (string, add_value_, __VA_ARGS__);                                           \
    }                                                                                    \
  while (0)

static unsigned int
list_size (const json_t *list)
{
  return (unsigned int) json_array_size (list);
}

/* --- what each kind of answer becomes ------------------------------------------------------------ */

static void
add_users (Params *params, const json_t *users, const Domain *domain)
{
  ADD (uint, list_size (users), "user.count");
  for (unsigned int i = 0; i < list_size (users); i++)
    {
      const json_t *user = json_array_get (users, i);
      double login = json_number_value (json_object_get (user, "login-time"));

      ADD (string, json_get_string (user, "user", ""), "user.%u.name", i);
      ADD_IF (json_get_string (user, "domain", NULL), "user.%u.domain", i);
      ADD (ullong, login > 0 && login < 1e15 ? (uint64_t) (login * 1000) : 0, "user.%u.login-time", i);
    }
}

static void
add_os (Params *params, const json_t *info, const Domain *domain)
{
  static const char *const keys[] = {
    "id", "name", "pretty-name", "version", "version-id", "machine", "variant", "variant-id", "kernel-release",
    "kernel-version",
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (keys); i++)
    ADD_IF (json_get_string (info, keys[i], NULL), "os.%s", keys[i]);
}

static void
add_timezone (Params *params, const json_t *zone, const Domain *domain)
{
  ADD_IF (json_get_string (zone, "zone", NULL), "timezone.name");
  ADD (int, (int) CLAMP (json_get_int (zone, "offset", 0), INT_MIN, INT_MAX), "timezone.offset");
}

static void
add_hostname (Params *params, const json_t *name, const Domain *domain)
{
  ADD (string, json_get_string (name, "host-name", ""), "hostname");
}

static const char *
target_of (const Domain *domain, const json_t *address)
{
  const DomainDisk *disk = agent_find_disk (domain, address);

  return disk != NULL ? disk->target.dev : NULL;
}

static void
add_filesystem (Params *params, unsigned int i, const json_t *fs, const Domain *domain)
{
  const json_t *disks = json_object_get (fs, "disk");

  ADD (string, json_get_string (fs, "name", ""), "fs.%u.name", i);
  ADD (string, json_get_string (fs, "mountpoint", ""), "fs.%u.mountpoint", i);
  ADD (string, json_get_string (fs, "type", ""), "fs.%u.fstype", i);
  if (json_is_integer (json_object_get (fs, "total-bytes")))
    ADD (ullong, (uint64_t) json_get_int (fs, "total-bytes", 0), "fs.%u.total-bytes", i);
  if (json_is_integer (json_object_get (fs, "used-bytes")))
    ADD (ullong, (uint64_t) json_get_int (fs, "used-bytes", 0), "fs.%u.used-bytes", i);
  ADD (uint, list_size (disks), "fs.%u.disk.count", i);
  for (unsigned int d = 0; d < list_size (disks); d++)
    {
      const json_t *disk = json_array_get (disks, d);

      ADD_IF (target_of (domain, disk), "fs.%u.disk.%u.alias", i, d);
      ADD_IF (json_get_string (disk, "serial", NULL), "fs.%u.disk.%u.serial", i, d);
      ADD_IF (json_get_string (disk, "dev", NULL), "fs.%u.disk.%u.device", i, d);
    }
}

static void
add_filesystems (Params *params, const json_t *list, const Domain *domain)
{
  ADD (uint, list_size (list), "fs.count");
  for (unsigned int i = 0; i < list_size (list); i++)
    add_filesystem (params, i, json_array_get (list, i), domain);
}

static void
add_disks (Params *params, const json_t *list, const Domain *domain)
{
  ADD (uint, list_size (list), "disk.count");
  for (unsigned int i = 0; i < list_size (list); i++)
    {
      const json_t *disk = json_array_get (list, i);
      const json_t *dependencies = json_object_get (disk, "dependencies");
      const json_t *address = json_object_get (disk, "address");

      ADD (string, json_get_string (disk, "name", ""), "disk.%u.name", i);
      ADD (bool, json_get_bool (disk, "partition", false), "disk.%u.partition", i);
      if (list_size (dependencies) > 0)
        ADD (uint, list_size (dependencies), "disk.%u.dependency.count", i);
      for (unsigned int d = 0; d < list_size (dependencies); d++)
        ADD_IF (json_string_value (json_array_get (dependencies, d)), "disk.%u.dependency.%u.name", i, d);
      ADD_IF (json_get_string (address, "serial", NULL), "disk.%u.serial", i);
      ADD_IF (target_of (domain, address), "disk.%u.alias", i);
      ADD_IF (json_get_string (disk, "alias", NULL), "disk.%u.guest_alias", i);
    }
}

static void
add_interfaces (Params *params, const json_t *list, const Domain *domain)
{
  ADD (uint, list_size (list), "if.count");
  for (unsigned int i = 0; i < list_size (list); i++)
    {
      const json_t *interface = json_array_get (list, i);
      const json_t *addresses = json_object_get (interface, "ip-addresses");

      ADD (string, json_get_string (interface, "name", ""), "if.%u.name", i);
      ADD_IF (json_get_string (interface, "hardware-address", NULL), "if.%u.hwaddr", i);
      ADD (uint, list_size (addresses), "if.%u.addr.count", i);
      for (unsigned int a = 0; a < list_size (addresses); a++)
        {
          const json_t *address = json_array_get (addresses, a);

          ADD (string, json_get_string (address, "ip-address-type", ""), "if.%u.addr.%u.type", i, a);
          ADD (string, json_get_string (address, "ip-address", ""), "if.%u.addr.%u.addr", i, a);
          ADD (uint, (unsigned int) json_get_int (address, "prefix", 0), "if.%u.addr.%u.prefix", i, a);
        }
    }
}

/* --- virDomainGetGuestInfo ------------------------------------------------------------------------- */

static const struct
{
  unsigned int type;
  const char *command;
  const AnswerShape *shape;
  void (*add) (Params *params, const json_t *answer, const Domain *domain);
} infos[] = {
  { VIR_DOMAIN_GUEST_INFO_USERS, "guest-get-users", &answer_users, add_users },
  { VIR_DOMAIN_GUEST_INFO_OS, "guest-get-osinfo", &answer_os_info, add_os },
  { VIR_DOMAIN_GUEST_INFO_TIMEZONE, "guest-get-timezone", &answer_timezone, add_timezone },
  { VIR_DOMAIN_GUEST_INFO_HOSTNAME, "guest-get-host-name", &answer_hostname, add_hostname },
  { VIR_DOMAIN_GUEST_INFO_FILESYSTEM, "guest-get-fsinfo", &answer_filesystems, add_filesystems },
  { VIR_DOMAIN_GUEST_INFO_DISKS, "guest-get-disks", &answer_disks, add_disks },
  { VIR_DOMAIN_GUEST_INFO_INTERFACES, "guest-network-get-interfaces", &answer_interfaces, add_interfaces },
};

/* Asks for all of @types. What the agent does not know is left out if the client asked for nothing in particular. */
static bool
collect (AgentCall *agent, unsigned int types, Params *params, GError **error)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (infos); i++)
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (json_t) answer = NULL;

      if (types != 0 && !(types & infos[i].type))
        continue;
      answer = agent_ask (agent, infos[i].command, NULL, infos[i].shape, &local);
      if (answer == NULL && types == 0 && agent_lacks_command (agent->agent))
        continue;
      if (answer == NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return false;
        }
      if (!vm_require_active (agent->vm, error))
        return false;
      infos[i].add (params, answer, agent->vm->live);
    }
  return true;
}

bool
handle_domain_get_guest_info (Call *call, const DomainGetGuestInfoArgs *args, DomainGetGuestInfoRet *ret, GError **error)
{
  g_auto (AgentCall) agent = { 0 };
  g_auto (Params) params = { 0 };
  unsigned int known = 0;

  for (unsigned int i = 0; i < G_N_ELEMENTS (infos); i++)
    known |= infos[i].type;
  if (!handler_check_flags (args->flags, 0, "virDomainGetGuestInfo", error))
    return false;
  if (args->types & ~known)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unknown types of guest information 0x%x",
                 args->types & ~known);
  if (!handler_agent_begin (&agent, &args->dom, "reading what the guest is", error)
      || !collect (&agent, args->types, &params, error))
    return false;
  if (params.n > REMOTE_DOMAIN_GUEST_INFO_PARAMS_MAX)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                 "the guest agent of domain '%s' tells %u things, more than the %u that a reply can hold", agent.vm->name,
                 params.n, REMOTE_DOMAIN_GUEST_INFO_PARAMS_MAX);
  params_reply (&params, -1, &ret->params, &ret->n_params, NULL);
  return true;
}

/* --- filesystems ------------------------------------------------------------------------------------- */

static void
fill_filesystem (RemoteDomainFsinfo *ret, const json_t *fs, const Domain *domain)
{
  const json_t *disks = json_object_get (fs, "disk");

  ret->mountpoint = g_strdup (json_get_string (fs, "mountpoint", ""));
  ret->name = g_strdup (json_get_string (fs, "name", ""));
  ret->fstype = g_strdup (json_get_string (fs, "type", ""));
  ret->dev_aliases = g_new0 (char *, list_size (disks));
  for (unsigned int i = 0; i < list_size (disks); i++)
    {
      const char *target = target_of (domain, json_array_get (disks, i));

      if (target != NULL)
        ret->dev_aliases[ret->n_dev_aliases++] = g_strdup (target);
    }
}

bool
handle_domain_get_fsinfo (Call *call, const DomainGetFsinfoArgs *args, DomainGetFsinfoRet *ret, GError **error)
{
  g_auto (AgentCall) agent = { 0 };
  g_autoptr (json_t) list = NULL;

  if (!handler_check_flags (args->flags, 0, "virDomainGetFSInfo", error)
      || !handler_agent_begin (&agent, &args->dom, "reading the guest's filesystems", error))
    return false;
  list = agent_ask (&agent, "guest-get-fsinfo", NULL, &answer_filesystems, error);
  if (list == NULL || !vm_require_active (agent.vm, error))
    return false;
  ret->info = g_new0 (RemoteDomainFsinfo, list_size (list));
  for (unsigned int i = 0; i < list_size (list); i++)
    fill_filesystem (&ret->info[ret->n_info++], json_array_get (list, i), agent.vm->live);
  ret->ret = ret->n_info;
  return true;
}

/* --- interfaces ------------------------------------------------------------------------------------------ */

static bool
add_address (RemoteDomainInterface *ret, const json_t *address, GError **error)
{
  const char *type = json_get_string (address, "ip-address-type", "");
  int64_t prefix = json_get_int (address, "prefix", 0);
  bool six = strcmp (type, "ipv6") == 0;

  if ((!six && strcmp (type, "ipv4") != 0) || prefix < 0 || prefix > 128)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                 "the guest agent tells of an address of type '%s' with a prefix of %" G_GINT64_FORMAT " bits", type, prefix);
  ret->addrs[ret->n_addrs++] = (RemoteDomainIpAddr) {
    .type = six ? VIR_IP_ADDR_TYPE_IPV6 : VIR_IP_ADDR_TYPE_IPV4,
    .addr = g_strdup (json_get_string (address, "ip-address", "")), .prefix = (unsigned int) prefix,
  };
  return true;
}

/* The line of the reply for the interface @name, "eth0:1" being another name of "eth0". */
static RemoteDomainInterface *
find_interface (DomainInterfaceAddressesRet *ret, GHashTable *seen, const json_t *interface)
{
  const char *full = json_get_string (interface, "name", "");
  g_autofree char *name = g_strndup (full, strcspn (full, ":"));
  RemoteDomainInterface *found = g_hash_table_lookup (seen, name);

  if (found != NULL)
    return found;
  found = &ret->ifaces[ret->n_ifaces++];
  found->name = g_steal_pointer (&name);
  found->hwaddr = g_strdup (json_get_string (interface, "hardware-address", NULL));
  g_hash_table_insert (seen, found->name, found);
  return found;
}

static bool
fill_interfaces (DomainInterfaceAddressesRet *ret, const json_t *list, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  ret->ifaces = g_new0 (RemoteDomainInterface, list_size (list));
  for (unsigned int i = 0; i < list_size (list); i++)
    {
      const json_t *interface = json_array_get (list, i);
      const json_t *addresses = json_object_get (interface, "ip-addresses");
      RemoteDomainInterface *to = find_interface (ret, seen, interface);

      if (to->n_addrs + list_size (addresses) > REMOTE_DOMAIN_IP_ADDR_MAX)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                     "the guest agent tells of more than %u addresses of '%s'", REMOTE_DOMAIN_IP_ADDR_MAX, to->name);
      to->addrs = g_renew (RemoteDomainIpAddr, to->addrs, to->n_addrs + list_size (addresses));
      for (unsigned int a = 0; a < list_size (addresses); a++)
        if (!add_address (to, json_array_get (addresses, a), error))
          return false;
    }
  return true;
}

bool
handler_agent_interfaces (const RemoteNonnullDomain *dom, DomainInterfaceAddressesRet *ret, GError **error)
{
  g_auto (AgentCall) agent = { 0 };
  g_autoptr (json_t) list = NULL;

  if (!handler_agent_begin (&agent, dom, "reading the guest's interfaces", error))
    return false;
  list = agent_ask (&agent, "guest-network-get-interfaces", NULL, &answer_interfaces, error);
  return list != NULL && fill_interfaces (ret, list, error);
}
