/*
 * What the rules on connections come to, each row of their tables a row here: what one
 * address of mx.d.example showed, and the verdict on d.example.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "audit_run.h"
#include "base/pool.h"
#include "ctl/audit/facts.h"
#include "ctl/audit/result.h"
#include "ctl/audit/rules.h"
#include "ctl/audit/server.h"

#define NOW 1800000000
#define DAY 86400

static const struct probed_certificate ec = {
	.subject = "CN=mx.d.example",
	.key = "EC P-256",
	.type = PROBED_KEY_EC,
	.bits = 256,
	.group = 23,
	.signature = "ecdsa-with-SHA256",
	.hash = 4,
	.not_after = NOW + 30 * (int64_t)DAY,
	.sha256 = "aa",
};
static const struct probed_certificate rsa = {
	.subject = "CN=mx.d.example",
	.key = "RSA",
	.type = PROBED_KEY_RSA,
	.bits = 3072,
	.signature = "sha256WithRSAEncryption",
	.hash = 4,
	.not_after = NOW + 30 * (int64_t)DAY,
	.sha256 = "cc",
};
static const struct probed_certificate rsa_2048 = { .subject = "CN=a",
	.key = "RSA",
	.type = PROBED_KEY_RSA,
	.bits = 2048,
	.signature = "x",
	.hash = 3,
	.sha256 = "01" };
static const struct probed_certificate rsa_1024 = { .subject = "CN=b",
	.key = "RSA",
	.type = PROBED_KEY_RSA,
	.bits = 1024,
	.signature = "x",
	.hash = 4,
	.sha256 = "02" };
static const struct probed_certificate ec_own = { .subject = "CN=c",
	.key = "EC ",
	.type = PROBED_KEY_EC,
	.signature = "x",
	.hash = 4,
	.sha256 = "03" };
static const struct probed_certificate other_key = {
	.subject = "CN=d", .key = "DSA", .signature = "x", .hash = 4, .sha256 = "04"
};
static const struct probed_certificate sha1 = { .subject = "CN=e",
	.key = "ED25519",
	.type = PROBED_KEY_ED,
	.signature = "sha1WithRSAEncryption",
	.hash = 2,
	.sha256 = "05" };
static const struct probed_certificate old_root[] = { { .subject = "CN=mx",
							  .key = "ED25519",
							  .type = PROBED_KEY_ED,
							  .signature = "ED25519",
							  .hash = 8,
							  .sha256 = "06" },
	{ .subject = "CN=root",
	    .key = "RSA",
	    .type = PROBED_KEY_RSA,
	    .bits = 1024,
	    .signature = "md5",
	    .hash = 1,
	    .is_root = true,
	    .sha256 = "07" } };
static const struct probed_certificate soon = { .subject = "CN=f",
	.key = "ED25519",
	.type = PROBED_KEY_ED,
	.signature = "ED25519",
	.hash = 8,
	.not_after = NOW + 13 * (int64_t)DAY,
	.sha256 = "08" };
static const bool yes[] = { true }, no[] = { false };

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading */
struct row {
	struct probed_address a;
	enum audit_verdict verdict;
	const char *id; /* of a check that must be there, at this level */
	enum audit_level level;
	const char *text; /* that stands in it; NULL: any */
};

#define SHAKEN(certificate)                                                       \
	{                                                                         \
		.end = PROBED_HANDSHAKE_DONE, .version = 0x0304, .suite = 0x1302, \
		.group = 29, .chain = (certificate), .chain_count = 1,            \
		.dane_tried = true, .dane_matched = true                          \
	}
#define PARTS(...)          \
	{                   \
		__VA_ARGS__ \
	}
#define DONE(certificate, ...)                                                           \
	{                                                                                \
		.end = PROBED_HANDSHAKE_DONE, .chain = &(certificate), .chain_count = 1, \
		__VA_ARGS__                                                              \
	}
#define FIRST(certificate, ...) \
	ENDED(PROBED_TLS, , .plain = DONE(certificate, __VA_ARGS__))
#define NO_OTHER                               \
	{                                      \
		.end = PROBED_HANDSHAKE_FAILED \
	}
#define TLS(...)                                                                      \
	{                                                                             \
		.is_known = true, .versions = { 0x0303, 0x0304 }, .version_count = 2, \
		.old_known = true, .bad_known = true, .phase_out_known = true,        \
		.suites = { 0xc02c }, .suite_count = 1, .groups_known = true,         \
		.signatures_known = true, .modern_known = true,                       \
		.hybrid_known = true __VA_ARGS__                                      \
	}
#define GOOD_TLS TLS()
/* A server that does all well, but for what is said behind. */
#define SERVER(shake, shake_other, asked, ...)                                   \
	{                                                                        \
		.address = "203.0.114.1", .end = PROBED_TLS, .plain = shake,     \
		.other = shake_other, .tls = asked, .connections = 9 __VA_ARGS__ \
	}
#define ASKED(...) SERVER(SHAKEN(&ec), NO_OTHER, TLS(__VA_ARGS__))
#define CERTIFIED(certificate) SERVER(SHAKEN(certificate), NO_OTHER, GOOD_TLS)
#define ENDED(how, ...)                                          \
	{                                                        \
		.address = "203.0.114.1", .end = how __VA_ARGS__ \
	}

static const struct row starttls_rows[] = {
	{ SERVER(SHAKEN(&ec), NO_OTHER, GOOD_TLS), AUDIT_MET, "tls.handshake", AUDIT_OK,
	    "TLS 1.3" },
	{ SERVER(SHAKEN(&ec), NO_OTHER, GOOD_TLS), AUDIT_MET, "tls.level", AUDIT_OK,
	    NULL },
	{ SERVER(SHAKEN(&rsa), SHAKEN(&ec), GOOD_TLS), AUDIT_MET, "tls.level", AUDIT_OK,
	    NULL },
	/* Ways that end before a handshake. */
	{ ENDED(PROBED_NOT_TRIED, , .phrase = "a private address"), AUDIT_UNTESTED,
	    "tls.address", AUDIT_UNKNOWN, "a private address" },
	{ ENDED(PROBED_NOT_TRIED, , .no_family = true, .phrase = "this host has no IPv6"),
	    AUDIT_UNTESTED, "tls.address", AUDIT_UNKNOWN, "no IPv6" },
	{ ENDED(PROBED_UNREACHED, , .phrase = "the connection was refused"),
	    AUDIT_UNTESTED, "tls.address", AUDIT_UNKNOWN, "refused" },
	{ ENDED(PROBED_STOPPED, , .phrase = "it closed the connection"), AUDIT_UNTESTED,
	    "tls.stopped", AUDIT_UNKNOWN, "closed" },
	{ ENDED(PROBED_STOPPED, , .phrase = "it turned us away",
	      .words = "421 4.7.0 no more"),
	    AUDIT_UNTESTED, "tls.stopped", AUDIT_UNKNOWN, "\"421 4.7.0 no more\"" },
	{ ENDED(PROBED_PLAIN), AUDIT_NOT_MET, "tls.starttls", AUDIT_WRONG,
	    "does not offer" },
	{ ENDED(PROBED_REFUSED, , .words = "502 what"), AUDIT_NOT_MET, "tls.starttls",
	    AUDIT_WRONG, "502 what" },
	{ ENDED(PROBED_INJECTED), AUDIT_NOT_MET, "tls.injection", AUDIT_WRONG, NULL },
	/* Handshakes. */
	{ ENDED(PROBED_TLS, ,
	      .plain = { .end = PROBED_HANDSHAKE_FAILED, .phrase = "it is no TLS" }),
	    AUDIT_NOT_MET, "tls.handshake", AUDIT_WRONG, "it is no TLS" },
	{ ENDED(PROBED_TLS, ,
	      .plain = { .end = PROBED_HANDSHAKE_CLOSED, .phrase = "it closed amid" }),
	    AUDIT_UNTESTED, "tls.handshake", AUDIT_UNKNOWN, "amid" },
	{ ENDED(PROBED_TLS, ,
	      .plain = { .end = PROBED_HANDSHAKE_SILENT, .phrase = "not in time" }),
	    AUDIT_UNTESTED, "tls.handshake", AUDIT_UNKNOWN, "in time" },
	/* What is known stays, the rest is unknown. */
	{ SERVER(SHAKEN(&ec), NO_OTHER, PARTS(.is_known = true), ,
	      .stopped = "it closed the connection"),
	    AUDIT_UNTESTED, "tls.stopped", AUDIT_UNKNOWN, "could not be tested completely" },
	{ SERVER(SHAKEN(&ec), NO_OTHER, PARTS(.is_known = true), ,
	      .stopped = "it turned us away", .stopped_words = "421 slow down"),
	    AUDIT_UNTESTED, "tls.stopped", AUDIT_UNKNOWN, "421 slow down" },
	{ SERVER(SHAKEN(&ec), NO_OTHER, TLS(, .compression = true), ,
	      .stopped = "it closed the connection"),
	    AUDIT_NOT_MET, "tls.compression", AUDIT_WRONG, NULL },
	/* Levels. */
	{ SERVER(SHAKEN(&ec), NO_OTHER,
	      PARTS(.is_known = true, .versions = { 0x0300, 0x0301, 0x0303 },
		  .version_count = 3)),
	    AUDIT_NOT_MET, "tls.version", AUDIT_WRONG, "SSL 3.0, TLS 1.0" },
	{ ASKED(, .bad = { 0x002f, 0x0005 }, .bad_count = 2), AUDIT_NOT_MET, "tls.suite",
	    AUDIT_WRONG, "TLS_RSA_WITH_AES_128_CBC_SHA, TLS_RSA_WITH_RC4_128_SHA" },
	{ ASKED(, .bad = { 0x002f }, .bad_count = 1, .bad_more = true), AUDIT_NOT_MET,
	    "tls.suite", AUDIT_WRONG, "SHA ..." },
	{ ASKED(, .phase_out = { 0xc027 }, .phase_out_count = 1), AUDIT_MET, "tls.suite",
	    AUDIT_LOOK, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256" },
	{ ASKED(, .groups = { 23, 19 }, .group_count = 2), AUDIT_NOT_MET, "tls.group",
	    AUDIT_WRONG, "secp192r1" },
	{ ASKED(, .groups = { 21 }, .group_count = 1), AUDIT_MET, "tls.group", AUDIT_LOOK,
	    "secp224r1" },
	{ ASKED(, .dh_bits = 1024), AUDIT_NOT_MET, "tls.group", AUDIT_WRONG,
	    "1024 bits" },
	{ ASKED(, .signatures = { 0x0203 }, .signature_count = 1), AUDIT_NOT_MET,
	    "tls.signature", AUDIT_WRONG, "ECDSA-SHA1" },
	{ ASKED(, .signatures = { 0x0301 }, .signature_count = 1), AUDIT_MET,
	    "tls.signature", AUDIT_LOOK, "RSA-SHA224" },
	{ ASKED(, .compression = true), AUDIT_NOT_MET, "tls.compression", AUDIT_WRONG,
	    NULL },
	{ ASKED(, .no_extended_secret = true), AUDIT_NOT_MET, "tls.ems", AUDIT_WRONG,
	    NULL },
	{ ASKED(, .insecure_renegotiation = true), AUDIT_NOT_MET, "tls.renegotiation",
	    AUDIT_WRONG, NULL },
	{ ASKED(, .order_known = true, .order_wrong = true), AUDIT_MET, "tls.order",
	    AUDIT_LOOK, NULL },
	{ ASKED(, .hybrid = true), AUDIT_MET, "tls.hybrid", AUDIT_INFO, NULL },
	/* Certificates. */
	{ CERTIFIED(&rsa_2048), AUDIT_MET, "tls.key", AUDIT_LOOK, "RSA, 2048 bits" },
	{ CERTIFIED(&rsa_2048), AUDIT_MET, "tls.hash", AUDIT_LOOK, NULL },
	{ CERTIFIED(&rsa_1024), AUDIT_NOT_MET, "tls.key", AUDIT_WRONG, "CN=b" },
	{ CERTIFIED(&ec_own), AUDIT_NOT_MET, "tls.key", AUDIT_WRONG, NULL },
	{ CERTIFIED(&other_key), AUDIT_NOT_MET, "tls.key", AUDIT_WRONG, "DSA" },
	{ CERTIFIED(&sha1), AUDIT_NOT_MET, "tls.hash", AUDIT_WRONG,
	    "sha1WithRSAEncryption" },
	{ SERVER(SHAKEN(&ec), SHAKEN(&sha1), GOOD_TLS), AUDIT_NOT_MET, "tls.hash",
	    AUDIT_WRONG, NULL },
	{ SERVER(PARTS(.end = PROBED_HANDSHAKE_DONE, .version = 0x0304, .chain = old_root,
		     .chain_count = 2),
	      NO_OTHER, GOOD_TLS),
	    AUDIT_MET, "tls.level", AUDIT_OK, NULL },
};

/* Whatever DNS has is well here. */
static const struct row dane_rows[] = {
	{ SERVER(SHAKEN(&ec), NO_OTHER, GOOD_TLS), AUDIT_MET, "dane.match", AUDIT_OK,
	    NULL },
	{ SERVER(SHAKEN(&rsa), SHAKEN(&ec), GOOD_TLS), AUDIT_MET, "dane.match", AUDIT_OK,
	    NULL },
	{ ENDED(PROBED_NOT_TRIED, , .phrase = "a private address"), AUDIT_UNTESTED,
	    "dane.match", AUDIT_UNKNOWN, "a private address" },
	{ ENDED(PROBED_STOPPED, , .phrase = "it turned us away"), AUDIT_UNTESTED,
	    "dane.match", AUDIT_UNKNOWN, "away" },
	{ ENDED(PROBED_PLAIN), AUDIT_NOT_MET, "dane.match", AUDIT_WRONG, "no TLS" },
	{ ENDED(PROBED_REFUSED), AUDIT_NOT_MET, "dane.match", AUDIT_WRONG, "no TLS" },
	{ ENDED(PROBED_INJECTED), AUDIT_NOT_MET, "dane.match", AUDIT_WRONG, "no TLS" },
	{ ENDED(PROBED_TLS, , .plain = { .end = PROBED_HANDSHAKE_FAILED }), AUDIT_NOT_MET,
	    "dane.match", AUDIT_WRONG, "no TLS" },
	{ ENDED(PROBED_TLS, ,
	      .plain = { .end = PROBED_HANDSHAKE_SILENT, .phrase = "not in time" }),
	    AUDIT_UNTESTED, "dane.match", AUDIT_UNKNOWN, "not in time" },
	{ FIRST(ec, .dane_tried = true,
	      .dane_phrase = "no TLSA record matches the certificate"),
	    AUDIT_NOT_MET, "dane.match", AUDIT_WRONG, "no TLSA record matches" },
	{ FIRST(ec, .dane_phrase = "what the TLSA records hold is not a certificate"),
	    AUDIT_NOT_MET, "dane.match", AUDIT_WRONG, "is not a certificate" },
	{ FIRST(ec, .dane_matched = true, .dane_by_name = true, .covers = yes), AUDIT_MET,
	    "dane.match", AUDIT_OK, NULL },
	{ FIRST(ec, .dane_matched = true, .dane_by_name = true, .covers = no),
	    AUDIT_NOT_MET, "dane.match", AUDIT_WRONG, "neither for the host" },
	{ FIRST(soon, .dane_matched = true, .dane_by_name = true, .covers = yes),
	    AUDIT_MET, "dane.expires", AUDIT_LOOK, NULL },
	/* The other type of key. */
	{ SERVER(SHAKEN(&ec), PARTS(.end = PROBED_HANDSHAKE_CLOSED), GOOD_TLS), AUDIT_MET,
	    "dane.match", AUDIT_OK, NULL },
	{ SERVER(SHAKEN(&ec),
	      PARTS(.end = PROBED_HANDSHAKE_SILENT, .phrase = "not in time"), GOOD_TLS),
	    AUDIT_UNTESTED, "dane.match", AUDIT_UNKNOWN, "another type" },
	{ SERVER(SHAKEN(&ec), PARTS(.end = PROBED_HANDSHAKE_NONE),
	      PARTS(.is_known = false), , .stopped = "it turned us away"),
	    AUDIT_UNTESTED, "dane.match", AUDIT_UNKNOWN, "turned us away" },
	{ SERVER(SHAKEN(&ec),
	      DONE(rsa, .dane_tried = true,
		  .dane_phrase = "no TLSA record matches the certificate"),
	      GOOD_TLS),
	    AUDIT_NOT_MET, "dane.match", AUDIT_WRONG, "second certificate (RSA)" },
	{ SERVER(SHAKEN(&ec),
	      DONE(rsa, .dane_matched = true, .dane_by_name = true, .covers = no),
	      GOOD_TLS),
	    AUDIT_NOT_MET, "dane.match", AUDIT_WRONG, "not for this host" },
};

/* A domain that DNS has all well of, with one host of these addresses. */
struct world {
	struct pool *pool;
	struct facts_tlsa record;
	struct facts_host host;
	struct probed_host probed;
	struct facts facts;
	const char *domains[1];
};

static void
begin(struct world *w, const struct probed_address *addresses, size_t count)
{
	static const struct facts_lookup found = {
		.name = "x", .status = DNS_FOUND, .secure = true, .ttl = 300
	};
	static const char *const address[] = { "203.0.114.1" };

	*w = (struct world){ .pool = pool_new(), .domains = { "d.example" } };
	w->record = (struct facts_tlsa){ .usage = 3, .selector = 1, .usable = true };
	w->probed = (struct probed_host){ .name = "mx.d.example",
		.domains = w->domains,
		.domain_count = 1,
		.records = &w->record,
		.record_count = 1,
		.addresses = addresses,
		.address_count = count };
	w->host = (struct facts_host){ .name = "mx.d.example",
		.a = found,
		.aaaa = { .name = "x", .status = DNS_NODATA, .secure = true },
		.alias = { .name = "x", .status = DNS_NODATA, .secure = true },
		.tlsa = found,
		.addresses = address,
		.address_count = 1,
		.records = &w->record,
		.record_count = 1,
		.probed = &w->probed };
	w->facts = (struct facts){ .domain = "d.example",
		.kind = PLAN_MAIL,
		.validates = true,
		.mx = found,
		.hosts = &w->host,
		.host_count = 1,
		.mx_count = 1,
		.now = NOW };
}

static const struct rules_verdict *
judge(struct world *w, enum audit_rule rule)
{
	static const struct plan plan;
	static char here[] = "mx.d.example", *names[] = { here };
	const struct server server = { .is_known = true,
		.names = { names, 1 },
		.has_postfix = true,
		.sending = { .tls = "dane", .dns = "dnssec" } };
	bool wanted[AUDIT_RULES] = { false };
	const struct rules_options options = {
		.plan = &plan, .server = &server, .wanted = wanted, .today = 20270115
	};
	size_t count;

	wanted[rule] = true;
	return rules_judge(&w->facts, &options, w->pool, &count);
}

static bool
has(const struct rules_verdict *v, const struct row *row, struct pool *pool)
{
	const struct audit_row wanted = {
		.id = row->id, .level = row->level, .text = row->text
	};

	return audit_run_has_check(v, &wanted, pool);
}

static void
check_row(const struct row *row, size_t number, enum audit_rule rule)
{
	const struct rules_verdict *v;
	struct world w;

	begin(&w, &row->a, 1);
	v = judge(&w, rule);
	if (v->verdict != row->verdict || !has(v, row, w.pool)) {
		audit_run_tell(v, w.pool);
		fail_msg("row %zu: %s, and %s is meant, with %s", number,
		    rules_verdict_code(v->verdict), rules_verdict_code(row->verdict),
		    row->id);
	}
	pool_free(w.pool);
}

static void
check(const struct row *list, size_t count, enum audit_rule rule)
{
	for (size_t i = 0; i < count; i++)
		check_row(&list[i], i, rule);
}

static void
test_starttls(void **state)
{
	(void)state;
	check(
	    starttls_rows, sizeof starttls_rows / sizeof *starttls_rows, AUDIT_STARTTLS);
}

static void
test_dane(void **state)
{
	(void)state;
	check(dane_rows, sizeof dane_rows / sizeof *dane_rows, AUDIT_DANE);
}

/* What is bad of one address is bad of the host; an IPv6 that we have not says nothing.
 */
static void
test_addresses(void **state)
{
	static const struct probed_address good = SERVER(SHAKEN(&ec), NO_OTHER, GOOD_TLS),
					   plain = ENDED(PROBED_PLAIN),
					   no_ipv6 = ENDED(PROBED_NOT_TRIED, ,
					       .no_family = true,
					       .phrase = "this host has no IPv6"),
					   away =
					       ENDED(PROBED_STOPPED, , .phrase = "away");
	static const struct {
		const struct probed_address *first, *second;
		enum audit_verdict starttls, dane;
	} pairs[] = {
		{ &good, &good, AUDIT_MET, AUDIT_MET },
		{ &good, &plain, AUDIT_NOT_MET, AUDIT_NOT_MET },
		{ &good, &away, AUDIT_UNTESTED, AUDIT_UNTESTED },
		{ &plain, &away, AUDIT_NOT_MET, AUDIT_NOT_MET },
		{ &good, &no_ipv6, AUDIT_MET, AUDIT_MET },
		{ &no_ipv6, &no_ipv6, AUDIT_UNTESTED, AUDIT_UNTESTED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		const struct probed_address both[] = { *pairs[i].first,
			*pairs[i].second };
		struct world w;

		begin(&w, both, 2);
		assert_int_equal(judge(&w, AUDIT_STARTTLS)->verdict, pairs[i].starttls);
		assert_int_equal(judge(&w, AUDIT_DANE)->verdict, pairs[i].dane);
		pool_free(w.pool);
	}
}

/* However much there is to tell, what is wrong makes the verdict. */
static void
test_many(void **state)
{
	struct probed_address many[RULES_CHECKS_MAX + 8];
	const size_t count = sizeof many / sizeof many[0];
	struct world w;

	(void)state;
	for (size_t i = 0; i < count; i++)
		many[i] = (struct probed_address)SERVER(SHAKEN(&ec), NO_OTHER, GOOD_TLS);
	many[count - 1] = (struct probed_address)ENDED(PROBED_PLAIN);
	begin(&w, many, count);
	w.probed.left_out = 3;
	assert_int_equal(judge(&w, AUDIT_STARTTLS)->verdict, AUDIT_NOT_MET);
	assert_int_equal(judge(&w, AUDIT_DANE)->verdict, AUDIT_NOT_MET);
	pool_free(w.pool);
}

/* Addresses beyond the bound are told of. */
static void
test_left_out(void **state)
{
	static const struct probed_address good = SERVER(SHAKEN(&ec), NO_OTHER, GOOD_TLS);
	static const struct row row = {
		.id = "tls.more", .level = AUDIT_INFO, .text = "3 were left out"
	};
	struct world w;

	(void)state;
	begin(&w, &good, 1);
	w.probed.left_out = 3;
	assert_true(has(judge(&w, AUDIT_STARTTLS), &row, w.pool));
	pool_free(w.pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starttls),
		cmocka_unit_test(test_dane),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
