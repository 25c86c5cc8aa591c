/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/caps.h: what a QEMU binary can do.
 *
 * Asked of the binary over QMP once (one start, all questions pipelined), kept on
 * disk below PATH_CACHE by the binary's identity (path, device, inode, size, mtime,
 * ctime), and in memory from the first need on. Nothing is probed before a client's
 * call needs it. A cache file that is damaged, or of another binary, is probed
 * anew. Results are immutable and live as long as a reference does. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "util/fiber.h"

typedef struct
{
  char *name, *alias;            /* alias NULL: none */
  unsigned int max_cpus;
  bool is_default, deprecated, hotpluggable_cpus, numa_mem;
  char *default_ram_id, *default_cpu_type;
} QemuMachine;

typedef struct
{
  char *name, *type_name;
  bool deprecated, is_static, migration_safe;
  /* What keeps the host from running it; {NULL}: runnable, NULL: not known. */
  char **blockers;
} QemuCpuModel;

typedef enum { QEMU_ACCEL_TCG, QEMU_ACCEL_KVM, QEMU_ACCEL_N } QemuAccel;

typedef struct QemuCaps QemuCaps;
struct QemuCaps
{
  char *binary;                  /* real path asked */
  char *arch;                    /* libvirt's name: "x86_64", "i686"... */
  unsigned int version;          /* 7002022: major * 1,000,000 + minor * 1,000 + micro */
  char *package;                 /* QEMU's package text, "" if none */
  bool accel[QEMU_ACCEL_N];      /* KVM: compiled in and usable on this host when asked */
  GPtrArray *machines;           /* QemuMachine *, QEMU's order */
  GPtrArray *cpus[QEMU_ACCEL_N]; /* QemuCpuModel *; NULL without that accelerator */
  json_t *cpu_host[QEMU_ACCEL_N];/* the "host" (KVM) or "max" (TCG) model, expanded: {"name", "props"};
                                    NULL if the binary cannot say */
  GHashTable *types;             /* set of QOM type names */
  GHashTable *commands;          /* set of QMP command names */
  GHashTable *device_props;      /* type name -> set of property names, for types we use */
  GHashTable *options;           /* set of "option.parameter" of the command line, and of
                                    "chardev:pty", "display:sdl", "tpm:tpm-tis"... */
  GHashTable *lacks;             /* for tests: if set, it has all types, properties ("TYPE.PROPERTY"), commands and
                                    options but these */
  /*< private >*/
  int refs;
};

/* The capabilities of @binary; from memory, from disk or by asking it (at most 10 s). A
 * reference for the caller. A binary that is missing or not executable, or that does not
 * answer, is an error naming it. Awaits. */
QemuCaps *qemu_caps_get (const char *binary, GError **error);
/* The same, only if it is in memory and the binary has not changed since: never awaits. */
QemuCaps *qemu_caps_peek (const char *binary);
QemuCaps *qemu_caps_ref (const QemuCaps *caps);
void qemu_caps_unref (QemuCaps *caps);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuCaps, qemu_caps_unref)

/* The emulator of a guest architecture on this host ("x86_64", "i686"...), the first
 * that exists; NULL if there is none. Caller frees. */
char *qemu_find_binary (const char *arch);
/* Architectures that have an emulator here, in stock's order of listing; static
 * strings in a NULL-terminated array that the caller frees (only the array). */
const char **qemu_list_archs (void);

bool qemu_caps_has_type (const QemuCaps *caps, const char *qom_type);
bool qemu_caps_has_command (const QemuCaps *caps, const char *command);
bool qemu_caps_has_prop (const QemuCaps *caps, const char *device, const char *property);
bool qemu_caps_has_option (const QemuCaps *caps, const char *option_parameter);
/* The machine called @name or with that alias; NULL: none. Borrowed. */
const QemuMachine *qemu_caps_machine (const QemuCaps *caps, const char *name);
/* What <domain type='qemu'> (or kvm) without a machine gets. Borrowed, may be NULL. */
const QemuMachine *qemu_caps_default_machine (const QemuCaps *caps);

/* KVM can be used on this host now. Cheap. */
bool qemu_kvm_usable (void);

/* Whom to run binaries as that are asked; @uid 0: as the daemon. Once, at start. */
void qemu_caps_set_user (uid_t uid, gid_t gid);
/* The supplementary groups of @uid with primary group @gid, read from the user database
 * (NSS) the first time and remembered. Fills @groups and returns their number. */
unsigned int qemu_user_groups (uid_t uid, gid_t gid, gid_t *groups, unsigned int limit);

/* Asks @binary, run as @uid (0: as the daemon), without any cache: the document that the cache file
 * holds. Awaits. */
json_t *qemu_caps_probe (const char *binary, uid_t uid, gid_t gid, GError **error);
/* What a binary answers to the questions of these names; all borrowed. @tpm may be NULL, and @chardevs, then the schema says
 * which there are. */
typedef struct { json_t *version, *target, *machines, *commands, *types, *options, *chardevs, *tpm, *schema; } QemuAnswers;
/* The document without what depends on the accelerator ("accel"). @props, an object of arrays by type, is stolen. NULL if
 * something is missing. */
json_t *qemu_caps_document (const char *binary, const QemuAnswers *answers, json_t *props);
/* Reads such a document; a damaged one is VIR_ERR_INTERNAL_ERROR. */
QemuCaps *qemu_caps_from_json (const json_t *json, GError **error);
