#ifndef MAIL_DMARC_RECORD_H
#define MAIL_DMARC_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/evidence.h"

struct pool;

#define DMARC_RECORD_MAX 16384 /* octets; a longer text is no record */
#define DMARC_WALK_MAX 8       /* names, RFC 9989 section 4.10 */

enum dmarc_psd { DMARC_PSD_UNKNOWN, DMARC_PSD_YES, DMARC_PSD_NO };

/* One DMARC record as read (RFC 9989 section 4.7, and pct of RFC 7489). */
struct dmarc_record {
	bool usable;        /* false: it holds its name, but asks for nothing */
	const char *reason; /* why not usable, a constant; NULL */
	const char *fault;  /* what is wrong, though it is usable, a constant; NULL */
	enum dmarc_policy p;
	bool has_sp, has_np;
	enum dmarc_policy sp, np;
	bool strict_spf, strict_dkim; /* aspf=s, adkim=s */
	bool has_t;                   /* with any value */
	bool test_mode;               /* t=y */
	enum dmarc_psd psd;
	int pct;                 /* 0 to 100; 100 where absent or bad */
	bool has_fo;             /* with a valid value */
	bool failure_options[4]; /* fo= has 0, 1, d, s */
	const char *rua, *ruf;   /* valid URIs as found, joined by ","; NULL: none */
	const char *rua_said;    /* the value of rua= as it stands; NULL: none */
};

/* Is this TXT a DMARC record: does it begin with v=DMARC1 and ";" or its end? */
bool dmarc_record_is(const char *text, size_t len);

/* Read one for which dmarc_record_is().  Never fails: see ${usable}. */
struct dmarc_record dmarc_record_parse(const char *text, size_t len, struct pool *pool);

/*
 * The names of a walk that starts at ${domain} (normal form): itself, then as RFC
 * 9989 section 4.10 says; pointers into ${domain}.  Returns how many, 1 to 8.
 */
size_t dmarc_record_walk(const char *domain, const char *names[DMARC_WALK_MAX]);

#endif
