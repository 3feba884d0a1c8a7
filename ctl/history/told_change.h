#ifndef CTL_HISTORY_TOLD_CHANGE_H
#define CTL_HISTORY_TOLD_CHANGE_H

#include <stddef.h>
#include <stdio.h>

struct query_row;

/*
 * What other settings would do, beside what was done: counts from action to action, and
 * of each change the senders that have most of it with some queue ids.  Memory grows with
 * the number of sender domains whose mail changes, not with messages.
 */
struct told_change;

struct told_change *told_change_new(void);
void told_change_free(struct told_change *changes); /* NULL: nothing */

/* ${would}: verdict_action_name() by the other settings. */
void told_change_add(
    struct told_change *changes, const struct query_row *row, const char *would);

size_t told_change_count(const struct told_change *changes); /* of messages */

void told_change_print(FILE *out, const struct told_change *changes);
void told_change_json(FILE *out, const struct told_change *changes);

#endif
