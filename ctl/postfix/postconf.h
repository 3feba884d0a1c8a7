#ifndef CTL_POSTFIX_POSTCONF_H
#define CTL_POSTFIX_POSTCONF_H

#include <stddef.h>

#include "base/pool.h"

/*
 * Postfix's settings as its own postconf(1) tells them, with $names replaced:
 * parameters of main.cf by their name; columns of master.cf as "smtp/inet/chroot",
 * "smtp/inet/command"; what a service has by -o as "smtp/inet/smtpd_milters".
 */
struct postconf_setting {
	const char *name, *value; /* a value may be empty */
	struct postconf_setting *next;
};

struct postconf {
	struct postconf_setting *first; /* in the order of the files, in the pool */
};

/* Whom to ask, and where what is said goes. */
struct postconf_question {
	const char *dir; /* the configuration of another instance; NULL: the default */
	struct pool *pool;
	char *why;
	size_t whysize;
};

#define POSTCONF_PARAMETERS_MAX 32

/*
 * Ask the postconf of $PATH, without a shell, for ${parameters} (ends with NULL, at most
 * POSTCONF_PARAMETERS_MAX) and for master.cf.  0; or -1 with why: no such program, or it
 * failed.  What it has to say itself goes to standard error.  One thread.
 */
int postconf_read(struct postconf *postconf, const struct postconf_question *question,
    const char *const *parameters);

/* Ask for more of main.cf, where the names are known only now. */
int postconf_add(struct postconf *postconf, const struct postconf_question *question,
    const char *const *parameters);

/* The value of ${name}, NULL where it has none. */
const char *postconf_value(const struct postconf *postconf, const char *name);

#endif
