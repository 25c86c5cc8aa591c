/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's clock, and what is set of its timers outside of the processor. */
#include "args/machine.h"

#include <time.h>

#include "util/error.h"

/* Since it, the machine's property says it. */
#define HPET_PROPERTY_SINCE 7002050

/* "base=" of a guest whose clock was set once to another time than the host's. */
static bool
rtc_base (Builder *b, char **ret_base, GError **error)
{
  const DomainClock *clock = &b->domain->clock;
  time_t now = b->context->now != 0 ? b->context->now : time (NULL);
  struct tm parts;

  switch (clock->offset)
    {
    case CLOCK_OFFSET_LOCALTIME:
    case CLOCK_OFFSET_TIMEZONE:     /* its TZ is in the environment */
      *ret_base = g_strdup ("localtime");
      return true;
    case CLOCK_OFFSET_VARIABLE:
      now += clock->adjustment != NULL ? (time_t) g_ascii_strtoll (clock->adjustment, NULL, 10) : 0;
      if (clock->basis == CLOCK_BASIS_LOCALTIME)
        {
          localtime_r (&now, &parts);
          now += parts.tm_gmtoff;
        }
      break;
    case CLOCK_OFFSET_ABSOLUTE:
      now = (time_t) clock->start;
      break;
    default:
      *ret_base = g_strdup ("utc");
      return true;
    }
  if (gmtime_r (&now, &parts) == NULL)
    return unsupported (error, "the clock of domain '%s' is beyond what can be set", b->domain->name);
  *ret_base = g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                               parts.tm_hour, parts.tm_min, parts.tm_sec);
  return true;
}

bool
build_rtc (Builder *b, GError **error)
{
  static const char *const clocks[] = {
    [TIMER_TRACK_BOOT] = NULL, [TIMER_TRACK_GUEST] = "vm", [TIMER_TRACK_WALL] = "host", [TIMER_TRACK_REALTIME] = "rt",
  };
  g_autofree char *base = NULL;
  const char *track = NULL, *drift = "";

  if (!rtc_base (b, &base, error))
    return false;
  for (unsigned int i = 0; i < b->domain->clock.timers.n; i++)
    {
      const DomainTimer *timer = b->domain->clock.timers.items[i];

      if (timer->name != TIMER_NAME_RTC)
        continue;
      track = clocks[timer->track];
      if (timer->track == TIMER_TRACK_BOOT)
        return unsupported (error, "timer 'rtc' cannot track 'boot'");
      if (timer->tickpolicy == TIMER_TICK_CATCHUP)
        drift = ",driftfix=slew";
      else if (timer->tickpolicy == TIMER_TICK_MERGE || timer->tickpolicy == TIMER_TICK_DISCARD)
        return unsupported (error, "timer 'rtc' cannot have tickpolicy '%s'",
                            xml_enum_name (&timer_tick_names, timer->tickpolicy));
    }
  add_option (b, "-rtc", "base=%s%s%s%s", base, track != NULL ? ",clock=" : "", track != NULL ? track : "", drift);
  return true;
}

/* What happens with ticks that the guest was too slow for. */
static bool
build_pit (Builder *b, const DomainTimer *timer, GError **error)
{
  bool can_say = qemu_caps_has_prop (b->context->caps, "kvm-pit", "lost_tick_policy");

  switch (timer->tickpolicy)
    {
    case TIMER_TICK_DELAY:
      if (can_say)
        add_option (b, "-global", "kvm-pit.lost_tick_policy=delay");
      return true;
    case TIMER_TICK_DISCARD:
      if (!can_say)
        return unsupported (error, "timer 'pit' cannot have tickpolicy 'discard' with %s", b->context->caps->binary);
      add_option (b, "-global", "kvm-pit.lost_tick_policy=discard");
      return true;
    case TIMER_TICK_MERGE:
      return unsupported (error, "timer 'pit' cannot have tickpolicy 'merge'");
    default:
      return true;
    }
}

bool
build_timers (Builder *b, GError **error)
{
  for (unsigned int i = 0; i < b->domain->clock.timers.n; i++)
    {
      const DomainTimer *timer = b->domain->clock.timers.items[i];

      if (timer->name == TIMER_NAME_PLATFORM)
        return unsupported (error, "timer 'platform' is not a timer of QEMU's machines");
      if (timer->name == TIMER_NAME_PIT && !build_pit (b, timer, error))
        return false;
      if (timer->name == TIMER_NAME_HPET && timer->present == TRI_NO && b->context->caps->version < HPET_PROPERTY_SINCE
          && (domain_is_q35 (b->domain) || domain_is_i440fx (b->domain)))
        add_flag (b, "-no-hpet");
    }
  return true;
}
