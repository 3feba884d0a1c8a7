#ifndef MAIL_DKIM_BODY_H
#define MAIL_DKIM_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/dkim_tags.h"

/* Takes the next run of the canonical body.  Only valid during the call. */
typedef void dkim_body_sink(void *cookie, const char *data, size_t len);

/*
 * Canonicalization of a body (RFC 6376 section 3.4.3, 3.4.4) that comes in pieces
 * of any size; the result goes to a sink, mostly as long runs of the input itself.
 * Only CRLF ends a line: a bare CR or LF is an octet like any other.  Pure.
 */
struct dkim_body {
	enum dkim_canonicalization canon;
	dkim_body_sink *sink;
	void *cookie;
	bool plain;    /* octet by octet, not by blocks: the same result, for tests */
	size_t blanks; /* line ends held back: those that end the body do not count */
	bool space;    /* white space held back: at the end of a line it is dropped */
	bool cr;       /* the last piece ended with this CR, behind that white space */
	bool content;  /* something was handed on */
};

/* Other fields of ${b} may be set afterwards. */
void dkim_body_begin(struct dkim_body *b, enum dkim_canonicalization canon,
    dkim_body_sink *sink, void *cookie);
void dkim_body_piece(struct dkim_body *b, const char *data, size_t len);
void dkim_body_end(struct dkim_body *b);

#endif
