/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* args/memory.h: the objects behind a guest's memory. Sizes are in KiB. */
#pragma once

#include "args/private.h"

/* A part of a guest's memory: the machine's, a cell's, a module's. */
typedef struct
{
  const char *prefix, *alias;   /* its object is called prefix + alias, the file behind it, if any, alias */
  uint64_t size;
  int cell;                     /* whose settings it has; -1: the guest's */
  uint64_t page_size;           /* 0: as <memoryBacking> says */
  const XmlBitmap *nodes;       /* of the host; NULL: as <numatune> says */
  DomainNumaAccess access;      /* absent: as <memoryBacking> says */
  Tristate discard;             /* the same */
  const char *path;             /* the file it is, NULL: to be chosen */
  uint64_t align;               /* 0: QEMU's */
  bool is_system;               /* all of the machine's memory: known by its name alone, for migrations */
  bool is_prealloc;             /* taken before the guest runs in any case */
  bool is_pmem;                 /* `path` is persistent memory itself */
  bool is_sparse;               /* more than is used: nothing is reserved for it */
} MemoryWish;

/* The object of @wish, to be given to add_memory_backend. VIR_ERR_INTERNAL_ERROR: no mount has such pages;
 * VIR_ERR_CONFIG_UNSUPPORTED: no such node. */
json_t *memory_backend (Builder *b, const MemoryWish *wish, GError **error);

/* Adds @object, which is stolen, and the threads that take its pages. */
void add_memory_backend (Builder *b, json_t *object);

/* Whether a machine that makes its own memory would make the same. */
bool memory_is_plain (const json_t *object);

/* The name of the machine's memory; NULL: it is made of cells, or by the machine itself. */
const char *machine_ram_id (const Builder *b);

/* What modules need of the machine: ",nvdimm=on", ",sgx-epc.0.memdev=...". */
void append_machine_memory (const Builder *b, GString *out);

/* -m and what the machine's memory is made of; with cells, these are. */
bool build_memory (Builder *b, GError **error);
/* -numa. */
bool build_numa (Builder *b, GError **error);
