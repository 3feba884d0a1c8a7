#ifndef CTL_NEGOTIATION_H
#define CTL_NEGOTIATION_H

#include <stddef.h>
#include <stdint.h>

/*
 * A milter's Socket, asked as an MTA asks it at the begin of a connection: does somebody
 * answer, and is it a milter?  Bounded in time and octets, whoever answers.
 */

/* What it says of itself, in the numbers of the milter protocol. */
struct negotiation {
	uint32_t version, actions, protocol;
};

enum negotiation_end {
	NEGOTIATION_DONE,
	NEGOTIATION_AWAY, /* nobody is there: an errno, or EAI_* as a negative number */
	NEGOTIATION_NO_RIGHT, /* this user may not connect */
	NEGOTIATION_SILENT,   /* no answer in time */
	NEGOTIATION_CLOSED,   /* the connection is ended without an answer */
	NEGOTIATION_FOREIGN   /* what answers is no milter */
};

struct negotiation_result {
	enum negotiation_end end;
	int error; /* of NEGOTIATION_AWAY */
	double ms; /* that it took */
	struct negotiation answer;
};

struct negotiation_result negotiation_try(const char *spec, int timeout_ms);

/* As much as an answer may have; a longer one is foreign. */
#define NEGOTIATION_OCTETS 1024

enum negotiation_reading {
	NEGOTIATION_WHOLE,
	NEGOTIATION_PART, /* more has to come */
	NEGOTIATION_OTHER /* that is no answer of a milter */
};

/* Read what has come so far, ${len} octets of it.  Pure. */
enum negotiation_reading negotiation_read(
    const uint8_t *octets, size_t len, struct negotiation *answer);

#endif
