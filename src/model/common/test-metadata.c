/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Titles, descriptions and elements of users: set, got back as they were written, refused. */
#include "model/common/metadata.h"
#include "xml/xml.h"

static const MetadataKind kind = {
  .noun = "network", .arguments = VIR_FROM_DOM, .from = VIR_FROM_NETWORK, .missing = VIR_ERR_NO_NETWORK_METADATA,
};

#define TITLE VIR_DOMAIN_METADATA_TITLE
#define DESCRIPTION VIR_DOMAIN_METADATA_DESCRIPTION
#define ELEMENT VIR_DOMAIN_METADATA_ELEMENT

typedef struct { char *title, *description; XmlForeigns metadata; } Document;

static void
document_clear (Document *document)
{
  g_free (document->title);
  g_free (document->description);
  while (document->metadata.n > 0)
    xml_foreign_free (xml_list_steal (&document->metadata, 0));
  g_free (document->metadata.items);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Document, document_clear)

static void
test_check (void)
{
  static const struct { MetadataChange change; int code; int from; } rows[] = {
    { { TITLE, "a" }, 0, 0 },
    { { TITLE, NULL }, 0, 0 },
    { { TITLE, "a\nb" }, VIR_ERR_INVALID_ARG, VIR_FROM_DOM },
    { { TITLE, "a", "key" }, VIR_ERR_INVALID_ARG, VIR_FROM_DOM },
    { { DESCRIPTION, "a\nb" }, 0, 0 },
    { { DESCRIPTION, "a", NULL, "uri" }, VIR_ERR_INVALID_ARG, VIR_FROM_DOM },
    { { ELEMENT, "<a/>", "key", "uri" }, 0, 0 },
    { { ELEMENT, NULL, NULL, "uri" }, 0, 0 },
    { { ELEMENT, "<a/>", NULL, "uri" }, VIR_ERR_INVALID_ARG, VIR_FROM_DOM },
    { { ELEMENT, "<a/>", "key" }, VIR_ERR_INVALID_ARG, VIR_FROM_DOM },
    { { 7, "a" }, VIR_ERR_INVALID_ARG, VIR_FROM_NETWORK },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      bool ok = metadata_check (&kind, &rows[i].change, &error);

      g_assert_cmpint (ok ? 0 : (int) error->code, ==, rows[i].code);
      g_assert_cmpint (ok ? 0 : (int) virt_error_detail (error)->from, ==, rows[i].from);
    }
}

/* Sets each in turn and looks what is there then: a text, or the code of the error. */
static void
test_round (void)
{
  static const struct { MetadataChange change; bool fails; const char *then; } rows[] = {
    { { TITLE, "a title" }, false, "a title" },
    { { TITLE, "" }, false, NULL },
    { { DESCRIPTION, "one\ntwo" }, false, "one\ntwo" },
    { { DESCRIPTION, NULL }, false, NULL },
    { { ELEMENT, "<a n='1'><b/></a>", "k", "http://e/1" }, false, "<a n=\"1\">\n  <b/>\n</a>" },
    { { ELEMENT, "<c/>", "k", "http://e/1" }, false, "<c/>" },
    { { ELEMENT, "<c", "k", "http://e/1" }, true, "<c/>" },
    { { ELEMENT, "<other/>", "o", "http://e/2" }, false, "<other/>" },
    { { ELEMENT, NULL, NULL, "http://e/1" }, false, NULL },
    { { ELEMENT, NULL, NULL, "http://e/1" }, false, NULL },
  };
  g_auto (Document) document = { 0 };
  const Metadata metadata = METADATA_OF (&document);

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL;

      g_assert_cmpint (metadata_set (&kind, metadata, &rows[i].change, NULL), ==, !rows[i].fails);
      text = metadata_get (&kind, metadata, "n", rows[i].change.type, rows[i].change.uri, &error);
      g_assert_cmpstr (text, ==, rows[i].then);
      if (text == NULL)
        g_assert_error (error, VIRT_ERROR, VIR_ERR_NO_NETWORK_METADATA);
    }
  g_assert_cmpuint (document.metadata.n, ==, 1);
}

static void
test_get_mistakes (void)
{
  g_auto (Document) document = { 0 };
  const Metadata metadata = METADATA_OF (&document);
  g_autoptr (GError) type = NULL, uri = NULL;

  g_assert_null (metadata_get (&kind, metadata, "n", 9, NULL, &type));
  g_assert_error (type, VIRT_ERROR, VIR_ERR_INVALID_ARG);
  g_assert_null (metadata_get (&kind, metadata, "n", ELEMENT, NULL, &uri));
  g_assert_error (uri, VIRT_ERROR, VIR_ERR_INVALID_ARG);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metadata/check", test_check);
  g_test_add_func ("/metadata/round", test_round);
  g_test_add_func ("/metadata/get-mistakes", test_get_mistakes);
  return g_test_run ();
}
