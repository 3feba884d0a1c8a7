#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/netlist.h"
#include "base/pool.h"
#include "base/text.h"
#include "ctl/history/overview_data.h"
#include "ctl/history/overview_exceptions.h"
#include "ctl/history/overview_seen.h"
#include "ctl/history/tally.h"
#include "history/query_period.h"
#include "policy/rule.h"

/* Names of strangers that are counted at a time; see tally.h. */
#define NAMES 4096
/* Clients of one sender. */
#define CLIENTS 256
/* Between the parts of a name; what the daemon writes is printable. */
#define BETWEEN "\x1f"

#define ONE_HOST_PERCENT 80
#define ONE_HOST_FAILURES 5

/* Failures of one sender whose mail also passes. */
struct failing {
	int64_t n, by_list, faulty;
	struct tally *clients;
};

struct seen {
	struct overview *overview;
	struct tally *keys, *spf;
	struct failing failing[OVERVIEW_ROWS];
};

static void
count(struct tally *tally, const char *first, const char *second, int64_t third)
{
	struct text name = { 0 };

	text_printf(
	    &name, "%s" BETWEEN "%s" BETWEEN "%lld", first, second, (long long)third);
	tally_add(tally, name.data, 1);
	text_free(&name);
}

static void
take_weak_key(void *cookie, const char *domain, const char *selector, int64_t bits)
{
	struct seen *s = cookie;

	count(s->keys, domain, selector, bits);
}

static void
take_failure(struct seen *s, const struct query_noted *noted)
{
	const struct query_senders_list *mixed = &s->overview->senders[QUERY_MIXED];
	size_t i = 0;

	while (i < mixed->count && strcmp(mixed->rows[i].domain, noted->header_from) != 0)
		i++;
	if (i == mixed->count)
		return;
	s->failing[i].n++;
	s->failing[i].by_list += noted->has_list;
	s->failing[i].faulty += noted->is_faulty;
	tally_add(s->failing[i].clients, noted->client, 1);
}

static void
take_noted(void *cookie, const struct query_noted *noted)
{
	struct seen *s = cookie;

	if (noted->has_spf_fault)
		count(s->spf, noted->spf_domain, noted->spf_reason, 0);
	if (noted->fails)
		take_failure(s, noted);
	if (noted->override != NULL)
		overview_exceptions_override(s->overview, noted->override);
	else if (strcmp(noted->rule, rule_name(RULE_TRUSTED_FORWARDER)) == 0)
		overview_exceptions_forwarder(
		    s->overview, noted->client, noted->client_confirmed);
	else if (strcmp(noted->rule, rule_name(RULE_MAILING_LIST)) == 0)
		overview_exceptions_list(s->overview, noted->lists);
}

static bool
is_one_host(const struct failing *f, struct pool *pool)
{
	struct tally_row *rows;
	size_t n = tally_top(f->clients, CLIENTS, pool, &rows);
	struct query_client *clients = pool_alloc(pool, (n + 1) * sizeof *clients);
	struct sender_top top;

	for (size_t i = 0; i < n; i++)
		clients[i] = (struct query_client){ .address = rows[i].name,
			.failures = rows[i].n };
	top = sender_cause_top(clients, n, pool);
	return top.failures >= ONE_HOST_FAILURES &&
	       top.failures * 100 >= f->n * ONE_HOST_PERCENT;
}

/* Whether one host is a forwarder the page does not say: `summary` looks at more. */
static enum sender_cause
cause_of(const struct failing *f, struct pool *pool)
{
	if (2 * f->by_list >= f->n && f->by_list > 0)
		return CAUSE_LIST;
	if (2 * f->faulty >= f->n && f->faulty > 0)
		return CAUSE_FAULT;
	return is_one_host(f, pool) ? CAUSE_ONE_SENDER : CAUSE_UNCLEAR;
}

static const enum sender_cause *
causes_of(const struct seen *s, struct pool *pool)
{
	enum sender_cause *causes = pool_alloc(pool, OVERVIEW_ROWS * sizeof *causes);

	for (size_t i = 0; i < s->overview->senders[QUERY_MIXED].count; i++)
		causes[i] = cause_of(&s->failing[i], pool);
	return causes;
}

/* The parts of a name that count() made. */
static struct overview_fault
fault_of(const struct tally_row *row, struct pool *pool)
{
	struct overview_fault f = { .n = row->n, .what = "" };
	char *name = pool_strdup(pool, row->name), *next = strstr(name, BETWEEN);

	f.domain = name;
	if (next == NULL)
		return f;
	*next++ = '\0';
	f.what = next;
	next = strrchr(next, *BETWEEN);
	if (next == NULL)
		return f;
	*next++ = '\0';
	f.bits = strtoll(next, NULL, 10);
	return f;
}

static const struct overview_fault *
faults_of(const struct tally *tally, struct pool *pool, size_t *count)
{
	struct overview_fault *list = pool_alloc(pool, OVERVIEW_ROWS * sizeof *list);
	struct tally_row *rows;

	*count = tally_top(tally, OVERVIEW_ROWS, pool, &rows);
	for (size_t i = 0; i < *count; i++)
		list[i] = fault_of(&rows[i], pool);
	return list;
}

enum store_status
overview_seen_gather(struct query *query, struct pool *pool, struct overview *o)
{
	struct seen s = {
		.overview = o, .keys = tally_new(NAMES), .spf = tally_new(NAMES)
	};
	const struct query_overview_seen seen = {
		.noted = take_noted, .weak_key = take_weak_key, .cookie = &s
	};
	enum store_status status;

	for (size_t i = 0; i < OVERVIEW_ROWS; i++)
		s.failing[i].clients = tally_new(CLIENTS);
	overview_exceptions_begin(o, pool);
	status = query_overview_rows(query, o->first_day, &seen);
	o->causes = causes_of(&s, pool);
	o->keys = faults_of(s.keys, pool, &o->key_count);
	o->spf = faults_of(s.spf, pool, &o->spf_count);
	for (size_t i = 0; i < OVERVIEW_ROWS; i++)
		tally_free(s.failing[i].clients);
	tally_free(s.keys);
	tally_free(s.spf);
	return status;
}
