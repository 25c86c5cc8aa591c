/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define LIBXML_TABLE_ONLY
#include "xml/libxml.h"

#include <dlfcn.h>
#include <glib.h>

#define LIBRARY "libxml2.so.2"

#define LOAD(name) *(void **) &table.name = look_up (library, #name);

static void *
look_up (void *library, const char *name)
{
  void *symbol = dlsym (library, name);

  if (symbol == NULL)
    g_error (LIBRARY " has no %s", name);
  return symbol;
}

const LibXml *
libxml (void)
{
  static LibXml table;
  static gsize loaded;

  if (g_once_init_enter (&loaded))
    {
      void *library = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL);

      if (library == NULL)
        g_error ("documents cannot be read: %s", dlerror ());
      LIBXML_SYMBOLS (LOAD)
      LOAD (xmlFree)
      g_once_init_leave (&loaded, 1);
    }
  return &table;
}
