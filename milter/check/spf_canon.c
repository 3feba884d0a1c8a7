#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/netlist.h"
#include "base/pool.h"
#include "check/spf_canon.h"
#include "mail/spf_record.h"

/* Ten are allowed in all (RFC 7208 section 4.6.4): the next one ends in an error. */
#define LOOKUPS_MAX 11

/* Digits and the dot behind them. */
static bool
read_number(const char **text, size_t *number)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	*number = strtoul(*text, &end, 10);
	if (*end != '.')
		return false;
	*text = end + 1;
	return true;
}

bool
spf_canon_read(const char *text, struct spf_token *token)
{
	*token = (struct spf_token){ 0 };
	if (!read_number(&text, &token->frame) || !read_number(&text, &token->term))
		return false;
	token->is_host = read_number(&text, &token->host);
	return strcmp(text, "spf") == 0;
}

const char *
spf_canon_host(const struct spf_token *token, size_t host, struct pool *pool)
{
	return pool_printf(pool, "%zu.%zu.%zu.spf", token->frame, token->term, host);
}

static void
put_all(struct buf *b, const struct spf_term *term)
{
	buf_putc(b, ' ');
	buf_putc(b, term->qualifier);
	buf_puts(b, "all");
}

/* A network that holds the client.  libspf2 takes no /0: that is what all means. */
static void
put_network(struct buf *b, const struct spf_term *term)
{
	char address[IP_TEXT_SIZE];

	if (term->network.prefix == 0) {
		put_all(b, term);
		return;
	}
	buf_printf(b, " %cip%d:%s/%u", term->qualifier,
	    term->kind == SPF_TERM_IP4 ? 4 : 6, ip_format(&term->network.ip, address),
	    term->network.prefix);
}

/* The prefix length for the client's family, where it is neither whole nor 0. */
static void
put_prefix(struct buf *b, const struct spf_term *term, const struct ip *client)
{
	if (term->kind != SPF_TERM_A && term->kind != SPF_TERM_MX)
		return;
	if (client->family == IP_V4 && term->prefix4 > 0 && term->prefix4 < 32)
		buf_printf(b, "/%u", term->prefix4);
	if (client->family == IP_V6 && term->prefix6 > 0 && term->prefix6 < 128)
		buf_printf(b, "//%u", term->prefix6);
}

/* ptr is what exists is once its names are looked at: found or not. */
static const char *
lookup_name(enum spf_term_kind kind)
{
	switch (kind) {
	case SPF_TERM_INCLUDE:
		return "include:";
	case SPF_TERM_A:
		return "a:";
	case SPF_TERM_MX:
		return "mx:";
	default:
		return "exists:";
	}
}

/* Returns whether the record goes on behind the term. */
static bool
put_mechanism(struct buf *b, const struct spf_term *term, const struct spf_token *token,
    const struct ip *client)
{
	if (spf_record_is_lookup(term)) {
		buf_printf(b, " %c%s%zu.%zu.spf", term->qualifier,
		    lookup_name(term->kind), token->frame, token->term);
		put_prefix(b, term, client);
		return true;
	}
	if (term->kind == SPF_TERM_ALL) {
		put_all(b, term);
		return false;
	}
	if (!netlist_covers(&term->network, client))
		return true;
	put_network(b, term);
	return false;
}

const char *
spf_canon_record(const struct spf_record *record, size_t number, const struct ip *client,
    struct pool *pool)
{
	struct spf_token token = { .frame = number };
	size_t lookups = 0;
	char text[512];
	struct buf b;

	buf_init(&b, text, sizeof text);
	buf_puts(&b, "v=spf1");
	for (; token.term < record->count && lookups < LOOKUPS_MAX; token.term++) {
		const struct spf_term *term = &record->terms[token.term];

		if (term->qualifier == '\0')
			continue;
		if (!put_mechanism(&b, term, &token, client))
			return pool_strdup(pool, text);
		lookups += spf_record_is_lookup(term);
	}
	if (record->redirect != NULL && lookups < LOOKUPS_MAX)
		buf_printf(&b, " redirect=%zu.%zu.spf", number,
		    (size_t)(record->redirect - record->terms));
	return pool_strdup(pool, text);
}
