/* Any octets as postqueue's listing, and as what strangers have in a line of it. */
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/unconst.h"
#include "ctl/postfix/queue.h"
#include "must.h"
#include "queue_quoted.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ID "4jdLtt3t0Lz1brvg"
#define ARRIVAL 1796000000
#define SIZE 345

/* Said once more, in other words. */
static bool
is_id(const char *text)
{
	static const char pattern[] =
	    "^([0-9A-F]{6,21}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,16}z"
	    "[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]{1,12})$";
	static regex_t compiled;
	static bool done;

	if (!done)
		must(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) == 0);
	done = true;
	return regexec(&compiled, text, 0, NULL, 0) == 0;
}

static void
read_octets(struct queue *queue, const char *octets, size_t len)
{
	FILE *lines = fmemopen(unconst(octets), len, "r");

	must(lines != NULL);
	queue_read(queue, lines);
	fclose(lines);
}

static void
check_any(const char *octets, size_t len)
{
	struct queue queue;
	size_t lines = 1;

	for (size_t i = 0; i < len; i++)
		lines += octets[i] == '\n';
	read_octets(&queue, octets, len);
	must(queue.count + queue.unread <= lines);
	for (size_t i = 0; i < queue.count; i++) {
		const struct queue_item *item = &queue.items[i];

		must(queue_is_id(item->id) && is_id(item->id));
		must(item->arrival >= 0 && item->size >= 0);
		must(i == 0 || item->arrival <= queue.items[i - 1].arrival);
		must(queue_find(&queue, item->id) == item);
	}
	queue_free(&queue);
}

/* Whatever a sender and a reason hold: the message is there, and no other. */
static void
check_strangers(const char *octets, size_t len)
{
	struct text line = { 0 };
	struct queue queue;

	text_printf(&line,
	    "{\"queue_name\": \"hold\", \"queue_id\": \"%s\", \"arrival_time\": %d,"
	    " \"message_size\": %d, \"forced_expire\": false, \"sender\": \"",
	    ID, ARRIVAL, SIZE);
	queue_quoted(&line, octets, len);
	text_puts(&line, "\", \"recipients\": [{\"address\": \"");
	queue_quoted(&line, octets, len);
	text_puts(&line, "\"}]}\n");
	read_octets(&queue, line.data, line.len);
	must(queue.count == 1 && queue.unread == 0);
	must(strcmp(queue.items[0].id, ID) == 0);
	must(queue.items[0].arrival == ARRIVAL && queue.items[0].size == SIZE);
	queue_free(&queue);
	text_free(&line);
}

static void
check_id(const char *octets, size_t len)
{
	char *text = strndup(octets, len);

	must(text != NULL && queue_is_id(text) == is_id(text));
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0) {
		check_any((const char *)data, size);
		check_id((const char *)data, size);
	}
	check_strangers((const char *)data, size);
	return 0;
}
