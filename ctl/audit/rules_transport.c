#include <string.h>

#include "ctl/audit/rules_row.h"
#include "ctl/audit/rules_transport.h"
#include "ctl/text.h"

#define DAY 86400

/* The hosts that mail for the domain goes to. */

enum host_case { HOST_FINE, HOST_LITERAL, HOST_ALIAS, HOST_NO_ADDRESS, HOST_UNKNOWN };

static const struct rules_row host_rows[] = {
	[HOST_FINE] = { "tls.host", AUDIT_INFO, N_("mail goes to %s"), NULL },
	[HOST_LITERAL] = { "tls.host", AUDIT_WRONG,
	    N_("the MX names the address %s; it must name a host"), NULL },
	[HOST_ALIAS] = { "tls.host", AUDIT_WRONG,
	    N_("the MX %s is an alias (CNAME); it must have addresses of its own"),
	    NULL },
	[HOST_NO_ADDRESS] = { "tls.host", AUDIT_WRONG, N_("the MX %s has no address"),
	    NULL },
	[HOST_UNKNOWN] = { "tls.host", AUDIT_UNKNOWN,
	    N_("there was no answer for the addresses of %s: %s"), NULL },
};

static enum host_case
host_case(const struct facts_host *h)
{
	if (h->is_literal)
		return HOST_LITERAL;
	if (h->alias.status == DNS_FOUND)
		return HOST_ALIAS;
	if (h->address_count > 0)
		return HOST_FINE;
	return rules_row_failed(&h->a) || rules_row_failed(&h->aaaa) ? HOST_UNKNOWN
								     : HOST_NO_ADDRESS;
}

static void
judge_host(struct rules_case *c, const struct facts_host *h)
{
	enum host_case which = host_case(h);
	struct rules_about about = {
		.one = h->name, .seen = &h->a, .seen_too = &h->alias
	};

	if (which != HOST_ALIAS)
		about.seen_too = &h->aaaa;
	if (which == HOST_UNKNOWN)
		about.two = rules_row_why(rules_row_failed(&h->a) ? &h->a : &h->aaaa);
	rules_row_add(c, &host_rows[which], about);
}

static const struct rules_row no_hosts = { "tls.none", AUDIT_WRONG,
	N_("the domain is to take mail, and no MX names a host for it"), NULL };
static const struct rules_row mx_unknown = { "tls.mx", AUDIT_UNKNOWN,
	N_("there was no answer for MX: %s"), NULL };

/* False: there are none to look at, which is said. */
static bool
has_hosts(struct rules_case *c)
{
	const struct facts *f = c->f;

	if (rules_row_failed(&f->mx))
		rules_row_add(c, &mx_unknown,
		    (struct rules_about){ .one = rules_row_why(&f->mx), .seen = &f->mx });
	else if (f->host_count == 0 || (f->mx_count == 1 && f->hosts[0].is_null))
		rules_row_add(c, &no_hosts, (struct rules_about){ .seen = &f->mx });
	else
		return true;
	return false;
}

static const struct rules_row not_connected = { "tls.connection", AUDIT_UNKNOWN,
	N_("not looked at: whether servers encrypt, and how well, shows only when one "
	   "connects to them; Internet.nl does"),
	NULL };

void
rules_transport_starttls(struct rules_case *c)
{
	const struct facts *f = c->f;

	if (!has_hosts(c))
		return;
	for (size_t i = 0; i < f->host_count; i++) {
		if (!f->hosts[i].is_null)
			judge_host(c, &f->hosts[i]);
	}
	rules_row_add(c, &not_connected, (struct rules_about){ 0 });
}

/* DANE, in the order of RFC 7672: the first step that fails is the finding. */

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
	    N_("the TLSA answer for %s does not pass DNSSEC: mail of DANE senders is "
	       "held up"),
	    NULL },
	[DANE_TLSA_FAILED] = { "dane.tlsa", AUDIT_WRONG,
	    N_("the TLSA question for %s gets no answer (%s): mail of DANE senders is "
	       "held up"),
	    NULL },
	[DANE_TLSA_INSECURE] = { "dane.tlsa", AUDIT_WRONG,
	    N_("the TLSA records of %s are not secured by DNSSEC: they have no effect"),
	    NULL },
	[DANE_ABSENT] = { "dane.tlsa", AUDIT_WRONG, N_("%s has no TLSA record"), NULL },
	[DANE_UNUSABLE] = { "dane.tlsa", AUDIT_WRONG,
	    N_("%s has TLSA records, and none that can be used for mail: make it 3 1 1"),
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
	N_("the TLSA records of %s live for more than a day: so long a mistake holds up "
	   "mail"),
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
	N_("not looked at: whether the certificates match shows only when one connects "
	   "to the servers; Internet.nl does"),
	NULL };

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
	if (which == DANE_PUBLISHED)
		look_at_records(c, h);
}

void
rules_transport_dane(struct rules_case *c)
{
	const struct facts *f = c->f;
	bool all = true;

	if (!has_hosts(c))
		return;
	for (size_t i = 0; i < f->host_count; i++) {
		enum dane_case which = dane_case(f, &f->hosts[i]);

		if (f->hosts[i].is_null)
			continue;
		judge_dane(c, &f->hosts[i]);
		all = all && which == DANE_PUBLISHED;
		/* What is so of all hosts is said once. */
		if (which == DANE_NO_RESOLVER || which == DANE_MX_INSECURE)
			break;
	}
	if (all)
		rules_row_add(c, &not_matched, (struct rules_about){ 0 });
}

/* DNSSEC */

enum dnssec_case {
	DNSSEC_NO_RESOLVER,
	DNSSEC_BOGUS,
	DNSSEC_NO_ANSWER,
	DNSSEC_INSECURE,
	DNSSEC_SECURE
};

static const struct rules_row dnssec_rows[] = {
	[DNSSEC_NO_RESOLVER] = { "dnssec.resolver", AUDIT_UNKNOWN,
	    N_("our DNS resolver does not check DNSSEC: %s"), NULL },
	[DNSSEC_BOGUS] = { "dnssec.bogus", AUDIT_WRONG,
	    N_("%s does not pass DNSSEC: for many receivers the domain is not there"),
	    NULL },
	[DNSSEC_NO_ANSWER] = { "dnssec.answer", AUDIT_UNKNOWN,
	    N_("there was no answer for %s: %s"), NULL },
	[DNSSEC_INSECURE] = { "dnssec.insecure", AUDIT_WRONG,
	    N_("%s is not signed with DNSSEC"), NULL },
	[DNSSEC_SECURE] = { "dnssec.secure", AUDIT_OK,
	    N_("the domain and what mail needs of it are signed with DNSSEC"), NULL },
};

#define LOOKED_AT_MAX (5 + 2 * FACTS_HOSTS_MAX + PLAN_SELECTORS_MAX)

/* What mail needs of the domain; ${list} has room for LOOKED_AT_MAX. */
static size_t
looked_at(const struct facts *f, const struct facts_lookup **list)
{
	size_t n = 0;

	list[n++] = &f->soa;
	list[n++] = &f->mx;
	list[n++] = &f->txt;
	list[n++] = &f->dmarc.lookup;
	list[n++] = &f->domainkey;
	for (size_t i = 0; i < f->host_count; i++) {
		list[n++] = &f->hosts[i].a;
		list[n++] = &f->hosts[i].aaaa;
	}
	for (size_t i = 0; i < f->key_count && n < LOOKED_AT_MAX; i++) {
		if (f->keys[i].found)
			list[n++] = &f->keys[i].lookup;
	}
	return n;
}

/* The worst of them, and which that is. */
static enum dnssec_case
dnssec_case(const struct facts *f, const struct facts_lookup **which)
{
	const struct facts_lookup *list[LOOKED_AT_MAX] = { NULL };
	size_t n = looked_at(f, list);
	enum dnssec_case worst = DNSSEC_SECURE;

	*which = &f->soa;
	for (size_t i = 0; i < n; i++) {
		enum dnssec_case one = DNSSEC_SECURE;

		if (list[i]->name == NULL)
			continue;
		if (list[i]->status == DNS_BOGUS)
			one = DNSSEC_BOGUS;
		else if (list[i]->status == DNS_TEMPFAIL)
			one = DNSSEC_NO_ANSWER;
		else if (!list[i]->secure)
			one = DNSSEC_INSECURE;
		if (one < worst) {
			worst = one;
			*which = list[i];
		}
	}
	if (worst != DNSSEC_BOGUS && !f->validates)
		return DNSSEC_NO_RESOLVER;
	return worst;
}

void
rules_transport_dnssec(struct rules_case *c)
{
	const struct facts_lookup *which;
	enum dnssec_case found = dnssec_case(c->f, &which);
	struct rules_about about = { .one = which->name, .seen = which };

	if (found == DNSSEC_NO_RESOLVER)
		about.one = c->f->why_not;
	else if (found == DNSSEC_NO_ANSWER)
		about.two = rules_row_why(which);
	rules_row_add(c, &dnssec_rows[found], about);
}

/* MTA-STS and TLS reporting: one record of a kind. */

enum single_case {
	SINGLE_NO_ANSWER,
	SINGLE_ABSENT,
	SINGLE_SEVERAL,
	SINGLE_WRONG,
	SINGLE_GOOD
};

static enum single_case
single_case(const struct facts_single *s)
{
	if (rules_row_failed(&s->lookup))
		return SINGLE_NO_ANSWER;
	if (s->count == 0)
		return SINGLE_ABSENT;
	if (s->count > 1)
		return SINGLE_SEVERAL;
	return s->wrong != NULL ? SINGLE_WRONG : SINGLE_GOOD;
}

static const struct rules_row sts_rows[] = {
	[SINGLE_NO_ANSWER] = { "sts.answer", AUDIT_UNKNOWN,
	    N_("there was no answer for MTA-STS: %s"), NULL },
	[SINGLE_ABSENT] = { "sts.absent", AUDIT_WRONG,
	    N_("has no MTA-STS; DANE is to be preferred"), NULL },
	[SINGLE_SEVERAL] = { "sts.record", AUDIT_WRONG,
	    N_("has several MTA-STS records: none of them counts"), NULL },
	[SINGLE_WRONG] = { "sts.record", AUDIT_WRONG,
	    N_("the MTA-STS record is wrong: %s"), NULL },
	[SINGLE_GOOD] = { "sts.record", AUDIT_OK, N_("has an MTA-STS record"), NULL },
};

static const struct rules_row sts_not_fetched = { "sts.policy", AUDIT_UNKNOWN,
	N_("not looked at: the policy itself is on a web server, which was not asked"),
	NULL };

static const struct rules_row tls_rpt_rows[] = {
	[SINGLE_NO_ANSWER] = { "tlsrpt.answer", AUDIT_UNKNOWN,
	    N_("there was no answer for TLS reporting: %s"), NULL },
	[SINGLE_ABSENT] = { "tlsrpt.absent", AUDIT_WRONG,
	    N_("asks nobody to report about encrypted connections"),
	    "_smtp._tls.%s. TXT \"v=TLSRPTv1; rua=mailto:tls@%s\"" },
	[SINGLE_SEVERAL] = { "tlsrpt.record", AUDIT_WRONG,
	    N_("has several records for TLS reporting: none of them counts"), NULL },
	[SINGLE_WRONG] = { "tlsrpt.record", AUDIT_WRONG,
	    N_("the record for TLS reporting is wrong: %s"), NULL },
	[SINGLE_GOOD] = { "tlsrpt.record", AUDIT_OK,
	    N_("asks others to report about encrypted connections"), NULL },
};

static enum single_case
judge_single(
    struct rules_case *c, const struct rules_row *rows, const struct facts_single *s)
{
	enum single_case which = single_case(s);
	struct rules_about about = { .seen = &s->lookup };

	about.one = which == SINGLE_WRONG ? s->wrong : rules_row_why(&s->lookup);
	rules_row_add(c, &rows[which], about);
	return which;
}

void
rules_transport_sts(struct rules_case *c)
{
	if (judge_single(c, sts_rows, &c->f->sts) == SINGLE_GOOD)
		rules_row_add(c, &sts_not_fetched, (struct rules_about){ 0 });
}

void
rules_transport_tls_rpt(struct rules_case *c)
{
	judge_single(c, tls_rpt_rows, &c->f->tls_rpt);
}
