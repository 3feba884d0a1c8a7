#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/buf.h"
#include "base/json_text.h"
#include "base/mem.h"
#include "base/pool.h"
#include "config/config_override.h"
#include "ctl/complaint.h"
#include "ctl/history/access.h"
#include "ctl/history/apart.h"
#include "ctl/history/remembered.h"
#include "ctl/history/told_row.h"
#include "ctl/text.h"
#include "history/query.h"
#include "history/query_period.h"

#define DAY 86400
#define COUNTS_MAX 20000
#define WHY_OCTETS 512

/* What one of the questions is about, for the process that asks it. */
struct question {
	struct access access;
	const char *queue_id;
	struct query_period period;
	struct pool *pool;
};

static struct question
question_new(const char *conf)
{
	struct question q = { .access.conf = conf, .pool = pool_new() };

	q.period.until = (int64_t)time(NULL) + 1;
	q.period.since = q.period.until - (int64_t)REMEMBERED_DAYS * DAY;
	return q;
}

static int
write_counts(void *cookie, FILE *out)
{
	struct question *q = cookie;
	struct query_decided *decided;
	size_t count;
	int code = access_open(&q->access);

	if (code != EX_OK)
		return code;
	if (query_period_decided(
		q->access.query, &q->period, q->pool, &decided, &count) != STORE_OK)
		return access_failed(&q->access);
	for (size_t i = 0; i < count; i++)
		fprintf(
		    out, "%" PRId64 " %s\n", decided[i].messages, decided[i].override);
	access_close(&q->access);
	return EX_OK;
}

/* A number at the begin of *${text}, which moves behind it and the blank. */
static bool
take_number(char **text, int64_t *number)
{
	size_t digits = strspn(*text, "0123456789");
	char *end;

	if (digits == 0 || digits > 18)
		return false;
	*number = (int64_t)strtoll(*text, &end, 10);
	*text = end + (*end == ' ');
	return true;
}

static void
take_count(struct remembered_counts *counts, char *line)
{
	char storage[WHY_OCTETS];
	struct remembered_count *c;
	struct buf why;

	buf_init(&why, storage, sizeof storage);
	counts->list =
	    mem_realloc(counts->list, (counts->count + 1) * sizeof *counts->list);
	c = &counts->list[counts->count];
	if (take_number(&line, &c->messages) &&
	    config_override_read(&c->override, line, &why))
		counts->count++;
}

void
remembered_read_counts(char *answer, struct remembered_counts *counts)
{
	char *line;

	*counts = (struct remembered_counts){ 0 };
	while (counts->count < COUNTS_MAX && (line = strsep(&answer, "\n")) != NULL)
		take_count(counts, line);
}

int
remembered_counts(const char *conf, struct remembered_counts *counts)
{
	struct question q = question_new(conf);
	char *answer;
	int code = apart_run(write_counts, &q, &answer);

	if (code != EX_OK)
		*answer = '\0';
	remembered_read_counts(answer, counts);
	free(answer);
	pool_free(q.pool);
	return code;
}

void
remembered_counts_free(struct remembered_counts *counts)
{
	for (size_t i = 0; i < counts->count; i++)
		config_override_clear(&counts->list[i].override);
	free(counts->list);
	*counts = (struct remembered_counts){ 0 };
}

/* What ${client} has shown in the period, beside mail in the name of ${domain}. */
static enum store_status
find_sign(
    struct question *q, const char *domain, const char *client, enum sender_sign *sign)
{
	struct sender_top top = { .clients = &client, .client_count = 1 };
	struct text text = { 0 };
	struct json_text j = { .out = &text };
	struct query_client *clients;
	struct query_pair *pairs = NULL;
	size_t count, pair_count = 0;
	enum store_status status = query_period_clients(
	    q->access.query, &q->period, domain, q->pool, &clients, &count);

	for (size_t i = 0; status == STORE_OK && i < count; i++) {
		if (strcmp(clients[i].address, client) == 0)
			top.broken = clients[i].broken;
	}
	json_text_array(&j, NULL);
	json_text_string(&j, NULL, client);
	json_text_array_end(&j);
	if (status == STORE_OK)
		status = query_period_passing(
		    q->access.query, &q->period, text.data, q->pool, &pairs, &pair_count);
	text_free(&text);
	*sign = sender_cause_sign(&top, pairs, pair_count, domain);
	return status;
}

static int
write_message(void *cookie, FILE *out)
{
	struct question *q = cookie;
	struct query_filter filter = {
		.queue_id = q->queue_id, .since = INT64_MIN, .until = INT64_MAX
	};
	struct query_page page = { .at = INT64_MAX, .id = INT64_MAX, .pool = q->pool };
	const struct query_row *row;
	enum sender_sign sign;
	int code = access_open(&q->access);

	if (code != EX_OK)
		return code;
	if (query_next(q->access.query, &filter, QUERY_PAGE_ROWS, &page) != STORE_OK)
		return access_failed(&q->access);
	if (page.count == 0) {
		complaint_print("%s", _("nothing found"));
		return EX_DATAERR;
	}
	row = &page.rows[0];
	if (find_sign(q, told_row_text(row, FACT_HEADER_FROM),
		told_row_text(row, FACT_CLIENT), &sign) != STORE_OK)
		return access_failed(&q->access);
	fprintf(out, "%" PRId64 "\n%zu\n%s\n%s\n%d\n%s\n%s\n%d\n",
	    row->columns[FACT_AT].number, page.count - 1,
	    told_row_text(row, FACT_HEADER_FROM), told_row_text(row, FACT_CLIENT),
	    row->columns[FACT_IS_RELAY].number != 0, told_row_text(row, FACT_RULE),
	    told_row_text(row, FACT_WOULD), (int)sign);
	access_close(&q->access);
	return EX_OK;
}

/* One line of ${rest}, of at most ${size} - 1 octets of a name, into ${text}. */
static bool
take_text(char **rest, char *text, size_t size)
{
	const char *line = strsep(rest, "\n");

	return line != NULL && snprintf(text, size, "%s", line) < (int)size;
}

static bool
take_line_number(char **rest, int64_t *number, int64_t max)
{
	char *line = strsep(rest, "\n");

	return line != NULL && take_number(&line, number) && *line == '\0' &&
	       *number <= max;
}

bool
remembered_read_message(char *rest, struct remembered_message *m)
{
	char client[IP_TEXT_SIZE], rule[32];
	int64_t is_relay, sign;

	*m = (struct remembered_message){ 0 };
	if (!take_line_number(&rest, &m->at, INT64_MAX) ||
	    !take_line_number(&rest, &m->others, INT64_MAX) ||
	    !take_text(&rest, m->from, sizeof m->from) ||
	    !take_text(&rest, client, sizeof client) ||
	    !take_line_number(&rest, &is_relay, 1) ||
	    !take_text(&rest, rule, sizeof rule) ||
	    !take_text(&rest, m->would, sizeof m->would) ||
	    !take_line_number(&rest, &sign, SIGN_OTHERS_PASS))
		return false;
	if (!ip_parse(client, &m->client))
		m->client = (struct ip){ .family = IP_UNKNOWN };
	m->rule = rule_find(rule);
	m->is_relay = is_relay != 0;
	m->sign = (enum sender_sign)sign;
	return true;
}

int
remembered_message(
    const char *conf, const char *queue_id, struct remembered_message *message)
{
	struct question q = question_new(conf);
	char *answer;
	int code;

	q.queue_id = queue_id;
	*message = (struct remembered_message){ 0 };
	code = apart_run(write_message, &q, &answer);
	if (code == EX_OK && !remembered_read_message(answer, message)) {
		complaint_print(
		    "%s", _("the history holds something that no message can have"));
		code = EX_DATAERR;
	}
	free(answer);
	pool_free(q.pool);
	return code;
}
