/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/config.h"

#include <string.h>

#include "util/conf.h"
#include "util/log.h"
#include "util/paths.h"

#define LOG_CATEGORY "network.config"
#define MAX_TIMEOUT 86400

static NetConfig config = { .hook_timeout = 60 };

const NetConfig *
net_config (void)
{
  return &config;
}

static void
report_key (const Conf *conf, const char *name, unsigned int line)
{
  static const char *const known[] = { "firewall_backend", "hook_timeout", NULL };

  if (!g_strv_contains (known, name))
    log_warning ("%s:%u: there is no setting '%s'; it is ignored", conf_name (conf), line, name);
}

static bool
check_backend (const Conf *conf, GError **error)
{
  g_autofree char *backend = NULL;

  if (!conf_get_string (conf, "firewall_backend", &backend, error))
    return false;
  if (backend == NULL || strcmp (backend, "nftables") == 0)
    return true;
  if (strcmp (backend, "iptables") == 0)
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_CONFIG_UNSUPPORTED,
                 "%s: firewall_backend \"iptables\" is not supported: the rules of networks are made by nftables",
                 conf_name (conf));
  return conf_fail (conf, "firewall_backend", "is neither \"nftables\" nor \"iptables\"", error);
}

bool
net_config_load (GError **error)
{
  g_autofree char *path = path_make (PATH_CONF, "network.conf");
  g_autoptr (Conf) conf = conf_load (path, false, error);

  if (conf == NULL)
    return false;
  conf_each (conf, report_key);
  return check_backend (conf, error) && conf_get_uint (conf, "hook_timeout", 0, MAX_TIMEOUT, &config.hook_timeout, error);
}
