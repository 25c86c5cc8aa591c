/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-network.c: updates of a section of a network, and networks as they
 * are defined. */
#include "conform.h"
#include "model/network/network.h"

static Network *
read_network (const char *path, GError **error)
{
  g_autofree char *text = conform_read (path, error);

  return text != NULL ? xml_parse (&network_schema, text, strlen (text), XML_PARSE_INACTIVE, error) : NULL;
}

static char *
run_define (const char *path, GError **error)
{
  Network *network = read_network (path, error);
  char *out = NULL;

  if (network != NULL && network_validate (network, error))
    out = xml_format (&network_schema, network, XML_FORMAT_SECURE | XML_FORMAT_INACTIVE);
  xml_free (&network_schema, network);
  return out;
}

static const GOptionEntry define_options[] = { { 0 } };
const ConformKind conform_network_define = { "network-define", define_options, run_define };
