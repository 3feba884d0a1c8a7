#ifndef MAIL_DSN_H
#define MAIL_DSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool;

#define DSN_ID_SIZE 33

/* What came back of an aggregate report: a notification of RFC 3464, for good. */
struct dsn {
	char report_id[DSN_ID_SIZE]; /* 32 hex digits: of the mail that came back */
	int64_t n;                   /* which mail of the report; 0: not told */
	const char *recipient;       /* that it could not reach; "": not told */
	const char *status;          /* such as "5.1.1" */
};

/*
 * Read the first ${len} octets of a message, which may be any.  False: it is no
 * notification, of no permanent failure, or not about a report.  Texts are in ${pool},
 * printable ASCII.  Pure.
 */
bool dsn_read(const char *text, size_t len, struct pool *pool, struct dsn *dsn);

#endif
