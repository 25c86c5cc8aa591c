/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* support.h: clock, samples and results of the benchmark programs.
 *
 * Every program is called with a command and positional arguments and prints
 * one JSON object on a line of its own. Times are in microseconds. A failure
 * ends the program with a message: a benchmark has nothing to recover. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct
{
  const char *name, *usage;     /* usage: its positional arguments */
  int least;                    /* how many of them must be given */
  void (*run) (int argc, char **argv);
} Command;

/* Runs the command that argv[1] names with the arguments behind it; the program's exit status.
 * @commands ends with a row of zeros. */
int commands_main (const Command *commands, int argc, char **argv);

/* Argument @index as a number, @fallback if it was not given. */
long argument (int argc, char **argv, int index, long fallback);

void die (const char *format, ...) __attribute__ ((noreturn, format (printf, 1, 2)));

/* CLOCK_MONOTONIC, microseconds. */
double now_us (void);
void sleep_us (long us);
/* Zeroed memory; never NULL. */
void *make (size_t count, size_t size);

/* Durations of one thing. */
typedef struct
{
  double *values;
  size_t length, room;
} Samples;

void samples_add (Samples *samples, double us);

/* The one JSON object: result_samples adds NAME_p50, NAME_p99, NAME_min and NAME_n. */
void result_samples (const char *name, Samples *samples);
void result_number (const char *name, double value);
void result_end (void);
