#include <string.h>

#include "ctl/audit/rules_dane.h"
#include "ctl/audit/rules_host.h"
#include "ctl/audit/rules_row.h"
#include "ctl/text.h"

#define DAY 86400
#define EXPIRES_SOON ((int64_t)14 * DAY)

/* In the order of RFC 7672: the first step that fails is the finding. */

enum dane_case {
	DANE_NO_RESOLVER,
	DANE_MX_INSECURE,
	DANE_ADDRESS_UNKNOWN,
	DANE_ADDRESS_INSECURE,
	DANE_TLSA_BOGUS,
	DANE_TLSA_FAILED,
	DANE_TLSA_INSECURE,
	DANE_ABSENT,
	DANE_UNUSABLE,
	DANE_PUBLISHED
};

static const struct rules_row dane_rows[] = {
	[DANE_NO_RESOLVER] = { "dane.resolver", AUDIT_UNKNOWN,
	    N_("our DNS resolver does not check DNSSEC, without which DANE cannot be "
	       "seen: %s"),
	    NULL },
	[DANE_MX_INSECURE] = { "dane.mx", AUDIT_WRONG,
	    N_("the MX answer is not secured by DNSSEC: DANE has no effect"), NULL },
	[DANE_ADDRESS_UNKNOWN] = { "dane.address", AUDIT_UNKNOWN,
	    N_("there was no answer for the addresses of %s: %s"), NULL },
	[DANE_ADDRESS_INSECURE] = { "dane.address", AUDIT_WRONG,
	    N_("the addresses of %s are not secured by DNSSEC: DANE has no effect"),
	    NULL },
	[DANE_TLSA_BOGUS] = { "dane.tlsa", AUDIT_WRONG,
	    N_("the TLSA answer for %s does not pass DNSSEC: mail from DANE senders is "
	       "held up"),
	    NULL },
	[DANE_TLSA_FAILED] = { "dane.tlsa", AUDIT_WRONG,
	    N_("the TLSA question for %s gets no answer (%s): mail from DANE senders is "
	       "held up"),
	    NULL },
	[DANE_TLSA_INSECURE] = { "dane.tlsa", AUDIT_WRONG,
	    N_("the TLSA records of %s are not secured by DNSSEC: they have no effect"),
	    NULL },
	[DANE_ABSENT] = { "dane.tlsa", AUDIT_WRONG, N_("%s has no TLSA record"), NULL },
	[DANE_UNUSABLE] = { "dane.tlsa", AUDIT_WRONG,
	    N_("%s has TLSA records, but none that can be used for mail: make it 3 1 1"),
	    NULL },
	[DANE_PUBLISHED] = { "dane.tlsa", AUDIT_OK,
	    N_("%s has TLSA records that can be used"), NULL },
};

static bool
has_usable(const struct facts_host *h)
{
	for (size_t i = 0; i < h->record_count; i++) {
		if (h->records[i].usable)
			return true;
	}
	return false;
}

/* RFC 7672 section 2.2.2: of the addresses, those that are there. */
static bool
is_address_secure(const struct facts_host *h)
{
	return (h->a.status != DNS_FOUND || h->a.secure) &&
	       (h->aaaa.status != DNS_FOUND || h->aaaa.secure);
}

static enum dane_case
dane_case(const struct facts *f, const struct facts_host *h)
{
	if (!f->validates)
		return DANE_NO_RESOLVER;
	if (!f->mx.secure)
		return DANE_MX_INSECURE;
	if (h->address_count == 0 &&
	    (rules_row_failed(&h->a) || rules_row_failed(&h->aaaa)))
		return DANE_ADDRESS_UNKNOWN;
	if (!is_address_secure(h))
		return DANE_ADDRESS_INSECURE;
	if (h->tlsa.status == DNS_BOGUS)
		return DANE_TLSA_BOGUS;
	if (h->tlsa.status == DNS_TEMPFAIL)
		return DANE_TLSA_FAILED;
	if (h->record_count == 0)
		return DANE_ABSENT;
	if (!h->tlsa.secure)
		return DANE_TLSA_INSECURE;
	return has_usable(h) ? DANE_PUBLISHED : DANE_UNUSABLE;
}

static const struct rules_row dane_single = { "dane.rollover", AUDIT_LOOK,
	N_("%s has one TLSA record; with a second one for the next key, a change of "
	   "certificate holds up no mail"),
	NULL };
static const struct rules_row dane_whole = { "dane.whole", AUDIT_LOOK,
	N_("a TLSA record of %s is for the whole certificate (3 0): it must change at "
	   "each renewal; 3 1 1 is for the key"),
	NULL };
static const struct rules_row dane_long = { "dane.ttl", AUDIT_LOOK,
	N_("the TLSA records of %s live for more than a day: that is how long a "
	   "mistake holds up mail"),
	NULL };

static void
look_at_records(struct rules_case *c, const struct facts_host *h)
{
	size_t usable = 0;
	bool whole = false;

	for (size_t i = 0; i < h->record_count; i++) {
		usable += h->records[i].usable;
		whole = whole || (h->records[i].usable && h->records[i].certificate);
	}
	if (usable == 1)
		rules_row_add(c, &dane_single,
		    (struct rules_about){ .one = h->name, .seen = &h->tlsa });
	if (whole)
		rules_row_add(c, &dane_whole,
		    (struct rules_about){ .one = h->name, .seen = &h->tlsa });
	if (h->tlsa.ttl > DAY)
		rules_row_add(c, &dane_long,
		    (struct rules_about){ .one = h->name, .seen = &h->tlsa });
}

static const struct rules_row not_matched = { "dane.connection", AUDIT_UNKNOWN,
	N_("not looked at: whether the certificates match shows only by connecting to "
	   "the servers, as Internet.nl does"),
	NULL };

/* What connections add: every address, and each type of certificate, has to match. */

enum match_case {
	MATCH_ASIDE,
	MATCH_UNKNOWN,
	MATCH_NO_TLS,
	MATCH_NO_RECORD,
	MATCH_OTHER_NAME,
	MATCH_OTHER_UNKNOWN,
	MATCH_OTHER_KEY,
	MATCH_GOOD
};

static const struct rules_row match_rows[] = {
	[MATCH_ASIDE] = { "dane.match", AUDIT_INFO,
	    N_("%s was not connected to, but another of its addresses was: %s"), NULL },
	[MATCH_UNKNOWN] = { "dane.match", AUDIT_UNKNOWN,
	    N_("whether the certificate of %s matches could not be tested: %s"), NULL },
	[MATCH_NO_TLS] = { "dane.match", AUDIT_WRONG,
	    N_("%s has TLSA records but no TLS: mail from DANE senders is held up"),
	    NULL },
	[MATCH_NO_RECORD] = { "dane.match", AUDIT_WRONG,
	    N_("%s: %s; mail from DANE senders is held up"), NULL },
	[MATCH_OTHER_NAME] = { "dane.match", AUDIT_WRONG,
	    N_("%s: the certificate is neither for the host nor for the domain, as a "
	       "TLSA "
	       "record of usage 2 asks; mail from DANE senders is held up"),
	    NULL },
	[MATCH_OTHER_UNKNOWN] = { "dane.match", AUDIT_UNKNOWN,
	    N_("whether %s has a certificate of another type, and one that matches, "
	       "could "
	       "not be tested: %s"),
	    NULL },
	[MATCH_OTHER_KEY] = { "dane.match", AUDIT_WRONG,
	    N_("%s has a second certificate (%s), and it does not match: %s; mail from "
	       "the DANE senders that get it is held up"),
	    NULL },
	[MATCH_GOOD] = { "dane.match", AUDIT_OK,
	    N_("%s: the certificate matches a TLSA record"), NULL },
};

/* Of usage 2 names count: of the host, or of this domain. */
static bool
is_covered(const struct rules_case *c, const struct probed_host *h,
    const struct probed_handshake *shake)
{
	if (!shake->dane_by_name)
		return true;
	for (size_t i = 0; i < h->domain_count; i++) {
		if (strcmp(h->domains[i], c->f->domain) == 0)
			return shake->covers[i];
	}
	return false;
}

static enum match_case
plain_case(const struct rules_case *c, const struct probed_host *h,
    const struct probed_address *a)
{
	switch (a->end) {
	case PROBED_PLAIN:
	case PROBED_REFUSED:
	case PROBED_INJECTED:
		return MATCH_NO_TLS;
	case PROBED_TLS:
		break;
	default:
		return rules_host_is_aside(h, a) ? MATCH_ASIDE : MATCH_UNKNOWN;
	}
	if (a->plain.end == PROBED_HANDSHAKE_FAILED)
		return MATCH_NO_TLS;
	if (a->plain.end != PROBED_HANDSHAKE_DONE)
		return MATCH_UNKNOWN;
	if (!a->plain.dane_matched)
		return MATCH_NO_RECORD;
	return is_covered(c, h, &a->plain) ? MATCH_GOOD : MATCH_OTHER_NAME;
}

/* Of the other type of key: a server that refuses it has none. */
static enum match_case
other_case(const struct rules_case *c, const struct probed_host *h,
    const struct probed_address *a)
{
	const struct probed_handshake *o = &a->other;

	if (o->end == PROBED_HANDSHAKE_SILENT ||
	    (o->end == PROBED_HANDSHAKE_NONE && a->stopped != NULL))
		return MATCH_OTHER_UNKNOWN;
	if (o->end != PROBED_HANDSHAKE_DONE)
		return MATCH_GOOD;
	return o->dane_matched && is_covered(c, h, o) ? MATCH_GOOD : MATCH_OTHER_KEY;
}

static void
judge_other(
    struct rules_case *c, const struct probed_host *h, const struct probed_address *a)
{
	const struct probed_handshake *o = &a->other;
	enum match_case which = other_case(c, h, a);
	struct rules_about about = { .one = rules_host_place(c, h, a) };

	if (which == MATCH_GOOD)
		return;
	if (which == MATCH_OTHER_UNKNOWN) {
		about.two = o->phrase != NULL ? o->phrase : a->stopped;
	} else {
		about.two = o->chain_count > 0 ? o->chain[0].key : "";
		about.three = o->dane_phrase != NULL
				  ? o->dane_phrase
				  : N_("the certificate is not for this host");
	}
	rules_row_add(c, &match_rows[which], about);
}

static const char *
match_why(const struct probed_address *a, enum match_case which)
{
	if (which == MATCH_NO_RECORD)
		return a->plain.dane_phrase;
	return a->end == PROBED_TLS ? a->plain.phrase : a->phrase;
}

static const struct rules_row expires = { "dane.expires", AUDIT_LOOK,
	N_("the certificate of %s expires in less than 14 days, and for a TLSA record of "
	   "usage 2 that counts"),
	NULL };

static void
judge_match(
    struct rules_case *c, const struct probed_host *h, const struct probed_address *a)
{
	enum match_case which = plain_case(c, h, a);
	struct rules_about about = { .one = rules_host_place(c, h, a),
		.two = match_why(a, which) };

	rules_row_add(c, &match_rows[which], about);
	if (a->plain.dane_matched && a->plain.dane_by_name && a->plain.chain_count > 0 &&
	    a->plain.chain[0].not_after < (int64_t)c->f->now + EXPIRES_SOON)
		rules_row_add(c, &expires, about);
	if (a->plain.end == PROBED_HANDSHAKE_DONE)
		judge_other(c, h, a);
}

static void
judge_dane(struct rules_case *c, const struct facts_host *h)
{
	const struct facts *f = c->f;
	enum dane_case which = dane_case(f, h);
	struct rules_about about = { .one = h->name, .seen = &h->tlsa };

	if (which == DANE_NO_RESOLVER) {
		about.one = f->why_not;
	} else if (which == DANE_MX_INSECURE) {
		about.seen = &f->mx;
	} else if (which == DANE_ADDRESS_UNKNOWN) {
		about.seen = rules_row_failed(&h->a) ? &h->a : &h->aaaa;
		about.two = rules_row_why(about.seen);
	} else if (which == DANE_ADDRESS_INSECURE) {
		about.seen = &h->a;
		about.seen_too = &h->aaaa;
	} else if (which == DANE_TLSA_FAILED) {
		about.two = rules_row_why(&h->tlsa);
	}
	rules_row_add(c, &dane_rows[which], about);
	if (which != DANE_PUBLISHED)
		return;
	look_at_records(c, h);
	for (size_t i = 0; h->probed != NULL && i < h->probed->address_count; i++)
		judge_match(c, h->probed, &h->probed->addresses[i]);
}

void
rules_dane(struct rules_case *c)
{
	const struct facts *f = c->f;
	bool looked = true;

	if (!rules_host_any(c))
		return;
	for (size_t i = 0; i < f->host_count; i++) {
		enum dane_case which = dane_case(f, &f->hosts[i]);

		if (f->hosts[i].is_null)
			continue;
		judge_dane(c, &f->hosts[i]);
		if (which == DANE_PUBLISHED && f->hosts[i].probed == NULL)
			looked = false;
		/* What is so of all hosts is said once. */
		if (which == DANE_NO_RESOLVER || which == DANE_MX_INSECURE)
			break;
	}
	if (!looked)
		rules_row_add(c, &not_matched, (struct rules_about){ 0 });
}
