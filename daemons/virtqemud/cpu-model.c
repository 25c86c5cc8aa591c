/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cpu-model.h"

#include <string.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/json.h"
#include "util/worker.h"

/* Where a feature's bit is; mask 0: not in CPUID. */
typedef struct
{
  const char *name;
  uint32_t leaf, subleaf;
  unsigned int reg;             /* eax, ebx, ecx, edx */
  uint32_t mask;
} CpuFeature;

#include "cpu-models.inc"

typedef struct { uint64_t words[CPU_SET_WORDS]; } FeatureSet;

static bool
set_has (const uint64_t *words, unsigned int bit)
{
  return words[bit / 64] >> (bit % 64) & 1;
}

static void
set_add (FeatureSet *set, unsigned int bit)
{
  set->words[bit / 64] |= 1ull << (bit % 64);
}

static unsigned int
count_difference (const uint64_t *a, const uint64_t *b)
{
  unsigned int n = 0;

  for (unsigned int i = 0; i < CPU_SET_WORDS; i++)
    n += (unsigned int) __builtin_popcountll (a[i] & ~b[i]);
  return n;
}

void
cpu_guess_free (CpuGuess *guess)
{
  if (guess == NULL)
    return;
  g_ptr_array_unref (guess->required);
  g_ptr_array_unref (guess->disabled);
  g_free (guess);
}

static const char *
vendor_name (const char *text)
{
  for (unsigned int i = 0; text != NULL && i < G_N_ELEMENTS (cpu_vendors); i++)
    if (strcmp (cpu_vendors[i].text, text) == 0)
      return cpu_vendors[i].name;
  return NULL;
}

/* --- the closest model ------------------------------------------------------------------ */

static CpuGuess *
describe (unsigned int model, const FeatureSet *have, const char *vendor)
{
  CpuGuess *guess = g_new0 (CpuGuess, 1);
  const uint64_t *of_model = cpu_models[model].features;

  guess->model = cpu_models[model].name;
  guess->vendor = vendor;
  guess->required = g_ptr_array_new ();
  guess->disabled = g_ptr_array_new ();
  for (unsigned int i = 0; i < G_N_ELEMENTS (cpu_features); i++)
    if (set_has (have->words, i) && !set_has (of_model, i))
      g_ptr_array_add (guess->required, (void *) cpu_features[i].name);
    else if (!set_has (have->words, i) && set_has (of_model, i))
      g_ptr_array_add (guess->disabled, (void *) cpu_features[i].name);
  return guess;
}

/* The model that needs the fewest words to describe @have; the later of equals. @whole: it may not have
 * features that @have lacks. */
static CpuGuess *
closest (const FeatureSet *have, const char *vendor, GHashTable *names, bool whole)
{
  unsigned int best = UINT_MAX, best_words = UINT_MAX;

  for (unsigned int i = G_N_ELEMENTS (cpu_models); i-- > 0;)
    {
      unsigned int missing = count_difference (cpu_models[i].features, have->words);
      unsigned int words = missing + count_difference (have->words, cpu_models[i].features);

      if ((names != NULL && !g_hash_table_contains (names, cpu_models[i].name))
          || (whole ? !cpu_models[i].host || missing > 0 : !cpu_models[i].guest)
          || (cpu_models[i].vendor != NULL && g_strcmp0 (cpu_models[i].vendor, vendor) != 0))
        continue;
      if (words < best_words)
        {
          best = i;
          best_words = words;
        }
    }
  return best != UINT_MAX ? describe (best, have, vendor) : NULL;
}

char *
cpu_feature_to_qemu (const char *feature)
{
  if (strcmp (feature, "pclmuldq") == 0)
    return g_strdup ("pclmulqdq");
  return g_strdelimit (g_strdup (feature), "_", '-');
}

CpuGuess *
cpu_model_of_expansion (const json_t *expanded, GHashTable *names)
{
  const json_t *props = json_object_get (expanded, "props");
  FeatureSet have = { 0 };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cpu_features); i++)
    {
      g_autofree char *name = cpu_feature_to_qemu (cpu_features[i].name);

      if (json_is_true (json_object_get (props, name)))
        set_add (&have, i);
    }
  return closest (&have, vendor_name (json_get_string (props, "vendor", NULL)), names, false);
}

/* The register of an item of "feature-words" that the feature is in. */
static bool
is_word_of (const json_t *word, const CpuFeature *feature)
{
  static const char *const registers[] = { "EAX", "EBX", "ECX", "EDX" };

  return json_get_int (word, "cpuid-input-eax", -1) == feature->leaf
         && json_get_int (word, "cpuid-input-ecx", 0) == feature->subleaf
         && strcmp (json_get_string (word, "cpuid-register", ""), registers[feature->reg]) == 0;
}

CpuGuess *
cpu_model_compare (const char *model, const json_t *feature_words)
{
  FeatureSet have = { 0 };
  json_t *word;
  size_t w;

  json_array_foreach ((json_t *) feature_words, w, word)
    for (unsigned int i = 0; i < G_N_ELEMENTS (cpu_features); i++)
      if (cpu_features[i].mask != 0 && is_word_of (word, &cpu_features[i])
          && (json_get_int (word, "features", 0) & cpu_features[i].mask) == cpu_features[i].mask)
        set_add (&have, i);
  for (unsigned int i = 0; i < G_N_ELEMENTS (cpu_models); i++)
    if (strcmp (cpu_models[i].name, model) == 0)
      return describe (i, &have, NULL);
  return NULL;
}

const char *
cpu_model_vendor (const char *model)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (cpu_models); i++)
    if (strcmp (cpu_models[i].name, model) == 0 && cpu_models[i].vendor != NULL)
      return cpu_models[i].vendor;
  return "unknown";
}

const char **
cpu_model_names (void)
{
  const char **names = g_new0 (const char *, G_N_ELEMENTS (cpu_models) + 1);

  for (unsigned int i = 0; i < G_N_ELEMENTS (cpu_models); i++)
    names[i] = cpu_models[i].name;
  return names;
}

/* --- the host's own -------------------------------------------------------------------------- */

typedef struct
{
  uint64_t khz;
  bool scaling;
} TscInfo;

/* The frequency of the time stamp counter, which KVM knows. On a worker: making and dropping a VM takes
 * milliseconds. */
static bool
ask_kvm (void *args, GError **error)
{
  TscInfo *tsc = args;
  fd_auto int kvm = open ("/dev/kvm", O_RDWR | O_CLOEXEC);
  fd_auto int vm = kvm >= 0 ? ioctl (kvm, KVM_CREATE_VM, 0) : -1;
  fd_auto int cpu = vm >= 0 ? ioctl (vm, KVM_CREATE_VCPU, 0) : -1;
  int khz = cpu >= 0 ? ioctl (cpu, KVM_GET_TSC_KHZ, 0) : -1;

  if (khz > 0)
    {
      tsc->khz = (uint64_t) khz;
      tsc->scaling = ioctl (kvm, KVM_CHECK_EXTENSION, KVM_CAP_TSC_CONTROL) > 0;
    }
  return true;
}

#ifdef __x86_64__

/* Under a hypervisor each CPUID is a trap: rows of one leaf share its answer. */
static void
read_cpuid (FeatureSet *have)
{
  uint32_t regs[4] = { 0 };
  const CpuFeature *last = NULL;

  for (unsigned int i = 0; i < G_N_ELEMENTS (cpu_features); i++)
    {
      const CpuFeature *feature = &cpu_features[i];

      if (feature->mask == 0)
        continue;
      if (last == NULL || last->leaf != feature->leaf || last->subleaf != feature->subleaf)
        {
          memset (regs, 0, sizeof regs);
          if (!__get_cpuid_count (feature->leaf, feature->subleaf, &regs[0], &regs[1], &regs[2], &regs[3]))
            memset (regs, 0, sizeof regs);
        }
      last = feature;
      if ((regs[feature->reg] & feature->mask) == feature->mask)
        set_add (have, i);
    }
}

static const char *
read_vendor (void)
{
  uint32_t regs[3], max;
  char text[13] = "";

  if (__get_cpuid (0, &max, &regs[0], &regs[2], &regs[1]))
    memcpy (text, regs, 12);
  return vendor_name (text);
}

CpuGuess *
cpu_model_of_host (void)
{
  static TscInfo tsc;
  static FeatureSet have;
  static const char *vendor;
  static bool asked;
  CpuGuess *guess;

  if (!asked)
    {
      read_cpuid (&have);
      vendor = read_vendor ();
      asked = worker_run ("ask KVM", ask_kvm, &tsc, NULL);
    }
  guess = closest (&have, vendor, NULL, true);
  if (guess != NULL)
    {
      guess->tsc_khz = tsc.khz;
      guess->tsc_scaling = tsc.scaling;
    }
  return guess;
}

#else

CpuGuess *
cpu_model_of_host (void)
{
  return NULL;
}

#endif
