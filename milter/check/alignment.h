#ifndef CHECK_ALIGNMENT_H
#define CHECK_ALIGNMENT_H

#include <stdbool.h>

struct dmarc_trace;
struct evidence;
struct orgdomain_search;

/* What the identifiers of a message are held against. */
struct alignment_rule {
	const char *author; /* normal form */
	bool strict_spf, strict_dkim;
};

enum alignment {
	ALIGNMENT_NO,
	ALIGNMENT_OPEN, /* a DNS error keeps us from knowing */
	ALIGNMENT_YES
};

struct alignment_finding {
	enum alignment spf, dkim; /* of what passed; of several signatures the best */
	bool any_pass;            /* something passed, aligned or not */
	const char *org_domain;   /* of the author; NULL: not needed, or not known */
	const char *doubt;        /* NULL, or why a better answer might make it aligned: a
				     constant.  Only when neither is ALIGNMENT_YES. */
};

/*
 * Which passing identifiers of ${ev} belong to the author domain (RFC 9989 section
 * 4.10.2).  Walks no more than the answer needs.  Blocks on DNS.
 */
struct alignment_finding alignment_find(const struct alignment_rule *rule,
    const struct evidence *ev, struct orgdomain_search *search,
    struct dmarc_trace *trace);

/*
 * Is one name of the author's organization, by the same measure?  ${what} is the word for
 * the trace.  Blocks on DNS.
 */
enum alignment alignment_of(const struct alignment_rule *rule, const char *domain,
    const char *what, bool strict, struct orgdomain_search *search,
    struct dmarc_trace *trace);

#endif
