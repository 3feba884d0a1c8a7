/*
 * check/spf.c against any DNS.  The input is lines; the first is "4" or "6", the
 * local part, TAB, the HELO.  Each other one is an answer that names get, its kind
 * first, its records between TABs:
 *	T text	M hosts of an MX	P names of an address	R anything, for any type
 *	A address (its octets, filled up with 0; none: the client's own)
 *	N nodata	X nxdomain	E error
 * Each question takes one of the lines fit for its type by a hash of its name, the
 * first name the first of them: so everything exists, and records lead on and on.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/pool.h"
#include "check/spf.h"
#include "dns/questions.h"
#include "must.h"
#include "resolver_instant.h"

#define FIRST_DOMAIN "first.test"
#define LINES_MAX 64
#define RECORDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct line {
	const uint8_t *data;
	size_t len;
};

struct resolver {
	struct pool *pool;
	struct line lines[LINES_MAX];
	size_t count;
	struct ip client;
};

static bool
is_fit(char kind, enum dns_type type)
{
	switch (kind) {
	case 'T':
		return type == DNS_TXT;
	case 'M':
		return type == DNS_MX;
	case 'P':
		return type == DNS_PTR;
	case 'A':
		return type == DNS_A || type == DNS_AAAA;
	default:
		return kind == 'R' || kind == 'N' || kind == 'X' || kind == 'E';
	}
}

static const struct line *
choose(const struct resolver *r, const char *name, enum dns_type type)
{
	const struct line *fit[LINES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++) {
		if (r->lines[i].len > 0 && is_fit((char)r->lines[i].data[0], type))
			fit[n++] = &r->lines[i];
	}
	if (n == 0)
		return NULL;
	if (strcmp(name, FIRST_DOMAIN) == 0)
		return fit[0];
	return fit[hash_text(HASH_START, name) % n];
}

/* Strings of at most 255 octets. */
static size_t
make_txt(const uint8_t *text, size_t len, uint8_t *out)
{
	size_t used = 0, n;

	do {
		n = len < 255 ? len : 255;
		out[used++] = (uint8_t)n;
		memcpy(out + used, text, n);
		used += n;
		text += n;
		len -= n;
	} while (len > 0);
	return used;
}

/* Labels between dots, whatever their octets; malformed where they are too long. */
static size_t
make_name(const uint8_t *text, size_t len, uint8_t *out)
{
	size_t used = 0, start = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && text[i] != '.')
			continue;
		out[used++] = (uint8_t)(i - start);
		memcpy(out + used, text + start, i - start);
		used += i - start;
		start = i + 1;
	}
	if (len > 0)
		out[used++] = 0;
	return used;
}

static size_t
make_rdata(const struct resolver *r, char kind, enum dns_type type,
    const struct line *text, uint8_t *out)
{
	size_t len = type == DNS_AAAA ? 16 : 4;

	switch (kind) {
	case 'T':
		return make_txt(text->data, text->len, out);
	case 'M':
		memset(out, 0, 2);
		return 2 + make_name(text->data, text->len, out + 2);
	case 'P':
		return make_name(text->data, text->len, out);
	case 'A':
		memset(out, 0, len);
		if (text->len == 0)
			memcpy(out, r->client.octets, len);
		else
			memcpy(out, text->data, text->len < len ? text->len : len);
		return len;
	default:
		memcpy(out, text->data, text->len);
		return text->len;
	}
}

static void
make_records(struct resolver *r, const struct line *line, enum dns_type type,
    struct dns_answer *answer)
{
	struct dns_record *records = pool_alloc(r->pool, RECORDS_MAX * sizeof *records);
	size_t at = 1;

	while (at <= line->len && answer->count < RECORDS_MAX) {
		struct line text = { .data = line->data + at };
		uint8_t *out;

		while (at + text.len < line->len && text.data[text.len] != '\t')
			text.len++;
		out = pool_alloc(r->pool, 2 * text.len + 20);
		records[answer->count].len =
		    make_rdata(r, (char)line->data[0], type, &text, out);
		records[answer->count++].data = out;
		at += text.len + 1;
	}
	answer->records = records;
}

struct resolver_lookup *
resolver_start(
    struct resolver *r, const char *name, enum dns_type type, struct resolver_asker asker)
{
	struct resolver_lookup *lookup = pool_alloc(r->pool, sizeof *lookup);
	const struct line *line = choose(r, name, type);
	char kind = 'X';

	(void)asker;
	if (line != NULL)
		kind = (char)line->data[0];
	lookup->answer.status = DNS_FOUND;
	lookup->answer.secure = line != NULL && line->len % 2 == 0;
	if (kind == 'N')
		lookup->answer.status = DNS_NODATA;
	else if (kind == 'X')
		lookup->answer.status = DNS_NXDOMAIN;
	else if (kind == 'E')
		lookup->answer.status = DNS_TEMPFAIL;
	else
		make_records(r, line, type, &lookup->answer);
	return lookup;
}

/* Reads the first line into ${identity}, the others into ${r}. */
static void
read_input(
    struct resolver *r, struct spf_identity *identity, const uint8_t *data, size_t size)
{
	char *text = pool_strndup(r->pool, (const char *)data, size), *helo;
	size_t len = 0;

	while (len < size && data[len] != '\n')
		len++;
	text[len] = '\0';
	ip_parse(text[0] == '6' ? "2001:db8::1" : "192.0.2.1", &r->client);
	helo = strchr(text, '\t');
	identity->helo = "";
	if (helo != NULL) {
		*helo = '\0';
		identity->helo = helo + 1;
	}
	identity->client = r->client;
	identity->local = text[0] != '\0' ? text + 1 : text;
	while (len < size && r->count < LINES_MAX) {
		struct line *line = &r->lines[r->count++];

		line->data = data + ++len;
		while (len < size && data[len] != '\n')
			len++;
		line->len = (size_t)(data + len - line->data);
	}
}

static void
check_printable(const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		must(*text >= ' ' && *text <= '~');
}

static void
check_finding(const struct spf_evidence *found)
{
	must(found->lookups <= 11 && found->void_lookups <= 3);
	must((found->reason == NULL) == (found->result == SPF_PASS));
	/* Neither did libspf2 come to another result, nor was a record beyond it: so our
	 * phrases begin.  What is quoted of a record may say what it likes. */
	must(found->reason == NULL || strncmp(found->reason, "libspf2 ", 8) != 0);
	must(found->explanation == NULL ||
	     (found->result == SPF_FAIL && strlen(found->explanation) <= 200));
	check_printable(found->explanation);
	for (size_t i = 0; i < found->step_count; i++) {
		const struct spf_step *step = &found->steps[i];

		must(step->depth >= 0 && step->depth <= 11);
		check_printable(step->domain);
		check_printable(step->term);
		check_printable(step->target);
		must(step->outcome != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct resolver *r = pool_alloc(pool, sizeof *r);
	struct questions_options options = { 0 };
	struct spf_identity identity = {
		.domain = FIRST_DOMAIN, .receiver = "mx.test", .void_lookups_max = 2
	};
	struct questions *q;
	struct spf_evidence found;
	size_t asked;

	r->pool = pool;
	read_input(r, &identity, data, size);
	q = questions_new(r, &options, pool);
	found = spf_check(q, &identity, pool);
	check_finding(&found);
	/* 11 records, 10 terms with 10 hosts or names each, the names of the client. */
	questions_list(q, &asked);
	must(asked <= 11 + 10 * 11 + 11);
	questions_free(q);
	pool_free(pool);
	return 0;
}
