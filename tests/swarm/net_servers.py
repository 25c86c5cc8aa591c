# SPDX-License-Identifier: LGPL-2.1-or-later
"""Documents of networks for all that dnsmasq is told, and calls of its lease helper."""
NAMESPACE = "xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'"
MAC = "52:54:00:6e:64:%02x"
NAT, ROUTE, OPEN, ISOLATED = "<forward mode='nat'/>", "<forward mode='route'/>", "<forward mode='open'/>", ""
IP4 = "<ip address='192.168.77.1' netmask='255.255.255.0'%s>%s</ip>"
IP6 = "<ip family='ipv6' address='fd00:77::1' prefix='%d'>%s</ip>"
RANGE = "<range start='192.168.77.10' end='192.168.77.20'/>"
RANGE6 = "<range start='fd00:77::10' end='fd00:77::20'/>"


def net(body="", forward=NAT, ip=IP4 % ("", ""), attributes="", tail=""):
    return "<network %s><name>sw-dm</name>%s<bridge name='swdm0' stp='off'/>%s%s%s</network>" % (attributes, forward, body, ip, tail)


def dhcp(inside="", more="", ranges=RANGE):
    return IP4 % ("", "%s<dhcp>%s%s</dhcp>" % (more, ranges, inside))


def dhcp6(inside="", ranges=RANGE6, bits=64):
    return IP6 % (bits, "<dhcp>%s%s</dhcp>" % (ranges, inside))


def lease(expiry, unit):
    element = "<lease expiry='%d'%s/>" % (expiry, " unit='%s'" % unit if unit else "")
    return net(ip=dhcp("<host mac='%s' ip='192.168.77.5'>%s</host><host mac='%s' name='h2' ip='192.168.77.6'/>"
                       "<host name='h3' ip='192.168.77.7'/>" % (MAC % 1, element, MAC % 2),
                       ranges="<range start='192.168.77.10' end='192.168.77.20'>%s</range>" % element))


def options(*values):
    return "<dnsmasq:options>%s</dnsmasq:options>" % "".join("<dnsmasq:option value='%s'/>" % v for v in values)


HOSTS6 = "<host id='0:1:2' ip='fd00:77::5'><lease expiry='3' unit='hours'/></host><host name='q' ip='fd00:77::6'/>"
SRV = "<srv service='%s' protocol='tcp'%s/>"
EVERYTHING = ("<domain name='ex.test' localOnly='yes'/><mtu size='1400'/><dns forwardPlainNames='no'><forwarder addr='192.0.2.8'/>"
              "<txt name='a' value='b'/><srv service='s' protocol='tcp' domain='d' target='t' port='3'/>"
              "<host ip='192.0.2.4'><hostname>q</hostname></host></dns>")

DOCUMENTS = {
    "lease %s %s" % (expiry, unit): lease(expiry, unit)
    for unit, expiry in (("seconds", 0), ("seconds", 3600), ("minutes", 120), ("hours", 7), (None, 0), (None, 120))
}
DOCUMENTS.update({
    "nat": net(), "route": net(forward=ROUTE), "open": net(forward=OPEN), "isolated": net(forward=ISOLATED),
    "isolated, no address": net(forward=ISOLATED, ip=""), "no address, hosts": net(
        "<dns><host ip='192.0.2.4'><hostname>a</hostname></host></dns>", ISOLATED, ""),
    "isolated, IPv6": net(forward=ISOLATED, ip=IP6 % (64, "")), "isolated, DHCPv6": net(forward=ISOLATED, ip=dhcp6(HOSTS6)),
    "isolated, both": net(forward=ISOLATED, ip=dhcp() + IP6 % (64, "")), "IPv6 of 80 bits": net(ip=IP6 % (80, "")),
    "two of IPv6, one with DHCP": net(ip=dhcp6() + "<ip family='ipv6' address='fd00:78::1' prefix='64'/>"),
    "DHCPv6 hosts only": net(ip=dhcp6(HOSTS6, ranges="")), "DHCPv6 of 96 bits": net(ip=dhcp6(bits=96)),
    "two ranges of IPv6": net(ip=dhcp6("<range start='fd00:77::110' end='fd00:77::120'/>")), "open, IPv6": net(forward=OPEN, ip=IP6 % (64, "")),
    "both with DHCP": net(ip=dhcp() + dhcp6()), "both with DHCP, IPv6 first": net(ip=dhcp6() + dhcp()),
    "isolated, routes": net(forward=ISOLATED, ip=dhcp(), tail="<route address='10.1.0.0' prefix='16' gateway='192.168.77.2'/>"),
    "domain": net("<domain name='ex.test'/>", ip=dhcp()), "isolated, domain": net("<domain name='ex.test'/>", ISOLATED, dhcp()),
    "domain, local": net("<domain name='ex.test' localOnly='yes'/>"), "domain, not local": net("<domain name='ex.test' localOnly='no'/>"),
    "no DNS": net("<dns enable='no'/>"), "no DNS, DHCP": net("<dns enable='no'/>", ip=dhcp()), "DNS": net("<dns enable='yes'/>"),
    "no DNS, IPv6": net("<dns enable='no'/>", ip=IP6 % (64, "")),
    "no DNS, TFTP": net("<dns enable='no'/>", ip=IP4 % ("", "<tftp root='/tmp'/>")),
    "no DNS, everything": net("<domain name='ex.test' localOnly='yes'/><dns enable='no' forwardPlainNames='no'/>", ISOLATED,
                              IP4 % (" localPtr='yes'", "<tftp root='/tmp'/><dhcp>%s</dhcp>" % RANGE) + IP6 % (64, "")),
    "plain names forwarded": net("<dns forwardPlainNames='yes'/>"), "plain names not forwarded": net("<dns forwardPlainNames='no'/>"),
    "plain names, domain": net("<domain name='ex.test' localOnly='yes'/><dns forwardPlainNames='no'/>"),
    "forwarders": net("<dns><forwarder addr='192.0.2.8'/><forwarder domain='a.test'/><forwarder domain='b.test' addr='fd00::1'/></dns>"),
    "forwarder of a domain": net("<dns forwardPlainNames='no'><forwarder domain='a.test' addr='192.0.2.8'/></dns>"),
    "isolated, forwarder": net("<dns><forwarder addr='192.0.2.8'/></dns>", ISOLATED),
    "isolated, forwarder of a domain": net("<dns><forwarder domain='a.test'/></dns>", ISOLATED),
    "names of addresses": net(ip=IP4 % (" localPtr='yes'", "") + "<ip address='10.0.0.1' prefix='8' localPtr='yes'/>"
                              "<ip address='172.16.0.1' prefix='16' localPtr='yes'/>"),
    "names of addresses of IPv6": net(ip="<ip family='ipv6' address='fd00:77:1:2::1' prefix='52' localPtr='yes'/>"),
    "names of addresses of a class": net(ip="<ip address='10.1.2.1' localPtr='yes'/>"),
    "names of addresses, odd": net(ip="<ip address='192.168.64.1' prefix='20' localPtr='yes'/>"),
    "names of addresses of IPv6, odd": net(ip="<ip family='ipv6' address='fd00:77:1:2::1' prefix='61' localPtr='yes'/>"),
    "texts": net("<dns><txt name='a' value='b c'/><txt name='q' value='x,y=z; \\w h#i'/><txt name='e' value=''/></dns>"),
    "services": net("<dns>" + SRV % ("s", " domain='d.test' target='t.test' port='1' priority='2' weight='3'") + SRV % ("s1", "")
                    + SRV % ("s2", " domain='d.test'") + SRV % ("s3", " target='t'") + SRV % ("s4", " target='t' weight='5'")
                    + SRV % ("s5", " target='t' priority='5'") + SRV % ("s6", " target='t' port='5' priority='0' weight='0'")
                    + SRV % ("s7", " target='.' port='1'") + "</dns>"),
    "a service of another protocol": net("<dns><srv service='s' protocol='icmp' target='t'/></dns>"),
    "hosts of DNS": net("<dns><host ip='192.168.77.2'><hostname>a</hostname><hostname>b.c</hostname></host>"
                        "<host ip='fd00::5'><hostname>six</hostname></host></dns>"),
    "boot": net(ip=dhcp("<bootp file='first.0' server='192.0.2.9'/>", more="<tftp root='/tmp'/>")),
    "boot from here": net(ip=dhcp("<bootp file='first.0'/>")),
    "boot, hosts only": net(ip=dhcp("<host mac='%s' ip='192.168.77.5'/><bootp file='x'/>" % (MAC % 1), ranges="")),
    "TFTP of another address": net(ip=dhcp() + "<ip address='192.168.76.1' prefix='28'><tftp root='/tmp'/></ip>"),
    "TFTP twice": net(ip=IP4 % ("", "<tftp root='/tmp'/>") + "<ip address='192.168.75.1' prefix='28'><tftp root='/usr'/></ip>"),
    "two ranges": net(ip=dhcp("<range start='192.168.77.30' end='192.168.77.40'><lease expiry='5'/></range>")),
    "DHCP on the second address": net(ip="<ip address='192.168.78.1' prefix='24'/><ip address='192.168.77.1' prefix='28'><dhcp>"
                                      "<range start='192.168.77.3' end='192.168.77.9'/></dhcp></ip>"),
    "a large range": net(ip="<ip address='10.77.0.1' prefix='16'><dhcp><range start='10.77.0.2' end='10.77.254.254'/></dhcp></ip>"),
    "a host by name and id": net(ip=dhcp("<host id='0:2' name='n' ip='192.168.77.6'/><host mac='52:54:00:AB:CD:EF' ip='192.168.77.7'/>")),
    "MTU": net("<mtu size='1400'/>"), "MTU, DHCP": net("<mtu size='1400'/>", ip=dhcp()), "MTU, DHCPv6": net("<mtu size='1400'/>", ip=dhcp6()),
    "options": net(attributes=NAMESPACE, ip=dhcp(), tail=options("log-queries", "dhcp-option=option:ntp-server,192.0.2.1", "# hi")),
    "options, no address": net(forward=ISOLATED, ip="", attributes=NAMESPACE, tail=options("log-queries")),
    "a wrong option": net(attributes=NAMESPACE, ip=dhcp(), tail=options("nosuchoption=1")),
    "everything": net(EVERYTHING, ISOLATED, IP4 % (" localPtr='yes'", "<tftp root='/tmp'/><dhcp>%s<host mac='%s' ip='192.168.77.5'/>"
                                                   "<bootp file='f' server='192.0.2.1'/></dhcp>" % (RANGE, MAC % 1)) + IP6 % (64, ""),
                      NAMESPACE, options("log-queries")),
})

# ---- the lease helper: what it is called with, variables and words -------------------------------------------------

V4 = {"DNSMASQ_INTERFACE": "swdm9", "VIR_BRIDGE_NAME": "swdm9"}
LATE = dict(V4, DNSMASQ_LEASE_EXPIRES="4102444800")
V6 = dict(LATE, DNSMASQ_IAID="1234", DNSMASQ_MAC=MAC % 6, DNSMASQ_SERVER_DUID="00:01:00:01:aa")
INIT = ({"VIR_BRIDGE_NAME": "swdm9"}, "init")

CALLS = [
    INIT,
    (V4, "add", MAC % 1, "192.168.1.10"),
    (dict(LATE, DNSMASQ_CLIENT_ID="01:52", DNSMASQ_SUPPLIED_HOSTNAME="supp"), "add", MAC % 2, "192.168.1.11", "host2"),
    (dict(LATE, DNSMASQ_SUPPLIED_HOSTNAME="supp"), "add", MAC % 3, "192.168.1.12"),
    INIT,
    (dict(LATE, DNSMASQ_OLD_HOSTNAME="o"), "old", MAC % 2, "192.168.1.11", "host2b"),
    (V4, "old", MAC % 2, "192.168.1.11"),
    (LATE, "add", MAC % 0x22, "192.168.1.11", "host2c"),
    (LATE, "del", MAC % 0x22, "192.168.1.11"),
    (V4, "del", MAC % 0x22, "192.168.1.11"),
    (dict(V6, DNSMASQ_CLIENT_ID="zz"), "add", "00:03:00:01:52", "fd00::10", "six"),
    ({k: v for k, v in V6.items() if k != "DNSMASQ_MAC"}, "add", "00:03:00:01:53", "fd00::11"),
    ({k: v for k, v in V6.items() if k != "DNSMASQ_SERVER_DUID"}, "add", "00:03:00:01:54", "fd00::12"),
    INIT,
    (V6, "del", "00:03:00:01:52", "fd00::10"),
    (dict(V4, DNSMASQ_LEASE_EXPIRES="0"), "add", MAC % 9, "192.168.1.19", "inf"),
    (dict(V4, DNSMASQ_LEASE_EXPIRES="1000"), "add", MAC % 10, "192.168.1.20", "past"),
    (V6, "add", "00:04", "fd00::50", "six"),
    (dict(V6, DNSMASQ_SERVER_DUID="00:0b"), "add", "00:05", "fd00::51"),
    (LATE, "add", MAC % 11, "192.168.1.21"),
    INIT,
    (V4,), (V4, "frob", "a", "b"), (V4, "add", "a"),
    ({}, "add", MAC % 11, "192.168.1.21"), ({}, "init"),
    ({"DNSMASQ_INTERFACE": "swdm9"}, "add", MAC % 11, "192.168.1.21"),
    (dict(LATE, DNSMASQ_INTERFACE="swdm8"), "add", MAC % 12, "192.168.1.22"),
    (dict(V4, DNSMASQ_LEASE_EXPIRES="abc"), "add", MAC % 13, "192.168.1.23"),
    (LATE, "add", MAC % 14, "192.168.1.24", "a\"b\\c\u00e4/"),
    (LATE, "add", MAC % 15, "192.168.1.26", "*"),
    (LATE, "add", "06-" + MAC % 16, "192.168.1.28", "w"),
    (dict(LATE, DNSMASQ_RELAY_ADDRESS="192.0.2.3", DNSMASQ_DOMAIN="d"), "add", MAC % 17, "192.168.1.29", "w"),
    INIT,
]
