/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine on a small schema that uses every kind of row. */
#include "xml/xml.h"

#define KIND_LIST(X) X (KIND_FILE, "file") X (KIND_NETWORK, "network") X (KIND_LATER, "later")
XML_ENUM_DECLARE (Kind, KIND_, kind, KIND_LIST)
XML_ENUM_DEFINE (kind, KIND_LIST)

typedef struct { unsigned int number; char *note; } Item;

typedef struct
{
  Kind kind;
  char *path, *host, *password, *live, *by_mode[2], *title;
  Tristate enabled, state;
  bool flag;
  int signed_number;
  unsigned int hex, fallback;
  uint64_t size;
  uint8_t uuid[16];
  XmlBitmap *set;
  Item *child;
  XML_LIST (Item) items;
  XML_LIST (XmlForeign) foreign;
  struct { char *a, *b; } part;
  Item *qualified;
} Thing;

static const XmlHex hex_form = { "0x%02x", 0xff };

static const XmlField item_rows[] = {
  XML_UINT (Item, number, "@number", .flags = XML_REQUIRED | XML_POSITIVE, XML_BAD (DOMAIN, CONFIG_UNSUPPORTED)),
  XML_STRING (Item, note, "."),
  XML_END
};
static const XmlSchema item_schema = XML_SCHEMA (Item, "item", item_rows);

static const XmlField file_rows[] = { XML_STRING (Thing, path, "source/@file", XML_MISSING (DOMAIN, NO_TARGET)), XML_END };
static const XmlField network_rows[] = { XML_STRING (Thing, host, "source/@host"), XML_END };
static const XmlField *const rows_by_kind[] = { [KIND_FILE] = file_rows, [KIND_NETWORK] = network_rows };
static const XmlCases kind_cases = XML_CASES_OF (Thing, kind, kind, rows_by_kind);

static const XmlField part_rows[] = { XML_STRING (Thing, part.a, "@a"), XML_STRING (Thing, part.b, "b"), XML_END };

static bool
has_qualified (const void *object, unsigned int format_flags)
{
  return ((const Thing *) object)->qualified != NULL;
}

static const XmlField thing_rows[] = {
  XML_ENUM (Thing, kind, "@kind", kind, .absent = KIND_FILE, .flags = XML_ALWAYS),
  XML_STRING (Thing, password, "@password", .flags = XML_SECRET),
  XML_NAMESPACE ("q", has_qualified),
  XML_STRING (Thing, title, "title"),
  XML_UUID (Thing, uuid, "uuid"),
  XML_KIB (Thing, size, "size"),
  XML_YES_NO (Thing, enabled, "deep/er/@enabled"),
  XML_INT (Thing, signed_number, "deep/er/@number", .absent = -1),
  XML_ON_OFF (Thing, state, "deep/state/@on", .flags = XML_BARE),
  XML_CASES (kind_cases),
  XML_STRING (Thing, by_mode[0], "mode[m=first]/@v"),
  XML_STRING (Thing, by_mode[1], "mode[m=second]/@v"),
  XML_PART ("part", part_rows, .flags = XML_CLOSED),
  XML_FLAG (Thing, flag, "flag"),
  XML_HEX (Thing, hex, "hex/@v", hex_form),
  XML_UINT (Thing, fallback, "fallback", .absent = 7),
  XML_BITMAP (Thing, set, "set"),
  XML_STRING (Thing, live, "live", .flags = XML_LIVE),
  XML_CHILD (Thing, child, "child", item_schema),
  XML_ITEMS (Thing, items, "list/item", item_schema),
  XML_FOREIGN (Thing, foreign, "metadata"),
  XML_CHILD (Thing, qualified, "q:child", item_schema),
  XML_UNSUPPORTED ("later"),
  XML_IGNORED ("ignored"),
  XML_END
};
static const char *const namespaces[] = { "q", "urn:q", NULL };
static const XmlSchema thing_schema
  = XML_SCHEMA (Thing, "thing", thing_rows, .from = VIR_FROM_DOMAIN, .namespaces = namespaces);

static void
thing_free (Thing *thing)
{
  xml_free (&thing_schema, thing);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Thing, thing_free)

static Thing *
parse (const char *xml, unsigned int flags)
{
  g_autoptr (GError) error = NULL;
  Thing *thing = xml_parse (&thing_schema, xml, strlen (xml), flags, &error);

  g_assert_no_error (error);
  return thing;
}

static void
test_round_trip (void)
{
  static const char in[]
    = "<thing kind='network' xmlns:x='urn:q'>\n"
      "<flag/><set>3,0-2,^1</set><hex v='17'/>\n"
      "<list><item number='1'>a &lt; 'b'</item><item number='2'/></list>\n"
      "<x:child number='9'/><mode m='second' v='2'/><mode m='first' v='1'/>\n"
      "<deep><er number='-5' enabled='no'/><state/></deep>\n"
      "<title><![CDATA[a & b]]></title><size unit='MB'>3</size><live>x</live>\n"
      "<uuid>0123456789abcdef0123-456789ABCDEF</uuid><part a='1'><b>2</b></part>\n"
      "<source host='h' file='not of this kind'/><fallback>7</fallback><child number='4'>n</child>\n"
      "<ignored any='thing'><at/></ignored></thing>";
  static const char out[]
    = "<thing kind='network' xmlns:q='urn:q'>\n"
      "  <title>a &amp; b</title>\n"
      "  <uuid>01234567-89ab-cdef-0123-456789abcdef</uuid>\n"
      "  <size unit='KiB'>2930</size>\n"
      "  <deep>\n"
      "    <er enabled='no' number='-5'/>\n"
      "    <state on='on'/>\n"
      "  </deep>\n"
      "  <source host='h'/>\n"
      "  <mode m='first' v='1'/>\n"
      "  <mode m='second' v='2'/>\n"
      "  <part a='1'>\n"
      "    <b>2</b>\n"
      "  </part>\n"
      "  <flag/>\n"
      "  <hex v='0x11'/>\n"
      "  <set>0,2-3</set>\n"
      "  <live>x</live>\n"
      "  <child number='4'>n</child>\n"
      "  <list>\n"
      "    <item number='1'>a &lt; &apos;b&apos;</item>\n"
      "    <item number='2'/>\n"
      "  </list>\n"
      "  <q:child number='9'/>\n"
      "</thing>\n";
  g_autoptr (Thing) thing = parse (in, 0);
  g_autofree char *text = xml_format (&thing_schema, thing, 0);

  g_assert_cmpstr (text, ==, out);
  g_assert_null (thing->path);
  g_assert_cmpuint (thing->fallback, ==, 7);
}

static void
test_empty (void)
{
  Thing *made = xml_new (&thing_schema);
  g_autoptr (Thing) thing = made;
  g_autofree char *text = xml_format (&thing_schema, thing, 0);

  g_assert_cmpstr (text, ==, "<thing kind='file'/>\n");
  g_assert_cmpint (thing->signed_number, ==, -1);
}

static void
test_secret_and_live (void)
{
  static const char in[] = "<thing password='p'><source file='/f'/><live>x</live></thing>";
  g_autoptr (Thing) thing = parse (in, 0);
  g_autoptr (Thing) inactive = parse (in, XML_PARSE_INACTIVE);
  g_autofree char *plain = xml_format (&thing_schema, thing, XML_FORMAT_INACTIVE);
  g_autofree char *secure = xml_format (&thing_schema, thing, XML_FORMAT_SECURE);

  g_assert_null (strstr (plain, "password"));
  g_assert_null (strstr (plain, "<live>"));
  g_assert_nonnull (strstr (secure, "password='p'"));
  g_assert_nonnull (strstr (secure, "<live>x</live>"));
  g_assert_null (inactive->live);
}

static void
test_copy (void)
{
  g_autoptr (Thing) thing = parse ("<thing><source file='/f'/><set>1</set><list><item number='1'>n</item></list>"
                                   "<metadata><m:a xmlns:m='urn:m'/></metadata></thing>", 0);
  Thing *made = xml_copy (&thing_schema, thing);
  g_autoptr (Thing) copy = made;
  g_autofree char *path = NULL;

  g_assert_true (xml_equal (&thing_schema, thing, copy, NULL));
  g_free (copy->items.items[0]->note);
  copy->items.items[0]->note = g_strdup ("other");
  g_assert_false (xml_equal (&thing_schema, thing, copy, &path));
  g_assert_cmpstr (path, ==, "thing/list/item[1]/.");
  g_assert_cmpstr (thing->items.items[0]->note, ==, "n");
  xml_reset (&thing_schema, copy);
  g_assert_cmpuint (copy->items.n, ==, 0);
  g_assert_cmpint (copy->signed_number, ==, -1);
}

/* Steps of indentation follow the place; line breaks inside texts do not. */
static void
test_foreign (void)
{
  g_autoptr (Thing) thing = parse ("<thing xmlns:o='urn:o'><source file='/f'/><metadata><o:a><o:b>1\n2</o:b></o:a>"
                                   "<plain/><o:again/><n:c xmlns:n='urn:n'/></metadata></thing>", 0);
  g_autofree char *text = xml_format (&thing_schema, thing, 0);
  g_autoptr (GString) deeper = g_string_new (NULL);

  g_assert_nonnull (strstr (text, "  <metadata>\n"
                                  "    <o:a xmlns:o=\"urn:o\">\n"
                                  "      <o:b>1\n2</o:b>\n"
                                  "    </o:a>\n"
                                  "    <n:c xmlns:n=\"urn:n\"/>\n"
                                  "  </metadata>\n"));
  xml_format_into (&thing_schema, NULL, thing, 0, deeper, 2);
  g_assert_nonnull (strstr (deeper->str, "\n        <o:b>1\n2</o:b>\n      </o:a>\n"));
}

static void
test_foreign_given (void)
{
  g_autoptr (GError) error = NULL;
  XmlForeign *foreign = xml_foreign_parse ("<a><b/></a>", "urn:x", "x", &error);
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_no_error (error);
  xml_foreign_append (foreign, 0, text);
  g_assert_cmpstr (text->str, ==, "<x:a xmlns:x=\"urn:x\">\n  <b/>\n</x:a>");
  g_assert_cmpstr (foreign->uri, ==, "urn:x");
  xml_foreign_free (foreign);
  g_assert_null (xml_foreign_parse ("<a>", NULL, NULL, &error));
  g_assert_cmpint (virt_error_code (error), ==, VIR_ERR_XML_DETAIL);
}

static const struct
{
  const char *xml;
  unsigned int flags;
  virErrorDomain from;
  virErrorNumber code;
  const char *text;
} refused[] = {
  { "<other/>", 0, VIR_FROM_XML, VIR_ERR_XML_ERROR, "the root element is not <thing>" },
  { "<thing>", 0, VIR_FROM_DOMAIN, VIR_ERR_XML_DETAIL, "at line 1" },
  { "<!DOCTYPE thing><thing/>", 0, VIR_FROM_DOMAIN, VIR_ERR_XML_DETAIL, "document type" },
  { "<thing kind='x'/>", 0, VIR_FROM_XML, VIR_ERR_XML_ERROR, "thing at line 1: attribute 'kind' is 'x', not one of file, network, later" },
  { "<thing kind='later'/>", 0, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "kind 'later' is not supported" },
  { "<thing/>", 0, VIR_FROM_DOMAIN, VIR_ERR_NO_TARGET, "thing at line 1: 'source/@file' is missing" },
  { "<thing>\n<list>\n<item number='1'/>\n<item number='0'/></list></thing>", 0, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED,
    "thing/list/item[2] at line 4: attribute 'number' is '0'" },
  { "<thing><list><item/></list></thing>", 0, VIR_FROM_XML, VIR_ERR_XML_ERROR, "thing/list/item at line 1: '@number' is missing" },
  { "<thing><size>-1</size></thing>", 0, VIR_FROM_XML, VIR_ERR_XML_ERROR, "thing/size" },
  { "<thing><size unit='x'>1</size></thing>", 0, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "unit 'x'" },
  { "<thing><size unit='EiB'>9999999999</size></thing>", 0, VIR_FROM_NONE, VIR_ERR_OVERFLOW, "thing/size" },
  { "<thing><uuid>12</uuid></thing>", 0, VIR_FROM_XML, VIR_ERR_XML_ERROR, "not a UUID" },
  { "<thing><hex v='256'/></thing>", 0, VIR_FROM_NONE, VIR_ERR_XML_ERROR, "above 0xff" },
  { "<thing><set>1-</set></thing>", 0, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "thing/set" },
  { "<thing><title>a</title><title>b</title></thing>", 0, VIR_FROM_XML, VIR_ERR_XML_ERROR, "thing/title[2] at line 1" },
  { "<thing><later/></thing>", 0, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "thing/later at line 1: this element is not supported" },
  { "<thing kind='network'><metadata><x:a xmlns:x='u'><y:b xmlns:y='&lt;'/></x:a></metadata></thing>", 0, VIR_FROM_XML, VIR_ERR_XML_ERROR,
    "the namespace '<' of <b> is no URI" },
  { "<thing><part><c/></part></thing>", 0, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "thing/part/c" },
  { "<thing><size unit='x'>1</size></thing>", XML_PARSE_STRICT, VIR_FROM_XML, VIR_ERR_XML_INVALID_SCHEMA, "unit 'x'" },
  { "<thing><title>a</title><title>b</title></thing>", XML_PARSE_STRICT, VIR_FROM_XML, VIR_ERR_XML_INVALID_SCHEMA, "thing/title[2]" },
  { "<thing><list><item/></list></thing>", XML_PARSE_STRICT, VIR_FROM_XML, VIR_ERR_XML_INVALID_SCHEMA, "'@number' is missing" },
  { "<thing><source file='f' other='x'/></thing>", XML_PARSE_STRICT, VIR_FROM_XML, VIR_ERR_XML_INVALID_SCHEMA,
    "thing/source at line 1: there is no attribute 'other'" },
  { "<thing><source file='f'/><unknown/></thing>", XML_PARSE_STRICT, VIR_FROM_XML, VIR_ERR_XML_INVALID_SCHEMA,
    "thing/unknown at line 1: there is no element 'unknown' here" },
};

static void
test_refused (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", refused[i].xml);
      g_assert_null (xml_parse (&thing_schema, refused[i].xml, strlen (refused[i].xml), refused[i].flags, &error));
      g_assert_nonnull (error);
      g_test_message ("%s", error->message);
      g_assert_cmpint (virt_error_code (error), ==, refused[i].code);
      g_assert_cmpint (virt_error_detail (error)->from, ==, refused[i].from);
      g_assert_nonnull (strstr (error->message, refused[i].text));
    }
}

static void
test_bitmap (void)
{
  static const struct { const char *in, *out; } sets[] = {
    { "0", "0" }, { "0-3,^2", "0-1,3" }, { " 5 , 1-2 ", "1-2,5" }, { "63-65", "63-65" }, { "1,1", "1" }, { "9", "9" },
    { "", NULL }, { "^1", NULL }, { "3-1", NULL }, { "1,,2", NULL }, { "100", NULL }, { "1-", NULL }, { "a", NULL },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (sets); i++)
    {
      g_autofree XmlBitmap *bitmap = xml_bitmap_parse (sets[i].in, 100);
      g_autofree char *text = bitmap != NULL ? xml_bitmap_format (bitmap) : NULL;

      g_assert_cmpstr (text, ==, sets[i].out);
    }
}

#define NODE_LIST(X) X (RULE, "rule") X (REFERENCE, "filterref")
XML_ENUM_DECLARE (NodeKind, NODE_, node_kind, NODE_LIST)
XML_ENUM_DEFINE (node_kind, NODE_LIST)

typedef struct { NodeKind kind; char *name; int64_t priority; } Node;
typedef struct { uint8_t mac[6]; uint64_t size; XML_LIST (Node) nodes; } Chain;

static const XmlField node_rows[] = {
  XML_ENUM (Node, kind, "%", node_kind),
  XML_STRING (Node, name, "@name"),
  XML_INT64 (Node, priority, "@priority", .flags = XML_LATER),
  XML_END
};
static const XmlSchema node_schema = XML_SCHEMA (Node, NULL, node_rows);
static const XmlField chain_rows[] = {
  XML_MAC (Chain, mac, "@mac"),
  XML_BYTES (Chain, size, "size"),
  XML_ANY (Chain, nodes, "*", node_schema),
  XML_END
};
static const XmlSchema chain_schema = XML_SCHEMA (Chain, "chain", chain_rows);

static void
test_any (void)
{
  static const char in[] = "<chain mac='52:54:0:A:b:c'>\n  <filterref name='a'/>\n  <other/><size unit='KB'>2</size>\n"
                           "  <rule name='b' priority='-9000000000'/>\n  <filterref name='c'/>\n</chain>\n";
  g_autoptr (GError) error = NULL;
  Chain *chain = xml_parse (&chain_schema, in, strlen (in), 0, &error);
  g_autofree char *text = NULL, *later = NULL, *none = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (chain->nodes.n, ==, 3);
  text = xml_format (&chain_schema, chain, 0);
  g_assert_cmpstr (text, ==, "<chain mac='52:54:00:0a:0b:0c'>\n  <size unit='bytes'>2000</size>\n  <filterref name='a'/>\n"
                             "  <rule name='b' priority='-9000000000'/>\n  <filterref name='c'/>\n</chain>\n");
  later = xml_find_flagged (&chain_schema, chain, XML_LATER);
  g_assert_cmpstr (later, ==, "*/@priority");
  chain->nodes.items[1]->priority = 0;
  none = xml_find_flagged (&chain_schema, chain, XML_LATER);
  g_assert_null (none);
  xml_free (&chain_schema, chain);
}

typedef struct { GString *text; unsigned int most; } Told;

static bool
tell (const char *path, const char *a, const char *b, void *data)
{
  Told *told = data;

  g_string_append_printf (told->text, "%s: %s, %s\n", path, a, b);
  return --told->most > 0;
}

static void
test_compare (void)
{
  static const char a_text[] = "<chain mac='52:54:0:A:b:c'><rule name='a' priority='2'/><rule name='b'/></chain>";
  static const char b_text[] = "<chain mac='52:54:0:A:b:d'><rule name='a' priority='3'/></chain>";
  Chain *a = xml_parse (&chain_schema, a_text, strlen (a_text), 0, NULL);
  Chain *b = xml_parse (&chain_schema, b_text, strlen (b_text), 0, NULL);
  g_autoptr (GString) all = g_string_new (NULL), first = g_string_new (NULL), later = g_string_new (NULL);

  g_assert_false (xml_compare (&chain_schema, a, b, 0, tell, &(Told) { all, 10 }));
  g_assert_cmpstr (all->str, ==, "chain/@mac: 52:54:00:0a:0b:0c, 52:54:00:0a:0b:0d\nchain/*: 2, 1\nchain/*[1]/@priority: 2, 3\n");
  g_assert_false (xml_compare (&chain_schema, a, b, 0, tell, &(Told) { first, 1 }));
  g_assert_cmpstr (first->str, ==, "chain/@mac: 52:54:00:0a:0b:0c, 52:54:00:0a:0b:0d\n");
  g_assert_false (xml_compare (&chain_schema, a, b, XML_LATER, tell, &(Told) { later, 10 }));
  g_assert_cmpstr (later->str, ==, "chain/*[1]/@priority: 2, 3\n");
  g_assert_true (xml_compare (&chain_schema, a, b, XML_SECRET, NULL, NULL));
  xml_free (&chain_schema, a);
  xml_free (&chain_schema, b);
}

static void
test_suggest (void)
{
  static const struct { const char *in, *says; } cases[] = {
    { "<thing kind='network'><sorce file='x'/></thing>", "thing/sorce at line 1: there is no element 'sorce' here, but 'source'" },
    { "<thing kind='network'><list><item number='1' numbr='1'/></list></thing>", "no attribute 'numbr' here, but 'number'" },
    { "<thing kind='network' xyzzy='1'/>", "thing at line 1: there is no attribute 'xyzzy' here" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (xml_parse (&thing_schema, cases[i].in, strlen (cases[i].in), XML_PARSE_STRICT, &error));
      g_assert_nonnull (error);
      if (strstr (error->message, cases[i].says) == NULL)
        g_error ("%s", error->message);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xml/round-trip", test_round_trip);
  g_test_add_func ("/xml/empty", test_empty);
  g_test_add_func ("/xml/secret-and-live", test_secret_and_live);
  g_test_add_func ("/xml/copy", test_copy);
  g_test_add_func ("/xml/foreign", test_foreign);
  g_test_add_func ("/xml/foreign-given", test_foreign_given);
  g_test_add_func ("/xml/refused", test_refused);
  g_test_add_func ("/xml/bitmap", test_bitmap);
  g_test_add_func ("/xml/any", test_any);
  g_test_add_func ("/xml/compare", test_compare);
  g_test_add_func ("/xml/suggest", test_suggest);
  return g_test_run ();
}
