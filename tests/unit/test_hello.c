/*
 * Our ClientHello is shown to OpenSSL's server in memory, and what that says is read;
 * what OpenSSL no longer says is made by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "ctl/audit/ffdhe.h"
#include "ctl/audit/hello.h"
#include "ctl/audit/hello_reader.h"
#include "ctl/audit/ncsc.h"
#include "hello_feed.h"

#define ANSWER_MAX 65536
#define LIST_MAX 8

struct server {
	const char *ciphers; /* of OpenSSL; NULL: TLS 1.3 as it comes */
	const char *groups;
	const char *signatures;
	const char *dh_group;
	int lowest, highest;
	bool ec_key;
};

struct keys {
	EVP_PKEY *rsa, *ec;
	X509 *rsa_certificate, *ec_certificate;
};

static X509 *
certificate_of(EVP_PKEY *key)
{
	X509 *x = X509_new();

	assert_non_null(x);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, key);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	return x;
}

static int
make_keys(void **state)
{
	static struct keys k;

	k.rsa = EVP_RSA_gen(2048);
	k.ec = EVP_EC_gen("P-256");
	assert_non_null(k.rsa);
	assert_non_null(k.ec);
	k.rsa_certificate = certificate_of(k.rsa);
	k.ec_certificate = certificate_of(k.ec);
	*state = &k;
	return 0;
}

static int
free_keys(void **state)
{
	const struct keys *k = *state;

	X509_free(k->rsa_certificate);
	X509_free(k->ec_certificate);
	EVP_PKEY_free(k->rsa);
	EVP_PKEY_free(k->ec);
	return 0;
}

static void
use_prime(SSL_CTX *ctx, const char *group)
{
	EVP_PKEY_CTX *make = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	EVP_PKEY *dh = NULL;

	assert_int_equal(EVP_PKEY_paramgen_init(make), 1);
	assert_int_equal(EVP_PKEY_CTX_set_group_name(make, group), 1);
	assert_int_equal(EVP_PKEY_generate(make, &dh), 1);
	assert_int_equal(SSL_CTX_set0_tmp_dh_pkey(ctx, dh), 1);
	EVP_PKEY_CTX_free(make);
}

static SSL_CTX *
open_server(const struct server *s, const struct keys *k)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	assert_non_null(ctx);
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_min_proto_version(ctx, s->lowest);
	SSL_CTX_set_max_proto_version(ctx, s->highest);
	if (s->ciphers != NULL)
		assert_int_equal(SSL_CTX_set_cipher_list(ctx, s->ciphers), 1);
	if (s->groups != NULL)
		assert_int_equal(SSL_CTX_set1_groups_list(ctx, s->groups), 1);
	if (s->signatures != NULL)
		assert_int_equal(SSL_CTX_set1_sigalgs_list(ctx, s->signatures), 1);
	if (s->dh_group != NULL)
		use_prime(ctx, s->dh_group);
	assert_int_equal(SSL_CTX_use_certificate(
			     ctx, s->ec_key ? k->ec_certificate : k->rsa_certificate),
	    1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, s->ec_key ? k->ec : k->rsa), 1);
	return ctx;
}

/* What OpenSSL's server sends back. */
static size_t
answer_of(SSL_CTX *ctx, const struct hello_offer *offer, uint8_t answer[ANSWER_MAX])
{
	uint8_t out[HELLO_OCTETS_MAX];
	size_t len = hello_write(offer, out, sizeof out);
	SSL *ssl = SSL_new(ctx);
	BIO *in = BIO_new(BIO_s_mem()), *back = BIO_new(BIO_s_mem());
	int got;

	assert_true(len > 0);
	SSL_set_bio(ssl, in, back);
	assert_int_equal(BIO_write(in, out, (int)len), (int)len);
	SSL_accept(ssl);
	got = BIO_read(back, answer, ANSWER_MAX);
	SSL_free(ssl);
	return got > 0 ? (size_t)got : 0;
}

static const uint16_t all_groups[] = { 29, 23, 24, 25, 30 };
static const uint16_t all_signatures[] = { 0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806,
	0x0401, 0x0501, 0x0601 };
static const uint16_t weak_signatures[] = { 0x0201, 0x0203 };

#define CODES(list)                                 \
	{                                           \
		list, sizeof(list) / sizeof *(list) \
	}

struct expected {
	enum hello_state state;
	uint16_t version, suite, group, signature;
	uint16_t ffdhe;
	unsigned prime_bits;
	bool is_retry, has_exchange;
	uint8_t alert;
};

static const struct {
	const char *what;
	struct server server;
	uint16_t version;
	uint16_t suites[LIST_MAX];
	bool weak;
	struct expected expected;
} openssl_rows[] = {
	{ "TLS 1.2, a curve",
	    { "ALL", "X25519", NULL, NULL, TLS1_VERSION, TLS1_2_VERSION, false },
	    HELLO_TLS_1_2, { 0xc02f }, false,
	    { HELLO_CHOSEN, HELLO_TLS_1_2, 0xc02f, 29, 0x0804, 0, 0, false, true, 0 } },
	{ "the same of P-384, signed by ECDSA",
	    { "ALL", "P-384", "ECDSA+SHA256", NULL, TLS1_VERSION, TLS1_2_VERSION, true },
	    HELLO_TLS_1_2, { 0xc02c, 0xc02b }, false,
	    { HELLO_CHOSEN, HELLO_TLS_1_2, 0xc02c, 24, 0x0403, 0, 0, false, true, 0 } },
	{ "ffdhe2048",
	    { "ALL", NULL, NULL, "ffdhe2048", TLS1_VERSION, TLS1_2_VERSION, false },
	    HELLO_TLS_1_2, { 0x009e }, false,
	    { HELLO_CHOSEN, HELLO_TLS_1_2, 0x009e, 0, 0x0804, 256, 2048, false, true,
		0 } },
	{ "ffdhe3072",
	    { "ALL", NULL, NULL, "ffdhe3072", TLS1_VERSION, TLS1_2_VERSION, false },
	    HELLO_TLS_1_2, { 0x009e }, false,
	    { HELLO_CHOSEN, HELLO_TLS_1_2, 0x009e, 0, 0x0804, 257, 3072, false, true,
		0 } },
	{ "ffdhe4096",
	    { "ALL", NULL, NULL, "ffdhe4096", TLS1_VERSION, TLS1_2_VERSION, false },
	    HELLO_TLS_1_2, { 0x009e }, false,
	    { HELLO_CHOSEN, HELLO_TLS_1_2, 0x009e, 0, 0x0804, 258, 4096, false, true,
		0 } },
	{ "ffdhe6144",
	    { "ALL", NULL, NULL, "ffdhe6144", TLS1_VERSION, TLS1_2_VERSION, false },
	    HELLO_TLS_1_2, { 0x009e }, false,
	    { HELLO_CHOSEN, HELLO_TLS_1_2, 0x009e, 0, 0x0804, 259, 6144, false, true,
		0 } },
	{ "ffdhe8192",
	    { "ALL", NULL, NULL, "ffdhe8192", TLS1_VERSION, TLS1_2_VERSION, false },
	    HELLO_TLS_1_2, { 0x009e }, false,
	    { HELLO_CHOSEN, HELLO_TLS_1_2, 0x009e, 0, 0x0804, 260, 8192, false, true,
		0 } },
	{ "another prime, of RFC 3526",
	    { "ALL", NULL, NULL, "modp_3072", TLS1_VERSION, TLS1_2_VERSION, false },
	    HELLO_TLS_1_1, { 0x0033 }, false,
	    { HELLO_CHOSEN, HELLO_TLS_1_1, 0x0033, 0, 0, 0, 3072, false, true, 0 } },
	{ "TLS 1.0, RSA alone",
	    { "ALL", NULL, NULL, NULL, TLS1_VERSION, TLS1_2_VERSION, false },
	    HELLO_TLS_1_0, { 0x002f }, false,
	    { HELLO_CHOSEN, HELLO_TLS_1_0, 0x002f, 0, 0, 0, 0, false, false, 0 } },
	{ "TLS 1.1 is asked for, TLS 1.0 had",
	    { "ALL", NULL, NULL, NULL, TLS1_VERSION, TLS1_VERSION, false }, HELLO_TLS_1_1,
	    { 0xc013 }, false,
	    { HELLO_CHOSEN, HELLO_TLS_1_0, 0xc013, 29, 0, 0, 0, false, true, 0 } },
	{ "TLS 1.1, which is not there",
	    { "ALL", NULL, NULL, NULL, TLS1_2_VERSION, TLS1_3_VERSION, false },
	    HELLO_TLS_1_1, { 0xc013 }, false, { .state = HELLO_REFUSED, .alert = 70 } },
	{ "nobody signs: a curve",
	    { "ALL:aNULL", "P-256", NULL, NULL, TLS1_VERSION, TLS1_2_VERSION, false },
	    HELLO_TLS_1_2, { 0xc018 }, false,
	    { HELLO_CHOSEN, HELLO_TLS_1_2, 0xc018, 23, 0, 0, 0, false, true, 0 } },
	{ "nobody signs: a prime",
	    { "ALL:aNULL", NULL, NULL, "ffdhe2048", TLS1_VERSION, TLS1_2_VERSION, false },
	    HELLO_TLS_1_2, { 0x0034 }, false,
	    { HELLO_CHOSEN, HELLO_TLS_1_2, 0x0034, 0, 0, 256, 2048, false, true, 0 } },
	{ "signed with SHA-1",
	    { "ALL", "P-256", "RSA+SHA1:RSA+SHA256", NULL, TLS1_VERSION, TLS1_2_VERSION,
		false },
	    HELLO_TLS_1_2, { 0xc02f }, true,
	    { HELLO_CHOSEN, HELLO_TLS_1_2, 0xc02f, 23, 0x0201, 0, 0, false, true, 0 } },
	{ "no SHA-1",
	    { "ALL", "P-256", "RSA+SHA256", NULL, TLS1_VERSION, TLS1_2_VERSION, false },
	    HELLO_TLS_1_2, { 0xc02f }, true, { .state = HELLO_REFUSED, .alert = 40 } },
	{ "no suite of ours",
	    { "AES256-SHA", NULL, NULL, NULL, TLS1_VERSION, TLS1_2_VERSION, false },
	    HELLO_TLS_1_2, { 0xc02f, 0x0005 }, false,
	    { .state = HELLO_REFUSED, .alert = 40 } },
	{ "TLS 1.3: it names its group",
	    { NULL, "P-521", NULL, NULL, TLS1_2_VERSION, TLS1_3_VERSION, false },
	    HELLO_TLS_1_3, { 0x1302, 0x1301 }, false,
	    { HELLO_CHOSEN, HELLO_TLS_1_3, 0x1302, 25, 0, 0, 0, true, false, 0 } },
	{ "TLS 1.3: no group of ours",
	    { NULL, "brainpoolP256r1:ffdhe2048", NULL, NULL, TLS1_2_VERSION,
		TLS1_3_VERSION, false },
	    HELLO_TLS_1_3, { 0x1302, 0x1301 }, false,
	    { .state = HELLO_REFUSED, .alert = 40 } },
	{ "TLS 1.3, which is not there",
	    { "ALL", NULL, NULL, NULL, TLS1_VERSION, TLS1_2_VERSION, false },
	    HELLO_TLS_1_3, { 0x1302, 0x1301 }, false,
	    { .state = HELLO_REFUSED, .alert = 70 } },
};

static void
hold(const char *what, const struct expected *e, enum hello_state state,
    const struct hello_answer *a)
{
	bool chosen = e->state == HELLO_CHOSEN;

	if (a->wrong != NULL)
		print_message("# %s: %s\n", what, a->wrong);
	if (state != e->state || a->group != e->group || a->signature != e->signature)
		print_message("# %s: state %d, suite %04x, group %u, signature %04x\n",
		    what, (int)state, a->suite, a->group, a->signature);
	assert_int_equal(state, e->state);
	assert_int_equal(a->has_hello, chosen);
	assert_int_equal(a->version, e->version);
	assert_int_equal(a->suite, e->suite);
	assert_int_equal(a->group, e->group);
	assert_int_equal(a->signature, e->signature);
	assert_int_equal(a->prime_bits, e->prime_bits);
	assert_int_equal(
	    e->prime_bits > 0 ? ffdhe_group(a->prime, a->prime_octets) : 0, e->ffdhe);
	assert_int_equal(a->is_retry, e->is_retry);
	assert_int_equal(a->has_exchange, e->has_exchange);
	assert_int_equal(a->alert, e->alert);
	assert_int_equal(a->has_alert, e->alert != 0);
	/* OpenSSL has both of TLS 1.2 and below, and needs none in 1.3. */
	assert_int_equal(a->extended_master_secret, chosen && !a->is_retry);
	assert_int_equal(a->secure_renegotiation, chosen && !a->is_retry);
	assert_int_equal(a->compression, 0);
}

static void
test_openssl(void **state)
{
	static uint8_t octets[ANSWER_MAX];

	for (size_t i = 0; i < sizeof openssl_rows / sizeof *openssl_rows; i++) {
		size_t count = 0, len;
		SSL_CTX *ctx = open_server(&openssl_rows[i].server, *state);
		struct hello_offer offer = {
			.version = openssl_rows[i].version,
			.groups = CODES(all_groups),
			.signatures = CODES(all_signatures),
			.host = "mx.example",
		};

		while (count < LIST_MAX && openssl_rows[i].suites[count] != 0)
			count++;
		offer.suites = (struct hello_codes){ openssl_rows[i].suites, count };
		if (openssl_rows[i].weak)
			offer.signatures = (struct hello_codes)CODES(weak_signatures);
		len = answer_of(ctx, &offer, octets);
		for (size_t piece = 1; piece <= len + 1; piece = piece * 3 + 1) {
			struct hello_reader *r = hello_reader_new(&offer);
			enum hello_state end = hello_feed(r, octets, len, piece);

			hold(openssl_rows[i].what, &openssl_rows[i].expected, end,
			    hello_reader_answer(r));
			hello_reader_free(r);
		}
		SSL_CTX_free(ctx);
	}
}

/* Whatever the octets are cut to, nothing is wrong with what has come. */
static void
test_cut(void **state)
{
	static const uint16_t suites[] = { 0xc02f };
	static uint8_t octets[ANSWER_MAX];
	const struct hello_offer offer = { .version = HELLO_TLS_1_2,
		.suites = CODES(suites) };
	const struct server server = { "ALL", NULL, NULL, NULL, TLS1_VERSION,
		TLS1_2_VERSION, false };
	SSL_CTX *ctx = open_server(&server, *state);
	size_t len = answer_of(ctx, &offer, octets);
	size_t more = 0;

	assert_true(len > 0);
	for (size_t n = 0; n < len; n++) {
		struct hello_reader *r = hello_reader_new(&offer);
		enum hello_state end = hello_feed(r, octets, n, n + 1);

		assert_true(end == HELLO_MORE || end == HELLO_CHOSEN);
		assert_null(hello_reader_answer(r)->wrong);
		more += end == HELLO_MORE;
		hello_reader_free(r);
	}
	/* All but what stands behind ServerKeyExchange. */
	assert_true(more > len / 2);
	SSL_CTX_free(ctx);
}

/* What the server sees of us. */

struct seen {
	bool compression, secret, renegotiation, share_is_empty;
	unsigned version;
	size_t suites;
	char host[64];
};

static int
look(SSL *ssl, int *alert, void *arg)
{
	struct seen *seen = arg;
	const unsigned char *data;
	size_t len;

	seen->version = SSL_client_hello_get0_legacy_version(ssl);
	seen->suites = SSL_client_hello_get0_ciphers(ssl, &data) / 2;
	len = SSL_client_hello_get0_compression_methods(ssl, &data);
	seen->compression = len == 2 && data[0] == 1 && data[1] == 0;
	seen->secret = SSL_client_hello_get0_ext(ssl, 23, &data, &len) == 1 && len == 0;
	seen->renegotiation =
	    SSL_client_hello_get0_ext(ssl, 0xff01, &data, &len) == 1 && len == 1;
	seen->share_is_empty = SSL_client_hello_get0_ext(ssl, 51, &data, &len) == 1 &&
			       len == 2 && data[0] == 0 && data[1] == 0;
	if (SSL_client_hello_get0_ext(ssl, 0, &data, &len) == 1 && len > 5)
		snprintf(seen->host, sizeof seen->host, "%.*s", (int)len - 5, data + 5);
	*alert = SSL_AD_ACCESS_DENIED;
	return SSL_CLIENT_HELLO_ERROR;
}

static void
test_written(void **state)
{
	static uint8_t octets[ANSWER_MAX];
	static uint16_t bad[TLS_SUITES_MAX];
	const struct server server = { "ALL", NULL, NULL, NULL, TLS1_VERSION,
		TLS1_3_VERSION, false };
	SSL_CTX *ctx = open_server(&server, *state);
	struct seen seen = { 0 };
	struct hello_offer offer = {
		.version = HELLO_TLS_1_2,
		.suites = { bad, ncsc_ask_suites(NCSC_INSUFFICIENT, bad) },
		.groups = CODES(all_groups),
		.compression = true,
		.host = "mx.school.example",
	};

	SSL_CTX_set_client_hello_cb(ctx, look, &seen);
	answer_of(ctx, &offer, octets);
	assert_int_equal(seen.version, HELLO_TLS_1_2);
	assert_int_equal(seen.suites, offer.suites.count);
	assert_true(seen.suites > 150);
	assert_true(seen.compression && seen.secret && seen.renegotiation);
	assert_false(seen.share_is_empty);
	assert_string_equal(seen.host, "mx.school.example");

	offer.version = HELLO_TLS_1_3;
	answer_of(ctx, &offer, octets);
	assert_int_equal(seen.version, HELLO_TLS_1_2);
	assert_true(seen.share_is_empty);
	assert_false(seen.compression);
	SSL_CTX_free(ctx);

	/* SSL 3.0 knows no extensions; and nothing is written beyond the room. */
	offer.version = HELLO_SSL_3_0;
	offer.suites.count = 1;
	assert_int_equal(
	    hello_write(&offer, octets, sizeof octets), 5 + 4 + 2 + 32 + 1 + 4 + 3);
	assert_memory_equal(octets, "\x16\x03\x00", 3);
	octets[20] = 0x5a;
	assert_int_equal(hello_write(&offer, octets, 20), 0);
	assert_int_equal(octets[20], 0x5a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openssl),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_written),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
