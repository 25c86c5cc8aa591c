/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host-sysinfo.h: what a host's firmware or kernel says of its hardware, as a
 * DomainSysinfo. Each returns a struct for xml_free(); what a text does not say
 * is absent. */
#pragma once

#include "model/domain/domain.h"

/* Asks for the exact text of an OEM string, of which dmidecode's list shows
 * unprintable bytes as dots. @number counts from 1. Returns NULL or text that is freed. */
typedef char *(*HostOemString) (unsigned int number, void *data);

/* From what dmidecode prints of tables 0 to 4, 11 and 17. */
DomainSysinfo *host_sysinfo_from_dmi (const char *text, HostOemString oem_string, void *data);

/* From /proc/cpuinfo of ARM and POWER. */
DomainSysinfo *host_sysinfo_from_arm (const char *cpuinfo);
DomainSysinfo *host_sysinfo_from_ppc (const char *cpuinfo);

/* From /proc/cpuinfo and /proc/sysinfo of s390. */
DomainSysinfo *host_sysinfo_from_s390 (const char *cpuinfo, const char *sysinfo);
