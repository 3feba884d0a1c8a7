#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "check/spf.h"
#include "ctl/audit/spf_tree.h"
#include "dns/questions.h"
#include "mail/evidence.h"
#include "tree_count.h"

/* In no record of the suites. */
#define STRANGER "198.18.77.77"
#define PLENTY 1000

static struct spf_evidence
evaluate(struct questions *q, const char *domain, struct pool *pool)
{
	struct spf_identity identity = {
		.scope = SPF_MAILFROM,
		.helo = "mail.example",
		.local = "stranger",
		.domain = domain,
		.receiver = "unknown",
		.now = 1700000000,
		.void_lookups_max = PLENTY,
	};

	if (!ip_parse(STRANGER, &identity.client))
		abort();
	return spf_check(q, &identity, pool);
}

static bool
is_all_evaluated(const struct spf_evidence *found)
{
	if (found->result == SPF_PERMERROR || found->result == SPF_TEMPERROR ||
	    found->result == SPF_NONE)
		return false;
	for (size_t i = 0; i < found->step_count; i++) {
		if (strcmp(found->steps[i].outcome, "not evaluated") == 0)
			return false;
	}
	return true;
}

/* What only a client's macros lead to is not in the tree. */
static bool
is_all_followed(const struct spf_tree *tree)
{
	for (size_t i = 0; i < tree->finding_count; i++) {
		const struct spf_tree_finding *f = &tree->findings[i];

		if (f->kind == SPF_TREE_TOO_LARGE || f->kind == SPF_TREE_RING)
			return false;
		if (f->kind == SPF_TREE_MACRO &&
		    (strstr(f->term, "include:") != NULL ||
			strstr(f->term, "redirect=") != NULL))
			return false;
	}
	return tree->state == SPF_TREE_ONE;
}

static struct questions *
ask(struct resolver *resolver, struct pool *pool)
{
	static const struct questions_options options = { 0 };

	return questions_new(resolver, &options, pool);
}

enum tree_count
tree_count_compare(struct resolver *resolver, const char *domain, struct pool *pool)
{
	struct questions *q = ask(resolver, pool), *again = ask(resolver, pool);
	struct spf_evidence found = evaluate(q, domain, pool);
	struct spf_tree tree = spf_tree_walk(again, domain, pool);
	enum tree_count count = TREE_COUNT_NOT_ALL;

	if (is_all_evaluated(&found) && is_all_followed(&tree))
		count =
		    found.lookups == tree.lookups ? TREE_COUNT_EQUAL : TREE_COUNT_DIFFERS;
	if (count == TREE_COUNT_DIFFERS)
		printf("# %s: %d lookups of the tree, %d of the evaluation: %s\n", domain,
		    tree.lookups, found.lookups, tree.text);
	questions_free(q);
	questions_free(again);
	return count;
}
