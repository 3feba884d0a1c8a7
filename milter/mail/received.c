#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "base/netlist.h"
#include "base/pool.h"
#include "mail/evidence.h"
#include "mail/header.h"
#include "mail/lexeme.h"
#include "mail/received.h"

#define WORD_MAX 255 /* octets; no host name and no address is longer */

/* What the words of a comment say about the client. */
struct origin {
	struct ip client;
	size_t addresses; /* more than one is ambiguous */
	const char *helo; /* Exim's "helo=NAME", or NULL */
};

static const char *
word_end(const char *p)
{
	while (*p != '\0' && !lexeme_is_white(*p) && *p != '(' && *p != ')')
		p++;
	return p;
}

static bool
is_word(const char *p, const char *end, const char *wanted)
{
	return (size_t)(end - p) == strlen(wanted) &&
	       strncasecmp(p, wanted, (size_t)(end - p)) == 0;
}

/* "[192.0.2.1]", "[IPv6:2001:db8::1]", Exim's "[192.0.2.1]:25", or without []. */
static bool
read_address(const char *p, const char *end, struct ip *ip)
{
	char text[WORD_MAX + 1];
	size_t len = (size_t)(end - p);

	if (len > 0 && *p == '[') {
		const char *close = memchr(p, ']', len);

		if (close == NULL)
			return false;
		if (close + 1 < end && close[1] != ':')
			return false;
		p++;
		len = (size_t)(close - p);
	}
	if (len > WORD_MAX)
		return false;
	memcpy(text, p, len);
	text[len] = '\0';
	return ip_parse(text, ip);
}

static void
read_comment_word(
    const char *p, const char *end, struct origin *origin, struct pool *pool)
{
	const size_t prefix = strlen("helo=");

	if ((size_t)(end - p) > prefix && strncasecmp(p, "helo=", prefix) == 0)
		origin->helo = pool_strndup(pool, p + prefix, (size_t)(end - p) - prefix);
	else if (read_address(p, end, &origin->client))
		origin->addresses++;
}

/*
 * The words of one comment, those of comments in it too ("(may be forged)").
 * Returns where it ends.
 */
static const char *
read_comment(const char *p, struct origin *origin, struct pool *pool)
{
	const char *close = lexeme_skip_comment(p);

	if (close == NULL)
		return NULL;
	while (p < close) {
		const char *end = word_end(p);

		if (end > p)
			read_comment_word(p, end, origin, pool);
		p = end > p ? end : p + 1;
	}
	return close;
}

static const char *
skip_white(const char *p)
{
	while (lexeme_is_white(*p))
		p++;
	return p;
}

/* The word behind "from", which the client chose.  NULL: not so written. */
static const char *
read_from(const char *p, const char **name, const char **name_end)
{
	const char *end;

	p = skip_white(p);
	end = word_end(p);
	if (!is_word(p, end, "from"))
		return NULL;
	*name = skip_white(end);
	*name_end = word_end(*name);
	if (*name == end || *name_end == *name || *name_end - *name > WORD_MAX)
		return NULL;
	return skip_white(*name_end);
}

/*
 * From the host's own "by" on: a second one outside comments, or a comment without end,
 * shows that the client wrote the first ("x (y [192.0.2.1]) by z").
 */
static bool
has_one_by(const char *p)
{
	size_t count = 0;

	while (*p != '\0') {
		const char *end = word_end(p);

		if (*p == '(') {
			p = lexeme_skip_comment(p);
			if (p == NULL)
				return false;
			continue;
		}
		count += is_word(p, end, "by");
		p = end > p ? end : p + 1;
	}
	return count == 1;
}

bool
received_client(
    const char *value, struct ip *client, const char **helo, struct pool *pool)
{
	const char *name, *name_end, *p = read_from(value, &name, &name_end);
	struct origin origin = { .helo = NULL };
	size_t in_first = 0;

	if (p == NULL || *p != '(')
		return false;
	/* A client that said "x (y [192.0.2.1])" wrote a comment of its own before that
	 * of the host: an address in a second one makes both worth nothing.  qmail's
	 * "(HELO x) (192.0.2.1)" is not read for the same reason. */
	for (size_t n = 0; *p == '('; n++) {
		p = read_comment(p, &origin, pool);
		if (p == NULL)
			return false;
		if (n == 0)
			in_first = origin.addresses;
		p = skip_white(p);
	}
	if (in_first != 1 || origin.addresses != 1 || !is_word(p, word_end(p), "by") ||
	    !has_one_by(p))
		return false;
	*client = origin.client;
	*helo = origin.helo != NULL ? origin.helo
				    : pool_strndup(pool, name, (size_t)(name_end - name));
	return true;
}

static struct relay_evidence
not_found(const char *reason)
{
	return (struct relay_evidence){ .is_relay = true, .helo = "", .reason = reason };
}

struct relay_evidence
received_first_hop(
    const struct header_list *headers, const struct netlist *trusted, struct pool *pool)
{
	struct relay_evidence relay = { .is_relay = true, .found = true };

	for (size_t i = 0; i < headers->count; i++) {
		const struct header_field *field = &headers->fields[i];

		if (!header_field_is(field, "Received"))
			continue;
		if (!received_client(field->value, &relay.client, &relay.helo, pool))
			return not_found("a Received field of a relay cannot be read");
		if (!netlist_has(trusted, &relay.client))
			return relay;
	}
	return not_found("no Received field names a client outside TrustedRelays");
}
