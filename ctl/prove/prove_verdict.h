#ifndef CTL_PROVE_PROVE_VERDICT_H
#define CTL_PROVE_PROVE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/prove/prove_case.h"
#include "policy/verdict.h"

/* What a message shows of the mail server: wanted, set and seen become a finding.  Pure.
 */

enum prove_level { PROVE_OK, PROVE_LOOK, PROVE_WRONG, PROVE_UNTESTED };

/* What became of a message, as far as it can be told from outside. */
enum prove_fate {
	PROVE_NOT_SENT,   /* why is said */
	PROVE_REFUSED,    /* 5xx, by us */
	PROVE_PUT_OFF,    /* 4xx, by us */
	PROVE_NOT_TAKEN,  /* refused or put off, and not in our words */
	PROVE_LOST,       /* taken, and not found in the queue */
	PROVE_HELD,       /* by us */
	PROVE_HELD_OTHER, /* by another filter */
	PROVE_MARKED,     /* by us */
	PROVE_PLAIN       /* would be delivered as it is */
};

struct prove_view {
	enum prove_fate fate;
	/* of what was taken */
	size_t ours;         /* fields with results of ours that the filter put there */
	bool forged_left;    /* some that we sent in its name are still there */
	bool other_settings; /* results or mark are ours, but not by this settings file */
	bool would;          /* it says that it would have done more: Mode monitor */
	const char *dmarc;   /* our result; NULL: not said */
	/* of the filter */
	bool away;        /* nobody answers at its socket */
	const char *said; /* the reply, or why it was not sent */
};

/* ${text} is to be translated, then %s is ${word}. */
struct prove_finding {
	enum prove_level level;
	const char *text;
	const char *word; /* "" where there is none; strangers may have chosen it... */
	bool is_phrase;   /* ... unless it is one of ours, to be translated too */
};

/*
 * ${set}: what the settings file says would be done with it; it has no meaning where
 * ${has_set} is false.
 */
struct prove_judged {
	const struct prove_case *sent;
	enum prove_wanted wanted;
	bool has_set;
	enum action set;
	bool by_suffix; /* by the file, a list of suffixes says whose domain it is */
};

struct prove_finding prove_verdict(
    const struct prove_judged *judged, const struct prove_view *seen);

const char *prove_verdict_level_code(enum prove_level level); /* "ok" */

#endif
