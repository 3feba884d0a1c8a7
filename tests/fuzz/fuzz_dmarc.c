/*
 * Any zone and any results, through check/dmarc.c, beside a slow reading of RFC 9989
 * that looks into the zone itself: same result, same policy, never more questions
 * than the bound, and libopendmarc never of another opinion.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "check/orgdomain.h"
#include "dmarc_case.h"
#include "mail/dmarc_record.h"

#define NODES_MAX 12
#define LABELS_MAX 11
#define SIGNATURES_MAX 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
hold(bool truth)
{
	if (!truth)
		abort();
}

struct input {
	const uint8_t *data;
	size_t left;
};

static unsigned
take(struct input *in, unsigned below)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->data++ % below;
}

/* What stands at _dmarc.NAME. */
struct node {
	const char *name;
	bool error;
	size_t records; /* DMARC records */
	struct dmarc_record record;
};

enum existence { EXISTS, EXISTS_NOT, EXISTENCE_UNKNOWN };

struct world {
	struct pool *pool;
	const char *zone;
	struct node nodes[NODES_MAX];
	size_t count;
	const char *author;
	enum existence existence;
};

/* Few labels, so that names meet; as many of them as a walk has turns for. */
static const char *
take_name(struct input *in, struct pool *pool)
{
	static const char *const labels[] = { "a", "b", "xa", "x" };
	static const char *const tops[] = { "nl", "com", "co.uk", "ck" };
	const char *name = tops[take(in, 4)];

	for (unsigned n = take(in, LABELS_MAX); n > 0; n--)
		name = pool_printf(pool, "%s.%s", labels[take(in, 4)], name);
	return name;
}

/* Tags of our own making, or octets as they come. */
static const char *
take_record(struct input *in, struct pool *pool, size_t *len)
{
	static const char *const parts[] = { "p=reject", "p=none", "p=quarantine",
		"sp=reject", "sp=none", "np=quarantine", "np=reject", "psd=y", "psd=n",
		"t=y", "adkim=s", "aspf=s", "rua=mailto:a@b", "sp=x", "pct=0", "" };
	const char *text = "v=DMARC1";
	char *raw;

	for (unsigned n = take(in, 7); n > 0; n--)
		text = pool_printf(pool, "%s;%s", text, parts[take(in, 16)]);
	*len = strlen(text);
	if (take(in, 8) > 0)
		return text;
	raw = pool_alloc(pool, *len + 31);
	memcpy(raw, text, *len);
	for (unsigned n = take(in, 30); n > 0; n--)
		raw[(*len)++] = (char)take(in, 256);
	return raw;
}

static struct node *
node_of(struct world *w, const char *name)
{
	for (size_t i = 0; i < w->count; i++) {
		if (strcmp(w->nodes[i].name, name) == 0)
			return &w->nodes[i];
	}
	return NULL;
}

static void
add_record(struct world *w, struct node *node, struct input *in)
{
	size_t len;
	const char *text = take_record(in, w->pool, &len);
	const char *line = pool_printf(w->pool, "_dmarc.%s TXT \"", node->name);

	for (size_t i = 0; i < len; i++)
		line = pool_printf(w->pool, "%s\\%03u", line, (unsigned char)text[i]);
	w->zone = pool_printf(w->pool, "%s%s\"\n", w->zone, line);
	if (!dmarc_record_is(text, len))
		return;
	node->records++;
	node->record = dmarc_record_parse(text, len, w->pool);
}

static void
take_node(struct world *w, struct input *in)
{
	static const char *const errors[] = { "SERVFAIL", "TIMEOUT", "BOGUS" };
	const char *name = take(in, 3) > 0 ? w->author : take_name(in, w->pool);
	struct node *node;

	/* Above the author, most of the time. */
	for (unsigned n = take(in, LABELS_MAX); n > 0 && strchr(name, '.') != NULL; n--)
		name = strchr(name, '.') + 1;
	node = node_of(w, name);
	if (node == NULL) {
		node = &w->nodes[w->count++];
		node->name = name;
		node->error = take(in, 4) == 1;
		if (node->error)
			w->zone = pool_printf(w->pool, "%s_dmarc.%s %s\n", w->zone, name,
			    errors[take(in, 3)]);
	}
	if (!node->error)
		add_record(w, node, in);
}

static struct world
take_world(struct input *in, struct pool *pool)
{
	static const char *const authors[] = { "A 192.0.2.1", "NXDOMAIN", "SERVFAIL" };
	struct world w = { .pool = pool };

	w.author = take_name(in, pool);
	w.existence = (enum existence)take(in, 3);
	w.zone = pool_printf(pool, "%s %s\n", w.author, authors[w.existence]);
	for (unsigned n = take(in, NODES_MAX + 1); n > 0; n--)
		take_node(&w, in);
	return w;
}

/* The slow reading. */

enum tri { NO, OPEN, YES };

static const char *
last_labels(const char *name, size_t labels)
{
	const char *p = name + strlen(name);

	while (p > name && (p[-1] != '.' || --labels > 0))
		p--;
	return p;
}

static size_t
labels_of(const char *name)
{
	size_t labels = 1;

	for (; *name != '\0'; name++)
		labels += *name == '.';
	return labels;
}

/* False: an error on the way.  W, longest name first. */
static bool
slow_walk(struct world *w, const char *name, struct node **found, size_t *count)
{
	*count = 0;
	for (;;) {
		struct node *node = node_of(w, name);
		size_t labels = labels_of(name);

		if (node != NULL && node->error)
			return false;
		if (node != NULL && node->records == 1) {
			found[(*count)++] = node;
			if (node->record.psd != DMARC_PSD_UNKNOWN)
				return true;
		}
		if (labels == 1)
			return true;
		name = last_labels(name, labels >= 8 ? 7 : labels - 1);
	}
}

static const char *
slow_org(struct world *w, const char *name)
{
	struct node *found[DMARC_WALK_MAX];
	size_t count;

	if (!slow_walk(w, name, found, &count))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (found[i]->record.psd == DMARC_PSD_NO)
			return found[i]->name;
		if (found[i]->record.psd == DMARC_PSD_YES &&
		    strcmp(found[i]->name, name) != 0)
			return last_labels(name, labels_of(found[i]->name) + 1);
	}
	return count > 0 ? found[count - 1]->name : name;
}

/* By equal organizational domains alone, without any short cut but equal names. */
static enum tri
slow_align(struct world *w, const char *identifier, bool strict)
{
	const char *ours, *theirs;
	size_t ours_len, len = strlen(identifier);

	if (strcmp(identifier, w->author) == 0)
		return YES;
	if (strict || strcmp(last_labels(identifier, 1), last_labels(w->author, 1)) != 0)
		return NO;
	ours = slow_org(w, w->author);
	if (ours == NULL)
		return OPEN;
	ours_len = strlen(ours);
	if (len < ours_len || strcmp(identifier + len - ours_len, ours) != 0 ||
	    (len > ours_len && identifier[len - ours_len - 1] != '.'))
		return NO; /* an org domain is the name itself or above it */
	theirs = slow_org(w, identifier);
	if (theirs == NULL)
		return OPEN;
	return strcmp(ours, theirs) == 0 ? YES : NO;
}

/* NULL with *error or not: nothing applies. */
static struct node *
slow_discovery(struct world *w, bool *error)
{
	struct node *own = node_of(w, w->author), *found[DMARC_WALK_MAX];
	const char *org;
	size_t count;

	*error = own != NULL && own->error;
	if (*error)
		return NULL;
	if (own != NULL && own->records == 1)
		return own;
	*error = !slow_walk(w, w->author, found, &count);
	if (*error || count == 0)
		return NULL;
	org = slow_org(w, w->author);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(found[i]->name, org) == 0)
			return found[i];
	}
	return found[count - 1];
}

/* The best of what has ${spf} or ${dkim} as its result. */
static enum tri
slow_best(struct world *w, const struct dmarc_record *r, const struct evidence *ev,
    enum spf_result spf, enum dkim_result dkim)
{
	enum tri best = NO, one;

	if (ev->spf.result == spf)
		best = slow_align(w, ev->spf.domain, r->strict_spf);
	for (size_t i = 0; i < ev->dkim_count; i++) {
		if (ev->dkim[i].result != dkim)
			continue;
		one = slow_align(w, ev->dkim[i].domain, r->strict_dkim);
		best = one > best ? one : best;
	}
	return best;
}

struct slow_result {
	enum dmarc_result result;
	bool settled;
	enum dmarc_policy published;
	bool pct_zero;
};

static struct slow_result
slow_evaluation(struct world *w, const struct evidence *ev)
{
	bool error, zero, settled = true, proven = node_of(w, w->author) != NULL;
	struct node *node = slow_discovery(w, &error);
	const struct dmarc_record *r;
	enum dmarc_policy policy;
	enum tri best;

	if (node == NULL)
		return (struct slow_result){ error ? DMARC_TEMPERROR : DMARC_NONE, false,
			0, false };
	r = &node->record;
	if (!r->usable)
		return (struct slow_result){ DMARC_NONE, false, 0, false };
	zero = r->pct == 0 && !r->has_t;
	policy = r->p;
	if (node->name != w->author && strcmp(node->name, w->author) != 0) {
		policy = r->has_sp ? r->sp : r->p;
		if (r->has_np && r->np != policy && !proven) {
			settled = w->existence != EXISTENCE_UNKNOWN;
			policy = w->existence == EXISTS_NOT ? r->np : policy;
		}
	}
	zero = zero && policy != DMARC_P_NONE;
	best = slow_best(w, r, ev, SPF_PASS, DKIM_PASS);
	if (best == YES)
		return (struct slow_result){ DMARC_PASS, true, policy, zero };
	if (best == OPEN || slow_best(w, r, ev, SPF_TEMPERROR, DKIM_TEMPERROR) != NO ||
	    !settled)
		return (struct slow_result){ DMARC_TEMPERROR, settled, policy, zero };
	return (struct slow_result){ DMARC_FAIL, true, policy, zero };
}

/* The author's own name, or one near it, or any. */
static const char *
take_identifier(struct input *in, const char *author, struct pool *pool)
{
	switch (take(in, 5)) {
	case 0:
		return author;
	case 1:
		return pool_printf(pool, "b.%s", author);
	case 2:
		return strchr(author, '.') != NULL ? strchr(author, '.') + 1 : author;
	case 3:
		return pool_printf(pool, "x.a.b.%s", author);
	default:
		return take_name(in, pool);
	}
}

static void
take_results(struct dmarc_case *c, struct input *in, struct pool *pool)
{
	const char *author = dmarc_case_evidence(c)->from.domain;
	enum spf_result spf = (enum spf_result)take(in, 7);
	unsigned signatures;

	dmarc_case_spf(c, evidence_spf_name(spf), take_identifier(in, author, pool));
	signatures = take(in, SIGNATURES_MAX + 1);
	for (unsigned i = 0; i < signatures; i++) {
		enum dkim_result result = (enum dkim_result)take(in, 7);

		dmarc_case_dkim(
		    c, evidence_dkim_name(result), take_identifier(in, author, pool));
	}
}

static const struct orgdomain_list *
suffixes(void)
{
	static struct orgdomain_list *list; /* once a process */
	char why[200];

	if (list == NULL)
		list = orgdomain_list_open(NULL, why, sizeof why);
	hold(list != NULL);
	return list;
}

static void
check_by_walk(struct world *w, struct dmarc_case *c)
{
	static const struct dmarc_options options = { .discovery = DMARC_TREEWALK };
	struct slow_result slow = slow_evaluation(w, dmarc_case_evidence(c));
	struct dmarc_evidence d = dmarc_case_check(c, &options);

	hold(d.result == slow.result);
	hold(d.result == DMARC_NONE || d.policy_known == slow.settled);
	hold(!slow.settled || d.published == slow.published);
	hold(!slow.settled || d.pct_zero == slow.pct_zero);
	hold(d.policy <= d.published && !(d.pct_zero && d.test_mode));
	hold((d.result == DMARC_PASS) == (d.spf_aligned || d.dkim_aligned));
	hold(!d.judges_differ);
	hold(dmarc_case_asked(c) <= 8 + 1 + 7 * (1 + dmarc_case_evidence(c)->dkim_count));
}

static bool
passes_by_list(const struct evidence *ev, const char *domain)
{
	return strcmp(orgdomain_registrable(suffixes(), ev->from.domain),
		   orgdomain_registrable(suffixes(), domain)) == 0;
}

static void
check_by_list(struct dmarc_case *c)
{
	const struct dmarc_options options = { .discovery = DMARC_PSL,
		.psl = suffixes() };
	struct dmarc_evidence d = dmarc_case_check(c, &options);
	const struct evidence *ev = dmarc_case_evidence(c);
	bool may_pass = ev->spf.result == SPF_PASS && passes_by_list(ev, ev->spf.domain);

	for (size_t i = 0; i < ev->dkim_count; i++)
		may_pass = may_pass || (ev->dkim[i].result == DKIM_PASS &&
					   passes_by_list(ev, ev->dkim[i].domain));
	hold(d.result != DMARC_PASS || may_pass);
	hold(!d.pct_zero);
	hold(!d.judges_differ);
	hold(dmarc_case_asked(c) <= 2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct pool *pool = pool_new();
	struct world w = take_world(&in, pool);
	unsigned how = take(&in, 4);
	struct dmarc_case *c = how == 2 ? dmarc_case_new_early(w.zone, w.author)
					: dmarc_case_new(w.zone, w.author);

	hold(c != NULL);
	take_results(c, &in, pool);
	if (how == 3)
		check_by_list(c);
	else
		check_by_walk(&w, c);
	dmarc_case_free(c);
	pool_free(pool);
	return 0;
}
