#include "ctl/audit/rules_sts.h"
#include "ctl/audit/rules_row.h"
#include "ctl/audit/sts_found.h"
#include "ctl/text.h"

#define DAY 86400
#define STATUS_BUSY 429
#define STATUS_SERVER 500 /* and above: its own trouble, which may pass */

/* Is there a policy to be read? */

enum fetch_case {
	FETCH_NOT_LOOKED,
	FETCH_NO_ANSWER,
	FETCH_NO_ADDRESS,
	FETCH_NOT_TRIED,
	FETCH_UNREACHED,
	FETCH_CERTIFICATE,
	FETCH_NO_HTTP,
	FETCH_BUSY,
	FETCH_STATUS,
	FETCH_TOO_LONG,
	FETCH_MALFORMED,
	FETCH_READ
};

static const struct rules_row fetch_rows[] = {
	[FETCH_NOT_LOOKED] = { "sts.policy", AUDIT_UNKNOWN,
	    N_("not looked at: the policy itself is on a web server, which was not "
	       "asked"),
	    NULL },
	[FETCH_NO_ANSWER] = { "sts.host", AUDIT_UNKNOWN,
	    N_("there was no answer for the address of %s: %s"), NULL },
	[FETCH_NO_ADDRESS] = { "sts.host", AUDIT_WRONG,
	    N_("the web server %s, which should have the policy, has no address"), NULL },
	[FETCH_NOT_TRIED] = { "sts.policy", AUDIT_UNKNOWN,
	    N_("the policy was not fetched from %s: %s"), NULL },
	[FETCH_UNREACHED] = { "sts.policy", AUDIT_UNKNOWN,
	    N_("the policy could not be fetched from %s: %s"), NULL },
	[FETCH_CERTIFICATE] = { "sts.certificate", AUDIT_WRONG,
	    N_("the certificate of %s is not valid, so nobody accepts the policy: %s"),
	    NULL },
	[FETCH_NO_HTTP] = { "sts.policy", AUDIT_WRONG,
	    N_("%s does not answer as a web server: %s"), NULL },
	[FETCH_BUSY] = { "sts.policy", AUDIT_UNKNOWN,
	    N_("the web server had an internal error (%s)"), NULL },
	[FETCH_STATUS] = { "sts.policy", AUDIT_WRONG,
	    N_("the web server has no policy: it answers with %s, and only 200 counts"),
	    NULL },
	[FETCH_TOO_LONG] = { "sts.policy", AUDIT_WRONG,
	    N_("the policy is longer than 64 KiB"), NULL },
	[FETCH_MALFORMED] = { "sts.policy", AUDIT_WRONG, N_("the policy is wrong: %s"),
	    NULL },
	[FETCH_READ] = { "sts.policy", AUDIT_INFO, N_("the policy was read (mode %s)"),
	    NULL },
};

static bool
is_busy(const struct sts_found *s)
{
	return s->status == STATUS_BUSY || s->status >= STATUS_SERVER;
}

static enum fetch_case
answer_case(const struct sts_found *s)
{
	switch (s->end) {
	case STS_NOT_TRIED:
		return FETCH_NOT_TRIED;
	case STS_UNREACHED:
		return FETCH_UNREACHED;
	case STS_CERTIFICATE:
		return FETCH_CERTIFICATE;
	case STS_NO_HTTP:
		return FETCH_NO_HTTP;
	case STS_STATUS:
		return is_busy(s) ? FETCH_BUSY : FETCH_STATUS;
	case STS_TOO_LONG:
		return FETCH_TOO_LONG;
	case STS_FETCHED:
		break;
	}
	return s->wrong != NULL ? FETCH_MALFORMED : FETCH_READ;
}

static enum fetch_case
fetch_case(const struct facts *f)
{
	const struct facts_web *w = &f->sts_web;

	if (w->policy != NULL)
		return answer_case(w->policy);
	if (!w->is_wanted)
		return FETCH_NOT_LOOKED;
	return rules_row_failed(&w->a) || rules_row_failed(&w->aaaa) ? FETCH_NO_ANSWER
								     : FETCH_NO_ADDRESS;
}

/* What is said of it. */
static struct rules_about
about_fetch(struct rules_case *c, enum fetch_case which)
{
	const struct facts_web *w = &c->f->sts_web;
	const struct facts_lookup *failed = rules_row_failed(&w->a) ? &w->a : &w->aaaa;
	const struct sts_found *s = w->policy;
	struct rules_about about = {
		.one = w->a.name, .seen = &w->a, .seen_too = &w->aaaa
	};

	switch (which) {
	case FETCH_NO_ANSWER:
		about.two = rules_row_why(failed);
		break;
	case FETCH_UNREACHED:
	case FETCH_CERTIFICATE:
	case FETCH_NO_HTTP:
		about.two = s->words;
		break;
	case FETCH_NOT_TRIED:
		about.two = s->phrase;
		break;
	case FETCH_BUSY:
	case FETCH_STATUS:
		about.one = rules_row_number(c, (unsigned long long)s->status);
		break;
	case FETCH_MALFORMED:
		about.one = s->wrong;
		break;
	case FETCH_READ:
		about.one = sts_policy_mode_word(s->policy.mode);
		break;
	default:
		break;
	}
	return about;
}

/* What it says. */

static const struct rules_row mode_rows[] = {
	[STS_POLICY_NONE] = { "sts.mode", AUDIT_WRONG,
	    N_("the policy is switched off (mode none)"), "mode: enforce" },
	[STS_POLICY_TESTING] = { "sts.mode", AUDIT_LOOK,
	    N_("the policy only lets others report (mode testing)"), "mode: enforce" },
	[STS_POLICY_ENFORCE] = { "sts.mode", AUDIT_OK,
	    N_("the policy asks for encryption with a valid certificate"), NULL },
};

static const struct rules_row mx_rows[] = {
	[STS_POLICY_TESTING] = { "sts.mx", AUDIT_LOOK,
	    N_("no mx: line of the policy matches %s"), NULL },
	[STS_POLICY_ENFORCE] = { "sts.mx", AUDIT_WRONG,
	    N_("no mx: line of the policy matches %s: mail for it is held up"), NULL },
};

static const struct rules_row short_row = { "sts.age", AUDIT_LOOK,
	N_("the policy is kept for less than a day (max_age %s): some weeks are usual"),
	NULL };
static const struct rules_row type_row = { "sts.type", AUDIT_LOOK,
	N_("the web server does not send the policy as text/plain, as it must"), NULL };

static void
judge_hosts(struct rules_case *c, const struct sts_policy *p)
{
	const struct facts *f = c->f;

	for (size_t i = 0; i < f->host_count; i++) {
		const char *name = f->hosts[i].name;

		if (!f->hosts[i].is_null && !sts_policy_covers(p, name))
			rules_row_add(c, &mx_rows[p->mode],
			    (struct rules_about){ .one = name, .seen = &f->mx });
	}
}

static void
judge_policy(struct rules_case *c, const struct sts_found *s)
{
	const struct sts_policy *p = &s->policy;

	rules_row_add(c, &mode_rows[p->mode], (struct rules_about){ 0 });
	if (!s->is_text)
		rules_row_add(c, &type_row, (struct rules_about){ 0 });
	if (p->mode == STS_POLICY_NONE)
		return;
	judge_hosts(c, p);
	if (p->max_age < DAY)
		rules_row_add(c, &short_row,
		    (struct rules_about){ .one = rules_row_number(c, p->max_age) });
}

void
rules_sts_policy(struct rules_case *c)
{
	enum fetch_case which = fetch_case(c->f);

	rules_row_add(c, &fetch_rows[which], about_fetch(c, which));
	if (which == FETCH_READ)
		judge_policy(c, c->f->sts_web.policy);
}
