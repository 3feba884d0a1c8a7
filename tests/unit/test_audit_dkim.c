#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit_run.h"
#include "audit_zone.h"
#include "ctl/audit/compare.h"
#include "ctl/audit/earlier.h"

#define DAY 86400
#define REVOKED "s1._domainkey.d.example TXT \"v=DKIM1; p=\"\n"

static const struct audit_row dkim_rows[] = {
	{ KEY, PLAN_SEND, AUDIT_DKIM, AUDIT_MET, "dkim.key", AUDIT_OK, "2048", NULL,
	    NULL },
	{ KEY, PLAN_SEND, AUDIT_DKIM, AUDIT_MET, "dkim.signed", AUDIT_INFO, NULL, NULL,
	    NULL },
	{ KEY, PLAN_SEND, AUDIT_DKIM, AUDIT_MET, "dkim.key", AUDIT_OK, NULL, "s1", NULL },
	{ "s1._domainkey.d.example TXT " KEY_ED "\n", PLAN_SEND, AUDIT_DKIM, AUDIT_MET,
	    "dkim.key", AUDIT_OK, "Ed25519", NULL, NULL },
	{ "s1._domainkey.d.example TXT " KEY_1024 "\n", PLAN_SEND, AUDIT_DKIM, AUDIT_MET,
	    "dkim.key", AUDIT_LOOK, "1024", NULL, NULL },
	{ "s1._domainkey.d.example TXT " KEY_512 "\n", PLAN_SEND, AUDIT_DKIM,
	    AUDIT_NOT_MET, "dkim.key", AUDIT_WRONG, "512", NULL, NULL },
	{ "s1._domainkey.d.example TXT " KEY_512 "\n"
	  "s2._domainkey.d.example TXT " KEY_2048 "\n",
	    PLAN_SEND, AUDIT_DKIM, AUDIT_NOT_MET, "dkim.key", AUDIT_WRONG, "512", NULL,
	    NULL },
	{ "s1._domainkey.d.example TXT \"v=DKIM1; k=oops; p=AAAA\"\n", PLAN_SEND,
	    AUDIT_DKIM, AUDIT_NOT_MET, "dkim.key", AUDIT_WRONG, "cannot be used", NULL,
	    NULL },
	{ REVOKED "s2._domainkey.d.example TXT " KEY_2048 "\n", PLAN_SEND, AUDIT_DKIM,
	    AUDIT_MET, "dkim.revoked", AUDIT_INFO, NULL, NULL, NULL },
	{ REVOKED, PLAN_SEND, AUDIT_DKIM, AUDIT_UNTESTED, "dkim.none", AUDIT_UNKNOWN,
	    "no key in use", NULL, NULL },
	{ REVOKED, PLAN_SEND, AUDIT_DKIM, AUDIT_NOT_MET, "dkim.none", AUDIT_WRONG,
	    "all keys", "s1", NULL },
	{ KEY, PLAN_SEND, AUDIT_DKIM, AUDIT_NOT_MET, "dkim.missing", AUDIT_WRONG, NULL,
	    "other", NULL },
	{ "q._domainkey.d.example TIMEOUT\n", PLAN_SEND, AUDIT_DKIM, AUDIT_UNTESTED,
	    "dkim.answer", AUDIT_UNKNOWN, NULL, "q", NULL },
	{ "s1._domainkey.d.example TXT " KEY_2048_T "\n", PLAN_SEND, AUDIT_DKIM,
	    AUDIT_MET, "dkim.testing", AUDIT_LOOK, NULL, NULL, NULL },
	{ "", PLAN_SEND, AUDIT_DKIM, AUDIT_NOT_MET, "dkim.none", AUDIT_WRONG, NULL, NULL,
	    NULL },
	{ "zzz._domainkey.d.example TXT \"x\"\n", PLAN_SEND, AUDIT_DKIM, AUDIT_UNTESTED,
	    "dkim.none", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ "_domainkey.d.example TIMEOUT\n", PLAN_SEND, AUDIT_DKIM, AUDIT_UNTESTED,
	    "dkim.none", AUDIT_UNKNOWN, NULL, NULL, NULL },
	{ KEY "_domainkey.d.example NXDOMAIN\n", PLAN_SEND, AUDIT_DKIM, AUDIT_MET,
	    "dkim.key", AUDIT_OK, NULL, NULL, NULL },
	{ KEY, PLAN_NONE, AUDIT_DKIM, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK, NULL, NULL,
	    NULL },
};

static void
test_dkim(void **state)
{
	(void)state;
	AUDIT_CHECK(dkim_rows);
}

/* How old keys are is known from earlier runs. */
static void
test_key_age(void **state)
{
	static const struct {
		int64_t since, first; /* days ago; -1: not known from before */
		bool gone;            /* another key stood there */
		enum audit_verdict verdict;
	} rows[] = {
		{ -1, -1, false, AUDIT_UNTESTED },
		{ 10, 10, false, AUDIT_UNTESTED },
		{ 214, 214, false, AUDIT_UNTESTED },
		{ 215, 215, false, AUDIT_NOT_FOLLOWED },
		{ 400, 214, false, AUDIT_FOLLOWED },
		{ 400, 30, false, AUDIT_FOLLOWED },
		{ 400, 300, true, AUDIT_FOLLOWED },
	};
	const struct audit_row row = { .zone = KEY, .kind = PLAN_SEND };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct earlier_key key = { .selector = "s1", .present = true };
		struct earlier_domain before = { .keys = &key, .key_count = 1 };
		const struct rules_verdict *v;
		struct facts *f;
		struct audit_run r;

		audit_run_begin(&r, &row);
		f = audit_run_ask(&r);
		key.hash = rows[i].gone ? "00" : f->keys[0].hash;
		key.first_seen = AUDIT_NOW - rows[i].first * DAY;
		before.keys_since = AUDIT_NOW - rows[i].since * DAY;
		compare_keys(f, rows[i].since == -1 ? NULL : &before);
		f->keys_since_day = "2026-01-01";
		v = audit_run_judge(&r, f, AUDIT_KEYS);
		if (v->verdict != rows[i].verdict)
			fail_msg("row %zu: %s", i, rules_verdict_code(v->verdict));
		audit_run_end(&r);
	}
}

/* Looks at keys that no verdict hangs on. */
static void
test_key_looks(void **state)
{
	static const struct audit_row rows[] = {
		{ KEY, PLAN_SEND, AUDIT_KEYS, AUDIT_UNTESTED, "keys.one", AUDIT_LOOK,
		    NULL, NULL, NULL },
		{ KEY "s2._domainkey.d.example TXT " KEY_2048 "\n", PLAN_SEND, AUDIT_KEYS,
		    AUDIT_UNTESTED, "keys.same", AUDIT_LOOK, NULL, NULL, NULL },
		{ "", PLAN_SEND, AUDIT_KEYS, AUDIT_UNTESTED, "keys.none", AUDIT_UNKNOWN,
		    NULL, NULL, NULL },
		{ KEY, PLAN_NONE, AUDIT_KEYS, AUDIT_NOT_APPLICABLE, NULL, AUDIT_OK, NULL,
		    NULL, NULL },
	};

	(void)state;
	AUDIT_CHECK(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dkim),
		cmocka_unit_test(test_key_age),
		cmocka_unit_test(test_key_looks),
	};

	return cmocka_run_group_tests_name("audit_dkim", tests, NULL, NULL);
}
