#ifndef MAIL_RELAY_FIELD_H
#define MAIL_RELAY_FIELD_H

#include <stdbool.h>
#include <stddef.h>

struct pool;

/* Passes of DKIM in one field: more than that is odd. */
#define RELAY_FIELD_PASSES_MAX 20

/* Octets of a field that is read. */
#define RELAY_FIELD_MAX 8192

/* One dkim=pass that names a domain. */
struct relay_field_pass {
	const char *domain;   /* header.d, normal form */
	const char *selector; /* header.s as said; NULL: not said */
};

/* What a relay says of a message (RFC 8601), as far as it is of use. */
struct relay_field {
	const char *fault; /* why nothing of it counts, a constant; NULL: it was read */
	bool dmarc_fail;   /* its dmarc result is fail */
	const char *from;  /* header.from of its dmarc result, normal form; NULL: none */
	const char *mailfrom; /* domain of smtp.mailfrom of spf=pass; NULL: none */
	struct relay_field_pass dkim[RELAY_FIELD_PASSES_MAX];
	size_t dkim_count;
};

/*
 * Read ${value}, an Authentication-Results of ${id}, an ASCII token in any case. Stricter
 * than RFC 8601: printable ASCII with folds, a bare id, no white space or comment within
 * "method=result" or "ptype.property=value", comments that stand alone and hold neither
 * "(" nor a backslash, no method twice that may be there once, no property twice.
 * ${plain}: the id right behind the colon and one space, and ";" right behind it, as what
 * takes forged fields away surely knows it.  Lives in ${pool}.  Pure.
 */
struct relay_field relay_field_read(
    const char *value, const char *id, bool plain, struct pool *pool);

#endif
