#include <string.h>

#include "check/alignment.h"
#include "check/dmarc_trace.h"
#include "check/orgdomain.h"
#include "mail/address.h"
#include "mail/evidence.h"

/* One finding under way. */
struct bench {
	const struct alignment_rule *rule;
	const struct evidence *ev;
	struct orgdomain_search *search;
	struct dmarc_trace *trace;
	const char *org_domain; /* of the author, once it is known */
	bool prefetched;
};

static const char *
last_label(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL ? dot + 1 : name;
}

static bool
is_author(const struct bench *b, const char *domain)
{
	return strcmp(domain, b->rule->author) == 0;
}

/* The first signature with ${result} whose domain is the author's, or NULL. */
static const struct dkim_evidence *
author_signature(const struct bench *b, enum dkim_result result)
{
	for (size_t i = 0; i < b->ev->dkim_count; i++) {
		const struct dkim_evidence *sig = &b->ev->dkim[i];

		if (sig->result == result && is_author(b, sig->domain))
			return sig;
	}
	return NULL;
}

static void
prefetch_one(const struct bench *b, const char *domain)
{
	if (address_is_within(domain, b->org_domain))
		orgdomain_prefetch(b->search, domain, b->org_domain);
}

/* The walks of all that passed, so that they wait for DNS together. */
static void
prefetch_walks(struct bench *b)
{
	const struct evidence *ev = b->ev;

	b->prefetched = true;
	if (ev->spf.result == SPF_PASS && !b->rule->strict_spf)
		prefetch_one(b, ev->spf.domain);
	if (b->rule->strict_dkim || author_signature(b, DKIM_PASS) != NULL)
		return;
	for (size_t i = 0; i < ev->dkim_count; i++) {
		if (ev->dkim[i].result == DKIM_PASS)
			prefetch_one(b, ev->dkim[i].domain);
	}
}

/* Are two names, which differ, of one organization? */
static enum alignment
relaxed(struct bench *b, const char *domain, const char *what, const char **why)
{
	const char *theirs;

	*why = "not aligned: another top-level domain";
	if (strcmp(last_label(domain), last_label(b->rule->author)) != 0)
		return ALIGNMENT_NO;
	*why = "open: DNS error";
	b->org_domain = orgdomain_of(b->search, b->rule->author, "author");
	if (b->org_domain == NULL)
		return ALIGNMENT_OPEN;
	/* What is not below our organization cannot have it as its own. */
	*why = "not aligned: another organization";
	if (!address_is_within(domain, b->org_domain))
		return ALIGNMENT_NO;
	if (!b->prefetched)
		prefetch_walks(b);
	theirs = orgdomain_of(b->search, domain, what);
	if (theirs == NULL) {
		*why = "open: DNS error";
		return ALIGNMENT_OPEN;
	}
	if (strcmp(b->org_domain, theirs) != 0)
		return ALIGNMENT_NO;
	*why = "aligned: same organizational domain";
	return ALIGNMENT_YES;
}

static enum alignment
align(struct bench *b, const char *domain, const char *what, bool strict)
{
	const char *why = "aligned: same name";
	enum alignment found = ALIGNMENT_YES;

	if (*domain == '\0')
		return ALIGNMENT_NO;
	if (!is_author(b, domain) && strict) {
		why = "not aligned: another name, and the policy is strict";
		found = ALIGNMENT_NO;
	} else if (!is_author(b, domain)) {
		found = relaxed(b, domain, what, &why);
	}
	dmarc_trace_add(b->trace, what, domain, why);
	return found;
}

static enum alignment
align_spf(struct bench *b)
{
	return align(b, b->ev->spf.domain, "spf", b->rule->strict_spf);
}

/*
 * The best among the signatures with ${result}.  One of the author domain itself
 * comes first, so that no walk is made where an equal name answers.
 */
static enum alignment
align_dkim(struct bench *b, enum dkim_result result)
{
	const struct dkim_evidence *own = author_signature(b, result);
	enum alignment best = ALIGNMENT_NO;

	if (own != NULL)
		return align(b, own->domain, "dkim", b->rule->strict_dkim);
	for (size_t i = 0; i < b->ev->dkim_count && best != ALIGNMENT_YES; i++) {
		const struct dkim_evidence *sig = &b->ev->dkim[i];
		enum alignment found;

		if (sig->result != result)
			continue;
		found = align(b, sig->domain, "dkim", b->rule->strict_dkim);
		if (found > best)
			best = found;
	}
	return best;
}

static bool
has_dkim(const struct evidence *ev, enum dkim_result result)
{
	for (size_t i = 0; i < ev->dkim_count; i++) {
		if (ev->dkim[i].result == result)
			return true;
	}
	return false;
}

/*
 * Nothing is aligned: could it be, but for an error that may be gone tomorrow?  Only
 * what could align counts, else a signature whose key never answers would turn
 * every fail into a temperror.
 */
static const char *
doubt_of(struct bench *b, const struct alignment_finding *found)
{
	if (found->spf == ALIGNMENT_OPEN || found->dkim == ALIGNMENT_OPEN)
		return "DNS error while looking for an organizational domain";
	if (b->ev->spf.result == SPF_TEMPERROR && align_spf(b) != ALIGNMENT_NO)
		return "temporary error of an SPF check that may be aligned";
	if (align_dkim(b, DKIM_TEMPERROR) != ALIGNMENT_NO)
		return "temporary error of a signature that may be aligned";
	return NULL;
}

enum alignment
alignment_of(const struct alignment_rule *rule, const char *domain, const char *what,
    bool strict, struct orgdomain_search *search, struct dmarc_trace *trace)
{
	struct bench b = {
		.rule = rule, .search = search, .trace = trace, .prefetched = true
	};

	return align(&b, domain, what, strict);
}

struct alignment_finding
alignment_find(const struct alignment_rule *rule, const struct evidence *ev,
    struct orgdomain_search *search, struct dmarc_trace *trace)
{
	struct bench b = { .rule = rule, .ev = ev, .search = search, .trace = trace };
	struct alignment_finding found = { .spf = ALIGNMENT_NO };

	/* Always the MAIL FROM identity; the separate check of HELO never counts. */
	if (ev->spf.result == SPF_PASS)
		found.spf = align_spf(&b);
	found.dkim = align_dkim(&b, DKIM_PASS);
	found.any_pass = ev->spf.result == SPF_PASS || has_dkim(ev, DKIM_PASS);
	if (found.spf != ALIGNMENT_YES && found.dkim != ALIGNMENT_YES)
		found.doubt = doubt_of(&b, &found);
	found.org_domain = b.org_domain;
	return found;
}
