/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* caps-platform.h: a host as a capability set of the conformance corpus
 * describes it: a recorded one (a file), or a made-up one (a list of flags). */
#pragma once

#include "model/domain/platform.h"
#include "qemu/caps.h"
#include "util/error.h"

/* What a case says about its host; strings may be NULL. */
typedef struct
{
  const char *set;              /* "none", "flags:A,B", "latest:x86_64-8.0.0", "version:...", "real:..." */
  const char *file;             /* of a recorded set */
  const char *gic;              /* "none", "v2", "v3", "both" */
  const char *env;              /* variables of the daemon: "A=x,B=y" */
  const char *config;           /* settings of the daemon: "a=x,b=y" */
  const char *swtpm;            /* the only version of an emulated TPM that can be made */
  const char *host_cpu;         /* the host's processor: "haswell", "power9"; NULL: an older one */
  const char *flags;            /* "skip-legacy-cpus", "fips-host" */
  bool is_new;                  /* guests are new, not loaded */
  bool is_start;                /* guests start, and get what they get then */
} CapsQuery;

/* The platform of @query, which lives as long as the process. NULL and an
 * error if the file cannot be read or is none. */
const DomainPlatform *caps_platform (const CapsQuery *query, GError **error);

/* The emulator that @query describes, for guests of @arch: it has all but what the flags missing from the set stand for.
 * After caps_platform(). A reference for the caller. */
QemuCaps *caps_qemu (const CapsQuery *query, const char *arch, GError **error);
