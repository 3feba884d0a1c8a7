#ifndef CTL_HISTORY_TOLD_SUMMARY_H
#define CTL_HISTORY_TOLD_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ctl/history/sender_cause.h"
#include "history/query_period.h"

struct wordlist;

/* One line of the table of senders. */
struct told_sender {
	struct query_sender counts;
	size_t client_count; /* of which some mail fails */
	struct sender_top top;
	enum sender_cause cause;
	bool is_relay; /* the top one is in TrustedRelays, in whole or in part */
	bool is_here;  /* it is this host itself, or not known */
};

/* What speaks for and against Mode enforce; each with what is missing where it is false.
 */
struct told_ready {
	bool two_weeks; /* are there 14 days */
	bool complete;  /* less than 1 % of them lost */
	bool no_forwarders, few_deferred, no_expired;
	int64_t lost; /* messages; -1: nobody knows how many */
	size_t forwarders, expired;
};

/* All that `summary` tells, as plain data. */
struct told_summary {
	struct query_period period;
	int64_t oldest_at; /* of the messages; the period may begin before */
	bool monitor;
	struct query_totals totals;
	const struct query_gap *gaps;
	size_t gap_count;
	const struct told_sender *senders;
	size_t sender_count;
	struct told_ready ready;
	const struct wordlist *endings; /* what is to be said of Overrides that end */
};

void told_summary_print(FILE *out, const struct told_summary *summary);
void told_summary_json(FILE *out, const struct told_summary *summary);

#endif
