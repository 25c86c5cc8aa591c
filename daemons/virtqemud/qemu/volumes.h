/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/volumes.h: volumes of storage pools, looked up and turned into sources that QEMU can open. */
#pragma once

#include "model/domain/domain.h"

/* What is to be known of a volume. */
typedef struct
{
  bool is_active;               /* its pool; if not, nothing else is known */
  int type;                     /* virStorageVolType */
  char *path;
  char *pool_xml;
} QemuVolume;
void qemu_volume_clear (QemuVolume *volume);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QemuVolume, qemu_volume_clear)

/* Finds volume @name of pool @pool. */
typedef bool (*QemuVolumeLookup) (const char *pool, const char *name, QemuVolume *ret_volume, GError **error);

/* The one that asks virtstoraged: VIR_ERR_NO_STORAGE_POOL, VIR_ERR_NO_STORAGE_VOL, or VIR_ERR_SYSTEM_ERROR naming socket
 * and unit. Awaits. */
bool qemu_volume_look_up (const char *pool, const char *name, QemuVolume *ret_volume, GError **error);

/* Fills `actual` of @disk's source if it is a volume whose place is not known yet. Errors: those of @look_up;
 * VIR_ERR_CONFIG_UNSUPPORTED: the pool is not active, or of a type or mode that cannot be used. Awaits if @look_up does. */
bool qemu_volume_resolve (DomainDisk *disk, QemuVolumeLookup look_up, GError **error);
