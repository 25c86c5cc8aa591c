/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/status/domain-status.h"

#include "model/domain/rules.h"
#include "model/domain/storage-tables.h"
#include "model/domain/tables.h"
#include "util/error.h"

XML_ENUM_DEFINE (block_job_type, BLOCK_JOB_TYPE_LIST)

static const XmlHex flags_hex = { "0x%x", UINT_MAX - 1 };

/* An element with one attribute. */
#define NAME_SCHEMA(var_, element_, path_)                                                                          \
  static const XmlField var_##_rows[] = { XML_STRING (StatusName, name, path_, .flags = XML_REQUIRED), XML_END };   \
  static const XmlSchema var_##_schema = XML_SCHEMA (StatusName, element_, var_##_rows);
NAME_SCHEMA (taint, "taint", "@flag")
NAME_SCHEMA (capability, "flag", "@name")
NAME_SCHEMA (device, "device", "@alias")

static const XmlField vcpu_rows[] = {
  XML_UINT (StatusVcpu, id, "@id", .flags = XML_ALWAYS),
  XML_INT (StatusVcpu, pid, "@pid", .flags = XML_ALWAYS),
  XML_END
};
static const XmlSchema vcpu_schema = XML_SCHEMA (StatusVcpu, "vcpu", vcpu_rows);

/* An image that is no disk's. */
#define SOURCE_ROWS \
  XML_ENUM (DomainStorageSource, type, "@type", storage_type, .flags = XML_REQUIRED), \
  XML_ENUM (DomainStorageSource, format, "@format", storage_format), \
  XML_PART ("source", storage_attribute_rows), \
  XML_UINT (DomainStorageSource, index, "source/@index"), \
  XML_PART ("source", storage_child_rows), \
  XML_CHILD (DomainStorageSource, backing, "backingStore", storage_backing_schema)

static const XmlField source_rows[] = { SOURCE_ROWS, XML_END };
static const XmlSchema source_schema = XML_SCHEMA (DomainStorageSource, "src", source_rows);

/* Once the source's attributes and children stood in the element itself. */
static const XmlField target_rows[] = {
  SOURCE_ROWS,
  XML_PART ("", storage_attribute_rows, .flags = XML_READ_ONLY),
  XML_PART ("", storage_child_rows, .flags = XML_READ_ONLY),
  XML_END
};
static const XmlSchema target_schema = XML_SCHEMA (DomainStorageSource, "migrationSource", target_rows);

static const XmlField job_disk_rows[] = {
  XML_STRING (StatusJobDisk, dev, "@dev", .flags = XML_REQUIRED),
  XML_YES_NO (StatusJobDisk, migrating, "@migrating"),
  XML_CHILD (StatusJobDisk, target, "migrationSource", target_schema),
  XML_END
};
static const XmlSchema job_disk_schema = XML_SCHEMA (StatusJobDisk, "disk", job_disk_rows);

static const XmlField bitmap_rows[] = {
  XML_STRING (StatusBitmap, name, "@name", .flags = XML_REQUIRED),
  XML_STRING (StatusBitmap, node, "@nodename", .flags = XML_REQUIRED),
  XML_END
};
static const XmlSchema bitmap_schema = XML_SCHEMA (StatusBitmap, "bitmap", bitmap_rows);

static const XmlField param_rows[] = {
  XML_STRING (StatusParam, name, "@name", .flags = XML_REQUIRED),
  XML_STRING (StatusParam, value, "@value", .flags = XML_ALLOW_EMPTY),
  XML_END
};
static const XmlSchema param_schema = XML_SCHEMA (StatusParam, "param", param_rows);

static bool
is_async (const void *object, unsigned int format_flags)
{
  const StatusJob *job = object;

  return job->async != NULL && strcmp (job->async, "none") != 0;
}

static const XmlField job_rows[] = {
  XML_STRING (StatusJob, type, "@type", .flags = XML_REQUIRED),
  XML_STRING (StatusJob, async, "@async", .flags = XML_REQUIRED),
  XML_STRING (StatusJob, phase, "@phase"),
  XML_HEX (StatusJob, flags, "@flags", flags_hex, .flags = XML_ALWAYS, .when = is_async),
  XML_UINT64 (StatusJob, started, "@asyncStarted", .flags = XML_ALWAYS, .when = is_async),
  XML_ITEMS (StatusJob, disks, "disk", job_disk_schema),
  XML_ITEMS (StatusJob, bitmaps, "tempBlockDirtyBitmaps/bitmap", bitmap_schema),
  XML_ITEMS (StatusJob, params, "migParams/param", param_schema),
  XML_END
};
static const XmlSchema job_schema = XML_SCHEMA (StatusJob, "job", job_rows);

static const XmlField block_job_rows[] = {
  XML_STRING (StatusBlockJob, name, "@name", .flags = XML_REQUIRED),
  XML_ENUM (StatusBlockJob, type, "@type", block_job_type, .flags = XML_REQUIRED),
  XML_STRING (StatusBlockJob, state, "@state", .flags = XML_REQUIRED),
  XML_STRING (StatusBlockJob, new_state, "@newstate"),
  XML_ENUM (StatusBlockJob, broken_type, "@brokentype", block_job_type),
  XML_HEX (StatusBlockJob, flags, "@jobflags", flags_hex, .absent = -1),
  XML_YES_NO (StatusBlockJob, shallow, "@shallownew"),
  XML_STRING (StatusBlockJob, error, "errmsg"),
  XML_CHILD (StatusBlockJob, chain_disk, "chains/disk", source_schema),
  XML_CHILD (StatusBlockJob, chain_mirror, "chains/mirror", source_schema),
  XML_STRING (StatusBlockJob, disk, "disk/@dst"),
  XML_YES_NO (StatusBlockJob, disk_is_mirror, "disk/@mirror"),
  XML_STRING (StatusBlockJob, base, "base/@node"),
  XML_STRING (StatusBlockJob, top, "top/@node"),
  XML_STRING (StatusBlockJob, top_parent, "topparent/@node"),
  XML_FLAG (StatusBlockJob, delete_committed, "deleteCommittedImages"),
  XML_STRING (StatusBlockJob, bitmap, "bitmap/@name"),
  XML_CHILD (StatusBlockJob, store, "store", source_schema),
  XML_STRING (StatusBlockJob, create_mode, "create/@mode"),
  XML_CHILD (StatusBlockJob, source, "src", source_schema),
  XML_END
};
static const XmlSchema block_job_schema = XML_SCHEMA (StatusBlockJob, "blockjob", block_job_rows);

static const XmlField status_rows[] = {
  XML_STRING (DomainStatus, state, "@state", .flags = XML_REQUIRED),
  XML_STRING (DomainStatus, reason, "@reason"),
  XML_INT (DomainStatus, pid, "@pid", .flags = XML_ALWAYS),
  XML_ITEMS (DomainStatus, taints, "taint", taint_schema),
  XML_STRING (DomainStatus, monitor_path, "monitor/@path"),
  XML_STRING (DomainStatus, monitor_type, "monitor/@type"),
  XML_FLAG (DomainStatus, has_mount_namespace, "namespaces/mount"),
  XML_ITEMS (DomainStatus, vcpus, "vcpus/vcpu", vcpu_schema),
  XML_ITEMS (DomainStatus, capabilities, "qemuCaps/flag", capability_schema),
  XML_STRING (DomainStatus, lock_state, "lockstate"),
  XML_CHILD (DomainStatus, job, "job", job_schema),
  XML_FLAG (DomainStatus, fake_reboot, "fakereboot"),
  XML_ITEMS (DomainStatus, devices, "devices/device", device_schema),
  XML_BITMAP (DomainStatus, placement.nodes, "numad/@nodeset"),
  XML_BITMAP (DomainStatus, placement.cpus, "numad/@cpuset"),
  XML_STRING (DomainStatus, lib_dir, "libDir/@path"),
  XML_STRING (DomainStatus, channel_dir, "channelTargetDir/@path"),
  XML_CHILD (DomainStatus, cpu, "cpu", domain_cpu_schema),
  XML_FLAG (DomainStatus, console_by_logd, "chardevStdioLogd"),
  XML_FLAG (DomainStatus, remember_owner, "rememberOwner"),
  XML_YES_NO (DomainStatus, allow_reboot, "allowReboot/@value"),
  XML_UINT (DomainStatus, node_index, "nodename/@index", .flags = XML_ALWAYS),
  XML_UINT (DomainStatus, fdset_index, "fdset/@index", .flags = XML_ALWAYS),
  XML_YES_NO (DomainStatus, block_jobs_active, "blockjobs/@active"),
  XML_ITEMS (DomainStatus, block_jobs, "blockjobs/blockjob", block_job_schema),
  XML_INT (DomainStatus, agent_timeout, "agentTimeout", .absent = VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK, .flags = XML_ALWAYS),
  XML_KIB (DomainStatus, locked_memory, "originalMemlock"),
  XML_STRING (DomainStatus, memory_backing_dir, "memoryBackingDir/@path"),
  XML_FLAG (DomainStatus, autodestroy, "autodestroy"),
  XML_UINT64 (DomainStatus, start_time, "process/@startTime"),
  XML_UINT (DomainStatus, end, "process/@end"),
  XML_STRING (DomainStatus, cgroup, "process/@cgroup"),
  XML_CHILD (DomainStatus, domain, "domain", domain_schema),
  XML_END
};

const XmlSchema domain_status_schema = XML_SCHEMA (DomainStatus, "domstatus", status_rows, .from = VIR_FROM_DOMAIN);

/* --- what older versions left out ------------------------------------------------------ */

static bool
has_secret (const DomainStorageStatus *status, DomainStorageObjectType type)
{
  for (unsigned int i = 0; i < status->secrets.n; i++)
    if (status->secrets.items[i]->type == type)
      return true;
  return false;
}

/* QEMU's objects of a source were named after the device. */
static void
name_secret (DomainStorageStatus *status, DomainStorageObjectType type, const char *alias, const char *suffix)
{
  DomainStorageObject *object;

  if (has_secret (status, type))
    return;
  object = xml_new (&storage_object_schema);
  object->type = type;
  object->alias = g_strconcat (alias, suffix, NULL);
  xml_list_append (&status->secrets, object);
}

static void
name_objects (DomainStorageSource *source, const char *alias)
{
  bool uses_tls = source->tls == TRI_YES;

  if (alias == NULL || (source->auth == NULL && source->encryption == NULL && !uses_tls))
    return;
  if (source->status == NULL)
    source->status = xml_new (&storage_status_schema);
  if (source->auth != NULL)
    name_secret (source->status, STORAGE_OBJECT_AUTH, alias, "-secret0");
  if (source->encryption != NULL)
    name_secret (source->status, STORAGE_OBJECT_ENCRYPTION, alias, "-luks-secret0");
  if (uses_tls && source->status->tls_alias == NULL)
    source->status->tls_alias = g_strdup_printf ("obj%s_tls0", alias);
}

static void
name_host_device_objects (DomainHostdev *hostdev)
{
  DomainHostdevScsiSource *source = hostdev->scsi;
  const char *alias = hostdev->info.alias;

  if (hostdev->type != HOSTDEV_TYPE_SCSI || source == NULL || alias == NULL)
    return;
  if (source->node_name == NULL)
    source->node_name = g_strdup_printf ("libvirt-%s-backend", alias);
  if (source->auth != NULL && source->secret_alias == NULL)
    source->secret_alias = g_strconcat (alias, "-secret0", NULL);
}

static void
complete (DomainStatus *status)
{
  for (unsigned int i = 0; i < status->domain->disks.n; i++)
    {
      DomainDisk *disk = status->domain->disks.items[i];

      domain_storage_apply_defaults (&disk->source);
      name_objects (&disk->source, disk->info.alias);
    }
  for (unsigned int i = 0; i < status->domain->hostdevs.n; i++)
    name_host_device_objects (status->domain->hostdevs.items[i]);
  domain_add_default_audio (status->domain, NULL);
}

DomainStatus *
domain_status_parse (const char *text, size_t length, GError **error)
{
  g_autoptr (DomainStatus) status = xml_parse (&domain_status_schema, text, length, XML_PARSE_STATUS, error);

  if (status == NULL)
    return NULL;
  if (status->domain == NULL)
    return fail_null (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "the <domstatus> has no <domain>");
  complete (status);
  return g_steal_pointer (&status);
}

DomainStatus *
domain_status_new (void)
{
  return xml_new (&domain_status_schema);
}

void
domain_status_add_taint (DomainStatus *status, const char *name)
{
  StatusName *taint = xml_new (&taint_schema);

  taint->name = g_strdup (name);
  xml_list_append (&status->taints, taint);
}

void
domain_status_free (DomainStatus *status)
{
  xml_free (&domain_status_schema, status);
}

char *
domain_status_format (const DomainStatus *status)
{
  return xml_format (&domain_status_schema, status, XML_FORMAT_SECURE | XML_FORMAT_STATUS);
}
