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
	{ DKIM_PERMERROR, "v= of the key does not stand first",
	    1U << DKIM_PASS | 1U << DKIM_FAIL, ALWAYS, "RFC 6376 3.6.1" },
	{ DKIM_PERMERROR, "a tag stands twice", 1U << DKIM_PASS | 1U << DKIM_FAIL, ALWAYS,
	    "RFC 6376 3.2" },
	{ DKIM_PERMERROR, "tag list syntax", 1U << DKIM_PASS | 1U << DKIM_FAIL, ALWAYS,
	    "it reads tag lists loosely" },
	{ DKIM_PERMERROR, "there are several key records",
	    1U << DKIM_PASS | 1U << DKIM_FAIL, ALWAYS, "its callback sees one" },
	{ DKIM_PERMERROR, "q= is not dns/txt",
	    1U << DKIM_PASS | 1U << DKIM_FAIL | 1U << DKIM_POLICY, ALWAYS,
	    "it does not look, with a callback" },
	{ DKIM_PERMERROR, "x= is not after t=", 1U << DKIM_POLICY | 1U << DKIM_FAIL,
	    ALWAYS, "it looks at the clock first" },
	{ DKIM_PERMERROR, "bh= is no hash", 1U << DKIM_FAIL, ALWAYS,
	    "it compares the text" },
	{ DKIM_PERMERROR, "b= is not base64", 1U << DKIM_PASS | 1U << DKIM_FAIL, ALWAYS,
	    "it decodes what it can" },
	{ DKIM_PERMERROR, "d= is no domain", 1U << DKIM_FAIL, ALWAYS,
	    "it takes any octets" },
	{ DKIM_PERMERROR, "s= is no selector", 1U << DKIM_FAIL, ALWAYS,
	    "it takes any octets" },
	{ DKIM_PERMERROR, "l= is more than the body has", 1U << DKIM_FAIL, ALWAYS,
	    "RFC 6376 3.5" },
	{ DKIM_POLICY, "l= does not cover", 1U << DKIM_PASS, ALWAYS, "RFC 6376 8.2" },
	{ DKIM_PERMERROR, "t= is in the future", 1U << DKIM_PASS | 1U << DKIM_FAIL,
	    ALWAYS, "its clock was taken away" },
	{ DKIM_POLICY, "expired", 1U << DKIM_PASS | 1U << DKIM_FAIL, ALWAYS,
	    "its clock was taken away" },
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

/* The dice: xorshift64*. */
static uint64_t dice = 88172645463325252U;

static unsigned
roll(unsigned sides)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return (unsigned)((dice * 2685821657736338717U) >> 33) % sides;
}

static void
put_text(char *out, size_t len, bool header)
{
	static const char *const bits[] = { "word", "two words", "  ", " ", "\t", ".",
		"=", ";", "\xc3\xa9", "b=", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	size_t n = 0;

	while (n + 60 < len && roll(20) != 0) {
		unsigned kind = roll(14);

		if (kind < 11)
			n += (size_t)sprintf(out + n, "%s", bits[kind]);
		else if (!header)
			n += (size_t)sprintf(out + n, kind == 13 ? "\r\n\r\n" : "\r\n");
		else if (kind == 13)
			n += (size_t)sprintf(out + n, "\r\n folded");
	}
	out[n] = '\0';
}

static struct dkim_message
generate(void)
{
	static const char *const names[] = { "X-One", "Cc", "Received", "list-id",
		"X-Two", "Reply-To", "Comments" };
	struct dkim_message m = { 0 };
	char text[3000];

	dkim_sign_append_field(&m, roll(2) ? "From" : "FROM", " A B <a@example.nl>");
	for (unsigned i = roll(12); i > 0; i--) {
		put_text(text, 600, true);
		dkim_sign_append_field(&m, names[roll(7)], text);
	}
	put_text(text, 300, true);
	dkim_sign_append_field(&m, "Subject", text);
	dkim_sign_append_field(&m, "To", " b@example.org");
	put_text(text, 2900, false);
	if (text[0] != '\0')
		strcat(text, "\r\n");
	m.body = mem_strdup(text);
	m.body_len = strlen(text);
	return m;
}

/* One change to a signed message, or to its key record. */
enum change {
	CHANGE_NOTHING,
	CHANGE_HEADER_OCTET,
	CHANGE_BODY_OCTET,
	CHANGE_HEADER_SPACE,
	CHANGE_BODY_SPACE,
	CHANGE_BODY_CR,
	CHANGE_BODY_LF,
	CHANGE_BODY_END,
	CHANGE_BODY_CUT,
	CHANGE_BODY_MORE,
	CHANGE_FIELD_GONE,
	CHANGE_FIELD_TWICE,
	CHANGE_FIELD_NEW,
	CHANGE_SIGNATURE_OCTET,
	CHANGE_SIGNATURE_TAG,
	CHANGE_KEY,
	CHANGES
};

static const char *const change_names[CHANGES] = { "nothing", "header octet",
	"body octet", "header space", "body space", "bare CR", "bare LF", "no final CRLF",
	"body cut", "body longer", "field gone", "field twice", "new field",
	"signature octet", "signature tag", "key record" };

static char
other_octet(char c)
{
	char made;

	do
		made = (char)(33 + roll(94));
	while (made == c);
	return made;
}

static void
insert(char **text, size_t *len, size_t at, const char *what)
{
	size_t n = strlen(what);
	char *made = mem_alloc(*len + n + 1);

	memcpy(made, *text, at);
	memcpy(made + at, what, n);
	memcpy(made + at + n, *text + at, *len - at);
	free(*text);
	*text = made;
	*len += n;
}

static void
change_body(struct dkim_message *m, enum change change)
{
	size_t at = m->body_len > 0 ? roll((unsigned)m->body_len) : 0;

	if (change == CHANGE_BODY_OCTET && m->body_len > 0)
		m->body[at] = other_octet(m->body[at]);
	else if (change == CHANGE_BODY_SPACE)
		insert(&m->body, &m->body_len, at, roll(2) ? " " : "\t");
	else if (change == CHANGE_BODY_CR)
		insert(&m->body, &m->body_len, at, "\r");
	else if (change == CHANGE_BODY_LF)
		insert(&m->body, &m->body_len, at, "\n");
	else if (change == CHANGE_BODY_END && m->body_len >= 2)
		m->body_len -= 2;
	else if (change == CHANGE_BODY_CUT)
		m->body_len = at;
	else if (change == CHANGE_BODY_MORE)
		insert(
		    &m->body, &m->body_len, m->body_len, roll(2) ? "more\r\n" : "\r\n");
}

static void
change_field(struct dkim_message *m, enum change change)
{
	unsigned i = 1 + roll((unsigned)m->field_count - 1);
	char **value = &m->fields[i].value;
	size_t len = strlen(*value), at = len > 0 ? roll((unsigned)len) : 0;

	if (change == CHANGE_HEADER_OCTET && len > 0)
		(*value)[at] = other_octet((*value)[at]);
	else if (change == CHANGE_HEADER_SPACE)
		insert(value, &len, at, roll(2) ? " " : roll(2) ? "\t" : "\v");
	else if (change == CHANGE_FIELD_GONE)
		memcpy(m->fields[i].name, "X", 2);
	else if (change == CHANGE_FIELD_TWICE)
		dkim_sign_append_field(m, m->fields[i].name, *value);
	else if (change == CHANGE_FIELD_NEW)
		dkim_sign_append_field(m, "X-New", " new");
}

static void
change_signature(struct dkim_message *m, enum change change)
{
	static const char *const tags[] = { " x=1;", " l=0;", " l=5;", " v=1;", " q=dns;",
		" q=dns/txt;", " i=@sub.example.nl;", " i=@nl;", " c=relaxed;",
		" t=99999999999;", " zb=1;", " unknown=1;", " =;", " z=From:a;" };
	char **value = &m->fields[0].value;
	size_t len = strlen(*value), at = roll((unsigned)len);

	if (change == CHANGE_SIGNATURE_OCTET)
		(*value)[at] = other_octet((*value)[at]);
	else
		insert(value, &len, 0, tags[roll(sizeof tags / sizeof tags[0])]);
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
	    changed ? begins[roll(sizeof begins / sizeof begins[0])] : "");

	for (; *p != '\0'; p += strnlen(p, 200))
		n += (size_t)sprintf(zone + n, " \"%.200s\"", p);
	sprintf(zone + n, "\n%s",
	    changed && roll(8) == 0 ? "s._domainkey.example.nl TXT \"p=\"\n" : "");
	return resolver_zone_new(zone, why, sizeof why);
}

static void
compare_generated(const struct sign_key *key, enum change change, bool *good)
{
	struct dkim_message m = generate();
	char name[200];
	struct resolver *r;
	enum dkim_result result;

	dkim_sign_message(&m, &(struct sign_options){ .key = key,
				  .domain = "example.nl",
				  .selector = "s",
				  .header = roll(2),
				  .body = roll(2),
				  .length = -1 });
	if (change == CHANGE_BODY_OCTET ||
	    (change >= CHANGE_BODY_SPACE && change <= CHANGE_BODY_MORE))
		change_body(&m, change);
	else if (change == CHANGE_SIGNATURE_OCTET || change == CHANGE_SIGNATURE_TAG)
		change_signature(&m, change);
	else if (change != CHANGE_NOTHING && change != CHANGE_KEY)
		change_field(&m, change);
	r = make_zone(key, change == CHANGE_KEY);
	snprintf(name, sizeof name, "%s, %d bits", change_names[change], key->bits);
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
		dice ^= strtoull(seed, NULL, 10) << 20;
	for (int change = 0; change < CHANGES; change++) {
		bool good = true;

		for (int i = 0; i < total / CHANGES + 1; i++)
			compare_generated(&keys[roll(3)], (enum change)change, &good);
		printf("%sok %d - %d messages with a change: %s\n", good ? "" : "not ",
		    ++cases, total / CHANGES + 1, change_names[change]);
	}
	for (size_t i = 0; i < 3; i++)
		sign_key_clear(&keys[i]);
}

int
main(void)
{
	struct dkim_options options = { .minimum_key_bits = 1024,
		.maximum_signatures = SIGNATURES_MAX };
	char why[200];

	setvbuf(stdout, NULL, _IOLBF, 0);
	lib = dkim_lib_open(&options, why, sizeof why);
	compare_corpora();
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
