#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stddef.h>
#include <stdint.h>

struct evidence;
struct verdict;

/* Where outcomes are told: one log line a message, and the counters.  Any thread. */
struct report;

/* Each message is exempt or one of accepted to deferred, as was done. */
struct report_counts {
	uint64_t messages, accepted, marked, held, rejected, deferred, exempt,
	    judges_differ;
};

struct report *report_new(void);
void report_free(struct report *report); /* NULL: nothing */
struct report_counts report_counts(const struct report *report);

/*
 * Tell of one message, as the last act on it: libmilter tells nothing of what the
 * MTA did with our answer.
 */
void report_message(
    struct report *report, const struct evidence *ev, const struct verdict *verdict);

/* The log line as text, for tests and `beschermctl`; cut at ${size}. */
void report_line(
    const struct evidence *ev, const struct verdict *verdict, char *line, size_t size);

#endif
