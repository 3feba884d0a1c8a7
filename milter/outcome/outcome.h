#ifndef OUTCOME_OUTCOME_H
#define OUTCOME_OUTCOME_H

#include <stdint.h>

struct evidence;
struct verdict;

/* Where outcomes are told: one log line a message, and the counters.  Any thread. */
struct outcome;

/* Each message is exempt or one of accepted to deferred, as was done. */
struct outcome_counts {
	uint64_t messages, accepted, marked, held, rejected, deferred, exempt,
	    judges_differ;
};

struct outcome *outcome_new(void);
void outcome_free(struct outcome *outcome); /* NULL: nothing */
struct outcome_counts outcome_counts(const struct outcome *outcome);

/*
 * Tell of one message, as the last act on it: libmilter tells nothing of what the
 * MTA did with our answer.
 */
void outcome_tell(
    struct outcome *outcome, const struct evidence *ev, const struct verdict *verdict);

/* The same, with outcome_json() as the line, whatever form the log has. */
void outcome_tell_object(struct outcome *outcome, const struct evidence *ev,
    const struct verdict *verdict, const char *object);

#endif
