#include <assert.h>
#include <string.h>

#include "mail/lexeme.h"
#include "mail/mailbox.h"

/* What stands before an "@", "<" or ":": words and dots. */
struct words {
	bool any;
	bool local; /* word *("." word): can be a local part */
};

enum element { ELEMENT_NONE, ELEMENT_GROUP, ELEMENT_MAILBOX };

static bool
fail(struct mailbox_reader *r, const char *fault)
{
	r->fault = fault;
	return false;
}

static bool
skip_cfws(struct mailbox_reader *r)
{
	const char *p = lexeme_skip_cfws(r->p);

	if (p == NULL)
		return fail(r, "comment without end");
	r->p = p;
	return true;
}

/* One special character, which the caller has seen, and the CFWS behind it. */
static bool
take(struct mailbox_reader *r, char c)
{
	assert(*r->p == c);
	r->p++;
	return skip_cfws(r);
}

/* Is =?...?= in it?  What decodes first would see another address there. */
static bool
is_encoded(const char *p, const char *end)
{
	const char *want = "=?";

	for (; end - p >= 2; p++) {
		if (memcmp(p, want, 2) != 0)
			continue;
		if (*want == '?')
			return true;
		want = "?=";
		p++;
	}
	return false;
}

static bool
read_word(struct mailbox_reader *r)
{
	if (*r->p == '"') {
		const char *end = lexeme_skip_quoted(r->p);

		if (end == NULL)
			return fail(r, "quoted string without end");
		r->p = end;
	} else {
		while (lexeme_is_atext(*r->p))
			r->p++;
	}
	return skip_cfws(r);
}

static bool
read_words(struct mailbox_reader *r, struct words *words)
{
	const char *start = r->p;
	bool want_word = true;

	*words = (struct words){ .local = true };
	for (;;) {
		if (*r->p == '.') {
			words->local = words->local && !want_word;
			want_word = true;
			if (!words->any)
				return fail(r, "dot without a word");
			if (!take(r, '.'))
				return false;
		} else if (*r->p == '"' || lexeme_is_atext(*r->p)) {
			words->local = words->local && want_word;
			want_word = false;
			words->any = true;
			if (!read_word(r))
				return false;
		} else {
			words->local = words->local && words->any && !want_word &&
				       !is_encoded(start, r->p);
			return true;
		}
	}
}

static bool
read_domain(struct mailbox_reader *r, struct mailbox *m)
{
	if (*r->p == '[')
		return fail(r, "domain literal");
	m->domain = r->p;
	while (lexeme_is_atext(*r->p) || *r->p == '.')
		r->p++;
	m->domain_len = (size_t)(r->p - m->domain);
	if (m->domain_len == 0)
		return fail(r, "no domain");
	return skip_cfws(r);
}

static bool
read_addr_spec(struct mailbox_reader *r, const struct words *words, struct mailbox *m)
{
	if (!words->local)
		return fail(r, "not a local part");
	return take(r, '@') && read_domain(r, m);
}

static bool
read_angle(struct mailbox_reader *r, struct mailbox *m)
{
	struct words words;

	if (!take(r, '<'))
		return false;
	/* RFC 5322 section 4.4: says nothing about the author, but some take it for one.
	 */
	if (*r->p == '@')
		return fail(r, "source route");
	m->address = r->p;
	if (!read_words(r, &words))
		return false;
	if (*r->p != '@')
		return fail(r, "no @ between < and >");
	if (!read_addr_spec(r, &words, m))
		return false;
	m->address_len = (size_t)(m->domain + m->domain_len - m->address);
	if (*r->p != '>')
		return fail(r, "< without >");
	return take(r, '>');
}

static enum element
read_element(struct mailbox_reader *r, struct mailbox *m)
{
	const char *start = r->p;
	struct words words;
	bool ok = false;

	if (!read_words(r, &words))
		return ELEMENT_NONE;
	switch (*r->p) {
	case ':':
		if (!words.any || r->in_group)
			fail(r, "misplaced colon");
		else if (take(r, ':'))
			r->in_group = true;
		return ELEMENT_GROUP;
	case '<':
		ok = read_angle(r, m);
		break;
	case '@':
		ok = read_addr_spec(r, &words, m);
		if (!ok)
			break;
		m->address = start;
		m->address_len = (size_t)(m->domain + m->domain_len - start);
		break;
	default:
		fail(r, words.any ? "name without an address" : "misplaced character");
	}
	return ok ? ELEMENT_MAILBOX : ELEMENT_NONE;
}

/* Behind a mailbox or a group. */
static bool
is_separated(struct mailbox_reader *r)
{
	if (*r->p == '\0' || *r->p == ',' || *r->p == ';')
		return true;
	return fail(r, "text after an address");
}

void
mailbox_begin(struct mailbox_reader *r, const char *value)
{
	*r = (struct mailbox_reader){ .p = value, .element = value };
	skip_cfws(r);
}

bool
mailbox_next(struct mailbox_reader *r, struct mailbox *m)
{
	while (r->fault == NULL) {
		if (*r->p == '\0')
			return r->in_group ? fail(r, "group without end") : false;
		if (*r->p == ',') {
			r->element = r->p + 1;
			take(r, ','); /* empty elements are obsolete, not ambiguous */
		} else if (*r->p == ';' && r->in_group) {
			r->in_group = false;
			if (take(r, ';') && *r->p != '\0' && *r->p != ',')
				fail(r, "text after a group");
		} else if (read_element(r, m) == ELEMENT_MAILBOX) {
			m->text = r->element;
			m->text_len = (size_t)(r->p - r->element);
			return is_separated(r);
		}
	}
	return false;
}
