#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "check/body_hash.h"
#include "check/dkim.h"
#include "check/dkim_judge.h"
#include "check/dkim_key.h"
#include "check/header_hash.h"
#include "check/header_hash_strict.h"
#include "dns/questions.h"
#include "dns/rdata.h"
#include "mail/address.h"
#include "mail/dkim_field.h"
#include "mail/dkim_tags.h"
#include "mail/tag_list.h"

/* Signatures that are told of; the rest is counted. */
#define LISTED_MAX HEADER_HASHES_MAX
#define ODD_NAMES_MAX 20
#define B_START_MIN 8 /* RFC 6008 section 4 */
#define B_START_MAX 64
#define KEY_BITS_FLOOR 1024 /* RFC 8301 section 3.2 */
/* Of several keys at a selector, beside the first: what one message may cost. */
#define MORE_KEYS_MAX 20

struct dkim_lib {
	struct header_hash_lib *header_hashes;
	struct dkim_lib_options options;
	struct dkim_key_cache *keys;
};

struct item {
	struct dkim_signature signature;
	struct header_hash header_hash;
	struct dkim_field *field; /* of fields, or NULL */
	bool chosen;
	bool strict; /* header_hash is that of header_hash_strict.h */
};

/* Names of fields; once there are more, it may be any. */
struct odd_names {
	const char *names[ODD_NAMES_MAX];
	size_t count;
};

struct dkim_check {
	struct dkim_lib *lib;
	struct questions *questions;
	struct pool *pool;
	time_t now;
	const char *withheld; /* why none is looked at, or NULL */
	struct dkim_field *fields, **last;
	struct odd_names odd_spaces, odd_lines; /* see dkim_field_oddity() */
	struct item *items[LISTED_MAX];
	size_t count;                /* of items */
	size_t total;                /* of signature fields */
	int early;                   /* keys asked for before the header ended */
	int more_keys;               /* of MORE_KEYS_MAX, what is left */
	struct body_hash *hashes[2]; /* by enum dkim_canonicalization */
};

struct dkim_lib *
dkim_lib_open(const struct dkim_lib_options *options, char *why, size_t whysize)
{
	struct header_hash_lib *header_hashes;
	struct dkim_lib *lib;

	/* A provider that openssl.cnf names takes the place of OpenSSL's own. */
	if (!body_hash_is_possible() || !dkim_key_is_possible()) {
		snprintf(why, whysize,
		    "OpenSSL has no SHA-256 or no RSA: see the providers in its "
		    "openssl.cnf");
		return NULL;
	}
	header_hashes = header_hash_open(why, whysize);
	if (header_hashes == NULL)
		return NULL;
	lib = mem_alloc(sizeof *lib);
	lib->header_hashes = header_hashes;
	lib->options = *options;
	if (lib->options.minimum_key_bits < KEY_BITS_FLOOR)
		lib->options.minimum_key_bits = KEY_BITS_FLOOR;
	lib->keys = dkim_key_cache_new(options->key_cache_entries);
	return lib;
}

void
dkim_lib_close(struct dkim_lib *lib)
{
	if (lib == NULL)
		return;
	header_hash_close(lib->header_hashes);
	dkim_key_cache_free(lib->keys);
	free(lib);
}

struct dkim_check *
dkim_check_begin(struct dkim_lib *lib, struct questions *q, time_t now, struct pool *pool)
{
	struct dkim_check *c = pool_alloc(pool, sizeof *c);

	c->lib = lib;
	c->questions = q;
	c->now = now;
	c->pool = pool;
	c->last = &c->fields;
	c->more_keys = MORE_KEYS_MAX;
	return c;
}

static bool
is_open(const struct item *item)
{
	return item->signature.result == DKIM_NONE;
}

/* That of rsa-sha1 too: as long as no answer can be had, a signature is a temperror. */
static bool
wants_key(const struct item *item)
{
	return is_open(item) || item->signature.sha1;
}

static void
close_item(struct item *item, enum dkim_result result, const char *reason)
{
	item->signature.result = result;
	item->signature.reason = reason;
	item->signature.sha1 = false;
}

static void
begin_key(struct dkim_check *c, const struct item *item)
{
	if (wants_key(item) && c->withheld == NULL)
		questions_begin(c->questions, item->signature.key_name, DNS_TXT);
}

static void
add_signature(struct dkim_check *c, const char *name, const char *value)
{
	struct item *item;

	if (c->total++ >= LISTED_MAX)
		return;
	item = c->items[c->count++] = pool_alloc(c->pool, sizeof *item);
	item->signature = dkim_tags_signature(value, c->pool);
	item->header_hash.signature = &item->signature;
	dkim_tags_hold_against(&item->signature, c->now);
	/* The library refuses such a field, and then counts other signatures than we. */
	if (is_open(item) && strchr(name, '\t') != NULL)
		close_item(item, DKIM_NEUTRAL, "cannot be checked: TAB after the name");
	if (wants_key(item) && c->early < c->lib->options.maximum_signatures) {
		c->early++;
		begin_key(c, item);
	}
}

static struct dkim_field *
add_field(struct dkim_check *c, const char *name, const char *value)
{
	struct dkim_field *field = pool_alloc(c->pool, sizeof *field);

	field->text = dkim_field_text(name, value, &field->len, c->pool);
	*c->last = field;
	c->last = &field->next;
	return field;
}

static void
add_odd_name(struct odd_names *odd, const char *name, struct pool *pool)
{
	if (odd->count++ < ODD_NAMES_MAX)
		odd->names[odd->count - 1] =
		    pool_strndup(pool, name, strcspn(name, " \t"));
}

void
dkim_check_header(struct dkim_check *c, const char *name, const char *value)
{
	struct dkim_field *field;
	bool signature = dkim_field_is_signature(name);
	enum dkim_oddity oddity;

	if (signature) {
		add_signature(c, name, value);
		/* Only what is vetted reaches the library. */
		if (c->total > c->count || !is_open(c->items[c->count - 1]))
			return;
	}
	if (c->withheld != NULL)
		return;
	field = add_field(c, name, value);
	if (signature)
		c->items[c->count - 1]->field = field;
	oddity = dkim_field_oddity(value);
	if (oddity != DKIM_PLAIN)
		add_odd_name(oddity == DKIM_ODD_SPACE ? &c->odd_spaces : &c->odd_lines,
		    name, c->pool);
}

void
dkim_check_withhold(struct dkim_check *c, const char *reason)
{
	c->withheld = reason;
}

static void
close_all(struct dkim_check *c, enum dkim_result result, const char *reason)
{
	for (size_t i = 0; i < c->count; i++) {
		if (is_open(c->items[i]) || result == DKIM_POLICY)
			close_item(c->items[i], result, reason);
	}
}

/* Does h= name a field of ${odd}? */
static bool
is_signed(const struct odd_names *odd, const struct dkim_signature *s)
{
	for (size_t i = 0; i < odd->count && i < ODD_NAMES_MAX; i++) {
		if (tag_list_names(s->fields, odd->names[i]))
			return true;
	}
	return odd->count > ODD_NAMES_MAX;
}

static void
use_hash(struct dkim_check *c, struct item *item)
{
	struct header_hash *hash = &item->header_hash;

	if (!is_open(item))
		return;
	if (hash->reason != NULL)
		close_item(item, hash->result, hash->reason);
	else if (item->signature.header_canon == DKIM_RELAXED &&
		 is_signed(&c->odd_spaces, &item->signature))
		item->strict = header_hash_strict_replace(hash, c->fields, item->field);
}

static void
hash_header(struct dkim_check *c)
{
	struct header_hash *wanted[LISTED_MAX];
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++) {
		if (is_open(c->items[i]))
			wanted[count++] = &c->items[i]->header_hash;
	}
	if (count == 0)
		return;
	if (!header_hash_ask(c->lib->header_hashes, c->fields, wanted, count))
		close_all(c, DKIM_TEMPERROR, "libopendkim failed");
	for (size_t i = 0; i < c->count; i++)
		use_hash(c, c->items[i]);
}

/* The body is hashed only for signatures that may still pass. */
static void
want_body(struct dkim_check *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct dkim_signature *s = &c->items[i]->signature;
		struct body_hash **hash = &c->hashes[s->body_canon];

		if (!is_open(c->items[i]))
			continue;
		if (*hash == NULL)
			*hash = body_hash_new(s->body_canon);
		if (s->has_length)
			body_hash_want(*hash, s->length);
	}
}

/* Can a pass of ${item} align with ${author} (NULL: unknown)?  Without DNS. */
static bool
is_near(const struct item *item, const char *author)
{
	const char *domain = item->signature.domain;

	return author != NULL &&
	       (address_is_within(domain, author) || address_is_within(author, domain));
}

/* Give places, from the top, to those that are open or not, near or not. */
static int
choose_some(struct dkim_check *c, int places, bool open, const char *author)
{
	for (size_t i = 0; i < c->count && places > 0; i++) {
		struct item *item = c->items[i];

		if (item->chosen || !wants_key(item) || is_open(item) != open ||
		    (author != NULL && !is_near(item, author)))
			continue;
		item->chosen = true;
		places--;
	}
	return places;
}

/*
 * MaximumSignatures: what forwarders put on top must not push out the author's own.
 * Those of rsa-sha1 come last: they can never pass.
 */
static void
choose(struct dkim_check *c, const char *author)
{
	int places = c->lib->options.maximum_signatures;

	if (author != NULL)
		places = choose_some(c, places, true, author);
	places = choose_some(c, places, true, NULL);
	if (author != NULL)
		places = choose_some(c, places, false, author);
	choose_some(c, places, false, NULL);
	for (size_t i = 0; i < c->count; i++) {
		struct item *item = c->items[i];

		if (item->chosen || !wants_key(item))
			continue;
		if (item->field != NULL)
			item->field->skipped = true;
		close_item(item, DKIM_POLICY, "more than MaximumSignatures");
	}
}

void
dkim_check_eoh(struct dkim_check *c, const char *author)
{
	if (c->withheld != NULL)
		close_all(c, DKIM_POLICY, c->withheld);
	choose(c, author);
	/* Where Prefetch is no, none is under way: all at once, or slow ones of a sender
	 * would keep the author's waiting until the deadline. */
	for (size_t i = 0; i < c->count; i++)
		begin_key(c, c->items[i]);
	hash_header(c);
	want_body(c);
}

void
dkim_check_body(struct dkim_check *c, const unsigned char *data, size_t len)
{
	for (size_t i = 0; i < 2; i++) {
		if (c->hashes[i] != NULL)
			body_hash_piece(c->hashes[i], data, len);
	}
}

/*
 * A pass and a fail are only as good as the header hash.  Where that may be another than
 * RFC 6376's, neither is said; nor is a fail where the signer's may be.
 */
static const char *
doubt(const struct dkim_check *c, const struct item *item, enum dkim_result result)
{
	const struct dkim_signature *s = &item->signature;

	if (result == DKIM_FAIL && tag_list_names(s->fields, "DKIM-Signature"))
		return "cannot be checked: h= names DKIM-Signature";
	if (s->header_canon != DKIM_RELAXED || result == DKIM_PERMERROR ||
	    result == DKIM_TEMPERROR)
		return NULL;
	if (is_signed(&c->odd_lines, s))
		return "cannot be checked: control characters in a signed field";
	if (!is_signed(&c->odd_spaces, s))
		return NULL;
	if (!item->strict)
		return "cannot be checked: control characters in a signed field";
	/* OpenDKIM, rspamd and others sign VT and FF as white space. */
	return result == DKIM_FAIL ? "cannot be checked: VT or FF in a signed field can "
				     "be read in two ways"
				   : NULL;
}

static struct dkim_evidence
judge(struct dkim_check *c, const struct item *item)
{
	const struct dkim_signature *s = &item->signature;
	struct dkim_evidence ev;
	const char *why;

	if (!wants_key(item))
		return (struct dkim_evidence){ .result = s->result, .reason = s->reason };
	ev = dkim_judge_case(
	    &(struct dkim_case){
		.signature = s,
		.header_hash = item->header_hash.value,
		.answer = questions_ask(c->questions, s->key_name, DNS_TXT),
		.body = c->hashes[s->body_canon],
		.minimum_key_bits = c->lib->options.minimum_key_bits,
		.more_keys = &c->more_keys,
	    },
	    c->lib->keys, c->pool);
	why = doubt(c, item, ev.result);
	if (why != NULL) {
		ev.result = DKIM_NEUTRAL;
		ev.reason = why;
	}
	return ev;
}

/* As many characters as tell it from the others (RFC 6008 section 4). */
static const char *
b_start(const struct dkim_check *c, size_t self)
{
	const char *b = c->items[self]->signature.b;
	size_t need = B_START_MIN;

	for (size_t i = 0; i < c->count; i++) {
		const char *other = c->items[i]->signature.b;
		size_t same = 0;

		while (i != self && same < B_START_MAX && b[same] != '\0' &&
		       b[same] == other[same])
			same++;
		if (same >= need)
			need = same + 1;
	}
	return pool_strndup(
	    c->pool, b, strnlen(b, need < B_START_MAX ? need : B_START_MAX));
}

const struct dkim_evidence *
dkim_check_end(struct dkim_check *c, size_t *count)
{
	struct dkim_evidence *list = pool_alloc(c->pool, (c->count + 1) * sizeof *list);

	for (size_t i = 0; i < 2; i++) {
		if (c->hashes[i] != NULL)
			body_hash_end(c->hashes[i]);
	}
	for (size_t i = 0; i < c->count; i++) {
		const struct dkim_signature *s = &c->items[i]->signature;

		list[i] = judge(c, c->items[i]);
		list[i].domain = s->domain;
		list[i].selector = s->selector;
		list[i].algorithm = s->algorithm;
		list[i].b_start = b_start(c, i);
	}
	if (c->total > c->count)
		list[c->count - 1].reason = pool_printf(c->pool,
		    "%zu signatures, of which this is the last that is listed", c->total);
	*count = c->count;
	return list;
}

void
dkim_check_free(struct dkim_check *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < 2; i++)
		body_hash_free(c->hashes[i]);
}
