#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/types.h>

#include <opendmarc/dmarc.h>

#include "base/hash.h"
#include "base/pool.h"
#include "base/unconst.h"
#include "check/alignment.h"
#include "check/dmarc.h"
#include "check/dmarc_trace.h"
#include "check/orgdomain.h"
#include "dns/questions.h"

struct dmarc_check {
	struct questions *q;
	const struct dmarc_options *options;
	const struct evidence *ev;
	const char *author; /* its domain */
	struct orgdomain_search *search;
	struct dmarc_trace *trace;
	const struct orgdomain_entry *policy; /* NULL: none applies */
	bool existence_unknown;               /* np= would need it */
	struct dmarc_evidence found;
};

/* No record applies, or none can be known. */
static const struct orgdomain_entry *
end_search(struct dmarc_check *check, enum dmarc_result result, const char *reason)
{
	check->found.result = result;
	check->found.reason = reason;
	return NULL;
}

static const struct orgdomain_entry *
end_without_answer(struct dmarc_check *check)
{
	return end_search(
	    check, DMARC_TEMPERROR, "DNS error while looking for the DMARC record");
}

/* A registry's record without psd=y makes one organization of all its registrants
 * (RFC 9989 section 11.8): the text wants it so, people should see it. */
static void
take_org_domain(struct dmarc_check *check, const char *org_domain)
{
	check->found.org_domain = org_domain;
	if (check->options->discovery == DMARC_TREEWALK && check->options->psl != NULL &&
	    orgdomain_is_public_suffix(check->options->psl, org_domain))
		dmarc_trace_add(check->trace, "author", org_domain,
		    "the organizational domain is a public suffix");
}

static enum dns_sec
security(bool secure)
{
	return secure ? DNS_SEC_YES : DNS_SEC_NO;
}

/* RFC 9989 section 4.10.1: A's own record, else the organization's, else the PSD's. */
static const struct orgdomain_entry *
discover_by_walk(struct dmarc_check *check)
{
	const struct orgdomain_entry *own =
	    orgdomain_at(check->search, check->author, "policy");
	struct orgdomain_walk walk;

	check->found.dns_sec = security(own->secure);
	if (own->found == ORGDOMAIN_RECORD)
		return own;
	walk = orgdomain_walk(check->search, check->author, "policy");
	check->found.dns_sec = security(walk.secure);
	if (walk.failed)
		return end_without_answer(check);
	if (walk.count == 0)
		return end_search(check, DMARC_NONE, walk.ignored);
	take_org_domain(check, orgdomain_of(check->search, check->author, "policy"));
	for (size_t i = 0; i < walk.count; i++) {
		if (strcmp(walk.records[i]->name, check->found.org_domain) == 0)
			return walk.records[i];
	}
	return walk.records[walk.count - 1];
}

/* RFC 7489 section 6.6.3: two names at most, and several records at one end it. */
static const struct orgdomain_entry *
discover_by_list(struct dmarc_check *check)
{
	const char *names[2] = { check->author }, *ignored = NULL;
	bool secure = true;

	check->found.org_domain = orgdomain_of(check->search, check->author, "policy");
	names[1] = check->found.org_domain;
	for (size_t i = 0; i < 2; i++) {
		const struct orgdomain_entry *e =
		    orgdomain_at(check->search, names[i], "policy");

		secure = secure && e->secure;
		check->found.dns_sec = security(secure);
		if (e->found == ORGDOMAIN_ERROR)
			return end_without_answer(check);
		if (e->found == ORGDOMAIN_RECORD)
			return e;
		if (e->several)
			return end_search(check, DMARC_NONE, orgdomain_ignored(e));
		if (ignored == NULL)
			ignored = orgdomain_ignored(e);
	}
	return end_search(check, DMARC_NONE, ignored);
}

/*
 * Is there such a name as the author's?  Asked with type CNAME: any other follows a
 * dangling CNAME and says NXDOMAIN of a name that exists.
 */
static bool
author_exists(struct dmarc_check *check)
{
	const char *outcome = "the name exists";
	enum dns_status status;
	bool exists = true;

	if (orgdomain_at(check->search, check->author, "policy")->exists)
		return true;
	status = questions_ask(check->q, check->author, DNS_CNAME)->status;
	if (status == DNS_NXDOMAIN) {
		outcome = "the name does not exist";
		exists = false;
	} else if (status == DNS_TEMPFAIL || status == DNS_BOGUS) {
		outcome = "DNS error: existence not known";
		check->existence_unknown = true;
	}
	dmarc_trace_add(check->trace, "author", check->author, outcome);
	return exists;
}

static enum dmarc_policy
one_level_down(enum dmarc_policy policy)
{
	return policy == DMARC_P_REJECT ? DMARC_P_QUARANTINE : DMARC_P_NONE;
}

/* Which tag of ${record} speaks of the author domain (RFC 9989 section 4.7). */
static void
choose_tag(struct dmarc_check *check, const struct dmarc_record *record, bool inherited)
{
	struct dmarc_evidence *found = &check->found;

	found->tag = DMARC_TAG_P;
	found->published = record->p;
	if (!inherited)
		return;
	if (record->has_sp) {
		found->tag = DMARC_TAG_SP;
		found->published = record->sp;
	}
	if (check->options->discovery == DMARC_PSL || !record->has_np ||
	    record->np == found->published)
		return;
	if (!author_exists(check)) {
		found->tag = DMARC_TAG_NP;
		found->published = record->np;
	}
}

static void
take_policy(struct dmarc_check *check, const struct orgdomain_entry *policy)
{
	struct dmarc_evidence *found = &check->found;

	found->record_domain = policy->name;
	found->dns_sec = security(policy->secure);
	found->strict_spf = policy->record.strict_spf;
	found->strict_dkim = policy->record.strict_dkim;
	choose_tag(check, &policy->record, strcmp(policy->name, check->author) != 0);
	found->policy = found->published;
	if (check->options->discovery == DMARC_TREEWALK && policy->record.test_mode)
		found->policy = one_level_down(found->published);
	found->test_mode = found->policy != found->published;
	/* RFC 9989 appendix A.6: t has the place that pct had, of which only 0 and 100
	 * meant anything.  Who says t knows that; what comes of it is not ours to say. */
	found->pct_zero = check->options->discovery == DMARC_TREEWALK &&
			  policy->record.pct == 0 && !policy->record.has_t &&
			  found->published != DMARC_P_NONE;
	dmarc_trace_add(check->trace, "policy", policy->name,
	    found->tag == DMARC_TAG_P    ? "this record applies: p"
	    : found->tag == DMARC_TAG_SP ? "this record applies: sp"
					 : "this record applies: np");
}

/*
 * Nothing is random: the same message is judged alike however often it is looked at.
 * Where the MTA names none, the header tells messages apart: Date, Message-ID.
 */
static int
draw_of(const struct evidence *ev)
{
	uint32_t hash = HASH_START;

	if (strcmp(ev->queue_id, EVIDENCE_NO_QUEUE) != 0)
		hash = hash_text(hash, ev->queue_id);
	else {
		for (size_t i = 0; i < ev->headers->count; i++)
			hash = hash_text(hash, ev->headers->fields[i].value);
	}
	hash = (hash ^ hash >> 16) * 0x85ebca6b; /* its bits mixed */
	return (int)((hash ^ hash >> 13) % 100);
}

/* RFC 7489 section 6.6.4: the share of failing mail that is spared one level. */
static void
sample(struct dmarc_check *check, const struct dmarc_record *record)
{
	struct dmarc_evidence *found = &check->found;

	if (check->options->discovery != DMARC_PSL || found->result == DMARC_PASS ||
	    draw_of(check->ev) < record->pct)
		return;
	found->policy = one_level_down(found->published);
	found->sampled_out = found->policy != found->published;
}

static void
conclude(struct dmarc_check *check)
{
	struct dmarc_evidence *found = &check->found;
	struct alignment_rule rule = { check->author, found->strict_spf,
		found->strict_dkim };
	struct alignment_finding aligned =
	    alignment_find(&rule, check->ev, check->search, check->trace);

	if (found->org_domain == NULL && aligned.org_domain != NULL)
		take_org_domain(check, aligned.org_domain);
	found->spf_aligned = aligned.spf == ALIGNMENT_YES;
	found->dkim_aligned = aligned.dkim == ALIGNMENT_YES;
	found->policy_known = !check->existence_unknown;
	if (found->spf_aligned || found->dkim_aligned) {
		/* What decides nothing may be taken as the usual case: it exists. */
		found->policy_known = true;
		found->result = DMARC_PASS;
	} else if (aligned.doubt != NULL) {
		found->result = DMARC_TEMPERROR;
		found->reason = aligned.doubt;
		found->may_align = true;
	} else if (check->existence_unknown) {
		found->result = DMARC_TEMPERROR;
		found->reason = "DNS error while asking if the author domain exists";
	} else {
		found->result = DMARC_FAIL;
		found->reason = aligned.any_pass
				    ? "what passed belongs to a domain other than From"
				    : "neither SPF nor DKIM passed";
	}
}

/*
 * What libopendmarc says of the same facts.  It sees one name and a record of our
 * own making: its reading of records and its alignment cannot be trusted.
 */
static int
library_judgement(const struct dmarc_evidence *found, const char *author)
{
	static const char *const records[] = {
		[DMARC_P_NONE] = "v=DMARC1; p=none",
		[DMARC_P_QUARANTINE] = "v=DMARC1; p=quarantine",
		[DMARC_P_REJECT] = "v=DMARC1; p=reject",
	};
	u_char *domain = (u_char *)unconst(author);
	u_char *record = (u_char *)unconst(records[found->policy]);
	u_char *client = (u_char *)unconst("192.0.2.1"); /* wanted, and not used */
	DMARC_POLICY_T *p = opendmarc_policy_connect_init(client, 0);
	int judgement = DMARC_POLICY_ABSENT;

	if (p == NULL)
		return judgement;
	if (opendmarc_policy_store_from_domain(p, domain) == DMARC_PARSE_OKAY &&
	    opendmarc_policy_store_dmarc(p, record, domain, NULL) == DMARC_PARSE_OKAY &&
	    opendmarc_policy_store_spf(p, domain,
		found->spf_aligned ? DMARC_POLICY_SPF_OUTCOME_PASS
				   : DMARC_POLICY_SPF_OUTCOME_FAIL,
		DMARC_POLICY_SPF_ORIGIN_MAILFROM, NULL) == DMARC_PARSE_OKAY &&
	    opendmarc_policy_store_dkim(p, domain, (u_char *)unconst("s"),
		found->dkim_aligned ? DMARC_POLICY_DKIM_OUTCOME_PASS
				    : DMARC_POLICY_DKIM_OUTCOME_FAIL,
		NULL) == DMARC_PARSE_OKAY)
		judgement = opendmarc_get_policy_to_enforce(p);
	opendmarc_policy_connect_shutdown(p);
	return judgement;
}

/* Ours and the library's; where they differ, the stricter holds. */
static void
cross_check(struct dmarc_evidence *found, const char *author)
{
	static const int judgements[] = {
		[DMARC_P_NONE] = DMARC_POLICY_NONE,
		[DMARC_P_QUARANTINE] = DMARC_POLICY_QUARANTINE,
		[DMARC_P_REJECT] = DMARC_POLICY_REJECT,
	};
	int theirs = library_judgement(found, author);
	int ours =
	    found->result == DMARC_PASS ? DMARC_POLICY_PASS : judgements[found->policy];

	if (theirs == ours)
		return;
	found->judges_differ = true;
	found->reason = "libopendmarc judges differently";
	for (int i = DMARC_P_NONE; i <= DMARC_P_REJECT; i++) {
		if (theirs != judgements[i])
			continue;
		found->result = DMARC_FAIL;
		if (i > (int)found->policy)
			found->policy = (enum dmarc_policy)i;
		return;
	}
	/* It says pass, and our fail stands; or it says nothing that it could say. */
	if (theirs != DMARC_POLICY_PASS) {
		found->result = DMARC_TEMPERROR;
		found->policy_known = false;
	}
}

/* The policy, and which of its tags. */
static void
find_policy(struct dmarc_check *check)
{
	const struct orgdomain_entry *policy = check->options->discovery == DMARC_PSL
						   ? discover_by_list(check)
						   : discover_by_walk(check);

	if (policy == NULL)
		return;
	check->found.record = policy->text;
	if (!policy->record.usable) {
		check->found.dns_sec = security(policy->secure);
		dmarc_trace_add(
		    check->trace, "policy", policy->name, EVIDENCE_RECORD_UNUSABLE);
		end_search(check, DMARC_NONE, policy->record.reason);
		return;
	}
	take_policy(check, policy);
	check->policy = policy;
}

struct dmarc_check *
dmarc_check_begin(struct questions *q, const struct dmarc_options *options,
    const char *author, struct pool *pool)
{
	struct dmarc_check *check = pool_alloc(pool, sizeof *check);

	check->q = q;
	check->options = options;
	check->author = author;
	check->trace = dmarc_trace_new(pool);
	check->search = orgdomain_search_new(
	    q, options->discovery == DMARC_PSL ? options->psl : NULL, check->trace, pool);
	check->found.result = DMARC_NONE;
	find_policy(check);
	return check;
}

struct dmarc_evidence
dmarc_check_end(struct dmarc_check *check, const struct evidence *ev)
{
	check->ev = ev;
	if (check->policy != NULL) {
		conclude(check);
		sample(check, &check->policy->record);
		if (check->found.result == DMARC_PASS ||
		    check->found.result == DMARC_FAIL)
			cross_check(&check->found, check->author);
	}
	check->found.steps = dmarc_trace_steps(check->trace, &check->found.step_count);
	return check->found;
}

bool
dmarc_check_aligns(struct dmarc_check *check, const char *domain, const char *what)
{
	const struct dmarc_evidence *found = &check->found;
	const struct alignment_rule rule = { check->author, found->strict_spf,
		found->strict_dkim };
	bool strict = strcmp(what, "dkim") == 0 ? rule.strict_dkim : rule.strict_spf;

	return alignment_of(&rule, domain, what, strict, check->search, check->trace) ==
	       ALIGNMENT_YES;
}

const struct dmarc_step *
dmarc_check_steps(const struct dmarc_check *check, size_t *count)
{
	return dmarc_trace_steps(check->trace, count);
}

void
dmarc_library_version(char *text, size_t size)
{
	void *function = dlsym(RTLD_DEFAULT, "opendmarc_policy_library_init");
	const char *name = NULL;
	Dl_info info;
	char *path = NULL;

	if (function != NULL && dladdr(function, &info) != 0)
		path = realpath(info.dli_fname, NULL);
	if (path != NULL)
		name = strrchr(path, '/');
	snprintf(text, size, "%s", name != NULL ? name + 1 : "unknown");
	free(path);
}
