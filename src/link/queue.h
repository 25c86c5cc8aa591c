/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* link/queue.h: queues of network devices that keep to a rate: the kernel's traffic control, by rtnetlink.
 *
 * What a device sends goes through its root queue 1:, of type htb, with classes 1:NUMBER below; what it receives is policed.
 * As with link/rtnl.h these are for workers, and may be batched. Rates are in bytes a second, sizes in bytes. */
#pragma once

#include "link/rtnl.h"

/* Rates and bursts of documents in those units. What documents call KiB a second has always been set as 1000 bytes a second,
 * and the KiB of a burst as 1024. */
#define QUEUE_RATE(rate) ((rate) * 1000)
#define QUEUE_SIZE(size) ((size) * 1024)

/* What a class may send. */
typedef struct
{
  uint64_t rate;                /* that it is sure of */
  uint64_t ceil;                /* with what others leave over; 0: no more */
  uint64_t burst;               /* at once; 0: what a packet needs */
  unsigned int quantum;         /* its share of what is left over, as against its neighbours'; 0: by its rate */
} QueueClass;

/* The quantum of a class whose document says @average. */
unsigned int queue_quantum (uint64_t average);

/* Has @ask make its changes in one batch, with a socket of its own; if one is refused, @undo takes them back (its own failures
 * do not count) and the error says that the bandwidth of @name, which is @kind ("bridge "; "": a device), cannot be set. */
typedef bool (*QueueAsk) (Rtnl *rtnl, const void *data, GError **error);
bool queue_change (const char *kind, const char *name, QueueAsk ask, void (*undo) (Rtnl *rtnl, const void *data),
                   const void *data, GError **error);

/* Takes all limits off the device, both ways. */
bool queue_clear (Rtnl *rtnl, const char *name, GError **error);

/* Gives the device the root queue, which it must not have; what no filter takes elsewhere goes to class @usual. */
bool queue_add_root (Rtnl *rtnl, const char *name, unsigned int usual, GError **error);
/* Makes the class 1:@number below the class 1:@parent, or below the queue (0), or changes it if it is there. */
bool queue_set_class (Rtnl *rtnl, const char *name, unsigned int parent, unsigned int number, const QueueClass *class,
                      GError **error);
/* Lets the streams within a class share it fairly, where the kernel can do that: its limit holds without. @handle: the number of
 * a queue that the device does not have. */
bool queue_share (Rtnl *rtnl, const char *name, unsigned int number, unsigned int handle, GError **error);
/* Puts packets to @mac, of any protocol, into the class 1:@number, below QUEUE_CLASS_MAX. */
#define QUEUE_CLASS_MAX 0x800
bool queue_set_receiver (Rtnl *rtnl, const char *name, unsigned int number, const uint8_t mac[6], GError **error);
/* Removes a class and its receiver; one that is not there is fine. */
bool queue_remove_class (Rtnl *rtnl, const char *name, unsigned int number, GError **error);

/* Drops what the device, which has no such limit, receives faster. */
bool queue_police (Rtnl *rtnl, const char *name, uint64_t rate, uint64_t burst, GError **error);
