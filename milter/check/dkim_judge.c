#include <string.h>

#include "base/pool.h"
#include "check/body_hash.h"
#include "check/dkim_judge.h"
#include "check/dkim_key.h"
#include "dns/rdata.h"

/* An answer may hold thousands of small ones; no selector has so many. */
#define RECORDS_MAX 100

static void
set(struct dkim_evidence *ev, enum dkim_result result, const char *reason)
{
	ev->result = result;
	ev->reason = reason;
}

/* Does the DNS say what stands at the selector (section 6.1.2)? */
static bool
is_answered(const struct dns_answer *answer, struct dkim_evidence *ev)
{
	if (answer->too_large) /* and will be when the message comes again */
		set(ev, DKIM_PERMERROR, "the key record is too large");
	else if (answer->status == DNS_TEMPFAIL)
		set(ev, DKIM_TEMPERROR, "no answer for the key");
	else if (answer->status == DNS_BOGUS)
		set(ev, DKIM_TEMPERROR, "DNSSEC says that the key is forged");
	else if (answer->status != DNS_FOUND || answer->count == 0)
		set(ev, DKIM_PERMERROR, "there is no key");
	else
		return true;
	return false;
}

/* May a key of this record be used for this signature? */
static bool
judge_record(const struct dkim_case *c, const struct dkim_key_record *record,
    struct dkim_evidence *ev)
{
	ev->testing = record->testing;
	if (record->reason != NULL)
		set(ev, DKIM_PERMERROR, record->reason);
	else if (record->type != c->signature->key_type)
		set(ev, DKIM_PERMERROR, "k= of the key does not fit a=");
	else if (record->no_subdomain && c->signature->subdomain)
		set(ev, DKIM_PERMERROR, "the key forbids i= in a subdomain");
	else
		return true;
	return false;
}

static bool
judge_bits(
    const struct dkim_case *c, int bits, struct dkim_evidence *ev, struct pool *pool)
{
	if (c->signature->key_type != DKIM_RSA || bits >= c->minimum_key_bits)
		return true;
	set(ev, DKIM_POLICY,
	    pool_printf(
		pool, "the key has %d bits, %d are required", bits, c->minimum_key_bits));
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
		set(ev, DKIM_FAIL, "the body was changed"); /* EVIDENCE_BODY_CHANGED */
	else
		return true;
	return false;
}

enum judgement {
	UNFIT,   /* this key is not for this signature */
	TRIED,   /* it did not verify */
	SETTLED, /* it did, or no key can */
};

static enum judgement
judge_with_key(const struct dkim_case *c, const struct dkim_key *key,
    struct dkim_evidence *ev, struct pool *pool)
{
	const struct dkim_signature *s = c->signature;
	bool whole, is_body;

	ev->key_bits = dkim_key_bits(key);
	if (!judge_record(c, dkim_key_record(key), ev) ||
	    !judge_bits(c, ev->key_bits, ev, pool))
		return UNFIT;
	is_body = judge_body(c, &whole, ev);
	if (!is_body && ev->result != DKIM_FAIL)
		return SETTLED;
	/* Whose body alone was changed went through a list or a forwarder; a forger has
	 * no signature to put there. */
	if (!dkim_key_verify(key, c->header_hash, s->signature, s->signature_len)) {
		set(ev, DKIM_FAIL,
		    is_body ? "the signed header fields were changed, or another key"
			    : "the body and signed header fields were changed, or "
			      "another key");
		return TRIED;
	}
	if (!is_body)
		return SETTLED;
	if (!whole) /* section 8.2: what follows could be anybody's */
		set(ev, DKIM_POLICY, "l= does not cover the whole body");
	else
		set(ev, DKIM_PASS, NULL);
	return SETTLED;
}

static void
judge_one(const struct dkim_case *c, struct dkim_key_cache *keys,
    struct dkim_evidence *ev, struct pool *pool)
{
	const struct dkim_key *key;
	size_t len;
	const char *text = rdata_txt(&c->answer->records[0], &len, pool);

	if (text == NULL) {
		set(ev, DKIM_PERMERROR, "the key record is malformed");
		return;
	}
	key = dkim_key_get(keys, text, len);
	judge_with_key(c, key, ev, pool);
	dkim_key_put(keys, key);
}

/* What several records come to, one after another. */
struct trial {
	const struct dkim_case *c;
	struct dkim_key_cache *keys;
	struct pool *pool, *scratch;
	struct dkim_evidence first; /* of those that are keys */
	bool has_first;
	int decoded, tried;
};

/*
 * One record of several.  It is decoded, and so cached, only if it may be the one: what
 * else stands there in any number pushes no key out of the cache.
 */
static enum judgement
try_record(struct trial *t, const struct dns_record *found, struct dkim_evidence *ev)
{
	size_t len;
	const char *text = rdata_txt(found, &len, t->scratch);
	struct dkim_key_record record = { .no_key = true };
	const struct dkim_key *key;
	enum judgement judged = UNFIT;

	if (text != NULL)
		record = dkim_tags_key(text, len, t->scratch);
	if (!record.no_key && judge_record(t->c, &record, ev)) {
		if (t->decoded++ > 0)
			--*t->c->more_keys;
		key = dkim_key_get(t->keys, text, len);
		judged = judge_with_key(t->c, key, ev, t->pool);
		record.no_key = dkim_key_record(key)->no_key;
		dkim_key_put(t->keys, key);
	}
	if (!record.no_key && !t->has_first) {
		t->first = *ev;
		t->has_first = true;
	}
	return judged;
}

/*
 * Section 6.1.2 step 4 leaves open which of several is taken; who has forgotten an old
 * one, or has a text of another kind there, still means the mail that the good one
 * signs.  All stand in the signer's own DNS, so each that verifies speaks for it.
 */
static struct dkim_evidence
judge_several(struct trial *t, const struct dkim_evidence *start)
{
	const struct dns_answer *answer = t->c->answer;
	size_t count = answer->count < RECORDS_MAX ? answer->count : RECORDS_MAX;

	for (size_t i = 0; i < count && t->tried < DKIM_KEYS_MAX; i++) {
		struct dkim_evidence ev = *start;
		enum judgement judged;

		if (t->decoded > 0 && *t->c->more_keys <= 0)
			break;
		judged = try_record(t, &answer->records[i], &ev);
		if (judged == SETTLED)
			return ev.result == DKIM_PASS || ev.result == DKIM_POLICY
				   ? ev
				   : t->first;
		t->tried += judged == TRIED;
	}
	if (!t->has_first) {
		t->first = *start;
		set(&t->first, DKIM_PERMERROR, "none of the TXT records is a key");
	}
	return t->first;
}

struct dkim_evidence
dkim_judge_case(const struct dkim_case *c, struct dkim_key_cache *keys, struct pool *pool)
{
	struct dkim_evidence ev = { .dns_sec =
					c->answer->secure ? DNS_SEC_YES : DNS_SEC_NO };
	struct trial t = { .c = c, .keys = keys, .pool = pool };

	if (!is_answered(c->answer, &ev))
		return ev;
	if (c->signature->result != DKIM_NONE) {
		set(&ev, c->signature->result, c->signature->reason);
	} else if (c->answer->count == 1) {
		judge_one(c, keys, &ev, pool);
	} else {
		t.scratch = pool_new();
		ev = judge_several(&t, &ev);
		pool_free(t.scratch);
	}
	return ev;
}
