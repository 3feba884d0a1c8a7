#ifndef CTL_JUDGE_JUDGE_H
#define CTL_JUDGE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/ip.h"
#include "ctl/judge/judged.h"
#include "ctl/judge/mailfile.h"

struct parts_store;

/* What the MTA would have told; where it is not given, the message is asked. */
struct judge_options {
	bool has_client;
	struct ip client;
	const char *helo;      /* NULL: not given; likewise below */
	const char *mail_from; /* with <> or without */
	const char *queue_id;
	const char *mta; /* as macro v begins; NULL: Postfix */
	time_t time;     /* 0: now */
	bool force;      /* see struct judged */
};

/* One message on its way through the filter.  One thread at a time. */
struct judge;

/*
 * Judge the message at ${place}, called ${name}, as the filter would.  NULL with
 * ${why}: it cannot be read.  ${store} may serve several threads at once.
 */
struct judge *judge_message(struct parts_store *store,
    const struct judge_options *options, const struct mailfile_place *place,
    const char *name, char *why, size_t whysize);

/* What came of it; lives until judge_free(). */
const struct judged *judge_outcome(const struct judge *j);
void judge_free(struct judge *j); /* NULL: nothing */

#endif
