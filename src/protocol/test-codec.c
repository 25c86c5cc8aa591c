/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "protocol/admin.h"
#include "protocol/remote.h"
#include "protocol/rpc-frame.h"
#include "protocol/test-names.h"
#include "protocol/test-values.h"

static const struct { const char *name; const TestNames *names; } programs[] = {
  { "rpc-frame", &rpc_frame_names }, { "remote", &remote_names }, { "qemu", &qemu_names },
  { "lxc", &lxc_names }, { "admin", &admin_names }, { "lock", &lock_names },
  { "log", &log_names }, { "swarm", &swarm_names },
};

static const TestNames *
find_program (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (programs); i++)
    if (strcmp (programs[i].name, name) == 0)
      return programs[i].names;
  g_error ("no program '%s'", name);
}

static unsigned int
find_struct (const TestNames *names, const char *name)
{
  for (unsigned int i = 0; i < names->types->n_structs; i++)
    if (strcmp (names->structs[i], name) == 0)
      return i;
  g_error ("no struct '%s'", name);
}

static GByteArray *
from_hex (const char *text)
{
  GByteArray *bytes = g_byte_array_new ();

  for (; *text != '\0'; text += 2)
    {
      uint8_t byte = g_ascii_xdigit_value (text[0]) * 16 + g_ascii_xdigit_value (text[1]);

      g_byte_array_append (bytes, &byte, 1);
    }
  return bytes;
}

/* Decodes from an exact copy of the bytes, so that a sanitizer sees any overrun. */
static bool
decode (const RpcTypes *types, unsigned int type, const uint8_t *bytes, size_t n, void *value,
        size_t *ret_used)
{
  g_autofree char *copy = g_memdup2 (bytes, n);
  XDR xdrs;
  bool ok;

  xdrmem_create (&xdrs, copy, n, XDR_DECODE);
  ok = rpc_xdr (&xdrs, types, type, value);
  if (ret_used != NULL)
    *ret_used = xdr_getpos (&xdrs);
  return ok;
}

/* Encodes into as many bytes as rpc_wire_size () asks for. NULL if it cannot be. */
static GByteArray *
encode (const RpcTypes *types, unsigned int type, const void *value)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  size_t size;
  XDR xdrs;

  if (!rpc_wire_size (types, type, value, &size))
    return NULL;
  g_byte_array_set_size (bytes, size);
  xdrmem_create (&xdrs, (char *) bytes->data, size, XDR_ENCODE);
  g_assert_true (rpc_xdr (&xdrs, types, type, (void *) value));
  g_assert_cmpuint (xdr_getpos (&xdrs), ==, size);
  return g_steal_pointer (&bytes);
}

static void
assert_cleared (const RpcTypes *types, unsigned int type, const uint8_t *value)
{
  for (size_t i = 0; i < types->structs[type].size; i++)
    g_assert_cmpuint (value[i], ==, 0);
}

/* -- against an independent encoder -- */

typedef void (*VectorFunc) (const TestNames *names, unsigned int type, GByteArray *bytes,
                            const char *text);

static unsigned int
each_vector (VectorFunc func)
{
  g_autofree char *content = NULL;
  g_auto (GStrv) lines = NULL;
  unsigned int n = 0;

  g_file_get_contents (g_getenv ("PROTOCOL_VECTORS"), &content, NULL, NULL);
  g_assert_nonnull (content);
  lines = g_strsplit (content, "\n", -1);
  for (char **line = lines; *line != NULL && **line != '\0'; line++, n++)
    {
      g_auto (GStrv) words = g_strsplit (*line, " ", 4);
      g_autoptr (GByteArray) bytes = from_hex (words[2]);
      const TestNames *names = find_program (words[0]);

      func (names, find_struct (names, words[1]), bytes, words[3]);
    }
  return n;
}

static void
check_vector (const TestNames *names, unsigned int type, GByteArray *bytes, const char *text)
{
  g_autofree void *value = g_malloc (names->types->structs[type].size);
  g_autofree char *dump = NULL;
  g_autoptr (GByteArray) again = NULL;
  size_t used;

  g_assert_true (decode (names->types, type, bytes->data, bytes->len, value, &used));
  g_assert_cmpuint (used, ==, bytes->len);
  dump = test_value_dump (names, type, value);
  g_assert_cmpstr (dump, ==, text);
  again = encode (names->types, type, value);
  g_assert_cmpmem (again->data, again->len, bytes->data, bytes->len);
  rpc_clear (names->types, type, value);
  assert_cleared (names->types, type, value);
}

static void
test_vectors (void)
{
  unsigned int structs = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (programs) - 1; i++)
    structs += programs[i].names->types->n_structs;
  g_assert_cmpuint (each_vector (check_vector), ==, structs);
}

static void
check_truncated (const TestNames *names, unsigned int type, GByteArray *bytes, const char *text)
{
  g_autofree uint8_t *value = g_malloc (names->types->structs[type].size);

  for (unsigned int n = 0; n < bytes->len; n++)
    {
      memset (value, 0xa5, names->types->structs[type].size);
      g_assert_false (decode (names->types, type, bytes->data, n, value, NULL));
      assert_cleared (names->types, type, value);
    }
}

static void
test_truncated (void)
{
  each_vector (check_truncated);
}

/* -- every struct against itself -- */

static void
round_trip (const TestNames *names, unsigned int type, GRand *rand, unsigned int max)
{
  size_t size = names->types->structs[type].size;
  g_autofree void *value = g_malloc0 (size);
  g_autofree void *back = g_malloc0 (size);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (GByteArray) bytes = NULL;

  test_value_fill (names->types, type, value, rand, max);
  bytes = encode (names->types, type, value);
  g_assert_nonnull (bytes);
  g_assert_cmpuint (bytes->len, >=, names->types->structs[type].wire_min);
  g_assert_true (decode (names->types, type, bytes->data, bytes->len, back, NULL));
  before = test_value_dump (names, type, value);
  after = test_value_dump (names, type, back);
  g_assert_cmpstr (before, ==, after);
  rpc_clear (names->types, type, value);
  rpc_clear (names->types, type, back);
}

static void
test_round_trip (void)
{
  static const unsigned int sizes[] = { 0, 1, 3, 17, 60 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (size_t i = 0; i < G_N_ELEMENTS (programs); i++)
    for (unsigned int type = 0; type < programs[i].names->types->n_structs; type++)
      for (size_t j = 0; j < G_N_ELEMENTS (sizes); j++)
        round_trip (programs[i].names, type, rand, sizes[j]);
}

/* Flips bytes: whatever still decodes must be a value that can be sent again. */
static void
check_garbage (const TestNames *names, unsigned int type, GByteArray *bytes, const char *text)
{
  g_autofree void *value = g_malloc (names->types->structs[type].size);
  g_autoptr (GRand) rand = g_rand_new_with_seed (type);

  for (unsigned int round = 0; round < 32 && bytes->len > 0; round++)
    {
      g_autoptr (GByteArray) again = NULL;

      for (unsigned int i = 0; i <= round / 8; i++)
        bytes->data[g_rand_int_range (rand, 0, bytes->len)] = g_rand_int (rand);
      if (!decode (names->types, type, bytes->data, bytes->len, value, NULL))
        continue;
      again = encode (names->types, type, value);
      g_assert_nonnull (again);
      rpc_clear (names->types, type, value);
    }
}

static void
test_garbage (void)
{
  each_vector (check_garbage);
}

/* -- what must be refused -- */

/* rows: what is wrong, and the bytes of a DomainBlockJobAbortArgs-like start */
static void
test_refused_bytes (void)
{
  static const struct { const char *what, *type, *hex; } rows[] = {
    { "string longer than the rest", "remote_nonnull_network", "00001000" "61616161" },
    { "string above its bound", "remote_nonnull_network", "00400001" "61616161" },
    { "NUL in a string", "remote_nonnull_nwfilter_binding",
      "00000003" "61006200" "00000001" "61000000" },
    { "optional that is neither there nor absent", "remote_connect_open_args",
      "00000002" "00000000" "00000000" },
    { "more elements than the bound", "remote_node_get_cells_free_memory_ret", "00000401" },
    { "more elements than bytes", "remote_connect_list_all_domains_ret", "00000002" "00000000"
      "00000000" "00000000" "00000000" "00000000" "00000000" "00000000" },
    { "unknown case of a union", "remote_typed_param_value", "00000008" "00000000" },
    { "char out of range", "remote_storage_vol_get_info_ret",
      "00000100" "0000000000000000" "0000000000000000" },
    { "unsigned char below zero", "remote_domain_get_info_ret",
      "ffffffff" "0000000000000000" "0000000000000000" "00000000" "0000000000000000" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GByteArray) bytes = from_hex (rows[i].hex);
      unsigned int type = find_struct (&remote_names, rows[i].type);
      g_autofree void *value = g_malloc (remote_types.structs[type].size);

      g_test_message ("%s", rows[i].what);
      g_assert_false (decode (&remote_types, type, bytes->data, bytes->len, value, NULL));
    }
}

static void
test_refused_values (void)
{
  g_autofree char *long_text = g_strnfill (REMOTE_STRING_MAX + 1, 'x');
  ConnectOpenArgs open = { .name = long_text };
  DomainLookupByNameArgs lookup = { .name = NULL };
  ConnectListDomainsRet list = { .ids = NULL, .n_ids = 3 };
  RemoteTypedParamValue value = { .type = 99 };
  char buffer[256];
  XDR xdrs;

  xdrmem_create (&xdrs, buffer, sizeof buffer, XDR_ENCODE);
  g_assert_false (xdr_connect_open_args (&xdrs, &open));
  g_assert_false (xdr_domain_lookup_by_name_args (&xdrs, &lookup));
  g_assert_false (xdr_connect_list_domains_ret (&xdrs, &list));
  g_assert_false (xdr_remote_typed_param_value (&xdrs, &value));
}

/* A buffer too small for the value fails, at whatever byte it ends. */
static void
test_short_buffer (void)
{
  char text[] = "vnet0";
  RpcError error = { .code = 1, .message = text, .str2 = text };
  char buffer[128];
  size_t size;
  XDR xdrs;

  g_assert_true (rpc_wire_size (&rpc_frame_types, 3, &error, &size));
  for (size_t n = 0; n < size; n++)
    {
      xdrmem_create (&xdrs, buffer, n, XDR_ENCODE);
      g_assert_false (xdr_rpc_error (&xdrs, &error));
    }
  xdrmem_create (&xdrs, buffer, size, XDR_ENCODE);
  g_assert_true (xdr_rpc_error (&xdrs, &error));
}

/* Wrappers free by scope, and by hand twice. */
static void
test_clear (void)
{
  g_auto (ConnectListAllDomainsRet) list = { 0 };
  DomainGetXmlDescRet xml = { .xml = g_strdup ("<domain/>") };

  list.n_domains = 2;
  list.domains = g_new0 (RemoteNonnullDomain, 2);
  list.domains[1].name = g_strdup ("b");
  domain_get_xml_desc_ret_clear (&xml);
  g_assert_null (xml.xml);
  domain_get_xml_desc_ret_clear (&xml);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/codec/vectors", test_vectors);
  g_test_add_func ("/codec/truncated", test_truncated);
  g_test_add_func ("/codec/round-trip", test_round_trip);
  g_test_add_func ("/codec/garbage", test_garbage);
  g_test_add_func ("/codec/refused-bytes", test_refused_bytes);
  g_test_add_func ("/codec/refused-values", test_refused_values);
  g_test_add_func ("/codec/short-buffer", test_short_buffer);
  g_test_add_func ("/codec/clear", test_clear);
  return g_test_run ();
}
