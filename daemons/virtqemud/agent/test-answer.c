/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers that an agent may give, and those that it must not. */
#include "agent/answer.h"

#include <string.h>

#include "util/error.h"
#include "util/json.h"

#define PCI "\"pci-controller\":{\"domain\":0,\"bus\":0,\"slot\":4,\"function\":0}"
#define ADDRESS "{" PCI ",\"bus-type\":\"virtio\",\"bus\":0,\"target\":0,\"unit\":0}"

typedef struct
{
  const char *name, *text;
  const AnswerShape *shape;
  const char *mistake;          /* NULL: the answer is good */
} Row;

static const Row rows[] = {
  { "int", "7", &answer_int, NULL },
  { "int-text", "\"7\"", &answer_int, "not an integer" },
  { "int-real", "7.5", &answer_int, "not an integer" },
  { "int-null", "null", &answer_int, "not an integer" },
  { "hostname", "{\"host-name\":\"a\",\"more\":[]}", &answer_hostname, NULL },
  { "hostname-empty", "{}", &answer_hostname, "without 'host-name'" },
  { "hostname-list", "[]", &answer_hostname, "not an object" },
  { "hostname-number", "{\"host-name\":7}", &answer_hostname, "not a text" },
  { "timezone", "{\"offset\":-3600}", &answer_timezone, NULL },
  { "timezone-null", "{\"offset\":0,\"zone\":null}", &answer_timezone, NULL },
  { "timezone-zone", "{\"offset\":0,\"zone\":7}", &answer_timezone, "'zone' that is not a text" },
  { "os", "{\"id\":\"debian\"}", &answer_os_info, NULL },
  { "os-number", "{\"id\":1}", &answer_os_info, "not a text" },
  { "users", "[{\"user\":\"a\",\"login-time\":1.5},{\"user\":\"b\",\"domain\":\"d\",\"login-time\":2}]", &answer_users, NULL },
  { "users-object", "{}", &answer_users, "not a list" },
  { "users-item", "[7]", &answer_users, "'user' that is not an object" },
  { "users-time", "[{\"user\":\"a\",\"login-time\":\"x\"}]", &answer_users, "not a number" },
  { "vcpus", "[{\"logical-id\":0,\"online\":true}]", &answer_vcpus, NULL },
  { "vcpus-online", "[{\"logical-id\":0,\"online\":1}]", &answer_vcpus, "not a truth value" },
  { "filesystems", "[{\"name\":\"vda\",\"mountpoint\":\"/\",\"type\":\"ext4\",\"disk\":[" ADDRESS "]}]",
    &answer_filesystems, NULL },
  { "filesystems-no-disk", "[{\"name\":\"vda\",\"mountpoint\":\"/\",\"type\":\"ext4\"}]", &answer_filesystems,
    "without 'disk'" },
  { "filesystems-pci", "[{\"name\":\"vda\",\"mountpoint\":\"/\",\"type\":\"ext4\",\"disk\":[{\"bus-type\":\"ide\"}]}]",
    &answer_filesystems, "without 'pci-controller'" },
  { "disks", "[{\"name\":\"/dev/vda\",\"partition\":false,\"dependencies\":[\"x\"],\"address\":" ADDRESS "}]",
    &answer_disks, NULL },
  { "disks-dependency", "[{\"name\":\"/dev/vda\",\"partition\":false,\"dependencies\":[7]}]", &answer_disks, "not a text" },
  { "interfaces", "[{\"name\":\"lo\",\"ip-addresses\":[{\"ip-address\":\"::1\",\"ip-address-type\":\"ipv6\","
                  "\"prefix\":128}]},{\"name\":\"eth0\"}]", &answer_interfaces, NULL },
  { "interfaces-prefix", "[{\"name\":\"lo\",\"ip-addresses\":[{\"ip-address\":\"::1\",\"ip-address-type\":\"ipv6\"}]}]",
    &answer_interfaces, "without 'prefix'" },
  { "keys", "{\"keys\":[\"ssh-rsa A\"]}", &answer_ssh_keys, NULL },
  { "keys-null", "{\"keys\":null}", &answer_ssh_keys, "not a list" },
  { "anything", "[]", &answer_anything, NULL },
};

static void
test_row (const void *data)
{
  const Row *row = data;
  g_autoptr (json_t) answer = json_from_text (row->text, strlen (row->text), "test", NULL);
  g_autoptr (GError) error = NULL;
  bool good = answer_check (answer, row->shape, "guest-test", &error);

  if (row->mistake == NULL)
    g_assert_no_error (error);
  g_assert_cmpint (good, ==, row->mistake == NULL);
  if (good)
    return;
  g_assert_true (virt_error_is (error, VIR_ERR_INTERNAL_ERROR));
  g_assert_nonnull (strstr (error->message, "'guest-test'"));
  if (strstr (error->message, row->mistake) == NULL)
    g_error ("'%s' does not say '%s'", error->message, row->mistake);
}

static void
test_too_long (void)
{
  g_autoptr (json_t) list = json_array ();
  g_autoptr (GError) error = NULL;

  for (unsigned int i = 0; i < 5000; i++)
    json_array_append_new (list, json_pack ("{s:s}", "name", "eth0"));
  g_assert_false (answer_check (list, &answer_interfaces, "guest-test", &error));
  g_assert_nonnull (strstr (error->message, "5000 items"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/answer/", rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/answer/too-long", test_too_long);
  return g_test_run ();
}
