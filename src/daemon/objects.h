/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* objects.h: the things with a name and a uuid that a daemon keeps (guests, networks, pools), and the list of them.
 *
 * An object's struct begins with OBJECT_BASE. It is counted: whoever keeps one across an await holds a reference. A change
 * that awaits holds its job; a query reads what is there and takes none. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"
#include "util/fiber.h"

typedef struct Object Object;

/* What objects of one kind have in common; a static one. */
typedef struct
{
  const char *noun;             /* "network", for errors */
  virErrorDomain domain;        /* of errors about it: VIR_FROM_NETWORK */
  virErrorDomain driver;        /* of errors about its job; 0: as domain */
  virErrorNumber missing;       /* there is none: VIR_ERR_NO_NETWORK */
  unsigned int max_queued;      /* calls that may wait for one object's job; 0: any number */
  const char *max_queued_key;   /* what sets that: "max_queued of qemu.conf" */
  void (*free) (void *object);  /* frees what the kind adds, and the struct; not the name */
} ObjectClass;

#define OBJECT_FIELDS                                                                            \
  ObjectClass *class;                                                                            \
  unsigned int refs;                                                                             \
  uint8_t uuid[16];                                                                              \
  char *name;                                                                                    \
  bool reserved;                /* being made: lookups do not see it yet */                      \
  bool removed;                 /* no longer in the list */                                      \
  Job job;                      /* held by whoever changes it */                                 \
  Deadline change_by;           /* when whoever holds it should be done */

struct Object { OBJECT_FIELDS };

/* The head of a kind's struct: its members by their names, or all as `object`. */
#define OBJECT_BASE union { Object object; struct { OBJECT_FIELDS }; }

/* Sets up the base of a zeroed struct, with one reference. */
void object_init (Object *object, ObjectClass *class, const uint8_t uuid[16], const char *name);
void *object_ref (void *object);
void object_unref (void *object);       /* NULL is fine */

/* Takes the object's job for @what (static), waiting 30 seconds at most; the error names who holds it. Fails with the
 * class's `missing` if it was removed meanwhile, with VIR_ERR_OPERATION_FAILED if too many wait. The caller holds a
 * reference. Awaits. */
bool object_job (JobGuard *guard, Object *object, const char *what, GError **error);

/* Until when the holder of the job waits for others: what is left of its 30 seconds, but five at least. */
Deadline object_change_deadline (const Object *object);

/* --- the list ----------------------------------------------------------------------------- */

typedef struct ObjectList ObjectList;

ObjectList *object_list_new (ObjectClass *class);
void object_list_free (ObjectList *list);

/* A new reference to what all may see, or NULL. */
void *object_list_by_uuid (ObjectList *list, const uint8_t uuid[16]);
void *object_list_by_name (ObjectList *list, const char *name);

/* All in the order in which they came: an array of references, freed with g_ptr_array_unref. @filter (NULL: all) chooses. */
GPtrArray *object_list_all (ObjectList *list, bool (*filter) (const void *object, const void *data), const void *data);
unsigned int object_list_count (ObjectList *list, bool (*filter) (const void *object, const void *data), const void *data);
/* The first that @filter chooses, of all there are: also of those that are still being made. Borrowed; NULL: none. */
const void *object_list_find (ObjectList *list, bool (*filter) (const void *object, const void *data), const void *data);

/* Finds the object that a definition with @uuid and @name is for, or has one made by @make that only this caller sees
 * until object_list_publish; if nothing comes of it, object_list_remove. Fails with VIR_ERR_OPERATION_FAILED if the name
 * or the uuid is another's; @check (may be NULL) is asked of one that exists before its job is waited for, and again with
 * the job held. On success @guard holds the job (named @what). A reference. Awaits. */
void *object_list_claim (ObjectList *list, const uint8_t uuid[16], const char *name,
                         void *(*make) (const uint8_t uuid[16], const char *name),
                         bool (*check) (const void *object, GError **error),
                         JobGuard *guard, const char *what, GError **error);
void object_list_publish (ObjectList *list, void *object);

/* Adds one that was loaded from disk; the same uniqueness rules. Takes a reference. */
bool object_list_add (ObjectList *list, void *object, GError **error);
/* Takes it out of the list, whether it was published or not, and drops the list's reference; one that is gone is fine. */
void object_list_remove (ObjectList *list, void *object);
/* Its name in the index follows; the job must be held. Fails with VIR_ERR_OPERATION_INVALID if @name is taken. */
bool object_list_rename (ObjectList *list, void *object, const char *name, GError **error);
