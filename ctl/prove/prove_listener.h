#ifndef CTL_PROVE_PROVE_LISTENER_H
#define CTL_PROVE_PROVE_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct pool;
struct postfix_setup;

/*
 * The listener of the running Postfix that takes the messages of a proof, and lets none
 * of them go on: an smtpd(8) on a unix socket that root and Postfix alone can reach.
 */
#define PROVE_LISTENER "beschermd-prove"
#define PROVE_SERVICE PROVE_LISTENER "/unix"

/* What it has by -o: its own, then what the service for strangers has. */
struct prove_option {
	const char *name, *value;
};

struct prove_options_list {
	const char *source; /* the service that takes mail from strangers; NULL: none */
	const char *chroot; /* its column */
	const struct prove_option *options; /* in the pool */
	size_t count;
};

struct prove_options_list prove_listener_options(const struct postfix_setup *setup);

/*
 * The commands that make it, for this instance; and those that take it away, each with
 * ${before} before it.
 */
void prove_listener_print_setup(
    FILE *out, const struct postfix_setup *setup, const struct prove_options_list *list);
void prove_listener_print_undo(
    FILE *out, const struct postfix_setup *setup, const char *before);

/* Is there one at all? */
bool prove_listener_is_there(const struct postfix_setup *setup);

/* The first thing in which it is not as it should be, in the pool; NULL: nothing. */
const char *prove_listener_differs(
    const struct postfix_setup *setup, const struct prove_options_list *list);

#endif
