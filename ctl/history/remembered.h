#ifndef CTL_HISTORY_REMEMBERED_H
#define CTL_HISTORY_REMEMBERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "config/config.h"
#include "ctl/history/sender_cause.h"
#include "policy/rule.h"

/*
 * What the history knows of Overrides, for who changes settings: asked in a process of
 * its own, so that root stays root and never reads the file.  ${conf} as for -c.  EX_OK,
 * or an exit code as the verbs of the history have them; what is wrong has been said.
 */

/* How many messages of the last 30 days an Override decided. */
#define REMEMBERED_DAYS 30

struct remembered_count {
	struct config_override
	    override; /* as it stood then; file and line are not known */
	int64_t messages;
};
struct remembered_counts {
	struct remembered_count *list;
	size_t count;
};

int remembered_counts(const char *conf, struct remembered_counts *counts);
void remembered_counts_free(struct remembered_counts *counts);

/* The newest message of a queue id. */
struct remembered_message {
	int64_t at;     /* UTC seconds */
	int64_t others; /* of that queue id; MTAs use them again */
	char from[256]; /* its author domain; "" if there is none to judge by */
	struct ip client;
	bool is_relay;  /* the client was one of TrustedRelays */
	enum rule rule; /* RULE_COUNT: one of another version */
	char would[16];
	enum sender_sign sign; /* of forwarding, in 30 days, by that client */
};

int remembered_message(
    const char *conf, const char *queue_id, struct remembered_message *message);

/* What that process answers, which may be anything: ${answer} is taken to pieces. */
void remembered_read_counts(char *answer, struct remembered_counts *counts);
bool remembered_read_message(char *answer, struct remembered_message *message);

#endif
