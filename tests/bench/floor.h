/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* floor.h: the commands of bench-floor; floor.c says what each does. */
#pragma once

/* Reads every file of the folder, as a daemon must that has its definitions there. */
void read_folder (const char *path);

void floor_stub (int argc, char **argv);
void floor_echo (int argc, char **argv);
void floor_load (int argc, char **argv);
void floor_idle (int argc, char **argv);
void floor_write (int argc, char **argv);
void floor_exec (int argc, char **argv);
void floor_guests (int argc, char **argv);
void floor_ask (int argc, char **argv);
