/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/queue-private.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <string.h>

#include "util/error.h"

/* The kernel's unit of time in these messages. */
#define TICK_NS 64
#define HTB_VERSION 3
#define RATE_TO_QUANTUM 10
/* A burst that lets every packet through. */
#define PACKET_SIZE 1600
#define USUAL_PACKET 1500
#define BITS 8
/* Streams are dealt out anew after so many seconds. */
#define PERTURB_SECONDS 10
/* The largest packet that a policed device may receive, and the table of times that goes with it. */
#define POLICE_MTU 65536
#define TABLE_ENTRIES 256
#define CELL_LOG 9
/* Filters of receivers come before any others, in the table of filters that the kernel makes by itself. */
#define RECEIVER_PRIORITY 2
#define RECEIVER_HANDLE(number) (0x80000000u | (0x800u + (number)))
#define ROOT_HANDLE TC_H_MAKE (1u << 16, 0)
#define INGRESS_HANDLE TC_H_MAKE (0xffffu << 16, 0)

unsigned int
queue_quantum (uint64_t average)
{
  return (unsigned int) CLAMP (QUEUE_SIZE (average) / BITS / USUAL_PACKET, 1, G_MAXINT);
}

/* --- numbers ------------------------------------------------------------------------------------- */

static uint32_t
at_most_32 (uint64_t value)
{
  return (uint32_t) MIN (value, UINT32_MAX);
}

/* How long @size takes at @rate. */
static uint32_t
ticks (uint64_t size, uint64_t rate)
{
  return at_most_32 ((uint64_t) ((double) size / (double) MAX (rate, 1) * 1e9 / TICK_NS));
}

static struct tc_ratespec
rate_spec (uint64_t rate, uint8_t cell_log)
{
  return (struct tc_ratespec) { .cell_log = cell_log, .linklayer = TC_LINKLAYER_ETHERNET, .cell_align = -1,
                                .rate = at_most_32 (rate) };
}

/* --- messages --------------------------------------------------------------------------------------- */

static struct tcmsg *
begin (Rtnl *rtnl, RtnlRequest *request, uint16_t type, uint16_t flags, int index, uint32_t parent, uint32_t handle)
{
  struct tcmsg *message = mnl_nlmsg_put_extra_header (rtnl_begin (rtnl, request, type, flags), sizeof (*message));

  message->tcm_ifindex = index;
  message->tcm_parent = parent;
  message->tcm_handle = handle;
  return message;
}

bool
queue_clear (Rtnl *rtnl, const char *name, GError **error)
{
  static const struct { uint32_t parent, handle; } queues[] = { { TC_H_ROOT, 0 }, { TC_H_INGRESS, INGRESS_HANDLE } };
  int index = rtnl_index (rtnl, name, error);

  if (index == 0)
    return false;
  for (unsigned int i = 0; i < G_N_ELEMENTS (queues); i++)
    {
      RtnlRequest request = { 0 };

      begin (rtnl, &request, RTM_DELQDISC, 0, index, queues[i].parent, queues[i].handle);
      if (!rtnl_try (rtnl, &request.header, error))
        return false;
    }
  return true;
}

bool
queue_add_root (Rtnl *rtnl, const char *name, unsigned int usual, GError **error)
{
  struct tc_htb_glob settings = { .version = HTB_VERSION, .rate2quantum = RATE_TO_QUANTUM, .defcls = usual };
  RtnlRequest request = { 0 };
  int index = rtnl_index (rtnl, name, error);
  struct nlattr *options;

  if (index == 0)
    return false;
  begin (rtnl, &request, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, index, TC_H_ROOT, ROOT_HANDLE);
  mnl_attr_put_strz (&request.header, TCA_KIND, "htb");
  options = mnl_attr_nest_start (&request.header, TCA_OPTIONS);
  mnl_attr_put (&request.header, TCA_HTB_INIT, sizeof (settings), &settings);
  mnl_attr_nest_end (&request.header, options);
  return rtnl_ask (rtnl, &request.header, error, "cannot limit what network device '%s' sends", name);
}

bool
queue_set_class (Rtnl *rtnl, const char *name, unsigned int parent, unsigned int number, const QueueClass *class, GError **error)
{
  uint64_t rate = class->rate, ceil = MAX (class->ceil, rate);
  struct tc_htb_opt settings = {
    .rate = rate_spec (rate, 0), .ceil = rate_spec (ceil, 0), .quantum = class->quantum,
    .buffer = ticks (class->burst != 0 ? class->burst : PACKET_SIZE, rate), .cbuffer = ticks (PACKET_SIZE, ceil),
  };
  RtnlRequest request = { 0 };
  int index = rtnl_index (rtnl, name, error);
  struct nlattr *options;

  if (index == 0)
    return false;
  begin (rtnl, &request, RTM_NEWTCLASS, NLM_F_CREATE, index, ROOT_HANDLE | parent, ROOT_HANDLE | number);
  mnl_attr_put_strz (&request.header, TCA_KIND, "htb");
  options = mnl_attr_nest_start (&request.header, TCA_OPTIONS);
  if (rate > UINT32_MAX)
    mnl_attr_put_u64 (&request.header, TCA_HTB_RATE64, rate);
  if (ceil > UINT32_MAX)
    mnl_attr_put_u64 (&request.header, TCA_HTB_CEIL64, ceil);
  mnl_attr_put (&request.header, TCA_HTB_PARMS, sizeof (settings), &settings);
  mnl_attr_nest_end (&request.header, options);
  return rtnl_ask (rtnl, &request.header, error, "cannot make the class 1:%x of network device '%s'", number, name);
}

bool
queue_share (Rtnl *rtnl, const char *name, unsigned int number, unsigned int handle, GError **error)
{
  struct tc_sfq_qopt settings = { .perturb_period = PERTURB_SECONDS };
  RtnlRequest request = { 0 };
  int index = rtnl_index (rtnl, name, error);

  if (index == 0)
    return false;
  begin (rtnl, &request, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, index, ROOT_HANDLE | number, TC_H_MAKE (handle << 16, 0));
  mnl_attr_put_strz (&request.header, TCA_KIND, "sfq");
  mnl_attr_put (&request.header, TCA_OPTIONS, sizeof (settings), &settings);
  return rtnl_try (rtnl, &request.header, error);
}

bool
queue_remove_class (Rtnl *rtnl, const char *name, unsigned int number, GError **error)
{
  RtnlRequest filter = { 0 }, class = { 0 };
  int index = rtnl_index (rtnl, name, error);

  if (index == 0)
    return false;
  begin (rtnl, &filter, RTM_DELTFILTER, 0, index, ROOT_HANDLE, RECEIVER_HANDLE (number))->tcm_info =
    TC_H_MAKE (RECEIVER_PRIORITY << 16, htons (ETH_P_ALL));
  mnl_attr_put_strz (&filter.header, TCA_KIND, "u32");
  begin (rtnl, &class, RTM_DELTCLASS, 0, index, 0, ROOT_HANDLE | number);
  return rtnl_try (rtnl, &filter.header, error) && rtnl_try (rtnl, &class.header, error);
}

/* --- filters ------------------------------------------------------------------------------------------- */

#define RECEIVER_KEYS 2

/* What packets must have at offsets from their network header. */
static void
put_selector (RtnlRequest *request, const struct tc_u32_key *keys, unsigned int n_keys)
{
  size_t length = sizeof (struct tc_u32_sel) + n_keys * sizeof (keys[0]);
  g_autofree struct tc_u32_sel *selector = g_malloc0 (length);

  selector->flags = TC_U32_TERMINAL;
  selector->nkeys = (unsigned char) n_keys;
  memcpy (selector->keys, keys, n_keys * sizeof (keys[0]));
  mnl_attr_put (&request->header, TCA_U32_SEL, length, selector);
}

static void
receiver_keys (const uint8_t mac[6], struct tc_u32_key ret_keys[RECEIVER_KEYS])
{
  uint32_t high = (uint32_t) mac[0] << 8 | mac[1];
  uint32_t low = (uint32_t) mac[2] << 24 | (uint32_t) mac[3] << 16 | (uint32_t) mac[4] << 8 | mac[5];

  ret_keys[0] = (struct tc_u32_key) { .mask = htonl (0xffffffff), .val = htonl (low), .off = -12 };
  ret_keys[1] = (struct tc_u32_key) { .mask = htonl (0xffff), .val = htonl (high), .off = -16 };
}

bool
queue_set_receiver (Rtnl *rtnl, const char *name, unsigned int number, const uint8_t mac[6], GError **error)
{
  struct tc_u32_key keys[RECEIVER_KEYS];
  uint32_t info = TC_H_MAKE (RECEIVER_PRIORITY << 16, htons (ETH_P_ALL));
  RtnlRequest old = { 0 }, request = { 0 };
  int index = rtnl_index (rtnl, name, error);
  struct nlattr *options;
  struct tcmsg *message;

  if (index == 0)
    return false;
  if (number >= QUEUE_CLASS_MAX)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "a filter to class %u of '%s' cannot be numbered", number, name);
  /* Of a filter that is there the kernel would change the class but not the address. */
  begin (rtnl, &old, RTM_DELTFILTER, 0, index, ROOT_HANDLE, RECEIVER_HANDLE (number))->tcm_info = info;
  mnl_attr_put_strz (&old.header, TCA_KIND, "u32");
  if (!rtnl_try (rtnl, &old.header, error))
    return false;
  message = begin (rtnl, &request, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, index, ROOT_HANDLE, RECEIVER_HANDLE (number));
  message->tcm_info = info;
  mnl_attr_put_strz (&request.header, TCA_KIND, "u32");
  options = mnl_attr_nest_start (&request.header, TCA_OPTIONS);
  mnl_attr_put_u32 (&request.header, TCA_U32_CLASSID, ROOT_HANDLE | number);
  receiver_keys (mac, keys);
  put_selector (&request, keys, RECEIVER_KEYS);
  mnl_attr_nest_end (&request.header, options);
  return rtnl_ask (rtnl, &request.header, error, "cannot tell what belongs to the class 1:%x of network device '%s'", number,
                   name);
}

void
queue_put_police (RtnlRequest *request, uint64_t rate, uint64_t burst)
{
  struct tc_police settings = {
    .action = TC_POLICE_SHOT, .rate = rate_spec (rate, CELL_LOG), .burst = ticks (burst, rate), .mtu = POLICE_MTU,
  };
  static const struct tc_u32_key all;
  struct nlattr *options, *police;
  uint32_t table[TABLE_ENTRIES];

  for (unsigned int i = 0; i < TABLE_ENTRIES; i++)
    table[i] = ticks ((uint64_t) (i + 1) << CELL_LOG, rate);
  mnl_attr_put_strz (&request->header, TCA_KIND, "u32");
  options = mnl_attr_nest_start (&request->header, TCA_OPTIONS);
  police = mnl_attr_nest_start (&request->header, TCA_U32_POLICE);
  mnl_attr_put (&request->header, TCA_POLICE_TBF, sizeof (settings), &settings);
  mnl_attr_put (&request->header, TCA_POLICE_RATE, sizeof (table), table);
  if (rate > UINT32_MAX)
    mnl_attr_put_u64 (&request->header, TCA_POLICE_RATE64, rate);
  mnl_attr_nest_end (&request->header, police);
  mnl_attr_put_u32 (&request->header, TCA_U32_CLASSID, 1);
  put_selector (request, &all, 1);
  mnl_attr_nest_end (&request->header, options);
}

bool
queue_police (Rtnl *rtnl, const char *name, uint64_t rate, uint64_t burst, GError **error)
{
  RtnlRequest queue = { 0 }, filter = { 0 };
  int index = rtnl_index (rtnl, name, error);

  if (index == 0)
    return false;
  begin (rtnl, &queue, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, index, TC_H_INGRESS, INGRESS_HANDLE);
  mnl_attr_put_strz (&queue.header, TCA_KIND, "ingress");
  if (!rtnl_ask (rtnl, &queue.header, error, "cannot limit what network device '%s' receives", name))
    return false;
  begin (rtnl, &filter, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, index, INGRESS_HANDLE, 0)->tcm_info = htons (ETH_P_ALL);
  queue_put_police (&filter, rate, burst);
  return rtnl_ask (rtnl, &filter.header, error, "cannot limit what network device '%s' receives", name);
}

bool
queue_change (const char *kind, const char *name, QueueAsk ask, void (*undo) (Rtnl *rtnl, const void *data), const void *data,
              GError **error)
{
  g_autoptr (Rtnl) rtnl = rtnl_open (error);
  g_autoptr (GError) cause = NULL;
  bool asked;

  if (rtnl == NULL)
    return false;
  rtnl_batch (rtnl);
  asked = ask (rtnl, data, &cause);
  if (rtnl_batch_end (rtnl, asked ? &cause : NULL) && asked)
    return true;
  undo (rtnl, data);
  return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "the bandwidth of %s'%s' cannot be set: %s", kind, name,
               cause->message);
}
