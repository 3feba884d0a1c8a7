#ifndef DNS_UNBOUND_H
#define DNS_UNBOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "dns/resolver.h"

/* libunbound: one asynchronous context and the thread that takes its answers. */
struct unbound;

struct unbound_options {
	const char *const *nameservers; /* as in struct resolver_options */
	size_t nameserver_count;
	const char *zone;        /* text of zonefile_read(): answer from it alone; NULL */
	const char *anchor_file; /* validate with it; NULL: do not */
	int outgoing;            /* sockets to have open at one time */
};

/*
 * The answer, one malloc()ed block with its records, the callee's to free(); NULL:
 * the context is being closed.  In the context's thread (or unbound_close()'s).
 */
typedef void unbound_done(void *arg, struct dns_answer *answer);

/* Ready to be asked: files are read, addresses checked.  NULL with ${why}. */
struct unbound *unbound_open(
    const struct unbound_options *options, char *why, size_t whysize);

/* What is under way ends with NULL.  unbound_close(NULL) does nothing. */
void unbound_close(struct unbound *u);

/* ${name} in normal form.  -1: not asked, ${done} will not be called.  Any thread. */
int unbound_ask(
    struct unbound *u, const char *name, int type, unbound_done *done, void *arg);

/* libunbound's version, which is in use, in ${text}. */
void unbound_library_version(char *text, size_t size);

#endif
