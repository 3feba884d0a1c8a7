#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/unconst.h"
#include "ctl/json.h"
#include "ctl/postfix/program.h"
#include "ctl/postfix/queue.h"

#define PROGRAM "postqueue"
#define HELD "hold"
/* A message with thousands of recipients is one line. */
#define LINE_OCTETS ((size_t)1024 * 1024)
#define ITEMS_MAX ((size_t)1000 * 1000)
#define FIRST_ROOM 64

/*
 * Postfix's mail_queue.h.  Short: microseconds in five hexadecimal digits or more, and
 * the inode.  Long (enable_long_queue_ids): seconds in six digits or more and
 * microseconds in four, of 52 that have no vowel, a "z", and the inode in digits without
 * it.
 */
#define HEX "0123456789ABCDEF"
#define SAFE "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxy"
#define SHORT_MIN 6
#define SHORT_MAX 21
#define LONG_TIME_MIN 10
#define LONG_TIME_MAX 16
#define LONG_INODE_MAX 12

static bool
is_long_id(const char *text)
{
	const char *inode = strrchr(text, 'z');
	size_t time;

	if (inode == NULL || text[strspn(text, SAFE "z")] != '\0')
		return false;
	time = (size_t)(inode - text);
	inode++;
	return time >= LONG_TIME_MIN && time <= LONG_TIME_MAX && *inode != '\0' &&
	       strlen(inode) <= LONG_INODE_MAX;
}

bool
queue_is_id(const char *text)
{
	const size_t len = strspn(text, HEX);

	return (text[len] == '\0' && len >= SHORT_MIN && len <= SHORT_MAX) ||
	       is_long_id(text);
}

int
queue_begin(struct program *program, const char *dir, char *why, size_t whysize)
{
	char *argv[5] = { unconst(PROGRAM) };
	size_t n = 1;

	if (dir != NULL) {
		argv[n++] = unconst("-c");
		argv[n++] = unconst(dir);
	}
	argv[n] = unconst("-j");
	return program_begin(program, argv, STDOUT_FILENO, why, whysize);
}

/* One line without its end, as far as it fits; *len: octets of it.  False: no more. */
static bool
next_line(FILE *lines, char *line, size_t *len, bool *cut)
{
	int c = getc(lines);

	*len = 0;
	*cut = false;
	if (c == EOF)
		return false;
	for (; c != EOF && c != '\n'; c = getc(lines)) {
		if (*len < LINE_OCTETS)
			line[(*len)++] = (char)c;
		else
			*cut = true;
	}
	line[*len] = '\0';
	return true;
}

/*
 * Of a line that is too long the recipients go, which come last: within a text their
 * name's quotes would have backslashes.
 */
static bool
close_before_recipients(char *line, size_t *len)
{
	static const char name[] = ", \"recipients\": [";
	char *begin = memmem(line, *len, name, strlen(name));

	if (begin == NULL)
		return false;
	begin[0] = '}';
	begin[1] = '\0';
	*len = (size_t)(begin - line) + 1;
	return true;
}

static void
add(struct queue *queue, const struct json_queued *q, size_t *room)
{
	struct queue_item *item;

	if (queue->count == *room) {
		*room = *room == 0 ? FIRST_ROOM : *room * 2;
		queue->items = mem_realloc(queue->items, *room * sizeof *queue->items);
	}
	item = &queue->items[queue->count++];
	*item = (struct queue_item){ .arrival = q->arrival, .size = q->size };
	memcpy(item->id, q->id, strlen(q->id) + 1);
	memcpy(item->name, q->queue, strlen(q->queue) + 1);
}

static int
by_id(const void *left, const void *right)
{
	const struct queue_item *a = left, *b = right;

	return strcmp(a->id, b->id);
}

static int
newest_first(const void *left, const void *right)
{
	const struct queue_item *a = left, *b = right;

	if (a->arrival != b->arrival)
		return a->arrival < b->arrival ? 1 : -1;
	return by_id(a, b);
}

/* A queue that changes while it is listed may show a message twice. */
static void
sort(struct queue *queue)
{
	size_t kept = 0;

	if (queue->count == 0)
		return;
	qsort(queue->items, queue->count, sizeof *queue->items, by_id);
	for (size_t i = 1; i < queue->count; i++) {
		if (strcmp(queue->items[i].id, queue->items[kept].id) != 0)
			queue->items[++kept] = queue->items[i];
	}
	queue->count = kept + 1;
	qsort(queue->items, queue->count, sizeof *queue->items, newest_first);
}

static bool
is_sound(const struct json_queued *q)
{
	return queue_is_id(q->id) && q->arrival >= 0 && q->arrival <= INT64_MAX / 2 &&
	       q->size >= 0;
}

/* Which messages are asked for. */
struct wanted {
	const char *word;      /* stands in their line */
	const char *recipient; /* NULL: those that are held */
};

static bool
is_wanted(const struct json_queued *q, const struct wanted *wanted)
{
	return wanted->recipient == NULL ? strcmp(q->queue, HELD) == 0
					 : strcmp(q->recipient, wanted->recipient) == 0;
}

/* False: it cannot be read, or there is no more room. */
static bool
take_line(struct queue *queue, const struct wanted *wanted, char *line, size_t len,
    size_t *room)
{
	struct json_queued q;

	if (!json_read_queued(line, len, &q))
		return false;
	if (!is_wanted(&q, wanted))
		return true;
	if (!is_sound(&q) || queue->count == ITEMS_MAX)
		return false;
	add(queue, &q, room);
	return true;
}

static void
read_lines(struct queue *queue, FILE *lines, const struct wanted *wanted)
{
	char *line = mem_alloc(LINE_OCTETS + 1);
	size_t len, room = 0;
	bool cut;

	*queue = (struct queue){ 0 };
	while (next_line(lines, line, &len, &cut)) {
		/* Most mail is none of these, and need not be read. */
		if (memmem(line, len, wanted->word, strlen(wanted->word)) == NULL)
			continue;
		if ((cut && !close_before_recipients(line, &len)) ||
		    !take_line(queue, wanted, line, len, &room))
			queue->unread++;
	}
	free(line);
	sort(queue);
}

void
queue_read(struct queue *queue, FILE *lines)
{
	read_lines(queue, lines, &(struct wanted){ .word = "\"" HELD "\"" });
}

void
queue_read_for(struct queue *queue, FILE *lines, const char *recipient)
{
	read_lines(
	    queue, lines, &(struct wanted){ .word = recipient, .recipient = recipient });
}

void
queue_free(struct queue *queue)
{
	free(queue->items);
	*queue = (struct queue){ 0 };
}

const struct queue_item *
queue_find(const struct queue *queue, const char *id)
{
	for (size_t i = 0; i < queue->count; i++) {
		if (strcmp(queue->items[i].id, id) == 0)
			return &queue->items[i];
	}
	return NULL;
}
