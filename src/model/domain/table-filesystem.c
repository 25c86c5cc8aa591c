/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-filesystem.c: folders of the host in the guest. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (fs_type, FS_TYPE_LIST)
XML_ENUM_DEFINE (fs_driver, FS_DRIVER_LIST)
XML_ENUM_DEFINE (fs_access_mode, FS_ACCESS_MODE_LIST)
XML_ENUM_DEFINE (fs_multidevs, FS_MULTIDEVS_LIST)
XML_ENUM_DEFINE (fs_write_policy, FS_WRITE_POLICY_LIST)
XML_ENUM_DEFINE (fs_cache, FS_CACHE_LIST)
XML_ENUM_DEFINE (fs_sandbox, FS_SANDBOX_LIST)

#define MAX_MODE 07777

/* Permissions, in octal digits. */
static bool
mode_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  char *end;
  uint64_t mode = g_ascii_isdigit (*text) ? g_ascii_strtoull (text, &end, 8) : 0;

  if (!g_ascii_isdigit (*text) || *end != '\0' || mode > MAX_MODE)
    return xml_fail_value (field, node, text, error);
  *(unsigned int *) value = mode;
  return true;
}

static void
mode_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append_printf (out, "%04o", *(const unsigned int *) value);
}

static const XmlType type_mode = {
  .name = "permissions like 0644", .size = sizeof (unsigned int), .is_integer = true, .parse = mode_parse,
  .format = mode_format,
};

static const XmlField binary_rows[] = {
  XML_STRING (DomainFsBinary, path, "@path"),
  XML_ON_OFF (DomainFsBinary, xattr, "@xattr"),
  XML_ENUM (DomainFsBinary, cache, "cache/@mode", fs_cache),
  XML_ENUM (DomainFsBinary, sandbox, "sandbox/@mode", fs_sandbox),
  XML_ON_OFF (DomainFsBinary, lock_posix, "lock/@posix"),
  XML_ON_OFF (DomainFsBinary, lock_flock, "lock/@flock"),
  XML_INT (DomainFsBinary, thread_pool_size, "thread_pool/@size", .absent = -1),
  XML_UINT64 (DomainFsBinary, openfiles_max, "openfiles/@max"),
  XML_END
};
static const XmlSchema binary_schema = XML_SCHEMA (DomainFsBinary, "binary", binary_rows);

static const XmlField range_rows[] = {
  XML_UINT (DomainFsIdRange, start, "@start", .absent = -1, .flags = XML_REQUIRED),
  XML_UINT (DomainFsIdRange, target, "@target", .absent = -1, .flags = XML_REQUIRED),
  XML_UINT (DomainFsIdRange, count, "@count", .flags = XML_REQUIRED),
  XML_END
};
static const XmlSchema range_schema = XML_SCHEMA (DomainFsIdRange, "uid", range_rows);

#define DRIVER_TYPE XML_ENUM (DomainFilesystem, driver.type, "driver/@type", fs_driver)
#define DRIVER_VIRTIO XML_EMBED (DomainFilesystem, driver.virtio, "driver", domain_virtio_rows)

static const XmlField plain_driver_rows[] = {
  XML_ENUM (DomainFilesystem, driver.format, "driver/@format", storage_format),
  XML_ENUM (DomainFilesystem, driver.write_policy, "driver/@wrpolicy", fs_write_policy),
  DRIVER_VIRTIO,
  XML_IGNORED ("binary"),
  XML_END
};
static const XmlField virtiofs_rows[] = {
  XML_ENUM (DomainFilesystem, driver.write_policy, "driver/@wrpolicy", fs_write_policy),
  XML_UINT64 (DomainFilesystem, driver.queue_size, "driver/@queue", .flags = XML_ABI),
  DRIVER_VIRTIO,
  XML_CHILD (DomainFilesystem, binary, "binary", binary_schema),
  XML_ITEMS (DomainFilesystem, uid_map, "idmap/uid", range_schema),
  XML_ITEMS (DomainFilesystem, gid_map, "idmap/gid", range_schema),
  XML_END
};
static const XmlField *const rows_by_driver[] = {
  [FS_DRIVER_ABSENT] = plain_driver_rows, [FS_DRIVER_PATH] = plain_driver_rows, [FS_DRIVER_HANDLE] = plain_driver_rows,
  [FS_DRIVER_LOOP] = plain_driver_rows, [FS_DRIVER_NBD] = plain_driver_rows, [FS_DRIVER_PLOOP] = plain_driver_rows,
  [FS_DRIVER_VIRTIOFS] = virtiofs_rows, [FS_DRIVER_MTP] = plain_driver_rows,
};
static const XmlCases driver_cases = XML_CASES_OF (DomainFilesystem, driver.type, fs_driver, rows_by_driver);

/* KiB, in the unit that units= names. */
static bool
usage_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  static const struct { const char *name; unsigned int kib_shift; } units[] = {
    { "KiB", 0 }, { "k", 0 }, { "MiB", 10 }, { "M", 10 }, { "GiB", 20 }, { "G", 20 }, { "TiB", 30 }, { "T", 30 },
  };
  const char *unit = xml_attribute (node, "units");
  char *end;
  uint64_t number = g_ascii_isdigit (*text) ? g_ascii_strtoull (text, &end, 10) : 0;

  if (!g_ascii_isdigit (*text) || *end != '\0')
    return xml_fail_value (field, node, text, error);
  *(uint64_t *) value = number;
  if (unit == NULL)
    return true;
  if (g_ascii_strcasecmp (unit, "bytes") == 0 || g_ascii_strcasecmp (unit, "b") == 0)
    {
      *(uint64_t *) value = number / 1024;
      return true;
    }
  for (unsigned int i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_ascii_strcasecmp (unit, units[i].name) == 0)
      {
        *(uint64_t *) value = number << units[i].kib_shift;
        return true;
      }
  return xml_fail (node, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, error, "units='%s' is none of bytes, KiB, MiB, GiB, TiB", unit);
}

static void
usage_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append_printf (out, "%" G_GUINT64_FORMAT, *(const uint64_t *) value);
}

static void
units_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append (out, "KiB");
}

static const XmlType type_usage = {
  .name = "a size with units=", .size = sizeof (uint64_t), .is_integer = true, .parse = usage_parse, .format = usage_format,
};
static const XmlType type_units = {
  .name = "KiB", .size = sizeof (uint64_t), .is_integer = true, .parse = usage_parse, .format = units_format,
};

#define SOURCE(path_) XML_STRING (DomainFilesystem, source, path_)

static const XmlField folder_rows[] = {
  SOURCE ("source/@dir"),
  XML_STRING (DomainFilesystem, socket, "source/@socket"),
  XML_END
};
static const XmlField block_rows[] = { SOURCE ("source/@dev"), XML_END };
static const XmlField file_rows[] = { SOURCE ("source/@file"), XML_END };
static const XmlField template_rows[] = { SOURCE ("source/@name"), XML_END };
static const XmlField ram_rows[] = {
  XML_VALUE (DomainFilesystem, usage, "source/@usage", type_usage, .absent = -1),
  XML_VALUE (DomainFilesystem, usage, "source/@units", type_units, .absent = -1, .flags = XML_WRITE_ONLY),
  XML_END
};
static const XmlField volume_rows[] = {
  XML_STRING (DomainFilesystem, pool, "source/@pool"),
  XML_STRING (DomainFilesystem, volume, "source/@volume"),
  XML_END
};
static const XmlField *const rows_by_type[] = {
  [FS_TYPE_MOUNT] = folder_rows, [FS_TYPE_BLOCK] = block_rows, [FS_TYPE_FILE] = file_rows,
  [FS_TYPE_TEMPLATE] = template_rows, [FS_TYPE_RAM] = ram_rows, [FS_TYPE_BIND] = folder_rows,
  [FS_TYPE_VOLUME] = volume_rows,
};
static const XmlCases type_cases = XML_CASES_OF (DomainFilesystem, type, fs_type, rows_by_type);

/* Served by somebody else, a folder's access is not ours to say. */
static bool
has_access_mode (const void *object, unsigned int format_flags)
{
  return ((const DomainFilesystem *) object)->socket == NULL;
}

static const XmlField filesystem_rows[] = {
  XML_ENUM (DomainFilesystem, type, "@type", fs_type, .absent = FS_TYPE_MOUNT, .flags = XML_ALWAYS | XML_ABI),
  XML_ENUM (DomainFilesystem, access_mode, "@accessmode", fs_access_mode, .absent = FS_ACCESS_MODE_PASSTHROUGH,
            .flags = XML_ALWAYS, .when = has_access_mode),
  XML_ENUM (DomainFilesystem, model, "@model", virtio_model, .flags = XML_ABI),
  XML_ENUM (DomainFilesystem, multidevs, "@multidevs", fs_multidevs, .absent = FS_MULTIDEVS_DEFAULT),
  XML_VALUE (DomainFilesystem, file_mode, "@fmode", type_mode),
  XML_VALUE (DomainFilesystem, dir_mode, "@dmode", type_mode),
  DRIVER_TYPE,
  XML_CASES (driver_cases),
  XML_CASES (type_cases),
  XML_STRING (DomainFilesystem, target, "target/@dir", .flags = XML_ABI),
  XML_FLAG (DomainFilesystem, readonly, "readonly", .flags = XML_ABI),
  XML_EMBED (DomainFilesystem, info, "", domain_info_head_rows),
  XML_EMBED (DomainFilesystem, info, "", domain_info_tail_rows),
  XML_BYTES (DomainFilesystem, hard_limit, "space_hard_limit"),
  XML_BYTES (DomainFilesystem, soft_limit, "space_soft_limit"),
  XML_END
};

/* A driver without a type says nothing. */
static void
drop_driver (DomainFilesystem *fs)
{
  if (fs->driver.type != FS_DRIVER_ABSENT)
    return;
  fs->driver.format = STORAGE_FORMAT_ABSENT;
  fs->driver.write_policy = FS_WRITE_POLICY_ABSENT;
}

static bool
filesystem_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainFilesystem *fs = object;
  const char *source = fs->source != NULL ? fs->source : fs->socket != NULL ? fs->socket : fs->volume;

  if (source == NULL && fs->type != FS_TYPE_RAM)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_NO_SOURCE, error, "'source' of the device '%s' is missing",
                     fs->target != NULL ? fs->target : "");
  if (fs->target == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_NO_TARGET, error, "'target/@dir' of the device '%s' is missing",
                     source != NULL ? source : "");
  drop_driver (fs);
  return true;
}

const XmlSchema domain_filesystem_schema
  = XML_SCHEMA (DomainFilesystem, "filesystem", filesystem_rows, .finish = filesystem_finish, .from = VIR_FROM_DOMAIN);
