#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/pool.h"
#include "base/unconst.h"
#include "case.h"
#include "escapes.h"
#include "signer.h"

#define EVENTS_MAX 64
#define EXPECTS_MAX 48
#define KEYS_MAX 16
#define FILE_MAX_SIZE (1 << 20)

/* A text that grows: one of the blocks, or one under work. */
struct text {
	FILE *out;
	char *data;
	size_t len;
};

struct declared_key {
	const char *name, *kind;
};

struct reader {
	struct pool *pool;
	struct signer *signer;
	struct case_file *file;
	struct case_event *events;
	size_t event_count;
	struct case_event *message; /* that header, body and expect belong to; NULL */
	bool finished;              /* it is expanded and signed */
	struct case_expect *expects;
	struct declared_key keys[KEYS_MAX];
	size_t key_count;
	struct text conf, zone, header, body;
	struct text *block;  /* that indented lines go to; NULL */
	unsigned int blanks; /* empty lines that count if the block goes on */
	int line;
	const char *wrong; /* the first thing that is; NULL */
};

static void
text_begin(struct text *t)
{
	t->out = open_memstream(&t->data, &t->len);
}

/* What was written, in the pool; the text is empty again. */
static char *
text_take(struct text *t, struct pool *pool, size_t *len)
{
	char *copy;

	fclose(t->out);
	copy = pool_alloc(pool, t->len + 1);
	memcpy(copy, t->data, t->len);
	if (len != NULL)
		*len = t->len;
	free(t->data);
	text_begin(t);
	return copy;
}

static void
text_drop(struct text *t)
{
	fclose(t->out);
	free(t->data);
}

static void
wrong(struct reader *r, const char *what)
{
	if (r->wrong == NULL)
		r->wrong = what;
}

/* A word of a statement, with escapes. */
static const char *
expanded(struct reader *r, const char *text)
{
	struct text t;
	const char *result;

	text_begin(&t);
	if (!escapes_expand(text, text + strlen(text), "\n", t.out))
		wrong(r, "\\*COUNT{TEXT} is meant");
	result = text_take(&t, r->pool, NULL);
	text_drop(&t);
	return result;
}

/* The value of NAME=VALUE among words; NULL. */
static const char *
option(struct reader *r, const char *words, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = words; p != NULL; p = strchr(p, ' ')) {
		p += strspn(p, " ");
		if (strncmp(p, name, n) == 0 && p[n] == '=')
			return pool_strndup(r->pool, p + n + 1, strcspn(p + n + 1, " "));
	}
	return NULL;
}

static const char *
kind_of_key(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->key_count; i++) {
		if (strcasecmp(r->keys[i].name, name) == 0)
			return r->keys[i].kind;
	}
	return "rsa2048";
}

/*
 * A signature line in a header block: it stands for the field, and signs what stands
 * below it.  broken=WHAT signs something else than what is there.
 */
static const char *
sign(
    struct reader *r, const char *words, const char *header, const char *body, size_t len)
{
	const char *broken = option(r, words, "broken");
	const char *length = option(r, words, "l");
	const char *canon = option(r, words, "c");
	struct signing how = {
		.domain = option(r, words, "d"),
		.selector = option(r, words, "s"),
		.key = option(r, words, "key"),
		.canon = canon != NULL ? canon : "relaxed/relaxed",
		.headers = option(r, words, "h"),
		.body_length = length != NULL ? strtol(length, NULL, 10) : -1,
	};
	const char *field;
	char *b;

	if (how.domain == NULL || how.selector == NULL) {
		wrong(r, "@sign wants d= and s=");
		return "";
	}
	if (how.key == NULL)
		how.key = kind_of_key(r,
		    pool_printf(r->pool, "%s._domainkey.%s", how.selector, how.domain));
	if (broken != NULL && strcmp(broken, "body") == 0) {
		body = "something else\r\n";
		len = strlen(body);
	}
	if (broken != NULL && strcmp(broken, "header") == 0)
		header = pool_printf(r->pool, "Subject: something else\n%s", header);
	field = signer_sign(r->signer, &how, header, body, len);
	if (field == NULL) {
		wrong(r, "this cannot be signed");
		return "";
	}
	if (broken != NULL && strcmp(broken, "signature") == 0) {
		b = strstr(unconst(field), "b=");
		while (b[-1] == 'h') /* bh= */
			b = strstr(b + 2, "b=");
		b[10] = b[10] == 'A' ? 'B' : 'A';
	}
	return field;
}

/* The header from its block, from the last line up: a signature signs what is below. */
static const char *
build_header(struct reader *r, char *block, const char *body, size_t body_len)
{
	const char *header = "";
	char *last;

	while (*block != '\0') {
		block[strlen(block) - 1] = '\0';
		last = strrchr(block, '\n');
		last = last != NULL ? last + 1 : block;
		if (strncmp(last, "@sign ", 6) == 0)
			header = pool_printf(r->pool, "%s%s",
			    sign(r, last + 6, header, body, body_len), header);
		else
			header =
			    pool_printf(r->pool, "%s\n%s", expanded(r, last), header);
		*last = '\0';
	}
	return header;
}

/* All of the message under way is read: expand and sign it. */
static void
finish_message(struct reader *r)
{
	struct case_event *m = r->message;
	char *block, *raw;

	if (m == NULL || r->finished)
		return;
	r->finished = true;
	raw = text_take(&r->body, r->pool, NULL);
	for (char *line = raw; *line != '\0';) {
		char *end = strchr(line, '\n');

		if (!escapes_expand(line, end, "\r\n", r->body.out))
			wrong(r, "\\*COUNT{TEXT} is meant");
		fputs("\r\n", r->body.out);
		line = end + 1;
	}
	m->body = text_take(&r->body, r->pool, &m->body_len);
	block = text_take(&r->header, r->pool, NULL);
	m->header = build_header(r, block, m->body, m->body_len);
}

static struct case_event *
add_event(struct reader *r, enum case_kind kind, const char *text)
{
	struct case_event *e = &r->events[r->event_count];

	finish_message(r);
	r->message = NULL;
	if (r->event_count == EVENTS_MAX - 1)
		wrong(r, "too many events");
	else
		r->event_count++;
	*e = (struct case_event){ .kind = kind,
		.text = expanded(r, text),
		.extra = "",
		.count = 1,
		.line = r->line,
		.header = "",
		.body = "" };
	return e;
}

static void
read_client(struct reader *r, char *rest)
{
	char *address = strsep(&rest, " ");
	struct case_event *e = add_event(r, CASE_CLIENT, address);

	e->extra = rest != NULL ? pool_strdup(r->pool, rest) : "";
}

static void
read_helo(struct reader *r, char *rest)
{
	char *times = strstr(rest, " times ");
	struct case_event *e;

	if (times != NULL)
		*times = '\0';
	e = add_event(r, CASE_HELO, rest);
	if (times != NULL)
		e->count = strtol(times + 7, NULL, 10);
}

static void
read_auth(struct reader *r, char *rest)
{
	add_event(r, CASE_AUTH, rest);
}

static void
read_message(struct reader *r, char *rest)
{
	r->message = add_event(r, CASE_MESSAGE, rest);
	r->finished = false;
	r->message->expects = r->expects =
	    pool_alloc(r->pool, EXPECTS_MAX * sizeof *r->expects);
}

static void
read_abort(struct reader *r, char *rest)
{
	read_message(r, rest);
	r->message->kind = CASE_ABORT;
}

static void
read_expect(struct reader *r, char *rest)
{
	struct case_expect *x;
	char *key;

	if (r->message == NULL || r->message->expect_count == EXPECTS_MAX) {
		wrong(r, "expect without a message, or too many");
		return;
	}
	finish_message(r);
	x = &r->expects[r->message->expect_count++];
	x->negated = strncmp(rest, "not ", 4) == 0;
	rest += x->negated ? 4 : 0;
	key = strsep(&rest, " ");
	x->key = pool_strdup(r->pool, key);
	x->value = rest != NULL ? expanded(r, rest) : "";
	x->line = r->line;
}

/* key NAME KIND [TAGS]: made at run time, published in the zone. */
static void
read_key(struct reader *r, char *rest)
{
	char *name = strsep(&rest, " ");
	char *kind = rest != NULL ? strsep(&rest, " ") : NULL;
	const char *record;

	if (kind == NULL || r->key_count == KEYS_MAX ||
	    (record = signer_record(r->signer, kind, rest != NULL ? rest : "")) == NULL) {
		wrong(r, "key NAME KIND [TAGS] is meant");
		return;
	}
	r->keys[r->key_count++] =
	    (struct declared_key){ .name = pool_strdup(r->pool, name),
		    .kind = pool_strdup(r->pool, kind) };
	fprintf(r->zone.out, "%s TXT", name);
	for (; *record != '\0'; record += strnlen(record, 200))
		fprintf(r->zone.out, " \"%.200s\"", record);
	fputc('\n', r->zone.out);
}

static void
read_host(struct reader *r, char *rest)
{
	r->file->host = pool_strdup(r->pool, rest);
}

static void
read_mta(struct reader *r, char *rest)
{
	r->file->mta = pool_strdup(r->pool, rest);
}

static void
read_only(struct reader *r, char *rest)
{
	r->file->only = pool_strdup(r->pool, rest);
}

/* A statement, or the head of a block of indented lines. */
static const struct statement {
	const char *word;
	void (*read)(struct reader *r, char *rest);
	size_t block; /* offset of the text that the lines go to */
} statements[] = {
	{ "abort", read_abort, 0 },
	{ "auth", read_auth, 0 },
	{ "body", NULL, offsetof(struct reader, body) },
	{ "client", read_client, 0 },
	{ "conf", NULL, offsetof(struct reader, conf) },
	{ "expect", read_expect, 0 },
	{ "header", NULL, offsetof(struct reader, header) },
	{ "helo", read_helo, 0 },
	{ "host", read_host, 0 },
	{ "key", read_key, 0 },
	{ "mail", read_message, 0 },
	{ "mta", read_mta, 0 },
	{ "only", read_only, 0 },
	{ "zone", NULL, offsetof(struct reader, zone) },
};

static void
read_statement(struct reader *r, char *line)
{
	char *word = strsep(&line, " ");

	r->block = NULL;
	for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
		const struct statement *known = &statements[i];

		if (strcmp(known->word, word) != 0)
			continue;
		if (known->read != NULL)
			known->read(r, line != NULL ? line : word + strlen(word));
		else
			r->block = (struct text *)(void *)((char *)r + known->block);
		return;
	}
	wrong(r, "unknown word at the start of a line");
}

static void
read_line(struct reader *r, char *line)
{
	if (*line == '\0') {
		r->blanks++;
		return;
	}
	if (strncmp(line, "  ", 2) != 0)
		r->blanks = 0;
	if (*line == '#') {
		if (r->event_count == 0 && r->block == NULL)
			r->file->goal = pool_printf(r->pool, "%s%s%s", r->file->goal,
			    *r->file->goal != '\0' ? " " : "",
			    line + 1 + (line[1] == ' '));
		return;
	}
	if (strncmp(line, "  ", 2) != 0) {
		read_statement(r, line);
		return;
	}
	if (r->block == NULL || ((r->block == &r->header || r->block == &r->body) &&
				    (r->message == NULL || r->finished))) {
		wrong(r, "an indented line that belongs to nothing");
		return;
	}
	for (; r->blanks > 0; r->blanks--)
		fputc('\n', r->block->out);
	fprintf(r->block->out, "%s\n", line + 2);
}

static void
read_all(struct reader *r, char *text)
{
	char *line;

	while (r->wrong == NULL && (line = strsep(&text, "\n")) != NULL) {
		r->line++;
		read_line(r, line);
	}
	if (r->wrong == NULL)
		finish_message(r);
	if (r->wrong == NULL && r->event_count == 0)
		wrong(r, "nothing happens");
}

const struct case_file *
case_parse(char *text, struct signer *signer, struct pool *pool, char *why, size_t size)
{
	struct case_file *file = pool_alloc(pool, sizeof *file);
	struct reader r = { .pool = pool, .signer = signer, .file = file };

	*file = (struct case_file){
		.goal = "", .host = "mx.school.example", .mta = "Postfix"
	};
	r.events = pool_alloc(pool, EVENTS_MAX * sizeof *r.events);
	text_begin(&r.conf);
	text_begin(&r.zone);
	text_begin(&r.header);
	text_begin(&r.body);
	read_all(&r, text);
	file->conf = text_take(&r.conf, pool, NULL);
	file->zone = text_take(&r.zone, pool, NULL);
	file->events = r.events;
	file->event_count = r.event_count;
	text_drop(&r.conf);
	text_drop(&r.zone);
	text_drop(&r.header);
	text_drop(&r.body);
	if (r.wrong != NULL)
		snprintf(why, size, "line %d: %s", r.line, r.wrong);
	return r.wrong == NULL ? file : NULL;
}

const struct case_file *
case_read(
    const char *path, struct signer *signer, struct pool *pool, char *why, size_t whysize)
{
	char *text = file_read(path, FILE_MAX_SIZE, NULL, why, whysize), reason[200];
	const struct case_file *file;

	if (text == NULL)
		return NULL;
	file = case_parse(text, signer, pool, reason, sizeof reason);
	if (file == NULL)
		snprintf(why, whysize, "%s: %s", path, reason);
	free(text);
	return file;
}

bool
case_next_field(
    const char **header, struct pool *pool, const char **name, const char **value)
{
	const char *start = *header, *end = strchr(start, '\n'), *colon;

	if (end == NULL)
		return false;
	while (end[1] == ' ' || end[1] == '\t')
		end = strchr(end + 1, '\n');
	*header = end + 1;
	colon = memchr(start, ':', (size_t)(end - start));
	if (colon == NULL)
		colon = end;
	*name = pool_strndup(pool, start, (size_t)(colon - start));
	*value =
	    colon == end ? "" : pool_strndup(pool, colon + 1, (size_t)(end - colon - 1));
	return true;
}
