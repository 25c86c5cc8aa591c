/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* values.h: values that several kinds of documents hold. */
#pragma once

#include "xml/xml.h"

/* An IP address; `family` is AF_INET, AF_INET6 or 0: absent. Only the first
 * four bytes of an IPv4 address count, the others are 0. */
typedef struct
{
  uint8_t family;
  uint8_t bytes[16];
} IpAddress;

/* An IpAddress in the text forms of inet_aton() or inet_pton(), written in the
 * canonical one. */
extern const XmlType xml_type_ip_address;
#define XML_IP_ADDRESS(S_, m_, path_, ...) \
  XML_SCALAR_ (&xml_type_ip_address, path_, XML_AT_ (S_, m_, IpAddress), __VA_ARGS__)

/* Reads @text, which must be nothing but an address. */
bool ip_address_parse (const char *text, IpAddress *ret_address);

/* Appends the canonical text. */
void ip_address_append (const IpAddress *address, GString *out);

/* The canonical text. Caller frees. */
char *ip_address_text (const IpAddress *address);

bool ip_address_equal (const IpAddress *a, const IpAddress *b);

/* The bits of an address of that family: 32 or 128. */
unsigned int ip_address_bits (const IpAddress *address);

/* Whether the first @prefix bits of both are the same, and their families. */
bool ip_address_in_subnet (const IpAddress *address, const IpAddress *network, unsigned int prefix);

/* The number of leading ones of @netmask, -1 if other ones follow a zero. */
int ip_address_netmask_prefix (const IpAddress *netmask);

/* Below, 0 or above 0 as @a comes before, is or comes after @b, of the same family. */
int ip_address_compare (const IpAddress *a, const IpAddress *b);

/* Reads a MAC address of six hexadecimal numbers between colons. */
bool mac_address_parse (const char *text, uint8_t ret_mac[6]);

/* xml_type_bytes for elements that say B for bytes. */
extern const XmlType xml_type_bytes_b;

/* The number of items of an XML_LIST: only written. */
extern const XmlType xml_type_count;

/* Whether @text (NULL: no) is not empty and has only ASCII letters, digits and characters of @others. */
bool text_is_made_of (const char *text, const char *others);

/* A PCI device of the host. */
typedef struct
{
  unsigned int domain, bus, slot, function;
} PciAddress;

/* Attributes of the element of a PciAddress, all always written. */
extern const XmlField pci_address_rows[];
