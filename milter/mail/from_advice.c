#include <stddef.h>
#include <string.h>

#include "mail/evidence.h"
#include "mail/from_advice.h"

#define QUOTES "put the name before the address in quotes: \"Foo, Inc.\" <a@example.nl>"
#define NO_CONTROLS "leave out whatever is not a visible character"

#define LIKE_JOE "write it as in Joe <joe@example.nl>"
#define ADDRESS "name the address of the author, as in Joe <joe@example.nl>"

/* Faults of a name that is not in quotes, and what else they may be of: a field that
 * quotes do not mend. */
static const struct {
	const char *reason, *advice;
} name_rows[] = {
	{ "text after an address", "leave out what follows the address" },
	{ "name without an address", ADDRESS },
	{ "misplaced colon", LIKE_JOE },
	{ "misplaced character", LIKE_JOE },
	{ "dot without a word", LIKE_JOE },
	{ "not a local part", LIKE_JOE },
	{ "group without end",
	    "end the group with a semicolon, as in Team: joe@example.nl;" },
	{ "text after a group", "leave out what follows the semicolon of the group" },
};

/* By the phrases of header.c, mailbox.c, lexeme.c and from_guard.c. */
static const struct {
	const char *reason, *advice;
} rows[] = {
	{ "no From field", "add one with the address of the author" },
	{ "several From fields", "leave one of them" },
	{ "several domains in From", "name authors of one domain only" },
	{ "too many forged results",
	    "leave out the Authentication-Results fields that bear our name" },
	{ "comment without end", "close the ( of the comment, or leave it out" },
	{ "quoted string without end",
	    "close the quotes, as in \"Joe\" <joe@example.nl>" },
	{ "< without >", "close the <, as in Joe <joe@example.nl>" },
	{ "no @ between < and >",
	    "write a whole address between < and >, as in Joe <joe@example.nl>" },
	{ "no address", ADDRESS },
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
	const char *reason = from->reason != NULL ? from->reason : "";

	for (size_t i = 0; i < sizeof name_rows / sizeof name_rows[0]; i++) {
		if (strcmp(name_rows[i].reason, reason) == 0)
			return from->wants_quotes ? QUOTES : name_rows[i].advice;
	}
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (strcmp(rows[i].reason, reason) == 0)
			return rows[i].advice;
	}
	return NULL;
}
