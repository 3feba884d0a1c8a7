#ifndef CTL_POSTFIX_POSTFIX_CHECK_H
#define CTL_POSTFIX_POSTFIX_CHECK_H

#include <stddef.h>

#include "base/pool.h"
#include "ctl/postfix/milters.h"
#include "ctl/postfix/postconf.h"

struct config;

/* Both sides of one setup. */
struct postfix_setup {
	/* by the caller */
	const struct config *config; /* its Socket is well formed */
	const char *dir;             /* Postfix's configuration; NULL: the default one */
	struct pool *pool;
	/* by postfix_check_begin() */
	struct postconf postconf;
	struct milters_view view;
	const char *socket;  /* config's, or where it has to move so that smtpd sees it */
	const char *address; /* the same as Postfix writes it */
	const char *milters; /* the value that smtpd_milters should have */
	/* by postfix_check_all() */
	size_t faults;
};

/* Read Postfix's side.  0, or -1 with ${why}: there is none. */
int postfix_check_begin(struct postfix_setup *setup, char *why, size_t whysize);

/*
 * Print a line for each thing that is well, that is to be mended, with the command, or
 * that the admin has to look at; counts those to be mended.
 */
void postfix_check_all(struct postfix_setup *setup);

#endif
