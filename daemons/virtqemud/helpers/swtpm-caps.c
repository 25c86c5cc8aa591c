/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the installed programs for TPMs made of software can do. */
#include <string.h>
#include <sys/stat.h>

#include "helpers/helpers.h"
#include "util/json.h"
#include "util/log.h"
#include "util/process.h"

#define LOG_CATEGORY "qemu.helpers"
#define ASK_MS 5000

static const struct { const char *feature; DomainTpmVersion version; } features[] = {
  { "tpm-1.2", TPM_VERSION_1_2 }, { "tpm-2.0", TPM_VERSION_2_0 },
};

static unsigned int
ask (const char *program)
{
  const char *const argv[] = { program, "--print-capabilities", NULL };
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) answer = NULL;
  unsigned int versions = 0;
  json_t *item;
  size_t i;

  if (!process_run_simple (argv, ASK_MS, &output, &error))
    {
      log_warning ("%s", error->message);
      return 0;
    }
  answer = json_loads (output, 0, NULL);
  json_array_foreach (json_object_get (answer, "features"), i, item)
    for (unsigned int f = 0; f < G_N_ELEMENTS (features); f++)
      if (g_strcmp0 (json_string_value (item), features[f].feature) == 0)
        versions |= 1u << features[f].version;
  return versions;
}

unsigned int
helpers_tpm_versions (void)
{
  static struct timespec asked;
  static unsigned int versions;
  g_autofree char *swtpm = g_find_program_in_path ("swtpm");
  g_autofree char *setup = g_find_program_in_path ("swtpm_setup");
  struct stat st;

  if (swtpm == NULL || setup == NULL || stat (setup, &st) < 0)
    return 0;
  /* Another one has been installed since. */
  if (asked.tv_sec != st.st_mtim.tv_sec || asked.tv_nsec != st.st_mtim.tv_nsec)
    {
      versions = ask (setup);
      asked = st.st_mtim;
    }
  return versions;
}
