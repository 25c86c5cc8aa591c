/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dnsmasq/dnsmasq.h: the DHCP and DNS server of a network: its files, its process, its leases.
 *
 *   PATH_LIB/dnsmasq/NAME.conf, NAME.hostsfile, NAME.addnhosts    what it reads
 *   PATH_LIB/dnsmasq/BRIDGE.status, BRIDGE.macs                   leases; guests by their MAC addresses
 *   PATH_RUN/network/NAME.pid                                     its process
 *
 * A dnsmasq lives outside of this daemon and is found again by its pid file, also one that a stock daemon started. */
#pragma once

#include <stdbool.h>

#include "model/network/network.h"

/* What a network's dnsmasq reads. */
typedef struct
{
  char *conf, *hosts, *addn_hosts;      /* hosts, addn_hosts: "" if the network has none */
} DnsmasqFiles;
void dnsmasq_files_clear (DnsmasqFiles *files);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DnsmasqFiles, dnsmasq_files_clear)

/* Whether the network has a dnsmasq at all. Never awaits. */
bool dnsmasq_is_needed (const Network *network);
/* The files for @network; a pure function of it and of PATH_LIB. Errors: VIR_ERR_CONFIG_UNSUPPORTED, VIR_ERR_INTERNAL_ERROR. */
bool dnsmasq_files (const Network *network, DnsmasqFiles *ret, GError **error);

typedef struct Dnsmasq Dnsmasq;

/* Called on a fiber when the process of @dnsmasq ended by itself; @why says how. */
typedef void (*DnsmasqEnded) (Dnsmasq *dnsmasq, const char *why, void *user);

/* Writes the files, starts the process and waits until it serves. The bridge is there. An address or port that another
 * process has is VIR_ERR_INTERNAL_ERROR naming that process (pid, program). On failure nothing is left. Awaits. */
Dnsmasq *dnsmasq_start (const Network *live, DnsmasqEnded ended, void *user, GError **error);
/* The process that an earlier daemon started, NULL if there is none that runs. Awaits. */
Dnsmasq *dnsmasq_attach (const Network *live, DnsmasqEnded ended, void *user);
/* Makes a running one follow a changed document: hosts by a signal, else by a new process with the same leases. What has not
 * changed is left alone. On failure the old process goes on, or one like it; if there is none, *@dnsmasq is NULL. Awaits. */
bool dnsmasq_update (Dnsmasq **dnsmasq, const Network *live, DnsmasqEnded ended, void *user, GError **error);
/* Ends the process and removes its files but the leases' (stock keeps *.status and removes the rest). Awaits. */
void dnsmasq_stop (Dnsmasq *dnsmasq);
/* Forgets the process, which goes on. Never awaits. */
void dnsmasq_free (Dnsmasq *dnsmasq);
pid_t dnsmasq_pid (const Dnsmasq *dnsmasq);

/* What there is on disk of a network that does not run, whose dnsmasq may be alive: ended and removed. Awaits. */
void dnsmasq_sweep (const char *network);

/* --- leases --------------------------------------------------------------------------------- */

typedef struct
{
  bool is_v6;
  int64_t expiry;               /* seconds since 1970; 0: never */
  char *mac, *ip, *hostname, *client_id, *iaid;         /* those that are not known are NULL */
} DnsmasqLease;

/* The leases of the bridge @name that have not expired, from BRIDGE.status; @mac (NULL: all) chooses: an array of DnsmasqLease
 * that frees them. Awaits. */
GPtrArray *dnsmasq_leases (const char *name, const char *mac, GError **error);

/* Which guest has which MAC address on a bridge. */
typedef struct { char *domain; uint8_t mac[6]; } DnsmasqGuest;
/* A list of DnsmasqGuest that frees them; copies what is added. */
GPtrArray *dnsmasq_guests_new (void);
void dnsmasq_guests_add (GPtrArray *guests, const char *domain, const uint8_t mac[6]);
/* Writes them to BRIDGE.macs, where libnss-libvirt-guest reads them. The list stays as it is until it returns. Awaits. */
bool dnsmasq_put_guests (const char *bridge, const GPtrArray *guests, GError **error);

/* Removes the lists of leases and guests of the bridge: its network is no more. Awaits. */
void dnsmasq_forget (const char *bridge);
