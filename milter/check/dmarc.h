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

/*
 * The policy for ${ev}'s author domain, and its SPF and DKIM findings held against
 * it (RFC 9989, or RFC 7489).  ${ev}->from.status must be FROM_OK.  libopendmarc
 * judges beside us on canonical input: the stricter holds.  Blocks on DNS; lives in
 * ${pool}.  Any thread.
 */
struct dmarc_evidence dmarc_check(struct questions *q,
    const struct dmarc_options *options, const struct evidence *ev, struct pool *pool);

/* The file that libopendmarc is in, in ${text}: it does not tell its version. */
void dmarc_library_version(char *text, size_t size);

#endif
