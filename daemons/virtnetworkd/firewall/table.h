/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall/table.h: what the watch tells of the table. */
#pragma once

/* Somebody else has changed the table: the next transaction does not rely on what is there. */
void table_forget (void);
