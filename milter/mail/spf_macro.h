#ifndef MAIL_SPF_MACRO_H
#define MAIL_SPF_MACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/ip.h"

struct pool;

/* A string with more macros is refused: no name has room for as many octets. */
#define SPF_MACRO_MAX 256

/* An explanation is cut here: it comes from whoever owns the domain. */
#define SPF_MACRO_EXPLANATION_MAX 200

/* Where a macro-string stands decides what it may hold (RFC 7208 section 7.1). */
enum spf_macro_use {
	SPF_MACRO_DOMAIN,     /* a domain-spec: ends in a top label or a macro */
	SPF_MACRO_MODIFIER,   /* the value of an unknown modifier */
	SPF_MACRO_EXPLANATION /* the text that exp= leads to: spaces, %{c} %{r} %{t} */
};

/* What the letters stand for (RFC 7208 section 7.2); s is made of l and o. */
struct spf_macro_facts {
	const char *local;         /* l */
	const char *sender_domain; /* o */
	const char *domain;        /* d: of the record that is evaluated */
	const char *helo;          /* h */
	const char *validated;     /* p; NULL: "unknown" */
	const char *receiver;      /* r */
	struct ip client;          /* c, i and v: IP_V4 or IP_V6 */
	time_t now;                /* t */
};

/* Is ${text}, any octets, a macro-string fit for ${use}? */
bool spf_macro_check(const char *text, size_t len, enum spf_macro_use use);

/* Does a checked string have a macro of one of ${letters} (lower case)? */
bool spf_macro_has(const char *text, const char *letters);

/* Does it ask for %{p}?  Only then is its DNS work worth doing. */
bool spf_macro_has_validated(const char *text);

/*
 * The domain that a checked domain-spec stands for, final dot off, labels dropped
 * from the left until it fits in 253 octets (RFC 7208 section 7.3).  It may still
 * be no domain name: any octet but NUL can come out of the local part.  In ${pool}.
 */
const char *spf_macro_domain(
    const char *spec, const struct spf_macro_facts *facts, struct pool *pool);

/*
 * The explanation that a checked text stands for, cut; NULL if anything but
 * printable ASCII came out of it.  In ${pool}.
 */
const char *spf_macro_explanation(
    const char *text, const struct spf_macro_facts *facts, struct pool *pool);

#endif
