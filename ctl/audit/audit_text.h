#ifndef CTL_AUDIT_AUDIT_TEXT_H
#define CTL_AUDIT_AUDIT_TEXT_H

#include <stdio.h>

struct compare_change;
struct page;
struct pool;
struct result;

/* The audit for people at a terminal: what changed, then each domain, a line a rule. */
void audit_text_write(
    const struct page *page, const struct result *result, struct pool *pool);

/* One change as a sentence, in the language of the program.  In ${pool}. */
const char *audit_text_change(const struct compare_change *change, struct pool *pool);

#endif
