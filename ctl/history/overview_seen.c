#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/netlist.h"
#include "base/pool.h"
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
count(
    struct tally *tally, const char *first, const char *second, int64_t third, int64_t n)
{
	struct text name = { 0 };

	text_printf(
	    &name, "%s" BETWEEN "%s" BETWEEN "%lld", first, second, (long long)third);
	tally_add(tally, name.data, n);
	text_free(&name);
}

static void
take_weak_key(
    void *cookie, const char *domain, const char *selector, int64_t bits, int64_t n)
{
	struct seen *s = cookie;

	count(s->keys, domain, selector, bits, n);
}

static void
take_spf_fault(void *cookie, const char *domain, const char *reason, int64_t n)
{
	struct seen *s = cookie;

	count(s->spf, domain, reason, 0, n);
}

static void
take_decided(void *cookie, const char *rule, const char *override, const char *client,
    const char *lists[2], int64_t n)
{
	struct seen *s = cookie;

	if (strcmp(rule, rule_name(RULE_OVERRIDE)) == 0 && override != NULL)
		overview_exceptions_override(s->overview, override, n);
	else if (client != NULL)
		overview_exceptions_forwarder(s->overview, client, n);
	else
		overview_exceptions_list(s->overview, lists, n);
}

static void
take_failure(void *cookie, const char *domain, const char *client, int64_t n,
    int64_t by_list, int64_t faulty)
{
	struct seen *s = cookie;
	const struct overview *o = s->overview;
	size_t i = 0;

	while (i < o->sender_count[QUERY_MIXED] &&
	       strcmp(o->senders[QUERY_MIXED][i].domain, domain) != 0)
		i++;
	if (i == o->sender_count[QUERY_MIXED])
		return;
	s->failing[i].n += n;
	s->failing[i].by_list += by_list;
	s->failing[i].faulty += faulty;
	tally_add(s->failing[i].clients, client, n);
}

/* The domains of mixed mail, for SQL. */
static char *
names_of_mixed(const struct overview *o, struct pool *pool)
{
	struct text text = { 0 };
	struct json_text j = { .out = &text };
	char *copy;

	json_text_array(&j, NULL);
	for (size_t i = 0; i < o->sender_count[QUERY_MIXED]; i++)
		json_text_string(&j, NULL, o->senders[QUERY_MIXED][i].domain);
	json_text_array_end(&j);
	copy = pool_strdup(pool, text.data);
	text_free(&text);
	return copy;
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

static void
tell_mixed(const struct seen *s, struct pool *pool)
{
	struct overview *o = s->overview;
	struct overview_mixed *mixed = pool_alloc(pool, OVERVIEW_ROWS * sizeof *mixed);

	for (size_t i = 0; i < o->sender_count[QUERY_MIXED]; i++) {
		mixed[i].sums = o->senders[QUERY_MIXED][i];
		mixed[i].cause = cause_of(&s->failing[i], pool);
	}
	o->mixed = mixed;
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
	const struct query_overview_seen seen = { .decided = take_decided,
		.weak_key = take_weak_key,
		.spf_fault = take_spf_fault,
		.failure = take_failure,
		.mixed = names_of_mixed(o, pool),
		.cookie = &s };
	enum store_status status;

	for (size_t i = 0; i < OVERVIEW_ROWS; i++)
		s.failing[i].clients = tally_new(CLIENTS);
	overview_exceptions_begin(o, pool);
	status = query_overview_rows(query, o->first_day, &seen);
	tell_mixed(&s, pool);
	o->keys = faults_of(s.keys, pool, &o->key_count);
	o->spf = faults_of(s.spf, pool, &o->spf_count);
	for (size_t i = 0; i < OVERVIEW_ROWS; i++)
		tally_free(s.failing[i].clients);
	tally_free(s.keys);
	tally_free(s.spf);
	return status;
}
