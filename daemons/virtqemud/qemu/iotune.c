/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/iotune.h"

#include "util/error.h"

#define LIMIT_MAX UINT64_C (1000000000000000)

#define ROW(name_, qmp_, set_, member_) \
  { VIR_DOMAIN_BLOCK_IOTUNE_##name_, qmp_, IOTUNE_##set_, offsetof (DomainDiskIoTune, member_) }

const IoTuneRow iotune_rows[IOTUNE_ROWS] = {
  ROW (TOTAL_BYTES_SEC, "bps", BYTES, total_bytes),
  ROW (READ_BYTES_SEC, "bps_rd", BYTES, read_bytes),
  ROW (WRITE_BYTES_SEC, "bps_wr", BYTES, write_bytes),
  ROW (TOTAL_IOPS_SEC, "iops", IOPS, total_iops),
  ROW (READ_IOPS_SEC, "iops_rd", IOPS, read_iops),
  ROW (WRITE_IOPS_SEC, "iops_wr", IOPS, write_iops),
  ROW (TOTAL_BYTES_SEC_MAX, "bps_max", BYTES_MAX, total_bytes_max),
  ROW (READ_BYTES_SEC_MAX, "bps_rd_max", BYTES_MAX, read_bytes_max),
  ROW (WRITE_BYTES_SEC_MAX, "bps_wr_max", BYTES_MAX, write_bytes_max),
  ROW (TOTAL_IOPS_SEC_MAX, "iops_max", IOPS_MAX, total_iops_max),
  ROW (READ_IOPS_SEC_MAX, "iops_rd_max", IOPS_MAX, read_iops_max),
  ROW (WRITE_IOPS_SEC_MAX, "iops_wr_max", IOPS_MAX, write_iops_max),
  ROW (SIZE_IOPS_SEC, "iops_size", SIZE, size_iops),
  ROW (GROUP_NAME, "group", GROUP, group),
  ROW (TOTAL_BYTES_SEC_MAX_LENGTH, "bps_max_length", LENGTHS, total_bytes_length),
  ROW (READ_BYTES_SEC_MAX_LENGTH, "bps_rd_max_length", LENGTHS, read_bytes_length),
  ROW (WRITE_BYTES_SEC_MAX_LENGTH, "bps_wr_max_length", LENGTHS, write_bytes_length),
  ROW (TOTAL_IOPS_SEC_MAX_LENGTH, "iops_max_length", LENGTHS, total_iops_length),
  ROW (READ_IOPS_SEC_MAX_LENGTH, "iops_rd_max_length", LENGTHS, read_iops_length),
  ROW (WRITE_IOPS_SEC_MAX_LENGTH, "iops_wr_max_length", LENGTHS, write_iops_length),
};

/* The six limits come first, then in the same order what may be exceeded for a while. */
#define LIMITS 6
#define FIRST_LENGTH 14

uint64_t
iotune_get (const DomainDiskIoTune *tune, unsigned int row)
{
  return tune != NULL ? *(const uint64_t *) (const void *) ((const char *) tune + iotune_rows[row].offset) : 0;
}

void
iotune_set (DomainDiskIoTune *tune, unsigned int row, uint64_t value)
{
  *(uint64_t *) (void *) ((char *) tune + iotune_rows[row].offset) = value;
}

bool
iotune_is_idle_length (const DomainDiskIoTune *tune, unsigned int row)
{
  return row >= FIRST_LENGTH && iotune_get (tune, row - FIRST_LENGTH + LIMITS) == 0;
}

static bool
check_range (const DomainDiskIoTune *tune, GError **error)
{
  for (unsigned int row = 0; row < IOTUNE_ROWS; row++)
    if (iotune_rows[row].set != IOTUNE_GROUP && iotune_get (tune, row) > LIMIT_MAX)
      return fail (error, VIR_FROM_QEMU, VIR_ERR_ARGUMENT_UNSUPPORTED, "'%s' is %" G_GUINT64_FORMAT ", above %" G_GUINT64_FORMAT,
                   iotune_rows[row].name, iotune_get (tune, row), LIMIT_MAX);
  return true;
}

bool
iotune_check (const DomainDiskIoTune *tune, bool running, GError **error)
{
  for (unsigned int total = 0; total < 2 * LIMITS; total += 3)
    if (iotune_get (tune, total) != 0 && (iotune_get (tune, total + 1) != 0 || iotune_get (tune, total + 2) != 0))
      return fail (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "'%s' cannot be set beside those of reading and writing",
                   iotune_rows[total].name);
  if (!check_range (tune, error))
    return false;
  for (unsigned int row = 0; running && row < LIMITS; row++)
    {
      uint64_t limit = iotune_get (tune, row), most = iotune_get (tune, row + LIMITS);

      if (most != 0 && limit == 0)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "'%s' needs '%s'", iotune_rows[row + LIMITS].name,
                     iotune_rows[row].name);
      if (most != 0 && most < limit)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "'%s' is below '%s'", iotune_rows[row + LIMITS].name,
                     iotune_rows[row].name);
    }
  return true;
}

char *
qemu_iotune_id (const DomainDisk *disk)
{
  return disk->target.bus == DISK_BUS_VIRTIO ? g_strdup_printf ("/machine/peripheral/%s/virtio-backend", disk->info.alias)
                                             : g_strdup (disk->info.alias);
}

json_t *
qemu_iotune_args (const DomainDisk *disk)
{
  g_autofree char *id = qemu_iotune_id (disk);
  json_t *args = json_pack ("{s:s}", "id", id);

  for (unsigned int row = 0; row < IOTUNE_ROWS; row++)
    {
      uint64_t value;

      if (iotune_rows[row].set == IOTUNE_GROUP)
        {
          if (disk->iotune != NULL && disk->iotune->group != NULL)
            json_object_set_new (args, iotune_rows[row].qmp, json_string (disk->iotune->group));
          continue;
        }
      value = iotune_get (disk->iotune, row);
      /* The basic six have to be there. */
      if (row < LIMITS || value != 0)
        json_object_set_new (args, iotune_rows[row].qmp, json_integer ((json_int_t) value));
    }
  return args;
}
