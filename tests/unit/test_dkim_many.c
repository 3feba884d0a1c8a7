/* Many signatures, none, large ones, many messages at a time. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/pool.h"
#include "check/body_hash.h"
#include "dkim_fixture.h"
#include "dns/questions.h"
#include "resolver_zone.h"

/* NOLINTBEGIN: the names are the linker's (--wrap) */
struct body_hash *__real_body_hash_new(enum dkim_canonicalization canon);
struct body_hash *__wrap_body_hash_new(enum dkim_canonicalization canon);
/* NOLINTEND */

static struct sign_key rsa;
static atomic_int hashes_made; /* since the test began */

struct body_hash *
__wrap_body_hash_new(enum dkim_canonicalization canon)
{
	hashes_made++;
	return __real_body_hash_new(canon);
}

static int
count_anew(void **state)
{
	(void)state;
	hashes_made = 0;
	return 0;
}

static void
test_no_signature_no_work(void **state)
{
	struct dkim_message m = dkim_fixture_message();
	struct dkim_lib *lib = dkim_fixture_lib(10);
	struct resolver *r = dkim_fixture_zone("p=");
	struct pool *pool = pool_new();
	size_t count;

	(void)state;
	dkim_run(lib, r, &m, time(NULL), 5, pool, &count);
	assert_int_equal(count, 0);
	assert_int_equal(hashes_made, 0);
	assert_int_equal(resolver_zone_asked_all(r), 0);
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

static void
test_many_by_one_hash_once(void **state)
{
	struct dkim_message m = dkim_fixture_message();
	struct dkim_lib *lib = dkim_fixture_lib(10);
	struct resolver *r = dkim_fixture_zone(rsa.record);
	struct pool *pool = pool_new();
	const struct dkim_evidence *list;
	size_t count;

	(void)state;
	for (int i = 0; i < 4; i++)
		dkim_sign_message(&m, &(struct sign_options){ .key = &rsa,
					  .domain = "example.nl",
					  .selector = "s",
					  .header = i & 1,
					  .body = DKIM_RELAXED,
					  .length = -1 });
	list = dkim_run(lib, r, &m, time(NULL), 3, pool, &count);
	assert_int_equal(count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(list[i].result, DKIM_PASS);
	assert_int_equal(hashes_made, 1);
	assert_int_equal(resolver_zone_asked_all(r), 1);
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

static void
test_maximum_signatures(void **state)
{
	struct dkim_message m = dkim_fixture_signed(&rsa, DKIM_RELAXED, -1);
	struct dkim_lib *lib = dkim_fixture_lib(2);
	struct resolver *r = dkim_fixture_zone(rsa.record);
	struct pool *pool = pool_new();
	const struct dkim_evidence *list;
	size_t count;

	(void)state;
	dkim_sign_add_field(&m, "DKIM-Signature", " v=1; d=junk.example; s=x");
	dkim_sign_append_field(&m, "dkim-signature ", m.fields[1].value);
	for (int i = 0; i < 997; i++)
		dkim_sign_append_field(&m, "DKIM-Signature", m.fields[1].value);
	list = dkim_run(lib, r, &m, time(NULL), 100, pool, &count);
	assert_int_equal(count, 100);
	assert_int_equal(list[0].result, DKIM_PERMERROR);
	assert_string_equal(list[0].domain, "junk.example");
	assert_int_equal(list[1].result, DKIM_PASS);
	assert_int_equal(list[2].result, DKIM_PASS);
	for (size_t i = 3; i < 100; i++) {
		assert_int_equal(list[i].result, DKIM_POLICY);
		assert_string_equal(list[i].domain, "example.nl");
	}
	assert_string_equal(list[3].reason, "more than MaximumSignatures");
	assert_non_null(strstr(list[99].reason, "1000 signatures"));
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

static void
test_withheld_is_policy(void **state)
{
	struct dkim_message m = dkim_fixture_signed(&rsa, DKIM_RELAXED, -1);
	struct dkim_lib *lib = dkim_fixture_lib(2);
	struct resolver *r = dkim_fixture_zone(rsa.record);
	struct pool *pool = pool_new();
	struct questions *q = questions_new(r, &(struct questions_options){ 0 }, pool);
	struct dkim_check *c = dkim_check_begin(lib, q, time(NULL), pool);
	const struct dkim_evidence *list;
	size_t count;

	(void)state;
	for (size_t i = 0; i < m.field_count; i++)
		dkim_check_header(c, m.fields[i].name, m.fields[i].value);
	dkim_check_withhold(c, "too much header");
	dkim_check_eoh(c, NULL);
	dkim_check_body(c, (const unsigned char *)m.body, m.body_len);
	list = dkim_check_end(c, &count);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].result, DKIM_POLICY);
	assert_string_equal(list[0].reason, "too much header");
	assert_int_equal(hashes_made, 0);
	dkim_check_free(c);
	dkim_check_free(NULL);
	questions_free(q);
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

static void
test_large_signature_harms_no_other(void **state)
{
	struct dkim_message m = dkim_fixture_signed(&rsa, DKIM_RELAXED, -1);
	struct dkim_lib *lib = dkim_fixture_lib(10);
	struct resolver *r = dkim_fixture_zone(rsa.record);
	struct pool *pool = pool_new();
	const struct dkim_evidence *list;
	static const char start[] = " v=1; d=example.nl; z=";
	char *large = mem_alloc(70001);
	size_t count;

	(void)state;
	memset(large, 'a', 70000);
	memcpy(large, start, sizeof start - 1);
	dkim_sign_add_field(&m, "DKIM-Signature", large);
	for (int i = 0; i < 3000; i++)
		dkim_sign_append_field(&m, "X-Junk", " junk");
	list = dkim_run(lib, r, &m, time(NULL), 100, pool, &count);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].result, DKIM_POLICY);
	assert_int_equal(list[1].result, DKIM_PASS);
	free(large);
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

/* White space before the colon; what the library refuses harms no other signature. */
static void
test_names(void **state)
{
	static const struct {
		const char *name;
		enum dkim_result result;
	} rows[] = { { "DKIM-Signature", DKIM_PASS }, { "dkim-SIGNATURE  ", DKIM_PASS },
		{ "DKIM-Signature\t", DKIM_NEUTRAL } };
	struct dkim_lib *lib = dkim_fixture_lib(10);
	struct resolver *r = dkim_fixture_zone(rsa.record);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dkim_message m = dkim_fixture_signed(&rsa, DKIM_RELAXED, -1);
		struct pool *pool = pool_new();
		const struct dkim_evidence *list;
		size_t count;

		dkim_sign_add_field(&m, rows[i].name, m.fields[0].value);
		list = dkim_run(lib, r, &m, time(NULL), 100, pool, &count);
		assert_int_equal(count, 2);
		assert_int_equal(list[0].result, rows[i].result);
		assert_int_equal(list[1].result, DKIM_PASS);
		dkim_run_forget(&m);
		pool_free(pool);
	}
	resolver_close(r);
	dkim_lib_close(lib);
}

/* RFC 6008: as many characters as tell them apart. */
static void
test_b_start(void **state)
{
	struct dkim_message m = dkim_fixture_message();
	struct dkim_lib *lib = dkim_fixture_lib(10);
	struct resolver *r = dkim_fixture_zone("p=");
	struct pool *pool = pool_new();
	const struct dkim_evidence *list;
	size_t count;

	(void)state;
	dkim_sign_append_field(&m, "DKIM-Signature", "d=a.example; b=ABCDEF GHIJKL");
	dkim_sign_append_field(&m, "DKIM-Signature", "d=b.example; b=ABCDEFGHIX");
	dkim_sign_append_field(&m, "DKIM-Signature", "d=c.example; b=XYZ");
	dkim_sign_append_field(&m, "DKIM-Signature", "nothing");
	list = dkim_run(lib, r, &m, time(NULL), 100, pool, &count);
	assert_int_equal(count, 4);
	assert_string_equal(list[0].b_start, "ABCDEFGHIJ");
	assert_string_equal(list[1].b_start, "ABCDEFGHIX");
	assert_string_equal(list[2].b_start, "XYZ");
	assert_string_equal(list[3].b_start, "");
	assert_string_equal(list[3].domain, "");
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

struct worker {
	struct dkim_lib *lib;
	struct resolver *resolver;
	const struct dkim_message *message;
	int passed;
	pthread_t thread;
};

static void *
check_often(void *cookie)
{
	struct worker *w = cookie;

	for (size_t i = 0; i < 100; i++) {
		struct pool *pool = pool_new();
		size_t count;

		w->passed += dkim_run(w->lib, w->resolver, w->message, time(NULL), i + 1,
				 pool, &count)
				 ->result == DKIM_PASS;
		pool_free(pool);
	}
	return NULL;
}

/* One library, one key cache, many messages at a time. */
static void
test_threads(void **state)
{
	struct dkim_message m = dkim_fixture_signed(&rsa, DKIM_RELAXED, -1);
	struct dkim_lib *lib = dkim_fixture_lib(10);
	struct resolver *r = dkim_fixture_zone(rsa.record);
	struct worker workers[4];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		workers[i] = (struct worker){ .lib = lib, .resolver = r, .message = &m };
		pthread_create(&workers[i].thread, NULL, check_often, &workers[i]);
	}
	for (size_t i = 0; i < 4; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].passed, 100);
	}
	assert_int_equal(hashes_made, 400);
	resolver_close(r);
	dkim_lib_close(lib);
	dkim_run_forget(&m);
}

static int
make_key(void **state)
{
	(void)state;
	rsa = sign_key_new(2048);
	return 0;
}

static int
drop_key(void **state)
{
	(void)state;
	sign_key_clear(&rsa);
	return 0;
}

/*
 * Well formed, and no signature for libopendkim: to be asked for the hash of such a one
 * ends the process, so it must not be.  The good one beside them passes.
 */
static void
test_what_the_library_does_not_read(void **state)
{
	static const char *const tags[] = { "t=0", "t=0000000000000001", "q=DNS/TXT",
		"i=a=40b@example.nl" };
	const size_t bad = sizeof tags / sizeof tags[0];
	struct dkim_message m = dkim_fixture_signed(&rsa, DKIM_RELAXED, -1);
	struct dkim_lib *lib = dkim_fixture_lib(10);
	struct resolver *r = dkim_fixture_zone(rsa.record);
	struct pool *pool = pool_new();
	const struct dkim_evidence *list;
	size_t count;

	(void)state;
	for (size_t i = 0; i < bad; i++)
		dkim_sign_add_field(&m, "DKIM-Signature",
		    pool_printf(pool,
			" v=1; a=rsa-sha256; d=example.nl; s=s; h=from; %s; "
			"bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=; b=AAAA",
			tags[i]));
	list = dkim_run(lib, r, &m, time(NULL), 9, pool, &count);
	assert_int_equal(count, bad + 1);
	for (size_t i = 0; i < bad; i++) {
		assert_int_equal(list[i].result, DKIM_NEUTRAL);
		assert_string_equal(
		    list[i].reason, "cannot be checked: libopendkim does not read it");
	}
	assert_int_equal(list[bad].result, DKIM_PASS);
	dkim_run_forget(&m);
	pool_free(pool);
	resolver_close(r);
	dkim_lib_close(lib);
}

/* Which fields they are is not known then: any may be signed.  What our own code reads
 * is read all the same. */
static void
test_more_odd_fields_than_are_named(void **state)
{
	static const struct {
		const char *value;
		enum dkim_result more;
	} rows[] = { { " \v", DKIM_PASS }, { " a\rb", DKIM_NEUTRAL } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dkim_message m = dkim_fixture_signed(&rsa, DKIM_RELAXED, -1);
		struct pool *pool = pool_new();

		for (int k = 0; k < 20; k++)
			dkim_sign_append_field(&m, "X-Odd", rows[i].value);
		assert_int_equal(
		    dkim_fixture_check(&m, rsa.record, pool).result, DKIM_PASS);
		dkim_sign_append_field(&m, "X-Odd", rows[i].value);
		assert_int_equal(
		    dkim_fixture_check(&m, rsa.record, pool).result, rows[i].more);
		dkim_run_forget(&m);
		pool_free(pool);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_no_signature_no_work, count_anew),
		cmocka_unit_test_setup(test_many_by_one_hash_once, count_anew),
		cmocka_unit_test_setup(test_maximum_signatures, count_anew),
		cmocka_unit_test_setup(test_withheld_is_policy, count_anew),
		cmocka_unit_test_setup(test_large_signature_harms_no_other, count_anew),
		cmocka_unit_test_setup(test_names, count_anew),
		cmocka_unit_test_setup(test_what_the_library_does_not_read, count_anew),
		cmocka_unit_test_setup(test_more_odd_fields_than_are_named, count_anew),
		cmocka_unit_test_setup(test_b_start, count_anew),
		cmocka_unit_test_setup(test_threads, count_anew),
	};

	return cmocka_run_group_tests(tests, make_key, drop_key);
}
