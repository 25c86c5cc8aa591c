/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/monitor.h: what QEMU tells of a guest by itself. */
#pragma once

#include "qemu/qmp.h"

/* Follows QEMU's events: moves the state, emits the public events, keeps last known figures. Its user
 * is the Vm, which must outlive the monitor. */
extern const QmpHandler vm_monitor_handler;
