#ifndef CHECK_SPF_EVAL_H
#define CHECK_SPF_EVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "dns/resolver.h"
#include "mail/evidence.h"

struct pool;
struct questions;
struct spf_identity;

/*
 * One evaluation, seen from below: a library that evaluates records asks here for
 * each record and each DNS answer.  It never sees a name or a macro from outside.
 * A record comes as canonical text of checked terms, in which each domain is a
 * token of ours ("0.3.spf": record 0, term 3); to look a token up is to ask for
 * what the term means.  All limits of RFC 7208 section 4.6.4 are kept here.
 */
struct spf_eval;

/* ${identity} has a domain, and a client that is IP_V4 or IP_V6.  In ${pool}. */
struct spf_eval *spf_eval_new(
    struct questions *q, const struct spf_identity *identity, struct pool *pool);

/*
 * The record that a token leads to, as canonical text; the first one whatever the
 * token.  NULL: the evaluation is over.
 */
const char *spf_eval_record(struct spf_eval *e, const char *token);

/* What a lookup found. */
struct spf_reply {
	bool over;    /* the evaluation is over: answer with an error */
	size_t count; /* 0: nothing */
	const struct dns_record *records; /* addresses; of an MX: tokens and their NUL */
};

/* The answer for a token: addresses of the client's family, or hosts of an MX. */
struct spf_reply spf_eval_lookup(struct spf_eval *e, const char *token);

/* Ends the evaluation: a fault of the library. */
void spf_eval_give_up(struct spf_eval *e, const char *reason);

/*
 * The finding.  ${qualifier} is what the library came to ('+', '-', '~', '?', or
 * NUL for anything else); where our own steps say otherwise it is temperror.
 */
struct spf_evidence spf_eval_end(struct spf_eval *e, char qualifier);

#endif
