/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Domain documents: what can be read has a normal form, and the normal form means the same. */
#include "fuzz.h"
#include "model/domain/domain.h"
#include "model/domain/test-platform.h"

/* @text read and written again. Caller frees. */
static char *
reread (const char *text, DomainParseFlags parse, DomainFormatFlags format)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Domain) domain = domain_parse (text, strlen (text), parse, &error);

  g_assert_no_error (error);
  return domain_format (domain, format);
}

/* Formatting what was read and reading it again gives an equal domain. */
static void
check_normal_form (const Domain *domain, DomainParseFlags parse, DomainFormatFlags format)
{
  g_autofree char *first = domain_format (domain, format);
  g_autofree char *second = reread (first, parse, format);

  g_assert_cmpstr (first, ==, second);
}

/* As above, but for the order of controllers: those that were added stand where they were added
 * until the document is read again, as in stock. */
static void
check_completed_form (const Domain *domain, DomainParseFlags parse, DomainFormatFlags format)
{
  g_autofree char *first = domain_format (domain, format);
  g_autofree char *second = reread (first, parse, format);
  g_autofree char *third = reread (second, parse, format);

  g_assert_cmpuint (strlen (first), ==, strlen (second));
  g_assert_cmpstr (second, ==, third);
}

static void
check_copy (const Domain *domain)
{
  g_autoptr (Domain) copy = domain_copy (domain);

  g_assert_true (domain_equal (domain, copy));
}

static void
try (const uint8_t *data, size_t size, DomainParseFlags parse, DomainFormatFlags format)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Domain) domain = domain_parse ((const char *) data, size, parse, &error);

  g_assert_true ((domain == NULL) == (error != NULL));
  if (domain == NULL)
    return;
  check_normal_form (domain, parse & ~DOMAIN_PARSE_VALIDATE, format);
  check_copy (domain);
  if (!domain_complete (domain, test_platform (), &error))
    {
      g_assert_nonnull (error);
      return;
    }
  check_completed_form (domain, parse & ~DOMAIN_PARSE_VALIDATE, format);
  domain_assign_aliases (domain);
  check_copy (domain);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  try (data, size, DOMAIN_PARSE_INACTIVE, DOMAIN_FORMAT_SECURE | DOMAIN_FORMAT_INACTIVE);
  try (data, size, DOMAIN_PARSE_INACTIVE | DOMAIN_PARSE_VALIDATE, DOMAIN_FORMAT_SECURE | DOMAIN_FORMAT_INACTIVE);
  try (data, size, DOMAIN_PARSE_STATUS, DOMAIN_FORMAT_SECURE | DOMAIN_FORMAT_STATUS);
  return 0;
}
