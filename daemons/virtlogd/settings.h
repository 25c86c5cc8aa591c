/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* settings.h: virtlogd.conf. */
#pragma once

#include "log-file.h"
#include "util/conf.h"

/* Keys beyond those that every daemon knows; NULL-terminated. */
extern const char *const settings_keys[];

typedef struct
{
  char *root;                   /* log_root, with the prefix of --root */
  LogLimits limits;
  unsigned int max_age_days;    /* 0: logs are kept for ever */
} Settings;
void settings_clear (Settings *settings);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Settings, settings_clear)

/* Reads them from @conf. Errors name file and key. */
bool settings_read (const Conf *conf, Settings *ret_settings, GError **error);
