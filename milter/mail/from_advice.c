#include <stddef.h>
#include <string.h>

#include "mail/evidence.h"
#include "mail/from_advice.h"

#define QUOTES "put the name before the address in quotes: \"Foo, Inc.\" <a@example.nl>"
#define NO_CONTROLS "leave out whatever is not a visible character"

/* By the phrases of header.c, mailbox.c, lexeme.c and from_guard.c. */
static const struct {
	const char *reason, *advice;
} rows[] = {
	{ "no From field", "add one with the address of the author" },
	{ "several From fields", "leave one of them" },
	{ "several domains in From", "name authors of one domain only" },
	{ "too many forged results",
	    "leave out the Authentication-Results fields that bear our name" },
	{ "text after an address", QUOTES },
	{ "name without an address", QUOTES },
	{ "misplaced colon", QUOTES },
	{ "misplaced character", QUOTES },
	{ "comment without end", QUOTES },
	{ "dot without a word", QUOTES },
	{ "not a local part", QUOTES },
	{ "group without end", QUOTES },
	{ "text after a group", QUOTES },
	{ "quoted string without end",
	    "close the quotes, as in \"Joe\" <joe@example.nl>" },
	{ "< without >", "close the <, as in Joe <joe@example.nl>" },
	{ "no @ between < and >",
	    "write a whole address between < and >, as in Joe <joe@example.nl>" },
	{ "no address", "name the address of the author, as in Joe <joe@example.nl>" },
	{ "no domain", "write a domain after the @, as in joe@example.nl" },
	{ "domain literal", "write a domain after the @, not the number of a host" },
	{ "not a domain name", "write a domain after the @, as in joe@example.nl" },
	{ "a domain without a dot", "write the whole domain, as in joe@example.nl" },
	{ "source route", "write the address alone between < and >" },
	{ "an address in an encoded-word", "take the address out of the name" },
	{ "the address is not ASCII", "use an address of ASCII characters" },
	{ "name and address are too long", "shorten them" },
	{ "one quote in a comment beside a name",
	    "leave the double quote between ( and ) out" },
	{ "a line is too long", "shorten the field" },
	{ "backslash before white space", "leave the backslash out" },
	{ "backslash in a name that is not one quoted string",
	    "leave the backslash out, or put all of the name in quotes" },
	{ "backslash at a fold", "leave the backslash out" },
	{ "bare CR", NO_CONTROLS },
	{ "bare LF", NO_CONTROLS },
	{ "control character", NO_CONTROLS },
	{ "not UTF-8", "write the name in UTF-8, or encode it (RFC 2047)" },
};

const char *
from_advice(const struct from_evidence *from)
{
	if (from->wants_quotes)
		return QUOTES;
	for (size_t i = 0; from->reason != NULL && i < sizeof rows / sizeof rows[0];
	     i++) {
		if (strcmp(rows[i].reason, from->reason) == 0)
			return rows[i].advice;
	}
	return NULL;
}
