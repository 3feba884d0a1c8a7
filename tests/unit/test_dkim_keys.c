/* Several TXT records at one selector (RFC 6376 section 6.1.2 step 4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/pool.h"
#include "check/dkim_key.h"
#include "dkim_fixture.h"
#include "resolver_zone.h"

#define OTHERS 3

/* NOLINTBEGIN: the names are the linker's (--wrap) */
const struct dkim_key *__real_dkim_key_get(
    struct dkim_key_cache *cache, const char *text, size_t len);
const struct dkim_key *__wrap_dkim_key_get(
    struct dkim_key_cache *cache, const char *text, size_t len);
/* NOLINTEND */

static int keys_got;

const struct dkim_key *
__wrap_dkim_key_get(struct dkim_key_cache *cache, const char *text, size_t len)
{
	keys_got++;
	return __real_dkim_key_get(cache, text, len);
}

/* The one that signs; one of another kind; one too short; ones that do not fit. */
static struct sign_key good, ed25519, shorter, others[OTHERS];

static int
make_keys(void **state)
{
	(void)state;
	good = sign_key_new(2048);
	ed25519 = sign_key_new(0);
	shorter = sign_key_new(768);
	for (size_t i = 0; i < OTHERS; i++)
		others[i] = sign_key_new(1024);
	return 0;
}

static int
drop_keys(void **state)
{
	(void)state;
	sign_key_clear(&good);
	sign_key_clear(&ed25519);
	sign_key_clear(&shorter);
	for (size_t i = 0; i < OTHERS; i++)
		sign_key_clear(&others[i]);
	return 0;
}

/* What a word of a row stands for: a text before and after p= of a key, if any. */
static const struct word {
	const char *word, *before;
	const struct sign_key *key;
	const char *after;
} words[] = {
	{ "revoked", "v=DKIM1; p=", NULL, "" },
	{ "revoked-bare", "p=", NULL, "" },
	{ "foreign", "google-site-verification=abc", NULL, "" },
	{ "empty", "", NULL, "" },
	{ "dmarc", "v=DMARC1; p=reject", NULL, "" },
	{ "spf", "v=spf1 -all", NULL, "" },
	{ "no-p", "v=DKIM1; k=rsa", NULL, "" },
	{ "not-base64", "v=DKIM1; p=!", NULL, "" },
	{ "no-key-inside", "v=DKIM1; p=AQID", NULL, "" },
	{ "8bit", "v=DKIM1; n=\\195\\169; p=AQID", NULL, "" },
	{ "other0", "v=DKIM1; ", &others[0], "" },
	{ "other1", "v=DKIM1; ", &others[1], "" },
	{ "other2", "v=DKIM1; ", &others[2], "" },
	{ "ed25519", "v=DKIM1; k=ed25519; ", &ed25519, "" },
	{ "short", "v=DKIM1; ", &shorter, "" },
	{ "good", "v=DKIM1; k=rsa; ", &good, "" },
	{ "good-bare", "", &good, "" },
	{ "good-testing", "v=DKIM1; t=y; ", &good, "" },
	{ "good-v-last", "", &good, "; v=DKIM1" },
	{ "good-v-other", "v=DKIM2; ", &good, "" },
	{ "good-p-twice", "v=DKIM1; p=; ", &good, "" },
	{ "good-no-sha256", "v=DKIM1; h=sha1; ", &good, "" },
	{ "good-not-mail", "v=DKIM1; s=tlsrpt; ", &good, "" },
	{ "good-spoiled", "v=DKIM1; k=rsa;\\\" \\\"", &good, "\\\"" },
	{ "good-cut", "v=DKIM1; k=rsa; ", &good, NULL },
};

static char *
record_of(struct pool *pool, const char *word)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		const struct word *w = &words[i];
		const char *p = w->key != NULL ? strstr(w->key->record, "p=") : "";
		/* good-cut: a panel that takes no more */
		int len = w->after != NULL ? (int)strlen(p) : 182;

		if (strcmp(word, w->word) == 0)
			return pool_printf(pool, "%s%.*s%s", w->before, len, p,
			    w->after != NULL ? w->after : "");
	}
	fail_msg("no record %s", word);
	return NULL;
}

/* A zone with a record for each word. */
static struct resolver *
zone_of(const char *list)
{
	struct pool *pool = pool_new();
	char *rest = pool_strdup(pool, list), *word, *zone = pool_strdup(pool, "");
	struct resolver *r;

	while ((word = strsep(&rest, " ")) != NULL) {
		const char *p = record_of(pool, word);

		zone = pool_printf(pool, "%ss._domainkey.example.nl TXT \"", zone);
		/* No escape is cut in two: none stands so far behind. */
		for (; strlen(p) > 200; p += 200)
			zone = pool_printf(pool, "%s%.200s\" \"", zone, p);
		zone = pool_printf(pool, "%s%s\"\n", zone, p);
	}
	r = dkim_fixture_zone(zone);
	pool_free(pool);
	return r;
}

#define TWO_WAYS "the signed header fields were changed, or another key"
#define SHORT "the key has 768 bits, 1024 are required"
#define NONE "none of the TXT records is a key"

struct row {
	const char *words;
	enum dkim_result result;
	const char *reason;
	int bits;
	bool testing;
};

static const struct row rows[] = {
	/* what is no key beside a good one, in either order */
	{ "good-spoiled good", DKIM_PASS, NULL, 2048, false },
	{ "foreign good", DKIM_PASS, NULL, 2048, false },
	{ "good foreign", DKIM_PASS, NULL, 2048, false },
	{ "foreign spf dmarc empty no-p 8bit good", DKIM_PASS, NULL, 2048, false },
	{ "good-v-other good", DKIM_PASS, NULL, 2048, false },
	{ "good-cut good-bare", DKIM_PASS, NULL, 2048, false },
	{ "no-key-inside not-base64 good-testing", DKIM_PASS, NULL, 2048, true },
	/* and alone it makes no key of what is none */
	{ "foreign good-v-other", DKIM_PERMERROR, NONE, 0, false },
	{ "foreign good-v-last", DKIM_PERMERROR, NONE, 0, false },
	{ "good-p-twice spf", DKIM_PERMERROR, NONE, 0, false },
	{ "good-spoiled good-spoiled", DKIM_PERMERROR, NONE, 0, false },
	{ "good-cut no-key-inside", DKIM_PERMERROR, NONE, 0, false },
	/* a key that is revoked, or not for this signature, is never the pass */
	{ "revoked good", DKIM_PASS, NULL, 2048, false },
	{ "good revoked-bare", DKIM_PASS, NULL, 2048, false },
	{ "revoked foreign", DKIM_PERMERROR, "the key is revoked", 0, false },
	{ "revoked revoked-bare", DKIM_PERMERROR, "the key is revoked", 0, false },
	{ "foreign good-no-sha256", DKIM_PERMERROR,
	    "h= of the key does not allow SHA-256", 0, false },
	{ "good-not-mail foreign", DKIM_PERMERROR, "the key is not for mail", 0, false },
	{ "good-no-sha256 good-not-mail good", DKIM_PASS, NULL, 2048, false },
	{ "ed25519 good", DKIM_PASS, NULL, 2048, false },
	{ "ed25519 foreign", DKIM_PERMERROR, "k= of the key does not fit a=", 0, false },
	/* a short one never passes, and takes no place of the three */
	{ "short good", DKIM_PASS, NULL, 2048, false },
	{ "short foreign", DKIM_POLICY, SHORT, 768, false },
	{ "short short short short good", DKIM_PASS, NULL, 2048, false },
	/* of the others three are tried; what is told is the first's */
	{ "other0 good", DKIM_PASS, NULL, 2048, false },
	{ "good other0", DKIM_PASS, NULL, 2048, false },
	{ "other0 other1 good", DKIM_PASS, NULL, 2048, false },
	{ "revoked other0 foreign other1 short good", DKIM_PASS, NULL, 2048, false },
	{ "other0 other1 other2 good", DKIM_FAIL, TWO_WAYS, 1024, false },
	{ "other0 revoked", DKIM_FAIL, TWO_WAYS, 1024, false },
	{ "foreign short other0", DKIM_POLICY, SHORT, 768, false },
	{ "foreign revoked other0", DKIM_PERMERROR, "the key is revoked", 0, false },
};

static void
check(const struct row *row, const struct dkim_message *m)
{
	struct dkim_lib *lib = dkim_fixture_lib(10);
	struct resolver *r = zone_of(row->words);
	struct pool *pool = pool_new();
	size_t count;
	const struct dkim_evidence *ev = dkim_run(lib, r, m, time(NULL), 9, pool, &count);

	assert_int_equal(count, 1);
	if (ev->result != row->result || (ev->reason == NULL) != (row->reason == NULL) ||
	    (row->reason != NULL && strcmp(ev->reason, row->reason) != 0))
		fail_msg("%s: %s (%s)", row->words, evidence_dkim_name(ev->result),
		    ev->reason);
	if (ev->key_bits != row->bits || ev->testing != row->testing)
		fail_msg(
		    "%s: %d bits, testing %d", row->words, ev->key_bits, ev->testing);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

static void
test_records(void **state)
{
	struct dkim_message m = dkim_fixture_signed(&good, DKIM_RELAXED, -1);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check(&rows[i], &m);
	dkim_run_forget(&m);
}

/* What was changed stays a fail, whatever stands beside the good key. */
static void
test_changed(void **state)
{
	static const struct row body = { "foreign good other0", DKIM_FAIL,
		"the body was changed", 2048, false };
	static const struct row later = { "short good", DKIM_POLICY, SHORT, 768, false };
	static const struct row header = { "good other0 other1", DKIM_FAIL, TWO_WAYS,
		2048, false };
	static const struct row both = { "good", DKIM_FAIL,
		"the body and signed header fields were changed, or another key", 2048,
		false };
	struct dkim_message m = dkim_fixture_signed(&good, DKIM_RELAXED, -1);

	(void)state;
	m.body[0] ^= 1;
	check(&body, &m);
	check(&later, &m);
	m.fields[1].value[3] ^= 1;
	check(&both, &m);
	m.body[0] ^= 1;
	check(&header, &m);
	dkim_run_forget(&m);
}

/* l= that leaves a part open is no reason to look further. */
static void
test_length(void **state)
{
	static const struct row row = { "other0 good", DKIM_POLICY,
		"l= does not cover the whole body", 2048, false };
	struct dkim_message m = dkim_fixture_signed(&good, DKIM_RELAXED, 0);

	(void)state;
	check(&row, &m);
	dkim_run_forget(&m);
}

static struct dkim_message
signed_often(int times)
{
	struct dkim_message m = dkim_fixture_signed(&good, DKIM_RELAXED, -1);

	for (int i = 1; i < times; i++)
		dkim_sign_append_field(&m, "DKIM-Signature", m.fields[0].value);
	return m;
}

/* Twenty more a message: each of ten signatures has its three, an eleventh but one. */
static void
test_budget(void **state)
{
	struct dkim_message m = signed_often(12);
	struct dkim_lib *lib = dkim_fixture_lib(100);
	struct resolver *r = zone_of("other0 other1 good");
	struct pool *pool = pool_new();
	size_t count;

	(void)state;
	for (int messages = 0; messages < 2; messages++) {
		const struct dkim_evidence *list =
		    dkim_run(lib, r, &m, time(NULL), 9, pool, &count);

		assert_int_equal(count, 12);
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(list[i].result, i < 10 ? DKIM_PASS : DKIM_FAIL);
			assert_int_equal(list[i].key_bits, i < 10 ? 2048 : 1024);
		}
	}
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

/* A hundred records, none of which may be the one, leave the cache as it is; and what
 * may be it is decoded within the budget alone. */
static void
test_cache_stays(void **state)
{
	struct dkim_message m = signed_often(10);
	struct dkim_lib *lib = dkim_fixture_lib(10);
	struct pool *pool = pool_new();
	char *zone = pool_strdup(pool, "");
	struct resolver *r;
	size_t count;

	(void)state;
	for (int i = 0; i < 100; i++)
		zone = pool_printf(pool,
		    "%ss._domainkey.example.nl TXT \"n=%d; p=\"\n"
		    "s._domainkey.example.nl TXT \"n=%d; p=AQID\"\n",
		    zone, i, i);
	r = dkim_fixture_zone(zone);
	keys_got = 0;
	dkim_run(lib, r, &m, time(NULL), 9, pool, &count);
	assert_int_equal(keys_got, 10 + 20);
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

/* A hundred records are looked at. */
static void
test_many_records(void **state)
{
	struct dkim_message m = dkim_fixture_signed(&good, DKIM_RELAXED, -1);

	(void)state;
	for (int foreign = 99; foreign <= 100; foreign++) {
		struct pool *pool = pool_new();
		char *list = pool_strdup(pool, "");
		struct row row = { .result = DKIM_PASS, .bits = 2048 };

		if (foreign == 100)
			row = (struct row){ .result = DKIM_PERMERROR, .reason = NONE };
		for (int i = 0; i < foreign; i++)
			list = pool_printf(pool, "%sforeign ", list);
		row.words = pool_printf(pool, "%sgood", list);
		check(&row, &m);
		pool_free(pool);
	}
	dkim_run_forget(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_many_records),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_cache_stays),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
