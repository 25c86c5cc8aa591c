/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "driver.h"

bool
driver_setup (const Conf *conf, GError **error)
{
  return true;
}

void
driver_started (void)
{
}

bool
driver_busy (void)
{
  return false;
}
