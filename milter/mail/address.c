#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <idn2.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "mail/address.h"
#include "mail/lexeme.h"

#define DOMAIN_MAX 253 /* octets, RFC 1035 section 2.3.4 without the root's dot */
#define LABEL_MAX 63
/* UTF-8 of 253 code points, and more: what is longer is not given to libidn2. */
#define TEXT_MAX 1024
/* RFC 5321 section 4.5.3.1.3 says 256, and MTAs take somewhat more.  The local part
 * may be put into a name once a macro, by SPF records of hundreds of macros. */
#define PATH_MAX_OCTETS 1024

/* DNS names hold underscores too (SPF and DKIM names), so this is LDH and "_". */
static bool
is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static char
lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + ('a' - 'A'));
	return c;
}

/* The last word on every name, however it was made. */
static bool
is_normal(const char *name, size_t len)
{
	size_t label = 0;

	if (len > DOMAIN_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (!is_label_char(name[i]) || ++label > LABEL_MAX) {
			return false;
		}
	}
	return label > 0;
}

/*
 * One label through UTS 46.  Not with STD3 rules: libidn2 then silently drops what
 * they forbid ("a@\u00fc" becomes "a\u00fc") instead of saying no; is_normal() says it.
 */
static bool
convert_label(struct buf *out, const char *label, size_t len)
{
	char in[TEXT_MAX + 1];
	char *ascii = NULL;
	int rc;

	memcpy(in, label, len);
	in[len] = '\0';
	rc = idn2_to_ascii_8z(in, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
	if (rc == IDN2_MALLOC)
		abort();
	/* Symbols such as emoji (UTS 46 has them, IDNA2008 not) and letters newer than
	 * the library: nothing to convert, and the same name in the DNS either way. */
	if ((rc == IDN2_DISALLOWED || rc == IDN2_UNASSIGNED) &&
	    lexeme_is_ascii(label, len)) {
		buf_put(out, label, len);
		return true;
	}
	if (rc != IDN2_OK)
		return false;
	buf_puts(out, ascii);
	idn2_free(ascii);
	return true;
}

static bool
put_label(struct buf *out, const char *label, size_t len)
{
	char ascii[LABEL_MAX];

	if (!lexeme_is_ascii(label, len))
		return convert_label(out, label, len);
	if (len == 0 || len > LABEL_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		ascii[i] = lower(label[i]);
	/* What only looks like an A-label would be shown as another name. */
	if (len >= 4 && memcmp(ascii, "xn--", 4) == 0)
		return convert_label(out, ascii, len);
	buf_put(out, ascii, len);
	return true;
}

/*
 * Most names need no more than lower case: into ${out}, at most DOMAIN_MAX octets.
 * False: whether it is a name, and which, is told by what follows in address_domain().
 */
static bool
is_plain(const char *text, size_t len, char *out)
{
	size_t label = 0;

	if (len > DOMAIN_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		out[i] = lower(text[i]);
		if (out[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (!is_label_char(out[i]) || ++label > LABEL_MAX ||
			   (label == 4 && memcmp(&out[i] - 3, "xn--", 4) == 0)) {
			return false;
		}
	}
	return label > 0;
}

const char *
address_domain(const char *text, size_t len, struct pool *pool)
{
	char storage[DOMAIN_MAX + 3]; /* a final dot, one too many, NUL */
	struct buf out;
	const char *dot;

	if (len == 0 || len > TEXT_MAX || memchr(text, '\0', len) != NULL)
		return NULL;
	if (is_plain(text, len, storage))
		return pool_strndup(pool, storage, len);
	buf_init(&out, storage, sizeof storage);
	while ((dot = memchr(text, '.', len)) != NULL) {
		size_t label = (size_t)(dot - text);

		if (!put_label(&out, text, label) || out.cut)
			return NULL; /* now, or long junk would be converted in vain */
		buf_putc(&out, '.');
		text += label + 1;
		len -= label + 1;
	}
	if (len > 0 && !put_label(&out, text, len))
		return NULL;
	/* A converted label may have brought a dot of its own (U+3002). */
	if (out.len > 0 && out.data[out.len - 1] == '.')
		out.len--;
	if (out.cut || !is_normal(out.data, out.len))
		return NULL;
	return pool_strndup(pool, out.data, out.len);
}

const char *
address_letters(const char *domain, struct pool *pool)
{
	size_t len = strlen(domain);
	char *text = NULL;
	const char *letters = NULL, *again;

	if (!is_normal(domain, len) ||
	    idn2_to_unicode_8z8z(domain, &text, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return NULL;
	if (utf8_is_valid(text, strlen(text))) {
		again = address_domain(text, strlen(text), pool);
		if (again != NULL && strcmp(again, domain) == 0)
			letters = pool_strdup(pool, text);
	}
	idn2_free(text);
	return letters;
}

bool
address_is_within(const char *name, const char *parent)
{
	size_t len = strlen(name), parent_len = strlen(parent);

	if (len == parent_len)
		return strcmp(name, parent) == 0;
	return len > parent_len && parent_len > 0 && name[len - parent_len - 1] == '.' &&
	       strcmp(name + len - parent_len, parent) == 0;
}

/* Skip a source route, "@a,@b:"; NULL: it has no end. */
static const char *
skip_route(const char *p, const char *end)
{
	bool in_literal = false;

	for (; p < end; p++) {
		if (*p == '[')
			in_literal = true;
		else if (*p == ']')
			in_literal = false;
		else if (*p == ':' && !in_literal)
			return p + 1;
	}
	return NULL;
}

/* The first @ outside quotes; ${end}: there is none. */
static const char *
find_at(const char *p, const char *end)
{
	bool quoted = false;

	for (; p < end; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '\\' && p + 1 < end)
			p++;
		else if (*p == '@' && !quoted)
			return p;
	}
	return end;
}

struct address
address_reverse_path(const char *argument, struct pool *pool)
{
	struct address address = { .local = "" };
	const char *p = argument, *end = argument + strlen(argument), *at;

	/* Not cut: what is left could end in another domain. */
	if (end - p > PATH_MAX_OCTETS)
		return address;
	while (p < end && ascii_is_wsp(*p))
		p++;
	while (p < end && ascii_is_wsp(end[-1]))
		end--;
	if (end - p >= 2 && *p == '<' && end[-1] == '>') {
		p++;
		end--;
	}
	if (p == end) {
		address.null = true;
		return address;
	}
	if (*p == '@') {
		const char *behind = skip_route(p, end);

		p = behind != NULL ? behind : p;
	}
	at = find_at(p, end);
	address.local = pool_strndup(pool, p, (size_t)(at - p));
	/* A second @ is not in a domain: "a@b@c" is read by some as c, by some as b. */
	if (at < end)
		address.domain = address_domain(at + 1, (size_t)(end - at - 1), pool);
	return address;
}

void
address_library_version(char *text, size_t size)
{
	snprintf(text, size, "%s", idn2_check_version(NULL));
}
