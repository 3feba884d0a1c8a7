#ifndef CTL_AUDIT_PLAN_WORD_H
#define CTL_AUDIT_PLAN_WORD_H

#include <stdbool.h>

/* What may stand in the settings of an audit. */

/* Printable UTF-8, as people write it, and no orders to a terminal. */
bool plan_word_is_phrase(const char *text);

/* RFC 6376 section 3.1: labels as those of a domain. */
bool plan_word_is_selector(const char *text);

#endif
