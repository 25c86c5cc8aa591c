/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tables.h: the schemas of a domain's parts, for the files of this folder and
 * for documents that embed a domain. */
#pragma once

#include "model/domain/domain.h"
#include "xml/xml.h"

extern const XmlSchema domain_schema, domain_cpu_schema, domain_numa_schema, domain_disk_schema, domain_controller_schema, domain_interface_schema,
  domain_serial_schema, domain_parallel_schema, domain_console_schema, domain_channel_schema, domain_input_schema,
  domain_graphics_schema, domain_sound_schema, domain_audio_schema, domain_video_schema, domain_watchdog_schema,
  domain_memballoon_schema, domain_rng_schema, domain_panic_schema, domain_hostdev_schema,
  domain_redirdev_schema, domain_redirfilter_schema, domain_hub_schema, domain_smartcard_schema, domain_lease_schema;

/* Parts that interfaces and host devices share: of a DomainTeaming, a DomainIp, a DomainHostdevUsb. */
extern const XmlSchema domain_teaming_schema, domain_ip_schema;
extern const XmlField domain_hostdev_usb_place_rows[];

/* To be called by the finish of what has @usb below @node. Errors: an id or a number is missing. */
bool domain_hostdev_usb_check (DomainHostdevUsb *usb, const xmlNode *node, GError **error);

/* To be called by the finish of what has a <teaming> below @parent, which may point
 * to NULL; drops it if it says nothing. Errors: its attributes do not fit. */
bool domain_teaming_check (DomainTeaming **teaming, xmlNode *parent, GError **error);

/* Rows of a DomainInterface: of its <source>, and of what its network made of it. */
extern const XmlField domain_interface_source_rows[], domain_interface_actual_rows[];
extern const XmlSchema domain_interface_actual_schema;

/* Whether clients see what the network made of an interface, or what it was defined
 * as; and a row's type for the type of the first, the member being `actual`. */
bool domain_interface_shows_actual (const void *object, unsigned int format_flags);
extern const XmlField domain_interface_shown_rows[];     /* of the DomainInterfaceActual */
bool domain_interface_shows_own (const void *object, unsigned int format_flags);
extern const XmlType domain_type_actual_type;

/* To be called by the finish of an interface, @node. Errors: no source, or a wrong one. */
bool domain_interface_check_source (const DomainInterface *interface, xmlNode *node, GError **error);

/* Of NUMA cells, which hosts have as well. */
extern const XmlSchema domain_numa_distance_schema, domain_numa_cache_schema, domain_numa_link_schema;

/* Of elements beside <devices>. */
extern const XmlSchema domain_iotune_schema, domain_vcpu_schema, domain_iothread_schema, domain_default_iothread_schema, domain_blkiotune_schema,
  domain_memtune_schema, domain_memory_backing_schema, domain_cputune_schema, domain_cachetune_schema, domain_memorytune_schema,
  domain_numatune_schema, domain_perf_schema, domain_idmap_schema, domain_sysinfo_schema, domain_seclabel_schema,
  domain_keywrap_schema, domain_launch_security_schema, domain_qemu_commandline_schema, domain_qemu_capabilities_schema,
  domain_qemu_override_schema;

/* Rows of a Domain below <os>, of a DomainFeatures, of a DomainClock, and of a
 * Domain in other namespaces; the attributes and names of these. */
extern const XmlField domain_os_rows[], domain_feature_rows[], domain_clock_rows[], domain_namespace_rows[],
  domain_namespace_attribute_rows[];
extern const char *const domain_namespaces[];

/* The first element of @path ("a/b") below @node, for errors; @node or what there is
 * of the way to it, if there is none. */
const xmlNode *domain_node_below (const xmlNode *node, const char *path);

/* Finish functions of a Domain's parts; @node is the domain's. They bring what
 * was read into one form and check it. */
bool domain_finish_os (xmlNode *node, Domain *domain, GError **error);
bool domain_finish_tuning (xmlNode *node, Domain *domain, GError **error);
bool domain_finish_features (xmlNode *node, Domain *domain, GError **error);
bool domain_finish_clock (xmlNode *node, Domain *domain, GError **error);

/* A set of numbers, not empty; an XmlBitmap. */
extern const XmlType domain_set_type;

/* Rows of a DomainCpu: its attributes, model and vendor; and all that follows. */
extern const XmlField domain_cpu_head_rows[], domain_cpu_tail_rows[];

extern const XmlSchema domain_filesystem_schema, domain_tpm_schema, domain_memory_schema, domain_shmem_schema,
  domain_iommu_schema, domain_vsock_schema, domain_crypto_schema, domain_pstore_schema, domain_nvram_schema;

/* Rows below <devices>, of a Domain. */
extern const XmlField domain_device_rows[];

/* Rows of a DomainDeviceInfo, in two halves because a controller has something
 * between them; and of a DomainVirtioOptions. */
extern const XmlField domain_info_head_rows[], domain_info_tail_rows[], domain_virtio_rows[];
#define XML_INFO(S_) \
  XML_EMBED (S_, info, "", domain_info_head_rows), XML_EMBED (S_, info, "", domain_info_tail_rows)

/* Rows of a DomainDeviceInfo of devices that neither boot nor have a ROM. */
extern const XmlField domain_place_rows[];
#define XML_PLACE(S_) XML_EMBED (S_, info, "", domain_place_rows)

/* Of a DomainDeviceSeclabel. */
extern const XmlSchema domain_device_seclabel_schema;

/* For finish functions of what has a list of them: drops those that say nothing, refuses two
 * of one model. @node: where they are. */
bool domain_device_seclabels_finish (DomainDeviceSeclabels *list, const xmlNode *node, GError **error);

/* Drops all. */
void domain_device_seclabels_drop (DomainDeviceSeclabels *list);

/* Rows of a DomainChardevSource, of an element with a type attribute. */
extern const XmlField domain_chardev_source_rows[];

/* To be called by the finish of @node, which @source is of. */
bool domain_chardev_source_finish (const xmlNode *node, DomainChardevSource *source, GError **error);
