/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clock.h: a guest's clock and timers. */
#pragma once

#include "xml/types.h"

#define CLOCK_OFFSET_LIST(X) X (CLOCK_OFFSET_UTC, "utc") X (CLOCK_OFFSET_LOCALTIME, "localtime") \
  X (CLOCK_OFFSET_VARIABLE, "variable") X (CLOCK_OFFSET_TIMEZONE, "timezone") X (CLOCK_OFFSET_ABSOLUTE, "absolute")
XML_ENUM_DECLARE (DomainClockOffset, CLOCK_OFFSET_, clock_offset, CLOCK_OFFSET_LIST)

#define CLOCK_BASIS_LIST(X) X (CLOCK_BASIS_UTC, "utc") X (CLOCK_BASIS_LOCALTIME, "localtime")
XML_ENUM_DECLARE (DomainClockBasis, CLOCK_BASIS_, clock_basis, CLOCK_BASIS_LIST)

#define TIMER_NAME_LIST(X) X (TIMER_NAME_PLATFORM, "platform") X (TIMER_NAME_PIT, "pit") X (TIMER_NAME_RTC, "rtc") \
  X (TIMER_NAME_HPET, "hpet") X (TIMER_NAME_TSC, "tsc") X (TIMER_NAME_KVMCLOCK, "kvmclock") \
  X (TIMER_NAME_HYPERVCLOCK, "hypervclock") X (TIMER_NAME_ARMVTIMER, "armvtimer")
XML_ENUM_DECLARE (DomainTimerName, TIMER_NAME_, timer_name, TIMER_NAME_LIST)

#define TIMER_TICK_LIST(X) X (TIMER_TICK_DELAY, "delay") X (TIMER_TICK_CATCHUP, "catchup") \
  X (TIMER_TICK_MERGE, "merge") X (TIMER_TICK_DISCARD, "discard")
XML_ENUM_DECLARE (DomainTimerTick, TIMER_TICK_, timer_tick, TIMER_TICK_LIST)

#define TIMER_TRACK_LIST(X) X (TIMER_TRACK_BOOT, "boot") X (TIMER_TRACK_GUEST, "guest") X (TIMER_TRACK_WALL, "wall") \
  X (TIMER_TRACK_REALTIME, "realtime")
XML_ENUM_DECLARE (DomainTimerTrack, TIMER_TRACK_, timer_track, TIMER_TRACK_LIST)

#define TIMER_MODE_LIST(X) X (TIMER_MODE_AUTO, "auto") X (TIMER_MODE_NATIVE, "native") X (TIMER_MODE_EMULATE, "emulate") \
  X (TIMER_MODE_PARAVIRT, "paravirt") X (TIMER_MODE_SMPSAFE, "smpsafe")
XML_ENUM_DECLARE (DomainTimerMode, TIMER_MODE_, timer_mode, TIMER_MODE_LIST)

typedef struct
{
  DomainTimerName name;
  Tristate present;
  DomainTimerTick tickpolicy;
  DomainTimerTrack track;
  uint64_t frequency;           /* Hz; 0: absent */
  DomainTimerMode mode;
  unsigned int catchup_threshold, catchup_slew, catchup_limit;   /* 0: absent */
} DomainTimer;

typedef struct
{
  DomainClockOffset offset;
  char *adjustment;             /* "reset" or seconds; NULL: absent */
  DomainClockBasis basis;
  char *timezone;
  uint64_t start;               /* absolute: seconds since the epoch */
  XML_LIST (DomainTimer) timers;
} DomainClock;
