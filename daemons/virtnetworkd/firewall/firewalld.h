/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firewall/firewalld.h: firewalld, where it runs, is told in which of its zones a network's bridge is. It is asked over D-Bus. */
#pragma once

#include <stdbool.h>

#include "model/network/network.h"

/* Whose bridge goes into which zone; independent of the document. */
typedef struct
{
  char *network, *bridge;
  char *zone;                   /* that the document names, or NULL */
  bool is_routed;
} FirewalldMember;
void firewalld_member_free (FirewalldMember *member);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FirewalldMember, firewalld_member_free)
FirewalldMember *firewalld_member_new (const Network *live);

/* The zone for @member where there are @zones and @policies: the one it names; for guests that are routed "libvirt-routed",
 * if its policy is there too; "libvirt"; or NULL: firewalld's default. A pure function. Borrowed. */
const char *firewalld_zone (const FirewalldMember *member, const char *const *zones, const char *const *policies);

/* Puts the bridge, which need not exist yet, into its zone, if firewalld runs. Errors: VIR_ERR_INTERNAL_ERROR of VIR_FROM_NONE if
 * a zone is named and it does not run, VIR_ERR_DBUS_SERVICE of VIR_FROM_DBUS with its words. Awaits. */
bool firewalld_join (const FirewalldMember *member, GError **error);

/* Calls @changed when firewalld has started or has read its configuration again, which both make it forget. Never awaits. */
void firewalld_watch (void (*changed) (void));
