/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rtnl-private.h: how the files of this folder talk to the kernel. */
#pragma once

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "link/rtnl.h"

#define RTNL_REQUEST_SIZE 2048

typedef struct
{
  union { struct nlmsghdr header; char room[RTNL_REQUEST_SIZE]; };
} RtnlRequest;

/* Starts @request (all 0) with its header, of an RTM_... @type; the kernel is to acknowledge it. */
struct nlmsghdr *rtnl_begin (Rtnl *rtnl, RtnlRequest *request, uint16_t type, uint16_t flags);
/* The same of a message about the device @index. */
struct ifinfomsg *rtnl_begin_link (Rtnl *rtnl, RtnlRequest *request, uint16_t type, uint16_t flags, unsigned char family,
                                   int index);
void rtnl_put_address (RtnlRequest *request, uint16_t type, const IpAddress *address);

/* Sends @request, which no batch holds back, and reads until it is acknowledged or, for a dump, done, with @take of each
 * message that comes; 0, or an errno. */
int rtnl_talk (Rtnl *rtnl, const struct nlmsghdr *request, mnl_cb_t take, void *data);
/* Asks for all that there is of what @type (RTM_GET...) gets, of @family: @size is that of the type's struct, which begins
 * with the family. @what names them in the error: "routes". */
bool rtnl_dump (Rtnl *rtnl, uint16_t type, unsigned char family, size_t size, mnl_cb_t take, void *data, const char *what,
                GError **error);
/* Asks for a change, whose refusal is an error that says what was tried; within a batch it is sent with the others. */
bool rtnl_ask (Rtnl *rtnl, const struct nlmsghdr *request, GError **error, const char *format, ...) G_GNUC_PRINTF (4, 5);
/* The same of a change that may as well be refused. Fails only if the kernel does not answer. */
bool rtnl_try (Rtnl *rtnl, const struct nlmsghdr *request, GError **error);
/* Sends what waits. */
bool rtnl_flush (Rtnl *rtnl, GError **error);

/* The index of @name, 0 with @error if there is no such device. */
int rtnl_index (Rtnl *rtnl, const char *name, GError **error);
