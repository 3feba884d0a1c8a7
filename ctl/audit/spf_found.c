#include <stdbool.h>
#include <string.h>

#include "base/pool.h"
#include "ctl/audit/spf_found.h"
#include "dns/questions.h"
#include "dns/rdata.h"

#define ALIASES_MAX 8

/* Do the CNAMEs from ${name} on lead in a ring?  No resolver can answer then. */
static bool
is_ring(struct questions *q, const char *name, struct pool *pool)
{
	const char *seen[ALIASES_MAX];

	for (size_t i = 0; i < ALIASES_MAX; i++) {
		const struct dns_answer *answer = questions_ask(q, name, DNS_CNAME);

		seen[i] = name;
		if (answer->status != DNS_FOUND)
			return false;
		name = rdata_name(&answer->records[0], pool);
		for (size_t j = 0; name != NULL && j <= i; j++) {
			if (strcmp(seen[j], name) == 0)
				return true;
		}
		if (name == NULL)
			return false;
	}
	return false;
}

static void
take_record(struct spf_found *n, const char *text, size_t len, struct pool *pool)
{
	n->record = spf_record_parse(text, len, pool);
	n->text = text;
	n->state = n->record.error == NULL ? SPF_TREE_ONE : SPF_TREE_BROKEN;
	n->reason = n->record.error;
}

/* RFC 7208 section 4.5: the one record among the TXT. */
static void
select_record(struct spf_found *n, const struct dns_answer *answer, struct pool *pool)
{
	size_t found = 0, found_len = 0;
	const char *found_text = NULL;

	for (size_t i = 0; i < answer->count; i++) {
		size_t len;
		const char *text = rdata_txt(&answer->records[i], &len, pool);

		if (text == NULL || !spf_record_is(text, len))
			continue;
		if (found++ == 0) {
			found_text = text;
			found_len = len;
		}
	}
	n->state = found == 0 ? SPF_TREE_NONE : SPF_TREE_SEVERAL;
	n->text = found_text;
	if (found == 1)
		take_record(n, found_text, found_len, pool);
}

struct spf_found
spf_found_at(struct questions *q, const char *name, struct pool *pool)
{
	const struct dns_answer *answer = questions_ask(q, name, DNS_TXT);
	struct spf_found n = { .state = SPF_TREE_NONE };

	if (answer->status == DNS_FOUND) {
		select_record(&n, answer, pool);
	} else if (answer->status == DNS_TEMPFAIL || answer->status == DNS_BOGUS) {
		n.state = is_ring(q, name, pool) ? SPF_TREE_LOOP : SPF_TREE_UNKNOWN;
		n.reason = answer->reason;
	}
	return n;
}
