/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* storage-source.c: what the rows cannot say of an image, and what a document leaves open. */
#include "model/domain/storage-tables.h"
#include "model/domain/tables.h"

static xmlNode *
find_child (xmlNode *node, const char *name)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && strcmp ((const char *) child->name, name) == 0)
      return child;
  return NULL;
}

/* Of slices of other kinds, and more than one, nothing is kept. */
static void
keep_one_slice (DomainStorageSource *source)
{
  for (unsigned int i = 0; i < source->slices.n; )
    if (i == 0 && source->slices.items[i]->type == STORAGE_SLICE_STORAGE)
      i++;
    else
      g_free (xml_list_steal (&source->slices, i));
}

bool
storage_auth_finish (const DomainStorageSource *source, const Auth *auth, const xmlNode *node, GError **error)
{
  const char *type = auth != NULL ? auth->secret->type : NULL;
  SecretUsage usage = type != NULL ? xml_enum_value (&secret_usage_names, type) : SECRET_USAGE_ABSENT;
  SecretUsage needed = source->protocol == STORAGE_PROTOCOL_ISCSI ? SECRET_USAGE_ISCSI
                       : source->protocol == STORAGE_PROTOCOL_RBD ? SECRET_USAGE_CEPH : usage;

  if (auth == NULL)
    return true;
  if (usage == SECRET_USAGE_ABSENT)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error, "auth/secret: there is no secret type '%s'",
                     type ?: "");
  return usage == needed
         || xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, error,
                      "auth/secret: protocol '%s' has no secret of type '%s'",
                      xml_enum_name (&storage_protocol_names, source->protocol), type);
}

static bool
finish_network (DomainStorageSource *source, const xmlNode *node, GError **error)
{
  const char *slash = source->path != NULL ? strchr (source->path, '/') : NULL;
  bool has_pool = source->protocol == STORAGE_PROTOCOL_RBD || source->protocol == STORAGE_PROTOCOL_GLUSTER;

  domain_device_seclabels_drop (&source->seclabels);
  if (source->path == NULL && source->protocol != STORAGE_PROTOCOL_NBD)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'name' is missing");
  return !has_pool || (slash != NULL && slash != source->path)
         || xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_ERROR, error, "name '%s' is not POOL/IMAGE", source->path);
}

static bool
finish_access (const DomainStorageSource *source, const xmlNode *node, GError **error)
{
  DomainStorageAccess access = source->type == STORAGE_TYPE_NVME ? STORAGE_ACCESS_PCI : STORAGE_ACCESS_UNIX;

  return source->access == access
         || xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'type' is '%s', not '%s'",
                      xml_enum_name (&storage_access_names, source->access), xml_enum_name (&storage_access_names, access));
}

bool
storage_source_finish (DomainStorageSource *source, xmlNode *parent, const char *element, GError **error)
{
  xmlNode *node = find_child (parent, element);

  if (node == NULL)
    return true;
  if (source->path != NULL && source->path[0] == '\0')
    g_clear_pointer (&source->path, g_free);
  keep_one_slice (source);
  if (source->type == STORAGE_TYPE_NETWORK && !finish_network (source, node, error))
    return false;
  if ((source->type == STORAGE_TYPE_NVME || source->type == STORAGE_TYPE_VHOST_USER) && !finish_access (source, node, error))
    return false;
  if (source->reconnect == TRI_YES && source->reconnect_timeout == 0)
    return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "reconnect: 'timeout' is missing");
  if (source->reconnect != TRI_YES)
    source->reconnect_timeout = 0;
  if (source->type == STORAGE_TYPE_VOLUME && (source->pool == NULL) != (source->path == NULL))
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "'pool' and 'volume' go together");
  if (source->cookies != NULL && source->cookies->items.n == 0)
    g_clear_pointer (&source->cookies, g_free);
  return storage_auth_finish (source, source->auth, node, error)
         && domain_device_seclabels_finish (&source->seclabels, node, error);
}
