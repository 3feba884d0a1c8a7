#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stddef.h>

struct actions;
struct evidence;
struct parts;
struct pool;
struct questions;
struct verdict;

/* One message once all is done about it. */
struct account {
	const struct parts *parts;
	const struct questions *questions;
	const struct evidence *ev;
	const struct verdict *verdict;
	const struct actions *actions;
	struct pool *pool;
};

/* Tell of it where that is told: the log, the counters, the history.  Any thread. */
void account_give(const struct account *account);

#endif
