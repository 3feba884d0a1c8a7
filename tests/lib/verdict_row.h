#ifndef VERDICT_ROW_H
#define VERDICT_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "message.h"
#include "policy/rule.h"
#include "policy/verdict.h"

/* A message, the settings, and what is decided about it. */
struct verdict_row {
	void (*change)(struct message *);
	const char *conf;
	enum rule rule;
	enum action action;
	bool has_reason;
	bool is_local; /* RFC 9990 3.1.6: not what the policy asks for */
};

/* Short, as there are many rows. */
#define A ACTION_ACCEPT
#define H ACTION_HEADER
#define Q ACTION_HOLD
#define R ACTION_REJECT
#define T ACTION_TEMPFAIL

/*
 * Asserts all of them; ${monitor}: in Mode monitor, which lets all through and says what
 * enforce would have done.
 */
void verdict_row_check(const struct verdict_row *rows, size_t count, bool monitor);

#endif
