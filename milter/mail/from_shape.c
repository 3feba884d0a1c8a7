#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/pool.h"
#include "mail/address.h"
#include "mail/encoded_word.h"
#include "mail/from_shape.h"

#define VALUE_MAX 8192 /* octets, unfolded */

/* A piece of the field. */
struct piece {
	const char *p, *end;
};

/* What may be tested of a name. */
enum punctuation { PUNCTUATION_REFUSED, PUNCTUATION_ALLOWED };

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && ascii_is_wsp(*p))
		p++;
	return p;
}

static struct piece
trimmed(struct piece t)
{
	t.p = skip_blanks(t.p, t.end);
	while (t.end > t.p && ascii_is_wsp(t.end[-1]))
		t.end--;
	return t;
}

static bool
is_same(struct piece a, struct piece b)
{
	return a.end - a.p == b.end - b.p &&
	       strncasecmp(a.p, b.p, (size_t)(a.end - a.p)) == 0;
}

/* Without the line ends of folds; NULL: a control character, or too long. */
static const char *
unfolded(const char *value, struct pool *pool)
{
	char *text = pool_alloc(pool, strnlen(value, (size_t)VALUE_MAX * 2) + 1),
	     *out = text;

	for (; *value != '\0'; value++) {
		/* RFC 5322 section 2.2.3: a line end alone is no fold. */
		if (*value == '\n' && value[1] != '\0' && !ascii_is_wsp(value[1]))
			return NULL;
		if (*value == '\n' || (*value == '\r' && value[1] == '\n'))
			continue;
		if (((unsigned char)*value < ' ' && *value != '\t') || *value == 0x7f ||
		    out - text >= VALUE_MAX)
			return NULL;
		*out++ = *value;
	}
	return text;
}

/* NAME and what stands in the only <>, with nothing but ${behind} after it. */
static bool
split(const char *text, const char *behind, struct piece *name, struct piece *inside)
{
	const char *open = strchr(text, '<'), *close = strchr(text, '>');

	if (open == NULL || close == NULL || close < open ||
	    strchr(open + 1, '<') != NULL || strchr(close + 1, '>') != NULL ||
	    close[1 + strspn(close + 1, behind)] != '\0')
		return false;
	*name = trimmed((struct piece){ text, open });
	*inside = trimmed((struct piece){ open + 1, close });
	return true;
}

static bool
is_local_char(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) ||
	       (c != '\0' && strchr("#$&'*+/=?^_`{|}~-.", c) != NULL);
}

/* The domain of ADDR in normal form; NULL: it is none. */
static const char *
addr_domain(struct piece addr, struct pool *pool)
{
	const char *at = memchr(addr.p, '@', (size_t)(addr.end - addr.p));
	const char *domain;
	size_t len;

	if (at == NULL || at == addr.p)
		return NULL;
	for (const char *p = addr.p; p < at; p++) {
		if (!is_local_char(*p) || (*p == '=' && p[1] == '?'))
			return NULL;
	}
	len = (size_t)(addr.end - at - 1);
	domain = len > 0 ? address_domain(at + 1, len, pool) : NULL;
	if (domain == NULL || strchr(domain, '.') == NULL || strlen(domain) != len ||
	    strncasecmp(domain, at + 1, len) != 0)
		return NULL;
	return domain;
}

/* May it be part of an address: then a "%" or "!" between two makes a route of it. */
static bool
is_route_char(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || c == '_' ||
	       (unsigned char)c > 0x7f;
}

static bool
is_between(struct piece t, const char *at)
{
	const char *before = at, *after = skip_blanks(at + 1, t.end);

	while (before > t.p && ascii_is_wsp(before[-1]))
		before--;
	return before > t.p && is_route_char(before[-1]) && after < t.end &&
	       is_route_char(*after);
}

/* No other address: "@" in any form, "<", ">", u%d, d!u. */
static bool
names_nothing(struct piece t)
{
	static const char wide[] = "\uff20", small[] = "\ufe6b";

	for (const char *p = t.p; p < t.end; p++) {
		size_t left = (size_t)(t.end - p);

		if (strchr("@<>", *p) != NULL && *p != '\0')
			return false;
		if ((*p == '%' || *p == '!') && is_between(t, p))
			return false;
		if (left >= 3 && (memcmp(p, wide, 3) == 0 || memcmp(p, small, 3) == 0))
			return false;
	}
	return true;
}

/* Behind the quoted string or comment at ${p}; NULL: without end, or a backslash in it.
 */
static const char *
skip_wrapped(const char *p, const char *end)
{
	const char open = *p, close = open == '"' ? '"' : ')';
	size_t depth = 1;

	for (p++; p < end && depth > 0; p++) {
		if (*p == '\\')
			return NULL;
		if (*p == close)
			depth--;
		else if (*p == open)
			depth++;
	}
	return depth == 0 ? p : NULL;
}

/* A character outside quotes and comments that is no bracket. */
static bool
is_plain(const char *p, const char *end, enum punctuation punctuation)
{
	switch (*p) {
	case ')':
		return false;
	case ',':
	case ';':
	case ':':
		return punctuation == PUNCTUATION_ALLOWED;
	case '\\':
		return p + 1 < end && (ascii_is_alpha(p[1]) || ascii_is_digit(p[1]));
	default:
		return true;
	}
}

/* Quotes, comments and [ ] closed; separators and backslashes only where they are plain.
 */
static bool
is_closed(struct piece t, enum punctuation punctuation)
{
	bool in_brackets = false;

	for (const char *p = t.p; p < t.end;) {
		if (*p == '"' || *p == '(') {
			p = skip_wrapped(p, t.end);
			if (p == NULL)
				return false;
			continue;
		}
		if ((*p == '[' && in_brackets) || (*p == ']' && !in_brackets) ||
		    !is_plain(p, t.end, punctuation))
			return false;
		if (*p == '[' || *p == ']')
			in_brackets = *p == '[';
		p++;
	}
	return !in_brackets;
}

/* NAME as who decodes encoded-words sees it; false: one of them is no sound one. */
static bool
decoded_name(struct piece name, struct piece *decoded, struct pool *pool)
{
	size_t len;
	const char *text =
	    encoded_word_decode(name.p, (size_t)(name.end - name.p), &len, pool);

	if (text == NULL)
		return false;
	*decoded = (struct piece){ text, text + len };
	return true;
}

static bool
has_marks(struct piece t)
{
	for (const char *p = t.p; p + 1 < t.end; p++) {
		if (p[0] == '=' && p[1] == '?')
			return true;
	}
	return false;
}

/* Nothing, or ADDR once more. */
static bool
is_addr_again(struct piece name, struct piece addr, struct pool *pool)
{
	struct piece decoded;

	if (name.p == name.end || is_same(name, addr))
		return true;
	if (name.end - name.p > 1 && *name.p == '"' && name.end[-1] == '"')
		return is_same((struct piece){ name.p + 1, name.end - 1 }, addr);
	return encoded_word_is_all(name.p, (size_t)(name.end - name.p)) &&
	       decoded_name(name, &decoded, pool) && is_same(decoded, addr);
}

static bool
is_plain_name(struct piece name, enum punctuation punctuation, struct pool *pool)
{
	struct piece decoded;

	return names_nothing(name) && is_closed(name, punctuation) &&
	       decoded_name(name, &decoded, pool) && !has_marks(decoded) &&
	       names_nothing(decoded);
}

static const char *
domain_of_shape(
    const char *value, bool postfix, enum punctuation punctuation, struct pool *pool)
{
	const char *text = unfolded(value, pool), *domain;
	struct piece name, addr;

	if (text == NULL || !split(text, postfix ? " \t,;" : " \t", &name, &addr))
		return NULL;
	domain = addr_domain(addr, pool);
	if (domain == NULL)
		return NULL;
	if (is_addr_again(name, addr, pool) || is_plain_name(name, punctuation, pool))
		return domain;
	return NULL;
}

const char *
from_shape_domain(const char *value, bool postfix, struct pool *pool)
{
	return domain_of_shape(value, postfix, PUNCTUATION_REFUSED, pool);
}

/* A name with nothing in it that separates authors: "joe@example.nl <joe@...>", too. */
static bool
is_undivided(const char *value, struct pool *pool)
{
	const char *text = unfolded(value, pool);
	struct piece name, addr;

	return text != NULL && split(text, " \t", &name, &addr) && name.p < name.end &&
	       addr_domain(addr, pool) != NULL && is_closed(name, PUNCTUATION_REFUSED);
}

bool
from_shape_wants_quotes(const char *value, struct pool *pool)
{
	return is_undivided(value, pool) ||
	       (domain_of_shape(value, true, PUNCTUATION_ALLOWED, pool) != NULL &&
		   domain_of_shape(value, true, PUNCTUATION_REFUSED, pool) == NULL);
}

/* By its letters alone, which are ASCII and in any case. */
static bool
is_mailer(struct piece t, const char *const *names)
{
	char letters[32];
	size_t len = 0;

	for (const char *p = t.p; p < t.end; p++) {
		if ((unsigned char)*p > 0x7f)
			return false;
		if (!ascii_is_alpha(*p))
			continue;
		if (len == sizeof letters - 1)
			return false;
		letters[len++] = (char)(*p | 0x20);
	}
	letters[len] = '\0';
	for (; *names != NULL; names++) {
		if (strcmp(letters, *names) == 0)
			return true;
	}
	return false;
}

static bool
is_mailer_name(struct piece t)
{
	static const char *const names[] = { "mailerdaemon", "maildeliverysystem",
		"maildeliversystem", "maildeliverysubsystem", NULL };

	return t.p == t.end || is_mailer(t, names);
}

static bool
is_mailer_word(struct piece t)
{
	static const char *const words[] = { "mailerdaemon", NULL };

	return is_mailer(t, words);
}

/* One word that an MTA could take for a local part. */
static bool
is_word(struct piece t)
{
	for (const char *p = t.p; p < t.end; p++) {
		if (!is_local_char(*p))
			return false;
	}
	return t.p < t.end;
}

/* "NAME <>" and "NAME <WORD>". */
static bool
is_bounce_in_angle(struct piece name, struct piece inside, enum from_bounce *bounce)
{
	bool mailer = is_mailer_name(name);

	if (inside.p == inside.end) {
		*bounce = mailer ? FROM_BOUNCE_MAILER : FROM_BOUNCE_NAMELESS;
		return true;
	}
	if (!is_word(inside))
		return false;
	*bounce =
	    mailer && is_mailer_word(inside) ? FROM_BOUNCE_COMPLETED : FROM_BOUNCE_WORD;
	return true;
}

/* "WORD" and "WORD (NAME)"; other words without <>. */
static enum from_bounce
bounce_in_words(struct piece all)
{
	const char *open = memchr(all.p, '(', (size_t)(all.end - all.p));
	struct piece word = { all.p, open != NULL ? open : all.end };
	struct piece name = { all.end, all.end };

	word = trimmed(word);
	if (open != NULL && all.end[-1] == ')')
		name = trimmed((struct piece){ open + 1, all.end - 1 });
	if (is_word(word) && is_mailer_word(word) && is_mailer_name(name))
		return FROM_BOUNCE_COMPLETED;
	return FROM_BOUNCE_WORD;
}

bool
from_shape_bounce(const char *value, enum from_bounce *bounce, struct pool *pool)
{
	const char *text = unfolded(value, pool);
	struct piece all, name, inside;

	if (text == NULL)
		return false;
	all = trimmed((struct piece){ text, text + strlen(text) });
	if (all.p == all.end) {
		*bounce = FROM_BOUNCE_NAMELESS;
		return true;
	}
	if (strpbrk(text, "<>") == NULL) {
		*bounce = bounce_in_words(all);
		return is_plain_name(all, PUNCTUATION_REFUSED, pool);
	}
	return split(text, " \t", &name, &inside) &&
	       is_plain_name(name, PUNCTUATION_REFUSED, pool) &&
	       is_bounce_in_angle(name, inside, bounce);
}
