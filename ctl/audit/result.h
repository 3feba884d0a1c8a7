#ifndef CTL_AUDIT_RESULT_H
#define CTL_AUDIT_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "ctl/audit/compare.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/rules.h"

struct earlier;
struct plan;
struct server;

/* A whole audit, to be told. */

struct result_domain {
	struct facts *facts;
	const struct rules_verdict *verdicts;
	size_t count;
};

struct result {
	const struct plan *plan;
	const struct server *server;
	const char *host; /* this one */
	bool validates;   /* our resolver does */
	const char *why;
	time_t made;
	const struct earlier *earlier; /* NULL: nothing to compare with */
	struct result_domain *domains;
	size_t count;
	const bool *wanted;                     /* of the rules; NULL: all */
	bool is_connected;                      /* servers were looked at, not only DNS */
	const struct probed_host *const *hosts; /* each once, by name */
	size_t host_count;
	const struct compare_change *changes;
	size_t change_count;
};

/* Of a rule over all domains; false: it was not looked at. */
bool result_summary(
    const struct result *result, enum audit_rule rule, enum audit_verdict *verdict);

/* Answer ${lookup} in the list of ${facts}, from 1; 0: it is not there. */
size_t result_evidence(const struct facts *facts, const struct facts_lookup *lookup);

/*
 * The text of a check in the language of the program, its words put in: printable, with
 * what strangers wrote as \xNN where it is neither ASCII nor a Latin letter.  In ${pool}.
 */
const char *result_text(const struct rules_check *check, struct pool *pool);

/* A verdict as people say it, in that language. */
const char *result_verdict(enum audit_verdict verdict);

/* What a domain is for, in that language. */
const char *result_kind(const struct facts *f);

/* That DNS knows no such name, as one that is misspelled, in that language; NULL: it
 * does. */
const char *result_unknown_name(const struct facts *f);

/* The MX of a domain, "10 mx.example", sorted; and what TLSA its hosts have. */
const char *const *result_mx(const struct facts *f, struct pool *pool);
const char *result_hosts(
    const struct facts *f, struct pool *pool); /* "mx1.example ..." */
const char *const *result_tlsa(const struct facts *f, struct pool *pool, size_t *count);

/*
 * The certificates of its hosts, each type of key once a host: "HOST EC P-256 until
 * 2026-11-30, SHA-256 ...", sorted.  NULL: not all were seen.
 */
const char *const *result_certificates(
    const struct facts *f, struct pool *pool, size_t *count);

/* What the program exits with. */
int result_code(const struct result *result, bool strict);

#endif
