/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bridge.h: devices by bare messages, each of which is acknowledged. What fails ends the program. */
#pragma once

/* A bridge without a spanning tree that is up and has the address. @address: "10.0.0.1", with a prefix of 24. */
void bridge_make (const char *name, const char *address);
void link_delete (const char *name);
/* A tap that is on the bridge and up; its descriptor. */
int tap_make (const char *name, const char *bridge);
