#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/oserror.h"
#include "check/body_hash.h"
#include "check/dmarc.h"
#include "check/header_hash.h"
#include "check/orgdomain.h"
#include "check/spf.h"
#include "dns/resolver.h"
#include "dns/unbound.h"
#include "edge/milter.h"
#include "guards.h"
#include "mail/address.h"
#include "mail/dkim_tags.h"
#include "mail/dmarc_record.h"
#include "mail/header.h"
#include "mail/spf_record.h"
#include "mail/tag_list.h"

#define VERSION_OCTETS 64

/* A macro's value as text; its name where the compiler does not define it. */
#define TEXT(value) #value
#define VALUE_OF(macro) TEXT(macro)

static const struct {
	const char *name;
	void (*version)(char *text, size_t size);
	const char *guard;
} libraries[] = {
	{ "libmilter", milter_library_version,
	    "what a client can repeat is bounded before it is kept" },
	{ "libspf2", spf_library_version,
	    "reads canonical records, tokens for domains; no DNS, macros, explanations" },
	{ "libopendkim", header_hash_library_version,
	    "reads vetted signatures; no keys, no body; what it reads differently is "
	    "neutral" },
	{ "libopendmarc", dmarc_library_version,
	    "reads one name and a record of our own; the stricter of two judgements "
	    "counts" },
	{ "libunbound", unbound_library_version,
	    "bounded answers, time and cache; settings are ours alone" },
	{ "libidn2", address_library_version,
	    "one bounded label at a time; what it makes is checked again" },
	{ "libpsl", orgdomain_library_version, "names in normal form" },
	{ "OpenSSL", body_hash_library_version,
	    "keys from bounded records, of 16384 bits at most" },
};

static void
print_libraries(FILE *out)
{
	char version[VERSION_OCTETS];

	for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
		libraries[i].version(version, sizeof version);
		fprintf(
		    out, "%s %s: %s\n", libraries[i].name, version, libraries[i].guard);
	}
}

/* The linker makes it.  <link.h> declares it with glibc, not with musl. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-*,readability-redundant-declaration) */
extern ElfW(Dyn) _DYNAMIC[];
/* NOLINTEND(bugprone-reserved-identifier,cert-*,readability-redundant-declaration) */

/* Does the dynamic section of this program hold ${tag} with this bit? */
static bool
is_linked(int64_t tag, uint64_t bit)
{
	for (const ElfW(Dyn) *d = _DYNAMIC; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == tag)
			return (d->d_un.d_val & bit) != 0;
	}
	return false;
}

static bool
is_number(const char *text)
{
	return *text >= '1' && *text <= '9';
}

/* As compiled and linked, whatever flags a packager gave. */
static void
print_hardening(FILE *out)
{
	const struct {
		const char *name;
		bool there;
	} built[] = {
		{ "stack protector", is_number(VALUE_OF(__SSP_STRONG__)) },
		{ "fortified", is_number(VALUE_OF(_FORTIFY_SOURCE)) },
		{ "position independent", is_linked(DT_FLAGS_1, DF_1_PIE) },
		{ "bound at start", is_linked(DT_FLAGS, DF_BIND_NOW) },
	};

	fputs("hardening:", out);
	for (size_t i = 0; i < sizeof built / sizeof built[0]; i++)
		fprintf(out, "%s %s%s", i > 0 ? "," : "", built[i].there ? "" : "not ",
		    built[i].name);
	fputc('\n', out);
}

static void
print_dnssec(FILE *out)
{
	static const char anchor[] = RESOLVER_ANCHOR_FILE;

	if (access(anchor, R_OK) == 0)
		fprintf(out, "dnssec: possible, trust anchor %s\n", anchor);
	else
		fprintf(
		    out, "dnssec: not possible, %s: %s\n", anchor, oserror_text(errno));
}

/* Those that are no settings: beschermd -n shows the others. */
static void
print_caps(FILE *out)
{
	fprintf(out,
	    "caps: signature field %d octets, key record %d, SPF record %d, DMARC record "
	    "%d; "
	    "%d tags in a list, %d names in a DMARC walk, %d forged results\n",
	    DKIM_FIELD_MAX, DKIM_KEY_RECORD_MAX, SPF_RECORD_MAX, DMARC_RECORD_MAX,
	    TAG_LIST_MAX, DMARC_WALK_MAX, HEADER_FORGED_MAX);
}

void
guards_print(FILE *out)
{
	print_libraries(out);
	print_hardening(out);
	print_dnssec(out);
	print_caps(out);
}
