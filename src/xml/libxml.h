/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libxml.h: libxml2, loaded when the first document comes.
 *
 * It brings ICU and the C++ runtime, which take longer to load than everything else a
 * daemon does at its start; one that has no document to read does without. Include this
 * instead of libxml2's own headers: what is listed below goes through a table. */
#pragma once

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <libxml/xmlsave.h>

/* Every function and variable of libxml2 that is used anywhere. */
#define LIBXML_SYMBOLS(X)                                                                     \
  X (__xmlIndentTreeOutput) X (__xmlTreeIndentString) X (xmlBufferContent) X (xmlBufferCreate) \
  X (xmlBufferFree) X (xmlBufferLength) X (xmlCtxtGetLastError) X (xmlCtxtReadMemory)         \
  X (xmlDictSize) X (xmlDocCopyNode) X (xmlDocGetRootElement) X (xmlFreeDoc) X (xmlFreeNode)  \
  X (xmlFreeNs) X (xmlFreeParserCtxt) X (xmlGetLineNo) X (xmlGetNoNsProp) X (xmlNewNs)        \
  X (xmlNewParserCtxt) X (xmlNodeDump) X (xmlNodeGetContent) X (xmlReadMemory) X (xmlSetNs)   \
  X (xmlStopParser) X (xmlStrEqual)

#define LIBXML_MEMBER(name) __typeof__ (name) *name;
typedef struct
{
  LIBXML_SYMBOLS (LIBXML_MEMBER)
  __typeof__ (xmlFree) *xmlFree;
} LibXml;
#undef LIBXML_MEMBER

/* The table; the first call loads the library (some milliseconds) and aborts if it is
 * not installed. */
const LibXml *libxml (void);

#ifndef LIBXML_TABLE_ONLY
#define __xmlIndentTreeOutput libxml ()->__xmlIndentTreeOutput
#define __xmlTreeIndentString libxml ()->__xmlTreeIndentString
#define xmlBufferContent libxml ()->xmlBufferContent
#define xmlBufferCreate libxml ()->xmlBufferCreate
#define xmlBufferFree libxml ()->xmlBufferFree
#define xmlBufferLength libxml ()->xmlBufferLength
#define xmlCtxtGetLastError libxml ()->xmlCtxtGetLastError
#define xmlCtxtReadMemory libxml ()->xmlCtxtReadMemory
#define xmlDictSize libxml ()->xmlDictSize
#define xmlDocCopyNode libxml ()->xmlDocCopyNode
#define xmlDocGetRootElement libxml ()->xmlDocGetRootElement
#define xmlFree (*libxml ()->xmlFree)
#define xmlFreeDoc libxml ()->xmlFreeDoc
#define xmlFreeNode libxml ()->xmlFreeNode
#define xmlFreeNs libxml ()->xmlFreeNs
#define xmlFreeParserCtxt libxml ()->xmlFreeParserCtxt
#define xmlGetLineNo libxml ()->xmlGetLineNo
#define xmlGetNoNsProp libxml ()->xmlGetNoNsProp
#define xmlNewNs libxml ()->xmlNewNs
#define xmlNewParserCtxt libxml ()->xmlNewParserCtxt
#define xmlNodeDump libxml ()->xmlNodeDump
#define xmlNodeGetContent libxml ()->xmlNodeGetContent
#define xmlReadMemory libxml ()->xmlReadMemory
#define xmlSetNs libxml ()->xmlSetNs
#define xmlStopParser libxml ()->xmlStopParser
#define xmlStrEqual libxml ()->xmlStrEqual
#endif
