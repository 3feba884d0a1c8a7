#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/pool.h"
#include "mail/spf_macro.h"
#include "mail/spf_record.h"

#define VERSION "v=spf1"
#define VERSION_LEN (sizeof VERSION - 1)

enum argument {
	ARGUMENT_NONE,
	ARGUMENT_DOMAIN,          /* ":" domain-spec */
	ARGUMENT_DOMAIN_OR_NONE,  /* the same, or nothing */
	ARGUMENT_DOMAIN_AND_CIDR, /* either or both of them, or nothing */
	ARGUMENT_NETWORK          /* ":" address, and a prefix length or not */
};

struct mechanism {
	const char *name;
	enum spf_term_kind kind;
	enum argument argument;
};

static const struct mechanism mechanisms[] = {
	{ "all", SPF_TERM_ALL, ARGUMENT_NONE },
	{ "include", SPF_TERM_INCLUDE, ARGUMENT_DOMAIN },
	{ "a", SPF_TERM_A, ARGUMENT_DOMAIN_AND_CIDR },
	{ "mx", SPF_TERM_MX, ARGUMENT_DOMAIN_AND_CIDR },
	{ "ptr", SPF_TERM_PTR, ARGUMENT_DOMAIN_OR_NONE },
	{ "ip4", SPF_TERM_IP4, ARGUMENT_NETWORK },
	{ "ip6", SPF_TERM_IP6, ARGUMENT_NETWORK },
	{ "exists", SPF_TERM_EXISTS, ARGUMENT_DOMAIN },
};

/* Octets of the name that ${text} begins with; of a mechanism or a modifier. */
static size_t
name_length(const char *text)
{
	size_t len = 0;

	while (ascii_is_alpha(text[len]) || ascii_is_digit(text[len]) ||
	       text[len] == '-' || text[len] == '_' || text[len] == '.')
		len++;
	return len;
}

/* "0", or digits that do not begin with 0, up to ${max} (RFC 7208 section 5.6). */
static bool
read_prefix(const char *text, size_t len, unsigned max, unsigned *prefix)
{
	unsigned n = 0;

	if (len == 0 || len > 3 || (len > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!ascii_is_digit(text[i]))
			return false;
		n = n * 10 + (unsigned)(text[i] - '0');
	}
	*prefix = n;
	return n <= max;
}

/*
 * ":" domain-spec, which is all of the ${len} octets.  Nothing at all is well, and
 * the domain stays NULL.
 */
static bool
read_domain(struct spf_term *term, const char *text, size_t len, struct pool *pool)
{
	if (len == 0)
		return true;
	if (text[0] != ':' || !spf_macro_check(text + 1, len - 1, SPF_MACRO_DOMAIN))
		return false;
	term->domain = pool_strndup(pool, text + 1, len - 1);
	return true;
}

/* Where the digits at the end of the first ${len} octets begin. */
static size_t
digits_at_end(const char *text, size_t len)
{
	while (len > 0 && ascii_is_digit(text[len - 1]))
		len--;
	return len;
}

/*
 * Takes "/24", "//64" or "/24//64" off the end of ${text}.  A domain-spec cannot
 * end in a slash and digits, so there is one way only to read it.
 */
static bool
take_dual_cidr(struct spf_term *term, const char *text, size_t *len)
{
	size_t start = digits_at_end(text, *len);

	if (start >= 2 && text[start - 1] == '/' && text[start - 2] == '/') {
		if (!read_prefix(text + start, *len - start, 128, &term->prefix6))
			return false;
		*len = start - 2;
		start = digits_at_end(text, *len);
		if (start == *len)
			return true;
	}
	if (start >= 1 && text[start - 1] == '/') {
		if (!read_prefix(text + start, *len - start, 32, &term->prefix4))
			return false;
		*len = start - 1;
	}
	return true;
}

/*
 * ":" address [ "/" prefix ].  Not by ip_parse(): a mapped address in ip6 is no
 * IPv4 address, and matches none (RFC 7208 section 5).
 */
static bool
read_network(struct spf_term *term, const char *text)
{
	bool v4 = term->kind == SPF_TERM_IP4;
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char address[IP_TEXT_SIZE + 1];

	if (text[0] != ':' || len > IP_TEXT_SIZE)
		return false;
	memcpy(address, text + 1, len - 1);
	address[len - 1] = '\0';
	term->network = (struct network){
		.ip = { .family = v4 ? IP_V4 : IP_V6 },
		.prefix = v4 ? 32 : 128,
	};
	if (inet_pton(v4 ? AF_INET : AF_INET6, address, term->network.ip.octets) != 1)
		return false;
	return slash == NULL || read_prefix(slash + 1, strlen(slash + 1),
				    term->network.prefix, &term->network.prefix);
}

static bool
read_argument(
    struct spf_term *term, enum argument argument, const char *text, struct pool *pool)
{
	size_t len = strlen(text);

	switch (argument) {
	case ARGUMENT_NONE:
		return len == 0;
	case ARGUMENT_DOMAIN:
		return len > 0 && read_domain(term, text, len, pool);
	case ARGUMENT_DOMAIN_OR_NONE:
		return read_domain(term, text, len, pool);
	case ARGUMENT_DOMAIN_AND_CIDR:
		term->prefix4 = 32;
		term->prefix6 = 128;
		return take_dual_cidr(term, text, &len) &&
		       read_domain(term, text, len, pool);
	case ARGUMENT_NETWORK:
		return read_network(term, text);
	}
	return false;
}

static bool
read_mechanism(struct spf_term *term, const char *text, struct pool *pool)
{
	size_t len = name_length(text);

	for (size_t i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++) {
		const struct mechanism *m = &mechanisms[i];

		if (strlen(m->name) == len && strncasecmp(text, m->name, len) == 0) {
			term->kind = m->kind;
			return read_argument(term, m->argument, text + len, pool);
		}
	}
	return false;
}

/* name "=" value, known to have its equals sign behind the name. */
static bool
read_modifier(struct spf_term *term, const char *text)
{
	size_t len = name_length(text);
	const char *value = text + len + 1;

	term->qualifier = '\0';
	if (!ascii_is_alpha(text[0]))
		return false;
	if (len == 8 && strncasecmp(text, "redirect", len) == 0)
		term->kind = SPF_TERM_REDIRECT;
	else if (len == 3 && strncasecmp(text, "exp", len) == 0)
		term->kind = SPF_TERM_EXP;
	else
		return spf_macro_check(value, strlen(value), SPF_MACRO_MODIFIER);
	term->domain = value;
	return spf_macro_check(value, strlen(value), SPF_MACRO_DOMAIN);
}

static bool
read_term(struct spf_term *term, const char *text, struct pool *pool)
{
	*term =
	    (struct spf_term){ .kind = SPF_TERM_UNKNOWN, .qualifier = '+', .text = text };
	if (text[name_length(text)] == '=')
		return read_modifier(term, text);
	if (strchr("+-~?", text[0]) != NULL)
		term->qualifier = *text++;
	return read_mechanism(term, text, pool);
}

/* redirect and exp may stand once (RFC 7208 section 6). */
static bool
note_modifier(struct spf_record *record, const struct spf_term *term)
{
	const struct spf_term **place;

	if (term->kind == SPF_TERM_REDIRECT)
		place = &record->redirect;
	else if (term->kind == SPF_TERM_EXP)
		place = &record->exp;
	else
		return true;
	if (*place != NULL)
		return false;
	*place = term;
	return true;
}

static struct spf_record
bad_record(const char *error, const char *term, struct pool *pool)
{
	char text[128];
	struct buf b;

	buf_init(&b, text, sizeof text);
	buf_put_escaped(&b, term);
	return (struct spf_record){ .error = error, .bad = pool_strdup(pool, text) };
}

/* Ends each term with a NUL where a space was; returns how many there are. */
static size_t
split(char *text, size_t len)
{
	size_t terms = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == ' ')
			text[i] = '\0';
		else if (i > 0 && text[i - 1] == '\0')
			terms++;
	}
	return terms;
}

bool
spf_record_is(const char *text, size_t len)
{
	return len >= VERSION_LEN && strncasecmp(text, VERSION, VERSION_LEN) == 0 &&
	       (len == VERSION_LEN || text[VERSION_LEN] == ' ');
}

struct spf_record
spf_record_parse(const char *text, size_t len, struct pool *pool)
{
	struct spf_record record = { 0 };
	struct spf_term *terms;
	const char *at, *end;
	size_t count;
	char *copy;

	if (len > SPF_RECORD_MAX)
		return (struct spf_record){ .error = "the record is too long" };
	if (!spf_record_is(text, len))
		return bad_record("no SPF record", text, pool);
	/* Terms are read as strings: a NUL must not end one early. */
	if (memchr(text, '\0', len) != NULL)
		return bad_record("a NUL in the record", text, pool);
	copy = pool_strndup(pool, text, len);
	count = split(copy, len);
	if (count > SPF_RECORD_TERMS_MAX)
		return (struct spf_record){ .error = "the record has too many terms" };
	terms = pool_alloc(pool, count * sizeof *terms);
	end = copy + len;
	for (at = copy + VERSION_LEN; at < end; at += strlen(at) + 1) {
		struct spf_term *term = &terms[record.count];

		if (*at == '\0')
			continue;
		if (!read_term(term, at, pool))
			return bad_record("bad syntax in the record", at, pool);
		if (!note_modifier(&record, term))
			return bad_record("redirect or exp occurs twice", at, pool);
		record.count++;
	}
	record.terms = terms;
	return record;
}

bool
spf_record_is_lookup(const struct spf_term *term)
{
	switch (term->kind) {
	case SPF_TERM_INCLUDE:
	case SPF_TERM_A:
	case SPF_TERM_MX:
	case SPF_TERM_PTR:
	case SPF_TERM_EXISTS:
	case SPF_TERM_REDIRECT:
		return true;
	default:
		return false;
	}
}
