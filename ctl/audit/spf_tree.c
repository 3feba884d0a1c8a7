#include <string.h>

#include "base/netlist.h"
#include "base/pool.h"
#include "ctl/audit/address_union.h"
#include "ctl/audit/spf_found.h"
#include "ctl/audit/spf_tree.h"
#include "dns/dname.h"
#include "dns/questions.h"
#include "dns/rdata.h"
#include "mail/spf_record.h"

#define MX_HOSTS_MAX 10 /* RFC 7208 section 4.6.4 */
#define FINDINGS_MAX 200
#define NO_V6 129
#define OWN_V4_PREFIX 16 /* a term of the domain's own that is shorter is a look */
#define OWN_V6_PREFIX 20

/* One record of the tree, by which way it was reached. */
struct node {
	const char *domain; /* normal form */
	int parent;         /* -1: the domain itself */
	bool is_redirect;
	bool is_own; /* the domain's record, or what that redirects to */
	bool passes; /* what passes here passes for the domain */
	struct spf_found found;
	char all;     /* its qualifier; NUL: none */
	int redirect; /* the node; -1: none */
	bool redirect_is_macro;
};

struct walk {
	struct questions *q;
	struct pool *pool;
	struct node nodes[SPF_TREE_RECORDS_MAX];
	int count;
	struct spf_tree_finding findings[FINDINGS_MAX];
	size_t finding_count;
	struct address_union addresses;
	int lookups, voids;
	bool is_cut;
};

static void
find_with(struct walk *w, enum spf_tree_kind kind, const struct node *n, const char *term,
    struct spf_tree_finding more)
{
	more.kind = kind;
	more.domain = n->domain;
	more.term = term;
	if (w->finding_count < FINDINGS_MAX)
		w->findings[w->finding_count++] = more;
}

static void
find(struct walk *w, enum spf_tree_kind kind, const struct node *n, const char *term)
{
	find_with(w, kind, n, term, (struct spf_tree_finding){ 0 });
}

static bool
has_failed(const struct dns_answer *answer)
{
	return answer->status == DNS_TEMPFAIL || answer->status == DNS_BOGUS;
}

static bool
is_above(const struct walk *w, int node, const char *domain)
{
	for (; node >= 0; node = w->nodes[node].parent) {
		if (strcmp(w->nodes[node].domain, domain) == 0)
			return true;
	}
	return false;
}

/* The name of a term, in the normal form; NULL: macros, or no name that can be asked. */
static const char *
target_of(struct walk *w, const struct node *n, const struct spf_term *term)
{
	char normal[DNAME_TEXT_SIZE];

	if (term->domain == NULL)
		return n->domain;
	if (strchr(term->domain, '%') != NULL || !dname_normal(term->domain, normal))
		return NULL;
	return pool_strdup(w->pool, normal);
}

static bool
is_macro(const struct spf_term *term)
{
	return term->domain != NULL && strchr(term->domain, '%') != NULL;
}

/* One record more, that ${term} of ${from} leads to; its number, -1: it is not followed.
 */
static int
follow(struct walk *w, int from, const struct spf_term *term)
{
	const struct node *n = &w->nodes[from];
	const char *domain = target_of(w, n, term);
	struct node *next;

	if (domain == NULL) {
		find(
		    w, is_macro(term) ? SPF_TREE_MACRO : SPF_TREE_MISSING, n, term->text);
		return -1;
	}
	if (is_above(w, from, domain)) {
		find(w, SPF_TREE_RING, n, term->text);
		return -1;
	}
	if (w->count == SPF_TREE_RECORDS_MAX) {
		/* Where the bound is met is told once: the rest would hide all else. */
		if (!w->is_cut)
			find(w, SPF_TREE_TOO_LARGE, n, term->text);
		w->is_cut = true;
		return -1;
	}
	questions_prefetch(w->q, domain, DNS_TXT);
	next = &w->nodes[w->count];
	*next = (struct node){
		.domain = domain,
		.parent = from,
		.redirect = -1,
		.is_redirect = term->kind == SPF_TERM_REDIRECT,
		.is_own = n->is_own && term->kind == SPF_TERM_REDIRECT,
		.passes = n->passes &&
			  (term->kind == SPF_TERM_REDIRECT || term->qualifier == '+'),
	};
	return w->count++;
}

static void
add_network(struct walk *w, const struct node *n, const struct spf_term *term,
    const struct network *network)
{
	unsigned wide = network->ip.family == IP_V4 ? OWN_V4_PREFIX : OWN_V6_PREFIX;

	if (!n->passes || term->qualifier != '+')
		return;
	address_union_add(&w->addresses, network);
	if (n->is_own && network->prefix < wide)
		find(w, SPF_TREE_WIDE, n, term->text);
}

/* The addresses of one type; false: none are known. */
static bool
add_addresses(struct walk *w, const struct node *n, const struct spf_term *term,
    const char *name, enum dns_type type)
{
	const struct dns_answer *answer = questions_ask(w->q, name, type);
	const size_t octets = type == DNS_A ? 4 : 16;

	if (has_failed(answer)) {
		find_with(w, SPF_TREE_NO_ANSWER, n, term->text,
		    (struct spf_tree_finding){ .asked = name, .type = type });
		return true; /* not void either */
	}
	for (size_t i = 0; i < answer->count; i++) {
		struct network network = { .prefix = term->prefix4 };

		if (answer->records[i].len != octets)
			continue;
		network.ip.family = type == DNS_A ? IP_V4 : IP_V6;
		if (type == DNS_AAAA)
			network.prefix = term->prefix6;
		memcpy(network.ip.octets, answer->records[i].data, octets);
		add_network(w, n, term, &network);
	}
	return answer->count > 0;
}

static bool
add_host(
    struct walk *w, const struct node *n, const struct spf_term *term, const char *name)
{
	bool v4 = add_addresses(w, n, term, name, DNS_A);
	bool v6 = add_addresses(w, n, term, name, DNS_AAAA);

	return v4 || v6;
}

static void
walk_a(struct walk *w, const struct node *n, const struct spf_term *term)
{
	const char *name = target_of(w, n, term);

	if (name == NULL && is_macro(term))
		find(w, SPF_TREE_MACRO, n, term->text);
	else if (name == NULL || !add_host(w, n, term, name))
		w->voids++;
}

/* What the term asks for, and what that counts for.  NULL: nothing that is known now. */
static const struct dns_answer *
ask_term(
    struct walk *w, const struct node *n, const struct spf_term *term, enum dns_type type)
{
	const char *name = target_of(w, n, term);
	const struct dns_answer *answer;

	if (name == NULL) {
		if (is_macro(term))
			find(w, SPF_TREE_MACRO, n, term->text);
		w->voids += !is_macro(term);
		return NULL;
	}
	answer = questions_ask(w->q, name, type);
	if (has_failed(answer))
		find_with(w, SPF_TREE_NO_ANSWER, n, term->text,
		    (struct spf_tree_finding){ .asked = name, .type = type });
	else
		w->voids += answer->count == 0;
	return answer;
}

static void
walk_mx(struct walk *w, const struct node *n, const struct spf_term *term)
{
	const struct dns_answer *answer = ask_term(w, n, term, DNS_MX);
	size_t count = answer != NULL ? answer->count : 0;

	if (count > MX_HOSTS_MAX)
		find(w, SPF_TREE_MANY_HOSTS, n, term->text);
	for (size_t i = 0; i < count && i < MX_HOSTS_MAX; i++) {
		const char *host = rdata_mx(&answer->records[i], NULL, w->pool);

		if (host != NULL && strcmp(host, ".") != 0)
			add_host(w, n, term, host);
	}
}

static void
walk_term(struct walk *w, int node, const struct spf_term *term)
{
	struct node *n = &w->nodes[node];

	w->lookups += spf_record_is_lookup(term) && term->kind != SPF_TERM_REDIRECT;
	switch (term->kind) {
	case SPF_TERM_ALL:
		n->all = term->qualifier;
		return;
	case SPF_TERM_INCLUDE:
		follow(w, node, term);
		return;
	case SPF_TERM_A:
		walk_a(w, n, term);
		return;
	case SPF_TERM_MX:
		walk_mx(w, n, term);
		return;
	case SPF_TERM_PTR:
		find(w, SPF_TREE_PTR, n, term->text);
		return;
	case SPF_TERM_IP4:
	case SPF_TERM_IP6:
		add_network(w, n, term, &term->network);
		return;
	case SPF_TERM_EXISTS:
		/* That it matches says nothing of the client, only that somebody answers.
		 */
		ask_term(w, n, term, DNS_A);
		return;
	case SPF_TERM_REDIRECT:
	case SPF_TERM_EXP:
		return; /* they stand for themselves, wherever they stand */
	case SPF_TERM_UNKNOWN:
		find(w, SPF_TREE_STRANGE, n, term->text);
		return;
	}
}

static void
prefetch(struct walk *w, const struct node *n)
{
	for (size_t i = 0; i < n->found.record.count; i++) {
		const struct spf_term *term = &n->found.record.terms[i];
		const char *name = target_of(w, n, term);

		if (name == NULL)
			continue;
		if (term->kind == SPF_TERM_INCLUDE || term->kind == SPF_TERM_REDIRECT)
			questions_prefetch(w->q, name, DNS_TXT);
		else if (term->kind == SPF_TERM_MX)
			questions_prefetch(w->q, name, DNS_MX);
		else if (term->kind == SPF_TERM_A) {
			questions_prefetch(w->q, name, DNS_A);
			questions_prefetch(w->q, name, DNS_AAAA);
		}
	}
}

static void
walk_terms(struct walk *w, int node)
{
	struct node *n = &w->nodes[node];
	const struct spf_term *redirect = n->found.record.redirect;

	for (size_t i = 0; i < n->found.record.count; i++) {
		const struct spf_term *term = &n->found.record.terms[i];
		bool is_modifier =
		    term->qualifier == '\0' && term->kind != SPF_TERM_REDIRECT;

		if (n->all != '\0' && !is_modifier)
			find(w, SPF_TREE_BEHIND_ALL, n, term->text);
		else
			walk_term(w, node, term);
	}
	/* RFC 7208 section 6.1: where there is an all, redirect counts for nothing. */
	if (redirect == NULL || n->all != '\0')
		return;
	w->lookups++;
	n->redirect_is_macro = is_macro(redirect);
	n->redirect = follow(w, node, redirect);
}

/* A record that another one leads to must be there: all of it is permerror else. */
static void
judge_target(struct walk *w, const struct node *n)
{
	const struct node *from = &w->nodes[n->parent];
	const struct spf_tree_finding asked = { .asked = n->domain, .type = DNS_TXT };

	switch (n->found.state) {
	case SPF_TREE_ONE:
		return;
	case SPF_TREE_NONE:
		find_with(w, SPF_TREE_MISSING, from, n->domain, asked);
		return;
	case SPF_TREE_SEVERAL:
	case SPF_TREE_BROKEN:
	case SPF_TREE_LOOP:
		find_with(w, SPF_TREE_BAD, from, n->domain, asked);
		return;
	case SPF_TREE_UNKNOWN:
		find_with(w, SPF_TREE_NO_ANSWER, from, n->domain, asked);
		return;
	}
}

/* What happens to a client that nothing matched. */
static char
end_of(const struct walk *w, const struct node *n)
{
	while (n->all == '\0' && n->redirect >= 0)
		n = &w->nodes[n->redirect];
	if (n->all == '\0' && n->redirect_is_macro)
		return 'm';
	return n->all;
}

static void
find_passes(struct walk *w)
{
	for (int i = 1; i < w->count; i++) {
		const struct node *n = &w->nodes[i];

		if (!n->is_redirect && n->passes && end_of(w, n) == '+')
			find_with(w, SPF_TREE_PASSES, &w->nodes[n->parent], n->domain,
			    (struct spf_tree_finding){
				.asked = n->domain, .type = DNS_TXT });
	}
}

static bool
is_only_fail(const struct spf_record *record)
{
	size_t terms = record->count - (record->exp != NULL);

	for (size_t i = 0; i < record->count; i++) {
		if (record->terms[i].kind == SPF_TERM_ALL &&
		    record->terms[i].qualifier == '-')
			return terms == 1;
	}
	return false;
}

static const char *const *
includes_of(const struct walk *w, size_t *count)
{
	const char **list = pool_alloc(w->pool, SPF_TREE_RECORDS_MAX * sizeof *list);

	*count = 0;
	for (int i = 1; i < w->count; i++) {
		if (w->nodes[w->nodes[i].parent].is_own && !w->nodes[i].is_redirect)
			list[(*count)++] = w->nodes[i].domain;
	}
	return list;
}

static void
copy_out(struct walk *w, struct spf_tree *tree)
{
	struct spf_tree_record *records =
	    pool_alloc(w->pool, SPF_TREE_RECORDS_MAX * sizeof *records);
	struct spf_tree_finding *findings =
	    pool_alloc(w->pool, (w->finding_count + 1) * sizeof *findings);

	for (int i = 0; i < w->count; i++) {
		if (w->nodes[i].found.text != NULL)
			records[tree->record_count++] =
			    (struct spf_tree_record){ w->nodes[i].domain,
				    w->nodes[i].found.text };
	}
	memcpy(findings, w->findings, w->finding_count * sizeof *findings);
	tree->records = records;
	tree->findings = findings;
	tree->finding_count = w->finding_count;
	tree->includes = includes_of(w, &tree->include_count);
}

struct spf_tree
spf_tree_walk(struct questions *q, const char *domain, struct pool *pool)
{
	struct walk *w = pool_alloc(pool, sizeof *w);
	struct node *own = &w->nodes[0];
	struct spf_tree tree = { 0 };

	*w = (struct walk){
		.q = q, .pool = pool, .count = 1, .addresses = { .pool = pool }
	};
	*own = (struct node){ .domain = domain,
		.parent = -1,
		.redirect = -1,
		.is_own = true,
		.passes = true };
	for (int i = 0; i < w->count; i++) {
		w->nodes[i].found = spf_found_at(q, w->nodes[i].domain, pool);
		prefetch(w, &w->nodes[i]);
		if (i > 0)
			judge_target(w, &w->nodes[i]);
		if (w->nodes[i].found.state == SPF_TREE_ONE)
			walk_terms(w, i);
	}
	find_passes(w);
	tree.state = own->found.state;
	tree.reason = own->found.reason;
	tree.bad = own->found.record.bad;
	tree.text = own->found.text;
	tree.is_only_fail =
	    own->found.state == SPF_TREE_ONE && is_only_fail(&own->found.record);
	tree.end = end_of(w, own);
	tree.lookups = w->lookups;
	tree.voids = w->voids;
	tree.v4_addresses = address_union_v4(&w->addresses);
	tree.v6_prefix = w->addresses.has_v6 ? w->addresses.v6_prefix : NO_V6;
	copy_out(w, &tree);
	return tree;
}
