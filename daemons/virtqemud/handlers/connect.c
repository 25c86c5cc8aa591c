/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about the connection, its lists of guests and what this host can do. */
#include <string.h>

#include "daemon/daemon.h"
#include "host/domain-caps.h"
#include "driver.h"
#include "handlers/handlers.h"
#include "host/caps.h"
#include "qemu/caps.h"
#include "qemu/platform.h"
#include "qemu/process.h"
#include "util/host.h"

/* --- facts ------------------------------------------------------------------------------- */

bool
handle_connect_get_type (Call *call, ConnectGetTypeRet *ret, GError **error)
{
  ret->type = g_strdup ("QEMU");
  return true;
}

bool
handle_connect_get_version (Call *call, ConnectGetVersionRet *ret, GError **error)
{
  g_autofree char *binary = qemu_find_binary (host_arch ());
  g_autoptr (QemuCaps) caps = NULL;

  if (binary == NULL)
    {
      ret->hv_ver = 0;
      return true;
    }
  caps = qemu_caps_get (binary, error);
  if (caps == NULL)
    return false;
  ret->hv_ver = caps->version;
  return true;
}

bool
handle_connect_get_max_vcpus (Call *call, const ConnectGetMaxVcpusArgs *args, ConnectGetMaxVcpusRet *ret,
                              GError **error)
{
  g_autofree char *binary = NULL;
  g_autoptr (QemuCaps) caps = NULL;
  const QemuMachine *machine;

  if (args->type != NULL && g_ascii_strcasecmp (args->type, "qemu") != 0 && g_ascii_strcasecmp (args->type, "kvm") != 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unknown type '%s'", args->type);
  binary = qemu_find_binary (host_arch ());
  if (binary == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "there is no emulator on this host");
  caps = qemu_caps_get (binary, error);
  if (caps == NULL)
    return false;
  machine = qemu_caps_default_machine (caps);
  ret->max_vcpus = machine != NULL ? (int) machine->max_cpus : 1;
  return true;
}

bool
handle_connect_get_capabilities (Call *call, ConnectGetCapabilitiesRet *ret, GError **error)
{
  ret->capabilities = host_caps_format (driver.config, error);
  return ret->capabilities != NULL;
}

bool
handle_connect_get_domain_capabilities (Call *call, const ConnectGetDomainCapabilitiesArgs *args,
                                        ConnectGetDomainCapabilitiesRet *ret, GError **error)
{
  if (!handler_check_flags (args->flags, 0, "virConnectGetDomainCapabilities", error))
    return false;
  ret->capabilities = domain_caps_format (args->emulatorbin, args->arch, args->machine, args->virttype, error);
  return ret->capabilities != NULL;
}

bool
handle_connect_get_sysinfo (Call *call, const ConnectGetSysinfoArgs *args, ConnectGetSysinfoRet *ret,
                            GError **error)
{
  if (!handler_check_flags (args->flags, 0, "virConnectGetSysinfo", error))
    return false;
  return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "the firmware's tables of this host are not read");
}

/* The features that speak of the driver; those of the connection are answered before it. */
enum
{
  FEATURE_TYPED_PARAM_STRING = 9,
  FEATURE_XML_MIGRATABLE = 11,
  FEATURE_NETWORK_UPDATE_HAS_CORRECT_ORDER = 16,
};

bool
handle_connect_supports_feature (Call *call, const ConnectSupportsFeatureArgs *args,
                                 ConnectSupportsFeatureRet *ret, GError **error)
{
  ret->supported = args->feature == FEATURE_TYPED_PARAM_STRING || args->feature == FEATURE_XML_MIGRATABLE
                   || args->feature == FEATURE_NETWORK_UPDATE_HAS_CORRECT_ORDER;
  return true;
}

bool
handle_connect_domain_xml_to_native (Call *call, const ConnectDomainXmlToNativeArgs *args,
                                     ConnectDomainXmlToNativeRet *ret, GError **error)
{
  g_auto (QemuPlatform) platform = { 0 };
  g_autoptr (Domain) domain = NULL;
  g_auto (GStrv) argv = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  if (!handler_check_flags (args->flags, 0, "virConnectDomainXMLToNative", error))
    return false;
  if (strcmp (args->nativeFormat, "qemu-argv") != 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unknown native format '%s'", args->nativeFormat);
  domain = domain_parse (args->domainXml, strlen (args->domainXml), DOMAIN_PARSE_INACTIVE, error);
  if (domain == NULL || !qemu_platform_init (&platform, domain, error)
      || !domain_complete (domain, &platform.base, error))
    return false;
  if (platform.caps == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "the domain '%s' has no emulator", domain->name);
  domain_assign_aliases (domain);
  argv = qemu_process_argv (domain, driver.config, platform.caps, error);
  if (argv == NULL)
    return false;
  for (unsigned int i = 0; argv[i] != NULL; i++)
    {
      g_autofree char *quoted = g_shell_quote (argv[i]);
      bool plain = strpbrk (argv[i], " \t\n'\"\\{}$&|;<>()*?[]#~!`") == NULL && *argv[i] != '\0';

      g_string_append_printf (text, "%s%s", i > 0 ? (*argv[i] == '-' ? " \\\n" : " ") : "",
                              plain ? argv[i] : quoted);
    }
  g_string_append_c (text, '\n');
  ret->nativeConfig = g_string_free (g_steal_pointer (&text), false);
  return true;
}

/* --- lists ----------------------------------------------------------------------------------- */

static bool
is_active (const void *vm, const void *data)
{
  return vm_is_active (vm);
}

static bool
is_inactive (const void *vm, const void *data)
{
  return !vm_is_active (vm);
}

bool
handle_connect_num_of_domains (Call *call, ConnectNumOfDomainsRet *ret, GError **error)
{
  ret->num = (int) vm_list_count (driver.vms, true, false);
  return true;
}

bool
handle_connect_list_domains (Call *call, const ConnectListDomainsArgs *args, ConnectListDomainsRet *ret,
                             GError **error)
{
  g_autoptr (GPtrArray) vms = vm_list_all (driver.vms, is_active, NULL);
  unsigned int n = MIN (vms->len, (unsigned int) MAX (args->maxids, 0));

  ret->ids = g_new0 (int, n);
  for (; ret->n_ids < n; ret->n_ids++)
    ret->ids[ret->n_ids] = ((Vm *) vms->pdata[ret->n_ids])->id;
  return true;
}

bool
handle_connect_num_of_defined_domains (Call *call, ConnectNumOfDefinedDomainsRet *ret, GError **error)
{
  ret->num = (int) vm_list_count (driver.vms, false, true);
  return true;
}

bool
handle_connect_list_defined_domains (Call *call, const ConnectListDefinedDomainsArgs *args,
                                     ConnectListDefinedDomainsRet *ret, GError **error)
{
  g_autoptr (GPtrArray) vms = vm_list_all (driver.vms, is_inactive, NULL);
  unsigned int n = MIN (vms->len, (unsigned int) MAX (args->maxnames, 0));

  ret->names = g_new0 (char *, n);
  for (; ret->n_names < n; ret->n_names++)
    ret->names[ret->n_names] = g_strdup (((Vm *) vms->pdata[ret->n_names])->name);
  return true;
}

static bool
has_any_state (const Vm *vm, unsigned int flags)
{
  switch (vm->state)
    {
    case VIR_DOMAIN_RUNNING:
      return flags & VIR_CONNECT_LIST_DOMAINS_RUNNING;
    case VIR_DOMAIN_PAUSED:
      return flags & VIR_CONNECT_LIST_DOMAINS_PAUSED;
    case VIR_DOMAIN_SHUTOFF:
      return flags & VIR_CONNECT_LIST_DOMAINS_SHUTOFF;
    default:
      return flags & VIR_CONNECT_LIST_DOMAINS_OTHER;
    }
}

/* A pair (or group) of flags of which none or all mean "do not care". */
static bool
fits_pair (unsigned int flags, unsigned int yes, unsigned int no, bool value)
{
  return (flags & (yes | no)) == 0 || (flags & (value ? yes : no));
}

#define LIST_STATES (VIR_CONNECT_LIST_DOMAINS_RUNNING | VIR_CONNECT_LIST_DOMAINS_PAUSED \
                     | VIR_CONNECT_LIST_DOMAINS_SHUTOFF | VIR_CONNECT_LIST_DOMAINS_OTHER)
#define LIST_PAIRS (VIR_CONNECT_LIST_DOMAINS_ACTIVE | VIR_CONNECT_LIST_DOMAINS_INACTIVE \
                    | VIR_CONNECT_LIST_DOMAINS_PERSISTENT | VIR_CONNECT_LIST_DOMAINS_TRANSIENT \
                    | VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE | VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE \
                    | VIR_CONNECT_LIST_DOMAINS_AUTOSTART | VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART \
                    | VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT | VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT \
                    | VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT | VIR_CONNECT_LIST_DOMAINS_NO_CHECKPOINT)

bool
handler_is_listed (const void *object, const void *data)
{
  const Vm *vm = object;
  unsigned int flags = *(const unsigned int *) data;

  return fits_pair (flags, VIR_CONNECT_LIST_DOMAINS_ACTIVE, VIR_CONNECT_LIST_DOMAINS_INACTIVE, vm_is_active (vm))
         && fits_pair (flags, VIR_CONNECT_LIST_DOMAINS_PERSISTENT, VIR_CONNECT_LIST_DOMAINS_TRANSIENT,
                       vm_is_persistent (vm))
         && fits_pair (flags, VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE, VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE,
                       vm->has_managed_save)
         && fits_pair (flags, VIR_CONNECT_LIST_DOMAINS_AUTOSTART, VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART, vm->autostart)
         && fits_pair (flags, VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT, VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT,
                       vm->n_snapshots > 0)
         && fits_pair (flags, VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT, VIR_CONNECT_LIST_DOMAINS_NO_CHECKPOINT,
                       vm->n_checkpoints > 0)
         && ((flags & LIST_STATES) == 0 || has_any_state (vm, flags));
}

bool
handle_connect_list_all_domains (Call *call, const ConnectListAllDomainsArgs *args, ConnectListAllDomainsRet *ret,
                                 GError **error)
{
  g_autoptr (GPtrArray) vms = NULL;

  if (!handler_check_flags (args->flags, LIST_PAIRS | LIST_STATES, "virConnectListAllDomains", error))
    return false;
  vms = vm_list_all (driver.vms, handler_is_listed, &args->flags);
  if (vms->len > REMOTE_DOMAIN_LIST_MAX)
    return fail (error, VIR_FROM_RPC, VIR_ERR_RPC, "%u domains are more than the protocol's %d",
                 vms->len, REMOTE_DOMAIN_LIST_MAX);
  ret->ret = vms->len;
  if (!args->need_results)
    return true;
  ret->domains = g_new0 (RemoteNonnullDomain, vms->len);
  for (; ret->n_domains < vms->len; ret->n_domains++)
    handler_put_domain (&ret->domains[ret->n_domains], vms->pdata[ret->n_domains]);
  return true;
}
