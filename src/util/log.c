/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/log.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util/error.h"
#include "util/log-output.h"

typedef struct
{
  int level;
  char *pattern;      /* for fnmatch */
} Filter;

/* All that decides a message's way. It never changes: a new one takes its place. */
typedef struct
{
  int level;
  GPtrArray *filters;     /* of Filter */
  GPtrArray *outputs;     /* of LogOutput */
  bool chosen;            /* the outputs were set; they are not the default */
} LogConfig;

int log_threshold = LOG_LEVEL_WARNING;

/* Threads that log count themselves in readers while they use the configuration;
 * one that was replaced is freed when nobody reads. Only the loop's thread replaces. */
static LogConfig *current;
static int readers;
static GPtrArray *retired;
static char *default_output;

/* -- Configurations --------------------------------------------------------------------- */

static void
filter_free (Filter *filter)
{
  g_free (filter->pattern);
  g_free (filter);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Filter, filter_free)

static GPtrArray *
filters_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) filter_free);
}

static GPtrArray *
outputs_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) log_output_unref);
}

static void
config_free (LogConfig *config)
{
  g_clear_pointer (&config->filters, g_ptr_array_unref);
  g_clear_pointer (&config->outputs, g_ptr_array_unref);
  g_free (config);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogConfig, config_free)

static int
lowest_level (const LogConfig *config)
{
  int passed = config->level, shown = LOG_LEVEL_ERROR + 1;

  for (unsigned int i = 0; i < config->filters->len; i++)
    passed = MIN (passed, ((const Filter *) config->filters->pdata[i])->level);
  for (unsigned int i = 0; i < config->outputs->len; i++)
    shown = MIN (shown, log_output_level (config->outputs->pdata[i]));
  return MAX (passed, shown);
}

/* A copy of the one in force, to be changed and given to config_use. */
static LogConfig *
config_copy (void)
{
  LogConfig *config = g_new0 (LogConfig, 1);

  if (current == NULL)
    {
      LogOutput *output = log_output_open (default_output != NULL ? default_output : "1:stderr", NULL);

      config->level = LOG_LEVEL_WARNING;
      config->filters = filters_new ();
      config->outputs = outputs_new ();
      if (output != NULL)
        g_ptr_array_add (config->outputs, output);
      return config;
    }
  *config = *current;
  g_ptr_array_ref (config->filters);
  g_ptr_array_ref (config->outputs);
  return config;
}

/* Puts @config in force and takes it over. */
static void
config_use (LogConfig *config)
{
  LogConfig *old = __atomic_exchange_n (&current, config, __ATOMIC_SEQ_CST);

  __atomic_store_n (&log_threshold, lowest_level (config), __ATOMIC_RELAXED);
  if (retired == NULL)
    retired = g_ptr_array_new_with_free_func ((GDestroyNotify) config_free);
  if (old != NULL)
    g_ptr_array_add (retired, old);
  if (__atomic_load_n (&readers, __ATOMIC_SEQ_CST) == 0)
    g_ptr_array_set_size (retired, 0);
}

/* -- Messages ------------------------------------------------------------------------------ */

static bool
passes (const LogConfig *config, const LogSite *site, int level)
{
  for (unsigned int i = 0; i < config->filters->len; i++)
    {
      const Filter *filter = config->filters->pdata[i];

      if (fnmatch (filter->pattern, site->category, 0) == 0)
        return level >= filter->level;
    }
  return level >= config->level;
}

static void
write_to_outputs (const LogConfig *config, const LogRecord *record)
{
  for (unsigned int i = 0; i < config->outputs->len; i++)
    if ((int) record->level >= log_output_level (config->outputs->pdata[i]))
      log_output_write (config->outputs->pdata[i], record);
}

/* Before the first configuration: a message of level warning goes to standard error. */
static void
write_early (const LogRecord *record)
{
  g_autoptr (LogOutput) output = log_output_open ("3:stderr", NULL);

  if (output != NULL && record->level >= LOG_LEVEL_WARNING)
    log_output_write (output, record);
}

void
log_write (const LogSite *site, LogLevel level, const char *format, ...)
{
  int saved = errno;
  LogRecord record = { .site = site, .level = level, .thread = gettid () };
  const LogConfig *config;

  __atomic_add_fetch (&readers, 1, __ATOMIC_SEQ_CST);
  config = __atomic_load_n (&current, __ATOMIC_SEQ_CST);
  if (config == NULL || passes (config, site, (int) level))
    {
      g_autofree char *text = NULL;
      va_list arguments;

      errno = saved;      /* for %m */
      va_start (arguments, format);
      text = g_strdup_vprintf (format, arguments);
      va_end (arguments);
      record.text = text;
      clock_gettime (CLOCK_REALTIME, &record.time);
      if (config != NULL)
        write_to_outputs (config, &record);
      else
        write_early (&record);
    }
  __atomic_sub_fetch (&readers, 1, __ATOMIC_SEQ_CST);
  errno = saved;
}

/* -- Settings -------------------------------------------------------------------------------- */

bool
log_set_level (int level, GError **error)
{
  LogConfig *config;

  if (level < LOG_LEVEL_DEBUG || level > LOG_LEVEL_ERROR)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "log level %d is not between 1 and 4", level);
  config = config_copy ();
  config->level = level;
  config_use (config);
  return true;
}

int
log_get_level (void)
{
  return current != NULL ? current->level : LOG_LEVEL_WARNING;
}

/* "1:qemu" → level 1, pattern "*qemu*"; a '+' that once asked for stack traces is skipped. */
static Filter *
parse_filter (const char *item, GError **error)
{
  g_autoptr (Filter) filter = g_new0 (Filter, 1);
  const char *match;
  size_t length;

  if (!log_parse_level (item, &filter->level, &match))
    return fail_null (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG,
                      "log filter '%s' does not begin with a level from 1 to 4 and a colon", item);
  match += *match == '+';
  if (*match == '\0')
    return fail_null (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "log filter '%s' names no category", item);
  match += strspn (match, "*");
  length = strlen (match);
  while (length > 0 && match[length - 1] == '*' && !(length > 1 && match[length - 2] == '\\'))
    length--;
  filter->pattern = length > 0 ? g_strdup_printf ("*%.*s*", (int) length, match) : g_strdup ("*");
  return g_steal_pointer (&filter);
}

bool
log_set_filters (const char *filters, GError **error)
{
  g_auto (GStrv) items = g_strsplit (filters != NULL ? filters : "", " ", -1);
  g_autoptr (GPtrArray) parsed = filters_new ();
  LogConfig *config;

  for (char **item = items; *item != NULL; item++)
    if (**item != '\0')
      {
        Filter *filter = parse_filter (*item, error);

        if (filter == NULL)
          return false;
        g_ptr_array_add (parsed, filter);
      }
  config = config_copy ();
  g_ptr_array_unref (config->filters);
  config->filters = g_steal_pointer (&parsed);
  config_use (config);
  return true;
}

char *
log_get_filters (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (unsigned int i = 0; current != NULL && i < current->filters->len; i++)
    {
      const Filter *filter = current->filters->pdata[i];

      g_string_append_printf (text, "%s%d:%s", i > 0 ? " " : "", filter->level, filter->pattern);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Of two outputs to one place the later counts. */
static void
add_output (GPtrArray *outputs, LogOutput *output)
{
  for (unsigned int i = 0; i < outputs->len; i++)
    if (log_output_same (outputs->pdata[i], output))
      {
        g_ptr_array_remove_index (outputs, i);
        break;
      }
  g_ptr_array_add (outputs, output);
}

static GPtrArray *
open_outputs (char **items, GError **error)
{
  g_autoptr (GPtrArray) outputs = outputs_new ();

  for (char **item = items; *item != NULL; item++)
    if (**item != '\0')
      {
        LogOutput *output = log_output_open (*item, error);

        if (output == NULL)
          return NULL;
        add_output (outputs, output);
      }
  return g_steal_pointer (&outputs);
}

static void
use_outputs (GPtrArray *outputs, bool chosen)
{
  LogConfig *config = config_copy ();

  g_ptr_array_unref (config->outputs);
  config->outputs = outputs;
  config->chosen = chosen;
  config_use (config);
}

bool
log_set_outputs (const char *outputs, GError **error)
{
  g_auto (GStrv) items = NULL;
  bool chosen = outputs != NULL && outputs[strspn (outputs, " ")] != '\0';
  GPtrArray *opened;

  /* One path may have blanks; there is no way to write that, so they always separate. */
  if (chosen)
    items = g_strsplit (outputs, " ", -1);
  else
    items = g_strdupv ((char *[]) { default_output != NULL ? default_output : (char *) "1:stderr", NULL });
  opened = open_outputs (items, error);
  if (opened == NULL)
    return false;
  use_outputs (opened, chosen);
  return true;
}

char *
log_get_outputs (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (LogConfig) config = config_copy ();

  for (unsigned int i = 0; i < config->outputs->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", log_output_item (config->outputs->pdata[i]));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

bool
log_init (const char *name, bool background, const char *file, GError **error)
{
  bool journal = (background || !isatty (STDIN_FILENO)) && access (log_journal_socket, W_OK) == 0;

  log_output_set_name (g_intern_string (name));
  g_free (default_output);
  default_output = journal                       ? g_strdup ("1:journald")
                   : background && file != NULL ? g_strdup_printf ("1:file:%s", file)
                                                 : g_strdup ("1:stderr");
  if (current != NULL && current->chosen)
    return true;
  return log_set_outputs (NULL, error);
}

void
log_reopen (void)
{
  g_autoptr (LogConfig) config = config_copy ();
  GPtrArray *outputs = outputs_new ();

  for (unsigned int i = 0; i < config->outputs->len; i++)
    {
      LogOutput *output = log_output_open (log_output_item (config->outputs->pdata[i]), NULL);

      g_ptr_array_add (outputs, output != NULL ? output : log_output_ref (config->outputs->pdata[i]));
    }
  use_outputs (outputs, config->chosen);
}
