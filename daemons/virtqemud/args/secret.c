/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets and credentials, as objects that others refer to. */
#include "args/private.h"

#include "util/error.h"
#include "util/uuid.h"

bool
add_secret (Builder *b, const char *id, const QemuSecretUse *use, GError **error)
{
  g_autoptr (json_t) object = object_new ("secret", "", id);

  if (b->context->secret != NULL && !b->context->secret (use, object, b->context->user, error))
    return false;
  add_part (b, QEMU_OBJECT, g_steal_pointer (&object));
  return true;
}

bool
add_tls_credentials (Builder *b, const char *id, const char *key_secret, QemuTlsUse use, bool is_server, GError **error)
{
  const QemuTls *tls = &b->context->config->tls[use];
  json_t *object;

  if (tls->secret_uuid != NULL)
    {
      SecretRef ref = { 0 };
      QemuSecretUse key = { .usage = SECRET_USAGE_TLS, .ref = &ref, .what = id };

      if (!uuid_parse (tls->secret_uuid, ref.uuid))
        return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "qemu.conf: '%s' is no UUID of a secret", tls->secret_uuid);
      if (!add_secret (b, key_secret, &key, error))
        return false;
    }
  object = object_new ("tls-creds-x509", "", id);
  set_string (object, "dir", tls->cert_dir);
  set_string (object, "endpoint", is_server ? "server" : "client");
  set_bool (object, "verify-peer", is_server ? tls->verify != 0 : true);
  set_string (object, "priority", tls->priority);
  if (tls->secret_uuid != NULL)
    set_string (object, "passwordid", key_secret);
  add_part (b, QEMU_OBJECT, object);
  return true;
}
