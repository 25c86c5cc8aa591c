/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain/host-sysinfo.h"
#include "model/domain/tables.h"

#define SYSINFO(body_) "<sysinfo type='smbios'>\n" body_ "</sysinfo>\n"
#define ENTRY(name_, value_) "    <entry name='" name_ "'>" value_ "</entry>\n"

static void
check (DomainSysinfo *sysinfo, const char *expected)
{
  g_autofree char *xml = xml_format (&domain_sysinfo_schema, sysinfo, 0);

  g_assert_cmpstr (xml, ==, expected);
  xml_free (&domain_sysinfo_schema, sysinfo);
}

static char *
oem_string (unsigned int number, void *data)
{
  g_assert_cmpuint (number, ==, 2);
  return g_strdup ("a\nb");
}

static void
test_dmi (void)
{
  static const char text[] =
    "BIOS Information\n\tVendor: ACME  \n\tVersion: 1\n\tBIOS Revision: 3.18\n\n"
    "System Information\n\tManufacturer: ACME\n\tUUID: 4CD0\n\n"
    "Base Board Information\n\tProduct Name: B\n\nChassis Information\n\tSKU Number: S\n\n"
    "Memory Device\n\tSize: No Module Installed\n\n"
    "Memory Device\n\tSize: 1 GB\n\tLocator: DIMM 1\n\tBank Locator: Bank 0\n\n"
    "OEM Strings\n\tString 1: one\n\tString 2: a.b\n\nEnd\n";

  check (host_sysinfo_from_dmi (text, oem_string, NULL),
         SYSINFO ("  <bios>\n" ENTRY ("vendor", "ACME") ENTRY ("version", "1") ENTRY ("release", "3.18") "  </bios>\n"
                  "  <system>\n" ENTRY ("manufacturer", "ACME") ENTRY ("product", "B") ENTRY ("uuid", "4CD0") ENTRY ("sku", "S")
                  "  </system>\n"
                  "  <baseBoard>\n" ENTRY ("product", "B") "  </baseBoard>\n"
                  "  <chassis>\n" ENTRY ("sku", "S") "  </chassis>\n"
                  "  <memory_device>\n" ENTRY ("size", "1 GB") ENTRY ("locator", "DIMM 1") ENTRY ("bank_locator", "Bank 0")
                  "  </memory_device>\n"
                  "  <oemStrings>\n    <entry>one</entry>\n    <entry>a\nb</entry>\n  </oemStrings>\n"));
  check (host_sysinfo_from_dmi ("OEM Strings\n String 1: a.b", NULL, NULL),
         SYSINFO ("  <oemStrings>\n    <entry>a.b</entry>\n  </oemStrings>\n"));
  check (host_sysinfo_from_dmi ("OEM Strings", NULL, NULL), "<sysinfo type='smbios'/>\n");
  check (host_sysinfo_from_dmi ("", NULL, NULL), "<sysinfo type='smbios'/>\n");
}

static void
test_arm (void)
{
  check (host_sysinfo_from_arm ("Processor\t: ARMv7 rev 4\nprocessor\t: 0\n\nprocessor\t: 1\nmodel name : own"),
         SYSINFO ("  <processor>\n" ENTRY ("socket_destination", "0") ENTRY ("type", "ARMv7 rev 4") "  </processor>\n"
                  "  <processor>\n" ENTRY ("socket_destination", "1") ENTRY ("type", "own") "  </processor>\n"));
  check (host_sysinfo_from_arm ("processor\t: 0\nBogoMIPS\t: 100\n"), "<sysinfo type='smbios'/>\n");
}

static void
test_ppc (void)
{
  check (host_sysinfo_from_ppc ("processor\t: 0\ncpu\t\t: POWER7\nrevision\t: 2.1\n\nplatform\t: pSeries\nmodel\t: M\nmachine\t: C\n"),
         SYSINFO ("  <system>\n" ENTRY ("version", "C") ENTRY ("serial", "M") ENTRY ("family", "pSeries") "  </system>\n"
                  "  <processor>\n" ENTRY ("socket_destination", "0") ENTRY ("type", "POWER7") ENTRY ("version", "2.1")
                  "  </processor>\n"));
}

static void
test_s390 (void)
{
  check (host_sysinfo_from_s390 ("vendor_id : IBM/S390\nprocessor 0: version = FF,  identification = 000123,  machine = 2817\n"
                                 "cpu number : 0\ncpu MHz dynamic : 5000\ncpu MHz static : 5200\ncpu number : 7\ncpu MHz dynamic : 1\n",
                                 "Manufacturer:   IBM\nType:    2817\nSequence Code:   0012\nType 1 Percentage: 0\n"),
         SYSINFO ("  <system>\n" ENTRY ("manufacturer", "IBM") ENTRY ("serial", "0012") ENTRY ("family", "2817") "  </system>\n"
                  "  <processor>\n" ENTRY ("family", "2817") ENTRY ("manufacturer", "IBM/S390") ENTRY ("version", "FF")
                  ENTRY ("max_speed", "5000") ENTRY ("serial_number", "000123")
                  "  </processor>\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-sysinfo/dmi", test_dmi);
  g_test_add_func ("/host-sysinfo/arm", test_arm);
  g_test_add_func ("/host-sysinfo/ppc", test_ppc);
  g_test_add_func ("/host-sysinfo/s390", test_s390);
  return g_test_run ();
}
