#ifndef CTL_PROVE_PROVE_CASE_H
#define CTL_PROVE_PROVE_CASE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The messages of a proof: how each is sent, and what the rule wants to become of it.
 * Pure.  Their texts are files (conf/prove/NN.eml); the last kind, in the name of a
 * domain of one's own, is made when it is sent.
 */

enum prove_wanted {
	PROVE_CAUGHT,    /* refused, held or marked: never in an inbox unmarked */
	PROVE_DELIVERED, /* and its result is the one below */
	PROVE_DEFERRED,  /* or caught */
	PROVE_EITHER,    /* its domain asks for nothing */
	PROVE_UNKNOWN    /* what its domain asks for could not be looked up */
};

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading */
struct prove_case {
	int number;
	const char *client, *helo, *mail_from; /* "": the null reverse-path */
	const char *from;                      /* domain of From */
	enum prove_wanted wanted;
	const char *dmarc; /* the result that leads to it; NULL: that of the real DNS */
	const char *title; /* to be translated */
	bool above;        /* its policy is that of a domain above */
};

#define PROVE_CASES 14
#define PROVE_CASE_OWN 15 /* its number */

#define PROVE_RECIPIENT "prove@beschermd.test"
#define PROVE_GOOD "192.0.2.10"
#define PROVE_STRANGER "192.0.2.99"
/* Stands for the id that a message gets, in what would be said of it. */
#define PROVE_QUEUE_ID "0PROVEBESCHERMD0"
#define PROVE_NETWORK "192.0.2.0/24" /* RFC 5737: no client is in it */

const struct prove_case *prove_case(size_t index); /* below PROVE_CASES */

/* The last one, in the name of ${domain}, which stays the caller's. */
struct prove_case prove_case_own(const char *domain);

const char *prove_case_wanted_word(enum prove_wanted wanted); /* "caught" */

#endif
