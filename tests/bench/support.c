/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static bool result_begun;

int
commands_main (const Command *commands, int argc, char **argv)
{
  struct rlimit files;

  if (getrlimit (RLIMIT_NOFILE, &files) == 0)
    {
      files.rlim_cur = files.rlim_max;
      setrlimit (RLIMIT_NOFILE, &files);
    }
  for (const Command *c = commands; argc > 1 && c->name != NULL; c++)
    if (strcmp (argv[1], c->name) == 0 && argc - 2 >= c->least)
      {
        c->run (argc - 2, argv + 2);
        return 0;
      }
  for (const Command *c = commands; c->name != NULL; c++)
    fprintf (stderr, "usage: %s %s %s\n", argv[0], c->name, c->usage);
  return 2;
}

long
argument (int argc, char **argv, int index, long fallback)
{
  return index < argc ? strtol (argv[index], NULL, 0) : fallback;
}

void
die (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
  exit (1);
}

double
now_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (double) now.tv_sec * 1e6 + (double) now.tv_nsec / 1e3;
}

void
sleep_us (long us)
{
  struct timespec pause = { us / 1000000, us % 1000000 * 1000 };

  nanosleep (&pause, NULL);
}

void *
make (size_t count, size_t size)
{
  void *memory = calloc (count > 0 ? count : 1, size);

  if (memory == NULL)
    die ("out of memory");
  return memory;
}

void
samples_add (Samples *samples, double us)
{
  if (samples->length == samples->room)
    {
      samples->room = samples->room > 0 ? samples->room * 2 : 1024;
      samples->values = realloc (samples->values, samples->room * sizeof *samples->values);
      if (samples->values == NULL)
        die ("out of memory");
    }
  samples->values[samples->length++] = us;
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
percentile (const Samples *samples, double part)
{
  return samples->length > 0 ? samples->values[(size_t) (part * (double) (samples->length - 1) + 0.5)] : 0;
}

void
result_number (const char *name, double value)
{
  printf ("%s\"%s\": %.9g", result_begun ? ", " : "{", name, value);
  result_begun = true;
}

void
result_samples (const char *name, Samples *samples)
{
  const struct { const char *suffix; double value; } rows[] = {
    { "p50", (qsort (samples->values, samples->length, sizeof (double), compare), percentile (samples, 0.5)) },
    { "p99", percentile (samples, 0.99) },
    { "min", percentile (samples, 0) },
    { "n", (double) samples->length },
  };

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    {
      char key[64];

      snprintf (key, sizeof key, "%s_%s", name, rows[i].suffix);
      result_number (key, rows[i].value);
    }
}

void
result_end (void)
{
  puts (result_begun ? "}" : "{}");
  fflush (stdout);
  result_begun = false;
}
