/*
 * What one message takes at its worst: a session of which all that a sender and the owner
 * of his domain may choose is as large as it may be.  Octets that are asked for, at their
 * highest, and the data of the DNS answers held, which the zone of a test does not copy.
 */
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "base/text.h"
#include "conf.h"
#include "dns/questions.h"
#include "mail/evidence.h"
#include "parts.h"
#include "resolver_zone.h"
#include "session.h"

#define ANSWER_OCTETS 16000
#define RECORDS 1000
#define FIELD_OCTETS 60000
#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define SIGNATURE                                     \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==" /* 64 octets */

/* NOLINTBEGIN: the names are glibc's */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);
/* NOLINTEND */

static atomic_size_t used, most;

struct shape {
	bool mx;   /* ten of them; else nine includes */
	bool helo; /* SPFCheckHelo */
	int signatures;
	long octets; /* MaximumHeaderBytes */
	int fields;
};

static void *
taken(void *p)
{
	size_t now =
	    atomic_fetch_add(&used, malloc_usable_size(p)) + malloc_usable_size(p);
	size_t before = atomic_load(&most);

	while (now > before && !atomic_compare_exchange_weak(&most, &before, now))
		continue;
	return p;
}

void *
malloc(size_t size)
{
	return taken(__libc_malloc(size));
}

void *
calloc(size_t count, size_t size)
{
	return taken(__libc_calloc(count, size));
}

void *
realloc(void *p, size_t size)
{
	size_t before = malloc_usable_size(p);

	p = __libc_realloc(p, size);
	atomic_fetch_sub(&used, before);
	return taken(p);
}

void
free(void *p)
{
	atomic_fetch_sub(&used, malloc_usable_size(p));
	__libc_free(p);
}

/* A TXT record of strings of 240 octets: ${part} again and again, then ${end}. */
static void
put_txt(struct text *zone, const char *name, const char *begin, const char *part,
    const char *end)
{
	struct text text = { 0 };

	text_puts(&text, begin);
	while (text.len + strlen(part) + strlen(end) < ANSWER_OCTETS)
		text_puts(&text, part);
	text_puts(&text, end);
	text_printf(zone, "%s TXT", name);
	for (size_t at = 0; at < text.len; at += 240)
		text_printf(zone, " \"%.240s\"", text.data + at);
	text_puts(zone, "\n");
	text_free(&text);
}

/* Nine includes, each in the one before, and ten hosts; all terms that fit. */
static void
put_includes(struct text *zone)
{
	char name[30], end[60];

	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof name, "i%d.evil.example", i);
		snprintf(end, sizeof end,
		    i < 9 ? "include:i%d.evil.example" : "mx:m0.evil.example", i + 1);
		put_txt(zone, i == 0 ? "evil.example" : name, "v=spf1 ", "x=yyyyy ", end);
	}
}

/* Ten mx, each of ten hosts. */
static void
put_mx(struct text *zone)
{
	text_puts(zone, "evil.example TXT \"v=spf1");
	for (int i = 0; i < 10; i++)
		text_printf(zone, " mx:m%d.evil.example", i);
	text_puts(zone, "\"\n");
}

static void
put_hosts(struct text *zone)
{
	for (int i = 0; i < 100; i++) {
		text_printf(zone, "m%d.evil.example MX 1 h%d.evil.example\n", i / 10, i);
		for (int k = 0; k < RECORDS; k++)
			text_printf(zone, "h%d.evil.example A 198.18.%d.%d\n", i, k / 250,
			    k % 250);
	}
}

static char *
zone_of(const struct shape *shape)
{
	struct text zone = { 0 };
	char name[60];

	(shape->mx ? put_mx : put_includes)(&zone);
	put_hosts(&zone);
	for (int i = 0; i < shape->signatures; i++) {
		snprintf(name, sizeof name, "s%d._domainkey.evil.example", i);
		put_txt(&zone, name, "v=DKIM1; k=ed25519; n=", "x", "; p=" KEY);
	}
	put_txt(&zone, "_dmarc.evil.example", "v=DMARC1; p=reject; x=", "x", "");
	return zone.data;
}

/* A value of ${octets} in lines of 800. */
static char *
value_of(const char *begin, size_t octets)
{
	struct text text = { 0 };

	text_puts(&text, begin);
	while (text.len < octets) {
		text_puts(&text, "\n (");
		for (int i = 0; i < 790; i++)
			text_putc(&text, 'x');
		text_putc(&text, ')');
	}
	return text.data;
}

static void
send_field(struct session *s, const char *name, const char *begin, size_t octets)
{
	char *value = value_of(begin, octets);

	session_header(s, name, value);
	free(value);
}

/* Half of what may be kept are signatures, their h= as long as may be, and a quarter the
 * fields of which one is kept in any case; then as many others as there may be. */
static void
send_header(struct session *s, const struct shape *shape)
{
	const size_t octets = (size_t)shape->octets,
		     signatures = (size_t)shape->signatures;
	const size_t each = octets / 2 / signatures, quarter = octets / 12;
	const size_t large = quarter < FIELD_OCTETS ? quarter : FIELD_OCTETS;
	const size_t others = (size_t)shape->fields - signatures - 3;
	struct text h = { 0 }, value = { 0 }, other = { 0 };
	size_t left, each_other;

	while (h.len + 20 < 3900 && h.len + 350 < each)
		text_puts(&h, ":x-name-of-field");
	for (size_t i = 0; i < signatures; i++) {
		value.len = 0;
		text_printf(&value,
		    " v=1; a=ed25519-sha256; c=relaxed/%s; d=evil.example; s=s%zu; "
		    "h=from%s; bh=" KEY "; b=" SIGNATURE,
		    i % 2 == 0 ? "simple" : "relaxed", i, h.len > 0 ? h.data : "");
		session_header(s, "DKIM-Signature", value.data);
	}
	left = octets - signatures * (value.len + 15) - 3 * (large + 900) - 1000;
	text_free(&h);
	text_free(&value);
	send_field(s, "From", " \"x\" <joe@evil.example>", large);
	send_field(s, "List-Id", " <list.evil.example>", large);
	send_field(s, "List-Post", " <mailto:list@evil.example>", large);
	/* 20: what stands beside the value. */
	each_other = left / others > 22 ? left / others - 20 : 2;
	for (size_t i = 0; i < each_other; i++)
		text_putc(&other, 'x');
	for (size_t i = 0; i < others && left > (each_other + 20) * (i + 1); i++)
		session_header(s, "X", other.data);
	text_free(&other);
}

/* What the resolver keeps for the message, for as long as it lives. */
static size_t
answer_octets(const struct questions *q, size_t *count)
{
	const struct question *list = questions_list(q, count);
	size_t octets = 0;

	for (size_t i = 0; i < *count; i++) {
		const struct dns_answer *answer = list[i].answer;

		for (size_t k = 0; answer != NULL && k < answer->count; k++)
			octets += answer->records[k].len;
	}
	return octets;
}

static void
measure(const struct shape *shape)
{
	struct ip client;
	struct parts_store *store;
	const struct parts *parts;
	struct session *s;
	size_t before, count, answers, own;
	char settings[300], why[300];
	char *zone = zone_of(shape);
	const struct evidence *ev;

	snprintf(settings, sizeof settings,
	    "MaximumSignatures %d\nMaximumHeaderBytes %ld\nMaximumHeaders %d\n"
	    "SPFCheckHelo %s\n",
	    shape->signatures, shape->octets, shape->fields, shape->helo ? "yes" : "no");
	store = parts_open(conf_good(settings), why, sizeof why);
	if (store == NULL || !ip_parse("203.0.113.9", &client))
		abort();
	parts = parts_get(store);
	if (!resolver_zone_change(parts->resolver, zone, why, sizeof why))
		abort();
	free(zone);
	s = session_new(store, client, NULL, "mx.school.example");
	session_helo(s, "evil.example");
	/* The second time libraries and keys have theirs. */
	for (int i = 0; i < 2; i++) {
		before = atomic_load(&used);
		atomic_store(&most, before);
		session_mail(s, "<joe@evil.example>", "4TEST");
		send_header(s, shape);
		session_eoh(s, "4TEST");
		session_body(s, (const unsigned char *)"Hello\r\n", 7);
		session_end(s);
		own = atomic_load(&most) - before;
		ev = session_evidence(s);
		answers = answer_octets(session_questions(s), &count);
		if (i == 1)
			printf("| %s%s | %d | %ld | %d | %zu, %s, %s | %.2f | %.2f |\n",
			    shape->mx ? "mx" : "include", shape->helo ? ", HELO" : "",
			    shape->signatures, shape->octets / 1024, shape->fields, count,
			    evidence_spf_name(ev->spf.result),
			    evidence_dkim_name(ev->dkim[0].result), (double)answers / 1e6,
			    (double)(own + answers) / 1e6);
		session_abort(s);
	}
	session_free(s);
	parts_put(store, parts);
	parts_close(store);
}

static const struct shape shapes[] = {
	{ true, false, 10, 262144, 1000 },
	{ true, false, 50, 262144, 1000 },
	{ false, false, 10, 16384, 100 },
	{ false, false, 10, 262144, 1000 },
	{ false, true, 10, 262144, 1000 },
	{ false, true, 50, 262144, 1000 },
	{ false, true, 50, 1048576, 1000 },
	{ false, true, 50, 1048576, 100000 },
};

int
main(void)
{
	log_open("bench_memory", LOG_TO_STDERR, LOG_USER);
	log_set_level(LOG_LEVEL_ERROR);
	puts("| SPF | signatures | header KiB | fields | questions, SPF, DKIM | answers "
	     "MB | "
	     "in all MB |");
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		measure(&shapes[i]);
	return 0;
}
