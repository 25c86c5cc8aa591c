/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* platform.h: what the rules of a domain ask about the host and its emulators.
 *
 * A table of pure questions. Answers come from what is known already: none of
 * these functions awaits or touches a file. Whoever implements them fills a
 * DomainPlatform; @self is the struct itself, to be embedded in a larger one.
 * Strings are borrowed and live as long as the platform does not change. */
#pragma once

#include "model/common/values.h"
#include "model/domain/enums.h"

/* What a question is about. */
typedef struct
{
  DomainVirtType virt_type;
  const char *arch;             /* "x86_64" */
  const char *machine;          /* canonical, or NULL before it is chosen */
  const char *emulator;         /* path, or NULL for the default of arch */
} DomainTarget;

typedef struct DomainPlatform DomainPlatform;
struct DomainPlatform
{
  const char *host_arch;        /* "x86_64" */

  /* The default emulator for @target's arch and virtualization type, NULL if
   * the host has none for them. */
  const char *(*default_emulator) (const DomainPlatform *self, const DomainTarget *target);

  /* Whether the emulator serves the arch and virtualization type of @target;
   * @target->emulator may name any path. */
  bool (*emulator_serves) (const DomainPlatform *self, const DomainTarget *target);

  /* The canonical name of @name, a machine type or alias ("pc" ->
   * "pc-i440fx-7.2"); of the default machine if @name is NULL. NULL if the
   * emulator has no such machine. */
  const char *(*canonical_machine) (const DomainPlatform *self, const DomainTarget *target, const char *name);

  /* The CPU model that the machine gives a guest that asks for none
   * ("qemu64"), NULL if unknown. */
  const char *(*default_cpu) (const DomainPlatform *self, const DomainTarget *target);

  /* The largest number of vCPUs of the machine, 0 if unknown. */
  unsigned int (*max_vcpus) (const DomainPlatform *self, const DomainTarget *target);

  /* Whether the emulator has the device model @device, QEMU's name
   * ("qemu-xhci", "pcie-root-port", "lsi53c895a"). */
  bool (*has_device) (const DomainPlatform *self, const DomainTarget *target, const char *device);

  /* Whether the emulator has the display, "vnc", "spice", "sdl", ... */
  bool (*has_display) (const DomainPlatform *self, const DomainTarget *target, const char *display);

  /* The versions of Arm's interrupt controller that the emulator has, a bit
   * each: 1 << 2, 1 << 3. */
  unsigned int (*gic_versions) (const DomainPlatform *self, const DomainTarget *target);

  /* The group of the host's PCI devices that only go together with @address, above
   * 0; 0 if unknown. */
  unsigned int (*isolation_group) (const DomainPlatform *self, const PciAddress *address);

  /* Whether the emulator has @capability, which is called as stock calls it
   * ("query-hotpluggable-cpus", "machine.pseries.cap-htm"). */
  bool (*has_capability) (const DomainPlatform *self, const DomainTarget *target, const char *capability);

  /* Sound of the host, as QEMU_AUDIO_DRV and SDL_AUDIODRIVER name it (NULL: no
   * say), and which guests besides those with an SDL window get it. */
  const char *audio_driver, *audio_sdl_driver;
  bool has_audio_with_vnc, has_audio_without_display;

  /* Whether the guest is new: then its defaults are the best of today. One that
   * was stored keeps what its defaults were. */
  bool is_new_guest;

  /* Whether USB devices get their ports only when the guest starts. */
  bool is_usb_late;

  /* The highest number of CPUs of the host, the limit for cpuset. */
  unsigned int host_cpus;

  /* Where guests' copies of firmware variables lie, NULL if nowhere. */
  const char *nvram_dir;

  /* The only version of a TPM that the host can make of software, NULL: all. */
  const char *tpm_version;
};
