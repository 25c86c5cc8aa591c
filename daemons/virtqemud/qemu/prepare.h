/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu/prepare.h: a live document made complete: before QEMU starts with what is chosen for it,
 * afterwards with what QEMU chose. */
#pragma once

#include "model/domain/domain.h"
#include "qemu/caps.h"
#include "qemu/chain.h"
#include "qemu/config.h"
#include "qemu/home.h"
#include "qemu/qmp.h"

/* The processor's model, firmware, images' chains, sockets of channels, addresses and ports of displays, label. The ports stay
 * promised until qemu_ports_settle. Awaits. */
bool qemu_prepare_domain (Domain *domain, const QemuHome *home, const QemuConfig *config, const QemuCaps *caps,
                          const QemuChainRules *images, GError **error);

/* The same for a command line that is only shown: images need not be there, ports not be free. Awaits. */
bool qemu_prepare_offline (Domain *domain, const QemuHome *home, const QemuConfig *config, const QemuCaps *caps,
                           GError **error);

/* A UNIX channel without a path of its own gets one in the guest's folder. */
void qemu_prepare_channel (DomainChardev *channel, const QemuHome *home);

/* Sets the password of a display of a guest that runs, and when it ends. Nothing if it has none. Awaits. */
bool qemu_set_password (Qmp *qmp, const DomainGraphics *graphics, const QemuConfig *config, Deadline deadline, GError **error);

/* The first conversation, all in one go: ends negotiation, sets what the command line must not carry or cannot
 * (passwords, balloon, link states), and learns ptys and ports. Awaits. */
bool qemu_first_batch (Qmp *qmp, Domain *domain, const QemuConfig *config, Deadline deadline, GError **error);

/* Learns ptys, channel states and trays again. Awaits. */
bool qemu_refresh_domain (Qmp *qmp, Domain *domain, Deadline deadline, GError **error);
