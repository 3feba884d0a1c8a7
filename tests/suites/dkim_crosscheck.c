/*
 * Our verdicts beside those of libopendkim's own full verification (its key lookup,
 * its body hash): over the shared corpora, and over generated messages with one
 * change each.  Every difference must be one that the table explains.
 * DKIM_MESSAGES: how many messages (1000); DKIM_SEED: where the dice begin.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/pool.h"
#include "dkim_generate.h"
#include "dkim_run.h"
#include "dkim_sign.h"
#include "resolver_zone.h"

#define SIGNATURES_MAX 100

/* Some differences are right only where this is so. */
enum condition {
	ALWAYS,
	BARE_CR,   /* the body holds a CR within a line */
	BARE_LF,   /* the body holds a LF without CR */
	NO_CRLF,   /* the body does not end with CRLF */
	UNDECODED, /* the library says that it cannot decode the key */
};

/* What we say and libopendkim does not, and why that is right. */
static const struct explanation {
	enum dkim_result ours;
	const char *reason; /* how ours begins; NULL: it has none */
	unsigned library;   /* its own words: a bit each */
	enum condition when;
	const char *why;
} explanations[] = {
	{ DKIM_PERMERROR, "rsa-sha1",
	    1U << DKIM_PASS | 1U << DKIM_FAIL | 1U << DKIM_POLICY, ALWAYS,
	    "RFC 8301: rsa-sha1 never passes" },
	{ DKIM_PERMERROR, "k= of the key does not fit", 1U << DKIM_PASS | 1U << DKIM_FAIL,
	    ALWAYS, "it does not compare k= and a=" },
	{ DKIM_PERMERROR, "the Ed25519 key is not", 1U << DKIM_PASS | 1U << DKIM_FAIL,
	    ALWAYS, "it does not compare k= and a=" },
	{ DKIM_PERMERROR, "v= of the key does not come first",
	    1U << DKIM_PASS | 1U << DKIM_FAIL, ALWAYS, "RFC 6376 3.6.1" },
	{ DKIM_PERMERROR, "a tag occurs twice", 1U << DKIM_PASS | 1U << DKIM_FAIL, ALWAYS,
	    "RFC 6376 3.2" },
	{ DKIM_PERMERROR, "tag list syntax", 1U << DKIM_PASS | 1U << DKIM_FAIL, ALWAYS,
	    "it reads tag lists loosely" },
	{ DKIM_PERMERROR, "the key is revoked", 1U << DKIM_PASS | 1U << DKIM_FAIL, ALWAYS,
	    "its callback sees the first text, which is no key for us" },
	{ DKIM_PERMERROR, "q= is not dns/txt",
	    1U << DKIM_PASS | 1U << DKIM_FAIL | 1U << DKIM_POLICY, ALWAYS,
	    "it does not look, with a callback" },
	{ DKIM_PERMERROR, "x= is not after t=", 1U << DKIM_POLICY | 1U << DKIM_FAIL,
	    ALWAYS, "it looks at the clock first" },
	{ DKIM_PERMERROR, "bh= is not a hash", 1U << DKIM_FAIL, ALWAYS,
	    "it compares the text" },
	{ DKIM_PERMERROR, "b= is not base64", 1U << DKIM_PASS | 1U << DKIM_FAIL, ALWAYS,
	    "it decodes what it can" },
	{ DKIM_PERMERROR, "d= is not a domain", 1U << DKIM_FAIL, ALWAYS,
	    "it takes any octets" },
	{ DKIM_PERMERROR, "s= is not a selector", 1U << DKIM_FAIL, ALWAYS,
	    "it takes any octets" },
	{ DKIM_PERMERROR, "l= is more than the body has", 1U << DKIM_FAIL, ALWAYS,
	    "RFC 6376 3.5" },
	{ DKIM_POLICY, "l= does not cover", 1U << DKIM_PASS, ALWAYS, "RFC 6376 8.2" },
	{ DKIM_PERMERROR, "t= is in the future", 1U << DKIM_PASS | 1U << DKIM_FAIL,
	    ALWAYS, "its clock was removed" },
	{ DKIM_POLICY, "expired", 1U << DKIM_PASS | 1U << DKIM_FAIL, ALWAYS,
	    "its clock was removed" },
	{ DKIM_NEUTRAL, "cannot be checked",
	    1U << DKIM_PASS | 1U << DKIM_FAIL | 1U << DKIM_PERMERROR, ALWAYS,
	    "it reads otherwise than the RFC" },
	{ DKIM_FAIL, "the body was changed", 1U << DKIM_PASS, BARE_CR,
	    "it drops a bare CR" },
	{ DKIM_FAIL, "the body was changed", 1U << DKIM_PASS, BARE_LF,
	    "it drops a bare LF" },
	{ DKIM_PERMERROR, "octet in a tag value", 1U << DKIM_FAIL | 1U << DKIM_PASS,
	    ALWAYS, "it takes any white space" },
	{ DKIM_PASS, NULL, 1U << DKIM_PERMERROR, UNDECODED,
	    "it reads no bare PKCS #1 key, none over 1024 octets" },
	{ DKIM_FAIL, "the ", 1U << DKIM_PERMERROR, UNDECODED,
	    "it reads no bare PKCS #1 key, none over 1024 octets" },
	{ DKIM_PASS, NULL, 1U << DKIM_TEMPERROR | 1U << DKIM_FAIL, NO_CRLF,
	    "it does not add the final CRLF" },
	{ DKIM_FAIL, "the ", 1U << DKIM_TEMPERROR, NO_CRLF,
	    "it does not add the final CRLF" },
	{ DKIM_PERMERROR, "l= is more", 1U << DKIM_TEMPERROR, NO_CRLF,
	    "it does not add the final CRLF" },
	{ DKIM_POLICY, "l= does not", 1U << DKIM_TEMPERROR, NO_CRLF,
	    "it does not add the final CRLF" },
};

static int cases;
static unsigned used[sizeof explanations / sizeof explanations[0]];
static struct dkim_lib *lib;

static bool
has_bare_cr(const struct dkim_message *m)
{
	for (size_t i = 0; i < m->body_len; i++) {
		if (m->body[i] == '\r' &&
		    (i + 1 == m->body_len || m->body[i + 1] != '\n'))
			return true;
	}
	return false;
}

static bool
has_bare_lf(const struct dkim_message *m)
{
	for (size_t i = 0; i < m->body_len; i++) {
		if (m->body[i] == '\n' && (i == 0 || m->body[i - 1] != '\r'))
			return true;
	}
	return false;
}

static bool
holds(enum condition when, const struct dkim_message *m, int error)
{
	if (when == BARE_CR)
		return has_bare_cr(m);
	if (when == BARE_LF)
		return has_bare_lf(m);
	if (when == NO_CRLF)
		return m->body_len < 2 ||
		       memcmp(m->body + m->body_len - 2, "\r\n", 2) != 0;
	return when == ALWAYS || error == 43;
}

static bool
begins(const char *text, const char *start)
{
	if (text == NULL || start == NULL)
		return text == start;
	return strncmp(text, start, strlen(start)) == 0;
}

static bool
explain(const struct dkim_evidence *ours, enum dkim_result library, int error,
    const struct dkim_message *m)
{
	if (ours->result == library)
		return true;
	for (size_t i = 0; i < sizeof explanations / sizeof explanations[0]; i++) {
		const struct explanation *e = &explanations[i];

		if (e->ours == ours->result && (e->library & 1U << library) != 0 &&
		    begins(ours->reason, e->reason) && holds(e->when, m, error)) {
			used[i]++;
			return true;
		}
	}
	return false;
}

/* Returns our first result; *good becomes false at an unexplained difference. */
static enum dkim_result
compare(struct resolver *r, const struct dkim_message *m, time_t now, const char *name,
    bool *good)
{
	struct pool *pool = pool_new();
	enum dkim_result results[SIGNATURES_MAX], first;
	int errors[SIGNATURES_MAX];
	size_t theirs = dkim_run_library(r, m, results, errors, SIGNATURES_MAX), count;
	const struct dkim_evidence *list = dkim_run(lib, r, m, now, 1000, pool, &count);

	if (theirs != count) {
		printf(
		    "# %s: %zu signatures, the library has %zu\n", name, count, theirs);
		*good = false;
	}
	for (size_t i = 0; i < count && i < theirs; i++) {
		if (explain(&list[i], results[i], errors[i], m))
			continue;
		printf("# %s: signature %zu: %s (%s), the library: %s (%d)\n", name,
		    i + 1, evidence_dkim_name(list[i].result),
		    list[i].reason != NULL ? list[i].reason : "-",
		    evidence_dkim_name(results[i]), errors[i]);
		*good = false;
	}
	first = count > 0 ? list[0].result : DKIM_NONE;
	pool_free(pool);
	return first;
}

static char *
read_under(const char *dir, const char *name, size_t *len)
{
	char path[5000], why[5400];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return file_read(path, 64 << 20, len, why, sizeof why);
}

static void
compare_file(const char *dir, const char *message, const char *zone_name, time_t now)
{
	size_t len = 0, zone_len;
	char *text = read_under(dir, message, &len), why[200];
	char *zone = read_under(dir, zone_name, &zone_len);
	struct resolver *r =
	    zone != NULL ? resolver_zone_new(zone, why, sizeof why) : NULL;
	bool good = text != NULL && r != NULL;

	if (good) {
		struct dkim_message m = dkim_run_parse(text, len);

		compare(r, &m, now, message, &good);
		dkim_run_forget(&m);
	}
	printf("%sok %d - %s\n", good ? "" : "not ", ++cases, message);
	resolver_close(r);
	free(text);
	free(zone);
}

static void
compare_corpora(void)
{
	const char *conformance = getenv("CONFORMANCE_DIR");
	char dir[4096], message[500], zone[500], *text, *rest, *line;
	size_t len;
	long now;

	snprintf(dir, sizeof dir, "%s/dkim", conformance != NULL ? conformance : "");
	text = conformance != NULL ? read_under(dir, "cases.tsv", &len) : NULL;
	if (text == NULL) {
		printf("ok %d - corpora # SKIP no CONFORMANCE_DIR\n", ++cases);
		return;
	}
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[0] != '#' &&
		    sscanf(line, "%499[^\t]\t%499[^\t]\t%*[^\t]\t%*[^\t]\t%*[^\t]\t%ld",
			message, zone, &now) == 3)
			compare_file(dir, message, zone, now != 0 ? now : time(NULL));
	}
	free(text);
}

static void
compare_index(const char *dir)
{
	char *text, *rest, *message, *zone;
	size_t len;

	text = read_under(dir, "index", &len);
	rest = text;
	while ((zone = strsep(&rest, "\n")) != NULL && zone[0] != '\0') {
		message = strsep(&zone, "\t");
		compare_file(dir, message, zone, time(NULL));
	}
	free(text);
}

static void
compare_attacks(void)
{
	char dir[] = "/tmp/dkim_crosscheck.XXXXXX", command[9000];
	const char *srcdir = getenv("srcdir"), *conformance = getenv("CONFORMANCE_DIR");
	int status;

	if (conformance == NULL || mkdtemp(dir) == NULL) {
		printf("ok %d - attacks # SKIP no CONFORMANCE_DIR\n", ++cases);
		return;
	}
	snprintf(command, sizeof command,
	    "/usr/bin/python3 '%s/tests/suites/dkim_corpora.py' '%s' %s",
	    srcdir != NULL ? srcdir : ".", conformance, dir);
	status = system(command);
	if (status == 0)
		compare_index(dir);
	else
		printf("%sok %d - attacks # SKIP not there\n",
		    status == 77 << 8 ? "" : "not ", ++cases);
	snprintf(command, sizeof command, "rm -r %s", dir);
	if (system(command) != 0)
		printf("# %s stays\n", dir);
}

/* The zone, where the key record may be changed. */
static struct resolver *
make_zone(const struct sign_key *key, bool changed)
{
	static const char *const begins[] = { "t=y; ", "t=s; ", "h=sha1; ", "s=x; ",
		"k=rsa; ", "k=ed25519; ", "v=DKIM2; ", "n=x; v=DKIM1; ", "p=; ", "g=x; ",
		"hello; " };
	char zone[3000], why[200];
	const char *p = strstr(key->record, "p="),
		   *k = key->bits > 0 ? "" : "k=ed25519; ";
	size_t n = (size_t)sprintf(zone, "s._domainkey.example.nl TXT \"%s%s\"", k,
	    changed ? begins[dkim_generate_roll(sizeof begins / sizeof begins[0])] : "");

	for (; *p != '\0'; p += strnlen(p, 200))
		n += (size_t)sprintf(zone + n, " \"%.200s\"", p);
	sprintf(zone + n, "\n%s",
	    changed && dkim_generate_roll(8) == 0 ? "s._domainkey.example.nl TXT \"p=\"\n"
						  : "");
	return resolver_zone_new(zone, why, sizeof why);
}

static void
compare_generated(const struct sign_key *key, enum dkim_change change, bool *good)
{
	struct dkim_message m = dkim_generate_message();
	char name[200];
	struct resolver *r;
	enum dkim_result result;

	dkim_sign_message(&m, &(struct sign_options){ .key = key,
				  .domain = "example.nl",
				  .selector = "s",
				  .header = dkim_generate_roll(2),
				  .body = dkim_generate_roll(2),
				  .length = -1 });
	dkim_generate_change(&m, change);
	r = make_zone(key, change == CHANGE_KEY);
	snprintf(name, sizeof name, "%s, %d bits", dkim_generate_name(change), key->bits);
	result = compare(r, &m, time(NULL), name, good);
	if (change == CHANGE_NOTHING && result != DKIM_PASS) {
		printf("# an unchanged message is %s\n", evidence_dkim_name(result));
		*good = false;
	}
	resolver_close(r);
	dkim_run_forget(&m);
}

static void
compare_all_generated(void)
{
	const char *wanted = getenv("DKIM_MESSAGES"), *seed = getenv("DKIM_SEED");
	int total = wanted != NULL ? (int)strtol(wanted, NULL, 10) : 1000;
	struct sign_key keys[] = { sign_key_new(1024), sign_key_new(2048),
		sign_key_new(0) };

	if (seed != NULL)
		dkim_generate_seed(strtoull(seed, NULL, 10));
	for (int change = 0; change < CHANGES; change++) {
		bool good = true;

		for (int i = 0; i < total / CHANGES + 1; i++)
			compare_generated(&keys[dkim_generate_roll(3)],
			    (enum dkim_change)change, &good);
		printf("%sok %d - %d messages with a change: %s\n", good ? "" : "not ",
		    ++cases, total / CHANGES + 1, dkim_generate_name(change));
	}
	for (size_t i = 0; i < 3; i++)
		sign_key_clear(&keys[i]);
}

int
main(void)
{
	struct dkim_lib_options options = { .minimum_key_bits = 1024,
		.maximum_signatures = SIGNATURES_MAX };
	char why[200];

	setvbuf(stdout, NULL, _IOLBF, 0);
	lib = dkim_lib_open(&options, why, sizeof why);
	compare_corpora();
	compare_attacks();
	compare_all_generated();
	for (size_t i = 0; i < sizeof used / sizeof used[0]; i++) {
		if (used[i] > 0)
			printf("# %u times %s (%s): %s\n", used[i],
			    evidence_dkim_name(explanations[i].ours),
			    explanations[i].reason != NULL ? explanations[i].reason : "-",
			    explanations[i].why);
	}
	dkim_lib_close(lib);
	printf("1..%d\n", cases);
	return 0;
}
