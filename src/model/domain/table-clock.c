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
  XML_ENUM (DomainTimer, name, "@name", timer_name, .flags = XML_ABI | XML_REQUIRED),
  XML_YES_NO (DomainTimer, present, "@present", .flags = XML_ABI),
  XML_ENUM (DomainTimer, tickpolicy, "@tickpolicy", timer_tick, .flags = XML_ABI),
  XML_ENUM (DomainTimer, track, "@track", timer_track, .flags = XML_ABI),
  XML_UINT64 (DomainTimer, frequency, "@frequency", .flags = XML_ABI),
  XML_ENUM (DomainTimer, mode, "@mode", timer_mode, .flags = XML_ABI),
  XML_UINT (DomainTimer, catchup_threshold, "catchup/@threshold", .flags = XML_ABI),
  XML_UINT (DomainTimer, catchup_slew, "catchup/@slew", .flags = XML_ABI),
  XML_UINT (DomainTimer, catchup_limit, "catchup/@limit", .flags = XML_ABI),
  XML_END
};
static const XmlSchema timer_schema = XML_SCHEMA (DomainTimer, "timer", timer_rows);

#define ADJUSTMENT XML_STRING (DomainClock, adjustment, "@adjustment")
static const XmlField adjusted_rows[] = { ADJUSTMENT, XML_END };
static const XmlField variable_rows[] = {
  ADJUSTMENT,
  XML_ENUM (DomainClock, basis, "@basis", clock_basis, .absent = CLOCK_BASIS_UTC, .flags = XML_ALWAYS,
            XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_END
};
static const XmlField timezone_rows[] = {
  XML_STRING (DomainClock, timezone, "@timezone", XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_END
};
static const XmlField absolute_rows[] = {
  XML_UINT64 (DomainClock, start, "@start", .absent = -1, XML_BAD (DOMAIN, INTERNAL_ERROR), XML_MISSING (DOMAIN, INTERNAL_ERROR)),
  XML_END
};
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

/* A clock that is so many seconds off UTC or local time is a variable one. */
static bool
finish_adjustment (const xmlNode *node, DomainClock *clock, GError **error)
{
  bool is_fixed = clock->offset == CLOCK_OFFSET_UTC || clock->offset == CLOCK_OFFSET_LOCALTIME;
  const char *text = clock->adjustment;
  gint64 seconds = 0;
  bool ok;

  if (clock->offset != CLOCK_OFFSET_VARIABLE && (!is_fixed || text == NULL || strcmp (text, "reset") == 0))
    return true;
  ok = text != NULL && g_ascii_string_to_signed (text + (*text == '+'), 10, INT_MIN, INT_MAX, &seconds, NULL);
  if (!ok && is_fixed)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "attribute 'adjustment' is '%s', neither 'reset' nor seconds",
                     text);
  if (is_fixed)
    clock->basis = clock->offset == CLOCK_OFFSET_UTC ? CLOCK_BASIS_UTC : CLOCK_BASIS_LOCALTIME;
  clock->offset = CLOCK_OFFSET_VARIABLE;
  g_free (clock->adjustment);
  clock->adjustment = g_strdup_printf ("%d", (int) seconds);
  return true;
}

/* Which timers have which attributes. */
static bool
check_timer (const xmlNode *node, const DomainTimer *timer, GError **error)
{
  const char *excess = NULL;

  if (timer->name == TIMER_NAME_PLATFORM)
    return true;
  if (timer->tickpolicy != TIMER_TICK_ABSENT && (timer->name == TIMER_NAME_KVMCLOCK || timer->name == TIMER_NAME_HYPERVCLOCK))
    excess = "tickpolicy";
  if (timer->track != TIMER_TRACK_ABSENT && timer->name != TIMER_NAME_RTC)
    excess = "track";
  if (timer->frequency != 0 && timer->name != TIMER_NAME_TSC)
    excess = "frequency";
  if (timer->mode != TIMER_MODE_ABSENT && timer->name != TIMER_NAME_TSC)
    excess = "mode";
  if (excess != NULL)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "timer '%s' has no '%s'",
                     xml_enum_name (&timer_name_names, timer->name), excess);
  if (timer->tickpolicy != TIMER_TICK_CATCHUP
      && (timer->catchup_threshold != 0 || timer->catchup_slew != 0 || timer->catchup_limit != 0))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'catchup' is for tickpolicy='catchup'");
  return true;
}

bool
domain_finish_clock (xmlNode *node, Domain *domain, GError **error)
{
  const xmlNode *clock = domain_node_below (node, "clock");

  for (unsigned int i = 0; i < domain->clock.timers.n; i++)
    if (!check_timer (domain_node_below (clock, "timer"), domain->clock.timers.items[i], error))
      return false;
  return finish_adjustment (clock, &domain->clock, error);
}
