#ifndef OUTCOME_OUTCOME_LINE_H
#define OUTCOME_OUTCOME_LINE_H

#include <stddef.h>

struct evidence;
struct verdict;

/*
 * The one log line of a message as text, for the log, tests and `beschermctl`: printable
 * ASCII, cut at ${size}.  Pure.
 */
void outcome_line(
    const struct evidence *ev, const struct verdict *verdict, char *line, size_t size);

#endif
