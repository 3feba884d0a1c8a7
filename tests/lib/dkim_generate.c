#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dkim_generate.h"
#include "dkim_sign.h"

/* The dice: xorshift64*. */
static uint64_t dice = 88172645463325252U;

unsigned
dkim_generate_roll(unsigned sides)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return (unsigned)((dice * 2685821657736338717U) >> 33) % sides;
}

static void
put_text(char *out, size_t len, bool header)
{
	static const char *const bits[] = { "word", "two words", "  ", " ", "\t", ".",
		"=", ";", "\xc3\xa9", "b=", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	size_t n = 0;

	while (n + 60 < len && dkim_generate_roll(20) != 0) {
		unsigned kind = dkim_generate_roll(14);

		if (kind < 11)
			n += (size_t)sprintf(out + n, "%s", bits[kind]);
		else if (!header)
			n += (size_t)sprintf(out + n, kind == 13 ? "\r\n\r\n" : "\r\n");
		else if (kind == 13)
			n += (size_t)sprintf(out + n, "\r\n folded");
	}
	out[n] = '\0';
}

struct dkim_message
dkim_generate_message(void)
{
	static const char *const names[] = { "X-One", "Cc", "Received", "list-id",
		"X-Two", "Reply-To", "Comments" };
	struct dkim_message m = { 0 };
	char text[3000];
	size_t len;

	dkim_sign_append_field(
	    &m, dkim_generate_roll(2) ? "From" : "FROM", " A B <a@example.nl>");
	for (unsigned i = dkim_generate_roll(12); i > 0; i--) {
		put_text(text, 600, true);
		dkim_sign_append_field(&m, names[dkim_generate_roll(7)], text);
	}
	put_text(text, 300, true);
	dkim_sign_append_field(&m, "Subject", text);
	dkim_sign_append_field(&m, "To", " b@example.org");
	put_text(text, 2900, false);
	len = strlen(text);
	if (len > 0)
		snprintf(text + len, sizeof text - len, "\r\n");
	m.body = mem_strdup(text);
	m.body_len = strlen(text);
	return m;
}

static char
other_octet(char c)
{
	char made;

	do
		made = (char)(33 + dkim_generate_roll(94));
	while (made == c);
	return made;
}

static void
insert(char **text, size_t *len, size_t at, const char *what)
{
	size_t n = strlen(what);
	char *made = mem_alloc(*len + n + 1);

	snprintf(made, *len + n + 1, "%.*s%s%s", (int)at, *text, what, *text + at);
	free(*text);
	*text = made;
	*len += n;
}

static void
change_body(struct dkim_message *m, enum dkim_change change)
{
	size_t at = m->body_len > 0 ? dkim_generate_roll((unsigned)m->body_len) : 0;

	if (change == CHANGE_BODY_OCTET && m->body_len > 0)
		m->body[at] = other_octet(m->body[at]);
	else if (change == CHANGE_BODY_SPACE)
		insert(&m->body, &m->body_len, at, dkim_generate_roll(2) ? " " : "\t");
	else if (change == CHANGE_BODY_CR)
		insert(&m->body, &m->body_len, at, "\r");
	else if (change == CHANGE_BODY_LF)
		insert(&m->body, &m->body_len, at, "\n");
	else if (change == CHANGE_BODY_END && m->body_len >= 2)
		m->body_len -= 2;
	else if (change == CHANGE_BODY_CUT)
		m->body_len = at;
	else if (change == CHANGE_BODY_MORE)
		insert(&m->body, &m->body_len, m->body_len,
		    dkim_generate_roll(2) ? "more\r\n" : "\r\n");
}

static void
change_field(struct dkim_message *m, enum dkim_change change)
{
	unsigned i = 1 + dkim_generate_roll((unsigned)m->field_count - 1);
	char **value = &m->fields[i].value;
	size_t len = strlen(*value), at = len > 0 ? dkim_generate_roll((unsigned)len) : 0;

	if (change == CHANGE_HEADER_OCTET && len > 0)
		(*value)[at] = other_octet((*value)[at]);
	else if (change == CHANGE_HEADER_SPACE)
		insert(value, &len, at,
		    dkim_generate_roll(2)   ? " "
		    : dkim_generate_roll(2) ? "\t"
					    : "\v");
	else if (change == CHANGE_FIELD_GONE)
		memcpy(m->fields[i].name, "X", 2);
	else if (change == CHANGE_FIELD_TWICE)
		dkim_sign_append_field(m, m->fields[i].name, *value);
	else if (change == CHANGE_FIELD_NEW)
		dkim_sign_append_field(m, "X-New", " new");
}

static void
change_signature(struct dkim_message *m, enum dkim_change change)
{
	static const char *const tags[] = { " x=1;", " l=0;", " l=5;", " v=1;", " q=dns;",
		" q=dns/txt;", " i=@sub.example.nl;", " i=@nl;", " c=relaxed;",
		" t=99999999999;", " zb=1;", " unknown=1;", " =;", " z=From:a;" };
	char **value = &m->fields[0].value;
	size_t len = strlen(*value), at = dkim_generate_roll((unsigned)len);

	if (change == CHANGE_SIGNATURE_OCTET)
		(*value)[at] = other_octet((*value)[at]);
	else
		insert(value, &len, 0,
		    tags[dkim_generate_roll(sizeof tags / sizeof tags[0])]);
}

void
dkim_generate_seed(uint64_t seed)
{
	dice ^= seed << 20;
}

static const char *const names[CHANGES] = { "nothing", "header octet", "body octet",
	"header space", "body space", "bare CR", "bare LF", "no final CRLF", "body cut",
	"body longer", "field gone", "field twice", "new field", "signature octet",
	"signature tag", "key record" };

const char *
dkim_generate_name(enum dkim_change change)
{
	return names[change];
}

void
dkim_generate_change(struct dkim_message *m, enum dkim_change change)
{
	if (change == CHANGE_BODY_OCTET ||
	    (change >= CHANGE_BODY_SPACE && change <= CHANGE_BODY_MORE))
		change_body(m, change);
	else if (change == CHANGE_SIGNATURE_OCTET || change == CHANGE_SIGNATURE_TAG)
		change_signature(m, change);
	else if (change != CHANGE_NOTHING && change != CHANGE_KEY)
		change_field(m, change);
}
