#ifndef CHECK_SPF_TRACE_H
#define CHECK_SPF_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"
#include "mail/spf_record.h"

struct pool;
struct spf_step;

/* One record under evaluation. */
struct spf_frame {
	const char *domain; /* whose record, as the macros gave it: any octets but NUL */
	struct spf_record record;
	const struct spf_term *via;   /* the include or redirect that led here; NULL */
	struct spf_frame *parent;     /* whose term ${via} is; NULL */
	struct spf_frame *redirect;   /* where its redirect led; NULL */
	const struct spf_term *match; /* the term that decided; NULL: none so far */
	int depth;
	size_t told;      /* terms that are in the trace */
	size_t step;      /* of the last of them that asked DNS */
	const char *name; /* ${domain} for people */
	bool holds_local; /* macros put the sender's local part into ${domain} */
};

/*
 * The steps of one evaluation, in its order.  It is told of each record and of
 * each term that asks DNS, and works out the rest: what did not match, where a
 * record ended, what the whole comes to.  Lives in ${pool}.
 */
struct spf_trace {
	struct pool *pool;
	struct ip client;
	struct spf_frame *current;
	const char *stopped; /* why the evaluation was given up; NULL: it was not */
	struct spf_step *steps;
	size_t count, room;
};

/* A record begins, beneath the term that was told last. */
void spf_trace_open(struct spf_trace *t, struct spf_frame *frame);

/* Is the evaluation of ${frame}, or of what it led to, still going on? */
bool spf_trace_is_open(const struct spf_trace *t, const struct spf_frame *frame);

/* The record of ${frame}'s domain cannot be read: ${term} is at fault. */
void spf_trace_bad(struct spf_trace *t, const struct spf_frame *frame, const char *term);

/*
 * Term ${index} of ${frame}, which is open, is being evaluated and asks for ${target},
 * which may hold the sender's local part.
 */
void spf_trace_term(struct spf_trace *t, struct spf_frame *frame, size_t index,
    const char *target, bool holds_local);

/* Do macros put the local part into the domain that ${term} of ${frame} asks for? */
bool spf_trace_holds_local(const struct spf_frame *frame, const struct spf_term *term);

/* The term that was told last matches. */
void spf_trace_match(struct spf_trace *t);

/* The evaluation ends with an error, at the term that was told last. */
void spf_trace_stop(struct spf_trace *t, const char *why);

/* Ends all records.  Returns the qualifier that ${first}'s evaluation comes to. */
char spf_trace_end(struct spf_trace *t, const struct spf_frame *first);

#endif
