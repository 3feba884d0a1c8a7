#ifndef OUTCOME_OUTCOME_H
#define OUTCOME_OUTCOME_H

#include <stdint.h>

#include "mail/evidence.h"
#include "policy/verdict.h"

/* Where outcomes are told: one log line a message, and the counters.  Any thread. */
struct outcome;

/* How long senders waited for us: up to so many ms, and one more for those beyond. */
#define OUTCOME_WAITS 12

/*
 * Each message is exempt or one of accepted to deferred, as was done.  From ${would} on
 * only messages are counted that were judged, but for the rules of exempt ones.  Test
 * messages of ours are ${proofs} and nothing else.
 */
struct outcome_counts {
	uint64_t messages, accepted, marked, held, rejected, deferred, exempt,
	    judges_differ;
	uint64_t would[ACTION_COUNT];
	uint64_t rules[RULE_COUNT];
	uint64_t dmarc[DMARC_RESULT_COUNT][DMARC_POLICY_COUNT + 1]; /* last: not known */
	uint64_t spf[SPF_RESULT_COUNT];
	uint64_t dkim[DKIM_RESULT_COUNT]; /* the best of a message */
	uint64_t waits[OUTCOME_WAITS + 1], wait_ms;
	uint64_t proofs;
	int64_t last; /* when the last message was told of, UTC seconds; 0: none was */
};

struct outcome *outcome_new(void);
void outcome_free(struct outcome *outcome); /* NULL: nothing */
struct outcome_counts outcome_counts(const struct outcome *outcome);

/* The upper end of a row of ${waits} but the last. */
int outcome_wait_ms(int wait);

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
