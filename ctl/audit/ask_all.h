#ifndef CTL_AUDIT_ASK_ALL_H
#define CTL_AUDIT_ASK_ALL_H

#include <stdbool.h>
#include <stddef.h>

struct ask_options;
struct earlier;
struct facts;
struct pool;

/*
 * Ask for all domains of the plan, some at a time, with a bar on standard error where
 * that takes long.  ${facts} and ${pools} get one of each a domain, the pools the
 * caller's to free.  ${earlier} NULL: there is no earlier run.
 */
struct ask_all {
	const struct ask_options *options;
	const struct earlier *earlier;
	int threads;
	bool progress;
	struct facts **facts;
	struct pool **pools;
};

void ask_all(struct ask_all *all);

#endif
