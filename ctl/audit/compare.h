#ifndef CTL_AUDIT_COMPARE_H
#define CTL_AUDIT_COMPARE_H

#include <stddef.h>

#include "ctl/audit/audit_rule.h"
#include "ctl/audit/rules.h"

struct earlier;
struct earlier_domain;
struct facts;
struct pool;
struct result;

/* What changed since an earlier audit.  Pure. */

enum compare_kind {
	COMPARE_WORSE,
	COMPARE_BETTER,
	COMPARE_UNTESTED, /* it could be tested then */
	COMPARE_OTHER,    /* another verdict, neither worse nor better */
	COMPARE_MX,
	COMPARE_SPF,
	COMPARE_DMARC,
	COMPARE_TLSA,
	COMPARE_CERTIFICATE,
	COMPARE_KEY_NEW,
	COMPARE_KEY_GONE,
	COMPARE_DOMAIN_NEW,
	COMPARE_DOMAIN_GONE
};

struct compare_change {
	enum compare_kind kind;
	const char *domain;
	enum audit_rule rule; /* of a verdict */
	enum audit_verdict from, to;
	const char *before, *after; /* of a fact, any octets; "": nothing */
};

/* In ${pool}; nothing without an earlier audit. */
const struct compare_change *compare_all(
    const struct result *now, struct pool *pool, size_t *count);

/* What a verdict was, if it was another one; -1: it was the same, or none. */
int compare_before(
    const struct earlier *earlier, const char *domain, const struct rules_verdict *v);

/* Carry over since when keys are known, from earlier runs. */
void compare_keys(struct facts *facts, const struct earlier_domain *before);

#endif
