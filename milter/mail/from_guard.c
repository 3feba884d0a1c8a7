#include <string.h>

#include "mail/from_guard.h"
#include "mail/lexeme.h"
#include "mail/mailbox.h"

/*
 * Sendmail's MAXNAME is 256, and it cuts what is longer: a name-addr loses its tail.  It
 * quotes again, so that each of these may take two octets, and adds two quotes.
 */
#define MAILBOX_MAX 250

/*
 * Postfix that rewrites a header (behind a content_filter too) drops what goes beyond
 * 10240 words and marks (header_address_token_limit), and completes what is left.
 */
#define VALUE_MAX 8192

bool
from_guard_is_long(const char *name, const char *value)
{
	size_t len = strlen(name) + 1;

	for (; *value != '\0'; value++) {
		len = *value == '\n' ? 0 : len + 1;
		if (len > FROM_GUARD_LINE_MAX)
			return true;
	}
	return len > FROM_GUARD_LINE_MAX;
}

/* What the words before a "<" or a group's ":" are made of, as they are read. */
struct phrase {
	bool word;      /* something outside quotes and comments */
	bool backslash; /* one within them */
};

/* Behind a comment or a quoted string at ${p}; without its end, all there is. */
static const char *
skip_wrapped(const char *p, struct phrase *phrase)
{
	const char *end = *p == '(' ? lexeme_skip_comment(p) : lexeme_skip_quoted(p);

	if (end == NULL)
		end = p + strlen(p);
	if (memchr(p, '\\', (size_t)(end - p)) != NULL)
		phrase->backslash = true;
	return end;
}

/*
 * Sendmail quotes a phrase anew that has a "." or "'" outside quotes, and a \" within
 * then ends the string: what stood in quotes stands outside.  One quoted string alone, or
 * a comment, it leaves as it is.
 */
static bool
is_requoted(const char *value)
{
	struct phrase phrase = { 0 };

	for (const char *p = value; *p != '\0';) {
		if (*p == '(' || *p == '"') {
			p = skip_wrapped(p, &phrase);
			continue;
		}
		if ((*p == '<' || *p == ':') && phrase.word && phrase.backslash)
			return true;
		if (strchr("<>,;:", *p) != NULL)
			phrase = (struct phrase){ 0 };
		else if (!lexeme_is_white(*p))
			phrase.word = true;
		p++;
	}
	return false;
}

/* At the "(": has the comment one quote, three, ...?  ${end}: behind it. */
static bool
is_odd(const char *p, const char *end)
{
	bool odd = false;

	for (; p < end; p++) {
		if (*p == '\\')
			p++;
		else if (*p == '"')
			odd = !odd;
	}
	return odd;
}

/*
 * Readers that look for quoted strings before comments (Python's, to count mailboxes)
 * take one quote in a comment for the begin of one, and its end is then where Sendmail
 * quotes a phrase anew.
 */
static bool
has_lone_quote(const char *value)
{
	bool word = false, named = false, lone = false;

	for (const char *p = value; *p != '\0';) {
		const char *end = p + 1;

		if (*p == '(' || *p == '"')
			end = skip_wrapped(p, &(struct phrase){ 0 });
		else if (*p == '<' || *p == ':')
			named = named || word;
		if (*p == '(')
			lone = lone || is_odd(p, end);
		else if (strchr("<>,;:", *p) != NULL)
			word = false;
		else if (*p != '"' && !lexeme_is_white(*p))
			word = true;
		p = end;
	}
	return lone && named;
}

/* Which character it quotes depends on who unfolds and who drops blanks. */
static bool
has_quoted_blank(const char *value)
{
	for (const char *p = strchr(value, '\\'); p != NULL; p = strchr(p + 1, '\\')) {
		if (p[1] == '\0' || lexeme_is_white(p[1]))
			return true;
	}
	return false;
}

/* "<@a,@b:c@d>": RFC 5321 appendix F.2 lets an MTA take the route for an address. */
static bool
has_route(const char *value)
{
	const char *p = value;

	while (*p != '\0') {
		if (*p == '(' || *p == '"') {
			p = skip_wrapped(p, &(struct phrase){ 0 });
			continue;
		}
		if (*p++ != '<')
			continue;
		p = lexeme_skip_cfws(p);
		if (p == NULL)
			return false;
		if (*p == '@')
			return true;
	}
	return false;
}

/* Octets that an MTA sees of a piece of the field: unfolded, quoted again. */
static size_t
length_requoted(const char *p, size_t len)
{
	size_t count = 2;

	for (size_t i = 0; i < len; i++) {
		if (p[i] == '\r' || p[i] == '\n')
			continue;
		count += p[i] == '"' || p[i] == '(' ? 2 : 1;
	}
	return count;
}

/* Of a field that cannot be read: what stands in its last <>, else all of it. */
static const char *
last_angle(const char *value, size_t *len)
{
	const char *open = strrchr(value, '<');
	const char *close = open != NULL ? strchr(open, '>') : NULL;

	if (close == NULL) {
		*len = strlen(value);
		return value;
	}
	*len = (size_t)(close - open - 1);
	return open + 1;
}

/* Octets 0x80 to 0x9f are marks in Sendmail's own text. */
static bool
has_ascii_addresses(const char *value)
{
	struct mailbox_reader reader;
	struct mailbox m;
	const char *address;
	size_t len;

	mailbox_begin(&reader, value);
	while (mailbox_next(&reader, &m)) {
		if (!lexeme_is_ascii(m.address, m.address_len))
			return false;
	}
	if (reader.fault == NULL)
		return true;
	address = last_angle(value, &len);
	return lexeme_is_ascii(address, len);
}

/* Behind what ends at a comma outside quotes and comments: at it, or at the end. */
static const char *
piece_end(const char *p)
{
	while (*p != '\0' && *p != ',') {
		if (*p == '(' || *p == '"')
			p = skip_wrapped(p, &(struct phrase){ 0 });
		else
			p++;
	}
	return p;
}

/*
 * Whatever stands between commas, be it a mailbox, the name of a group without any, a
 * comment alone, or malformed with one address for all readers.
 */
static bool
has_long_piece(const char *value)
{
	for (;;) {
		const char *end = piece_end(value);

		if (length_requoted(value, (size_t)(end - value)) > MAILBOX_MAX)
			return true;
		if (*end == '\0')
			return false;
		value = end + 1;
	}
}

/* Only where the MTA is not Postfix. */
static const char *
sendmail_fault(const char *value)
{
	if (!has_ascii_addresses(value))
		return "the address is not ASCII";
	if (has_lone_quote(value))
		return "one quote in a comment beside a name";
	return has_long_piece(value) ? "name and address are too long" : NULL;
}

/*
 * RFC 5321 section 2.3.5: an MTA completes a name that is not fully qualified.  It looks
 * for a "." as it stands there: other dots (U+3002) are none to it.
 */
static const char *
dotless_fault(const char *value)
{
	struct mailbox_reader reader;
	struct mailbox m;

	mailbox_begin(&reader, value);
	while (mailbox_next(&reader, &m)) {
		const char *dot = memchr(m.domain, '.', m.domain_len);

		if (dot == NULL || dot == m.domain + m.domain_len - 1)
			return "a domain without a dot";
	}
	return NULL;
}

const char *
from_guard(const char *name, const char *value, bool postfix)
{
	const char *fault;

	if (from_guard_is_long(name, value))
		return "a line is too long";
	if (strnlen(value, VALUE_MAX + 1) > VALUE_MAX)
		return "the field is too long";
	if (has_quoted_blank(value))
		return "backslash before white space";
	if (is_requoted(value))
		return "backslash in a name that is not one quoted string";
	if (has_route(value))
		return "source route";
	fault = postfix ? NULL : sendmail_fault(value);
	return fault != NULL ? fault : dotless_fault(value);
}
