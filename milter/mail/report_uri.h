#ifndef MAIL_REPORT_URI_H
#define MAIL_REPORT_URI_H

#include <stdbool.h>
#include <stddef.h>

struct pool;

/* The URIs of a DMARC record's rua= (RFC 9989 section 4.7), and mail addresses.  Pure. */

/*
 * The next URI of ${list}, which moves behind it, in *uri and *len, without the white
 * space around; empty ones are passed over.  False: there is none.
 */
bool report_uri_next(const char **list, const char **uri, size_t *len);

/*
 * The address that a mailto URI names, as report_uri_mailbox() returns it: decoded once,
 * without "?..." and the size of old behind "!".  NULL: another scheme, or malformed.
 */
const char *report_uri_address(const char *uri, size_t len, struct pool *pool);

/*
 * "local@domain", the domain in normal form, in ${pool}.  NULL: none that a stranger may
 * make us send mail to: the local part must be a dot-atom of at most 64 octets without
 * "%" and "!", and cannot begin as an option, a path or a pipe; the domain has a dot and
 * is no address of a host.
 */
const char *report_uri_mailbox(const char *text, size_t len, struct pool *pool);

#endif
