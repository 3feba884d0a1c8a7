#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/unconst.h"
#include "ctl/postfix/program.h"
#include "ctl/postfix/queue.h"
#include "ctl/postfix/queue_change.h"
#include "ctl/prove/prove_case.h"
#include "ctl/prove/prove_queue.h"
#include "ctl/stream.h"
#include "ctl/text.h"

#define HEADER_OCTETS ((size_t)128 * 1024)
#define LOOK_AGAIN_MS 40
/* How often a message that moves on is looked for anew before it is deleted. */
#define TRIES 20
/* How often one that is nowhere: a filter may have thrown it away. */
#define MISSES_MAX 25

/* All of ours; false with why. */
static bool
list(const struct prove_queue *q, struct queue *queue)
{
	struct program program;
	bool bounded;

	*queue = (struct queue){ 0 };
	if (queue_begin(&program, q->dir, q->why, q->whysize) == -1)
		return false;
	bounded = program_bound(&program, &q->until) == 0;
	if (bounded)
		queue_read_for(queue, program.output, PROVE_RECIPIENT);
	if (program_end(&program) && bounded)
		return true;
	snprintf(q->why, q->whysize, _("%s failed: is Postfix running?"), "postqueue -j");
	return false;
}

const char *
prove_queue_output(
    const struct prove_queue *q, char *const *argv, size_t max, size_t *len)
{
	struct program program;
	char *data, *kept = NULL;
	bool bounded;

	*len = 0;
	if (program_begin(&program, argv, STDOUT_FILENO, q->why, q->whysize) == -1)
		return NULL;
	bounded = program_bound(&program, &q->until) == 0;
	if (bounded) {
		data = mem_alloc(max);
		*len = fread(data, 1, max, program.output);
		kept = pool_strndup(q->pool, data, *len);
		free(data);
	}
	if (program_end(&program) && bounded)
		return kept;
	snprintf(q->why, q->whysize, _("%s failed"), argv[0]);
	return NULL;
}

static const char *
header_of(const struct prove_queue *q, const char *id, size_t *len)
{
	char *argv[7] = { unconst("postcat") };
	size_t n = 1;

	if (q->dir != NULL) {
		argv[n++] = unconst("-c");
		argv[n++] = unconst(q->dir);
	}
	argv[n++] = unconst("-h");
	argv[n++] = unconst("-q");
	argv[n] = unconst(id);
	return prove_queue_output(q, argv, HEADER_OCTETS, len);
}

static bool
is_at_rest(const struct queue_item *item)
{
	return strcmp(item->name, "deferred") == 0 || strcmp(item->name, "hold") == 0;
}

struct prove_queued
prove_queue_look(const struct prove_queue *q, const char *id)
{
	struct prove_queued found = { 0 };
	bool moving = true;
	int misses = 0;

	while (moving && misses < MISSES_MAX && stream_ms_left(&q->until) > 0) {
		const struct queue_item *item;
		struct queue queue;

		if (!list(q, &queue))
			return found;
		item = queue_find(&queue, id);
		/* Between two queues it is in neither for a moment. */
		found.name = item != NULL ? pool_strdup(q->pool, item->name) : NULL;
		misses = item == NULL ? misses + 1 : 0;
		if (item != NULL && is_at_rest(item)) {
			found.header = header_of(q, id, &found.len);
			moving = found.header == NULL;
		}
		queue_free(&queue);
		if (moving)
			poll(NULL, 0, LOOK_AGAIN_MS);
	}
	return found;
}

static bool
delete_all(const struct prove_queue *q, const char *id, size_t *count)
{
	struct queue queue;
	bool good = list(q, &queue), left = false;

	for (size_t i = 0; good && i < queue.count; i++) {
		const struct queue_item *item = &queue.items[i];
		enum queue_change done;

		if (id != NULL && strcmp(item->id, id) != 0)
			continue;
		done =
		    queue_change_drop(q->dir, item->id, item->name, q->why, q->whysize);
		good = done != QUEUE_CHANGE_FAILED;
		left = left || done == QUEUE_CHANGE_GONE;
		*count += done == QUEUE_CHANGE_DONE;
	}
	queue_free(&queue);
	if (left)
		snprintf(q->why, q->whysize, "%s",
		    _("a message of the test is still in the queue: run this again"));
	return good && !left;
}

/* What moved to another queue meanwhile is looked for once more. */
static bool
delete_in_time(const struct prove_queue *q, const char *id, size_t *count)
{
	for (int i = 0; i < TRIES; i++) {
		if (delete_all(q, id, count))
			return true;
		if (stream_ms_left(&q->until) == 0)
			return false;
		poll(NULL, 0, LOOK_AGAIN_MS);
	}
	return false;
}

bool
prove_queue_delete(const struct prove_queue *q, const char *id, const char *queue)
{
	size_t count = 0;

	if (queue != NULL &&
	    queue_change_drop(q->dir, id, queue, q->why, q->whysize) == QUEUE_CHANGE_DONE)
		return true;
	return delete_in_time(q, id, &count);
}

bool
prove_queue_clear(const struct prove_queue *q, size_t *count)
{
	*count = 0;
	return delete_in_time(q, NULL, count);
}

/* Does a line of ${header} begin so? */
static bool
has_line(const char *header, const char *begin)
{
	const char *at = header != NULL ? strstr(header, begin) : NULL;

	return at != NULL && (at == header || at[-1] == '\n');
}

void
prove_queue_delete_changed(const struct prove_queue *q, const char *id, const char *stamp)
{
	static const char *const queues[] = { "deferred", "hold", "active", "incoming" };
	size_t len;

	if (!has_line(header_of(q, id, &len), stamp))
		return;
	for (size_t i = 0; i < sizeof queues / sizeof *queues; i++) {
		if (queue_change_drop(q->dir, id, queues[i], q->why, q->whysize) !=
		    QUEUE_CHANGE_GONE)
			return;
	}
}
