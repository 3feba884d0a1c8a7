#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json_text.h"
#include "base/mem.h"
#include "ctl/history/told_change.h"
#include "ctl/history/told_row.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "history/query.h"
#include "policy/verdict.h"

#define SENDERS_TOLD 10
#define IDS_TOLD 5
#define SLOTS_FIRST 256

/* A sender domain of which messages change from one action to another. */
struct sender {
	char *domain; /* NULL: free */
	int from, to; /* enum action */
	size_t count;
	char *ids[IDS_TOLD];
};

struct told_change {
	size_t messages;
	size_t cells[ACTION_COUNT][ACTION_COUNT]; /* from, to */
	struct sender *slots;                     /* a hash table, at most half full */
	size_t slot_count;                        /* a power of two */
	size_t used;
};

struct told_change *
told_change_new(void)
{
	struct told_change *c = mem_alloc(sizeof *c);

	c->slot_count = SLOTS_FIRST;
	c->slots = mem_alloc(c->slot_count * sizeof *c->slots);
	return c;
}

void
told_change_free(struct told_change *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->slot_count; i++) {
		free(c->slots[i].domain);
		for (size_t n = 0; n < IDS_TOLD; n++)
			free(c->slots[i].ids[n]);
	}
	free(c->slots);
	free(c);
}

/* A word that the file should not hold is a refusal. */
static int
action_of(const char *word)
{
	for (int a = 0; a < ACTION_COUNT; a++) {
		if (strcmp(verdict_action_name((enum action)a), word) == 0)
			return a;
	}
	return ACTION_REJECT;
}

/* Where it stands, or may be put. */
static struct sender *
slot_of(struct sender *slots, size_t count, const char *domain, int from, int to)
{
	size_t at = hash_text(HASH_START, domain) + (size_t)(from * ACTION_COUNT + to);

	for (;; at++) {
		struct sender *s = &slots[at & (count - 1)];

		if (s->domain == NULL ||
		    (s->from == from && s->to == to && strcmp(s->domain, domain) == 0))
			return s;
	}
}

static void
grow(struct told_change *c)
{
	size_t count = 2 * c->slot_count;
	struct sender *slots = mem_alloc(count * sizeof *slots);

	for (size_t i = 0; i < c->slot_count; i++) {
		const struct sender *s = &c->slots[i];

		if (s->domain != NULL)
			*slot_of(slots, count, s->domain, s->from, s->to) = *s;
	}
	free(c->slots);
	c->slots = slots;
	c->slot_count = count;
}

static void
add_sender(struct told_change *c, const struct query_row *row, int from, int to)
{
	const char *domain = told_row_text(row, FACT_HEADER_FROM);
	struct sender *s;

	if (2 * c->used >= c->slot_count)
		grow(c);
	s = slot_of(c->slots, c->slot_count, domain, from, to);
	if (s->domain == NULL) {
		*s = (struct sender){
			.domain = mem_strdup(domain), .from = from, .to = to
		};
		c->used++;
	}
	if (s->count < IDS_TOLD)
		s->ids[s->count] = mem_strdup(told_row_text(row, FACT_QUEUE_ID));
	s->count++;
}

void
told_change_add(struct told_change *c, const struct query_row *row, const char *would)
{
	int from = action_of(told_row_text(row, FACT_WOULD)), to = action_of(would);

	c->messages++;
	c->cells[from][to]++;
	if (from != to)
		add_sender(c, row, from, to);
}

size_t
told_change_count(const struct told_change *c)
{
	return c->messages;
}

static int
compare(const void *a, const void *b)
{
	const struct sender *const *x = a, *const *y = b;

	if ((*x)->count != (*y)->count)
		return (*x)->count < (*y)->count ? 1 : -1;
	return strcmp((*x)->domain, (*y)->domain);
}

/* The senders of one cell, most first; the caller's to free(). */
static const struct sender **
senders_of(const struct told_change *c, int from, int to, size_t *count)
{
	const struct sender **list = mem_alloc((c->used + 1) * sizeof(struct sender *));

	*count = 0;
	for (size_t i = 0; i < c->slot_count; i++) {
		const struct sender *s = &c->slots[i];

		if (s->domain != NULL && s->from == from && s->to == to)
			list[(*count)++] = s;
	}
	qsort(list, *count, sizeof(struct sender *), compare);
	return list;
}

static size_t
unchanged(const struct told_change *c)
{
	size_t n = 0;

	for (int a = 0; a < ACTION_COUNT; a++)
		n += c->cells[a][a];
	return n;
}

/* Domains and ids stand in a file that others wrote. */
static void
print_sender(FILE *out, const struct sender *s)
{
	char quoted[PAGE_QUOTE_SIZE];

	fprintf(out, "  %8zu  %s ", s->count,
	    page_quote(*s->domain != '\0' ? s->domain : _("(no author domain)"), quoted));
	for (size_t n = 0; n < IDS_TOLD && s->ids[n] != NULL; n++)
		fprintf(out, " %s", page_quote(s->ids[n], quoted));
	fputc('\n', out);
}

static void
print_cell(FILE *out, const struct told_change *c, int from, int to)
{
	size_t count;
	const struct sender **list = senders_of(c, from, to, &count);

	fputc('\n', out);
	fprintf(out, _("%s -> %s: %zu\n"), verdict_action_name((enum action)from),
	    verdict_action_name((enum action)to), c->cells[from][to]);
	for (size_t i = 0; i < count && i < SENDERS_TOLD; i++)
		print_sender(out, list[i]);
	if (count > SENDERS_TOLD)
		fprintf(out,
		    ngettext("  and %zu more domain\n", "  and %zu more domains\n",
			count - SENDERS_TOLD),
		    count - SENDERS_TOLD);
	free(list);
}

void
told_change_print(FILE *out, const struct told_change *c)
{
	size_t same = unchanged(c);

	fprintf(out,
	    ngettext("%zu message, of which %zu would be treated as it was.\n",
		"%zu messages, of which %zu would be treated as they were.\n",
		c->messages),
	    c->messages, same);
	for (int from = 0; from < ACTION_COUNT; from++) {
		for (int to = 0; to < ACTION_COUNT; to++) {
			if (from != to && c->cells[from][to] > 0)
				print_cell(out, c, from, to);
		}
	}
}

static void
json_sender(struct json_text *j, const struct sender *s)
{
	json_text_object(j, NULL);
	json_text_string(j, "from", s->domain);
	json_text_number(j, "messages", (int64_t)s->count);
	json_text_array(j, "queue_ids");
	for (size_t n = 0; n < IDS_TOLD && s->ids[n] != NULL; n++)
		json_text_string(j, NULL, s->ids[n]);
	json_text_array_end(j);
	json_text_object_end(j);
}

static void
json_cell(struct json_text *j, const struct told_change *c, int from, int to)
{
	size_t count;
	const struct sender **list = senders_of(c, from, to, &count);

	json_text_object(j, NULL);
	json_text_string(j, "was", verdict_action_name((enum action)from));
	json_text_string(j, "would", verdict_action_name((enum action)to));
	json_text_number(j, "messages", (int64_t)c->cells[from][to]);
	json_text_array(j, "senders");
	for (size_t i = 0; i < count && i < SENDERS_TOLD; i++)
		json_sender(j, list[i]);
	json_text_array_end(j);
	json_text_object_end(j);
	free(list);
}

void
told_change_json(FILE *out, const struct told_change *c)
{
	struct text text = { 0 };
	struct json_text j = { .out = &text };

	json_text_object(&j, NULL);
	json_text_number(&j, "messages", (int64_t)c->messages);
	json_text_number(&j, "unchanged", (int64_t)unchanged(c));
	json_text_array(&j, "changes");
	for (int from = 0; from < ACTION_COUNT; from++) {
		for (int to = 0; to < ACTION_COUNT; to++) {
			if (from != to && c->cells[from][to] > 0)
				json_cell(&j, c, from, to);
		}
	}
	json_text_array_end(&j);
	json_text_object_end(&j);
	fwrite(text.data, 1, text.len, out);
	fputc('\n', out);
	text_free(&text);
}
