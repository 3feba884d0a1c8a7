#include <string.h>

#include "base/hash.h"
#include "base/pool.h"
#include "check/body_hash.h"
#include "check/dkim_key.h"
#include "ctl/audit/answer_text.h"
#include "ctl/audit/ask.h"
#include "ctl/audit/ask_key.h"
#include "ctl/audit/facts.h"
#include "dns/questions.h"
#include "dns/rdata.h"

/* Where a key often is, if nobody says where. */
static const char *const customary[] = { "default", "dkim", "mail", "google", "selector1",
	"selector2", "k1", "k2", "k3", "s1", "s2", "mx" };
#define CUSTOMARY (sizeof customary / sizeof customary[0])

static const char *
key_name(struct ask *a, const char *selector)
{
	return pool_printf(a->pool, "%s._domainkey.%s", selector, a->facts->domain);
}

/* The ${i}th selector to look at; NULL: no more. */
static const char *
selector_at(
    const struct plan_domain *d, const struct wordlist *earlier, size_t i, bool *guessed)
{
	size_t known = earlier != NULL ? earlier->count : 0;

	*guessed = d->selectors.count == 0;
	if (!*guessed)
		return i < d->selectors.count ? d->selectors.words[i] : NULL;
	if (i < known)
		return earlier->words[i];
	return i - known < CUSTOMARY ? customary[i - known] : NULL;
}

void
ask_key_begin(
    struct ask *a, const struct plan_domain *domain, const struct wordlist *earlier)
{
	const char *selector;
	bool guessed;

	for (size_t i = 0; (selector = selector_at(domain, earlier, i, &guessed)) != NULL;
	     i++)
		questions_begin(a->q, key_name(a, selector), DNS_TXT);
}

/* The hash of the key itself: however its record is written, it is the same key. */
static const char *
hash_of(struct ask *a, const char *text, size_t len)
{
	struct dkim_key_record record = dkim_tags_key(text, len, a->pool);
	unsigned char hash[DKIM_HASH_SIZE];

	if (record.key == NULL)
		return NULL;
	body_hash_octets((const char *)record.key, record.key_len, hash);
	return answer_text_hex(hash, sizeof hash, a->pool);
}

/* As a verifier would: what is no key does not count. */
static bool
take_key(struct ask *a, struct facts_key *k, const char *text, size_t len)
{
	const struct dkim_key *key = dkim_key_get(a->options->keys, text, len);
	const struct dkim_key_record *record = dkim_key_record(key);

	if (!record->no_key) {
		k->found = true;
		k->usable = record->reason == NULL;
		k->reason = record->reason;
		k->revoked = record->revoked;
		k->testing = record->testing;
		k->type = record->type;
		k->bits = dkim_key_bits(key);
		k->hash = hash_of(a, text, len);
	} else if (k->reason == NULL) {
		k->reason = record->reason;
	}
	dkim_key_put(a->options->keys, key);
	return k->usable;
}

static void
read_keys(struct ask *a, struct facts_key *k, const struct dns_answer *answer)
{
	size_t len;

	for (size_t i = 0; i < answer->count; i++) {
		const char *text = rdata_txt(&answer->records[i], &len, a->pool);

		if (text != NULL && take_key(a, k, text, len))
			return;
	}
}

/* What any name answers, by a wildcard, is no key that a selector has of its own. */
static bool
is_wildcard(const struct facts *f, const struct facts_key *k)
{
	const struct facts_key *w = &f->keys[0];

	if (f->key_count == 0 || strcmp(w->selector, "*") != 0 || !k->guessed)
		return false;
	return k->found && k->revoked == w->revoked &&
	       (k->hash == w->hash ||
		   (k->hash != NULL && w->hash != NULL && strcmp(k->hash, w->hash) == 0));
}

/* A name that nobody made: what answers there is a wildcard. */
static const char *
random_label(struct ask *a)
{
	uint32_t hash = hash_text(HASH_START, a->facts->domain);

	hash = hash_octets(hash, (const char *)&a->options->now, sizeof a->options->now);
	return pool_printf(a->pool, "x%08xq", hash);
}

static void
ask_wildcard(struct ask *a)
{
	struct facts *f = a->facts;
	struct facts_key *k = &f->keys[0];

	*k = (struct facts_key){ .selector = "*", .guessed = true };
	read_keys(a, k, ask_lookup(a, key_name(a, random_label(a)), DNS_TXT, &k->lookup));
	f->wildcard = k->lookup;
	f->key_count = k->found;
}

static bool
is_known(const struct facts *f, const char *selector)
{
	for (size_t i = 0; i < f->key_count; i++) {
		if (strcmp(f->keys[i].selector, selector) == 0)
			return true;
	}
	return false;
}

/* A guess that finds nothing is no finding. */
static bool
is_worth_keeping(const struct facts_key *k)
{
	return !k->guessed || k->found || ask_has_failed(&k->lookup);
}

void
ask_key_all(
    struct ask *a, const struct plan_domain *domain, const struct wordlist *earlier)
{
	struct facts *f = a->facts;
	const char *selector;
	bool guessed;

	f->keys =
	    pool_alloc(a->pool, (1 + domain->selectors.count +
				    (earlier != NULL ? earlier->count : 0) + CUSTOMARY) *
				    sizeof *f->keys);
	ask_lookup(
	    a, pool_printf(a->pool, "_domainkey.%s", f->domain), DNS_TXT, &f->domainkey);
	ask_wildcard(a);
	for (size_t i = 0; (selector = selector_at(domain, earlier, i, &guessed)) != NULL;
	     i++) {
		struct facts_key *k = &f->keys[f->key_count];

		if (is_known(f, selector))
			continue;
		*k = (struct facts_key){ .selector = pool_strdup(a->pool, selector),
			.guessed = guessed };
		read_keys(
		    a, k, ask_lookup(a, key_name(a, selector), DNS_TXT, &k->lookup));
		f->key_count += is_worth_keeping(k) && !is_wildcard(f, k);
	}
}
