/*
 * Messages signed at run time by libopendkim, dkimpy and opendkim pass, in all
 * canonicalizations and with all kinds of keys, here and in the library's own
 * verification; and no octet of what was signed can be changed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/pool.h"
#include "dkim_run.h"
#include "dkim_sign.h"
#include "resolver_zone.h"
#include "slow_body.h"

static const char message[] = "From: A Sender <a@example.nl>\r\n"
			      "To: b@example.org,\r\n\tc@example.org\r\n"
			      "Subject: A  subject with \r\n  a fold\r\n"
			      "Date: Tue, 24 Nov 2026 01:00:00 +0000\r\n"
			      "\r\n"
			      "Hello  there, \t \r\n\r\n  indented\ttab\r\n..\r\n \r\n";

static const enum dkim_canonicalization pairs[4][2] = {
	{ DKIM_SIMPLE, DKIM_SIMPLE },
	{ DKIM_SIMPLE, DKIM_RELAXED },
	{ DKIM_RELAXED, DKIM_SIMPLE },
	{ DKIM_RELAXED, DKIM_RELAXED },
};
static const char *const canon_names[] = { "simple", "relaxed" };

static int cases;
static struct dkim_lib *lib;

static void
report(bool good, const char *name)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++cases, name);
}

/* Our result for the first signature, with the body in pieces of ${piece}. */
static enum dkim_result
verify(struct resolver *r, const struct dkim_message *m, size_t piece, bool loud)
{
	struct pool *pool = pool_new();
	size_t count;
	const struct dkim_evidence *list =
	    dkim_run(lib, r, m, time(NULL), piece, pool, &count);
	enum dkim_result result = count > 0 ? list[0].result : DKIM_NONE;

	if (loud && result != DKIM_PASS)
		printf(
		    "# pieces of %zu: %s\n", piece, count > 0 ? list[0].reason : "none");
	pool_free(pool);
	return result;
}

static bool
passes_here(struct resolver *r, const struct dkim_message *m)
{
	static const size_t pieces[] = { 1, 7, 64, 4096, 65535 };

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		if (verify(r, m, pieces[i], true) != DKIM_PASS)
			return false;
	}
	return true;
}

static bool
passes(struct resolver *r, const struct dkim_message *m)
{
	enum dkim_result library;
	int error;

	if (!passes_here(r, m))
		return false;
	if (dkim_run_library(r, m, &library, &error, 1) != 1 || library != DKIM_PASS) {
		printf("# the library by itself: %d\n", error);
		return false;
	}
	return true;
}

static struct resolver *
publish(const struct sign_key *key)
{
	char zone[3000], why[200];
	size_t n = (size_t)sprintf(zone, "s._domainkey.example.nl TXT");

	for (const char *p = key->record; *p != '\0'; p += strnlen(p, 200))
		n += (size_t)sprintf(zone + n, " \"%.200s\"", p);
	sprintf(zone + n, "\n");
	return resolver_zone_new(zone, why, sizeof why);
}

static struct dkim_message
sign(const struct sign_key *key, const enum dkim_canonicalization pair[2])
{
	struct dkim_message m = dkim_run_parse(message, sizeof message - 1);

	dkim_sign_message(&m, &(struct sign_options){ .key = key,
				  .domain = "example.nl",
				  .selector = "s",
				  .header = pair[0],
				  .body = pair[1],
				  .length = -1 });
	return m;
}

/* Section 3.4.2, plainly: the value of a field; its name is compared without case. */
static char *
slow_header(const char *value)
{
	char *out = mem_alloc(strlen(value) + 2);
	size_t n = 0;

	for (const char *p = value; *p != '\0'; p++) {
		const char *lf = p + (p[0] == '\r'); /* from a milter a fold is LF */

		if (lf[0] == '\n' && (lf[1] == ' ' || lf[1] == '\t'))
			p = lf;
		else if (*p != ' ' && *p != '\t')
			out[n++] = *p;
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return out;
}

static bool
same_header(const char *a, const char *b, enum dkim_canonicalization canon)
{
	char *x, *y;
	bool same;

	if (canon == DKIM_SIMPLE)
		return strcmp(a, b) == 0;
	x = slow_header(a);
	y = slow_header(b);
	same = strcmp(x, y) == 0;
	free(x);
	free(y);
	return same;
}

static bool
same_body(const char *a, const char *b, size_t len, enum dkim_canonicalization canon)
{
	size_t x_len, y_len;
	char *x = slow_body(a, len, canon == DKIM_RELAXED, &x_len);
	char *y = slow_body(b, len, canon == DKIM_RELAXED, &y_len);
	bool same = x_len == y_len && memcmp(x, y, x_len) == 0;

	free(x);
	free(y);
	return same;
}

/* What an octet is changed into; '\1' and '@' stand for its own with a bit changed. */
static const char others[] = "\1@ \t\v\f\r\n\xa0Z";

static char
other(char c, char into)
{
	const unsigned octet = (unsigned char)c;

	if (into == '\1')
		return (char)(octet ^ 1);
	if (into == '@')
		return (char)(octet ^ 0x20);
	return into;
}

/* May octet ${i} of a field's value, which was ${was}, be what it is now? */
static bool
change_is_seen(struct resolver *r, struct dkim_message *m, size_t field, const char *was,
    size_t i, enum dkim_canonicalization canon)
{
	const char *value = m->fields[field].value;

	if (value[i] == '\0' || verify(r, m, 100, false) != DKIM_PASS ||
	    same_header(value, was, canon))
		return true;
	printf("# %s: octet %zu (%02x) may become %02x\n", m->fields[field].name, i,
	    (unsigned char)was[i], (unsigned char)value[i]);
	return false;
}

/* Each octet of a field's value, changed: a pass only where the canonical form stays. */
static bool
field_is_covered(struct resolver *r, struct dkim_message *m, size_t field,
    enum dkim_canonicalization canon)
{
	char *value = m->fields[field].value, *was = mem_strdup(value);
	bool good = true;

	for (size_t i = 0; value[i] != '\0'; i++) {
		for (const char *into = others; *into != '\0'; into++) {
			value[i] = other(was[i], *into);
			good = change_is_seen(r, m, field, was, i, canon) && good;
			value[i] = was[i];
		}
	}
	free(was);
	return good;
}

/* Each octet of the body, changed: a pass just where the canonical form stays. */
static bool
body_is_covered(
    struct resolver *r, struct dkim_message *m, enum dkim_canonicalization canon)
{
	char *was = mem_strndup(m->body, m->body_len);
	bool good = true;

	for (size_t i = 0; i < m->body_len; i++) {
		for (size_t k = 0; k < sizeof others; k++) { /* with the NUL */
			bool pass;

			m->body[i] = other(was[i], others[k]);
			pass = verify(r, m, 5, false) == DKIM_PASS;
			if (pass != same_body(m->body, was, m->body_len, canon))
				good = false;
			if (!good)
				printf("# body: octet %zu (%02x), now %02x\n", i,
				    (unsigned char)was[i], (unsigned char)m->body[i]);
			m->body[i] = was[i];
		}
	}
	free(was);
	return good;
}

/* The signature field covers itself, but for what b= holds. */
static bool
signature_is_covered(
    struct resolver *r, struct dkim_message *m, enum dkim_canonicalization canon)
{
	char *b = strstr(m->fields[0].value, "b=");
	char *was = mem_strdup(m->fields[0].value), *value = m->fields[0].value;
	bool good = true;

	while (b != NULL && b[-1] != ' ' && b[-1] != '\t')
		b = strstr(b + 1, "b=");
	for (size_t i = 0; value + i < b; i++) {
		for (const char *into = others; *into != '\0'; into++) {
			value[i] = other(was[i], *into);
			good = change_is_seen(r, m, 0, was, i, canon) && good;
			value[i] = was[i];
		}
	}
	free(was);
	return good;
}

static void
test_changes(const struct sign_key *key)
{
	struct resolver *r = publish(key);

	for (size_t i = 0; i < 4; i++) {
		struct dkim_message m = sign(key, pairs[i]);
		char name[100];
		bool good = true;

		for (size_t k = 1; k < m.field_count; k++)
			good = field_is_covered(r, &m, k, pairs[i][0]) && good;
		good = signature_is_covered(r, &m, pairs[i][0]) && good;
		good = body_is_covered(r, &m, pairs[i][1]) && good;
		snprintf(name, sizeof name, "every octet of %s/%s, changed",
		    canon_names[pairs[i][0]], canon_names[pairs[i][1]]);
		report(good, name);
		dkim_run_forget(&m);
	}
	resolver_close(r);
}

static void
test_library_signs(const struct sign_key *key)
{
	struct resolver *r = publish(key);

	for (size_t i = 0; i < 4; i++) {
		struct dkim_message m = sign(key, pairs[i]);
		char name[100];

		snprintf(name, sizeof name, "libopendkim, %d bits, %s/%s", key->bits,
		    canon_names[pairs[i][0]], canon_names[pairs[i][1]]);
		report(passes(r, &m), name);
		dkim_run_forget(&m);
	}
	resolver_close(r);
}

static char *
read_under(const char *dir, const char *name, size_t *len)
{
	char path[5000], why[5400];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return file_read(path, 1 << 20, len, why, sizeof why);
}

/* VT and FF are no white space: what is put in their place, or beside them, is seen. */
static void
report_white(struct resolver *r, struct dkim_message *m, const char *name)
{
	bool good = passes_here(r, m);

	for (size_t k = 1; strcmp(name, "white-dkimpy-rsa1024-relaxed-simple.eml") == 0 &&
			   k < m->field_count;
	     k++)
		good = field_is_covered(r, m, k, DKIM_RELAXED) && good;
	report(good, name);
}

static void
test_signed_files(const char *dir)
{
	char *zone, *index, *rest, *name, why[200];
	struct resolver *r;
	size_t len;

	zone = read_under(dir, "zone", &len);
	index = read_under(dir, "index", &len);
	r = zone != NULL ? resolver_zone_new(zone, why, sizeof why) : NULL;
	rest = index;
	while (r != NULL && (name = strsep(&rest, "\n")) != NULL && name[0] != '\0') {
		char *text = read_under(dir, name, &len);
		struct dkim_message m = dkim_run_parse(text, len);

		/* The library reads VT and FF otherwise than RFC 6376. */
		if (strncmp(name, "white-", 6) == 0)
			report_white(r, &m, name);
		else
			report(passes(r, &m), name);
		dkim_run_forget(&m);
		free(text);
	}
	if (r == NULL || index == NULL)
		report(false, "messages of other signers");
	resolver_close(r);
	free(zone);
	free(index);
}

static void
test_other_signers(void)
{
	char dir[] = "/tmp/dkim_interop.XXXXXX", command[5000];
	const char *srcdir = getenv("srcdir");
	int status;

	if (mkdtemp(dir) == NULL) {
		report(false, "a directory for messages");
		return;
	}
	snprintf(command, sizeof command,
	    "/usr/bin/python3 '%s/tests/suites/dkim_signers.py' %s",
	    srcdir != NULL ? srcdir : ".", dir);
	status = system(command);
	if (status == 77 << 8)
		printf("ok %d - dkimpy and opendkim # SKIP not installed\n", ++cases);
	else if (status != 0)
		report(false, "dkimpy and opendkim sign");
	else
		test_signed_files(dir);
	snprintf(command, sizeof command, "rm -r %s", dir);
	if (system(command) != 0)
		printf("# %s stays\n", dir);
}

int
main(void)
{
	static const int bits[] = { 1024, 2048, 4096, 0 };
	struct dkim_lib_options options = { .minimum_key_bits = 1024,
		.maximum_signatures = 10 };
	char why[200];

	setvbuf(stdout, NULL, _IOLBF, 0);
	lib = dkim_lib_open(&options, why, sizeof why);
	for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
		struct sign_key key = sign_key_new(bits[i]);

		test_library_signs(&key);
		if (bits[i] == 1024)
			test_changes(&key);
		sign_key_clear(&key);
	}
	test_other_signers();
	dkim_lib_close(lib);
	printf("1..%d\n", cases);
	return 0;
}
