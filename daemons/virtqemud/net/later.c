/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/later.h"

#include <glib.h>
#include <string.h>

#include "net/port.h"
#include "net/record.h"
#include "util/fiber.h"
#include "util/loop.h"
#include "util/uuid.h"

#define FIRST_PAUSE_MS 1000
#define LONGEST_PAUSE_MS 30000
#define SILENCE_MS 10000        /* for so long nobody else waits for one that does not answer */

typedef struct
{
  char *file, *network;
  uint8_t uuid[16];
} Leftover;

static struct
{
  GQueue ports;                 /* Leftover */
  bool works;                   /* a fiber sees to them */
  Deadline silent_until;
} later;

static void
free_leftover (Leftover *leftover)
{
  g_free (leftover->file);
  g_free (leftover->network);
  g_free (leftover);
}

/* Each once; those that fail wait for the next round. */
static void
try_all (void)
{
  unsigned int n = later.ports.length;

  later.silent_until = 0;
  while (n-- > 0 && !net_later_is_silent ())
    {
      Leftover *leftover = g_queue_pop_head (&later.ports);

      if (net_port_unplug (leftover->network, leftover->uuid))
        {
          net_record_drop (leftover->file, leftover->uuid);
          free_leftover (leftover);
        }
      else
        g_queue_push_tail (&later.ports, leftover);
    }
}

static void
work (void *data)
{
  for (uint64_t pause = FIRST_PAUSE_MS; later.ports.length > 0; pause = MIN (pause * 2, LONGEST_PAUSE_MS))
    {
      if (!fiber_sleep (pause, NULL))
        break;
      try_all ();
    }
  later.works = false;
}

void
net_later_remove_port (const char *file, const char *network, const uint8_t uuid[16])
{
  Leftover *leftover = g_new0 (Leftover, 1);

  leftover->file = g_strdup (file);
  leftover->network = g_strdup (network);
  memcpy (leftover->uuid, uuid, sizeof (leftover->uuid));
  g_queue_push_tail (&later.ports, leftover);
  if (later.works)
    return;
  later.works = true;
  fiber_start ("remove ports of networks", NULL, work, NULL);
}

bool
net_later_is_silent (void)
{
  return loop_now () < later.silent_until;
}

void
net_later_note_silence (bool silent)
{
  later.silent_until = silent ? deadline_in_ms (SILENCE_MS) : 0;
}
