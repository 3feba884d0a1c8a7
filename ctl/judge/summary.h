#ifndef CTL_JUDGE_SUMMARY_H
#define CTL_JUDGE_SUMMARY_H

#include <stdbool.h>
#include <stdio.h>

struct judged;

/*
 * What came of many messages: how many would be accepted, marked, held, refused and
 * deferred, and which From domains fail most and why.  Remembers a bounded number of
 * domains.  One thread at a time.
 */
struct summary;

struct summary *summary_new(void);
void summary_free(struct summary *s); /* NULL: nothing */

void summary_add(struct summary *s, const struct judged *judged);
void summary_add_unreadable(struct summary *s);

void summary_print(const struct summary *s, FILE *out);

#endif
