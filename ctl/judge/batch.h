#ifndef CTL_JUDGE_BATCH_H
#define CTL_JUDGE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct judge_options;
struct judged;
struct parts_store;
struct source;
struct summary;

/* How messages are to be judged and told of. */
struct batch {
	struct parts_store *parts;
	const struct source *source;
	const struct judge_options *options;
	void (*tell)(FILE *out, const struct judged *judged, bool colour);
	bool colour;
	bool progress; /* a bar on standard error */
	int threads;
	struct summary *summary;
};

/*
 * Judge all messages of ${source} in ${threads} threads and tell of each on ${out}, in
 * their order; of one that cannot be read on standard error.  Holds the texts of a
 * bounded number of messages.  Returns how many could not be read.
 */
size_t batch_run(const struct batch *batch, FILE *out);

#endif
