/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-memory.c: memory that is added to a guest or shared with others. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (memory_model, MEMORY_MODEL_LIST)
XML_ENUM_DEFINE (memory_sharing, MEMORY_SHARING_LIST)
XML_ENUM_DEFINE (shmem_model, SHMEM_MODEL_LIST)
XML_ENUM_DEFINE (shmem_role, SHMEM_ROLE_LIST)

#define MIB (UINT64_C (1024) * 1024)
#define MIN_LABEL_KIB 128

/* An address in the guest's memory, read in any base. */
static bool
base_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  char *end;
  uint64_t base = g_ascii_isdigit (*text) ? g_ascii_strtoull (text, &end, 0) : 0;

  if (!g_ascii_isdigit (*text) || *end != '\0')
    return xml_fail_value (field, node, text, error);
  *(uint64_t *) value = base;
  return true;
}

static void
base_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append_printf (out, "0x%" G_GINT64_MODIFIER "x", *(const uint64_t *) value);
}

static const XmlType type_base = {
  .name = "a number like 0x100000000", .size = sizeof (uint64_t), .is_integer = true, .parse = base_parse,
  .format = base_format,
};

#define NODEMASK XML_BITMAP (DomainMemory, nodemask, "source/nodemask")
#define PAGE_SIZE XML_KIB (DomainMemory, page_size, "source/pagesize")
#define FILE_PATH XML_STRING (DomainMemory, path, "source/path")
#define SIZE XML_KIB (DomainMemory, size, "target/size", .flags = XML_ABI | XML_REQUIRED)
#define NODE XML_INT (DomainMemory, node, "target/node", .absent = -1, .flags = XML_ABI)
#define BASE XML_VALUE (DomainMemory, base, "target/address/@base", type_base, .flags = XML_ABI)

static const XmlField dimm_rows[] = { NODEMASK, PAGE_SIZE, SIZE, NODE, XML_END };
static const XmlField nvdimm_rows[] = {
  FILE_PATH,
  XML_KIB (DomainMemory, align_size, "source/alignsize", .flags = XML_ABI),
  XML_FLAG (DomainMemory, pmem, "source/pmem"),
  SIZE,
  NODE,
  XML_KIB (DomainMemory, label_size, "target/label/size", .flags = XML_ABI),
  XML_FLAG (DomainMemory, readonly, "target/readonly", .flags = XML_ABI),
  XML_END
};
static const XmlField virtio_pmem_rows[] = { FILE_PATH, SIZE, NODE, BASE, XML_END };
static const XmlField virtio_mem_rows[] = {
  NODEMASK,
  PAGE_SIZE,
  XML_YES_NO (DomainMemory, dynamic_memslots, "target/@dynamicMemslots"),
  SIZE,
  NODE,
  XML_KIB (DomainMemory, block, "target/block", .flags = XML_ABI),
  XML_KIB (DomainMemory, requested, "target/requested", .flags = XML_ALWAYS),
  XML_KIB (DomainMemory, current, "target/current", .flags = XML_LIVE | XML_ALWAYS),
  BASE,
  XML_END
};
static const XmlField sgx_rows[] = { NODEMASK, SIZE, NODE, XML_END };
static const XmlField *const rows_by_model[] = {
  [MEMORY_MODEL_DIMM] = dimm_rows, [MEMORY_MODEL_NVDIMM] = nvdimm_rows, [MEMORY_MODEL_VIRTIO_PMEM] = virtio_pmem_rows,
  [MEMORY_MODEL_VIRTIO_MEM] = virtio_mem_rows, [MEMORY_MODEL_SGX_EPC] = sgx_rows,
};
static const XmlCases model_cases = XML_CASES_OF (DomainMemory, model, memory_model, rows_by_model);

static const XmlField memory_rows[] = {
  XML_ENUM (DomainMemory, model, "@model", memory_model, .flags = XML_REQUIRED | XML_ABI),
  XML_ENUM (DomainMemory, access, "@access", memory_sharing),
  XML_YES_NO (DomainMemory, discard, "@discard"),
  XML_UUID (DomainMemory, uuid, "uuid", .flags = XML_ABI, XML_BAD (DOMAIN, INTERNAL_ERROR)),
  XML_CASES (model_cases),
  XML_PLACE (DomainMemory),
  XML_END
};

static bool
is_power_of_two (uint64_t number)
{
  return number != 0 && (number & (number - 1)) == 0;
}

static bool
check_nvdimm (const xmlNode *node, const DomainMemory *memory, GError **error)
{
  if (memory->label_size != 0 && memory->label_size < MIN_LABEL_KIB)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'target/label/size' is below %u KiB", MIN_LABEL_KIB);
  if (memory->label_size >= memory->size)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'target/label/size' is not below 'target/size'");
  return true;
}

static bool
check_virtio_mem (const xmlNode *node, const DomainMemory *memory, GError **error)
{
  if (!is_power_of_two (memory->block))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_DETAIL, error, "'target/block' is no power of two");
  if (memory->requested % memory->block != 0)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_DETAIL, error, "'target/requested' is no multiple of 'target/block'");
  if (memory->size % memory->block != 0)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_DETAIL, error, "'target/size' is no multiple of 'target/block'");
  if (memory->requested > memory->size)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_DETAIL, error, "'target/requested' is above 'target/size'");
  return true;
}

/* Rules within the element; those with others are in validate-memory.c. */
static bool
memory_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainMemory *memory = object;
  bool needs_path = memory->model == MEMORY_MODEL_NVDIMM || memory->model == MEMORY_MODEL_VIRTIO_PMEM;

  if (needs_path && memory->path == NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_DETAIL, error, "'source/path' is missing");
  if (memory->model == MEMORY_MODEL_NVDIMM)
    return check_nvdimm (node, memory, error);
  if (memory->model == MEMORY_MODEL_VIRTIO_MEM)
    return check_virtio_mem (node, memory, error);
  return true;
}

const XmlSchema domain_memory_schema
  = XML_SCHEMA (DomainMemory, "memory", memory_rows, .finish = memory_finish, .from = VIR_FROM_DOMAIN);

/* Bytes, written in MiB, rounded down as stock does. */
static bool
mib_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  return xml_type_bytes.parse (reader, field, node, text, value, error);
}

static void
mib_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append_printf (out, "%" G_GUINT64_FORMAT, *(const uint64_t *) value / MIB);
}

static const XmlType type_mib = {
  .name = "a size with unit=", .size = sizeof (uint64_t), .is_integer = true, .parse = mib_parse, .format = mib_format,
  .unit = "M",
};

static const XmlField shmem_rows[] = {
  XML_STRING (DomainShmem, name, "@name", .flags = XML_ABI, XML_MISSING (DOMAIN, XML_ERROR)),
  XML_ENUM (DomainShmem, role, "@role", shmem_role),
  XML_ENUM (DomainShmem, model, "model/@type", shmem_model, .absent = SHMEM_MODEL_IVSHMEM, .flags = XML_ALWAYS | XML_ABI),
  XML_VALUE (DomainShmem, size, "size", type_mib, .absent = -1, .flags = XML_ABI),
  XML_FLAG (DomainShmem, has_server, "server"),
  XML_STRING (DomainShmem, server, "server/@path"),
  XML_FLAG (DomainShmem, has_msi, "msi", .flags = XML_ABI),
  XML_YES_NO (DomainShmem, msi_enabled, "msi/@enabled", .flags = XML_READ_ONLY),
  XML_UINT (DomainShmem, msi_vectors, "msi/@vectors", .flags = XML_ABI),
  XML_ON_OFF (DomainShmem, msi_ioeventfd, "msi/@ioeventfd", .flags = XML_ABI),
  XML_PLACE (DomainShmem),
  XML_END
};

static bool
shmem_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainShmem *shmem = object;

  if (strchr (shmem->name, '/') != NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "the name '%s' has a '/'", shmem->name);
  if (shmem->has_msi && !shmem->has_server)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'msi' needs 'server'");
  shmem->msi_enabled = TRI_ABSENT;
  return true;
}

const XmlSchema domain_shmem_schema
  = XML_SCHEMA (DomainShmem, "shmem", shmem_rows, .finish = shmem_finish, .from = VIR_FROM_DOMAIN);
