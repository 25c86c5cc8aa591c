/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents with one mistake each: the code and subsystem that libvirt 9.0.0
 * gives, and what our words must say about the place. Domains have their own. */
#include "model/documents.h"
#include "model/storage/volume.h"
#include "util/error.h"

typedef struct
{
  const char *document;
  const char *xml;
  virErrorNumber code;
  virErrorDomain from;
  const char *text;             /* part of the message */
} Mistake;

#define E(code_) VIR_ERR_##code_
#define F(from_) VIR_FROM_##from_
#define SECRET(body_) "<secret>\n" body_ "</secret>"
#define POOL(type_, source_) "<pool type='" type_ "'>\n<name>p</name>\n<source>" source_ "</source>\n<target><path>/x</path></target></pool>"
#define TARGET(body_) "<pool type='dir'>\n<name>p</name>\n<target>" body_ "</target></pool>"
#define HOST "<host name='h'/>"
#define AUTH(body_) POOL ("rbd", HOST "<name>n</name><auth " body_ "</auth>")
#define ADAPTER(body_) POOL ("scsi", "<adapter " body_ "</adapter>")
#define WWN "0123456789abcdef"
#define VOLUME(body_) "<volume>\n<name>v</name>\n" body_ "</volume>"
#define ENCRYPTION(body_) VOLUME ("<target><encryption " body_ "</encryption></target>")
#define DEVICE(type_, body_) "<device>\n<name>d</name>\n<capability type='" type_ "'>" body_ "</capability></device>"
#define PCI "<domain>0</domain><bus>0</bus><slot>0</slot><function>0</function><product id='1'/><vendor id='2'/>"

static const Mistake mistakes[] = {
  { "secret", SECRET ("<usage/>"), E (XML_ERROR), F (SECRET), "secret/usage at line 2: '@type' is missing" },
  { "secret", SECRET ("<usage type='x'/>"), E (CONFIG_UNSUPPORTED), F (SECRET), "not one of none, volume, ceph, iscsi, tls, vtpm" },
  { "secret", SECRET ("<usage type='volume'><name>a</name></usage>"), E (INTERNAL_ERROR), F (SECRET), "'volume' is missing" },
  { "secret", SECRET ("<usage type='ceph'/>"), E (INTERNAL_ERROR), F (SECRET), "'name' is missing" },
  { "secret", SECRET ("<usage type='iscsi'/>"), E (INTERNAL_ERROR), F (SECRET), "'target' is missing" },
  { "secret", SECRET ("<uuid>x</uuid>"), E (INTERNAL_ERROR), F (SECRET), "secret/uuid at line 2" },
  { "secret", "<secret ephemeral='x'/>", E (XML_ERROR), F (SECRET), "secret at line 1: attribute 'ephemeral' is 'x'" },

  { "storagepool", "<pool><name>p</name></pool>", E (XML_ERROR), F (STORAGE), "'@type' is missing" },
  { "storagepool", POOL ("x", ""), E (XML_ERROR), F (STORAGE), "pool at line 1: attribute 'type' is 'x'" },
  { "storagepool", "<pool type='dir'/>", E (XML_ERROR), F (STORAGE), "'name' is missing" },
  { "storagepool", "<pool type='dir'><name>a/b</name><target><path>/x</path></target></pool>", E (XML_ERROR), F (STORAGE), "'a/b'" },
  { "storagepool", "<pool type='dir'><name>p</name></pool>", E (XML_ERROR), F (STORAGE), "'target/path' is missing" },
  { "storagepool", POOL ("fs", ""), E (XML_ERROR), F (STORAGE), "'source/device' is missing in a pool of type 'fs'" },
  { "storagepool", POOL ("netfs", ""), E (XML_ERROR), F (STORAGE), "'source/host' is missing" },
  { "storagepool", POOL ("netfs", HOST), E (XML_ERROR), F (STORAGE), "'source/dir/@path' is missing" },
  { "storagepool", POOL ("iscsi", HOST), E (XML_ERROR), F (STORAGE), "'source/device' is missing" },
  { "storagepool", POOL ("scsi", ""), E (XML_ERROR), F (STORAGE), "'source/adapter' is missing" },
  { "storagepool", POOL ("rbd", HOST), E (XML_ERROR), F (STORAGE), "'source/name' is missing" },
  { "storagepool", POOL ("netfs", "<host/>"), E (XML_ERROR), F (STORAGE), "pool/source/host at line 3: '@name' is missing" },
  { "storagepool", POOL ("netfs", "<host name='h' port='x'/>"), E (XML_ERROR), F (STORAGE), "attribute 'port' is 'x'" },
  { "storagepool", POOL ("disk", "<device/>"), E (XML_ERROR), F (STORAGE), "pool/source/device at line 3: '@path' is missing" },
  { "storagepool", POOL ("disk", "<device path='/a' part_separator='x'/>"), E (XML_ERROR), F (STORAGE), "'part_separator'" },
  { "storagepool", POOL ("fs", "<format type='nfs'/>"), E (CONFIG_UNSUPPORTED), F (STORAGE), "not one of auto, ext2" },
  { "storagepool", POOL ("netfs", "<format type='xfs'/>"), E (CONFIG_UNSUPPORTED), F (STORAGE), "not one of auto, nfs, glusterfs, cifs" },
  { "storagepool", POOL ("logical", "<format type='dos'/>"), E (CONFIG_UNSUPPORTED), F (STORAGE), "'dos'" },
  { "storagepool", AUTH ("type='x'>"), E (CONFIG_UNSUPPORTED), F (NONE), "pool/source/auth at line 3: attribute 'type' is 'x'" },
  { "storagepool", AUTH ("type='ceph'>"), E (XML_ERROR), F (NONE), "'@username' is missing" },
  { "storagepool", AUTH ("type='ceph' username=''><secret usage='a'/>"), E (XML_ERROR), F (NONE), "'@username' is empty" },
  { "storagepool", AUTH ("type='ceph' username='a'>"), E (XML_ERROR), F (NONE), "'secret' is missing" },
  { "storagepool", AUTH ("type='ceph' username='a'><secret/>"), E (XML_ERROR), F (NONE), "auth/secret at line 3: a secret has either" },
  { "storagepool", AUTH ("username='a'><secret usage='a'/>"), E (CONFIG_UNSUPPORTED), F (STORAGE), "'source/auth' has no type" },
  { "storagepool", ADAPTER ("type='x'>"), E (XML_ERROR), F (STORAGE), "pool/source/adapter at line 3: attribute 'type' is 'x'" },
  { "storagepool", ADAPTER (">"), E (XML_ERROR), F (STORAGE), "either 'name' or 'parentaddr'" },
  { "storagepool", ADAPTER ("name='a' parent='b'>"), E (XML_ERROR), F (STORAGE), "need a 'type'" },
  { "storagepool", ADAPTER ("type='scsi_host'><parentaddr unique_id='1'/>"), E (XML_ERROR), F (STORAGE), "'address' is missing" },
  { "storagepool", ADAPTER ("type='scsi_host'><parentaddr><address/></parentaddr>"), E (XML_ERROR), F (STORAGE), "'@unique_id' is missing" },
  { "storagepool", ADAPTER ("type='fc_host' wwnn='" WWN "'>"), E (XML_ERROR), F (STORAGE), "'@wwpn' is missing" },
  { "storagepool", ADAPTER ("type='fc_host' wwnn='" WWN "' wwpn='1'>"), E (INTERNAL_ERROR), F (NONE), "'wwpn' is '1', not 16 hexadecimal digits" },
  { "storagepool", ADAPTER ("type='fc_host' wwnn='" WWN "' wwpn='" WWN "' parent_wwnn='" WWN "'>"), E (XML_ERROR), F (STORAGE), "go together" },
  { "storagepool", "<pool type='mpath'><name>p</name><features><cow state='yes'/></features><target><path>/x</path></target></pool>",
    E (NO_SUPPORT), F (STORAGE), "'features/cow'" },
  { "storagepool", TARGET ("<path>/x</path><permissions><mode>1777</mode></permissions>"), E (XML_ERROR), F (STORAGE), "pool/target/permissions/mode at line 3" },
  { "storagepool", TARGET ("<path>/x</path><permissions><owner>-2</owner></permissions>"), E (XML_ERROR), F (STORAGE), "pool/target/permissions/owner" },
  { "storagepool", "<pool type='dir'><name>p</name><target><path>/x</path></target><refresh><volume allocation='x'/></refresh></pool>",
    E (CONFIG_UNSUPPORTED), F (STORAGE), "not one of default, capacity" },

  { "storagevol", "<volume/>", E (XML_ERROR), F (STORAGE), "'name' is missing" },
  { "storagevol", "<volume type='x'><name>v</name></volume>", E (CONFIG_UNSUPPORTED), F (STORAGE), "attribute 'type' is 'x'" },
  { "storagevol", VOLUME ("<capacity>x</capacity>"), E (XML_ERROR), F (STORAGE), "volume/capacity at line 3" },
  { "storagevol", VOLUME ("<capacity unit='X'>1</capacity>"), E (INVALID_ARG), F (NONE), "unit 'X'" },
  { "storagevol", VOLUME ("<capacity unit='EiB'>99</capacity>"), E (OVERFLOW), F (NONE), "99 EiB" },
  { "storagevol", VOLUME ("<target><format type='x'/></target>"), E (CONFIG_UNSUPPORTED), F (STORAGE), "volume/target/format at line 3" },
  { "storagevol", VOLUME ("<target><compat>2</compat></target>"), E (XML_ERROR), F (STORAGE), "'target/compat' is '2'" },
  { "storagevol", VOLUME ("<target><features><x/></features></target>"), E (CONFIG_UNSUPPORTED), F (STORAGE), "volume/target/features/x at line 3" },
  { "storagevol", ENCRYPTION (">"), E (XML_ERROR), F (STORAGE), "volume/target/encryption at line 3: '@format' is missing" },
  { "storagevol", ENCRYPTION ("format='x'>"), E (CONFIG_UNSUPPORTED), F (STORAGE), "not one of default, qcow, luks, luks2, luks-any" },
  { "storagevol", ENCRYPTION ("format='luks' engine='x'>"), E (XML_ERROR), F (STORAGE), "not one of qemu, librbd" },
  { "storagevol", ENCRYPTION ("format='luks'><secret usage='a'/>"), E (XML_ERROR), F (STORAGE), "encryption/secret at line 3: '@type' is missing" },
  { "storagevol", ENCRYPTION ("format='luks'><secret type='x' usage='a'/>"), E (CONFIG_UNSUPPORTED), F (STORAGE), "passphrase" },
  { "storagevol", ENCRYPTION ("format='luks'><cipher name='aes'/>"), E (XML_ERROR), F (STORAGE), "'@size' is missing" },
  { "storagevol", ENCRYPTION ("format='luks'><ivgen name='plain64'/>"), E (XML_ERROR), F (STORAGE), "only with a 'cipher'" },

  { "nodedev", "<device><name>d</name></device>", E (INTERNAL_ERROR), F (NODEDEV), "'capability' is missing" },
  { "nodedev", DEVICE ("x", ""), E (XML_ERROR), F (NODEDEV), "device/capability at line 3: attribute 'type' is 'x', not one of system, pci" },
  { "nodedev", "<device><devnode type='x'/><capability type='system'/></device>", E (XML_ERROR), F (NODEDEV), "not one of dev, link" },
  { "nodedev", DEVICE ("pci", "<bus>0</bus>"), E (INTERNAL_ERROR), F (NODEDEV), "'domain' is missing" },
  { "nodedev", DEVICE ("pci", PCI "<capability type='x'/>"), E (XML_ERROR), F (NODEDEV), "device/capability/capability at line 3" },
  { "nodedev", DEVICE ("pci", PCI "<iommuGroup/>"), E (INTERNAL_ERROR), F (NODEDEV), "'@number' is missing" },
  { "nodedev", DEVICE ("pci", PCI "<pci-express><link validity='cap' speed='3'/></pci-express>"), E (XML_ERROR), F (NODEDEV), "not one of 2.5, 5, 8" },
  { "nodedev", DEVICE ("net", "<interface>a</interface><feature name='x'/>"), E (XML_ERROR), F (NODEDEV), "not one of rx, tx" },
  { "nodedev", DEVICE ("net", "<interface>a</interface><capability type='x'/>"), E (XML_ERROR), F (NODEDEV), "not one of 80203, 80211" },
  { "nodedev", DEVICE ("storage", ""), E (INTERNAL_ERROR), F (NODEDEV), "'block' is missing" },
  { "nodedev", DEVICE ("drm", "<type>x</type>"), E (INTERNAL_ERROR), F (NODEDEV), "not one of primary, control, render" },
  { "nodedev", DEVICE ("mdev", ""), E (INTERNAL_ERROR), F (NODEDEV), "'type/@id' is missing" },
  { "nodedev", DEVICE ("mdev", "<type id='a'/><attr name='b'/>"), E (XML_ERROR), F (NODEDEV), "'@value' is missing" },
  { "nodedev", DEVICE ("ccw", "<cssid>0</cssid><ssid>4</ssid><devno>1</devno>"), E (XML_ERROR), F (NONE), "device/capability/ssid at line 3" },
  { "nodedev", DEVICE ("ap_queue", "<ap-adapter>1</ap-adapter>"), E (INTERNAL_ERROR), F (NODEDEV), "'ap-domain' is missing" },
};

static void
check (const GError *error, const Mistake *mistake)
{
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_cmpint (virt_error_code (error), ==, mistake->code);
  g_assert_cmpint (virt_error_detail (error)->from, ==, mistake->from);
  g_assert_nonnull (strstr (error->message, mistake->text));
}

static void
test_mistake (gconstpointer data)
{
  const Mistake *mistake = data;
  const XmlSchema *schema = document_by_name (mistake->document)->schema;
  g_autoptr (GError) error = NULL;

  g_assert_null (xml_parse (schema, mistake->xml, strlen (mistake->xml), XML_PARSE_INACTIVE, &error));
  check (error, mistake);
}

/* What a volume may have depends on its pool. */
static void
test_volume (void)
{
  static const struct { const char *xml; PoolType pool; unsigned int flags; Mistake mistake; } cases[] = {
    { VOLUME (""), POOL_TYPE_DIR, 0, { NULL, NULL, E (XML_ERROR), F (STORAGE), "'capacity' is missing in volume 'v'" } },
    { VOLUME (""), POOL_TYPE_DIR, VOLUME_OPTIONAL_CAPACITY, { NULL, NULL, E (XML_ERROR), F (STORAGE), "'capacity'" } },
    { VOLUME ("<capacity>1</capacity><target><format type='linux'/></target>"), POOL_TYPE_DIR, 0,
      { NULL, NULL, E (CONFIG_UNSUPPORTED), F (STORAGE), "'linux'" } },
    { VOLUME ("<capacity>1</capacity><target><format type='qcow2'/></target>"), POOL_TYPE_DISK, 0,
      { NULL, NULL, E (CONFIG_UNSUPPORTED), F (STORAGE), "of type 'disk'" } },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      StorageVolume *volume = xml_parse (&storage_volume_schema, cases[i].xml, strlen (cases[i].xml), 0, &error);

      g_assert_no_error (error);
      g_assert_false (storage_volume_complete (volume, cases[i].pool, cases[i].flags, &error));
      check (error, &cases[i].mistake);
      xml_free (&storage_volume_schema, volume);
    }
}

/* What a volume does not say comes from its pool. */
static void
test_volume_defaults (void)
{
  static const struct { PoolType pool; VolumeFormat format; } cases[] = {
    { POOL_TYPE_DIR, VOLUME_FORMAT_RAW }, { POOL_TYPE_DISK, VOLUME_FORMAT_NONE }, { POOL_TYPE_LOGICAL, VOLUME_FORMAT_ABSENT },
    { POOL_TYPE_RBD, VOLUME_FORMAT_RAW }, { POOL_TYPE_VSTORAGE, VOLUME_FORMAT_RAW }, { POOL_TYPE_ISCSI, VOLUME_FORMAT_ABSENT },
  };
  static const char xml[] = VOLUME ("<capacity unit='KiB'>4</capacity><backingStore><path>/b</path></backingStore>");

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      StorageVolume *volume = xml_parse (&storage_volume_schema, xml, strlen (xml), 0, &error);

      g_assert_no_error (error);
      g_assert_true (storage_volume_complete (volume, cases[i].pool, 0, &error));
      g_assert_cmpint (volume->target.format, ==, cases[i].format);
      g_assert_cmpint (volume->backing->format, ==, cases[i].format);
      g_assert_cmpuint (volume->allocation, ==, 4096);
      xml_free (&storage_volume_schema, volume);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/mistake/%s/%u", mistakes[i].document, i);

      g_test_add_data_func (path, &mistakes[i], test_mistake);
    }
  g_test_add_func ("/volume/mistakes", test_volume);
  g_test_add_func ("/volume/defaults", test_volume_defaults);
  return g_test_run ();
}
