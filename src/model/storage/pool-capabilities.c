/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool-capabilities.c: what a host can do with storage pools. */
#include "model/storage/pool.h"

static const XmlField name_rows[] = { XML_STRING (PoolFormatName, name, "."), XML_END };
static const XmlSchema name_schema = XML_SCHEMA (PoolFormatName, "value", name_rows);

static const XmlField enum_rows[] = { XML_ITEMS (PoolOptions, formats, "value", name_schema), XML_END };

static const XmlField pool_option_rows[] = {
  XML_STRING (PoolOptions, default_format, "defaultFormat/@type"),
  XML_PART ("enum[name=sourceFormatType]", enum_rows, .flags = XML_KEEP_EMPTY),
  XML_END
};
static const XmlSchema pool_option_schema = XML_SCHEMA (PoolOptions, "poolOptions", pool_option_rows);

static const XmlField volume_option_rows[] = {
  XML_STRING (PoolOptions, default_format, "defaultFormat/@type"),
  XML_PART ("enum[name=targetFormatType]", enum_rows, .flags = XML_KEEP_EMPTY),
  XML_END
};
static const XmlSchema volume_option_schema = XML_SCHEMA (PoolOptions, "volOptions", volume_option_rows);

static const XmlField capability_rows[] = {
  XML_ENUM (PoolCapability, type, "@type", pool_type, XML_MISSING (STORAGE, XML_ERROR)),
  XML_YES_NO (PoolCapability, supported, "@supported", XML_MISSING (STORAGE, XML_ERROR)),
  XML_CHILD (PoolCapability, pool, "poolOptions", pool_option_schema),
  XML_CHILD (PoolCapability, volume, "volOptions", volume_option_schema),
  XML_END
};
static const XmlSchema capability_schema = XML_SCHEMA (PoolCapability, "pool", capability_rows);

static const XmlField capabilities_rows[] = { XML_ITEMS (PoolCapabilities, pools, "pool", capability_schema), XML_END };
const XmlSchema pool_capabilities_schema = XML_SCHEMA (PoolCapabilities, "storagepoolCapabilities", capabilities_rows,
                                                       .from = VIR_FROM_STORAGE);
