#include <string.h>

#include "base/pool.h"
#include "check/body_hash.h"
#include "check/dkim_judge.h"
#include "check/dkim_key.h"
#include "dns/rdata.h"

static void
set(struct dkim_evidence *ev, enum dkim_result result, const char *reason)
{
	ev->result = result;
	ev->reason = reason;
}

/* The text of the key record (section 6.1.2); NULL: there is none to be had. */
static const char *
key_text(const struct dns_answer *answer, size_t *len, struct dkim_evidence *ev,
    struct pool *pool)
{
	const char *text = NULL;

	if (answer->too_large) /* and will be when the message comes again */
		set(ev, DKIM_PERMERROR, "the key record is too large");
	else if (answer->status == DNS_TEMPFAIL)
		set(ev, DKIM_TEMPERROR, "no answer for the key");
	else if (answer->status == DNS_BOGUS)
		set(ev, DKIM_TEMPERROR, "DNSSEC says that the key is forged");
	else if (answer->status != DNS_FOUND || answer->count == 0)
		set(ev, DKIM_PERMERROR, "there is no key");
	else if (answer->count > 1)
		set(ev, DKIM_PERMERROR, "there are several key records");
	else if ((text = rdata_txt(&answer->records[0], len, pool)) == NULL)
		set(ev, DKIM_PERMERROR, "the key record is malformed");
	return text;
}

/* May this key be used for this signature? */
static bool
judge_key(const struct dkim_case *c, const struct dkim_key *key, struct dkim_evidence *ev,
    struct pool *pool)
{
	if (dkim_key_reason(key) != NULL)
		set(ev, DKIM_PERMERROR, dkim_key_reason(key));
	else if (dkim_key_type(key) != c->signature->key_type)
		set(ev, DKIM_PERMERROR, "k= of the key does not fit a=");
	else if (dkim_key_is_no_subdomain(key) && c->signature->subdomain)
		set(ev, DKIM_PERMERROR, "the key forbids i= in a subdomain");
	else if (dkim_key_type(key) == DKIM_RSA &&
		 dkim_key_bits(key) < c->minimum_key_bits)
		set(ev, DKIM_POLICY,
		    pool_printf(pool, "the key has %d bits, %d are asked for",
			dkim_key_bits(key), c->minimum_key_bits));
	else
		return true;
	return false;
}

/* Is the body the one that was signed?  ${whole}: all of it. */
static bool
judge_body(const struct dkim_case *c, bool *whole, struct dkim_evidence *ev)
{
	const struct dkim_signature *s = c->signature;
	uint64_t length;
	const unsigned char *hash = body_hash_whole(c->body, &length);

	*whole = !s->has_length || s->length == length;
	if (s->has_length)
		hash = body_hash_first(c->body, s->length);
	if (hash == NULL) /* section 3.5, l= */
		set(ev, DKIM_PERMERROR, "l= is more than the body has");
	else if (memcmp(hash, s->body_hash, DKIM_HASH_SIZE) != 0)
		set(ev, DKIM_FAIL, "the body was changed");
	else
		return true;
	return false;
}

static void
judge_with_key(const struct dkim_case *c, const struct dkim_key *key,
    struct dkim_evidence *ev, struct pool *pool)
{
	const struct dkim_signature *s = c->signature;
	bool whole;

	ev->key_bits = dkim_key_bits(key);
	ev->testing = dkim_key_is_testing(key);
	/* The body before the mathematics: it costs nothing more. */
	if (!judge_key(c, key, ev, pool) || !judge_body(c, &whole, ev))
		return;
	if (!dkim_key_verify(key, c->header_hash, s->signature, s->signature_len))
		set(ev, DKIM_FAIL,
		    "the signed header fields were changed, or another key");
	else if (!whole) /* section 8.2: what follows could be anybody's */
		set(ev, DKIM_POLICY, "l= does not cover the whole body");
	else
		set(ev, DKIM_PASS, NULL);
}

struct dkim_evidence
dkim_judge_case(const struct dkim_case *c, struct dkim_key_cache *keys, struct pool *pool)
{
	struct dkim_evidence ev = { .dns_sec =
					c->answer->secure ? DNS_SEC_YES : DNS_SEC_NO };
	const struct dkim_key *key;
	const char *text;
	size_t len;

	text = key_text(c->answer, &len, &ev, pool);
	if (text == NULL)
		return ev;
	if (c->signature->result != DKIM_NONE) {
		set(&ev, c->signature->result, c->signature->reason);
		return ev;
	}
	key = dkim_key_get(keys, text, len);
	judge_with_key(c, key, &ev, pool);
	dkim_key_put(keys, key);
	return ev;
}
