/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/daemon-private.h"
#include "protocol/remote.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/paths.h"

#define TOKEN_BYTES 16
#define TOKEN_LENGTH (2 * TOKEN_BYTES)
#define TOKEN_PARAM "system.token"

static const struct
{
  const char *name;
  int type;
  size_t offset;
} fields[] = {
  { VIR_CONNECT_IDENTITY_USER_NAME, VIR_TYPED_PARAM_STRING, offsetof (Identity, user) },
  { VIR_CONNECT_IDENTITY_UNIX_USER_ID, VIR_TYPED_PARAM_ULLONG, offsetof (Identity, uid) },
  { VIR_CONNECT_IDENTITY_GROUP_NAME, VIR_TYPED_PARAM_STRING, offsetof (Identity, group) },
  { VIR_CONNECT_IDENTITY_UNIX_GROUP_ID, VIR_TYPED_PARAM_ULLONG, offsetof (Identity, gid) },
  { VIR_CONNECT_IDENTITY_PROCESS_ID, VIR_TYPED_PARAM_LLONG, offsetof (Identity, pid) },
  { VIR_CONNECT_IDENTITY_PROCESS_TIME, VIR_TYPED_PARAM_ULLONG, offsetof (Identity, pid_start) },
  { VIR_CONNECT_IDENTITY_SASL_USER_NAME, VIR_TYPED_PARAM_STRING, offsetof (Identity, sasl_user) },
  { VIR_CONNECT_IDENTITY_X509_DISTINGUISHED_NAME, VIR_TYPED_PARAM_STRING, offsetof (Identity, x509_dname) },
  { VIR_CONNECT_IDENTITY_SELINUX_CONTEXT, VIR_TYPED_PARAM_STRING, offsetof (Identity, selinux) },
};

static void
add_param (RemoteTypedParam *param, const char *name, int type, const void *value)
{
  param->field = g_strdup (name);
  param->value.type = type;
  if (type == VIR_TYPED_PARAM_STRING)
    param->value.s = g_strdup (value);
  else
    param->value.l = *(const int64_t *) value;
}

RemoteTypedParam *
identity_to_params (const Identity *identity, const char *token, unsigned int *ret_n)
{
  RemoteTypedParam *params = g_new0 (RemoteTypedParam, G_N_ELEMENTS (fields) + 1);
  unsigned int n = 0;

  for (unsigned int i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      const void *member = (const char *) identity + fields[i].offset;

      if (fields[i].type != VIR_TYPED_PARAM_STRING && *(const int64_t *) member != -1)
        add_param (&params[n++], fields[i].name, fields[i].type, member);
      else if (fields[i].type == VIR_TYPED_PARAM_STRING && *(char *const *) member != NULL)
        add_param (&params[n++], fields[i].name, fields[i].type, *(char *const *) member);
    }
  if (token != NULL)
    add_param (&params[n++], TOKEN_PARAM, VIR_TYPED_PARAM_STRING, token);
  *ret_n = n;
  return params;
}

static bool
take_param (Identity *identity, const RemoteTypedParam *param, GError **error)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      void *member = (char *) identity + fields[i].offset;

      if (!g_str_equal (param->field, fields[i].name))
        continue;
      if (param->value.type != fields[i].type)
        return fail (error, VIR_FROM_IDENTITY, VIR_ERR_INVALID_ARG,
                     "identity parameter '%s' has type %d, not %d", param->field, param->value.type, fields[i].type);
      if (fields[i].type != VIR_TYPED_PARAM_STRING)
        {
          *(int64_t *) member = param->value.l;
          return true;
        }
      g_free (*(char **) member);
      *(char **) member = g_strdup (param->value.s);
      return true;
    }
  return fail (error, VIR_FROM_IDENTITY, VIR_ERR_INVALID_ARG, "unknown identity parameter '%s'", param->field);
}

bool
identity_from_params (Identity *ret_identity, const RemoteTypedParam *params, unsigned int n,
                      const char **ret_token, GError **error)
{
  Identity identity = { .uid = -1, .gid = -1, .pid = -1 };

  *ret_token = NULL;
  for (unsigned int i = 0; i < n; i++)
    if (g_str_equal (params[i].field, TOKEN_PARAM) && params[i].value.type == VIR_TYPED_PARAM_STRING)
      *ret_token = params[i].value.s;
    else if (!take_param (&identity, &params[i], error))
      {
        identity_clear (&identity);
        return false;
      }
  *ret_identity = identity;
  return true;
}

static char *
read_token (const char *path)
{
  char text[TOKEN_LENGTH + 1] = { 0 };
  fd_auto int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

  if (fd < 0 || read (fd, text, TOKEN_LENGTH) != TOKEN_LENGTH || strspn (text, "0123456789abcdef") != TOKEN_LENGTH)
    return NULL;
  return g_strdup (text);
}

/* Writes a token beside and links it into place: whoever comes first wins. */
static bool
make_token (const char *path, GError **error)
{
  g_autofree char *temp = g_strdup_printf ("%s.%d", path, (int) getpid ());
  uint8_t random[TOKEN_BYTES];
  char text[TOKEN_LENGTH + 1];
  fd_auto int fd = -1;
  bool ok;

  if (getrandom (random, sizeof random, 0) != (ssize_t) sizeof random)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot get random bytes");
  for (unsigned int i = 0; i < TOKEN_BYTES; i++)
    g_snprintf (text + 2 * i, 3, "%02x", random[i]);
  fd = open (temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  ok = fd >= 0 && write (fd, text, TOKEN_LENGTH) == TOKEN_LENGTH && (link (temp, path) == 0 || errno == EEXIST);
  if (!ok)
    fail_errno (error, VIR_FROM_NONE, errno, "cannot write '%s'", path);
  unlink (temp);
  return ok;
}

char *
system_token (GError **error)
{
  g_autofree char *dir = path_make (PATH_RUN, "common");
  g_autofree char *path = g_strconcat (dir, "/system.token", NULL);
  char *token = read_token (path);

  if (token != NULL)
    return token;
  if (g_mkdir_with_parents (dir, 0755) < 0)
    return fail_errno_null (error, VIR_FROM_NONE, errno, "cannot make directory '%s'", dir);
  if (!make_token (path, error))
    return NULL;
  token = read_token (path);
  if (token == NULL)
    fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "'%s' does not hold a token", path);
  return token;
}
