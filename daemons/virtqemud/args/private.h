/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* args/private.h: what the parts of the argument builder share. */
#pragma once

#include "args/args.h"

typedef struct
{
  const Domain *domain;
  const QemuArgsContext *context;
  QemuArgs *args;
  unsigned int next_fdset;
  const DomainDisk *only_disk;          /* NULL: all of the guest are built */
  /* Boot index of the first device of each kind by <os><boot>, 0: none (left). */
  unsigned int boot_disk, boot_cdrom, boot_floppy, boot_network;
  bool has_reservations;        /* QEMU knows the helper for SCSI reservations that we run */
} Builder;

/* --- adding parts -------------------------------------------------------------- */

/* `-@option` alone, and with a text made like printf; @option is static. */
void add_flag (Builder *b, const char *option);
void add_option (Builder *b, const char *option, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* One part in its QMP shape; @json is stolen. */
void add_part (const Builder *b, QemuPartKind kind, json_t *json);

/* The last option under construction of "a,b=c" texts: commas in values are doubled. Caller frees. */
char *escape_commas (const char *value);

/* --- descriptors -------------------------------------------------------------------- */

/* What QEMU calls the descriptor of @kind that the caller of the builder opens: for @path or @device (both may be NULL), the
 * @index-th of several. NULL with @error if it cannot be opened. May await. Caller frees. */
char *ask_fd (Builder *b, QemuFdKind kind, const char *path, const DomainDeviceInfo *device, unsigned int index, GError **error);
/* The same in a set of its own: "/dev/fdset/N". @purpose is for people. Caller frees. */
char *ask_fdset (Builder *b, QemuFdKind kind, const char *path, const DomainDeviceInfo *device, const char *purpose,
                 GError **error);

/* The set number @set of all descriptors that the client gave under the name @group, called after @name: "/dev/fdset/N".
 * Caller frees. @ret_n gets their number. A group that is not there is VIR_ERR_INVALID_ARG. */
char *ask_fd_group (Builder *b, unsigned int set, const char *group, const char *name, unsigned int *ret_n, GError **error);

/* --- secrets ------------------------------------------------------------------------ */

/* The object @id that holds a secret. May await. */
bool add_secret (Builder *b, const char *id, const QemuSecretUse *use, GError **error);
/* The object @id: certificates of one end of TLS connections, by the configuration; the passphrase of their key, if it has
 * one, is in the object @key_secret. May await. */
bool add_tls_credentials (Builder *b, const char *id, const char *key_secret, QemuTlsUse use, bool is_server, GError **error);

/* --- making objects ------------------------------------------------------------- */

/* Setters that leave the member out when the value is absent (NULL, 0 as said, TRI_ABSENT). */
void set_string (json_t *object, const char *key, const char *value);
void set_format (json_t *object, const char *key, const char *format, ...) G_GNUC_PRINTF (3, 4);
void set_int (json_t *object, const char *key, int64_t value);
void set_uint (json_t *object, const char *key, uint64_t value);        /* 0: left out */
void set_known (json_t *object, const char *key, int value);            /* negative: left out */
void set_bool (json_t *object, const char *key, bool value);
void set_tristate (json_t *object, const char *key, Tristate value);

/* {"driver": @driver}, {"qom-type": @type, "id": ...} */
json_t *device_new (const char *driver);
json_t *object_new (const char *type, const char *id_prefix, const char *id);

/* Where it sits: bus, addr, port... Adds the part of s390 that names a PCI device. False: its address has no such bus. */
bool set_address (const Builder *b, json_t *device, const DomainDeviceInfo *info, GError **error);
/* The alias of a controller, NULL if there is none. For USB: of the master. */
const char *controller_alias (const Builder *b, DomainControllerType type, unsigned int index);
void set_virtio (json_t *device, const DomainVirtioOptions *options);
/* "virtio-net-pci", with its flavour: NULL and @error if the address is not of a bus for which there
 * is a virtio device. @kind: "net"; @transitional, @modern: the model asks for that. Caller frees. */
char *virtio_driver (const Builder *b, const char *kind, const DomainDeviceInfo *info, bool transitional,
                     bool modern, GError **error);
/* The same for a family that is not called virtio: "vhost-vsock". */
char *virtio_family_driver (const Builder *b, const char *family, const DomainDeviceInfo *info, bool transitional,
                            bool modern, GError **error);
void set_rom (json_t *device, const DomainDeviceInfo *info);

/* Fails with VIR_ERR_CONFIG_UNSUPPORTED unless the binary has @type. @what names the device. */
bool need_type (const Builder *b, const char *type, const char *what, GError **error);
/* false always, VIR_ERR_CONFIG_UNSUPPORTED */
bool unsupported (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* The boot index of a device: its own order, or that of its kind (taken by the first). */
unsigned int boot_index (const DomainDeviceInfo *info, unsigned int *kind);

/* --- parts, in the order of the command line --------------------------------------- */

bool build_machine (Builder *b, GError **error);        /* -name to -uuid, with firmware */
bool build_clock_and_boot (Builder *b, GError **error); /* -rtc to -append */
/* All devices, by the table in devices.c; and one of them, by itself. */
bool build_devices (Builder *b, GError **error);
bool build_device (Builder *b, const DomainDevice *device, GError **error);

/* The builders of the table: one device with all it takes. */
bool build_controllers (Builder *b, GError **error);
bool build_controller (Builder *b, const DomainController *controller, GError **error);
bool build_disk (Builder *b, const DomainDisk *disk, GError **error);
bool build_interface (Builder *b, const DomainInterface *interface, GError **error);
bool build_serial (Builder *b, const DomainChardev *serial, GError **error);
bool build_parallel (Builder *b, const DomainChardev *parallel, GError **error);
bool build_channel (Builder *b, const DomainChardev *channel, GError **error);
bool build_console (Builder *b, const DomainChardev *console, GError **error);
bool build_input (Builder *b, const DomainInput *input, GError **error);
bool build_graphics (Builder *b, const DomainGraphics *graphics, GError **error);
bool build_video (Builder *b, const DomainVideo *video, GError **error);
bool build_sound (Builder *b, const DomainSound *sound, GError **error);
bool build_watchdog (Builder *b, const DomainWatchdog *watchdog, GError **error);
bool build_balloon (Builder *b, const DomainMemballoon *balloon, GError **error);
bool build_rng (Builder *b, const DomainRng *rng, GError **error);
bool build_panic (Builder *b, const DomainPanic *panic, GError **error);
bool build_hostdev (Builder *b, const DomainHostdev *hostdev, GError **error);
bool build_redirdev (Builder *b, const DomainRedirdev *redirdev, GError **error);
bool build_smartcard (Builder *b, const DomainSmartcard *smartcard, GError **error);
bool build_hub (Builder *b, const DomainHub *hub, GError **error);
bool build_filesystem (Builder *b, const DomainFilesystem *filesystem, GError **error);
bool build_shmem (Builder *b, const DomainShmem *shmem, GError **error);
bool build_memory_device (Builder *b, const DomainMemory *memory, GError **error);
bool build_tpm (Builder *b, const DomainTpm *tpm, GError **error);
bool build_iommu (Builder *b, const DomainIommu *iommu, GError **error);
bool build_vsock (Builder *b, const DomainVsock *vsock, GError **error);
bool build_crypto (Builder *b, const DomainCrypto *crypto, GError **error);
bool build_nvram_device (Builder *b, const DomainNvram *nvram, GError **error);

/* What devices make the machine have: ",nvdimm=on", ",iommu=smmuv3", ",sgx-epc.0.memdev=...". */
void append_machine_devices (const Builder *b, GString *out);

/* What goes with all devices of a kind. */
bool build_audio (Builder *b, GError **error);
bool build_watchdog_action (Builder *b, GError **error);

/* ",pcspk-audiodev=..." for the machine's speaker. */
void append_speaker (const Builder *b, GString *out);

/* ",audiodev=..." for a display that carries sound. */
void append_audiodev (Builder *b, GString *out, unsigned int audio_id);

/* The nodes of the firmware's flash, and of a disk's image, with the objects that they refer to. May await. */
bool build_pflash (Builder *b, GError **error);
bool build_disk_image (Builder *b, const DomainDisk *disk, GError **error);
/* The node that the disk's device has as its drive; NULL: none. Caller frees. */
char *disk_node_name (const DomainDisk *disk, const QemuConfig *config);
/* How many layers come before @source (NULL: are there) that have a set of descriptors, in the order in which layers have numbers;
 * @only (may be NULL): of this disk alone. */
unsigned int disks_count_fd_groups (const Domain *domain, const DomainDisk *only, const DomainStorageSource *source);
/* Whether a disk of @domain but @other has reservations that our helper makes. */
bool disks_have_reservations (const Domain *domain, const void *other);

/* A character device's host end, as chardev-add takes it, with the id "char" + alias; listening UNIX sockets are made
 * by us. Adds the descriptors it needs. */
bool build_chardev (Builder *b, const DomainChardevSource *source, const DomainDeviceInfo *info, GError **error);
/* A chardev-add object as the text of -chardev. Caller frees. */
char *chardev_to_text (const json_t *chardev);
