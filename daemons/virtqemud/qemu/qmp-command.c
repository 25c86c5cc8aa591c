/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/qmp-private.h"

#include <string.h>

#include "util/error.h"
#include "util/loop.h"

/* --- one command ----------------------------------------------------------- */

typedef struct
{
  QmpPending pending;
  Wait wait;
  json_t *reply;
  char **ret_text;              /* NULL: not wanted */
} Await;

static void
await_done (QmpPending *pending, json_t *reply, const char *text)
{
  Await *await = (Await *) pending;

  if (await->ret_text != NULL)
    *await->ret_text = g_strdup (text);
  await->reply = json_incref (reply);
  wait_done (&await->wait);
}

static json_t *
command_object (const char *name, json_t *args)
{
  json_t *command = json_object ();

  json_object_set_new (command, "execute", json_string (name));
  if (args != NULL)
    json_object_set_new (command, "arguments", args);
  return command;
}

/* Sends and awaits QEMU's whole reply; its line goes to @ret_text if that is not NULL. */
static json_t *
qmp_exchange (Qmp *qmp, const char *name, json_t *command, int fd, Deadline deadline, char **ret_text,
              GError **error)
{
  G_GNUC_UNUSED g_autoptr (Qmp) keep = qmp_ref (qmp);
  Await await = { .pending = { .name = name, .done = await_done }, .ret_text = ret_text };
  uint64_t since = loop_now ();

  if (!qmp_send (qmp, &await.pending, command, fd, error))
    return NULL;
  if (!wait_for (&await.wait, deadline, "QEMU's reply", error))
    {
      qmp_forget (qmp, &await.pending);
      json_decref (await.reply);
      qmp_give_up (qmp, name, since, error);
      return NULL;
    }
  if (await.reply == NULL)
    qmp_fail_lost (qmp, error);
  return await.reply;
}

/* What is in "return", or the error. */
static json_t *
reply_result (const Qmp *qmp, const char *name, json_t *reply, GError **error)
{
  json_t *refusal = json_object_get (reply, "error");
  json_t *result = json_object_get (reply, "return");

  if (refusal == NULL && result != NULL)
    return json_incref (result);
  return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                    "QEMU of %s refused command '%s': %s", qmp_subject (qmp), name,
                    json_string_value (json_object_get (refusal, "desc")) ?: "no reason given");
}

json_t *
qmp_command_fd (Qmp *qmp, const char *name, json_t *args, int fd, Deadline deadline, GError **error)
{
  g_autoptr (json_t) reply = qmp_exchange (qmp, name, command_object (name, args), fd, deadline, NULL, error);

  return reply != NULL ? reply_result (qmp, name, reply, error) : NULL;
}

json_t *
qmp_command (Qmp *qmp, const char *name, json_t *args, Deadline deadline, GError **error)
{
  return qmp_command_fd (qmp, name, args, -1, deadline, error);
}

bool
qmp_do (Qmp *qmp, const char *name, json_t *args, Deadline deadline, GError **error)
{
  g_autoptr (json_t) result = qmp_command (qmp, name, args, deadline, error);

  return result != NULL;
}

bool
qmp_greet (Qmp *qmp, Deadline deadline, GError **error)
{
  return qmp_do (qmp, "qmp_capabilities", NULL, deadline, error);
}

char *
qmp_hmp (Qmp *qmp, const char *line, Deadline deadline, GError **error)
{
  json_t *args = json_object ();
  g_autoptr (json_t) result = NULL;

  if (!g_utf8_validate (line, -1, NULL))
    {
      json_decref (args);
      return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the monitor command is not UTF-8");
    }
  json_object_set_new (args, "command-line", json_string (line));
  result = qmp_command (qmp, "human-monitor-command", args, deadline, error);
  if (result == NULL)
    return NULL;
  if (!json_is_string (result))
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                      "QEMU of %s answered an HMP command with something that is not text", qmp_subject (qmp));
  return g_strdup (json_string_value (result));
}

/* The text without white space between its tokens. Caller frees. */
static char *
compact (const char *text)
{
  GString *out = g_string_sized_new (strlen (text));
  bool in_string = false;

  for (const char *c = text; *c != '\0'; c++)
    {
      if (!in_string && g_ascii_isspace (*c))
        continue;
      g_string_append_c (out, *c);
      if (in_string && *c == '\\' && c[1] != '\0')
        g_string_append_c (out, *++c);
      else
        in_string ^= *c == '"';
    }
  return g_string_free (out, FALSE);
}

/* Puts the client's own id where ours is. */
static char *
restore_id (char *text, unsigned int ours, const json_t *theirs)
{
  g_autofree char *old = g_strdup_printf ("\"id\":\"libvirt-%u\"", ours);
  g_autofree char *value = json_dumps (theirs, JSON_COMPACT | JSON_ENCODE_ANY);
  char *at = g_strrstr (text, old);
  char *out;

  if (at == NULL)
    return text;
  out = g_strdup_printf ("%.*s\"id\":%s%s", (int) (at - text), text, value, at + strlen (old));
  g_free (text);
  return out;
}

char *
qmp_raw (Qmp *qmp, const char *command, int fd, Deadline deadline, GError **error)
{
  json_t *object = json_loads (command, 0, NULL);
  g_autoptr (json_t) id = NULL;
  g_autoptr (json_t) reply = NULL;
  g_autofree char *line = NULL;
  unsigned int ours = 0;

  if (!json_is_object (object))
    {
      json_decref (object);
      if (!g_utf8_validate (command, -1, NULL))
        return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the monitor command is not UTF-8");
      object = command_object (command, NULL);
    }
  id = json_incref (json_object_get (object, "id"));
  reply = qmp_exchange (qmp, "(raw)", object, fd, deadline, &line, error);
  if (reply == NULL)
    return NULL;
  if (id != NULL && sscanf (json_string_value (json_object_get (reply, "id")), "libvirt-%u", &ours) == 1)
    return restore_id (compact (line), ours, id);
  return compact (line);
}

/* --- batches --------------------------------------------------------------- */

typedef struct
{
  QmpPending pending;
  QmpBatch *batch;
  char *name;
  json_t *command, *reply;
} Item;

struct QmpBatch
{
  Qmp *qmp;
  GPtrArray *items;
  unsigned int missing;
  Wait wait;
};

static void
item_free (void *data)
{
  Item *item = data;

  qmp_forget (item->batch->qmp, &item->pending);
  json_decref (item->command);
  json_decref (item->reply);
  g_free (item->name);
  g_free (item);
}

static void
item_done (QmpPending *pending, json_t *reply, const char *text)
{
  Item *item = (Item *) pending;

  item->reply = json_incref (reply);
  if (--item->batch->missing == 0)
    wait_done (&item->batch->wait);
}

QmpBatch *
qmp_batch_new (Qmp *qmp)
{
  QmpBatch *batch = g_new0 (QmpBatch, 1);

  batch->qmp = qmp_ref (qmp);
  batch->items = g_ptr_array_new_with_free_func (item_free);
  return batch;
}

void
qmp_batch_free (QmpBatch *batch)
{
  if (batch == NULL)
    return;
  g_ptr_array_unref (batch->items);
  qmp_unref (batch->qmp);
  g_free (batch);
}

unsigned int
qmp_batch_add (QmpBatch *batch, const char *name, json_t *args)
{
  Item *item = g_new0 (Item, 1);

  item->batch = batch;
  item->name = g_strdup (name);
  item->command = command_object (name, args);
  item->pending = (QmpPending) { .name = item->name, .done = item_done };
  g_ptr_array_add (batch->items, item);
  return batch->items->len - 1;
}

unsigned int
qmp_batch_size (const QmpBatch *batch)
{
  return batch->items->len;
}

bool
qmp_batch_run (QmpBatch *batch, Deadline deadline, GError **error)
{
  for (unsigned int i = 0; i < batch->items->len; i++)
    {
      Item *item = batch->items->pdata[i];

      if (item->command == NULL)
        continue;
      if (!qmp_send (batch->qmp, &item->pending, g_steal_pointer (&item->command), -1, error))
        return false;
      batch->missing++;
    }
  if (batch->missing > 0 && !wait_for (&batch->wait, deadline, "QEMU's replies", error))
    {
      g_prefix_error (error, "monitor of %s: ", qmp_subject (batch->qmp));
      return false;
    }
  return qmp_is_open (batch->qmp) || qmp_fail_lost (batch->qmp, error);
}

json_t *
qmp_batch_take (QmpBatch *batch, unsigned int index, GError **error)
{
  Item *item = batch->items->pdata[index];
  g_autoptr (json_t) reply = g_steal_pointer (&item->reply);

  if (reply == NULL)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                      "QEMU of %s did not answer command '%s'", qmp_subject (batch->qmp), item->name);
  return reply_result (batch->qmp, item->name, reply, error);
}

/* --- live questions -------------------------------------------------------- */

typedef struct
{
  QmpPending pending;
  Qmp *qmp;                     /* borrowed: the monitor outlives its questions */
  const char *key;
  GQueue askers;                /* Asker, those that still wait */
  QmpLate late;
  void *user;
  GDestroyNotify free_user;
} Question;

typedef struct
{
  Wait wait;
  json_t *result;
} Asker;

/* Hands the answer to all who wait; to `late` if nobody does any more. */
static void
question_done (QmpPending *pending, json_t *reply, const char *text)
{
  Question *question = (Question *) pending;
  json_t *result = json_object_get (reply, "return");
  bool waited = !g_queue_is_empty (&question->askers);
  Asker *asker;

  g_hash_table_remove (qmp_questions (question->qmp), question->key);
  while ((asker = g_queue_pop_head (&question->askers)) != NULL)
    {
      asker->result = json_incref (result);
      wait_done (&asker->wait);
    }
  if (!waited && result != NULL && question->late != NULL)
    question->late (question->qmp, result, question->user);
  if (question->free_user != NULL)
    question->free_user (question->user);
  g_free (question);
}

static Question *
question_new (Qmp *qmp, const char *key, const char *name, json_t *args,
              QmpLate late, void *user, GDestroyNotify free_user)
{
  Question *question = g_new0 (Question, 1);

  *question = (Question) {
    .pending = { .name = key, .done = question_done },
    .qmp = qmp, .key = key, .late = late, .user = user, .free_user = free_user,
  };
  g_queue_init (&question->askers);
  g_hash_table_insert (qmp_questions (qmp), (void *) key, question);
  if (!qmp_send (qmp, &question->pending, command_object (name, args), -1, NULL))
    {
      question_done (&question->pending, NULL, NULL);
      return NULL;
    }
  return question;
}

void
qmp_ask_ahead (Qmp *qmp, const char *key, const char *name, json_t *args,
               QmpLate late, void *user, GDestroyNotify free_user)
{
  if (qmp_is_responsive (qmp) && !g_hash_table_contains (qmp_questions (qmp), key))
    {
      question_new (qmp, key, name, args, late, user, free_user);
      return;
    }
  json_decref (args);
  if (free_user != NULL)
    free_user (user);
}

json_t *
qmp_ask (Qmp *qmp, const char *key, const char *name, json_t *args,
         QmpLate late, void *user, GDestroyNotify free_user)
{
  G_GNUC_UNUSED g_autoptr (Qmp) keep = qmp_ref (qmp);
  Question *question = qmp_is_responsive (qmp) ? g_hash_table_lookup (qmp_questions (qmp), key) : NULL;
  Asker asker = { 0 };

  if (!qmp_is_responsive (qmp) || question != NULL)
    {
      json_decref (args);
      if (free_user != NULL)
        free_user (user);
    }
  else
    question = question_new (qmp, key, name, args, late, user, free_user);
  if (question == NULL)
    return NULL;

  g_queue_push_tail (&question->askers, &asker);
  if (!wait_for (&asker.wait, deadline_in_ms (QMP_LIVE_MS), "a live figure from QEMU", NULL)
      && asker.result == NULL)
    {
      question = g_hash_table_lookup (qmp_questions (qmp), key);
      if (question != NULL && g_queue_remove (&question->askers, &asker))
        qmp_set_unresponsive (qmp);
    }
  return asker.result;
}
