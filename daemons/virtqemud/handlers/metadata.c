/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about what users note on guests: title, description, elements of their own. */
#include <string.h>

#include "driver.h"
#include "handlers/handlers.h"
#include "vm/events.h"
#include "vm/status.h"
#include "vm/store.h"
#include "xml/xml.h"

static bool
check_metadata (const DomainSetMetadataArgs *args, GError **error)
{
  switch (args->type)
    {
    case VIR_DOMAIN_METADATA_TITLE:
      if (args->metadata != NULL && strchr (args->metadata, '\n') != NULL)
        return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "the title of a domain is one line");
      G_GNUC_FALLTHROUGH;
    case VIR_DOMAIN_METADATA_DESCRIPTION:
      if (args->uri != NULL || args->key != NULL)
        return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "a title or description has no key and no namespace");
      return true;
    case VIR_DOMAIN_METADATA_ELEMENT:
      if (args->uri == NULL)
        return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "metadata needs the URI of its namespace");
      if (args->metadata != NULL && args->key == NULL)
        return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "metadata needs a key, the prefix of its namespace");
      return true;
    default:
      return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "unknown metadata type %d", args->type);
    }
}

static void
set_text (char **text, const char *value)
{
  g_free (*text);
  *text = value != NULL && *value != '\0' ? g_strdup (value) : NULL;
}

/* A copy of @domain with what the call sets. */
static Domain *
with_metadata (const Domain *domain, const DomainSetMetadataArgs *args, GError **error)
{
  g_autoptr (Domain) copy = domain_copy (domain);
  g_autoptr (GError) mistake = NULL;

  if (args->type == VIR_DOMAIN_METADATA_DESCRIPTION)
    set_text (&copy->description, args->metadata);
  else if (args->type == VIR_DOMAIN_METADATA_TITLE)
    set_text (&copy->title, args->metadata);
  else if (!domain_metadata_set (copy, args->uri, args->key, args->metadata, &mistake))
    return fail_null (error, VIR_FROM_DOMAIN, virt_error_code (mistake), "%s", mistake->message);
  return g_steal_pointer (&copy);
}

static bool
set_metadata (Vm *vm, const DomainSetMetadataArgs *args, unsigned int affect, GError **error)
{
  g_autoptr (Domain) live = NULL, config = NULL;

  if ((affect & VIR_DOMAIN_AFFECT_LIVE) && (live = with_metadata (vm->live, args, error)) == NULL)
    return false;
  if ((affect & VIR_DOMAIN_AFFECT_CONFIG)
      && ((config = with_metadata (vm->config, args, error)) == NULL || !vm_store_save (config, error)))
    return false;
  if (config != NULL)
    {
      domain_free (vm->config);
      vm->config = g_steal_pointer (&config);
    }
  /* It may have ended while the definition was written. */
  if (live != NULL && vm->live != NULL)
    {
      domain_free (vm->live);
      vm->live = g_steal_pointer (&live);
      return vm_status_save (vm, error);
    }
  return true;
}

bool
handle_domain_set_metadata (Call *call, const DomainSetMetadataArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  if (!handler_check_flags (args->flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG,
                            "virDomainSetMetadata", error)
      || !check_metadata (args, error))
    return false;
  vm = handler_vm_job (&args->dom, &guard, "metadata setting", error);
  if (vm == NULL || !vm_resolve_affect (vm, args->flags, &affect, error)
      || !set_metadata (vm, args, affect, error))
    return false;
  vm_event_metadata_change (vm, args->type, args->type == VIR_DOMAIN_METADATA_ELEMENT ? args->uri : NULL);
  return true;
}

static bool
is_in (const xmlNs *ns, const char *uri)
{
  return ns != NULL && strcmp ((const char *) ns->href, uri) == 0;
}

/* Takes @node, those after it and all below them out of the namespace @uri. */
static void
leave_namespace (xmlNode *node, const char *uri)
{
  for (; node != NULL; node = node->next)
    {
      if (node->type != XML_ELEMENT_NODE)
        continue;
      if (is_in (node->ns, uri))
        node->ns = NULL;
      for (xmlAttr *attr = node->properties; attr != NULL; attr = attr->next)
        if (is_in (attr->ns, uri))
          attr->ns = NULL;
      leave_namespace (node->children, uri);
    }
}

static void
drop_declaration (xmlNode *node, const char *uri)
{
  for (xmlNs **at = &node->nsDef; *at != NULL;)
    {
      xmlNs *ns = *at;

      if (!is_in (ns, uri))
        {
          at = &ns->next;
          continue;
        }
      *at = ns->next;
      ns->next = NULL;
      xmlFreeNs (ns);
    }
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)

/* The element as its owner wrote it: the namespace is only our way to keep it apart. */
static char *
without_namespace (const XmlForeign *metadata)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (xmlDoc) doc = NULL;
  xmlBuffer *buffer = xmlBufferCreate ();
  xmlNode *root;
  char *result;

  xml_foreign_append (metadata, 0, text);
  doc = xmlReadMemory (text->str, (int) text->len, "metadata", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
  root = doc != NULL ? xmlDocGetRootElement (doc) : NULL;
  if (root != NULL)
    {
      leave_namespace (root, metadata->uri);
      drop_declaration (root, metadata->uri);
      xmlNodeDump (buffer, doc, root, 0, 0);
    }
  result = g_strdup ((const char *) xmlBufferContent (buffer));
  xmlBufferFree (buffer);
  return result;
}

bool
handle_domain_get_metadata (Call *call, const DomainGetMetadataArgs *args, DomainGetMetadataRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  const Domain *domain;
  g_autofree char *own = NULL;
  const char *text = NULL;

  if (!handler_one_affect (args->flags, "virDomainGetMetadata", error))
    return false;
  if (args->flags & ~(unsigned int) (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG))
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG,
                 "unsupported flags (0x%x) in virDomainGetMetadata", args->flags);
  vm = handler_vm (&args->dom, error);
  domain = vm != NULL ? vm_definition_for (vm, args->flags, error) : NULL;
  if (domain == NULL)
    return false;
  if (args->type == VIR_DOMAIN_METADATA_DESCRIPTION)
    text = domain->description;
  else if (args->type == VIR_DOMAIN_METADATA_TITLE)
    text = domain->title;
  else if (args->type != VIR_DOMAIN_METADATA_ELEMENT)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "unknown metadata type %d", args->type);
  else if (args->uri != NULL)
    {
      const XmlForeign *metadata = domain_metadata_find (domain, args->uri);

      text = own = metadata != NULL ? without_namespace (metadata) : NULL;
    }
  else
    return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "metadata needs the URI of its namespace");
  if (text == NULL)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_NO_DOMAIN_METADATA,
                 "domain '%s' has no such metadata%s%s", vm->name, args->uri != NULL ? ": " : "",
                 args->uri != NULL ? args->uri : "");
  ret->metadata = g_strdup (text);
  return true;
}
