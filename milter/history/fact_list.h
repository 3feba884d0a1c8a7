#ifndef HISTORY_FACT_LIST_H
#define HISTORY_FACT_LIST_H

#include "history/fact.h"

/* Facts in the order they came.  Whoever shares one locks it. */
struct fact_list {
	struct fact *first, **end;
	size_t count;
	size_t dropped; /* octets, since it was empty */
};

void fact_list_init(struct fact_list *list);
void fact_list_add(struct fact_list *list, struct fact *fact); /* owns it */

/* All of ${from} behind what ${to} has. */
void fact_list_move(struct fact_list *to, struct fact_list *from);

/* Free what stands before ${end} (NULL: all).  Returns its octets; *count: how many.
 * The end of a long list is a moment to give memory back, which takes milliseconds. */
size_t fact_list_drop(struct fact_list *list, const struct fact *end, size_t *count);

#endif
