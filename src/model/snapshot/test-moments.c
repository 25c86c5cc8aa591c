/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Snapshots, checkpoints and backups of a guest with four disks: what a request leaves open,
 * and what is refused. Their documents as such are among those of cases/. */
#include "model/snapshot/backup.h"
#include "model/snapshot/checkpoint.h"
#include "model/snapshot/moment.h"
#include "model/snapshot/snapshot.h"

static const char guest[] =
  "<domain type='qemu'><name>a</name><memory>16384</memory><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>"
  "<disk type='file'><driver type='qcow2'/><source file='/i.d/a.qcow2'/><target dev='vda'/></disk>"
  "<disk type='file'><driver type='qcow2'/><source file='/i.d/b'/><target dev='vdb'/></disk>"
  "<disk type='block' snapshot='no'><source dev='/dev/c'/><target dev='vdc'/></disk>"
  "<disk type='file' device='cdrom'><target dev='hda' bus='ide'/></disk></devices></domain>";

static Domain *
make_guest (void)
{
  g_autoptr (GError) error = NULL;
  Domain *domain = domain_parse (guest, strlen (guest), DOMAIN_PARSE_INACTIVE, &error);

  g_assert_no_error (error);
  return domain;
}

static void
expect_error (const GError *error, virErrorNumber code, const char *text)
{
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_cmpint (virt_error_code (error), ==, code);
  g_assert_nonnull (strstr (error->message, text));
}

typedef struct
{
  const char *name;
  const char *in, *out;         /* what is inside the root element */
  int mode;                     /* snapshot: where to */
  bool is_uniform;
  virErrorNumber code;          /* if not 0, `out` is in the error's text */
} MomentCase;

#define S_(name_, attributes_) "    <disk name='" name_ "'" attributes_ "/>\n"
#define OVERLAY(name_, file_) \
  "    <disk name='" name_ "' snapshot='external' type='file'>\n      <source file='" file_ "'/>\n    </disk>\n"
#define NO_REST S_ ("vdc", " snapshot='no'") S_ ("hda", " snapshot='no'")
#define REFUSED .code = VIR_ERR_CONFIG_UNSUPPORTED

static const MomentCase snapshots[] = {
  { "all-external", "", OVERLAY ("vda", "/i.d/a.s") OVERLAY ("vdb", "/i.d/b.s") NO_REST, DISK_SNAPSHOT_EXTERNAL },
  { "all-internal", "", S_ ("vda", " snapshot='internal'") S_ ("vdb", " snapshot='internal'") NO_REST, DISK_SNAPSHOT_INTERNAL },
  { "order", "<disk name='/i.d/b'><source file='/x'/></disk><disk name='vda' snapshot='no'/>",
    S_ ("vda", " snapshot='no'") OVERLAY ("vdb", "/x") NO_REST, DISK_SNAPSHOT_EXTERNAL },
  { "asked-for", "<disk name='vdc' snapshot='external' type='block'><source dev='/dev/d'/></disk>",
    S_ ("vda", " snapshot='internal'") S_ ("vdb", " snapshot='internal'")
    "    <disk name='vdc' snapshot='external' type='block'>\n      <source dev='/dev/d'/>\n    </disk>\n" S_ ("hda", " snapshot='no'"),
    DISK_SNAPSHOT_INTERNAL },
  { "unknown", "<disk name='vdz'/>", "'vdz'", DISK_SNAPSHOT_EXTERNAL, REFUSED },
  { "twice", "<disk name='vda'/><disk name='/i.d/a.qcow2'/>", "'vda' is there twice", DISK_SNAPSHOT_EXTERNAL, REFUSED },
  { "no-file", "<disk name='vdc' snapshot='external'/>", "'vdc'", DISK_SNAPSHOT_EXTERNAL, REFUSED },
  { "no-medium", "<disk name='hda' snapshot='external'/>", "'hda'", DISK_SNAPSHOT_EXTERNAL, REFUSED },
  { "uniform", "<disk name='vda' snapshot='no'/>", "must be 'internal'", DISK_SNAPSHOT_INTERNAL, true, VIR_ERR_CONFIG_UNSUPPORTED },
  { "image-of-internal", "<disk name='vda' snapshot='internal'><source file='/x'/></disk>", "'/x'", DISK_SNAPSHOT_EXTERNAL, REFUSED },
};

static void
test_snapshot (gconstpointer data)
{
  const MomentCase *c = data;
  g_autofree char *in = g_strdup_printf ("<domainsnapshot><name>s</name><disks>%s</disks></domainsnapshot>", c->in);
  g_autofree char *expected = g_strdup_printf ("<domainsnapshot>\n  <name>s</name>\n  <creationTime>7</creationTime>\n"
                                               "  <disks>\n%s  </disks>\n</domainsnapshot>\n", c->out);
  g_autoptr (Domain) domain = make_guest ();
  g_autoptr (GError) error = NULL;
  DomainSnapshot *snapshot = xml_parse (&domain_snapshot_request_schema, in, strlen (in), 0, &error);

  g_assert_no_error (error);
  domain_snapshot_complete (snapshot, 7);
  bool ok = domain_snapshot_align (snapshot, domain, c->mode, c->is_uniform, &error);
  g_assert_cmpint (ok, ==, c->code == 0);
  g_autofree char *out = xml_format (&domain_snapshot_schema, snapshot, 0);
  if (ok)
    g_assert_cmpstr (out, ==, expected);
  else
    expect_error (error, c->code, c->out);
  xml_free (&domain_snapshot_schema, snapshot);
}

#define NONE(name_) S_ (name_, " checkpoint='no'")
#define BITMAP(name_) S_ (name_, " checkpoint='bitmap' bitmap='7'")

static const MomentCase checkpoints[] = {
  { "all", "", BITMAP ("vda") BITMAP ("vdb") BITMAP ("vdc") NONE ("hda") },
  { "one", "<disk name='vdb'/>", NONE ("vda") BITMAP ("vdb") NONE ("vdc") NONE ("hda") },
  { "none", "<disk name='vdb' checkpoint='no'/>", NONE ("vda") NONE ("vdb") NONE ("vdc") NONE ("hda") },
  { "unknown", "<disk name='vdz'/>", "'vdz'", REFUSED },
  { "twice", "<disk name='vda'/><disk name='vda'/>", "'vda' is there twice", REFUSED },
  { "no-medium", "<disk name='hda'/>", "'hda'", REFUSED },
  { "bitmap", "<disk name='vda' bitmap='b'/>", "'b'", REFUSED },
};

static void
test_checkpoint (gconstpointer data)
{
  const MomentCase *c = data;
  g_autofree char *in = g_strdup_printf ("<domaincheckpoint><disks>%s</disks></domaincheckpoint>", c->in);
  g_autofree char *expected = g_strdup_printf ("<domaincheckpoint>\n  <name>7</name>\n  <creationTime>7</creationTime>\n"
                                               "  <disks>\n%s  </disks>\n</domaincheckpoint>\n", c->out);
  g_autoptr (Domain) domain = make_guest ();
  g_autoptr (GError) error = NULL;
  DomainCheckpoint *checkpoint = xml_parse (&domain_checkpoint_request_schema, in, strlen (in), 0, &error);

  g_assert_no_error (error);
  domain_checkpoint_complete (checkpoint, 7);
  bool ok = domain_checkpoint_align (checkpoint, domain, false, &error);
  g_assert_cmpint (ok, ==, c->code == 0);
  g_autofree char *out = xml_format (&domain_checkpoint_schema, checkpoint, 0);
  if (ok)
    g_assert_cmpstr (out, ==, expected);
  else
    expect_error (error, c->code, c->out);
  xml_free (&domain_checkpoint_schema, checkpoint);
}

#define LEFT(name_) S_ (name_, " backup='no'")
#define TARGET(name_, attributes_, file_) \
  "    <disk name='" name_ "' backup='yes' type='file' " attributes_ ">\n      <target file='" file_ "'/>\n    </disk>\n"

static const MomentCase backups[] = {
  { "one", "<disks><disk name='vdb'/></disks>", TARGET ("vdb", "backupmode='full'", "/i.d/b.7") LEFT ("vda") LEFT ("vdc") LEFT ("hda") },
  { "all-files", "<disks><disk name='vdc' type='block'><target dev='/dev/d'/></disk><disk name='vda'/><disk name='/i.d/b'/></disks>",
    "    <disk name='vdc' backup='yes' type='block' backupmode='full'>\n      <target dev='/dev/d'/>\n    </disk>\n"
    TARGET ("vda", "backupmode='full'", "/i.d/a.qcow2.7") TARGET ("vdb", "backupmode='full'", "/i.d/b.7") LEFT ("hda") },
  { "since", "<disks><disk name='vda' incremental='c'><target file='/t'/></disk></disks>",
    TARGET ("vda", "backupmode='incremental' incremental='c'", "/t") LEFT ("vdb") LEFT ("vdc") LEFT ("hda") },
  { "incremental", "<disks><disk name='vda' backupmode='incremental'/></disks>", "'vda'", REFUSED },
  { "no-file", "", "'vdc'", REFUSED },
  { "unknown", "<disks><disk name='vdz'/></disks>", "'vdz'", REFUSED },
  { "no-medium", "<disks><disk name='hda'/></disks>", "'hda'", REFUSED },
  { "nothing", "<disks><disk name='hda' backup='no'/></disks>", "no disk", .code = VIR_ERR_OPERATION_UNSUPPORTED },
};

static void
test_backup (gconstpointer data)
{
  const MomentCase *c = data;
  g_autofree char *in = g_strdup_printf ("<domainbackup>%s</domainbackup>", c->in);
  g_autofree char *expected = g_strdup_printf ("<domainbackup mode='push'>\n  <disks>\n%s  </disks>\n</domainbackup>\n", c->out);
  g_autoptr (Domain) domain = make_guest ();
  g_autoptr (GError) error = NULL;
  DomainBackup *backup = xml_parse (&domain_backup_schema, in, strlen (in), 0, &error);

  g_assert_no_error (error);
  bool ok = domain_backup_align (backup, domain, "7", &error);
  g_assert_cmpint (ok, ==, c->code == 0);
  g_autofree char *out = xml_format (&domain_backup_schema, backup, 0);
  if (ok)
    g_assert_cmpstr (out, ==, expected);
  else
    expect_error (error, c->code, c->out);
  xml_free (&domain_backup_schema, backup);
}

/* What status files keep of a backup. */
static void
test_backup_status (void)
{
  static const char text[] =
    "<domainbackup mode='pull'>\n  <server transport='tcp' name='h' port='1'/>\n  <disks>\n"
    "    <disk name='vda' backup='yes' state='running' type='file' backupmode='full' index='6'>\n"
    "      <scratch file='/s'>\n        <privateData>\n          <nodenames>\n            <nodename type='storage' name='n'/>\n"
    "          </nodenames>\n        </privateData>\n      </scratch>\n    </disk>\n"
    "    <disk name='vdb' backup='yes' state='cancelling' type='file' backupmode='full'>\n      <scratch file='/t'/>\n    </disk>\n"
    "  </disks>\n  <privateData>\n    <objects>\n      <secret type='tlskey' alias='a'/>\n      <TLSx509 alias='b'/>\n"
    "    </objects>\n  </privateData>\n</domainbackup>\n";
  g_autoptr (GError) error = NULL;
  DomainBackup *backup = xml_parse (&domain_backup_schema, text, strlen (text), XML_PARSE_STATUS, &error);
  g_autofree char *status = xml_format (&domain_backup_schema, backup, XML_FORMAT_STATUS);
  g_autofree char *plain = xml_format (&domain_backup_schema, backup, 0);

  g_assert_no_error (error);
  g_assert_cmpstr (status, ==, text);
  g_assert_null (strstr (plain, "state="));
  g_assert_null (strstr (plain, "privateData"));
  xml_free (&domain_backup_schema, backup);
}

/* Documents that are refused when read, with what the error names. */
static const struct { const XmlSchema *schema; const char *text; virErrorNumber code; const char *named; } mistakes[] = {
  { &domain_snapshot_schema, "<domainsnapshot><state>x</state></domainsnapshot>", VIR_ERR_CONFIG_UNSUPPORTED, "domainsnapshot/state" },
  { &domain_snapshot_schema, "<domainsnapshot><creationTime>x</creationTime></domainsnapshot>", VIR_ERR_INTERNAL_ERROR, "creationTime" },
  { &domain_snapshot_schema, "<domainsnapshot><domain type='qemu'/></domainsnapshot>", VIR_ERR_NO_NAME, "domainsnapshot/domain" },
  { &domain_snapshot_schema, "<domainsnapshot><state>shutoff</state><memory snapshot='internal'/></domainsnapshot>", VIR_ERR_XML_ERROR,
    "memory" },
  { &domain_snapshot_request_schema, "<domainsnapshot><name>a/b</name></domainsnapshot>", VIR_ERR_XML_DETAIL, "a/b" },
  { &domain_snapshot_request_schema, "<domainsnapshot><name>.a</name></domainsnapshot>", VIR_ERR_XML_DETAIL, "'.a'" },
  { &domain_snapshot_request_schema, "<domainsnapshot><memory snapshot='x'/></domainsnapshot>", VIR_ERR_XML_ERROR, "'snapshot' is 'x'" },
  { &domain_snapshot_request_schema, "<domainsnapshot><memory snapshot='external'/></domainsnapshot>", VIR_ERR_XML_ERROR, "lacks a file" },
  { &domain_snapshot_request_schema, "<domainsnapshot><memory snapshot='internal' file='/m'/></domainsnapshot>", VIR_ERR_XML_ERROR, "'/m'" },
  { &domain_snapshot_request_schema, "<domainsnapshot><memory file='m'/></domainsnapshot>", VIR_ERR_XML_ERROR, "'m'" },
  { &domain_snapshot_request_schema, "<domainsnapshot><disks><disk/></disks></domainsnapshot>", VIR_ERR_INTERNAL_ERROR,
    "domainsnapshot/disks/disk at line 1: '@name'" },
  { &domain_snapshot_request_schema, "<domainsnapshot><disks><disk name='a' snapshot='x'/></disks></domainsnapshot>", VIR_ERR_XML_ERROR,
    "'snapshot' is 'x'" },
  { &domain_snapshot_request_schema, "<domainsnapshot><disks><disk name='a'><driver type='x'/></disk></disks></domainsnapshot>",
    VIR_ERR_CONFIG_UNSUPPORTED, "'type' is 'x'" },
  { &domain_snapshot_request_schema, "<domainsnapshot><disks><disk name='a' type='dir'/></disks></domainsnapshot>", VIR_ERR_XML_ERROR, "'dir'" },
  { &domain_snapshot_request_schema, "<domainsnapshot><disks><disk name='a'><source file='b'/></disk></disks></domainsnapshot>",
    VIR_ERR_XML_ERROR, "'b'" },
  { &domain_checkpoint_request_schema, "<domaincheckpoint><name>../a</name></domaincheckpoint>", VIR_ERR_XML_DETAIL, "'../a'" },
  { &domain_checkpoint_request_schema, "<domaincheckpoint><disks><disk/></disks></domaincheckpoint>", VIR_ERR_XML_ERROR, "'@name'" },
  { &domain_checkpoint_request_schema, "<domaincheckpoint><disks><disk name='a' checkpoint='x'/></disks></domaincheckpoint>",
    VIR_ERR_CONFIG_UNSUPPORTED, "'checkpoint' is 'x'" },
  { &domain_checkpoint_request_schema, "<domaincheckpoint><disks><disk name='a' checkpoint='no' bitmap='b'/></disks></domaincheckpoint>",
    VIR_ERR_XML_ERROR, "domaincheckpoint/disks/disk" },
  { &domain_backup_schema, "<domainbackup mode='x'/>", VIR_ERR_XML_ERROR, "'mode' is 'x'" },
  { &domain_backup_schema, "<domainbackup><server name='a'/></domainbackup>", VIR_ERR_XML_ERROR, "'server'" },
  { &domain_backup_schema, "<domainbackup mode='pull'><server/></domainbackup>", VIR_ERR_XML_ERROR, "domainbackup/server" },
  { &domain_backup_schema, "<domainbackup mode='pull'><server name='a' port='65536'/></domainbackup>", VIR_ERR_XML_ERROR, "65536" },
  { &domain_backup_schema, "<domainbackup mode='pull'><server transport='unix'/></domainbackup>", VIR_ERR_XML_ERROR, "socket" },
  { &domain_backup_schema, "<domainbackup mode='pull'><server transport='unix' socket='a'/></domainbackup>", VIR_ERR_XML_ERROR, "'a'" },
  { &domain_backup_schema, "<domainbackup mode='pull'><server transport='unix' tls='yes' socket='/a'/></domainbackup>", VIR_ERR_XML_ERROR, "tls" },
  { &domain_backup_schema, "<domainbackup mode='pull'><server transport='rdma' name='a'/></domainbackup>", VIR_ERR_CONFIG_UNSUPPORTED, "'rdma'" },
  { &domain_backup_schema, "<domainbackup><disks><disk/></disks></domainbackup>", VIR_ERR_XML_ERROR, "'@name'" },
  { &domain_backup_schema, "<domainbackup><disks><disk name='a' type='network'/></disks></domainbackup>", VIR_ERR_CONFIG_UNSUPPORTED, "'network'" },
  { &domain_backup_schema, "<domainbackup><disks><disk name='a'><scratch file='/a'/></disk></disks></domainbackup>", VIR_ERR_XML_ERROR, "'scratch'" },
  { &domain_backup_schema, "<domainbackup><disks><disk name='a'><target file='/a'/><scratch file='/a'/></disk></disks></domainbackup>",
    VIR_ERR_XML_ERROR, "'target'" },
  { &domain_backup_schema, "<domainbackup><disks><disk name='a' exportname='b'/></disks></domainbackup>", VIR_ERR_XML_ERROR, "exports" },
  { &domain_backup_schema, "<domainbackup><disks><disk name='a' backupmode='full' incremental='c'/></disks></domainbackup>",
    VIR_ERR_XML_ERROR, "'incremental'" },
};

static void
test_mistakes (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (xml_parse (mistakes[i].schema, mistakes[i].text, strlen (mistakes[i].text), 0, &error));
      expect_error (error, mistakes[i].code, mistakes[i].named);
      g_assert_nonnull (strstr (error->message, "at line 1"));
    }
}

static void
test_redefinitions (void)
{
  static const char *const snapshots_cut[] = { "", "<name>a</name>", "<name>a</name><creationTime>5</creationTime>" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (snapshots_cut); i++)
    {
      g_autofree char *in = g_strdup_printf ("<domainsnapshot>%s</domainsnapshot>", snapshots_cut[i]);
      g_autofree char *other = g_strdup_printf ("<domaincheckpoint>%s</domaincheckpoint>", snapshots_cut[i]);
      DomainSnapshot *snapshot = xml_parse (&domain_snapshot_schema, in, strlen (in), 0, NULL);
      DomainCheckpoint *checkpoint = xml_parse (&domain_checkpoint_schema, other, strlen (other), 0, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_false (domain_snapshot_check_redefinition (snapshot, &error));
      g_assert_cmpint (domain_checkpoint_check_redefinition (checkpoint, NULL), ==, i == 2);
      snapshot->state = SNAPSHOT_STATE_RUNNING;
      g_assert_cmpint (domain_snapshot_check_redefinition (snapshot, NULL), ==, i == 2);
      xml_free (&domain_snapshot_schema, snapshot);
      xml_free (&domain_checkpoint_schema, checkpoint);
    }
}

static void
add_cases (const char *folder, const MomentCase *cases, unsigned int n, GTestDataFunc run)
{
  for (unsigned int i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("/moments/%s/%s", folder, cases[i].name);

      g_test_add_data_func (path, &cases[i], run);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_cases ("snapshot", snapshots, G_N_ELEMENTS (snapshots), test_snapshot);
  add_cases ("checkpoint", checkpoints, G_N_ELEMENTS (checkpoints), test_checkpoint);
  add_cases ("backup", backups, G_N_ELEMENTS (backups), test_backup);
  g_test_add_func ("/moments/backup-status", test_backup_status);
  g_test_add_func ("/moments/mistakes", test_mistakes);
  g_test_add_func ("/moments/redefinitions", test_redefinitions);
  return g_test_run ();
}
