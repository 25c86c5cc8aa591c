/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security/apparmor.h: a profile a guest, in the files libvirt-UUID and libvirt-UUID.files of /etc/apparmor.d/libvirt. */
#pragma once

#include "security/security.h"

/* The profile, which includes the list of files. Caller frees. */
char *security_apparmor_profile (const Domain *domain);

/* The list: a rule for each of @files (SecurityFile), and the folders @own (NULL-terminated) in which the guest may do
 * what it likes. Caller frees. */
char *security_apparmor_rules (const GPtrArray *files, const char *const *own);

/* Writes the profile of a guest that is about to start, or whose devices change, and loads it. @files: all that it
 * needs. Does nothing where AppArmor is not in use. Awaits (apparmor_parser). */
bool security_apparmor_load (const Domain *domain, const QemuConfig *config, const GPtrArray *files,
                             const char *const *own, GError **error);
/* Unloads and removes it. Failures are logged. Awaits. */
void security_apparmor_unload (const Domain *domain, const QemuConfig *config);
