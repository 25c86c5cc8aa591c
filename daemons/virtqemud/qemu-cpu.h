/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu-cpu.h: the processor of a live document: what host-model means here, and what QEMU made of it. */
#pragma once

#include "model/domain/domain.h"
#include "qemu-caps.h"

/* Turns CPU mode host-model into a model with features. VIR_ERR_CONFIG_UNSUPPORTED if no model fits. */
bool qemu_cpu_resolve (Domain *domain, const QemuCaps *caps, GError **error);

/* Adds what the running processor has or lacks against its model, by QEMU's "feature-words" of the first one: the
 * guest shall find the same after a migration. */
void qemu_cpu_learn (Domain *domain, const json_t *feature_words);
