/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/vm.h: the guests that this daemon knows, and the list of them.
 *
 * A Vm is counted: whoever keeps one across an await holds a reference. Its
 * fields are read freely and changed only by the files of this folder; a change that
 * awaits holds vm->job. A query reads what is there and takes no job.
 *
 * A guest has up to two definitions: `config`, what the next start uses (NULL for a
 * transient guest), and `live`, what runs now (NULL while shut off). Both are
 * replaced, never changed while somebody may look at them across an await: who
 * needs one across an await copies what it needs. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/objects.h"
#include "model/domain/domain.h"
#include "util/fiber.h"

typedef struct QemuProcess QemuProcess;   /* qemu/process.h */
typedef struct Qmp Qmp;                   /* qemu/qmp.h */
typedef struct Vm Vm;
typedef struct VmDump VmDump;             /* vm/dump.h */
typedef struct Agent Agent;               /* agent/agent.h */
typedef struct VmFigures VmFigures;       /* vm/figures.h */
typedef struct Stream Stream;             /* rpc/stream.h */
typedef struct VmUnplug VmUnplug;         /* vm/unplug.h */

/* Why a guest is not to be trusted: shown in its log, kept in its status. */
typedef enum
{
  VM_TAINT_CUSTOM_MONITOR = 1 << 0,
  VM_TAINT_CUSTOM_ARGV = 1 << 1,
  VM_TAINT_HOST_CPU = 1 << 2,
  VM_TAINT_CUSTOM_AGENT = 1 << 3,
  VM_TAINT_HIGH_PRIVILEGES = 1 << 4,    /* it runs as root */
} VmTaint;

/* Vm.autodestroy_peer of a guest whose client was lost with an earlier daemon. */
#define VM_AUTODESTROY_LOST UINT64_MAX

/* The guest's end is expected, and by whom: decides the reason of its stop. */
typedef enum
{
  VM_END_UNEXPECTED,      /* it crashed */
  VM_END_SHUTDOWN,        /* QEMU said SHUTDOWN: the guest or the host powered it off */
  VM_END_DESTROYED,       /* virDomainDestroy */
  VM_END_FAILED,          /* its start failed */
  VM_END_CRASHED,         /* the guest panicked and on_crash is destroy */
} VmEnd;

/* What is on disk of a guest's process, from its spawning on. */
typedef struct
{
  pid_t pid;                    /* 0: not known yet */
  uint64_t start_time;
  char *monitor_path, *cgroup;
} VmRecord;

struct Vm
{
  OBJECT_BASE;                  /* its uuid, name and job */
  int id;                       /* -1 while shut off */

  Domain *config;               /* next start; NULL: transient */
  Domain *live;                 /* NULL while shut off */
  bool autostart, autostart_once;
  bool recovering;              /* ran when the daemon started, and has not been reached since */
  bool has_managed_save;
  unsigned int n_snapshots, n_checkpoints;      /* files of metadata on disk */
  bool updated;                 /* defined anew since it was loaded */

  int state;                    /* virDomainState */
  int reason;                   /* of the state's own enum */
  uint64_t state_since;         /* CLOCK_REALTIME, microseconds */
  VmEnd end;                    /* how the current run is to be explained when it ends */
  unsigned int taint;           /* VmTaint */

  bool fake_reboot;             /* a shutdown that is to come back as a reset */
  bool reset_ends;              /* it is off because a reset is to end it */
  bool rebooting;               /* the daemon resets it in place: its stop and go are nobody's news */
  VmDump *dump;                 /* under way, vm/dump.h; NULL: none */
  json_t *last_job;             /* what QEMU said of the last one that moved data; NULL: none in this run */
  int pause_reason;             /* of the pause that we asked QEMU for; VIR_DOMAIN_PAUSED_UNKNOWN: none */
  uint64_t autodestroy_peer;    /* the guest ends with the client of this id; 0: with none */

  QemuProcess *process;         /* NULL while shut off */
  Qmp *monitor;                 /* NULL while shut off or not (re)connected; borrowed from process */
  VmRecord record;              /* what the status file says of the process */
  VmFigures *figures;           /* last known live figures, never NULL */

  pid_t *vcpu_threads;          /* vm/threads.h; NULL: not looked up yet */
  unsigned int n_vcpu_threads;
  GArray *perf;                 /* vm/perf.h; NULL: nothing is counted */

  Agent *agent;                 /* NULL: the guest does not listen on the agent's channel */
  Job agent_job;                /* held by whoever talks to the agent */
  int agent_timeout;            /* seconds, or VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_... */

  GPtrArray *fd_groups;         /* vm/fd-groups.h; NULL: no client has given descriptors */
  GHashTable *consoles;         /* path of a character device -> Stream (counted) that has it */

  VmUnplug *unplug;             /* the call that waits for the guest to give up a device; NULL: none */
  Domain *arriving;             /* `live` with the device that is being attached; NULL: none is */
  /* Highest numbers that QEMU's block nodes and sets of descriptors had in this run; 0: not known. */
  unsigned int last_node, last_fdset;

  Job status_job;               /* one writer of the status file at a time */
  unsigned int status_version, status_saved;    /* changes so far, and those that are on disk */
  bool status_pending;          /* a fiber is about to write it */
};

/* Makes a shut-off guest that is in no list, with one reference. */
Vm *vm_new (const uint8_t uuid[16], const char *name);
Vm *vm_ref (Vm *vm);
void vm_unref (Vm *vm);         /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Vm, vm_unref)

/* The live definition if it runs, else the one of the next start; never NULL for a
 * guest in the list. Borrowed until the next await. */
Domain *vm_domain (const Vm *vm);

/* The definition that @flags (VIR_DOMAIN_AFFECT_LIVE, _CONFIG; neither: what is current) ask for.
 * Fails with VIR_ERR_OPERATION_INVALID if the guest has none of it. Borrowed. */
Domain *vm_definition_for (const Vm *vm, unsigned int flags, GError **error);

/* Turns "current" in @flags into LIVE or CONFIG and checks that the guest has what is asked
 * for: VIR_ERR_OPERATION_INVALID if it does not run (LIVE) or is transient (CONFIG). */
bool vm_resolve_affect (const Vm *vm, unsigned int flags, unsigned int *ret_flags, GError **error);

bool vm_is_active (const Vm *vm);
bool vm_is_persistent (const Vm *vm);

/* Fails with VIR_ERR_OPERATION_INVALID if the guest is shut off. */
bool vm_require_active (const Vm *vm, GError **error);

/* Takes the guest's job for @what (static), waiting at most as long as stock does
 * (30 s); the error names who holds it. The caller holds a reference. The time counts for the whole change: see
 * vm_change_deadline. Awaits. */
bool vm_job (JobGuard *guard, Vm *vm, const char *what, GError **error);

/* How many calls may wait for the job of one guest; 0: any number. */
void vm_set_max_queued (unsigned int calls);

/* Until when the holder of the job waits for QEMU: what is left of its time, but five seconds at least. */
Deadline vm_change_deadline (const Vm *vm);

/* --- the list --------------------------------------------------------------- */

typedef struct VmList VmList;

VmList *vm_list_new (void);
void vm_list_free (VmList *list);

/* Lookups: a new reference, or NULL if there is no such guest. */
Vm *vm_list_by_uuid (VmList *list, const uint8_t uuid[16]);
Vm *vm_list_by_name (VmList *list, const char *name);
Vm *vm_list_by_id (VmList *list, int id);

/* All guests in the order in which they came: an array of references, freed with
 * g_ptr_array_unref. @filter (may be NULL) chooses. */
typedef bool (*VmFilter) (const void *vm, const void *data);
GPtrArray *vm_list_all (VmList *list, VmFilter filter, const void *data);

unsigned int vm_list_count (VmList *list, bool active, bool inactive);

/* Finds the guest that a definition with @uuid and @name is for, or makes one that only
 * this caller sees (vm->reserved) until vm_list_publish. Fails with
 * VIR_ERR_OPERATION_FAILED if the name or the uuid belongs to another guest, and with
 * VIR_ERR_OPERATION_INVALID if @must_not_run and it is active. On success @guard holds the guest's
 * job (named @what). A reference. Awaits. */
Vm *vm_list_claim (VmList *list, const uint8_t uuid[16], const char *name, bool must_not_run,
                   JobGuard *guard, const char *what, GError **error);
void vm_list_publish (VmList *list, Vm *vm);

/* Adds a guest that was loaded from disk; the same uniqueness rules. Takes a reference. */
bool vm_list_add (VmList *list, Vm *vm, GError **error);
/* Takes it out of the list and drops the list's reference. */
void vm_list_remove (VmList *list, Vm *vm);

/* The guest's names in the index follow: the job must be held. Fails as claim does if @name is taken. */
bool vm_list_rename (VmList *list, Vm *vm, const char *name, GError **error);

/* Gives @vm an id that was never used by a guest that runs, or takes @id (> 0) as found on disk. */
void vm_list_assign_id (VmList *list, Vm *vm, int id);
void vm_list_release_id (VmList *list, Vm *vm);
