#include <string.h>

#include "base/pool.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/plan.h"
#include "ctl/audit/rules.h"
#include "ctl/audit/rules_applied.h"
#include "ctl/audit/rules_dane.h"
#include "ctl/audit/rules_dmarc.h"
#include "ctl/audit/rules_inbound.h"
#include "ctl/audit/rules_key.h"
#include "ctl/audit/rules_server.h"
#include "ctl/audit/rules_spf.h"
#include "ctl/audit/rules_starttls.h"
#include "ctl/audit/rules_transport.h"
#include "ctl/audit/rules_unused.h"
#include "ctl/text.h"

#define MAIL 1
#define SEND 2
#define NONE 4

/* Which kinds of domains a rule is for, and who judges. */
static const struct {
	unsigned kinds;
	void (*judge)(struct rules_case *c);
	void (*judge_server)(struct rules_case *c, const struct server *server);
} table[AUDIT_RULES] = {
	[AUDIT_UNUSED] = { NONE, rules_unused, NULL },
	[AUDIT_FLOWS] = { MAIL | SEND, rules_applied_flows, NULL },
	[AUDIT_APPLIED] = { MAIL | SEND, rules_applied, NULL },
	[AUDIT_SPF] = { MAIL | SEND, rules_spf, NULL },
	[AUDIT_DKIM] = { MAIL | SEND, rules_key_signing, NULL },
	[AUDIT_KEYS] = { MAIL | SEND, rules_key_age, NULL },
	[AUDIT_DMARC] = { MAIL | SEND, rules_dmarc_policy, NULL },
	[AUDIT_ALIGNMENT] = { MAIL | SEND, rules_dmarc_alignment, NULL },
	[AUDIT_REPORTS] = { MAIL | SEND | NONE, rules_dmarc_reports, NULL },
	[AUDIT_INBOUND] = { MAIL, NULL, rules_inbound },
	[AUDIT_STARTTLS] = { MAIL, rules_starttls, rules_server_starttls },
	[AUDIT_DANE] = { MAIL, rules_dane, rules_server_dane },
	[AUDIT_DNSSEC] = { MAIL | SEND | NONE, rules_transport_dnssec, NULL },
	[AUDIT_MTA_STS] = { MAIL, rules_transport_sts, NULL },
	[AUDIT_TLS_RPT] = { MAIL, rules_transport_tls_rpt, NULL },
};

static bool
is_for(enum audit_rule rule, enum plan_kind kind)
{
	unsigned bit = kind == PLAN_MAIL ? MAIL : kind == PLAN_SEND ? SEND : NONE;

	return (table[rule].kinds & bit) != 0;
}

static enum audit_level
worst_level(const struct rules_case *c)
{
	enum audit_level worst = AUDIT_INFO;
	bool well = false;

	for (size_t i = 0; i < c->count; i++) {
		enum audit_level level = c->checks[i].row->level;

		well = well || level == AUDIT_OK || level == AUDIT_LOOK;
		if (level == AUDIT_UNKNOWN && worst != AUDIT_WRONG)
			worst = level;
		if (level == AUDIT_WRONG)
			worst = level;
	}
	if (worst == AUDIT_INFO)
		return well ? AUDIT_OK : AUDIT_UNKNOWN; /* nothing that speaks for it */
	return worst;
}

static bool
has_check(const struct rules_case *c, const char *id)
{
	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->checks[i].row->id, id) == 0)
			return true;
	}
	return false;
}

static enum audit_verdict
verdict_of(const struct rules_case *c, enum audit_rule rule)
{
	bool binds = audit_rule_sort(rule) == AUDIT_SORT_RULE;

	switch (worst_level(c)) {
	case AUDIT_WRONG:
		/* What is forged, or looks so, is no matter of advice. */
		return binds || has_check(c, "dnssec.bogus") ? AUDIT_NOT_MET
							     : AUDIT_NOT_FOLLOWED;
	case AUDIT_UNKNOWN:
		return AUDIT_UNTESTED;
	default:
		return binds ? AUDIT_MET : AUDIT_FOLLOWED;
	}
}

/* The first check that says why the verdict is what it is. */
static const struct rules_check *
phrase_of(const struct rules_verdict *v, enum audit_level level)
{
	for (size_t i = 0; i < v->count; i++) {
		if (v->checks[i].row->level == level)
			return &v->checks[i];
	}
	return NULL;
}

static void
explain(struct rules_verdict *v, const struct facts *f, const struct rules_options *o)
{
	v->explain = plan_explains(o->plan, f->domain, v->rule);
	if (v->explain == NULL)
		return;
	v->is_expired = v->explain->until < o->today;
	v->is_needless = v->verdict == AUDIT_MET || v->verdict == AUDIT_FOLLOWED;
	/* Comply or explain is for rules alone. */
	if (!v->is_expired && audit_rule_sort(v->rule) == AUDIT_SORT_RULE &&
	    (v->verdict == AUDIT_NOT_MET || v->verdict == AUDIT_UNTESTED))
		v->verdict = AUDIT_EXPLAINED;
}

static void
judge(struct rules_verdict *v, const struct facts *f, const struct rules_options *o,
    struct pool *pool)
{
	struct rules_case *c;

	v->verdict = AUDIT_NOT_APPLICABLE;
	if (!is_for(v->rule, f->kind))
		return;
	c = pool_alloc(pool, sizeof *c);
	c->f = f;
	c->pool = pool;
	if (table[v->rule].judge != NULL)
		table[v->rule].judge(c);
	if (table[v->rule].judge_server != NULL)
		table[v->rule].judge_server(c, o->server);
	v->checks = c->checks;
	v->count = c->count;
	v->verdict = verdict_of(c, v->rule);
	v->phrase = phrase_of(v, worst_level(c));
	if (v->phrase == NULL) /* met, and all that speaks for it is worth a look */
		v->phrase = phrase_of(v, AUDIT_LOOK);
	explain(v, f, o);
}

struct rules_verdict *
rules_judge(const struct facts *facts, const struct rules_options *options,
    struct pool *pool, size_t *count)
{
	struct rules_verdict *list = pool_alloc(pool, AUDIT_RULES * sizeof *list);

	*count = 0;
	for (size_t i = 0; i < AUDIT_RULES; i++) {
		if (options->wanted != NULL && !options->wanted[i])
			continue;
		list[*count].rule = (enum audit_rule)i;
		judge(&list[(*count)++], facts, options, pool);
	}
	return list;
}

enum audit_verdict
rules_worse(enum audit_verdict a, enum audit_verdict b)
{
	static const int rank[AUDIT_VERDICTS] = {
		[AUDIT_NOT_APPLICABLE] = 0,
		[AUDIT_MET] = 1,
		[AUDIT_FOLLOWED] = 1,
		[AUDIT_EXPLAINED] = 2,
		[AUDIT_UNTESTED] = 3,
		[AUDIT_NOT_FOLLOWED] = 4,
		[AUDIT_NOT_MET] = 5,
	};

	return rank[b] > rank[a] ? b : a;
}

const char *
rules_verdict_code(enum audit_verdict verdict)
{
	static const char *const codes[AUDIT_VERDICTS] = {
		[AUDIT_MET] = "met",
		[AUDIT_FOLLOWED] = "followed",
		[AUDIT_NOT_APPLICABLE] = "not_applicable",
		[AUDIT_EXPLAINED] = "explained",
		[AUDIT_UNTESTED] = "untested",
		[AUDIT_NOT_FOLLOWED] = "not_followed",
		[AUDIT_NOT_MET] = "not_met",
	};

	return codes[verdict];
}

const char *
rules_verdict_word(enum audit_verdict verdict)
{
	static const char *const words[AUDIT_VERDICTS] = {
		[AUDIT_MET] = N_("met"),
		[AUDIT_FOLLOWED] = N_("advice|followed"),
		[AUDIT_NOT_APPLICABLE] = N_("not applicable"),
		[AUDIT_EXPLAINED] = N_("explained"),
		[AUDIT_UNTESTED] = N_("could not be tested"),
		[AUDIT_NOT_FOLLOWED] = N_("advice|not followed"),
		[AUDIT_NOT_MET] = N_("not met"),
	};

	return words[verdict];
}

const char *
rules_level_code(enum audit_level level)
{
	static const char *const codes[] = {
		[AUDIT_OK] = "ok",
		[AUDIT_INFO] = "info",
		[AUDIT_LOOK] = "look",
		[AUDIT_UNKNOWN] = "unknown",
		[AUDIT_WRONG] = "wrong",
	};

	return codes[level];
}

bool
rules_is_failing(const struct rules_verdict *v, bool strict)
{
	if (v->verdict == AUDIT_NOT_MET)
		return true;
	if (v->verdict == AUDIT_NOT_FOLLOWED)
		return strict;
	/* An explanation that ran out is a promise that was not kept. */
	return v->verdict == AUDIT_UNTESTED && v->is_expired &&
	       audit_rule_sort(v->rule) == AUDIT_SORT_RULE;
}

bool
rules_is_open(const struct rules_verdict *v, bool strict)
{
	return v->verdict == AUDIT_UNTESTED &&
	       (strict || audit_rule_sort(v->rule) == AUDIT_SORT_RULE);
}
