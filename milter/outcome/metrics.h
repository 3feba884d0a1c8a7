#ifndef OUTCOME_METRICS_H
#define OUTCOME_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outcome_counts;
struct text;

/* A figure that has a word of ours beside it. */
struct metrics_word {
	const char *word;
	uint64_t value;
};

struct metrics_dns {
	uint64_t lookups, hits, sent, timeouts, bogus, refused;
	uint64_t cache_entries, cache_bytes, in_flight;
	bool outage; /* no name server answers */
	bool validates;
};

/* All 0 where nothing is remembered. */
struct metrics_history {
	uint64_t rows, commits, queue_facts, queue_bytes, size_bytes;
	double commit_seconds, queue_age_seconds, oldest_seconds;
	const struct metrics_word *lost, *states; /* by cause; 1: this is its state */
	size_t lost_count, state_count;
};

/* All that is told, as values: whose they are is not known here. */
struct metrics_figures {
	const struct outcome_counts *outcome;
	struct metrics_dns dns;
	struct metrics_history history;
	const char *version, *mode;
	bool enforces;
	int64_t start; /* UTC seconds */
	uint64_t overrides, overrides_expired, reloads, reloads_refused;
};

/*
 * The text format of Prometheus (0.0.4): what it says is always the same names and
 * labels, fewer than 150, and no octet of it comes from outside.  Pure.
 */
void metrics_text(const struct metrics_figures *figures, struct text *out);

#endif
