/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-refusals.h: tables of documents that must be refused with the code and
 * subsystem that libvirt 9.0.0 gives, at the element at fault. */
#pragma once

#include "util/error.h"
#include "xml/xml.h"

typedef struct
{
  const char *xml;
  virErrorNumber code;
  virErrorDomain from;
  const char *place;            /* part of the message */
} Refusal;

#define E(code_) VIR_ERR_##code_
#define F(from_) VIR_FROM_##from_

/* Reads @refusal's document and asks @check, if it can be read. */
static inline void
refusal_test (const Refusal *refusal, const XmlSchema *schema, bool (*check) (const void *object, GError **error))
{
  g_autoptr (GError) error = NULL;
  void *object = xml_parse (schema, refusal->xml, strlen (refusal->xml), XML_PARSE_INACTIVE, &error);
  bool refused = object == NULL || (check != NULL && !check (object, &error));

  xml_free (schema, object);
  g_test_message ("%s\n%s", refusal->xml, error != NULL ? error->message : "accepted");
  g_assert_true (refused);
  g_assert_nonnull (error);
  g_assert_cmpint (virt_error_code (error), ==, refusal->code);
  g_assert_cmpint (virt_error_detail (error)->from, ==, refusal->from);
  g_assert_nonnull (strstr (error->message, refusal->place));
}

/* Adds a test for each of @refusals, named by @prefix and its number. */
static inline void
refusals_add (const char *prefix, const Refusal *refusals, unsigned int n, void (*test) (const void *))
{
  for (unsigned int i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("/%s/%u", prefix, i);

      g_test_add_data_func (path, &refusals[i], test);
    }
}
