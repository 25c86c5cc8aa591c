/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Updates of a network's sections: what becomes of it, or the code that libvirt
 * 9.0.0 refuses it with. */
#include "model/network/network.h"
#include "util/error.h"

#define BRIDGE "<bridge name='b'/><mac address='52:54:00:00:00:01'/>"
#define NETWORK(body_) "<network><name>u</name><uuid>81ff0d90-c91e-6742-64da-4a736edb9a8f</uuid>" body_ "</network>"

typedef enum { ISOLATED, ONE, TWO, SIX, PASSTHROUGH, GROUPS, DNS, N_NETWORKS } Which;

static const char *const networks[N_NETWORKS] = {
  [ISOLATED] = NETWORK (BRIDGE),
  [ONE] = NETWORK (BRIDGE "<ip address='10.0.0.1' prefix='24'><dhcp><range start='10.0.0.2' end='10.0.0.9'/>"
                          "<host mac='52:54:00:00:00:0a' name='h1' ip='10.0.0.20'/><host mac='52:54:00:00:00:0b' "
      "ip='10.0.0.21'/>"
                          "<host name='h3' ip='10.0.0.22'/></dhcp></ip>"),
  [TWO] = NETWORK (BRIDGE "<ip address='10.0.1.1' prefix='24'/><ip address='10.0.0.1' prefix='24'><dhcp>"
                          "<range start='10.0.0.2' end='10.0.0.9'/></dhcp></ip><ip family='ipv6' address='fd00::1' "
      "prefix='64'/>"),
  [SIX] = NETWORK (BRIDGE "<ip family='ipv6' address='fd00::1' prefix='64'><dhcp><range start='fd00::2' end='fd00::9'/>"
                          "<host id='00:01' name='a' ip='fd00::20'/></dhcp></ip>"),
  [PASSTHROUGH] = NETWORK ("<forward mode='passthrough'><interface dev='e1'/><interface dev='e2'/></forward>"),
  [GROUPS] = NETWORK ("<forward mode='bridge'/><bridge name='b'/><portgroup name='a' default='yes'/><portgroup name='b'/>"),
  [DNS] = NETWORK (BRIDGE "<dns><txt name='t1' value='v1'/><txt name='t2' value='v2'/><srv service='s' "
      "protocol='tcp' domain='d'/>"
                          "<srv service='s' protocol='udp' domain='d' target='t' port='3' priority='4' weight='5'/>"
                          "<host ip='10.0.0.5'><hostname>a</hostname><hostname>b</hostname></host>"
                          "<host ip='10.0.0.6'><hostname>a</hostname></host></dns>"),
};

#define MODIFY VIR_NETWORK_UPDATE_COMMAND_MODIFY
#define DELETE VIR_NETWORK_UPDATE_COMMAND_DELETE
#define LAST VIR_NETWORK_UPDATE_COMMAND_ADD_LAST
#define FIRST VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST
#define S(section_) VIR_NETWORK_SECTION_##section_
#define INVALID VIR_ERR_OPERATION_INVALID
#define UNSUPPORTED VIR_ERR_OPERATION_UNSUPPORTED

typedef struct
{
  Which network;
  unsigned int command, section;
  int parent_index;
  const char *xml;
  virErrorNumber code;          /* 0: it succeeds */
  const char *lost, *found;     /* what was there before and is not after, and the other way; NULL: nothing to look for */
} Case;

static const Case cases[] = {
  { ISOLATED, LAST, S (BRIDGE), 0, "<bridge name='x'/>", UNSUPPORTED },
  { ISOLATED, MODIFY, S (DOMAIN), 0, "<domain name='x'/>", UNSUPPORTED },
  { ISOLATED, LAST, S (IP), 0, "<ip address='10.0.0.1'/>", UNSUPPORTED },
  { ISOLATED, LAST, S (FORWARD), 0, "<forward mode='nat'/>", UNSUPPORTED },
  { ISOLATED, LAST, S (FORWARD_PF), 0, "<pf dev='x'/>", UNSUPPORTED },
  { ISOLATED, LAST, S (NONE), 0, "<pf dev='x'/>", UNSUPPORTED },
  { ISOLATED, LAST, 33, 0, "<pf dev='x'/>", UNSUPPORTED },
  { ISOLATED, 0, S (PORTGROUP), 0, "<portgroup name='x'/>", UNSUPPORTED },
  { ISOLATED, 9, S (PORTGROUP), 0, "<portgroup name='x'/>", UNSUPPORTED },
  { ISOLATED, LAST, S (PORTGROUP), 0, "<dns/>", VIR_ERR_XML_ERROR },
  { ISOLATED, LAST, S (PORTGROUP), 0, "<portgroup", VIR_ERR_XML_DETAIL },
  { ISOLATED, LAST, S (PORTGROUP), 0, "x", VIR_ERR_XML_DETAIL },
  { ISOLATED, LAST, S (PORTGROUP), 0, "<portgroup/>", VIR_ERR_XML_ERROR },
  { ISOLATED, LAST, S (PORTGROUP), 0, "<portgroup name='a'/>", 0, NULL, "<portgroup name='a'/>" },
  { ISOLATED, LAST, S (PORTGROUP), 5, "<portgroup name='a'/>", 0, NULL, "<portgroup name='a'/>" },
  { GROUPS, LAST, S (PORTGROUP), -1, "<portgroup name='c'/>", 0, NULL, "<portgroup name='c'/>" },
  { GROUPS, FIRST, S (PORTGROUP), 0, "<portgroup name='c'/>", 0, NULL, "<portgroup name='c'/>" },
  { GROUPS, FIRST, S (PORTGROUP), 0, "<portgroup name='c' default='yes'/>", INVALID },
  { GROUPS, FIRST, S (PORTGROUP), 0, "<portgroup name='a'/>", INVALID },
  { GROUPS, MODIFY, S (PORTGROUP), 0, "<portgroup name='b'><bandwidth><inbound average='4'/></bandwidth></portgroup>", 0,
    "<portgroup name='b'/>", "<portgroup name='b'>" },
  { GROUPS, MODIFY, S (PORTGROUP), 0, "<portgroup name='b' default='yes'/>", INVALID },
  { GROUPS, MODIFY, S (PORTGROUP), 0, "<portgroup name='a' default='no'/>", 0,
    "<portgroup name='a' default='yes'/>", "<portgroup name='a'/>" },
  { GROUPS, MODIFY, S (PORTGROUP), 0, "<portgroup name='c'/>", INVALID },
  { GROUPS, DELETE, S (PORTGROUP), 0, "<portgroup name='a'/>", 0, "<portgroup name='a' default='yes'/>", NULL },
  { GROUPS, DELETE, S (PORTGROUP), 0, "<portgroup name='c'/>", INVALID },
  { GROUPS, DELETE, S (PORTGROUP), 0, "<portgroup/>", VIR_ERR_XML_ERROR },
  { GROUPS, 0, S (PORTGROUP), 0, "<portgroup name='a'/>", UNSUPPORTED },
  { GROUPS, 9, S (PORTGROUP), 0, "<portgroup name='a'/>", UNSUPPORTED },
  { GROUPS, LAST, S (PORTGROUP), 0, "<portgroup name='c'><vlan><tag id='4'/></vlan></portgroup>", 0,
    NULL, "<portgroup name='c'>" },
  { ISOLATED, LAST, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:01' ip='10.0.0.4'/>", INVALID },
  { ISOLATED, LAST, S (IP_DHCP_HOST), 0, "<host mac='52:54:00:00:00:01' ip='10.0.0.4'/>", INVALID },
  { ONE, LAST, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0c' ip='10.0.0.4'/>", 0,
    NULL, "<host mac='52:54:00:00:00:0c' ip='10.0.0.4'/>" },
  { ONE, FIRST, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0c' name='h9' ip='10.0.0.40'><lease expiry='5'/></host>", 0,
    NULL, "<host mac='52:54:00:00:00:0c' name='h9' ip='10.0.0.40'>" },
  { ONE, FIRST, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0a' name='h9' ip='10.0.0.40'/>", INVALID },
  { ONE, FIRST, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0A' name='h9' ip='10.0.0.40'/>", INVALID },
  { ONE, FIRST, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0d' name='h1' ip='10.0.0.40'/>", INVALID },
  { ONE, FIRST, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0d' name='h9' ip='10.0.0.20'/>", INVALID },
  { ONE, FIRST, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0d' name='H1' ip='10.0.0.44'/>", 0,
    NULL, "<host mac='52:54:00:00:00:0d' name='H1' ip='10.0.0.44'/>" },
  { ONE, FIRST, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0d' ip='10.9.0.44'/>", 0,
    NULL, "<host mac='52:54:00:00:00:0d' ip='10.9.0.44'/>" },
  { ONE, MODIFY, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0a' name='h9' ip='10.0.0.40'/>", 0,
    "<host mac='52:54:00:00:00:0a' name='h1' ip='10.0.0.20'/>", "<host mac='52:54:00:00:00:0a' name='h9' ip='10.0.0.40'/>" },
  { ONE, MODIFY, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0a' ip='10.0.0.40'/>", 0,
    "<host mac='52:54:00:00:00:0a' name='h1' ip='10.0.0.20'/>", "<host mac='52:54:00:00:00:0a' ip='10.0.0.40'/>" },
  { ONE, MODIFY, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0c' name='h1' ip='10.0.0.40'/>", 0,
    "<host mac='52:54:00:00:00:0a' name='h1' ip='10.0.0.20'/>", "<host mac='52:54:00:00:00:0c' name='h1' ip='10.0.0.40'/>" },
  { ONE, MODIFY, S (IP_DHCP_HOST), -1, "<host name='h3' ip='10.0.0.40'/>", 0,
    "<host name='h3' ip='10.0.0.22'/>", "<host name='h3' ip='10.0.0.40'/>" },
  { ONE, MODIFY, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0c' ip='10.0.0.20'/>", 0,
    "<host mac='52:54:00:00:00:0a' name='h1' ip='10.0.0.20'/>", "<host mac='52:54:00:00:00:0c' ip='10.0.0.20'/>" },
  { ONE, MODIFY, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0a' ip='10.0.0.21'/>", 0,
    "<host mac='52:54:00:00:00:0a' name='h1' ip='10.0.0.20'/>", "<host mac='52:54:00:00:00:0a' ip='10.0.0.21'/>" },
  { ONE, MODIFY, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0a'/>", VIR_ERR_XML_ERROR },
  { ONE, DELETE, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0a'/>", 0,
    "<host mac='52:54:00:00:00:0a' name='h1' ip='10.0.0.20'/>", NULL },
  { ONE, DELETE, S (IP_DHCP_HOST), -1, "<host name='h1'/>", 0,
    "<host mac='52:54:00:00:00:0a' name='h1' ip='10.0.0.20'/>", NULL },
  { ONE, DELETE, S (IP_DHCP_HOST), -1, "<host ip='10.0.0.20'/>", 0,
    "<host mac='52:54:00:00:00:0a' name='h1' ip='10.0.0.20'/>", NULL },
  { ONE, DELETE, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0a' ip='10.0.0.21'/>", INVALID },
  { ONE, DELETE, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0a' name='h1' ip='10.0.0.20'/>", 0,
    "<host mac='52:54:00:00:00:0a' name='h1' ip='10.0.0.20'/>", NULL },
  { ONE, DELETE, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0f'/>", INVALID },
  { ONE, DELETE, S (IP_DHCP_HOST), -1, "<host/>", VIR_ERR_XML_ERROR },
  { ONE, DELETE, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0A'/>", 0,
    "<host mac='52:54:00:00:00:0a' name='h1' ip='10.0.0.20'/>", NULL },
  { ONE, DELETE, S (IP_DHCP_HOST), -1, "<host name='h3'/>", 0, "<host name='h3' ip='10.0.0.22'/>", NULL },
  { ONE, DELETE, S (IP_DHCP_HOST), 3, "<host name='h3'/>", INVALID },
  { ONE, 0, S (IP_DHCP_HOST), -1, "<host name='h3' ip='1.2.3.4'/>", UNSUPPORTED },
  { ONE, 9, S (IP_DHCP_HOST), -1, "<host name='h3' ip='1.2.3.4'/>", UNSUPPORTED },
  { ONE, LAST, S (IP_DHCP_HOST), -1, "<host id='x'/>", VIR_ERR_XML_ERROR },
  { ONE, LAST, S (IP_DHCP_HOST), -1, "<host mac='x' ip='10.0.0.50'/>", VIR_ERR_XML_ERROR },
  { ONE, LAST, S (IP_DHCP_HOST), -1, "<range/>", VIR_ERR_XML_ERROR },
  { TWO, LAST, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0a' ip='10.0.0.21'/>", 0,
    NULL, "<host mac='52:54:00:00:00:0a' ip='10.0.0.21'/>" },
  { TWO, LAST, S (IP_DHCP_HOST), 0, "<host mac='52:54:00:00:00:0a' ip='10.0.0.21'/>", INVALID },
  { TWO, LAST, S (IP_DHCP_HOST), 1, "<host mac='52:54:00:00:00:0a' ip='10.0.0.21'/>", 0,
    NULL, "<host mac='52:54:00:00:00:0a' ip='10.0.0.21'/>" },
  { TWO, LAST, S (IP_DHCP_HOST), 2, "<host id='00:01' ip='fd00::21'/>", 0,
    "<ip family='ipv6' address='fd00::1' prefix='64'/>", "<ip family='ipv6' address='fd00::1' prefix='64'>" },
  { TWO, LAST, S (IP_DHCP_HOST), 2, "<host mac='52:54:00:00:00:0a' ip='fd00::21'/>", VIR_ERR_XML_ERROR },
  { TWO, LAST, S (IP_DHCP_HOST), -1, "<host id='00:01' ip='fd00::21'/>", VIR_ERR_XML_ERROR },
  { SIX, LAST, S (IP_DHCP_HOST), -1, "<host id='00:02' ip='fd00::21'/>", 0, NULL, "<host id='00:02' ip='fd00::21'/>" },
  { SIX, LAST, S (IP_DHCP_HOST), -1, "<host id='00:01' ip='fd00::21'/>", 0, NULL, "<host id='00:01' ip='fd00::21'/>" },
  { SIX, LAST, S (IP_DHCP_HOST), -1, "<host name='a' ip='fd00::21'/>", INVALID },
  { SIX, LAST, S (IP_DHCP_HOST), -1, "<host name='b' ip='fd00::20'/>", INVALID },
  { SIX, MODIFY, S (IP_DHCP_HOST), -1, "<host id='00:01' name='z' ip='fd00::21'/>", INVALID },
  { SIX, MODIFY, S (IP_DHCP_HOST), -1, "<host name='a' ip='fd00::21'/>", 0,
    "<host id='00:01' name='a' ip='fd00::20'/>", "<host name='a' ip='fd00::21'/>" },
  { SIX, MODIFY, S (IP_DHCP_HOST), -1, "<host id='00:03' name='b' ip='fd00::20'/>", 0,
    "<host id='00:01' name='a' ip='fd00::20'/>", "<host id='00:03' name='b' ip='fd00::20'/>" },
  { SIX, DELETE, S (IP_DHCP_HOST), -1, "<host id='00:01'/>", VIR_ERR_XML_ERROR },
  { SIX, DELETE, S (IP_DHCP_HOST), -1, "<host name='a'/>", 0, "<host id='00:01' name='a' ip='fd00::20'/>", NULL },
  { SIX, DELETE, S (IP_DHCP_HOST), -1, "<host ip='fd00::20'/>", 0, "<host id='00:01' name='a' ip='fd00::20'/>", NULL },
  { SIX, DELETE, S (IP_DHCP_HOST), -1, "<host id='00:02'/>", VIR_ERR_XML_ERROR },
  { SIX, DELETE, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0a'/>", VIR_ERR_XML_ERROR },
  { ONE, LAST, S (IP_DHCP_RANGE), -1, "<range start='10.0.0.30' end='10.0.0.40'/>", 0,
    NULL, "<range start='10.0.0.30' end='10.0.0.40'/>" },
  { ONE, FIRST, S (IP_DHCP_RANGE), -1,
    "<range start='10.0.0.30' end='10.0.0.40'><lease expiry='9' unit='hours'/></range>", 0,
    NULL, "<range start='10.0.0.30' end='10.0.0.40'>" },
  { ONE, LAST, S (IP_DHCP_RANGE), -1, "<range start='10.0.0.2' end='10.0.0.9'/>", INVALID },
  { ONE, LAST, S (IP_DHCP_RANGE), -1, "<range start='10.0.0.3' end='10.0.0.8'/>", 0,
    NULL, "<range start='10.0.0.3' end='10.0.0.8'/>" },
  { ONE, LAST, S (IP_DHCP_RANGE), -1, "<range start='10.0.9.3' end='10.0.9.8'/>", VIR_ERR_INTERNAL_ERROR },
  { ONE, LAST, S (IP_DHCP_RANGE), -1, "<range start='10.0.0.3'/>", VIR_ERR_XML_ERROR },
  { ONE, LAST, S (IP_DHCP_RANGE), -1, "<range start='fd00::3' end='fd00::4'/>", VIR_ERR_INTERNAL_ERROR },
  { ONE, MODIFY, S (IP_DHCP_RANGE), -1, "<range start='10.0.0.2' end='10.0.0.9'/>", UNSUPPORTED },
  { ONE, MODIFY, S (IP_DHCP_RANGE), -1, "<range start='10.0.0.30' end='10.0.0.40'/>", UNSUPPORTED },
  { ONE, DELETE, S (IP_DHCP_RANGE), -1, "<range start='10.0.0.2' end='10.0.0.9'/>", 0,
    "<range start='10.0.0.2' end='10.0.0.9'/>", NULL },
  { ONE, DELETE, S (IP_DHCP_RANGE), -1, "<range start='10.0.0.2' end='10.0.0.8'/>", INVALID },
  { ONE, DELETE, S (IP_DHCP_RANGE), -1, "<range start='10.0.0.2'/>", VIR_ERR_XML_ERROR },
  { ONE, DELETE, S (IP_DHCP_RANGE), 1, "<range start='10.0.0.2' end='10.0.0.9'/>", INVALID },
  { ONE, 9, S (IP_DHCP_RANGE), -1, "<range start='10.0.0.2' end='10.0.0.9'/>", UNSUPPORTED },
  { ISOLATED, LAST, S (IP_DHCP_RANGE), -1, "<range start='10.0.0.2' end='10.0.0.9'/>", INVALID },
  { ISOLATED, LAST, S (IP_DHCP_RANGE), 0, "<range start='10.0.0.2' end='10.0.0.9'/>", INVALID },
  { TWO, LAST, S (IP_DHCP_RANGE), -1, "<range start='10.0.0.22' end='10.0.0.29'/>", 0,
    NULL, "<range start='10.0.0.22' end='10.0.0.29'/>" },
  { TWO, LAST, S (IP_DHCP_RANGE), 0, "<range start='10.0.1.22' end='10.0.1.29'/>", INVALID },
  { TWO, LAST, S (IP_DHCP_RANGE), 2, "<range start='fd00::22' end='fd00::29'/>", 0,
    "<ip family='ipv6' address='fd00::1' prefix='64'/>", "<ip family='ipv6' address='fd00::1' prefix='64'>" },
  { TWO, LAST, S (IP_DHCP_RANGE), -1, "<range start='fd00::22' end='fd00::29'/>", VIR_ERR_INTERNAL_ERROR },
  { ISOLATED, LAST, S (FORWARD_INTERFACE), -1, "<interface dev='e2'/>", 0 },
  { PASSTHROUGH, LAST, S (FORWARD_INTERFACE), -1, "<interface dev='e3'/>", 0, NULL, "<interface dev='e3'/>" },
  { PASSTHROUGH, FIRST, S (FORWARD_INTERFACE), -1, "<interface dev='e3'/>", 0,
    "<forward dev='e1' mode='passthrough'>", "<forward dev='e3' mode='passthrough'>" },
  { PASSTHROUGH, LAST, S (FORWARD_INTERFACE), -1, "<interface dev='e1'/>", INVALID },
  { PASSTHROUGH, DELETE, S (FORWARD_INTERFACE), -1, "<interface dev='e1'/>", 0,
    "<forward dev='e1' mode='passthrough'>", "<forward dev='e2' mode='passthrough'>" },
  { PASSTHROUGH, DELETE, S (FORWARD_INTERFACE), 4, "<interface dev='e2'/>", 0, "<interface dev='e2'/>", NULL },
  { PASSTHROUGH, DELETE, S (FORWARD_INTERFACE), -1, "<interface dev='e9'/>", INVALID },
  { GROUPS, LAST, S (FORWARD_INTERFACE), -1, "<interface dev='e9'/>", 0,
    "<forward mode='bridge'/>", "<forward dev='e9' mode='bridge'>" },
  { DNS, LAST, S (DNS_HOST), -1, "<host ip='10.0.0.7'><hostname>c</hostname></host>", 0, NULL, "<host ip='10.0.0.7'>" },
  { DNS, FIRST, S (DNS_HOST), -1, "<host ip='fd00::7'><hostname>c</hostname></host>", 0, NULL, "<host ip='fd00::7'>" },
  { DNS, LAST, S (DNS_HOST), -1, "<host ip='10.0.0.5'><hostname>c</hostname></host>", INVALID },
  { DNS, LAST, S (DNS_HOST), -1, "<host ip='10.0.0.7'><hostname>a</hostname></host>", 0, NULL, "<host ip='10.0.0.7'>" },
  { DNS, LAST, S (DNS_HOST), -1, "<host ip='10.0.0.5'><hostname>a</hostname></host>", INVALID },
  { DNS, LAST, S (DNS_HOST), -1, "<host ip='10.0.0.7'/>", VIR_ERR_XML_DETAIL },
  { DNS, LAST, S (DNS_HOST), -1, "<host><hostname>c</hostname></host>", VIR_ERR_XML_DETAIL },
  { DNS, MODIFY, S (DNS_HOST), -1, "<host ip='10.0.0.5'><hostname>c</hostname></host>", UNSUPPORTED },
  { DNS, MODIFY, S (DNS_HOST), -1, "<host ip='10.0.0.9'><hostname>c</hostname></host>", UNSUPPORTED },
  { DNS, DELETE, S (DNS_HOST), -1, "<host ip='10.0.0.5'/>", 0, "<host ip='10.0.0.5'>", NULL },
  { DNS, DELETE, S (DNS_HOST), -1, "<host ip='10.0.0.5'><hostname>a</hostname></host>", INVALID },
  { DNS, DELETE, S (DNS_HOST), -1, "<host ip='10.0.0.5'><hostname>z</hostname></host>", 0, "<host ip='10.0.0.5'>", NULL },
  { DNS, DELETE, S (DNS_HOST), -1, "<host ip='10.0.0.5'><hostname>a</hostname><hostname>b</hostname></host>", INVALID },
  { DNS, DELETE, S (DNS_HOST), -1, "<host ip='10.0.0.5'><hostname>b</hostname><hostname>a</hostname></host>", INVALID },
  { DNS, DELETE, S (DNS_HOST), -1, "<host ip='10.0.0.6'><hostname>a</hostname><hostname>b</hostname></host>", INVALID },
  { DNS, DELETE, S (DNS_HOST), -1, "<host><hostname>a</hostname></host>", INVALID },
  { DNS, DELETE, S (DNS_HOST), -1, "<host><hostname>b</hostname></host>", 0, "<host ip='10.0.0.5'>", NULL },
  { DNS, DELETE, S (DNS_HOST), -1, "<host><hostname>z</hostname></host>", INVALID },
  { DNS, DELETE, S (DNS_HOST), -1, "<host/>", VIR_ERR_XML_DETAIL },
  { DNS, DELETE, S (DNS_HOST), 4, "<host ip='10.0.0.5'/>", 0, "<host ip='10.0.0.5'>", NULL },
  { DNS, 9, S (DNS_HOST), -1, "<host ip='10.0.0.9'><hostname>c</hostname></host>", UNSUPPORTED },
  { ISOLATED, LAST, S (DNS_HOST), -1, "<host ip='10.0.0.9'><hostname>c</hostname></host>", 0, NULL, "<dns>" },
  { ISOLATED, DELETE, S (DNS_HOST), -1, "<host ip='10.0.0.9'><hostname>c</hostname></host>", INVALID },
  { GROUPS, LAST, S (DNS_HOST), -1, "<host ip='10.0.0.9'><hostname>c</hostname></host>", 0, NULL, "<dns>" },
  { DNS, LAST, S (DNS_TXT), -1, "<txt name='t3' value='v3'/>", 0, NULL, "<txt name='t3' value='v3'/>" },
  { DNS, FIRST, S (DNS_TXT), -1, "<txt name='t3' value='v3'/>", 0, NULL, "<txt name='t3' value='v3'/>" },
  { DNS, FIRST, S (DNS_TXT), -1, "<txt name='t3'/>", VIR_ERR_XML_DETAIL },
  { DNS, LAST, S (DNS_TXT), -1, "<txt name='t1' value='v3'/>", INVALID },
  { DNS, LAST, S (DNS_TXT), -1, "<txt name='T1' value='v3'/>", 0, NULL, "<txt name='T1' value='v3'/>" },
  { DNS, MODIFY, S (DNS_TXT), -1, "<txt name='t1' value='v3'/>", UNSUPPORTED },
  { DNS, DELETE, S (DNS_TXT), -1, "<txt name='t1'/>", 0, "<txt name='t1' value='v1'/>", NULL },
  { DNS, DELETE, S (DNS_TXT), -1, "<txt name='t1' value='v1'/>", 0, "<txt name='t1' value='v1'/>", NULL },
  { DNS, DELETE, S (DNS_TXT), -1, "<txt name='t1' value='v9'/>", 0, "<txt name='t1' value='v1'/>", NULL },
  { DNS, DELETE, S (DNS_TXT), -1, "<txt value='v1'/>", VIR_ERR_XML_DETAIL },
  { DNS, DELETE, S (DNS_TXT), -1, "<txt/>", VIR_ERR_XML_DETAIL },
  { DNS, 9, S (DNS_TXT), -1, "<txt name='t1'/>", VIR_ERR_XML_DETAIL },
  { DNS, 9, S (DNS_TXT), -1, "<txt name='t1' value='v'/>", UNSUPPORTED },
  { DNS, LAST, S (DNS_SRV), -1, "<srv service='n' protocol='tcp'/>", 0, NULL, "<srv service='n' protocol='tcp'/>" },
  { DNS, FIRST, S (DNS_SRV), -1,
    "<srv service='n' protocol='tcp' domain='d' target='t' port='1' priority='2' weight='3'/>", 0,
    NULL, "<srv service='n' protocol='tcp' domain='d' target='t' port='1' priority='2' weight='3'/>" },
  { DNS, LAST, S (DNS_SRV), -1, "<srv service='s' protocol='tcp' domain='d'/>", INVALID },
  { DNS, LAST, S (DNS_SRV), -1, "<srv service='s' protocol='tcp'/>", INVALID },
  { DNS, LAST, S (DNS_SRV), -1, "<srv service='s' protocol='tcp' domain='e'/>", 0,
    NULL, "<srv service='s' protocol='tcp' domain='e'/>" },
  { DNS, LAST, S (DNS_SRV), -1, "<srv service='s' protocol='udp' domain='d' target='u'/>", 0,
    NULL, "<srv service='s' protocol='udp' domain='d' target='u'/>" },
  { DNS, LAST, S (DNS_SRV), -1, "<srv service='s'/>", VIR_ERR_XML_DETAIL },
  { DNS, MODIFY, S (DNS_SRV), -1, "<srv service='s' protocol='tcp' domain='d'/>", UNSUPPORTED },
  { DNS, DELETE, S (DNS_SRV), -1, "<srv service='s' protocol='tcp' domain='d'/>", 0,
    "<srv service='s' protocol='tcp' domain='d'/>", NULL },
  { DNS, DELETE, S (DNS_SRV), -1, "<srv service='s'/>", INVALID },
  { DNS, DELETE, S (DNS_SRV), -1, "<srv protocol='tcp'/>", 0, "<srv service='s' protocol='tcp' domain='d'/>", NULL },
  { DNS, DELETE, S (DNS_SRV), -1, "<srv port='3'/>", VIR_ERR_XML_DETAIL },
  { DNS, DELETE, S (DNS_SRV), -1, "<srv target='t'/>", 0,
    "<srv service='s' protocol='udp' domain='d' target='t' port='3' priority='4' weight='5'/>", NULL },
  { DNS, DELETE, S (DNS_SRV), -1, "<srv target='t' port='3'/>", 0,
    "<srv service='s' protocol='udp' domain='d' target='t' port='3' priority='4' weight='5'/>", NULL },
  { DNS, DELETE, S (DNS_SRV), -1, "<srv weight='5'/>", VIR_ERR_XML_DETAIL },
  { DNS, DELETE, S (DNS_SRV), -1, "<srv priority='4'/>", VIR_ERR_XML_DETAIL },
  { DNS, DELETE, S (DNS_SRV), -1, "<srv/>", INVALID },
  { DNS, DELETE, S (DNS_SRV), -1,
    "<srv service='s' protocol='udp' domain='d' target='t' port='3' priority='4' weight='6'/>", 0,
    "<srv service='s' protocol='udp' domain='d' target='t' port='3' priority='4' weight='5'/>", NULL },
  { DNS, DELETE, S (DNS_SRV), -1, "<srv domain='d'/>", INVALID },
  { DNS, DELETE, S (DNS_SRV), -1, "<srv domain='z'/>", INVALID },
  { DNS, 9, S (DNS_SRV), -1, "<srv service='n' protocol='tcp'/>", UNSUPPORTED },
  { DNS, MODIFY, S (DNS_HOST), 0, "<host/>", UNSUPPORTED },
  { DNS, 9, S (DNS_HOST), 0, "<host/>", VIR_ERR_XML_DETAIL },
  { DNS, 9, S (DNS_TXT), 0, "<txt/>", VIR_ERR_XML_DETAIL },
  { DNS, 9, S (DNS_TXT), 0, "<tx/>", VIR_ERR_XML_ERROR },
  { DNS, MODIFY, S (DNS_TXT), 0, "<txt/>", UNSUPPORTED },
  { DNS, MODIFY, S (DNS_SRV), 0, "<srv/>", UNSUPPORTED },
  { ONE, MODIFY, S (IP_DHCP_RANGE), 0, "<range/>", UNSUPPORTED },
  { ONE, MODIFY, S (IP_DHCP_RANGE), 0, "<rang/>", VIR_ERR_XML_ERROR },
  { ONE, 9, S (IP_DHCP_RANGE), 0, "<range/>", VIR_ERR_XML_ERROR },
  { ONE, 9, S (IP_DHCP_HOST), 0, "<host/>", VIR_ERR_XML_ERROR },
  { ISOLATED, 9, S (IP_DHCP_HOST), 0, "<host/>", INVALID },
  { ISOLATED, MODIFY, S (IP_DHCP_RANGE), -1, "<range start='10.0.0.2' end='10.0.0.9'/>", INVALID },
  { ISOLATED, 9, S (PORTGROUP), -1, "<portgroup/>", VIR_ERR_XML_ERROR },
  { DNS, DELETE, S (DNS_SRV), -1, "<srv service='s' protocol='udp' domain='d' target='t' port='4'/>", 0,
    "<srv service='s' protocol='udp' domain='d' target='t' port='3' priority='4' weight='5'/>", NULL },
  { DNS, DELETE, S (DNS_SRV), -1, "<srv service='s' protocol='udp' domain='d' target='q'/>", INVALID },
  { DNS, DELETE, S (DNS_TXT), -1, "<txt name='zz'/>", INVALID },
  { ONE, MODIFY, S (IP_DHCP_HOST), -1, "<host mac='52:54:00:00:00:0e' name='hz' ip='10.0.0.40'/>", INVALID },
  { DNS, LAST, S (DNS_SRV), -1, "<srv service='s' protocol='udp' domain='d' target='t' port='9'/>", INVALID },
  { DNS, LAST, S (IP_DHCP_HOST), -1, "<host/>", INVALID },
  { TWO, DELETE, S (IP_DHCP_HOST), 0, "<host name='x'/>", INVALID },
  { TWO, DELETE, S (IP_DHCP_RANGE), 0, "<range start='10.0.0.2' end='10.0.0.9'/>", VIR_ERR_INTERNAL_ERROR },
  { TWO, MODIFY, S (IP_DHCP_HOST), 0, "<host name='x' ip='10.0.1.4'/>", INVALID },
  { ONE, LAST, S (IP_DHCP_HOST), 0, "<host name='' ip='10.0.0.55'/>", VIR_ERR_XML_ERROR },
  { GROUPS, DELETE, S (PORTGROUP), 0, "<portgroup name='b' default='yes'/>", 0, "<portgroup name='b'/>", NULL },
  { GROUPS, LAST, S (PORTGROUP), 0,
    "<portgroup name='c'><bandwidth><inbound/></bandwidth></portgroup>", VIR_ERR_XML_DETAIL },
  { ONE, LAST, S (IP_DHCP_RANGE), -1,
    "<range start='10.0.0.30' end='10.0.0.40'><lease expiry='1'/></range>", VIR_ERR_CONFIG_UNSUPPORTED },
  { ISOLATED, LAST, S (PORTGROUP), 0, "<!-- c --><portgroup name='a'/>", 0, NULL, "<portgroup name='a'/>" },
  { ONE, DELETE, S (IP_DHCP_HOST), -1, "<host ip='x'/>", VIR_ERR_XML_ERROR },
  { DNS, DELETE, S (DNS_HOST), -1, "<host ip='x'/>", VIR_ERR_XML_DETAIL },
  { DNS, DELETE, S (DNS_HOST), -1, "<host><hostname/></host>", VIR_ERR_XML_DETAIL },
};

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (GError) error = NULL;
  Network *network = xml_parse (&network_schema, networks[c->network], strlen (networks[c->network]), XML_PARSE_INACTIVE, &error);

  g_assert_no_error (error);
  g_autofree char *before = xml_format (&network_schema, network, XML_FORMAT_INACTIVE);
  bool ok = network_update (network, c->command, c->section, c->parent_index, c->xml, &error);
  g_autofree char *after = xml_format (&network_schema, network, XML_FORMAT_INACTIVE);

  g_test_message ("%s\n%s\n%s", c->xml, error != NULL ? error->message : "done", after);
  xml_free (&network_schema, network);
  g_assert_cmpint (ok, ==, c->code == 0);
  if (!ok)
    {
      g_assert_cmpint (virt_error_code (error), ==, c->code);
      g_assert_cmpstr (before, ==, after);
    }
  g_assert_true (c->lost == NULL || (strstr (before, c->lost) != NULL && strstr (after, c->lost) == NULL));
  g_assert_true (c->found == NULL || (strstr (before, c->found) == NULL && strstr (after, c->found) != NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/update/%u", i);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}
