/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/status.h"

#include <jansson.h>
#include <string.h>

#include "model/network/status.h"
#include "util/crash-point.h"
#include "util/json.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "util/uuid.h"
#include "util/worker.h"

#define LOG_CATEGORY "network.status"
#define UPDATE_SUFFIX ".update"
/* Two documents. */
#define UPDATE_MAX_BYTES (2 * NETWORK_MAX_BYTES)
#define PORT_MAX_BYTES (1024 * 1024)
/* Those that each network has: the root, all traffic, what has no class of its own. */
#define OWN_CLASSES 3

char *
net_status_path (const char *format, ...)
{
  g_autofree char *file = NULL;
  va_list args;

  va_start (args, format);
  file = g_strdup_vprintf (format, args);
  va_end (args);
  return path_make (PATH_RUN, path_is_session () ? "network/lib/%s" : "network/%s", file);
}

bool
net_status_setup (GError **error)
{
  g_autofree char *folder = net_status_path ("%s", ""), *pids = path_driver (PATH_RUN, "network", "%s", "");
  StateStep steps[] = {
    { STATE_MKDIR, .path = folder, .mode = path_is_session () ? 0700 : 0755 },
    { STATE_MKDIR, .path = pids, .mode = path_is_session () ? 0700 : 0755 },
  };

  return state_apply (steps, G_N_ELEMENTS (steps), error);
}

/* --- the status ------------------------------------------------------------------------------- */

static unsigned int
class_of (const NetworkPort *port)
{
  return port->bandwidth != NULL ? port->bandwidth->class_id : 0;
}

XmlBitmap *
net_class_ids (const Net *net)
{
  unsigned int last = OWN_CLASSES - 1, n_words;
  XmlBitmap *bitmap;

  for (unsigned int i = 0; i < net->ports->len; i++)
    last = MAX (last, class_of (net->ports->pdata[i]));
  n_words = last / 64 + 1;
  bitmap = g_malloc0 (sizeof (XmlBitmap) + n_words * sizeof (bitmap->words[0]));
  bitmap->n_bits = n_words * 64;
  bitmap->words[0] = (1u << OWN_CLASSES) - 1;
  for (unsigned int i = 0; i < net->ports->len; i++)
    {
      unsigned int class = class_of (net->ports->pdata[i]);

      bitmap->words[class / 64] |= UINT64_C (1) << class % 64;
    }
  return bitmap;
}

uint64_t
net_floor_sum (const Net *net)
{
  uint64_t sum = 0;

  for (unsigned int i = 0; i < net->ports->len; i++)
    {
      const NetworkPort *port = net->ports->pdata[i];

      if (class_of (port) > 0 && port->bandwidth->inbound != NULL)
        sum += port->bandwidth->inbound->floor;
    }
  return sum;
}

static char *
format_status (const Net *net, const Network *live)
{
  g_autofree XmlBitmap *class_ids = net_class_ids (net);
  NetworkStatus status = { class_ids, net_floor_sum (net), (Network *) live };

  return xml_format (&network_status_schema, &status, XML_FORMAT_STATUS | XML_FORMAT_SECURE);
}

bool
net_status_save (const Net *net, const Network *live, GError **error)
{
  g_autofree char *path = net_status_path ("%s.xml", net->name), *text = format_status (net, live);

  ERROR_PREFIX (error, "saving the status of network '%s'", net->name);
  return state_file_write (path, text, strlen (text), 0600, error);
}

/* Removes a folder of ports with what is in it, below the one given. */
static bool
remove_ports_now (const char *name, GError **error)
{
  g_autofree char *folder = net_status_path ("%s", name), *ports = g_build_filename (folder, "ports", NULL);
  g_auto (GStrv) files = NULL;

  if (!state_dir_list_now (ports, NULL, &files, error))
    return false;
  for (char **file = files; *file != NULL; file++)
    {
      g_autofree char *path = g_build_filename (ports, *file, NULL);

      if (!state_file_remove_now (path, error))
        return false;
    }
  rmdir (ports);
  rmdir (folder);
  return true;
}

static bool
remove_now (void *args, GError **error)
{
  const char *name = args;
  g_autofree char *path = net_status_path ("%s.xml", name), *update = net_status_path ("%s" UPDATE_SUFFIX, name);

  return state_file_remove_now (update, error) && state_file_remove_now (path, error) && remove_ports_now (name, error);
}

bool
net_status_remove (const char *name, GError **error)
{
  g_autofree char *copy = g_strdup (name);

  return worker_run ("remove a network's status", remove_now, copy, error);
}

/* --- ports ---------------------------------------------------------------------------------------- */

static char *
port_path (const Net *net, const uint8_t uuid[16])
{
  char text[UUID_TEXT_SIZE];

  return net_status_path ("%s/ports/%s.xml", net->name, uuid_format (uuid, text));
}

bool
net_port_save (const Net *net, const NetworkPort *port, GError **error)
{
  g_autofree char *folder = net_status_path ("%s/ports", net->name), *path = port_path (net, port->uuid);
  g_autofree char *text = xml_format (&network_port_schema, port, XML_FORMAT_SECURE);
  StateStep steps[] = {
    { STATE_MKDIR, .path = folder, .mode = 0700 },
    { STATE_WRITE, .path = path, .data = text, .length = strlen (text), .mode = 0600 },
  };

  ERROR_PREFIX (error, "saving a port of network '%s'", net->name);
  return state_apply (steps, G_N_ELEMENTS (steps), error);
}

bool
net_port_forget (const Net *net, const uint8_t uuid[16], GError **error)
{
  g_autofree char *path = port_path (net, uuid);

  return state_file_remove (path, error);
}

/* --- both documents at once ------------------------------------------------------------------------ */

/* Writes what the update @text says; @name is the network's. */
static bool
apply_update_now (const char *name, const char *text, size_t length, GError **error)
{
  g_autoptr (json_t) update = json_loadb (text, length, 0, NULL);
  const char *live = json_string_value (json_object_get (update, "status"));
  const char *config = json_string_value (json_object_get (update, "config"));
  g_autofree char *live_path = net_status_path ("%s.xml", name), *path = net_status_path ("%s" UPDATE_SUFFIX, name);
  g_autofree char *config_path = definition_path (&net_definitions, name);

  if (live == NULL || config == NULL)
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "'%s' is no update of a network", path);
  {
    StateStep steps[] = {
      { STATE_WRITE, .path = live_path, .data = live, .length = strlen (live), .mode = 0600 },
      { STATE_WRITE, .path = config_path, .data = config, .length = strlen (config), .mode = 0600 },
      { STATE_REMOVE, .path = path },
    };

    return state_apply_now (steps, G_N_ELEMENTS (steps), error);
  }
}

typedef struct { const char *name, *text; } Update;

static bool
save_both_now (void *args, GError **error)
{
  const Update *update = args;
  g_autofree char *path = net_status_path ("%s" UPDATE_SUFFIX, update->name);
  size_t length = strlen (update->text);

  /* From here on a recovery goes forward. */
  if (!state_file_write_now (path, update->text, length, 0600, error))
    return false;
  crash_point ("net-update:decided");
  if (apply_update_now (update->name, update->text, length, error))
    return true;
  state_file_remove_now (path, NULL);
  return false;
}

bool
net_status_save_both (const Net *net, const Network *live, const Network *config, GError **error)
{
  g_autofree char *status = format_status (net, live);
  g_autofree char *document = xml_format (&network_schema, config, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
  g_autofree char *definition = definition_text (&net_definitions, net->name, document);
  g_autoptr (json_t) update = json_pack ("{s:s, s:s}", "status", status, "config", definition);
  g_autofree char *text = json_dumps (update, JSON_COMPACT);
  Update args = { net->name, text };

  ERROR_PREFIX (error, "saving network '%s'", net->name);
  return worker_run ("save both documents of a network", save_both_now, &args, error);
}

/* --- reading ---------------------------------------------------------------------------------------- */

void
net_status_clear (NetStatus *status)
{
  if (status == NULL)
    return;
  network_free (status->live);
  g_ptr_array_unref (status->ports);
  g_free (status);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetStatus, net_status_clear)

/* A file that says nothing of use is moved out of the way, for somebody to look at. */
static void
put_aside (const char *path, const GError *why)
{
  g_autofree char *aside = g_strconcat (path, ".bad", NULL);
  g_autoptr (GError) error = NULL;

  log_error ("'%s' is put aside as '%s': %s", path, aside, why->message);
  if (!state_file_rename_now (path, aside, &error))
    log_warning ("%s", error->message);
}

static void
finish_updates_now (const char *folder)
{
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GError) unreadable = NULL;

  if (!state_dir_load_now (folder, UPDATE_SUFFIX, UPDATE_MAX_BYTES, &files, &unreadable))
    {
      log_warning ("%s", unreadable->message);
      return;
    }
  for (unsigned int i = 0; i < files->len; i++)
    {
      StateFile *file = files->pdata[i];
      g_autofree char *name = g_strndup (file->name, strlen (file->name) - strlen (UPDATE_SUFFIX));
      g_autofree char *path = g_build_filename (folder, file->name, NULL);
      g_autoptr (GError) error = NULL;

      log_info ("finishing an update of network '%s'", name);
      if (file->error != NULL)
        put_aside (path, file->error);
      else if (!apply_update_now (name, file->data, file->length, &error))
        put_aside (path, error);
    }
}

/* The ports of the network @name, those that can be read. */
static GPtrArray *
load_ports_now (const char *name)
{
  GPtrArray *ports = g_ptr_array_new_with_free_func ((GDestroyNotify) network_port_free);
  g_autofree char *folder = net_status_path ("%s/ports", name);
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GError) unreadable = NULL;

  if (!state_dir_load_now (folder, ".xml", PORT_MAX_BYTES, &files, &unreadable))
    {
      log_warning ("%s", unreadable->message);
      return ports;
    }
  for (unsigned int i = 0; i < files->len; i++)
    {
      StateFile *file = files->pdata[i];
      g_autofree char *path = g_build_filename (folder, file->name, NULL);
      NetworkPort *port = NULL;

      if (file->error == NULL)
        port = xml_parse (&network_port_schema, file->data, file->length, 0, &file->error);
      if (port != NULL)
        g_ptr_array_add (ports, port);
      else
        put_aside (path, file->error);
    }
  return ports;
}

static NetStatus *
parse_status_now (StateFile *file, GError **error)
{
  g_autofree char *name = g_strndup (file->name, strlen (file->name) - strlen (".xml"));
  g_autoptr (NetworkStatus) status = NULL;
  NetStatus *found;

  if (file->error != NULL)
    return fail_null (error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "%s", file->error->message);
  status = xml_parse (&network_status_schema, file->data, file->length, XML_PARSE_STATUS, error);
  if (status == NULL)
    return NULL;
  if (strcmp (status->network->name, name) != 0)
    return fail_null (error, VIR_FROM_NETWORK, VIR_ERR_INTERNAL_ERROR, "it speaks of network '%s'", status->network->name);
  found = g_new0 (NetStatus, 1);
  found->live = g_steal_pointer (&status->network);
  found->ports = load_ports_now (name);
  return found;
}

static gboolean
is_named (gconstpointer file, gconstpointer name)
{
  return strcmp (((const StateFile *) file)->name, name) == 0;
}

/* Ports of networks that do not run: their removal was cut short. */
static void
drop_stray_ports_now (const char *folder, GPtrArray *files)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *ports = g_build_filename (folder, name, "ports", NULL), *file = g_strconcat (name, ".xml", NULL);
      g_autoptr (GError) error = NULL;

      if (g_file_test (ports, G_FILE_TEST_IS_DIR) && !g_ptr_array_find_with_equal_func (files, file, is_named, NULL)
          && !remove_ports_now (name, &error))
        log_warning ("%s", error->message);
    }
}

static bool
load_now (void *args, GError **error)
{
  GPtrArray *statuses = args;
  g_autofree char *folder = net_status_path ("%s", "");
  g_autoptr (GPtrArray) files = NULL;

  finish_updates_now (folder);
  if (!state_dir_load_now (folder, ".xml", NETWORK_MAX_BYTES, &files, error))
    return false;
  for (unsigned int i = 0; i < files->len; i++)
    {
      StateFile *file = files->pdata[i];
      g_autofree char *path = g_build_filename (folder, file->name, NULL);
      g_autoptr (GError) bad = NULL;
      NetStatus *status = parse_status_now (file, &bad);

      if (status != NULL)
        g_ptr_array_add (statuses, status);
      else
        put_aside (path, bad);
    }
  drop_stray_ports_now (folder, files);
  return true;
}

bool
net_status_load (GPtrArray **ret_statuses, GError **error)
{
  g_autoptr (GPtrArray) statuses = g_ptr_array_new_with_free_func ((GDestroyNotify) net_status_clear);

  if (!worker_run ("load running networks", load_now, statuses, error))
    return false;
  *ret_statuses = g_steal_pointer (&statuses);
  return true;
}
