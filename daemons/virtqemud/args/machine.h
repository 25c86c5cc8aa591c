/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* args/machine.h: the parts of the command line that are no devices. */
#pragma once

#include "args/memory.h"

/* ",NAME=on", ",NAME=off", or nothing. */
void append_tristate (GString *out, const char *name, Tristate value);

bool build_cpu (Builder *b, GError **error);            /* -cpu */
bool build_smp (Builder *b, GError **error);            /* -smp */
bool build_rtc (Builder *b, GError **error);            /* -rtc */
bool build_timers (Builder *b, GError **error);         /* what is set of them outside of -cpu */
bool build_smbios (Builder *b, GError **error);         /* -smbios */
bool build_fwcfg (Builder *b, GError **error);          /* -fw_cfg */
bool build_power (Builder *b, GError **error);          /* shutdown, sleep, ACPI */
bool build_boot (Builder *b, GError **error);           /* -boot, -kernel and their like */
bool build_launch_security (Builder *b, GError **error);

/* The machine's properties that the elements of the same name ask for. */
void append_features (const Builder *b, GString *out);
void append_launch_security (const Builder *b, GString *out);

bool build_deprecation (Builder *b, GError **error);    /* -compat */
/* Changes @device, a part to be, as <qemu:override> says. */
void override_device (const Builder *b, json_t *device);

/* Whether the cells of the guest say how fast they reach each other. */
bool numa_has_speeds (const Domain *domain);
