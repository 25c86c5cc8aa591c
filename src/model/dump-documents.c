/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dump-documents: the tables of all kinds of documents as JSON, for the generator
 * of schemas and references. */
#include "model/documents.h"

#include <jansson.h>

int
main (int argc, char **argv)
{
  json_t *all = json_object ();
  int status;

  for (unsigned int i = 0; i < n_documents; i++)
    if (!documents[i].is_private)
      json_object_set_new (all, documents[i].name, xml_dump (documents[i].schema));
  status = json_dumpf (all, stdout, JSON_COMPACT);
  json_decref (all);
  return status == 0 ? 0 : 1;
}
