#ifndef CTL_POSTFIX_POSTFIX_SETUP_H
#define CTL_POSTFIX_POSTFIX_SETUP_H

#include <stdbool.h>
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

/* A parameter of main.cf; "": it is empty, or was not asked for. */
const char *postfix_setup_value(const struct postfix_setup *setup, const char *name);

/* What ${service} ("smtp/inet") sets for itself by -o, NULL: what main.cf says. */
const char *postfix_setup_own(
    const struct postfix_setup *setup, const char *service, const char *name);

/* The one that ${service} goes by; is it its ${own}? */
const char *postfix_setup_in_force(
    const struct postfix_setup *setup, const char *service, const char *name, bool *own);

/*
 * The next service of master.cf that takes in mail by SMTP, from ${*at} on (first:
 * postconf.first), such as "smtp/inet"; NULL: no more.
 */
const char *postfix_setup_next_smtpd(
    const struct postfix_setup *setup, const struct postconf_setting **at);

/* Port 25, and what postscreen hands on: strangers come in there. */
bool postfix_setup_is_public(const char *service);

/* Does an entry lead to our socket; which one of a list does; does a service ask us? */
bool postfix_setup_is_ours(
    const struct postfix_setup *setup, const struct milters_entry *entry);
const struct milters_entry *postfix_setup_find_ours(
    const struct postfix_setup *setup, const char *milters);
bool postfix_setup_asks_us(const struct postfix_setup *setup, const char *service);

/* "postconf -e 'NAME = VALUE'", "postconf -X NAME" for this instance. */
const char *postfix_setup_command(
    const struct postfix_setup *setup, const char *name, const char *value);
const char *postfix_setup_default_command(
    const struct postfix_setup *setup, const char *name);

/* How the default comes back: by that command, or in master.cf; ${service} NULL: main.cf.
 */
const char *postfix_setup_default_again(
    const struct postfix_setup *setup, const char *service, const char *name);

/* Is ${word} in a list?  Macros stand there with braces or without. */
bool postfix_setup_has_word(const char *list, const char *word);

#endif
