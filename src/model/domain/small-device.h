/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* small-device.h: devices that have little to say about themselves. */
#pragma once

#include "model/domain/chardev.h"

#define BALLOON_MODEL_LIST(X) X (BALLOON_MODEL_VIRTIO, "virtio") X (BALLOON_MODEL_XEN, "xen") X (BALLOON_MODEL_NONE, "none") \
  X (BALLOON_MODEL_VIRTIO_TRANSITIONAL, "virtio-transitional") \
  X (BALLOON_MODEL_VIRTIO_NON_TRANSITIONAL, "virtio-non-transitional")
XML_ENUM_DECLARE (DomainBalloonModel, BALLOON_MODEL_, balloon_model, BALLOON_MODEL_LIST)

#define RNG_BACKEND_LIST(X) X (RNG_BACKEND_RANDOM, "random") X (RNG_BACKEND_EGD, "egd") X (RNG_BACKEND_BUILTIN, "builtin")
XML_ENUM_DECLARE (DomainRngBackend, RNG_BACKEND_, rng_backend, RNG_BACKEND_LIST)

#define WATCHDOG_MODEL_LIST(X) X (WATCHDOG_MODEL_I6300ESB, "i6300esb") X (WATCHDOG_MODEL_IB700, "ib700") \
  X (WATCHDOG_MODEL_DIAG288, "diag288") X (WATCHDOG_MODEL_ITCO, "itco")
XML_ENUM_DECLARE (DomainWatchdogModel, WATCHDOG_MODEL_, watchdog_model, WATCHDOG_MODEL_LIST)

#define WATCHDOG_ACTION_LIST(X) X (WATCHDOG_ACTION_RESET, "reset") X (WATCHDOG_ACTION_SHUTDOWN, "shutdown") \
  X (WATCHDOG_ACTION_POWEROFF, "poweroff") X (WATCHDOG_ACTION_PAUSE, "pause") X (WATCHDOG_ACTION_DUMP, "dump") \
  X (WATCHDOG_ACTION_NONE, "none") X (WATCHDOG_ACTION_INJECT_NMI, "inject-nmi")
XML_ENUM_DECLARE (DomainWatchdogAction, WATCHDOG_ACTION_, watchdog_action, WATCHDOG_ACTION_LIST)

#define PANIC_MODEL_LIST(X) X (PANIC_MODEL_DEFAULT, "default") X (PANIC_MODEL_PSERIES, "pseries") X (PANIC_MODEL_ISA, "isa") \
  X (PANIC_MODEL_HYPERV, "hyperv") X (PANIC_MODEL_S390, "s390")
XML_ENUM_DECLARE (DomainPanicModel, PANIC_MODEL_, panic_model, PANIC_MODEL_LIST)

typedef struct
{
  DomainDeviceInfo info;
  DomainBalloonModel model;
  Tristate autodeflate, free_page_reporting;
  int stats_period;             /* seconds; -1: absent */
  DomainVirtioOptions virtio;
} DomainMemballoon;

typedef struct
{
  DomainDeviceInfo info;
  DomainVirtioModel model;
  unsigned int rate_bytes, rate_period;   /* bytes, milliseconds; 0: absent */
  DomainRngBackend backend;
  char *path;                   /* random */
  DomainChardevSource source;   /* egd */
  DomainVirtioOptions virtio;
} DomainRng;

typedef struct
{
  DomainDeviceInfo info;
  DomainWatchdogModel model;
  DomainWatchdogAction action;
} DomainWatchdog;

typedef struct
{
  DomainDeviceInfo info;
  DomainPanicModel model;
} DomainPanic;
