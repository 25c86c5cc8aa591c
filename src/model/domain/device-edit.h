/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device-edit.h: devices that come and go: one device as a document of its own, and its place
 * in a domain. Nothing here awaits.
 *
 * A device by itself is a DomainDevice whose struct the holder owns. A lease has no common
 * part: its `info` is only the struct's address. */
#pragma once

#include "model/domain/domain.h"
#include "xml/xml.h"

/* Frees the struct; all absent is fine. */
void domain_device_clear (DomainDevice *device);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DomainDevice, domain_device_clear)

/* How a kind of device is written; NULL if @element is none. */
const XmlSchema *domain_device_schema (const char *element);

/* Reads a document of @length bytes that is one device, of any kind. @ret is the caller's.
 * Errors: VIR_ERR_XML_DETAIL (malformed), VIR_ERR_CONFIG_UNSUPPORTED (an unknown kind), and
 * those of the kind. */
bool domain_device_parse (const char *xml, size_t length, DomainParseFlags flags, DomainDevice *ret, GError **error);

/* The document, with a newline at the end. Caller frees. */
char *domain_device_format (const DomainDevice *device, DomainFormatFlags flags);

DomainDevice domain_device_copy (const DomainDevice *device);
bool domain_device_equal (const DomainDevice *a, const DomainDevice *b);

/* Puts the device where a document has it, and takes it from @device, also on failure. Errors:
 * VIR_ERR_OPERATION_INVALID if the domain has one of a kind of which there is one. */
bool domain_device_insert (Domain *domain, DomainDevice *device, GError **error);

/* Takes the device @info points to out of @domain. The result is the caller's; all absent if it is not there. */
DomainDevice domain_device_steal (Domain *domain, const DomainDeviceInfo *info);

/* The device of that kind in the list of @domain at its place @i; false beyond the last. */
bool domain_device_nth (const Domain *domain, const char *element, unsigned int i, DomainDevice *ret);

/* The device with @alias; the domain's. */
bool domain_device_by_alias (const Domain *domain, const char *alias, DomainDevice *ret);

/* The device of @domain that a client means by @wanted: by what tells devices of its kind apart
 * (a disk's target, an interface's address, ...), and the alias and place if @wanted has them. The device
 * is the domain's. Errors: VIR_ERR_DEVICE_MISSING, VIR_ERR_OPERATION_FAILED if several fit. */
bool domain_device_find (const Domain *domain, const DomainDevice *wanted, DomainDevice *ret, GError **error);

/* Refuses a device that would be there twice: another of its kind is told apart by nothing. */
bool domain_device_check_new (const Domain *domain, const DomainDevice *device, GError **error);
