#ifndef CTL_AUDIT_ASK_H
#define CTL_AUDIT_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/wordlist.h"
#include "dns/resolver.h"

struct dkim_key_cache;
struct facts;
struct facts_lookup;
struct orgdomain_list;
struct plan;
struct plan_domain;
struct pool;
struct questions;

/* The questions of an audit.  Any thread. */

struct ask_options {
	struct resolver *resolver;
	struct dkim_key_cache *keys;
	const struct orgdomain_list *suffixes; /* NULL: none */
	const struct plan *plan;
	bool is_zone; /* no DNS is asked, but a file */
	time_t now;
};

/*
 * Ask all that DNS can tell of a domain of the plan.  ${earlier}: selectors that are
 * known from before, NULL: none.  All of it lives in ${pool}.
 */
struct facts *ask_domain(const struct ask_options *options,
    const struct plan_domain *domain, const struct wordlist *earlier, struct pool *pool);

/* For who asks parts of it. */

struct ask {
	const struct ask_options *options;
	struct questions *q;
	struct pool *pool;
	struct facts *facts;
};

/* Ask and wait; the answer, and *lookup of it. */
const struct dns_answer *ask_lookup(
    struct ask *a, const char *name, enum dns_type type, struct facts_lookup *lookup);

/* No answer, or a forged one. */
bool ask_has_failed(const struct facts_lookup *lookup);

#endif
