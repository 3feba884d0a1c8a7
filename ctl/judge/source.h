#ifndef CTL_JUDGE_SOURCE_H
#define CTL_JUDGE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/judge/mailfile.h"

/*
 * The list of messages that are asked for, in order: what it takes to find each, not
 * what it says.
 */
struct source {
	struct source_message *messages;
	size_t count;
	size_t size; /* of the array */
};

struct source_message {
	struct mailfile_place place; /* its path is ${name}, or that of the mbox */
	char *name;                  /* to call it by: the path, or MBOX#NUMBER */
};

/*
 * Add a message file, "-" for standard input, or what a folder holds, by name: of a
 * Maildir (cur and new) its messages, else each file in it but hidden ones.  False with
 * ${why}: a folder cannot be read.  Whether a file can be is seen when it is judged.
 */
bool source_add(struct source *s, const char *path, char *why, size_t whysize);

/*
 * Add the messages of an mbox: each begins with a line "From ..." at its start or
 * behind an empty line.  False with ${why}: cannot be read, is empty, is no mbox.
 */
bool source_add_mbox(struct source *s, const char *path, char *why, size_t whysize);

void source_clear(struct source *s);

#endif
