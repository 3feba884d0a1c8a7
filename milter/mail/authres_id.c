#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/pool.h"
#include "base/wordlist.h"
#include "mail/address.h"
#include "mail/authres_id.h"
#include "mail/lexeme.h"

#define ID_MAX 512 /* octets of an id that is read: no host name is longer */

/* The two ids as names of hosts: also U-labels against A-labels. */
static bool
is_same_domain(const char *a, size_t len, const char *b)
{
	struct pool *pool = pool_new();
	const char *first = address_domain(a, len, pool);
	const char *second = address_domain(b, strlen(b), pool);
	bool same = first != NULL && second != NULL && strcmp(first, second) == 0;

	pool_free(pool);
	return same;
}

static size_t
without_final_dot(const char *id, size_t len)
{
	while (len > 0 && id[len - 1] == '.')
		len--;
	return len;
}

bool
authres_id_is_same(const char *id, size_t len, const char *ours)
{
	const size_t ours_len = strlen(ours);
	const size_t short_len = without_final_dot(id, len);

	if (short_len == without_final_dot(ours, ours_len) &&
	    strncasecmp(id, ours, short_len) == 0)
		return true;
	/* ASCII names in two spellings differ in case only. */
	if (lexeme_is_ascii(id, len) && lexeme_is_ascii(ours, ours_len))
		return false;
	return is_same_domain(id, len, ours);
}

/* As it is, and as id/jobid, which some filters write; unless that one is trusted. */
static bool
is_our_id(const struct buf *id, const char *ours, const struct wordlist *trusted)
{
	const char *slash = memchr(id->data, '/', id->len);

	if (authres_id_is_same(id->data, id->len, ours))
		return true;
	if (slash == NULL ||
	    !authres_id_is_same(id->data, (size_t)(slash - id->data), ours))
		return false;
	return trusted == NULL || !wordlist_has(trusted, id->data);
}

/*
 * Read one token or quoted-string on to ${id}; NULL: there is none.  A "/" is in no
 * token, but filters that append a job id do not quote it.
 */
static const char *
read_piece(const char *p, struct buf *id)
{
	const char *start = p;

	if (*p != '"') {
		while (lexeme_is_token(*p) || *p == '/' || (unsigned char)*p > 0x7f)
			buf_putc(id, *p++);
		return p > start ? p : NULL;
	}
	for (p++; *p != '"' && *p != '\0'; p++) {
		if (*p == '\r' || *p == '\n')
			continue; /* unfolded, RFC 5322 section 2.2.3 */
		if (*p == '\\' && p[1] != '\0')
			p++;
		buf_putc(id, *p);
	}
	return *p == '"' ? p + 1 : NULL;
}

/*
 * After one piece of an id a reader that is less strict may find it going on:
 * "mx(c).example.nl", "mx .example.nl", "mx.\"example.nl\"".  NULL: it does not.
 */
static const char *
next_piece(const char *p, const struct buf *id)
{
	const char *next = lexeme_skip_cfws(p);
	bool white = false;

	if (next == NULL)
		return NULL;
	for (const char *gap = p; gap < next; gap++)
		white = white || lexeme_is_white(*gap);
	if (white && *next != '.' && id->data[id->len - 1] != '.')
		return NULL;
	return next;
}

/*
 * A reader that knows Unicode's white space takes it off an id as it does a space.
 * ${value} with plain spaces in their place.
 */
static const char *
with_plain_spaces(const char *value, struct pool *pool)
{
	static const char *const spaces[] = { "\u00a0", "\u1680", "\u2000", "\u2001",
		"\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
		"\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000" };
	char *plain = pool_strdup(pool, value);

	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
		for (char *p = plain; (p = strstr(p, spaces[i])) != NULL;)
			memset(p, ' ', strlen(spaces[i]));
	}
	return plain;
}

/* Letters, digits, "-", "_", dots between them, and what parts a job id from a host. */
static bool
is_plain_id(const struct buf *id)
{
	if (id->data[0] == '.')
		return false;
	for (size_t i = 0; i < id->len; i++) {
		char c = id->data[i];

		if (!ascii_is_alpha(c) && !ascii_is_digit(c) &&
		    (c == '\0' || strchr("-_./+#=*~^$&!{}|", c) == NULL))
			return false;
	}
	return true;
}

/*
 * What some reader could take for another id than we do: octets that are dropped or are
 * blanks to it (U+0085, U+200E, a control character, octets that are no UTF-8), blanks,
 * quotes, comments or brackets within quotes, %-forms, a backslash outside quotes, more
 * than we read.  ${after}: what stands behind the id.
 */
static bool
is_doubtful(const struct buf *id, const char *after, const struct wordlist *trusted)
{
	struct pool *pool;
	bool no_domain;

	if (trusted != NULL && wordlist_has(trusted, id->data))
		return false;
	if (id->cut || (lexeme_is_white(*after) && strchr(" \t\r\n", *after) == NULL) ||
	    *after == '\\')
		return true;
	if (lexeme_is_ascii(id->data, id->len))
		return !is_plain_id(id);
	pool = pool_new();
	no_domain = address_domain(id->data, id->len, pool) == NULL;
	pool_free(pool);
	return no_domain;
}

static bool
claims(const char *value, const char *authserv_id, const struct wordlist *trusted)
{
	const char *p = lexeme_skip_cfws(value), *next;
	char storage[ID_MAX];
	struct buf id;

	buf_init(&id, storage, sizeof storage);
	if (p != NULL)
		p = read_piece(p, &id);
	if (p == NULL || id.len == 0)
		return true; /* no id at all: nobody answers for it */
	if (is_our_id(&id, authserv_id, trusted) || is_doubtful(&id, p, trusted))
		return true;
	while (
	    (next = next_piece(p, &id)) != NULL && (next = read_piece(next, &id)) != NULL)
		p = next;
	return is_our_id(&id, authserv_id, trusted) || is_doubtful(&id, p, trusted);
}

bool
authres_id_claims(
    const char *value, const char *authserv_id, const struct wordlist *trusted)
{
	struct pool *pool;
	bool yes;

	if (lexeme_is_ascii(value, strlen(value)))
		return claims(value, authserv_id, trusted);
	pool = pool_new();
	yes = claims(with_plain_spaces(value, pool), authserv_id, trusted);
	pool_free(pool);
	return yes;
}
