#ifndef CHECK_DMARC_H
#define CHECK_DMARC_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/evidence.h"

struct orgdomain_list;
struct pool;
struct questions;

enum dmarc_discovery { DMARC_TREEWALK, DMARC_PSL };

struct dmarc_options {
	enum dmarc_discovery discovery;
	/* For DMARC_PSL.  Else may be NULL, or marks public suffixes in the trace. */
	const struct orgdomain_list *psl;
};

/* One message's check, in ${pool}.  Any thread. */
struct dmarc_check;

/*
 * Looks for the policy of ${author}, a domain in normal form.  Before SPF and DKIM wait
 * for anything: their names are the sender's, who could use up the time with them and
 * so turn every fail into a temperror.  Blocks on DNS.
 */
struct dmarc_check *dmarc_check_begin(struct questions *q,
    const struct dmarc_options *options, const char *author, struct pool *pool);

/*
 * ${ev}'s SPF and DKIM findings held against the policy (RFC 9989, or RFC 7489).
 * libopendmarc judges beside us on canonical input: the stricter holds.  Blocks on DNS.
 */
struct dmarc_evidence dmarc_check_end(struct dmarc_check *c, const struct evidence *ev);

/*
 * After that: would ${domain} align with the author, as a signature's ("dkim") or as what
 * an envelope sender was rewritten from ("srs")?  An error of DNS is no.  Told among the
 * steps.  Blocks on DNS.
 */
bool dmarc_check_aligns(struct dmarc_check *c, const char *domain, const char *what);

/* All steps so far, valid until the next is added. */
const struct dmarc_step *dmarc_check_steps(const struct dmarc_check *c, size_t *count);

/* The file that libopendmarc is in, in ${text}: it does not tell its version. */
void dmarc_library_version(char *text, size_t size);

#endif
