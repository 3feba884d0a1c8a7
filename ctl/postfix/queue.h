#ifndef CTL_POSTFIX_QUEUE_H
#define CTL_POSTFIX_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct program;

/*
 * What Postfix holds, as `postqueue -j` tells it: one JSON object a line for each message
 * of any queue, with addresses that strangers chose.
 */
#define QUEUE_ID_SIZE 48

struct queue_item {
	char id[QUEUE_ID_SIZE];   /* queue_is_id() */
	int64_t arrival, size;    /* UTC seconds, octets */
	char name[QUEUE_ID_SIZE]; /* of the queue it is in, such as "hold" */
};

struct queue {
	struct queue_item *items; /* newest first, each id once */
	size_t count;
	size_t
	    unread; /* lines of held messages that could not be read, or were too many */
};

/*
 * Is it a queue id in one of Postfix's two forms?  "ALL", "-" and options are none:
 * postsuper(1) takes them for more than one message.
 */
bool queue_is_id(const char *text);

/* Run postqueue of the instance whose settings are in ${dir} (NULL: the default one). */
int queue_begin(struct program *program, const char *dir, char *why, size_t whysize);

/* Read what it says to the end. */
void queue_read(struct queue *queue, FILE *lines);
void queue_free(struct queue *queue);

/* The same of messages in any queue that are for ${recipient} alone. */
void queue_read_for(struct queue *queue, FILE *lines, const char *recipient);

/* NULL: it is not held. */
const struct queue_item *queue_find(const struct queue *queue, const char *id);

#endif
