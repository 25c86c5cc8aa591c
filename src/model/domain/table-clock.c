/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-clock.c: a guest's clock and timers. */
#include "model/domain/tables.h"

XML_ENUM_DEFINE (clock_offset, CLOCK_OFFSET_LIST)
XML_ENUM_DEFINE (clock_basis, CLOCK_BASIS_LIST)
XML_ENUM_DEFINE (timer_name, TIMER_NAME_LIST)
XML_ENUM_DEFINE (timer_tick, TIMER_TICK_LIST)
XML_ENUM_DEFINE (timer_track, TIMER_TRACK_LIST)
XML_ENUM_DEFINE (timer_mode, TIMER_MODE_LIST)

static const XmlField timer_rows[] = {
  XML_ENUM (DomainTimer, name, "@name", timer_name, .flags = XML_REQUIRED),
  XML_YES_NO (DomainTimer, present, "@present"),
  XML_ENUM (DomainTimer, tickpolicy, "@tickpolicy", timer_tick),
  XML_ENUM (DomainTimer, track, "@track", timer_track),
  XML_UINT64 (DomainTimer, frequency, "@frequency"),
  XML_ENUM (DomainTimer, mode, "@mode", timer_mode),
  XML_UINT (DomainTimer, catchup_threshold, "catchup/@threshold"),
  XML_UINT (DomainTimer, catchup_slew, "catchup/@slew"),
  XML_UINT (DomainTimer, catchup_limit, "catchup/@limit"),
  XML_END
};
static const XmlSchema timer_schema = XML_SCHEMA (DomainTimer, "timer", timer_rows);

#define ADJUSTMENT XML_STRING (DomainClock, adjustment, "@adjustment")
static const XmlField adjusted_rows[] = { ADJUSTMENT, XML_END };
static const XmlField variable_rows[] = {
  ADJUSTMENT,
  XML_ENUM (DomainClock, basis, "@basis", clock_basis, .absent = CLOCK_BASIS_UTC, .flags = XML_ALWAYS),
  XML_END
};
static const XmlField timezone_rows[] = {
  XML_STRING (DomainClock, timezone, "@timezone", XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_END
};
static const XmlField absolute_rows[] = { XML_UINT64 (DomainClock, start, "@start", .flags = XML_ALWAYS), XML_END };
static const XmlField *const offset_rows[] = {
  [CLOCK_OFFSET_UTC] = adjusted_rows, [CLOCK_OFFSET_LOCALTIME] = adjusted_rows, [CLOCK_OFFSET_VARIABLE] = variable_rows,
  [CLOCK_OFFSET_TIMEZONE] = timezone_rows, [CLOCK_OFFSET_ABSOLUTE] = absolute_rows,
};
static const XmlCases offset_cases = XML_CASES_OF (DomainClock, offset, clock_offset, offset_rows);

const XmlField domain_clock_rows[] = {
  XML_ENUM (DomainClock, offset, "@offset", clock_offset, .absent = CLOCK_OFFSET_UTC, .flags = XML_ALWAYS,
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_CASES (offset_cases),
  XML_ITEMS (DomainClock, timers, "timer", timer_schema),
  XML_END
};

bool
domain_finish_clock (xmlNode *node, Domain *domain, GError **error)
{
  DomainClock *clock = &domain->clock;

  /* One that is so many seconds off UTC or local time is a variable one. */
  if ((clock->offset == CLOCK_OFFSET_UTC || clock->offset == CLOCK_OFFSET_LOCALTIME) && clock->adjustment != NULL
      && strcmp (clock->adjustment, "reset") != 0)
    {
      clock->basis = clock->offset == CLOCK_OFFSET_UTC ? CLOCK_BASIS_UTC : CLOCK_BASIS_LOCALTIME;
      clock->offset = CLOCK_OFFSET_VARIABLE;
    }
  return true;
}
