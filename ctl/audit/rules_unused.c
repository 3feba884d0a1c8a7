#include "ctl/audit/rules_unused.h"
#include "ctl/audit/rules_row.h"
#include "ctl/text.h"

/* Does it take mail? */

enum mx_case {
	MX_UNKNOWN,
	MX_NULL,
	MX_NULL_PREFERENCE,
	MX_NULL_AMONG,
	MX_REAL,
	MX_IMPLICIT,
	MX_IMPLICIT_UNKNOWN,
	MX_ABSENT
};

#define NULL_MX "%s. MX 0 ."

static const struct rules_row mx_rows[] = {
	[MX_UNKNOWN] = { "mx.answer", AUDIT_UNKNOWN, N_("there was no answer for MX: %s"),
	    NULL },
	[MX_NULL] = { "mx.null", AUDIT_OK, N_("says that it accepts no mail (null MX)"),
	    NULL },
	[MX_NULL_PREFERENCE] = { "mx.preference", AUDIT_WRONG,
	    N_("the null MX has preference %s; it must be 0"), NULL_MX },
	[MX_NULL_AMONG] = { "mx.among", AUDIT_WRONG,
	    N_("there are others beside the null MX: all but the null MX must be "
	       "removed"),
	    NULL_MX },
	[MX_REAL] = { "mx.real", AUDIT_WRONG,
	    N_("accepts mail at %s: a domain that is not used must not"), NULL_MX },
	[MX_IMPLICIT] = { "mx.implicit", AUDIT_WRONG,
	    N_("has no MX, but it has an address: mail is delivered there"), NULL_MX },
	[MX_IMPLICIT_UNKNOWN] = { "mx.answer", AUDIT_UNKNOWN,
	    N_("has no MX, and there was no answer for its addresses: %s"), NULL_MX },
	[MX_ABSENT] = { "mx.absent", AUDIT_WRONG,
	    N_("does not say that it accepts no mail: there is no null MX"), NULL_MX },
};

static const struct rules_row superfluous = { "mx.superfluous", AUDIT_INFO,
	N_("Internet.nl calls a null MX superfluous where there is no address either; "
	   "the "
	   "rule asks for it all the same"),
	NULL };

static bool
has_null(const struct facts *f)
{
	for (size_t i = 0; i < f->mx_count; i++) {
		if (f->hosts[i].is_null)
			return true;
	}
	return false;
}

static enum mx_case
mx_case(const struct facts *f)
{
	if (rules_row_failed(&f->mx))
		return MX_UNKNOWN;
	if (f->mx_count > 1 && has_null(f))
		return MX_NULL_AMONG;
	if (has_null(f))
		return f->hosts[0].preference == 0 ? MX_NULL : MX_NULL_PREFERENCE;
	if (f->mx_count > 0)
		return MX_REAL;
	if (f->a.status == DNS_FOUND || f->aaaa.status == DNS_FOUND)
		return MX_IMPLICIT;
	if (rules_row_failed(&f->a) || rules_row_failed(&f->aaaa))
		return MX_IMPLICIT_UNKNOWN;
	return MX_ABSENT;
}

static void
judge_mx(struct rules_case *c)
{
	const struct facts *f = c->f;
	enum mx_case which = mx_case(f);
	struct rules_about about = { .seen = &f->mx };

	if (which == MX_UNKNOWN)
		about.one = rules_row_why(&f->mx);
	else if (which == MX_IMPLICIT_UNKNOWN)
		about.one = rules_row_why(rules_row_failed(&f->a) ? &f->a : &f->aaaa);
	else if (which == MX_NULL_PREFERENCE)
		about.one = rules_row_number(c, f->hosts[0].preference);
	else if (which == MX_REAL)
		about.one = f->hosts[0].name;
	else if (which == MX_IMPLICIT)
		about.seen_too = f->a.status == DNS_FOUND ? &f->a : &f->aaaa;
	rules_row_add(c, &mx_rows[which], about);
	if (which == MX_ABSENT)
		rules_row_add(c, &superfluous, (struct rules_about){ 0 });
}

/* Does SPF say that nobody sends? */

#define SPF_NOBODY "%s. TXT \"v=spf1 -all\""

enum spf_case { SPF_ONLY_FAIL, SPF_UNKNOWN, SPF_ABSENT, SPF_MORE };

static const struct rules_row spf_rows[] = {
	[SPF_ONLY_FAIL] = { "spf.nobody", AUDIT_OK, N_("SPF says that nobody sends"),
	    NULL },
	[SPF_UNKNOWN] = { "spf.answer", AUDIT_UNKNOWN,
	    N_("there was no answer for SPF: %s"), NULL },
	[SPF_ABSENT] = { "spf.absent", AUDIT_WRONG,
	    N_("has no SPF record that says that nobody sends"), SPF_NOBODY },
	[SPF_MORE] = { "spf.more", AUDIT_WRONG,
	    N_("SPF must be \"v=spf1 -all\" and nothing more"), SPF_NOBODY },
};

static enum spf_case
spf_case(const struct facts *f)
{
	if (f->spf.state == SPF_TREE_UNKNOWN)
		return SPF_UNKNOWN;
	if (f->spf.state == SPF_TREE_NONE)
		return SPF_ABSENT;
	return f->spf.is_only_fail ? SPF_ONLY_FAIL : SPF_MORE;
}

/* Does DMARC have it all refused? */

#define DMARC_REJECT "_dmarc.%s. TXT \"v=DMARC1; p=reject\""

enum dmarc_case {
	DMARC_UNKNOWN_CASE,
	DMARC_ABSENT,
	DMARC_UNUSABLE,
	DMARC_TEST,
	DMARC_WEAK,
	DMARC_WEAK_BELOW,
	DMARC_STRONG
};

static const struct rules_row dmarc_rows[] = {
	[DMARC_UNKNOWN_CASE] = { "dmarc.answer", AUDIT_UNKNOWN,
	    N_("there was no answer for DMARC: %s"), NULL },
	[DMARC_ABSENT] = { "dmarc.absent", AUDIT_WRONG, N_("has no DMARC record"),
	    DMARC_REJECT },
	[DMARC_UNUSABLE] = { "dmarc.unusable", AUDIT_WRONG,
	    N_("the DMARC record counts for nothing: %s"), DMARC_REJECT },
	[DMARC_TEST] = { "dmarc.test", AUDIT_WRONG,
	    N_("t=y (or pct=0) makes DMARC's reject a quarantine"), DMARC_REJECT },
	[DMARC_WEAK] = { "dmarc.policy", AUDIT_WRONG,
	    N_("DMARC's policy is %s; where nobody sends it must be reject"),
	    DMARC_REJECT },
	[DMARC_WEAK_BELOW] = { "dmarc.below", AUDIT_WRONG,
	    N_("DMARC's policy for names below is %s; where nobody sends it must be "
	       "reject"),
	    DMARC_REJECT },
	[DMARC_STRONG] = { "dmarc.reject", AUDIT_OK,
	    N_("DMARC has all mail in its name refused"), NULL },
};

static bool
is_lowered(const struct facts_policy *p)
{
	return p->published == DMARC_P_REJECT && p->in_force != DMARC_P_REJECT;
}

static enum dmarc_case
dmarc_case(const struct facts_dmarc *d)
{
	if (d->unknown)
		return DMARC_UNKNOWN_CASE;
	if (d->domain == NULL)
		return DMARC_ABSENT;
	if (!d->is_usable)
		return DMARC_UNUSABLE;
	if (is_lowered(&d->own) || is_lowered(&d->below) || is_lowered(&d->none))
		return DMARC_TEST;
	if (d->own.in_force != DMARC_P_REJECT)
		return DMARC_WEAK;
	if (d->below.in_force != DMARC_P_REJECT || d->none.in_force != DMARC_P_REJECT)
		return DMARC_WEAK_BELOW;
	return DMARC_STRONG;
}

static const char *
weak_below(const struct facts_dmarc *d)
{
	return evidence_policy_name(
	    d->below.in_force != DMARC_P_REJECT ? d->below.in_force : d->none.in_force);
}

static void
judge_dmarc(struct rules_case *c)
{
	const struct facts_dmarc *d = &c->f->dmarc;
	enum dmarc_case which = dmarc_case(d);
	struct rules_about about = { .seen = &d->lookup };

	if (which == DMARC_UNKNOWN_CASE)
		about.one = d->unknown_reason != NULL ? d->unknown_reason
						      : rules_row_why(&d->lookup);
	else if (which == DMARC_UNUSABLE)
		about.one = d->record.reason;
	else if (which == DMARC_WEAK)
		about.one = evidence_policy_name(d->own.in_force);
	else if (which == DMARC_WEAK_BELOW)
		about.one = weak_below(d);
	rules_row_add(c, &dmarc_rows[which], about);
}

/* Are there keys that somebody could sign with? */

enum dkim_case { DKIM_USABLE, DKIM_NOTHING, DKIM_REVOKED, DKIM_BELOW, DKIM_UNKNOWN };

static const struct rules_row dkim_rows[] = {
	[DKIM_USABLE] = { "dkim.key", AUDIT_WRONG,
	    N_("has a DKIM key at selector %s: whoever has its other half can sign in "
	       "the "
	       "name of the domain"),
	    NULL },
	[DKIM_NOTHING] = { "dkim.none", AUDIT_OK, N_("has no DKIM keys"), NULL },
	[DKIM_REVOKED] = { "dkim.revoked", AUDIT_LOOK,
	    N_("its DKIM keys are revoked; they may as well be removed"), NULL },
	[DKIM_BELOW] = { "dkim.below", AUDIT_LOOK,
	    N_("there is something below _domainkey, but no key was found there"), NULL },
	[DKIM_UNKNOWN] = { "dkim.answer", AUDIT_UNKNOWN,
	    N_("there was no answer for DKIM keys: %s"), NULL },
};

static const struct facts_key *
find_key(const struct facts *f, bool usable)
{
	for (size_t i = 0; i < f->key_count; i++) {
		if (f->keys[i].found && (!usable || f->keys[i].usable))
			return &f->keys[i];
	}
	return NULL;
}

static enum dkim_case
dkim_case(const struct facts *f)
{
	if (find_key(f, true) != NULL)
		return DKIM_USABLE;
	if (find_key(f, false) != NULL)
		return DKIM_REVOKED;
	if (rules_row_failed(&f->domainkey))
		return DKIM_UNKNOWN;
	/* NODATA: a name below it exists.  FOUND: a wildcard's text, which is no key. */
	return f->domainkey.status == DNS_NODATA ? DKIM_BELOW : DKIM_NOTHING;
}

static void
judge_dkim(struct rules_case *c)
{
	const struct facts *f = c->f;
	enum dkim_case which = dkim_case(f);
	struct rules_about about = { .seen = &f->domainkey };

	if (which == DKIM_USABLE) {
		about.one = find_key(f, true)->selector;
		about.seen_too = &find_key(f, true)->lookup;
	} else if (which == DKIM_UNKNOWN) {
		about.one = rules_row_why(&f->domainkey);
	}
	rules_row_add(c, &dkim_rows[which], about);
}

static const struct rules_row unreported = { "dmarc.rua", AUDIT_INFO,
	N_("nobody learns who tries to send in its name: see the rule on reporting"),
	NULL };

void
rules_unused(struct rules_case *c)
{
	const struct facts *f = c->f;
	enum spf_case spf = spf_case(f);

	judge_mx(c);
	rules_row_add(c, &spf_rows[spf],
	    (struct rules_about){
		.one = f->spf.reason != NULL ? f->spf.reason : rules_row_why(&f->txt),
		.seen = &f->txt });
	judge_dmarc(c);
	judge_dkim(c);
	if (f->dmarc.domain != NULL && f->rua_count == 0)
		rules_row_add(c, &unreported, (struct rules_about){ 0 });
}
