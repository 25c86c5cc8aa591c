/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform.h: what the families of the conformance corpus share. */
#pragma once

#include "model/documents.h"
#include "util/error.h"

/* Exit status of a result that is not what was asked for. */
#define CONFORM_REFUSED 1
#define CONFORM_UNSUPPORTED 77

/* A kind of work: its options and what it does with the file named on the
 * command line. @run returns the result's text, freed by the caller, or NULL and
 * an error. */
typedef struct
{
  const char *name;
  const GOptionEntry *options;
  char *(*run) (const char *path, GError **error);
} ConformKind;

extern const ConformKind conform_argv;
extern const ConformKind conform_block;
extern const ConformKind conform_backup;
extern const ConformKind conform_checkpoint;
extern const ConformKind conform_conf_file;
extern const ConformKind conform_cpu;
extern const ConformKind conform_domain;
extern const ConformKind conform_domain_caps;
extern const ConformKind conform_label;
extern const ConformKind conform_firmware_descriptor;
extern const ConformKind conform_firmware_list;
extern const ConformKind conform_host_caps;
extern const ConformKind conform_hotplug;
extern const ConformKind conform_lxc;
extern const ConformKind conform_memlock;
extern const ConformKind conform_network_conf;
extern const ConformKind conform_network_define;
extern const ConformKind conform_network_update;
extern const ConformKind conform_node_device;
extern const ConformKind conform_pool_sources;
extern const ConformKind conform_probe;
extern const ConformKind conform_schema;
extern const ConformKind conform_snapshot;
extern const ConformKind conform_status;
extern const ConformKind conform_storage_volume;
extern const ConformKind conform_sysinfo;

/* The text of a file; NULL and an error. */
char *conform_read (const char *path, GError **error);
