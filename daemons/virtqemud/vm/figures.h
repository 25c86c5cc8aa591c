/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm/figures.h: what a guest's QEMU last said of itself.
 *
 * A query asks for a figure: QEMU gets a short moment to answer (QMP_LIVE_MS), else
 * the last answer is taken with its age. A QEMU that failed to answer is not
 * waited for again until it has. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdint.h>

#include "util/cleanup.h"

typedef struct Vm Vm;
typedef struct VmFigures VmFigures;

typedef enum
{
  VM_FIGURE_BALLOON,        /* query-balloon */
  VM_FIGURE_BLOCK_STATS,    /* query-blockstats */
  VM_FIGURE_BLOCK_NODES,    /* query-named-block-nodes */
  VM_FIGURE_BLOCK,          /* query-block */
  VM_FIGURE_GUEST_STATS,    /* guest-stats of the balloon */
  VM_FIGURE_DIRTY_RATE,     /* query-dirty-rate */
  VM_FIGURE_IOTHREADS,      /* query-iothreads */
  VM_FIGURE_N,
} VmFigure;

VmFigures *vm_figures_new (void);
void vm_figures_free (VmFigures *figures);
/* Forgets everything: the guest is shut off. */
void vm_figures_reset (VmFigures *figures);

/* QEMU's latest result for @figure, a new reference; NULL if it has never given one in this run.
 * @ret_age_ms (may be NULL) is how old it is, 0 if it is fresh. Awaits, a little. */
json_t *vm_figure (Vm *vm, VmFigure figure, uint64_t *ret_age_ms);

/* Sends the questions for the figures in @which (bits 1 << VM_FIGURE_...) whose last answers may not hold any more,
 * and returns when they are on their way. Never awaits. */
void vm_figures_ask (Vm *vm, unsigned int which);

/* As vm_figure, content with an answer that came after @since (monotonic, microseconds), and with an older one if
 * it still holds. Awaits, a little. */
json_t *vm_figure_since (Vm *vm, VmFigure figure, uint64_t since, uint64_t *ret_age_ms);

/* The last answer does not hold any more: something was changed. */
void vm_figure_forget (Vm *vm, VmFigure figure);

/* Starts a fiber that asks for all figures once, so that there are last ones when QEMU stops answering. Never
 * awaits. */
void vm_figures_begin (Vm *vm);

/* The same without asking. Never awaits. */
json_t *vm_figure_last (const Vm *vm, VmFigure figure, uint64_t *ret_age_ms);

/* The balloon's size in KiB as last known; the document's current memory if QEMU has not said. */
uint64_t vm_balloon_kib (const Vm *vm);
/* A BALLOON_CHANGE event came. */
void vm_figures_set_balloon (Vm *vm, uint64_t actual_kib);
