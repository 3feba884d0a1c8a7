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

/*
 * Ask the postconf of $PATH, without a shell, for ${parameters} (ends with NULL) and
 * for master.cf; ${dir}: the configuration of another instance, NULL: the default.
 * 0; or -1 with ${why}: no such program, or it failed.  What it has to say itself goes
 * to standard error.  One thread.
 */
int postconf_read(struct postconf *postconf, const char *dir,
    const char *const *parameters, struct pool *pool, char *why, size_t whysize);

/* The value of ${name}, NULL where it has none. */
const char *postconf_value(const struct postconf *postconf, const char *name);

#endif
