#include <string.h>

#include "base/pool.h"
#include "ctl/audit/rules_row.h"
#include "ctl/audit/rules_spf.h"
#include "ctl/text.h"

#define LOOKUPS_MAX 10 /* RFC 7208 section 4.6.4 */
#define LOOKUPS_MANY 9
#define VOIDS_MAX 2
#define V4_WRONG (UINT64_C(1) << 28) /* addresses: a sixteenth of the Internet */
#define V4_LOOK (UINT64_C(1) << 24)
#define V6_WRONG 12 /* bits of a prefix: what is shorter */
#define V6_LOOK 20

/* The record itself. */

static const struct rules_row state_rows[] = {
	[SPF_TREE_ONE] = { "spf.record", AUDIT_OK, N_("has one SPF record, well formed"),
	    NULL },
	[SPF_TREE_NONE] = { "spf.record", AUDIT_WRONG, N_("has no SPF record"),
	    "%s. TXT \"v=spf1 mx ~all\"" },
	[SPF_TREE_SEVERAL] = { "spf.record", AUDIT_WRONG,
	    N_("has several SPF records: none of them counts, there must be one"), NULL },
	[SPF_TREE_BROKEN] = { "spf.record", AUDIT_WRONG,
	    N_("the SPF record cannot be read (%s): %s"), NULL },
	[SPF_TREE_LOOP] = { "spf.record", AUDIT_WRONG,
	    N_("the name is an alias (CNAME) that leads back to itself"), NULL },
	[SPF_TREE_UNKNOWN] = { "spf.record", AUDIT_UNKNOWN,
	    N_("there was no answer for SPF: %s"), NULL },
};

/* What becomes of those that nothing names. */

enum end_case { END_FAIL, END_SOFT, END_PASS, END_NEUTRAL, END_OPEN, END_MACRO };

static const struct rules_row end_rows[] = {
	[END_FAIL] = { "spf.end", AUDIT_OK, N_("all other servers are refused (-all)"),
	    NULL },
	[END_SOFT] = { "spf.end", AUDIT_OK,
	    N_("all other servers are suspect (~all), and DMARC decides"), NULL },
	[END_PASS] = { "spf.end", AUDIT_WRONG,
	    N_("SPF ends in +all: the whole world may send in the name of the domain"),
	    NULL },
	[END_NEUTRAL] = { "spf.end", AUDIT_WRONG,
	    N_("SPF ends in ?all, which says nothing about all other servers: end it in "
	       "~all or -all"),
	    NULL },
	[END_OPEN] = { "spf.end", AUDIT_WRONG,
	    N_("SPF has no end (all or redirect), so it says nothing about all other "
	       "servers: end it in ~all or -all"),
	    NULL },
	[END_MACRO] = { "spf.end", AUDIT_LOOK,
	    N_("how SPF ends depends on the sender (a macro in redirect)"), NULL },
};

static enum end_case
end_case(char end)
{
	switch (end) {
	case '-':
		return END_FAIL;
	case '~':
		return END_SOFT;
	case '+':
		return END_PASS;
	case '?':
		return END_NEUTRAL;
	case 'm':
		return END_MACRO;
	default:
		return END_OPEN;
	}
}

static const struct rules_row prefers_soft = { "spf.soft", AUDIT_INFO,
	N_("others send for this domain, so ~all is a little safer than -all: some "
	   "receivers refuse at -all before they look at DKIM"),
	NULL };

/* What was met on the way. */

static const struct rules_row finding_rows[] = {
	[SPF_TREE_RING] = { "spf.ring", AUDIT_WRONG,
	    N_("%s: %s leads back to where it came from, an error for every receiver"),
	    NULL },
	[SPF_TREE_MISSING] = { "spf.include", AUDIT_WRONG,
	    N_("%s names %s, which has no SPF record: an error for every receiver"),
	    NULL },
	[SPF_TREE_BAD] = { "spf.include", AUDIT_WRONG,
	    N_("%s names %s, whose SPF record cannot be used: an error for every "
	       "receiver"),
	    NULL },
	[SPF_TREE_PASSES] = { "spf.include", AUDIT_WRONG,
	    N_("%s includes %s, which lets the whole world through (+all)"), NULL },
	[SPF_TREE_MANY_HOSTS] = { "spf.hosts", AUDIT_WRONG,
	    N_("%s: %s leads to more than ten mail servers, an error for every receiver"),
	    NULL },
	[SPF_TREE_NO_ANSWER] = { "spf.answer", AUDIT_UNKNOWN,
	    N_("%s: there was no answer for %s"), NULL },
	[SPF_TREE_TOO_LARGE] = { "spf.size", AUDIT_WRONG,
	    N_("more than 40 records are included; %s: %s was not followed"), NULL },
	[SPF_TREE_PTR] = { "spf.ptr", AUDIT_LOOK,
	    N_("%s: %s is slow and should no longer be used"), NULL },
	[SPF_TREE_BEHIND_ALL] = { "spf.behind", AUDIT_LOOK,
	    N_("%s: %s comes after all, where nobody reads it"), NULL },
	[SPF_TREE_STRANGE] = { "spf.modifier", AUDIT_LOOK,
	    N_("%s: nobody knows what %s means; is it a typing error?"), NULL },
	[SPF_TREE_WIDE] = { "spf.wide", AUDIT_LOOK,
	    N_("%s: %s is a very large network; are all of its servers yours?"), NULL },
	[SPF_TREE_MACRO] = { "spf.macro", AUDIT_INFO,
	    N_("%s: %s depends on the message and was not followed"), NULL },
};

static void
judge_findings(struct rules_case *c)
{
	const struct spf_tree *t = &c->f->spf;

	for (size_t i = 0; i < t->finding_count; i++) {
		const struct spf_tree_finding *found = &t->findings[i];
		struct facts_lookup *asked = NULL;

		if (found->asked != NULL) {
			asked = pool_alloc(c->pool, sizeof *asked);
			asked->name = found->asked;
			asked->type = found->type;
		}
		rules_row_add(c, &finding_rows[found->kind],
		    (struct rules_about){
			.one = found->domain, .two = found->term, .seen = asked });
	}
}

/* How much it costs, and how many it lets in. */

enum { LOOKUPS_OVER, LOOKUPS_NEAR, LOOKUPS_FEW, VOIDS_OVER };

static const struct rules_row cost_rows[] = {
	[LOOKUPS_OVER] = { "spf.lookups", AUDIT_WRONG,
	    N_("SPF takes %s lookups in all; more than 10 is an error for every "
	       "receiver"),
	    NULL },
	[LOOKUPS_NEAR] = { "spf.lookups", AUDIT_LOOK,
	    N_("SPF takes %s lookups in all; 10 is the limit, and an include may grow"),
	    NULL },
	[LOOKUPS_FEW] = { "spf.lookups", AUDIT_INFO,
	    N_("SPF takes %s lookups in all, of 10"), NULL },
	[VOIDS_OVER] = { "spf.voids", AUDIT_WRONG,
	    N_("%s terms of SPF lead to names that do not exist; more than 2 is an "
	       "error"),
	    NULL },
};

enum { V4_HUGE, V4_LARGE, V6_HUGE, V6_LARGE };

static const struct rules_row size_rows[] = {
	[V4_HUGE] = { "spf.addresses", AUDIT_WRONG,
	    N_("SPF lets %s IPv4 addresses send: it must name only servers that may"),
	    NULL },
	[V4_LARGE] = { "spf.addresses", AUDIT_LOOK,
	    N_("SPF lets %s IPv4 addresses send; is that meant?"), NULL },
	[V6_HUGE] = { "spf.addresses", AUDIT_WRONG,
	    N_("SPF lets an IPv6 network /%s send: it must name only servers that may"),
	    NULL },
	[V6_LARGE] = { "spf.addresses", AUDIT_LOOK,
	    N_("SPF lets an IPv6 network /%s send; is that meant?"), NULL },
};

static void
judge_cost(struct rules_case *c)
{
	const struct spf_tree *t = &c->f->spf;
	const struct rules_row *row = &cost_rows[LOOKUPS_FEW];

	if (t->lookups > LOOKUPS_MAX)
		row = &cost_rows[LOOKUPS_OVER];
	else if (t->lookups >= LOOKUPS_MANY)
		row = &cost_rows[LOOKUPS_NEAR];
	rules_row_add(c, row,
	    (struct rules_about){
		.one = rules_row_number(c, (unsigned long long)t->lookups) });
	if (t->voids > VOIDS_MAX)
		rules_row_add(c, &cost_rows[VOIDS_OVER],
		    (struct rules_about){
			.one = rules_row_number(c, (unsigned long long)t->voids) });
}

static void
judge_size(struct rules_case *c)
{
	const struct spf_tree *t = &c->f->spf;
	const char *v4 = rules_row_number(c, t->v4_addresses);
	const char *v6 = rules_row_number(c, t->v6_prefix);

	if (t->v4_addresses >= V4_WRONG)
		rules_row_add(c, &size_rows[V4_HUGE], (struct rules_about){ .one = v4 });
	else if (t->v4_addresses >= V4_LOOK)
		rules_row_add(c, &size_rows[V4_LARGE], (struct rules_about){ .one = v4 });
	if (t->v6_prefix < V6_WRONG)
		rules_row_add(c, &size_rows[V6_HUGE], (struct rules_about){ .one = v6 });
	else if (t->v6_prefix < V6_LOOK)
		rules_row_add(c, &size_rows[V6_LARGE], (struct rules_about){ .one = v6 });
}

static struct rules_about
about_state(const struct facts *f)
{
	struct rules_about about = { .seen = &f->txt };

	about.one = f->spf.reason != NULL ? f->spf.reason : rules_row_why(&f->txt);
	about.two = f->spf.bad != NULL ? f->spf.bad : "";
	return about;
}

void
rules_spf(struct rules_case *c)
{
	const struct facts *f = c->f;

	rules_row_add(c, &state_rows[f->spf.state], about_state(f));
	if (f->spf.state != SPF_TREE_ONE)
		return;
	rules_row_add(
	    c, &end_rows[end_case(f->spf.end)], (struct rules_about){ .seen = &f->txt });
	judge_findings(c);
	judge_cost(c);
	judge_size(c);
	if (f->spf.end == '-' && f->foreign_senders > 0)
		rules_row_add(c, &prefers_soft, (struct rules_about){ 0 });
}
