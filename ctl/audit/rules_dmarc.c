#include <string.h>

#include "base/pool.h"
#include "ctl/audit/rules_dmarc.h"
#include "ctl/audit/rules_row.h"
#include "ctl/text.h"
#include "mail/tag_list.h"

/* Is there a record to go by? */

enum record_case {
	RECORD_UNKNOWN,
	RECORD_SEVERAL,
	RECORD_NEAR,
	RECORD_ABSENT,
	RECORD_UNUSABLE,
	RECORD_INHERITED,
	RECORD_OWN
};

static const struct rules_row record_rows[] = {
	[RECORD_UNKNOWN] = { "dmarc.record", AUDIT_UNKNOWN,
	    N_("there was no answer for DMARC: %s"), NULL },
	[RECORD_SEVERAL] = { "dmarc.record", AUDIT_WRONG,
	    N_("has several DMARC records: none of them counts, there must be one"),
	    NULL },
	[RECORD_NEAR] = { "dmarc.record", AUDIT_WRONG,
	    N_("has no DMARC record, but something that looks like one: %s"), NULL },
	[RECORD_ABSENT] = { "dmarc.record", AUDIT_WRONG, N_("has no DMARC record"),
	    NULL },
	[RECORD_UNUSABLE] = { "dmarc.record", AUDIT_WRONG,
	    N_("the DMARC record counts for nothing: %s"), NULL },
	[RECORD_INHERITED] = { "dmarc.record", AUDIT_INFO,
	    N_("the DMARC record of %s applies"), NULL },
	[RECORD_OWN] = { "dmarc.record", AUDIT_INFO, N_("has a DMARC record of its own"),
	    NULL },
};

static enum record_case
record_case(const struct facts *f)
{
	const struct facts_dmarc *d = &f->dmarc;

	if (d->unknown)
		return RECORD_UNKNOWN;
	if (d->several)
		return RECORD_SEVERAL;
	if (d->domain == NULL)
		return d->near != NULL ? RECORD_NEAR : RECORD_ABSENT;
	if (!d->is_usable)
		return RECORD_UNUSABLE;
	return strcmp(d->domain, f->domain) == 0 ? RECORD_OWN : RECORD_INHERITED;
}

/* To begin with: where mail is sent one looks first, what is not used refuses at once. */
static const char *
first_record(struct rules_case *c)
{
	return pool_printf(c->pool,
	    "_dmarc.%s. TXT \"v=DMARC1; p=%s; rua=mailto:dmarc@%s\"", c->f->domain,
	    c->f->kind == PLAN_NONE ? "reject" : "none",
	    c->f->kind == PLAN_NONE ? "..." : c->f->domain);
}

/* False: there is none in force, and the check says so. */
static bool
judge_record(struct rules_case *c)
{
	const struct facts_dmarc *d = &c->f->dmarc;
	enum record_case which = record_case(c->f);
	struct rules_about about = { .seen = &d->lookup };

	if (which == RECORD_UNKNOWN)
		about.one = d->unknown_reason != NULL ? d->unknown_reason
						      : rules_row_why(&d->lookup);
	else if (which == RECORD_NEAR)
		about.one = d->near;
	else if (which == RECORD_UNUSABLE)
		about.one = d->record.reason;
	else if (which == RECORD_INHERITED)
		about.one = d->domain;
	if (which == RECORD_ABSENT)
		about.mend = first_record(c);
	rules_row_add(c, &record_rows[which], about);
	return which >= RECORD_INHERITED;
}

/* What it asks for, of three kinds of names. */

enum whose { WHOSE_OWN, WHOSE_BELOW, WHOSE_NONE };
enum policy_case { POLICY_OK, POLICY_NONE, POLICY_LOWERED_NONE, POLICY_LOWERED };

static const struct rules_row policy_rows[][POLICY_LOWERED + 1] = {
	[WHOSE_OWN] = {
	    [POLICY_OK] = { "dmarc.policy", AUDIT_OK,
		N_("forged mail in the name of the domain: %s"), NULL },
	    [POLICY_NONE] = { "dmarc.policy", AUDIT_WRONG,
		N_("DMARC only watches (%s): forged mail in the name of the domain is "
"delivered; make it p=quarantine, then p=reject"),
		NULL },
	    [POLICY_LOWERED_NONE] = { "dmarc.policy", AUDIT_WRONG,
		N_("DMARC says %s, but t=y (or pct=0) makes that none"), NULL },
	    [POLICY_LOWERED] = { "dmarc.policy", AUDIT_LOOK,
		N_("DMARC says %s, but t=y (or pct=0) makes that quarantine"), NULL },
	},
	[WHOSE_BELOW] = {
	    [POLICY_OK] = { "dmarc.below", AUDIT_OK,
		N_("forged mail in names below the domain: %s"), NULL },
	    [POLICY_NONE] = { "dmarc.below", AUDIT_WRONG,
		N_("for names below the domain DMARC only watches (%s)"),
		NULL },
	    [POLICY_LOWERED_NONE] = { "dmarc.below", AUDIT_WRONG,
		N_("for names below the domain DMARC says %s, but t=y (or pct=0) makes "
		   "that none"),
		NULL },
	    [POLICY_LOWERED] = { "dmarc.below", AUDIT_LOOK,
		N_("for names below the domain DMARC says %s, but t=y (or pct=0) makes "
		   "that quarantine"),
		NULL },
	},
	[WHOSE_NONE] = {
	    [POLICY_OK] = { "dmarc.np", AUDIT_OK,
		N_("forged mail in names below that do not exist: %s"), NULL },
	    [POLICY_NONE] = { "dmarc.np", AUDIT_WRONG,
		N_("for names that do not exist DMARC only watches (%s): they are the "
		   "easiest to forge"),
		NULL },
	    [POLICY_LOWERED_NONE] = { "dmarc.np", AUDIT_WRONG,
		N_("for names that do not exist DMARC says %s, but t=y (or pct=0) makes "
		   "that none"),
		NULL },
	    [POLICY_LOWERED] = { "dmarc.np", AUDIT_LOOK,
		N_("for names that do not exist DMARC says %s, but t=y (or pct=0) makes "
		   "that quarantine"),
		NULL },
	},
};

static enum policy_case
policy_case(const struct facts_policy *p)
{
	if (p->published == DMARC_P_NONE)
		return POLICY_NONE;
	if (p->in_force == p->published)
		return POLICY_OK;
	return p->in_force == DMARC_P_NONE ? POLICY_LOWERED_NONE : POLICY_LOWERED;
}

static void
judge_policy(struct rules_case *c, enum whose whose, const struct facts_policy *p)
{
	rules_row_add(c, &policy_rows[whose][policy_case(p)],
	    (struct rules_about){
		.one = evidence_policy_name(p->published), .seen = &c->f->dmarc.lookup });
}

static const struct rules_row sampled = { "dmarc.pct", AUDIT_LOOK,
	N_("pct=%s no longer counts (RFC 9989); older receivers let a part of forged "
	   "mail through because of it"),
	NULL };

void
rules_dmarc_policy(struct rules_case *c)
{
	const struct facts_dmarc *d = &c->f->dmarc;

	if (!judge_record(c))
		return;
	judge_policy(c, WHOSE_OWN, &d->own);
	judge_policy(c, WHOSE_BELOW, &d->below);
	if (d->record.has_np)
		judge_policy(c, WHOSE_NONE, &d->none);
	if (d->record.pct > 0 && d->record.pct < 100)
		rules_row_add(c, &sampled,
		    (struct rules_about){
			.one = rules_row_number(c, (unsigned long long)d->record.pct) });
}

/* Alignment */

static const struct rules_row aligned = { "dmarc.alignment", AUDIT_OK,
	N_("DMARC asks for the visible sender's domain: SPF %s, DKIM %s (relaxed is "
	   "the minimum, and enough)"),
	NULL };
static const struct rules_row strange_mode = { "dmarc.mode", AUDIT_LOOK,
	N_("%s has a value that is neither r nor s; it counts as r"), NULL };

static void
look_at_mode(struct rules_case *c, const char *name)
{
	struct tag_list list;
	const struct tag *tag;

	tag_list_split(&list, c->f->dmarc.text, strlen(c->f->dmarc.text));
	tag = tag_list_find(&list, name);
	if (tag != NULL && !tag_list_is(tag, "r") && !tag_list_is(tag, "s"))
		rules_row_add(c, &strange_mode,
		    (struct rules_about){ .one = name, .seen = &c->f->dmarc.lookup });
}

void
rules_dmarc_alignment(struct rules_case *c)
{
	const struct facts_dmarc *d = &c->f->dmarc;

	if (!judge_record(c))
		return;
	rules_row_add(c, &aligned,
	    (struct rules_about){ .one = d->record.strict_spf ? "strict" : "relaxed",
		.two = d->record.strict_dkim ? "strict" : "relaxed",
		.seen = &d->lookup });
	look_at_mode(c, "adkim");
	look_at_mode(c, "aspf");
}

/* Reporting */

static const struct rules_row no_rua = { "rua.absent", AUDIT_WRONG,
	N_("nobody is asked to report: rua= has no mailbox"), NULL };
static const struct rules_row has_rua = { "rua.mailbox", AUDIT_OK, N_("reports go to %s"),
	NULL };
static const struct rules_row has_ruf = { "rua.ruf", AUDIT_INFO,
	N_("ruf= asks for copies of messages, which may hold personal data (GDPR)"),
	NULL };

enum rua_case {
	RUA_FINE,
	RUA_REFUSED,
	RUA_PERMISSION_UNKNOWN,
	RUA_ORG_UNKNOWN,
	RUA_NO_MAIL,
	RUA_MAIL_UNKNOWN
};

static const struct rules_row rua_rows[] = {
	[RUA_FINE] = { "rua.takes", AUDIT_OK, N_("%s accepts the reports"), NULL },
	[RUA_REFUSED] = { "rua.permission", AUDIT_WRONG,
	    N_("%s does not say that it accepts reports about this domain, so none come; "
	       "its owner must publish the line below"),
	    NULL },
	[RUA_PERMISSION_UNKNOWN] = { "rua.permission", AUDIT_UNKNOWN,
	    N_("whether %s accepts reports about this domain could not be found out: %s"),
	    NULL },
	[RUA_ORG_UNKNOWN] = { "rua.permission", AUDIT_UNKNOWN,
	    N_("whether %s belongs to another organisation could not be found out"),
	    NULL },
	[RUA_NO_MAIL] = { "rua.mail", AUDIT_WRONG,
	    N_("reports go to %s, which accepts no mail"), NULL },
	[RUA_MAIL_UNKNOWN] = { "rua.mail", AUDIT_UNKNOWN,
	    N_("whether %s accepts mail could not be found out: %s"), NULL },
};

static enum rua_case
rua_case(const struct facts_rua *r)
{
	if (r->takes_mail == FACTS_NO)
		return RUA_NO_MAIL;
	if (r->foreign == FACTS_YES && r->permitted == FACTS_NO)
		return RUA_REFUSED;
	if (r->foreign == FACTS_UNKNOWN)
		return RUA_ORG_UNKNOWN;
	if (r->foreign == FACTS_YES && r->permitted == FACTS_UNKNOWN)
		return RUA_PERMISSION_UNKNOWN;
	return r->takes_mail == FACTS_UNKNOWN ? RUA_MAIL_UNKNOWN : RUA_FINE;
}

static void
judge_rua(struct rules_case *c, const struct facts_rua *r)
{
	enum rua_case which = rua_case(r);
	struct rules_about about = { .one = r->host, .seen = &r->mx };

	if (which == RUA_PERMISSION_UNKNOWN)
		about.two = rules_row_why(&r->permission);
	else if (which == RUA_MAIL_UNKNOWN)
		about.two = rules_row_why(&r->mx);
	if (which == RUA_REFUSED || which == RUA_PERMISSION_UNKNOWN)
		about.seen = &r->permission;
	if (which == RUA_REFUSED)
		about.mend =
		    pool_printf(c->pool, "%s. TXT \"v=DMARC1\"", r->permission.name);
	rules_row_add(c, &rua_rows[which], about);
}

void
rules_dmarc_reports(struct rules_case *c)
{
	const struct facts *f = c->f;

	if (!judge_record(c))
		return;
	if (f->rua_count == 0)
		rules_row_add(
		    c, &no_rua, (struct rules_about){ .seen = &f->dmarc.lookup });
	for (size_t i = 0; i < f->rua_count; i++) {
		rules_row_add(c, &has_rua,
		    (struct rules_about){
			.one = f->rua[i].uri, .seen = &f->dmarc.lookup });
		judge_rua(c, &f->rua[i]);
	}
	if (f->dmarc.record.ruf != NULL)
		rules_row_add(c, &has_ruf, (struct rules_about){ 0 });
}
