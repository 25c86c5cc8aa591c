/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/cpu.h: what an emulator can make of the host's processor, and what a guest got. */
#pragma once

#include "model/cpu/rules.h"
#include "model/domain/domain.h"
#include "qemu/caps.h"

/* The models of the emulator, with what keeps each from running here: for cpu_find_model(). */
GHashTable *qemu_cpu_choices (const QemuCaps *caps, QemuAccel accel);

/* The CPU of mode host-model, by the emulator's word, for @arch; NULL if it has none or no model fits. Free with
 * cpu_free(). */
Cpu *qemu_cpu_host_model (const QemuCaps *caps, QemuAccel accel, const char *arch);

/* The features that the emulator has a word for; with @migratable those that survive a migration by its own word. False
 * if it cannot say. */
bool qemu_cpu_known_features (const QemuCaps *caps, QemuAccel accel, bool migratable, CpuFeatures *ret_features);

/* Settles what a document leaves open as it would be on this host now: for VIR_DOMAIN_XML_UPDATE_CPU. An unknown model is
 * VIR_ERR_INTERNAL_ERROR. Awaits. */
bool qemu_cpu_update (Domain *domain, GError **error);

/* Takes away what a guest's CPU says of features that the guest's own doing turns on, or that it never gets. */
void qemu_cpu_drop_without_effect (DomainCpu *cpu);

/* Turns what a document leaves open into a model with features that the emulator has: host-model, minimum, optional.
 * A custom CPU with a check is compared first. Errors: VIR_ERR_CONFIG_UNSUPPORTED if no model fits,
 * VIR_ERR_CPU_INCOMPATIBLE. Awaits. */
bool qemu_cpu_resolve (Domain *domain, const QemuCaps *caps, GError **error);

/* Says in a live document what the running processor has or lacks against its model, by QEMU's "feature-words" and
 * "unavailable-features" (NULL: not known) of the first one: the guest shall find the same after a migration.
 * VIR_ERR_OPERATION_FAILED if that is not what a full check asks for. */
bool qemu_cpu_learn (Domain *domain, const json_t *feature_words, const json_t *unavailable, GError **error);
