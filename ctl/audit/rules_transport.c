#include "ctl/audit/rules_transport.h"
#include "ctl/audit/rules_row.h"
#include "ctl/audit/rules_sts.h"
#include "ctl/text.h"

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
	    N_("%s does not pass DNSSEC: for many receivers the domain does not exist"),
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
		rules_sts_policy(c);
}

void
rules_transport_tls_rpt(struct rules_case *c)
{
	judge_single(c, tls_rpt_rows, &c->f->tls_rpt);
}
