/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "args/machine.h"

#include <stdarg.h>
#include <string.h>

#include "model/domain/tables.h"
#include "util/error.h"
#include "util/uuid.h"

struct QemuArgs
{
  char *binary;
  GArray *parts;                /* QemuPart */
};

/* --- parts ------------------------------------------------------------------------- */

static void
part_clear (void *data)
{
  QemuPart *part = data;

  g_free (part->text);
  json_decref (part->json);
}

static QemuArgs *
qemu_args_new (const char *binary)
{
  QemuArgs *args = g_new0 (QemuArgs, 1);

  args->binary = g_strdup (binary);
  args->parts = g_array_new (FALSE, TRUE, sizeof (QemuPart));
  g_array_set_clear_func (args->parts, part_clear);
  return args;
}

void
qemu_args_free (QemuArgs *args)
{
  if (args == NULL)
    return;
  g_array_unref (args->parts);
  g_free (args->binary);
  g_free (args);
}

const QemuPart *
qemu_args_parts (const QemuArgs *args, unsigned int *ret_n)
{
  *ret_n = args->parts->len;
  return (const QemuPart *) (const void *) args->parts->data;
}

void
add_flag (Builder *b, const char *option)
{
  QemuPart part = { .kind = QEMU_PLAIN, .option = option };

  g_array_append_val (b->args->parts, part);
}

void
add_option (Builder *b, const char *option, const char *format, ...)
{
  QemuPart part = { .kind = QEMU_PLAIN, .option = option };
  va_list values;

  va_start (values, format);
  part.text = g_strdup_vprintf (format, values);
  va_end (values);
  g_array_append_val (b->args->parts, part);
}

void
add_part (const Builder *b, QemuPartKind kind, json_t *json)
{
  QemuPart part = { .kind = kind, .json = json };

  if (kind == QEMU_DEVICE)
    override_device (b, json);
  g_array_append_val (b->args->parts, part);
}

char *
escape_commas (const char *value)
{
  g_auto (GStrv) pieces = g_strsplit (value, ",", -1);

  return g_strjoinv (",,", pieces);
}

/* --- objects --------------------------------------------------------------------------- */

void
set_string (json_t *object, const char *key, const char *value)
{
  if (value != NULL)
    json_object_set_new (object, key, json_string (value));
}

void
set_format (json_t *object, const char *key, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list values;

  va_start (values, format);
  text = g_strdup_vprintf (format, values);
  va_end (values);
  set_string (object, key, text);
}

void
set_int (json_t *object, const char *key, int64_t value)
{
  json_object_set_new (object, key, json_integer (value));
}

void
set_uint (json_t *object, const char *key, uint64_t value)
{
  if (value != 0)
    set_int (object, key, (int64_t) value);
}

void
set_known (json_t *object, const char *key, int value)
{
  if (value >= 0)
    set_int (object, key, value);
}

void
set_bool (json_t *object, const char *key, bool value)
{
  json_object_set_new (object, key, json_boolean (value));
}

void
set_tristate (json_t *object, const char *key, Tristate value)
{
  if (value != TRI_ABSENT)
    set_bool (object, key, value == TRI_YES);
}

json_t *
device_new (const char *driver)
{
  json_t *device = json_object ();

  set_string (device, "driver", driver);
  return device;
}

json_t *
object_new (const char *type, const char *id_prefix, const char *id)
{
  json_t *object = json_object ();

  set_string (object, "qom-type", type);
  set_format (object, "id", "%s%s", id_prefix, id);
  return object;
}

bool
unsupported (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list values;

  va_start (values, format);
  text = g_strdup_vprintf (format, values);
  va_end (values);
  return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "%s", text);
}

/* Devices that are known best by another name than their type's. */
static const char *const device_aliases[][2] = { { "lsi", "lsi53c895a" }, { "ahci", "ich9-ahci" } };

bool
need_type (const Builder *b, const char *type, const char *what, GError **error)
{
  const char *name = type;

  for (unsigned int i = 0; i < G_N_ELEMENTS (device_aliases); i++)
    if (g_str_equal (type, device_aliases[i][0]))
      name = device_aliases[i][1];
  if (qemu_caps_has_type (b->context->caps, name))
    return true;
  return unsupported (error, "%s needs '%s', which %s does not have", what, type, b->context->caps->binary);
}

unsigned int
boot_index (const DomainDeviceInfo *info, unsigned int *kind)
{
  unsigned int index = info->boot_order;

  if (index == 0)
    {
      index = *kind;
      *kind = 0;
    }
  return index;
}

/* --- descriptors ----------------------------------------------------------------------------- */

char *
ask_fd (Builder *b, QemuFdKind kind, const char *path, const DomainDeviceInfo *device, unsigned int index, GError **error)
{
  return b->context->fd (kind, path, device, index, b->context->user, error);
}

char *
ask_fdset (Builder *b, QemuFdKind kind, const char *path, const DomainDeviceInfo *device, const char *purpose, GError **error)
{
  unsigned int set = b->next_fdset;
  QemuPart part = { .kind = QEMU_FDSET, .text = ask_fd (b, kind, path, device, 0, error), .json = json_object () };

  set_int (part.json, "fdset-id", set);
  set_format (part.json, "opaque", "%s-%s", device != NULL ? device->alias : "guest", purpose);
  if (part.text == NULL)
    {
      json_decref (part.json);
      return NULL;
    }
  b->next_fdset++;
  g_array_append_val (b->args->parts, part);
  return g_strdup_printf ("/dev/fdset/%u", set);
}

char *
ask_fd_group (Builder *b, unsigned int set, const char *group, const char *name, unsigned int *ret_n, GError **error)
{
  g_autoptr (GError) failure = NULL;

  for (*ret_n = 0;; (*ret_n)++)
    {
      QemuPart part = { .kind = QEMU_FDSET, .text = ask_fd (b, QEMU_FD_GROUP, group, NULL, *ret_n, &failure) };

      if (part.text == NULL)
        break;
      part.json = json_object ();
      set_int (part.json, "fdset-id", set);
      set_format (part.json, "opaque", "%s%u", name, *ret_n);
      g_array_append_val (b->args->parts, part);
    }
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  if (*ret_n == 0)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "no descriptors were associated under the name '%s'", group);
  return g_strdup_printf ("/dev/fdset/%u", set);
}

/* --- the whole ------------------------------------------------------------------------------ */

char *
qemu_short_name (int id, const char *name)
{
  g_autofree char *cut = g_utf8_substring (name, 0, MIN (g_utf8_strlen (name, -1), 20));

  /* A name may hold anything but a slash; what is left over would read as another folder. */
  if (g_str_equal (cut, ".") || g_str_equal (cut, ".."))
    return g_strdup_printf ("%d-_", id);
  return g_strdup_printf ("%d-%s", id, g_strdelimit (cut, "/", '_'));
}

static bool
build_monitor (Builder *b, GError **error)
{
  g_autofree char *fd = NULL;

  if (b->context->fd == NULL)
    {
      g_autofree char *dir = escape_commas (b->context->lib_dir);

      add_option (b, "-chardev", "socket,id=charmonitor,path=%s/monitor.sock,server=on,wait=off", dir);
      add_option (b, "-mon", "chardev=charmonitor,id=monitor,mode=control");
      return true;
    }
  fd = ask_fd (b, QEMU_FD_MONITOR, NULL, NULL, 0, error);
  if (fd == NULL)
    return false;
  add_option (b, "-chardev", "socket,id=charmonitor,fd=%s,server=on,wait=off", fd);
  add_option (b, "-mon", "chardev=charmonitor,id=monitor,mode=control");
  return true;
}

/* The boot order that <os> gives to kinds of devices: the first of a kind gets it. */
static void
builder_set_boot (Builder *b)
{
  for (unsigned int i = 0; i < b->domain->os.boot.n; i++)
    switch (b->domain->os.boot.items[i]->dev)
      {
      case BOOT_DEV_DISK: b->boot_disk = b->boot_disk ?: i + 1; break;
      case BOOT_DEV_CDROM: b->boot_cdrom = b->boot_cdrom ?: i + 1; break;
      case BOOT_DEV_FLOPPY: b->boot_floppy = b->boot_floppy ?: i + 1; break;
      case BOOT_DEV_NETWORK: b->boot_network = b->boot_network ?: i + 1; break;
      default: break;
      }
}

static void
build_passthrough (Builder *b)
{
  const DomainQemuCommandline *qemu = b->domain->qemu;

  for (unsigned int i = 0; qemu != NULL && i < qemu->args.n; i++)
    {
      QemuPart part = { .kind = QEMU_PLAIN, .text = g_strdup (qemu->args.items[i]->value) };

      g_array_append_val (b->args->parts, part);
    }
}

static bool
build_all (Builder *b, GError **error)
{
  if (!build_machine (b, error))
    return false;
  if (b->domain->graphics.n == 0)
    add_option (b, "-display", "none");
  add_flag (b, "-no-user-config");
  add_flag (b, "-nodefaults");
  if (!build_deprecation (b, error) || !build_monitor (b, error) || !build_clock_and_boot (b, error) || !build_devices (b, error))
    return false;
  build_passthrough (b);
  if (b->context->sandbox && qemu_caps_has_option (b->context->caps, "sandbox.enable"))
    add_option (b, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
  else if (b->context->config->seccomp_sandbox > 0)
    return unsupported (error, "%s cannot confine itself (qemu.conf: seccomp_sandbox = 1)",
                        b->context->caps->binary);
  if (b->context->config->log_timestamp)
    add_option (b, "-msg", "timestamp=on");
  return true;
}

QemuArgs *
qemu_args_build (const Domain *domain, const QemuArgsContext *context, GError **error)
{
  g_autoptr (QemuArgs) args = qemu_args_new (domain->emulator ?: context->caps->binary);
  Builder b = { .domain = domain, .context = context, .args = args, .next_fdset = context->first_fdset };
  g_autofree char *later = xml_find_flagged (&domain_schema, domain, XML_LATER);

  if (later != NULL)
    {
      unsupported (error, "domain/%s is not supported by the QEMU driver", later);
      return NULL;
    }
  builder_set_boot (&b);
  b.next_fdset += disks_count_fd_groups (domain, NULL, NULL);
  return build_all (&b, error) ? g_steal_pointer (&args) : NULL;
}

QemuArgs *
qemu_args_build_device (const Domain *domain, const DomainDevice *device, const QemuArgsContext *context, GError **error)
{
  g_autoptr (QemuArgs) args = qemu_args_new (domain->emulator ?: context->caps->binary);
  Builder b = {
    .domain = domain, .context = context, .args = args, .next_fdset = context->first_fdset,
    .has_reservations = disks_have_reservations (domain, device->info),
    .only_disk = g_str_equal (device->element, "disk") ? (const DomainDisk *) (const void *) device->info : NULL,
  };

  b.next_fdset += disks_count_fd_groups (domain, b.only_disk, NULL);

  return build_device (&b, device, error) ? g_steal_pointer (&args) : NULL;
}

/* --- readers ---------------------------------------------------------------------------------- */

static const char *const part_options[] = {
  [QEMU_OBJECT] = "-object", [QEMU_CHARDEV] = "-chardev", [QEMU_NETDEV] = "-netdev",
  [QEMU_BLOCKDEV] = "-blockdev", [QEMU_AUDIODEV] = "-audiodev", [QEMU_DEVICE] = "-device", [QEMU_FDSET] = "-add-fd",
};

/* "set=0,fd=21,opaque=serial0-log" */
static char *
fdset_to_text (const QemuPart *part)
{
  return g_strdup_printf ("set=%" JSON_INTEGER_FORMAT ",fd=%s,opaque=%s",
                          json_integer_value (json_object_get (part->json, "fdset-id")), part->text,
                          json_string_value (json_object_get (part->json, "opaque")));
}

/* The words of a part; either may be NULL. */
static void
part_words (const QemuPart *part, const char **ret_option, char **ret_value)
{
  *ret_option = part->kind == QEMU_PLAIN ? part->option : part_options[part->kind];
  *ret_value = part->kind == QEMU_PLAIN ? g_strdup (part->text)
               : part->kind == QEMU_CHARDEV ? chardev_to_text (part->json)
               : part->kind == QEMU_FDSET ? fdset_to_text (part)
               : json_dumps (part->json, JSON_COMPACT);
}

char **
qemu_args_to_argv (const QemuArgs *args)
{
  GPtrArray *argv = g_ptr_array_new ();

  g_ptr_array_add (argv, g_strdup (args->binary));
  for (unsigned int i = 0; i < args->parts->len; i++)
    {
      const char *option;
      char *value;

      part_words (&g_array_index (args->parts, QemuPart, i), &option, &value);
      if (option != NULL)
        g_ptr_array_add (argv, g_strdup (option));
      if (value != NULL)
        g_ptr_array_add (argv, value);
    }
  g_ptr_array_add (argv, NULL);
  return (char **) g_ptr_array_free (argv, FALSE);
}

/* A word as a shell reads it back. */
static void
append_quoted (GString *out, const char *word)
{
  if (*word != '\0' && strspn (word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                     "-_=,./:+@%^") == strlen (word))
    g_string_append (out, word);
  else
    {
      g_autofree char *quoted = g_shell_quote (word);

      g_string_append (out, quoted);
    }
}

char *
qemu_args_to_text (const QemuArgs *args)
{
  GString *out = g_string_new (NULL);

  append_quoted (out, args->binary);
  for (unsigned int i = 0; i < args->parts->len; i++)
    {
      const char *option;
      g_autofree char *value = NULL;

      part_words (&g_array_index (args->parts, QemuPart, i), &option, &value);
      g_string_append (out, " \\\n");
      if (option != NULL)
        g_string_append (out, option);
      if (option != NULL && value != NULL)
        g_string_append_c (out, ' ');
      if (value != NULL)
        append_quoted (out, value);
    }
  g_string_append_c (out, '\n');
  return g_string_free (out, FALSE);
}
