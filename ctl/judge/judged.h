#ifndef CTL_JUDGE_JUDGED_H
#define CTL_JUDGE_JUDGED_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/reply.h"

struct actions;
struct config;
struct evidence;
struct question_fact;
struct verdict;

/* Where what the filter would have got from the MTA comes from. */
enum judged_source {
	JUDGED_UNKNOWN,     /* from nowhere: not given, not found */
	JUDGED_OPTION,      /* the command line */
	JUDGED_RECEIVED,    /* the topmost Received outside IgnoreHosts, TrustedRelays */
	JUDGED_RETURN_PATH, /* that field */
	JUDGED_MTA,         /* the mail server, when the filter judged it */
};

/*
 * One message as the filter judges it, or judged it once: plain data for json.c,
 * explain.c and summary.c.
 */
struct judged {
	const char *file;
	const struct config *config;
	const struct evidence *ev;
	const struct verdict *verdict;
	const struct actions *actions;
	const char *reason; /* why it does not pass, one phrase of ours; NULL: it does */
	struct reply reply; /* to the sender, in Mode enforce; without a code: none */
	const struct question_fact *facts; /* what was asked of DNS */
	size_t fact_count;
	bool takes_override; /* may an Override name the author domain? */
	bool force;          /* show the Override also where nothing shows a forwarder */
	enum judged_source client_source, helo_source, mail_from_source;
};

#endif
