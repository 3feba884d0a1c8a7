#include <string.h>

#include "base/pool.h"
#include "mail/address.h"
#include "mail/dkim_tags.h"
#include "mail/tag_list.h"

#define SHA1_SIZE 20

/* A list that is being taken over tag by tag. */
struct reading {
	struct dkim_signature *signature;
	struct dkim_key_record *key;
	const char *identity; /* domain of i=, normal form; NULL */
	struct pool *pool;
};

struct tag_reader {
	const char *name;
	const char *missing; /* the error if it is; NULL: it may be */
	const char *(*read)(struct reading *r, const struct tag *tag); /* the error */
};

/* Is ${word} one of the values between colons? */
static bool
value_has(const struct tag *tag, const char *word, struct pool *pool)
{
	return tag_list_names(tag_list_squeeze(tag, pool), word);
}

static const char *
read_sig_v(struct reading *r, const struct tag *tag)
{
	(void)r;
	return tag_list_is(tag, "1") ? NULL : "v= is not 1";
}

static const char *
read_sig_a(struct reading *r, const struct tag *tag)
{
	r->signature->algorithm = tag_list_squeeze(tag, r->pool);
	r->signature->sha1 = tag_list_is(tag, "rsa-sha1");
	if (r->signature->sha1 || tag_list_is(tag, "rsa-sha256"))
		r->signature->key_type = DKIM_RSA;
	else if (tag_list_is(tag, "ed25519-sha256"))
		r->signature->key_type = DKIM_ED25519;
	else
		return "a= is not known";
	return NULL;
}

static const char *
read_sig_b(struct reading *r, const struct tag *tag)
{
	struct dkim_signature *s = r->signature;

	s->b = tag_list_squeeze(tag, r->pool);
	s->signature = tag_list_base64(tag, &s->signature_len, r->pool);
	return s->signature != NULL ? NULL : "b= is not base64";
}

static const char *
read_sig_bh(struct reading *r, const struct tag *tag)
{
	size_t len;
	const unsigned char *hash = tag_list_base64(tag, &len, r->pool);

	if (hash == NULL || len != (r->signature->sha1 ? SHA1_SIZE : DKIM_HASH_SIZE))
		return "bh= is not a hash of the kind in a=";
	memcpy(r->signature->body_hash, hash, len);
	return NULL;
}

static const char *
read_sig_c(struct reading *r, const struct tag *tag)
{
	static const struct {
		const char *word;
		enum dkim_canonicalization header, body;
	} rows[] = {
		{ "simple", DKIM_SIMPLE, DKIM_SIMPLE },
		{ "simple/simple", DKIM_SIMPLE, DKIM_SIMPLE },
		{ "simple/relaxed", DKIM_SIMPLE, DKIM_RELAXED },
		{ "relaxed", DKIM_RELAXED, DKIM_SIMPLE },
		{ "relaxed/simple", DKIM_RELAXED, DKIM_SIMPLE },
		{ "relaxed/relaxed", DKIM_RELAXED, DKIM_RELAXED },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (tag_list_is(tag, rows[i].word)) {
			r->signature->header_canon = rows[i].header;
			r->signature->body_canon = rows[i].body;
			return NULL;
		}
	}
	return "c= is not known";
}

static const char *
read_sig_d(struct reading *r, const struct tag *tag)
{
	const char *domain = address_domain(tag->value, tag->value_len, r->pool);

	if (domain == NULL)
		return "d= is not a domain";
	r->signature->domain = domain;
	return NULL;
}

static const char *
read_sig_h(struct reading *r, const struct tag *tag)
{
	r->signature->fields = tag_list_squeeze(tag, r->pool);
	if (!tag_list_names(r->signature->fields, "from"))
		return "h= does not name From";
	return NULL;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* dkim-quoted-printable of section 2.11, in place. */
static size_t
decode_quoted_printable(char *text)
{
	size_t n = 0;

	for (size_t i = 0; text[i] != '\0'; i++) {
		int high = text[i] == '=' ? hex_digit(text[i + 1]) : -1;
		int low = high != -1 ? hex_digit(text[i + 2]) : -1;

		if (low == -1) {
			text[n++] = text[i];
			continue;
		}
		text[n++] = (char)(high * 16 + low);
		i += 2;
	}
	return n;
}

static const char *
read_sig_i(struct reading *r, const struct tag *tag)
{
	char *text = tag_list_squeeze(tag, r->pool);
	size_t len = decode_quoted_printable(text);
	size_t at = len;

	/* The last @: a quoted local part may hold others. */
	while (at > 0 && text[at - 1] != '@')
		at--;
	if (at > 0)
		r->identity = address_domain(text + at, len - at, r->pool);
	return r->identity != NULL ? NULL : "i= contains no domain";
}

static const char *
read_sig_l(struct reading *r, const struct tag *tag)
{
	r->signature->has_length = tag_list_number(tag, &r->signature->length);
	return r->signature->has_length ? NULL : "l= is not a number";
}

static const char *
read_sig_q(struct reading *r, const struct tag *tag)
{
	return value_has(tag, "dns/txt", r->pool) ? NULL : "q= is not dns/txt";
}

static const char *
read_sig_s(struct reading *r, const struct tag *tag)
{
	r->signature->selector = tag_list_squeeze(tag, r->pool);
	return address_domain(tag->value, tag->value_len, r->pool) != NULL
		   ? NULL
		   : "s= is not a selector";
}

static const char *
read_sig_t(struct reading *r, const struct tag *tag)
{
	r->signature->has_signed_at = tag_list_number(tag, &r->signature->signed_at);
	return r->signature->has_signed_at ? NULL : "t= is not a time";
}

static const char *
read_sig_x(struct reading *r, const struct tag *tag)
{
	r->signature->has_expires_at = tag_list_number(tag, &r->signature->expires_at);
	return r->signature->has_expires_at ? NULL : "x= is not a time";
}

static const struct tag_reader signature_readers[] = {
	{ "v", "v= is missing", read_sig_v },
	{ "d", "d= is missing", read_sig_d },
	{ "s", "s= is missing", read_sig_s },
	{ "a", "a= is missing", read_sig_a },
	{ "b", "b= is missing", read_sig_b },
	{ "bh", "bh= is missing", read_sig_bh },
	{ "h", "h= is missing", read_sig_h },
	{ "c", NULL, read_sig_c },
	{ "i", NULL, read_sig_i },
	{ "l", NULL, read_sig_l },
	{ "q", NULL, read_sig_q },
	{ "t", NULL, read_sig_t },
	{ "x", NULL, read_sig_x },
};

/* Take over all tags, also behind an error; returns the first error. */
static const char *
read_all(struct reading *r, const struct tag_list *list, const struct tag_reader *readers,
    size_t count)
{
	const char *first = list->error;

	for (size_t i = 0; i < count; i++) {
		const struct tag *tag = tag_list_find(list, readers[i].name);
		const char *error = NULL;

		if (tag != NULL)
			error = readers[i].read(r, tag);
		else
			error = readers[i].missing;
		if (first == NULL)
			first = error;
	}
	return first;
}

/* What no tag shows alone. */
static const char *
judge_together(const struct dkim_signature *s, const char *identity)
{
	if (identity != NULL && !address_is_within(identity, s->domain))
		return "i= is not within d=";
	if (s->has_signed_at && s->has_expires_at && s->expires_at <= s->signed_at)
		return "x= is not after t=";
	if (s->key_name == NULL)
		return "the name of the key is too long";
	return NULL;
}

/*
 * libopendkim takes the b= off before it hashes a signature field, and finds it by
 * the one octet before "=".  What it would take wrongly must not be called a fail.
 */
static bool
is_misread(const struct tag *tag)
{
	if (tag->name[tag->name_len - 1] != 'b')
		return false;
	return tag->name_len == 1 ? tag->space_before_equals : !tag->space_before_equals;
}

/* What is right by the RFC and still cannot be checked here. */
static const char *
judge_readable(const struct dkim_signature *s, const struct tag_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (is_misread(&list->tags[i]))
			return "cannot be checked: a tag that ends in b, or space after "
			       "b";
	}
	if (strlen(s->fields) > DKIM_FIELDS_MAX)
		return "cannot be checked: h= is too long";
	return NULL;
}

struct dkim_signature
dkim_tags_signature(const char *value, struct pool *pool)
{
	struct dkim_signature s = {
		.domain = "", .selector = "", .algorithm = "", .b = "", .fields = ""
	};
	struct reading r = { .signature = &s, .pool = pool };
	struct tag_list list;

	if (strlen(value) > DKIM_FIELD_MAX) {
		s.result = DKIM_POLICY;
		s.reason = "the signature field is too large";
		return s;
	}
	tag_list_split(&list, value, strlen(value));
	s.reason = read_all(&r, &list, signature_readers,
	    sizeof signature_readers / sizeof signature_readers[0]);
	if (s.domain[0] != '\0' && s.selector[0] != '\0') {
		const char *name = pool_join(pool, s.selector, "._domainkey.", s.domain);

		s.key_name = address_domain(name, strlen(name), pool);
	}
	if (s.reason == NULL)
		s.reason = judge_together(&s, r.identity);
	if (s.reason != NULL) {
		s.result = DKIM_PERMERROR;
		s.sha1 = false;
		return s;
	}
	if (s.sha1) {
		s.result = DKIM_PERMERROR;
		s.reason = "rsa-sha1 proves nothing (RFC 8301)";
		return s;
	}
	s.subdomain = r.identity != NULL && strcmp(r.identity, s.domain) != 0;
	s.reason = judge_readable(&s, &list);
	if (s.reason != NULL)
		s.result = DKIM_NEUTRAL;
	return s;
}

void
dkim_tags_hold_against(struct dkim_signature *s, int64_t now)
{
	if (s->result != DKIM_NONE)
		return;
	if (s->has_signed_at && (int64_t)s->signed_at > now + DKIM_EARLY_MAX) {
		s->result = DKIM_PERMERROR;
		s->reason = "t= is in the future";
	} else if (s->has_expires_at && now >= (int64_t)s->expires_at + DKIM_LATE_MAX) {
		s->result = DKIM_POLICY;
		s->reason = "expired";
	}
}

static const char *
read_key_v(struct reading *r, const struct tag *tag)
{
	/* Section 3.6.1: case counts here. */
	if (tag->value_len == 5 && memcmp(tag->value, "DKIM1", 5) == 0)
		return NULL;
	r->key->no_key = true;
	return "v= of the key is not DKIM1";
}

static const char *
read_key_k(struct reading *r, const struct tag *tag)
{
	if (tag_list_is(tag, "ed25519"))
		r->key->type = DKIM_ED25519;
	else if (!tag_list_is(tag, "rsa"))
		return "k= of the key is not known";
	return NULL;
}

static const char *
read_key_h(struct reading *r, const struct tag *tag)
{
	return value_has(tag, "sha256", r->pool) ? NULL
						 : "h= of the key does not allow SHA-256";
}

static const char *
read_key_s(struct reading *r, const struct tag *tag)
{
	return value_has(tag, "email", r->pool) || value_has(tag, "*", r->pool)
		   ? NULL
		   : "the key is not for mail";
}

static const char *
read_key_t(struct reading *r, const struct tag *tag)
{
	r->key->testing = value_has(tag, "y", r->pool);
	r->key->no_subdomain = value_has(tag, "s", r->pool);
	return NULL;
}

static const char *
read_key_p(struct reading *r, const struct tag *tag)
{
	r->key->revoked = tag->value_len == 0;
	if (r->key->revoked)
		return "the key is revoked";
	r->key->key = tag_list_base64(tag, &r->key->key_len, r->pool);
	if (r->key->key != NULL)
		return NULL;
	r->key->no_key = true;
	return "p= of the key is not base64";
}

static const struct tag_reader key_readers[] = {
	{ "v", NULL, read_key_v },
	{ "k", NULL, read_key_k },
	{ "h", NULL, read_key_h },
	{ "s", NULL, read_key_s },
	{ "t", NULL, read_key_t },
	{ "p", "the key record has no p=", read_key_p },
};

struct dkim_key_record
dkim_tags_key(const char *text, size_t len, struct pool *pool)
{
	struct dkim_key_record key = { .type = DKIM_RSA };
	struct reading r = { .key = &key, .pool = pool };
	struct tag_list list;
	const struct tag *v;

	if (len > DKIM_KEY_RECORD_MAX) {
		key.no_key = true;
		key.reason = "the key record is too large";
		return key;
	}
	/* Records that end in ";;" are published, and nothing can be read into it. */
	while (len > 0 && strchr("; \t\r\n", text[len - 1]) != NULL)
		len--;
	tag_list_split(&list, text, len);
	key.reason =
	    read_all(&r, &list, key_readers, sizeof key_readers / sizeof key_readers[0]);
	if (list.error != NULL || tag_list_find(&list, "p") == NULL)
		key.no_key = true;
	v = tag_list_find(&list, "v");
	if (v == NULL || v == &list.tags[0])
		return key;
	key.no_key = true;
	if (key.reason == NULL)
		key.reason = "v= of the key does not come first";
	return key;
}
