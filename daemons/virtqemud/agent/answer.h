/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent/answer.h: what the answers of an agent look like.
 *
 * A guest may answer anything. An answer is checked against its shape once, as a whole; what passes is read with
 * json_get_... and json_array_foreach without further care. Members that no shape names are ignored. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

typedef enum
{
  ANSWER_INT,
  ANSWER_BOOL,
  ANSWER_STRING,
  ANSWER_NUMBER,                /* with or without a fraction */
  ANSWER_OBJECT,
  ANSWER_ARRAY,
  ANSWER_ANYTHING,
} AnswerKind;

typedef struct AnswerShape AnswerShape;
struct AnswerShape
{
  const char *key;              /* the member; NULL ends a list of members */
  AnswerKind kind;
  bool optional;
  const AnswerShape *inner;     /* the members of an object; the one row for all items of an array */
  unsigned int max;             /* items of an array */
};

/* The answers to the commands that we use; also of what is in lists. */
extern const AnswerShape answer_int, answer_hostname, answer_timezone, answer_os_info, answer_users, answer_vcpus,
  answer_filesystems, answer_disks, answer_interfaces, answer_ssh_keys, answer_anything;

/* Fails with VIR_ERR_INTERNAL_ERROR, which names @command and the member, unless @answer has @shape.
 * A member that is null counts as absent. */
bool answer_check (const json_t *answer, const AnswerShape *shape, const char *command, GError **error);
