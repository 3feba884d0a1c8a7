#ifndef CTL_JUDGE_EXPLAIN_H
#define CTL_JUDGE_EXPLAIN_H

#include <stdbool.h>
#include <stdio.h>

struct judged;

/*
 * Why the filter judged a message as it did, for an admin to read.  ${colour}: with
 * escape sequences for a terminal.
 */
void explain_print(FILE *out, const struct judged *judged, bool colour);

/* The same in one line. */
void explain_line(FILE *out, const struct judged *judged, bool colour);

#endif
