#ifndef CTL_AUDIT_EARLIER_H
#define CTL_AUDIT_EARLIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wordlist.h"
#include "ctl/audit/audit_rule.h"

/* What an earlier audit came to, read from its JSON. */

struct earlier_key {
	const char *selector, *hash, *type;
	int bits;
	int64_t first_seen, last_seen;
	bool present; /* in DNS at that time */
};

struct earlier_domain {
	const char *name;
	int verdicts[AUDIT_RULES]; /* enum audit_verdict; -1: not looked at */
	const struct earlier_key *keys;
	size_t key_count;
	int64_t keys_since;                  /* 0: not said */
	struct wordlist selectors;           /* of the keys that were there */
	const char *mx, *spf, *dmarc, *tlsa; /* to be compared, "": none */
	const char *certificates;            /* "": not seen */
};

struct earlier {
	struct pool *pool;
	const char *path;
	const char *made; /* as it stands there */
	const struct earlier_domain *domains;
	size_t count;
};

/* NULL with ${why}: cannot be read, or is no audit. */
struct earlier *earlier_read(const char *path, char *why, size_t whysize);
void earlier_free(struct earlier *earlier); /* NULL: nothing */

/* NULL: none, also if ${earlier} is. */
const struct earlier_domain *earlier_find(
    const struct earlier *earlier, const char *domain);

/* Moments as "2026-11-30T02:15:00Z"; 0: it is none. */
#define EARLIER_TIME_SIZE 24
const char *earlier_time_text(int64_t at, char text[EARLIER_TIME_SIZE]);
int64_t earlier_time_read(const char *text);

#endif
