#include <stdint.h>
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

/* No other control character is white space in what is read for a relay alone. */
#define BLANKS " \t\n"

/* What the words of the comments say about the client. */
struct origin {
	struct ip client;
	size_t addresses; /* more than one is ambiguous */
	bool said;        /* what follows is what the client said */
	bool unclear;     /* an address of the client's choice, or not written as ours */
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

static bool
begins_with(const char *p, const char *end, const char *wanted)
{
	size_t len = strlen(wanted);

	return (size_t)(end - p) >= len && strncasecmp(p, wanted, len) == 0;
}

/* ":1" to ":65535" */
static bool
is_port(const char *p, const char *end)
{
	unsigned long port = 0;

	if (p == end || *p != ':' || end - p < 2 || end - p > 6)
		return false;
	for (p++; p < end; p++) {
		if (*p < '0' || *p > '9')
			return false;
		port = port * 10 + (unsigned long)(*p - '0');
	}
	return port > 0 && port <= UINT16_MAX;
}

static const char *
last_of(const char *p, const char *end, char c)
{
	while (end > p) {
		if (*--end == c)
			return end;
	}
	return NULL;
}

/* "192.0.2.1:25", "[192.0.2.1:25]" */
static bool
read_address_port(const char *p, const char *end, struct ip *ip)
{
	const char *colon;

	if (end - p > 2 && *p == '[' && end[-1] == ']') {
		p++;
		end--;
	}
	colon = last_of(p, end, ':');
	return colon != NULL && is_port(colon, end) && *p != '[' &&
	       read_address(p, colon, ip);
}

/* In a spelling that only the forms of relays have. */
static bool
is_odd_address(const char *p, const char *end)
{
	const char *at = last_of(p, end, '@');
	struct ip ip;

	return (at != NULL && read_address(at + 1, end, &ip)) ||
	       read_address_port(p, end, &ip);
}

static void
read_comment_word(
    const char *p, const char *end, struct origin *origin, struct pool *pool)
{
	const size_t prefix = strlen("helo=");

	if (begins_with(p, end, "helo=")) {
		/* qmail's "(IDENT@192.0.2.1)" of a client that calls itself "helo=" */
		origin->unclear |= is_odd_address(p, end);
		p += prefix;
		if (p < end)
			origin->helo = pool_strndup(pool, p, (size_t)(end - p));
		origin->said = true;
	} else if (begins_with(p, end, "ident=") || is_word(p, end, "HELO") ||
		   is_word(p, end, "EHLO")) {
		origin->said = true;
		/* or "ident=" */
		origin->unclear |= is_odd_address(p, end);
	} else if (read_address(p, end, &origin->client)) {
		origin->addresses++;
		/* CommuniGate's "from [192.0.2.1] (HELO [198.51.100.9]) by" */
		origin->unclear |= origin->said;
	} else {
		origin->unclear |= is_odd_address(p, end);
	}
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
 * "( (host [192.0.2.1]) by relay (envelope-from <a)b@c>)": the host's words, in a comment
 * that the client opened in HELO and closed in MAIL.
 */
static bool
hides_by(const char *p, const char *close)
{
	for (; p + 1 < close; p++) {
		const char *word = p + 1;

		if (*p != ')')
			continue;
		word = skip_white(word);
		if (is_word(word, word_end(word), "by"))
			return true;
	}
	return false;
}

/*
 * From the host's own "by" on: a second one outside comments, one in a comment behind the
 * end of another, or a comment without end, shows that the client wrote the first
 * ("x (y [192.0.2.1]) by z").
 */
static bool
has_one_by(const char *p)
{
	size_t count = 0;

	while (*p != '\0') {
		const char *end = word_end(p);

		if (*p == '(') {
			const char *close = lexeme_skip_comment(p);

			if (close == NULL || hides_by(p, close))
				return false;
			p = close;
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
	 * "(HELO x) (192.0.2.1)" is for received_relay_hop() for the same reason. */
	for (size_t n = 0; *p == '('; n++) {
		p = read_comment(p, &origin, pool);
		if (p == NULL)
			return false;
		if (n == 0)
			in_first = origin.addresses;
		p = skip_white(p);
	}
	if (in_first != 1 || origin.addresses != 1 || origin.unclear ||
	    !is_word(p, word_end(p), "by") || !has_one_by(p))
		return false;
	*client = origin.client;
	*helo = origin.helo != NULL ? origin.helo
				    : pool_strndup(pool, name, (size_t)(name_end - name));
	return true;
}

/* Visible ASCII that neither ends a comment nor quotes its end. */
static const char *
plain_end(const char *p)
{
	while (*p > ' ' && *p < 0x7f && *p != '(' && *p != ')' && *p != '\\')
		p++;
	return p;
}

static const char *
skip_blanks(const char *p)
{
	return p + strspn(p, BLANKS);
}

/* The last word of a comment, which the client said.  Returns what stands behind. */
static const char *
read_said(const char *p, const char **helo, struct pool *pool)
{
	const char *end = plain_end(p);

	if (end == p || end - p > WORD_MAX || *end != ')')
		return NULL;
	*helo = pool_strndup(pool, p, (size_t)(end - p));
	return skip_blanks(end + 1);
}

/* "192.0.2.1" or "[192.0.2.1]", and nothing else. */
static bool
read_bare_address(const char *p, const char *end, struct ip *ip)
{
	const char *close = memchr(p, ']', (size_t)(end - p));

	return (close == NULL || close + 1 == end) && read_address(p, end, ip);
}

/*
 * "(ADDRESS)" or "(IDENT@ADDRESS)".  IDENT is the client's choice, so none that is an
 * address itself.  Returns what stands behind.
 */
static const char *
read_seen(const char *p, struct ip *client)
{
	const char *end, *at;
	struct ip ident;

	if (*p++ != '(')
		return NULL;
	end = plain_end(p);
	if (*end != ')')
		return NULL;
	at = memchr(p, '@', (size_t)(end - p));
	if (at != NULL && (at == p || read_address(p, at, &ident)))
		return NULL;
	if (!read_bare_address(at != NULL ? at + 1 : p, end, client))
		return NULL;
	return skip_blanks(end + 1);
}

static bool
is_at_by(const char *p)
{
	return is_word(p, word_end(p), "by") && has_one_by(p);
}

/* From the first comment on: "(HELO WORD) (ADDRESS) by". */
static bool
read_helo_form(const char *p, struct ip *client, const char **helo, struct pool *pool)
{
	const char *word;

	if (strncmp(p, "(HELO", strlen("(HELO")) != 0)
		return false;
	p += strlen("(HELO");
	word = skip_blanks(p);
	if (word == p)
		return false;
	p = read_said(word, helo, pool);
	if (p != NULL)
		p = read_seen(p, client);
	return p != NULL && is_at_by(p);
}

/* "([ADDRESS:PORT] helo=WORD) by", whatever the address. */
static bool
read_port_form(const char *p, struct ip *client, const char **helo, struct pool *pool)
{
	const char *end;

	if (p[0] != '(' || p[1] != '[')
		return false;
	end = plain_end(++p);
	if (!read_address_port(p, end, client))
		return false;
	p = skip_blanks(end);
	if (strncmp(p, "helo=", strlen("helo=")) != 0)
		return false;
	p = read_said(p + strlen("helo="), helo, pool);
	return p != NULL && is_at_by(p);
}

/* The forms of relays, then those of all. */
static bool
read_relay_field(
    const char *value, struct ip *client, const char **helo, struct pool *pool)
{
	const char *name, *name_end, *p = read_from(value, &name, &name_end);
	struct ip named, whole;

	if (p != NULL && read_helo_form(p, client, helo, pool))
		return true;
	if (p != NULL && *name == '[' && read_bare_address(name, name_end, &named) &&
	    read_port_form(p, client, helo, pool) && ip_is_equal(&named, client))
		/* "[2001:db8::1:2525]" may be an address without a port. */
		return !read_address(p + 1, plain_end(p + 1), &whole);
	return received_client(value, client, helo, pool);
}

/*
 * "(qmail 1234 invoked from network); 30 Nov 2026 10:00:00 -0000": qmail-queue, called by
 * qmail-smtpd, whose field is the next one.
 */
static bool
is_qmail_queue(const char *p)
{
	static const char start[] = "(qmail ", end[] = " invoked from network); ";
	size_t digits;

	p = skip_blanks(p);
	if (strncmp(p, start, sizeof start - 1) != 0)
		return false;
	p += sizeof start - 1;
	digits = strspn(p, "0123456789");
	return digits > 0 && strncmp(p + digits, end, sizeof end - 1) == 0 &&
	       strpbrk(p + digits + sizeof end - 1, "()") == NULL;
}

enum received_hop
received_relay_hop(
    const char *value, struct ip *client, const char **helo, struct pool *pool)
{
	if (is_qmail_queue(value))
		return RECEIVED_SAME_HOST;
	if (!read_relay_field(value, client, helo, pool))
		return RECEIVED_UNREADABLE;
	return ip_is_loopback(client) ? RECEIVED_SAME_HOST : RECEIVED_CLIENT;
}

struct received_own
received_relay_own(
    const struct header_list *headers, const struct netlist *trusted, struct pool *pool)
{
	struct received_own own = { .any = false };

	for (size_t i = 0; i < headers->count; i++) {
		const struct header_field *field = &headers->fields[i];
		enum received_hop hop;
		struct ip client;

		if (!header_field_is(field, "Received"))
			continue;
		own.any = true;
		own.last = i;
		own.helo = NULL;
		hop = received_relay_hop(field->value, &client, &own.helo, pool);
		if (hop == RECEIVED_SAME_HOST)
			continue;
		if (hop == RECEIVED_UNREADABLE)
			own.helo = NULL;
		else
			own.from_outside = !netlist_has(trusted, &client);
		break;
	}
	return own;
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
		switch (
		    received_relay_hop(field->value, &relay.client, &relay.helo, pool)) {
		case RECEIVED_UNREADABLE:
			return not_found("a Received field of a relay cannot be read");
		case RECEIVED_SAME_HOST:
			break;
		case RECEIVED_CLIENT:
			if (!netlist_has(trusted, &relay.client))
				return relay;
		}
	}
	return not_found("no Received field names a client outside TrustedRelays");
}
