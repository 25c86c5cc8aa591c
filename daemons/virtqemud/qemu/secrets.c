/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/secrets.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "daemon/peer.h"
#include "protocol/remote.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/uuid.h"
#include "util/worker.h"

#define LIBRARY "libgnutls.so.30"
#define BLOCK 16                /* bytes, of AES */

/* --- encryption (on a worker) ------------------------------------------------------------ */

/* GnuTLS is loaded with the first secret: most guests have none, and it is large. */
typedef struct
{
  __typeof__ (gnutls_cipher_init) *init;
  __typeof__ (gnutls_cipher_encrypt) *encrypt;
  __typeof__ (gnutls_cipher_deinit) *deinit;
  __typeof__ (gnutls_strerror) *strerror;
} GnuTls;

static bool
load_gnutls (GnuTls *ret_table, GError **error)
{
  void *library = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL);

  if (library == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "secrets cannot be encrypted: %s", dlerror ());
  *(void **) &ret_table->init = dlsym (library, "gnutls_cipher_init");
  *(void **) &ret_table->encrypt = dlsym (library, "gnutls_cipher_encrypt");
  *(void **) &ret_table->deinit = dlsym (library, "gnutls_cipher_deinit");
  *(void **) &ret_table->strerror = dlsym (library, "gnutls_strerror");
  return (ret_table->init != NULL && ret_table->encrypt != NULL && ret_table->deinit != NULL && ret_table->strerror != NULL)
         || fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, LIBRARY " lacks its ciphers");
}

char *
qemu_secret_encrypt_now (const uint8_t key[QEMU_MASTER_KEY_BYTES], const uint8_t iv[16], const void *value, size_t length,
                         GError **error)
{
  size_t padding = BLOCK - length % BLOCK;
  g_autofree uint8_t *data = g_malloc (length + padding);
  gnutls_datum_t key_datum = { (unsigned char *) key, QEMU_MASTER_KEY_BYTES }, iv_datum = { (unsigned char *) iv, BLOCK };
  gnutls_cipher_hd_t cipher;
  GnuTls gnutls = { 0 };
  int rc;

  if (!load_gnutls (&gnutls, error))
    return NULL;
  memcpy (data, value, length);
  memset (data + length, (int) padding, padding);       /* as PKCS #7 says */
  rc = gnutls.init (&cipher, GNUTLS_CIPHER_AES_256_CBC, &key_datum, &iv_datum);
  if (rc == 0)
    {
      rc = gnutls.encrypt (cipher, data, length + padding);
      gnutls.deinit (cipher);
    }
  if (rc != 0)
    {
      explicit_bzero (data, length + padding);
      return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "secrets cannot be encrypted: %s", gnutls.strerror (rc));
    }
  return g_base64_encode (data, length + padding);
}

typedef struct
{
  const char *lib_dir;
  const void *value;
  size_t length;
  char *data, *iv;
} Sealing;

static bool
seal_now (void *args, GError **error)
{
  Sealing *sealing = args;
  g_autofree char *path = g_strconcat (sealing->lib_dir, "/master-key.aes", NULL);
  fd_auto int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  uint8_t key[QEMU_MASTER_KEY_BYTES], iv[BLOCK];

  errno = EIO;
  if (fd < 0 || read (fd, key, sizeof key) != sizeof key || getrandom (iv, sizeof iv, 0) != sizeof iv)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot read the guest's key '%s'", path);
  sealing->data = qemu_secret_encrypt_now (key, iv, sealing->value, sealing->length, error);
  explicit_bzero (key, sizeof key);
  sealing->iv = g_base64_encode (iv, sizeof iv);
  return sealing->data != NULL;
}

static bool
seal (const char *lib_dir, const void *value, size_t length, json_t *object, GError **error)
{
  Sealing sealing = { .lib_dir = lib_dir, .value = value, .length = length };
  bool done = worker_run ("encrypt a secret", seal_now, &sealing, error);

  if (done)
    json_object_update_new (object, json_pack ("{s:s, s:s, s:s, s:s}", "data", sealing.data, "keyid", "masterKey0", "iv",
                                               sealing.iv, "format", "base64"));
  g_free (sealing.data);
  g_free (sealing.iv);
  return done;
}

/* --- virtsecretd ----------------------------------------------------------------------------- */

static DaemonPeer virtsecretd = { "virtsecretd", "secret", "keeps secrets" };

static bool
call (unsigned int proc, const void *args, void *ret, GError **error)
{
  return daemon_peer_call (&virtsecretd, &remote_program, proc, args, ret, NULL, error);
}

static bool
look_up (const QemuSecretUse *use, RemoteNonnullSecret *ret_secret, GError **error)
{
  SecretLookupByUuidArgs by_uuid;
  SecretLookupByUuidRet with_uuid = { 0 };
  SecretLookupByUsageArgs by_usage = { .usageType = (int) use->usage - 1, .usageID = use->ref->usage };
  SecretLookupByUsageRet with_usage = { 0 };

  if (use->ref->usage != NULL)
    {
      if (!call (REMOTE_PROC_SECRET_LOOKUP_BY_USAGE, &by_usage, &with_usage, error))
        return false;
      *ret_secret = with_usage.secret;
      return true;
    }
  memcpy (by_uuid.uuid, use->ref->uuid, sizeof by_uuid.uuid);
  if (!call (REMOTE_PROC_SECRET_LOOKUP_BY_UUID, &by_uuid, &with_uuid, error))
    return false;
  *ret_secret = with_uuid.secret;
  return true;
}

/* A secret has its usage so that it is not given to what it is not meant for. */
static bool
check_usage (const QemuSecretUse *use, const RemoteNonnullSecret *secret, GError **error)
{
  int wanted = (int) use->usage - 1;

  return use->usage == SECRET_USAGE_ABSENT || use->usage == SECRET_USAGE_NONE || secret->usageType == wanted
         || fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "the secret is for '%s', not '%s'",
                  xml_enum_name (&secret_usage_names, secret->usageType + 1), xml_enum_name (&secret_usage_names, (int) use->usage));
}

static bool
read_stored (const QemuSecretUse *use, SecretGetValueRet *ret, GError **error)
{
  RemoteNonnullSecret secret = { 0 };
  SecretGetValueArgs args = { 0 };
  bool done;

  if (!look_up (use, &secret, error))
    return false;
  args.secret = secret;
  done = check_usage (use, &secret, error) && call (REMOTE_PROC_SECRET_GET_VALUE, &args, ret, error);
  g_free (secret.usageID);
  return done;
}

static void
wipe (SecretGetValueRet *value)
{
  if (value->value != NULL)
    explicit_bzero (value->value, value->n_value);
  g_free (value->value);
}

static bool
seal_stored (const char *lib_dir, const QemuSecretUse *use, json_t *object, GError **error)
{
  SecretGetValueRet value = { 0 };
  bool done = read_stored (use, &value, error) && seal (lib_dir, value.value, value.n_value, object, error);

  wipe (&value);
  return done;
}

static void
say_who (const QemuSecretUse *use, GError **error)
{
  char uuid[UUID_TEXT_SIZE];

  g_prefix_error (error, "secret '%s' of %s: ",
                  use->ref->usage != NULL ? use->ref->usage : uuid_format (use->ref->uuid, uuid), use->what);
}

bool
qemu_secret_seal (const char *lib_dir, const QemuSecretUse *use, json_t *object, GError **error)
{
  if (use->ref == NULL)
    return seal (lib_dir, use->text, strlen (use->text), object, error);
  if (seal_stored (lib_dir, use, object, error))
    return true;
  say_who (use, error);
  return false;
}

char *
qemu_secret_read (const QemuSecretUse *use, GError **error)
{
  SecretGetValueRet value = { 0 };
  char *text = NULL;

  if (read_stored (use, &value, error))
    text = g_strndup ((const char *) value.value, value.n_value);
  else
    say_who (use, error);
  wipe (&value);
  return text;
}
