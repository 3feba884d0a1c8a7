#ifndef CTL_HISTORY_SHIP_LINES_H
#define CTL_HISTORY_SHIP_LINES_H

#include <stddef.h>

#include "base/text.h"
#include "history/fact.h"

/*
 * Rows as lines of COPY ... FROM STDIN (PostgreSQL, text format).  What stands in a cell
 * may be a stranger's, or a damaged file's: each cell stays one, and is one that the
 * server can take.  Octets that are no UTF-8, and NUL, are told as \xNN; a number that is
 * none is 0.  Pure.
 */
enum ship_kind {
	SHIP_NUMBER,         /* bigint */
	SHIP_NUMBER_OR_NULL, /* bigint, may be NULL */
	SHIP_BOOLEAN,
	SHIP_TEXT, /* text, NULL is '' */
	SHIP_TEXT_OR_NULL,
	SHIP_KEY,   /* text of an index, which is cut at SHIP_KEY_OCTETS */
	SHIP_OCTETS /* bytea: text with number octets */
};

#define SHIP_KEY_OCTETS 512

/* One line.  The number of a text, where it is greater, is its length. */
void ship_lines_put(struct text *out, const enum ship_kind *kinds,
    const struct fact_value *cells, size_t count);

#endif
