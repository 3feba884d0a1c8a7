/*
 * CPU per message of DKIM, beside its floor (SHA-256 of the body by EVP and one
 * RSA-2048 verification with a decoded key) and beside libopendkim doing all of it,
 * in one run.  make tests/bench/dkim && tests/bench/dkim
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#define dkim_lib libopendkim_lib
#include <opendkim/dkim.h>
#undef dkim_lib
#include <openssl/evp.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/unconst.h"
#include "check/dkim_key.h"
#include "dkim_run.h"
#include "dkim_sign.h"
#include "dns/questions.h"
#include "resolver_zone.h"

#define PIECE 65535 /* MILTER_CHUNK_SIZE */

static struct sign_key key;
static struct resolver *resolver;
static struct dkim_lib *lib;
static struct dkim_key_cache *keys;
static DKIM_LIB *library;

struct bench {
	const struct dkim_message *message;
	void (*run)(const struct dkim_message *m);
};

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The best of several rounds: what else runs on the host only adds. */
static double
measure(const struct bench *b)
{
	size_t rounds = 15, runs = 1 + 4000000 / (b->message->body_len + 40000);
	double best = 1e12;

	for (size_t i = 0; i < rounds; i++) {
		double start = cpu_us(), took;

		for (size_t k = 0; k < runs; k++)
			b->run(b->message);
		took = (cpu_us() - start) / (double)runs;
		best = took < best ? took : best;
	}
	return best;
}

static void
run_ours(const struct dkim_message *m)
{
	struct pool *pool = pool_new();
	size_t count;
	const struct dkim_evidence *list =
	    dkim_run(lib, resolver, m, time(NULL), PIECE, pool, &count);

	for (size_t i = 0; i < count; i++) {
		if (list[i].result != DKIM_PASS)
			abort();
	}
	pool_free(pool);
}

static void
run_floor(const struct dkim_message *m)
{
	static unsigned char signature[256];
	unsigned char hash[EVP_MAX_MD_SIZE];
	const struct dkim_key *held = dkim_key_get(keys, key.record, strlen(key.record));

	EVP_Digest(m->body, m->body_len, hash, NULL, EVP_sha256(), NULL);
	signature[255] = 77;
	dkim_key_verify(held, hash, signature, sizeof signature);
	dkim_key_put(keys, held);
}

static void
feed(DKIM *d, const char *text, size_t len)
{
	if (dkim_header(d, (u_char *)unconst(text), len) != DKIM_STAT_OK)
		abort();
}

static void
run_library(const struct dkim_message *m)
{
	DKIM_STAT status;
	DKIM *d = dkim_verify(library, (const u_char *)"bench", NULL, &status);
	DKIM_SIGINFO **sigs;
	int count;
	bool testing;

	feed(d, "x y: z", 6);
	for (size_t i = 0; i < m->field_count; i++) {
		char text[4000];
		int n = snprintf(
		    text, sizeof text, "%s:%s", m->fields[i].name, m->fields[i].value);

		feed(d, text, (size_t)n);
	}
	dkim_eoh(d);
	for (size_t at = 0; at < m->body_len; at += PIECE)
		dkim_body(d, (u_char *)m->body + at,
		    m->body_len - at < PIECE ? m->body_len - at : PIECE);
	if (dkim_eom(d, &testing) != DKIM_STAT_OK ||
	    dkim_getsiglist(d, &sigs, &count) != DKIM_STAT_OK || count == 0)
		abort();
	for (int i = 0; i < count; i++)
		dkim_sig_process(d, sigs[i]);
	dkim_free(d);
}

static DKIM_CBSTAT
give_key(DKIM *d, DKIM_SIGINFO *sig, u_char *out, size_t size)
{
	(void)d;
	(void)sig;
	snprintf((char *)out, size, "%s", key.record);
	return DKIM_CBSTAT_CONTINUE;
}

/* Lines of words, and sometimes two spaces: prose as mail has it. */
static char *
prose(size_t size)
{
	static const char *const words[] = { "the", "message", "of", "a", "school", "is",
		"read", "by", "parents", "and", "teachers", "in", "time", "because",
		"somebody", "wrote", "it", "well." };
	char *text = mem_alloc(size + 200);
	size_t n = 0, line = 0;
	unsigned dice = 1;

	while (n < size) {
		const char *word = words[(dice = dice * 1103515245 + 12345) / 65536 % 18];

		n += (size_t)sprintf(text + n, "%s", word);
		line += strlen(word) + 1;
		if (line > 68) {
			n += (size_t)sprintf(text + n, "\r\n");
			line = 0;
		} else {
			n += (size_t)sprintf(
			    text + n, word[strlen(word) - 1] == '.' ? "  " : " ");
		}
	}
	snprintf(text + n, size + 200 - n, "\r\n");
	return text;
}

static struct dkim_message
make_message(size_t size, enum dkim_canonicalization canon, int signatures)
{
	static const char *const fields[][2] = {
		{ "Received", " from mx.example.nl (mx.example.nl "
			      "[192.0.2.1])\r\n\tby mx.school.nl "
			      "(Postfix) with ESMTPS id 4XyZ1a\r\n\t"
			      "for <b@school.nl>; Tue, 24 Nov 2026" },
		{ "From", " A Sender <a@example.nl>" }, { "To", " b@school.nl" },
		{ "Subject", " The weekly letter" },
		{ "Date", " Tue, 24 Nov 2026 01:00:00 +0000" },
		{ "Message-ID", " <20261124010000.1@example.nl>" },
		{ "MIME-Version", " 1.0" },
		{ "Content-Type", " text/plain; charset=utf-8" },
		{ "Content-Transfer-Encoding", " 8bit" },
		{ "List-Unsubscribe", " <https://example.nl/u/1>" }
	};
	struct dkim_message m = { 0 };

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		dkim_sign_append_field(&m, fields[i][0], fields[i][1]);
	m.body = prose(size);
	m.body_len = strlen(m.body);
	for (int i = 0; i < signatures; i++)
		dkim_sign_message(&m, &(struct sign_options){ .key = &key,
					  .domain = "example.nl",
					  .selector = "s",
					  .header = canon,
					  .body = canon,
					  .length = -1 });
	return m;
}

static void
compare(size_t size, enum dkim_canonicalization canon, int signatures)
{
	struct dkim_message m = make_message(size, canon, signatures);
	double floor_us, ours_us, library_us;

	run_ours(&m);
	floor_us = measure(&(struct bench){ &m, run_floor });
	ours_us = measure(&(struct bench){ &m, run_ours });
	library_us = measure(&(struct bench){ &m, run_library });
	printf("%8zu %-8s %4d %9.1f %9.1f %9.1f %9.1f %7.2f %7.2f\n", size,
	    canon == DKIM_RELAXED ? "relaxed" : "simple", signatures, floor_us, ours_us,
	    ours_us - floor_us, library_us, ours_us / floor_us, ours_us / library_us);
	fflush(stdout);
	dkim_run_forget(&m);
}

int
main(void)
{
	static const size_t sizes[] = { 2000, 50000, 1000000 };
	struct dkim_lib_options options = { .minimum_key_bits = 1024,
		.maximum_signatures = 10 };
	u_int flags = DKIM_LIBFLAGS_BADSIGHANDLES | DKIM_LIBFLAGS_DELAYSIGPROC;
	char zone[2000], why[200];
	size_t n = (size_t)sprintf(zone, "s._domainkey.example.nl TXT");

	key = sign_key_new(2048);
	for (const char *p = key.record; *p != '\0'; p += strnlen(p, 200))
		n += (size_t)sprintf(zone + n, " \"%.200s\"", p);
	sprintf(zone + n, "\n");
	resolver = resolver_zone_new(zone, why, sizeof why);
	lib = dkim_lib_open(&options, why, sizeof why);
	keys = dkim_key_cache_new(0);
	library = dkim_init(NULL, NULL);
	dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags, sizeof flags);
	dkim_set_key_lookup(library, give_key);

	printf("%8s %-8s %4s %9s %9s %9s %9s %7s %7s\n", "octets", "canon", "sigs",
	    "floor us", "ours us", "beside", "library", "/floor", "/libr.");
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		for (int k = 0; k < 4; k++)
			compare(
			    sizes[i], k < 2 ? DKIM_RELAXED : DKIM_SIMPLE, k % 2 ? 4 : 1);
	}
	dkim_close(library);
	dkim_key_cache_free(keys);
	dkim_lib_close(lib);
	resolver_close(resolver);
	sign_key_clear(&key);
	return 0;
}
