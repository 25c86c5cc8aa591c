/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device.h: the devices of a domain, as structs that the tables in
 * devices.c describe. See types.h for what the members may be; an enumeration
 * that is 0 and a string that is NULL are absent from the document. Every
 * device struct starts with its DomainDeviceInfo. */
#pragma once

#include "model/domain/chardev.h"
#include "model/domain/controller.h"
#include "model/domain/disk.h"
#include "model/domain/enums.h"
#include "model/domain/filesystem.h"
#include "model/domain/graphics.h"
#include "model/domain/hostdev.h"
#include "model/domain/input.h"
#include "model/domain/interface.h"
#include "model/domain/redirdev.h"
#include "model/domain/memory.h"
#include "model/domain/small-device.h"
#include "model/domain/sound.h"
#include "model/domain/tpm.h"
#include "model/domain/video.h"
